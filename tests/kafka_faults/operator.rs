//! Who administers the cluster over the gateway: API v3 over REST.

use std::{collections::HashSet, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    PATIENCE,
    gateway::{Gateway, answer},
};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Requests below the one cluster. Cheap to clone.
#[derive(Clone)]
pub struct Operator {
    client: reqwest::Client,
    pub cluster_id: String,
    base: String,
}

impl Operator {
    pub async fn of(gateway: &Gateway) -> Self {
        let (status, clusters) = gateway.get("/v3/clusters").await;
        assert_eq!(status, 200, "{clusters}");
        let cluster_id = clusters["data"][0]["cluster_id"].as_str().unwrap().to_owned();
        Self { client: gateway.client.clone(), base: format!("{}/v3/clusters/{cluster_id}", gateway.url), cluster_id }
    }

    /// Status and body of the answer. A body of null is none.
    pub async fn ask(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.request(Method::from_bytes(verb.as_bytes()).unwrap(), format!("{}{path}", self.base));
        answer(if body.is_null() { request } else { request.json(body) }).await
    }

    /// The body of an answer that tells of success.
    pub async fn done(&self, verb: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(verb, path, body).await;
        assert!((200..300).contains(&status), "{verb} {path}: {status} {answer}");
        answer
    }

    pub async fn get(&self, path: &str) -> Value {
        self.done("GET", path, &Value::Null).await
    }

    /// Asks until the answer is as it should be.
    pub async fn until(&self, path: &str, what: &str, is_so: impl Fn(u16, &Value) -> bool) -> Value {
        let mut last = (0, Value::Null);
        let asking = async {
            let mut asked = tokio::time::interval(LOOK);
            loop {
                asked.tick().await;
                last = self.ask("GET", path, &Value::Null).await;
                if is_so(last.0, &last.1) {
                    return;
                }
            }
        };
        assert!(timeout(PATIENCE, asking).await.is_ok(), "{path} does not show {what}, but {last:?}");
        last.1
    }

    /// The node that leads the quorum of controllers.
    pub async fn controller(&self) -> i32 {
        id(&self.get("/quorum").await["leader_id"])
    }

    /// Waits until this broker leads.
    pub async fn leads(&self, topic: &str, partition: i32, broker: i32) {
        let what = format!("broker {broker} as the leader");
        self.until(&replicas(topic, partition), &what, |_, shown| in_sync(shown).1 == Some(broker)).await;
    }

    /// Waits until the partition is in sync on these brokers.
    pub async fn is_in_sync(&self, topic: &str, partition: i32, brokers: &[i32]) {
        let wanted = brokers.iter().copied().collect();
        self.until(&replicas(topic, partition), "the brokers in sync", |_, shown| in_sync(shown).0 == wanted).await;
    }

    /// The broker that coordinates the group.
    pub async fn coordinator(&self, group: &str) -> i32 {
        // A coordinator that has just taken over may not show it at once.
        let shown = self.until(&format!("/consumer-groups/{group}"), "the group", |status, _| status == 200).await;
        let link = shown["coordinator"]["related"].as_str().unwrap();
        link.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Sets where the group is to begin in a partition; makes the group if there is none.
    pub async fn begins_at(&self, group: &str, topic: &str, partition: i32, offset: i64) {
        let row = json!({"topic_name": topic, "partition_id": partition, "target": {"offset": offset}});
        let done = self.done("POST", &format!("/consumer-groups/{group}/offsets:alter"), &json!({"partitions": [row]})).await;
        assert_eq!(done["data"][0]["error_code"], Value::Null, "{done}");
    }
}

pub fn replicas(topic: &str, partition: i32) -> String {
    format!("/topics/{topic}/partitions/{partition}/replicas")
}

/// The brokers that are in sync, and the one that leads.
fn in_sync(shown: &Value) -> (HashSet<i32>, Option<i32>) {
    let rows = shown["data"].as_array().into_iter().flatten();
    let of = |what: &'static str| rows.clone().filter(move |row| row[what] == true).map(|row| id(&row["broker_id"]));
    (of("is_in_sync").collect(), of("is_leader").next())
}

fn id(shown: &Value) -> i32 {
    i32::try_from(shown.as_i64().unwrap()).unwrap()
}
