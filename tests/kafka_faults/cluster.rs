//! The three brokers: killed and started again, asked and read natively and by Kafka's own tools.

use std::{
    collections::HashMap,
    process::{Command, ExitStatus},
    time::Duration,
};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
};
use serde_json::Value;

use crate::{PATIENCE, brokers::Brokers, topics};

/// The program that starts Kafka.
const KAFKA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/kafka");
/// Where the replicas of a topic's partitions are, the preferred leaders first, if a test does not care: each leads one.
pub const SPREAD: [[i32; 3]; 3] = [[1, 2, 3], [2, 3, 1], [3, 1, 2]];

pub struct Cluster(Brokers);

impl Cluster {
    /// None, with a message, outside of `make test-kafka`.
    pub fn of_environment() -> Option<Self> {
        Brokers::of_environment("three brokers of Apache Kafka", "3").map(Self)
    }

    pub fn bootstrap(&self) -> &str {
        &self.0.bootstrap
    }

    /// Kills a broker, as a crash would.
    pub fn kill(&self, node: i32) -> Dead<'_> {
        let done = self.control("kill", node);
        assert!(done.success(), "kafka kill --node {node}: {done}");
        Dead { cluster: self, node }
    }

    fn control(&self, action: &str, node: i32) -> ExitStatus {
        Command::new(KAFKA).args([action, "--dir"]).arg(&self.0.folder).args(["--node", &node.to_string()]).status().unwrap()
    }

    /// What one of Kafka's own tools prints.
    pub fn tool(&self, class: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(KAFKA);
        command.args(["tool", class, "--bootstrap-server", self.bootstrap()]).args(arguments);
        let done = command.output().unwrap();
        let printed = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{class} {arguments:?}: {printed}{}", String::from_utf8_lossy(&done.stderr));
        printed
    }

    /// Creates a topic with a partition for each row of brokers, and waits until every broker knows it.
    pub async fn create_topic(&self, name: &str, replicas: &[&[i32]]) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let partitions = i32::try_from(replicas.len()).unwrap();
        let topic = NewTopic::new(name, partitions, TopicReplication::Variable(replicas));
        let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
        admin.create_topics([&topic], &options).await.unwrap().remove(0).unwrap();
        topics::is_known_everywhere(self.bootstrap(), name, replicas.len()).await.unwrap();
    }

    /// How often each id is in the topic.
    pub fn ids(&self, topic: &str) -> HashMap<String, usize> {
        let consumer = self.reader();
        let mut ends = HashMap::new();
        let mut partitions = TopicPartitionList::new();
        let described = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
        for partition in described.topics()[0].partitions().iter().map(|p| p.id()) {
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

    /// The offset of the first record of each partition that is not older.
    pub fn offsets_at(&self, topic: &str, partitions: i32, milliseconds: i64) -> Vec<i64> {
        let mut times = TopicPartitionList::new();
        for partition in 0..partitions {
            times.add_partition_offset(topic, partition, Offset::Offset(milliseconds)).unwrap();
        }
        let found = self.reader().offsets_for_times(times, PATIENCE).unwrap();
        found.elements().iter().map(|row| row.offset().to_raw().unwrap()).collect()
    }

    fn reader(&self) -> BaseConsumer {
        self.client().set("group.id", "unused").set("enable.auto.commit", "false").create().unwrap()
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        config
    }
}

/// A killed broker. When it is dropped the broker is started again, and serves: the next test needs it, also if this one has failed.
#[must_use]
pub struct Dead<'a> {
    cluster: &'a Cluster,
    node: i32,
}

impl Drop for Dead<'_> {
    fn drop(&mut self) {
        let done = self.cluster.control("restart", self.node);
        assert!(done.success() || std::thread::panicking(), "kafka restart --node {}: {done}", self.node);
    }
}
