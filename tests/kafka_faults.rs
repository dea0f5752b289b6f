//! What a fault may not break, on a real Kafka: every record that was answered as written is in the topic exactly once, whether a
//! broker is killed or the gateway is told to stop while records flow.
//!
//! `make test-kafka` starts three brokers and sets `BARNABAS_TEST_BOOTSTRAP` and `BARNABAS_TEST_KAFKA_DIR`; without them the tests say
//! that they are skipped. Start reading at the two tests at the end.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    collections::{HashMap, HashSet},
    net::TcpListener,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, watch},
    task::JoinSet,
    time::timeout,
};

/// One test at a time has the brokers.
static BROKERS: Mutex<()> = Mutex::const_new(());
/// Connections that produce at the same time, and records in each of their requests.
const CONNECTIONS: usize = 8;
const RECORDS_PER_REQUEST: usize = 5;
/// So many records are answered as written before the fault, and again after it.
const WRITTEN_BEFORE: usize = 500;
const WRITTEN_AFTER: usize = 500;
const PARTITIONS: i32 = 3;
/// Longer than a broker's failure takes to be noticed (`broker.session.timeout.ms`), and than a record may take (30 s).
const PATIENCE: Duration = Duration::from_secs(90);
/// The gateway's own bound is 30 s (`shutdown.timeout.ms`).
const STOPS_WITHIN: Duration = Duration::from_secs(35);

/// The brokers that `tests/kafka/kafka` started.
struct Cluster {
    bootstrap: String,
    dir: String,
}

impl Cluster {
    /// None, with a message, outside of `make test-kafka`.
    fn of_environment() -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        let cluster = variable("BARNABAS_TEST_BOOTSTRAP").zip(variable("BARNABAS_TEST_KAFKA_DIR"));
        if cluster.is_none() {
            eprintln!("skipped: needs three brokers of Apache Kafka, run `make test-kafka`");
        }
        cluster.map(|(bootstrap, dir)| Self { bootstrap, dir })
    }

    fn control(&self, action: &str, node: u8) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/kafka");
        let done = Command::new(script).args([action, "--dir", &self.dir, "--node", &node.to_string()]).status().unwrap();
        assert!(done.success(), "kafka {action} --node {node}: {done}");
    }

    async fn create_topic(&self, name: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let topic = NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(3));
        let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
        admin.create_topics([&topic], &options).await.unwrap().remove(0).unwrap();
    }

    /// How often each id is in the topic.
    fn ids(&self, topic: &str) -> HashMap<String, usize> {
        let consumer: BaseConsumer = self.client().set("group.id", "unused").set("enable.auto.commit", "false").create().unwrap();
        let mut ends = HashMap::new();
        let mut partitions = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            let (_, end) = consumer.fetch_watermarks(topic, partition, PATIENCE).unwrap();
            if end > 0 {
                ends.insert(partition, end);
                partitions.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
            }
        }
        consumer.assign(&partitions).unwrap();
        let mut ids = HashMap::new();
        while !ends.is_empty() {
            let record = consumer.poll(PATIENCE).expect("the topic can be read to its end").unwrap();
            let value: Value = serde_json::from_slice(record.payload().unwrap()).unwrap();
            *ids.entry(value["id"].as_str().unwrap().to_owned()).or_default() += 1;
            if ends[&record.partition()] == record.offset() + 1 {
                ends.remove(&record.partition());
            }
        }
        ids
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }
}

/// A gateway before the brokers, as a process of its own; killed when it is dropped.
struct Gateway {
    process: Child,
    url: String,
}

impl Gateway {
    async fn start(cluster: &Cluster) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_barnabas"));
        // The tests' own variables are not the gateway's: it refuses those that it does not know.
        std::env::vars().filter(|(name, _)| name.starts_with("BARNABAS_")).for_each(|(name, _)| {
            command.env_remove(name);
        });
        command.args(["serve", "--listen", &address, "--bootstrap-servers", &cluster.bootstrap]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut gateway = Self { process, url: format!("http://{address}") };
        timeout(PATIENCE, gateway.ready()).await.expect("the gateway is ready in time");
        gateway
    }

    async fn ready(&mut self) {
        let mut asked = tokio::time::interval(Duration::from_millis(50));
        loop {
            asked.tick().await;
            assert!(self.process.try_wait().unwrap().is_none(), "the gateway ended before it was ready");
            let answer = reqwest::get(format!("{}/readyz", self.url)).await;
            if answer.is_ok_and(|it| it.status().is_success()) {
                return;
            }
        }
    }

    fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    async fn ended(&mut self) -> ExitStatus {
        let mut asked = tokio::time::interval(Duration::from_millis(20));
        loop {
            asked.tick().await;
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Fails only if the process is over, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Records that flow into a topic over REST until the load is stopped or the gateway no longer answers. Each id is sent once.
struct Load {
    stop: Arc<AtomicBool>,
    written: watch::Receiver<usize>,
    connections: JoinSet<HashSet<String>>,
}

impl Load {
    fn start(gateway: &Gateway, topic: &str) -> Self {
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

    /// Waits until so many records more are answered as written.
    async fn flows(&mut self, more: usize) {
        let goal = *self.written.borrow() + more;
        timeout(PATIENCE, self.written.wait_for(|count| *count >= goal)).await.expect("records flow").unwrap();
    }

    /// The ids of the records that were answered as written.
    async fn finish(self) -> HashSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        timeout(PATIENCE, self.connections.join_all()).await.expect("every request is answered").into_iter().flatten().collect()
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
fn assert_exactly_once(acknowledged: &HashSet<String>, found: &HashMap<String, usize>) {
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !found.contains_key(*id)).collect();
    let doubled: Vec<&String> = found.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id).collect();
    assert!(lost.is_empty() && doubled.is_empty(), "of {} acknowledged, lost: {lost:?}; doubled: {doubled:?}", acknowledged.len());
}

fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_broker_loses_and_doubles_nothing() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let topic = unique("killed-broker");
    cluster.create_topic(&topic).await;
    let gateway = Gateway::start(&cluster).await;

    let mut load = Load::start(&gateway, &topic);
    load.flows(WRITTEN_BEFORE).await;
    cluster.control("kill", 3);
    load.flows(WRITTEN_AFTER).await;
    let acknowledged = load.finish().await;
    cluster.control("restart", 3);

    assert_exactly_once(&acknowledged, &cluster.ids(&topic));
}

#[tokio::test(flavor = "multi_thread")]
async fn terminated_gateway_loses_and_doubles_nothing_and_stops_in_time() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let topic = unique("terminated-gateway");
    cluster.create_topic(&topic).await;
    let mut gateway = Gateway::start(&cluster).await;

    let mut load = Load::start(&gateway, &topic);
    load.flows(WRITTEN_BEFORE).await;
    let begin = Instant::now();
    gateway.terminate();
    let status = timeout(STOPS_WITHIN, gateway.ended()).await.expect("the gateway stops within its bound");
    println!("stopped after {:?}", begin.elapsed());
    assert!(status.success(), "the gateway's exit: {status}");
    let acknowledged = load.finish().await;

    assert_exactly_once(&acknowledged, &cluster.ids(&topic));
}
