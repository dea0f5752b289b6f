//! Records that flow while something happens, and the check that none of them is lost or doubled.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{PATIENCE, cluster::Cluster, gateway::Gateway};

/// Connections that produce at the same time, and records in each of their requests.
const CONNECTIONS: usize = 8;
const RECORDS_PER_REQUEST: usize = 5;
/// How many records are answered as written before something happens, and again after it.
pub const ENOUGH: usize = 500;

/// Records that flow into a topic over REST until the load is stopped or the gateway no longer answers. Each id is sent once.
pub struct Load {
    stop: Arc<AtomicBool>,
    written: watch::Receiver<usize>,
    connections: JoinSet<HashSet<String>>,
}

impl Load {
    pub fn start(gateway: &Gateway, topic: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let next = Arc::new(AtomicUsize::new(0));
        let (count, written) = watch::channel(0);
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (url, stop, next, count) = (format!("{}/topics/{topic}", gateway.url), stop.clone(), next.clone(), count.clone());
            connections.spawn(async move {
                let client = reqwest::Client::new();
                let mut acknowledged = HashSet::new();
                while !stop.load(Ordering::Relaxed) {
                    let first = next.fetch_add(RECORDS_PER_REQUEST, Ordering::Relaxed);
                    let ids: Vec<String> = (first..first + RECORDS_PER_REQUEST).map(|id| id.to_string()).collect();
                    let Some(written) = produce(&client, &url, &ids).await else { break };
                    count.send_modify(|count| *count += written.len());
                    acknowledged.extend(written);
                }
                acknowledged
            });
        }
        Self { stop, written, connections }
    }

    /// Waits until enough records more are answered as written.
    pub async fn flows(&mut self) {
        let goal = *self.written.borrow() + ENOUGH;
        timeout(PATIENCE, self.written.wait_for(|count| *count >= goal)).await.expect("records flow").unwrap();
    }

    /// The ids of the records that were answered as written.
    pub async fn finish(self) -> HashSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        timeout(PATIENCE, self.connections.join_all()).await.expect("every request is answered").into_iter().flatten().collect()
    }

    /// Lets more records flow, stops, and looks for each record.
    pub async fn flows_to_its_end(mut self, cluster: &Cluster, topic: &str) {
        self.flows().await;
        assert_exactly_once(&self.finish().await, &cluster.ids(topic));
    }
}

/// The ids that are answered as written; None if there is no answer, because the gateway is gone.
async fn produce(client: &reqwest::Client, url: &str, ids: &[String]) -> Option<Vec<String>> {
    let records: Vec<Value> = ids.iter().map(|id| json!({"key": id, "value": {"id": id}})).collect();
    let body = json!({"records": records}).to_string();
    let request = client.post(url).header("content-type", "application/vnd.kafka.json.v2+json").body(body);
    let answer = request.send().await.ok()?;
    let success = answer.status().is_success();
    let answer: Value = answer.json().await.ok()?;
    let offsets = answer["offsets"].as_array().filter(|_| success).cloned().unwrap_or_default();
    let written = ids.iter().zip(offsets).filter(|(_, it)| it["offset"].as_i64().is_some_and(|offset| offset >= 0));
    Some(written.map(|(id, _)| id.clone()).collect())
}

/// Those acknowledged are there, and nothing is there twice. A record without an answer may be there or not.
pub fn assert_exactly_once(acknowledged: &HashSet<String>, found: &HashMap<String, usize>) {
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !found.contains_key(*id)).collect();
    let doubled: Vec<&String> = found.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id).collect();
    assert!(lost.is_empty() && doubled.is_empty(), "of {} acknowledged, lost: {lost:?}; doubled: {doubled:?}", acknowledged.len());
}
