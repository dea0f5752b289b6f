//! What admin requests are asked with and answer.

use crate::error::Result;

/// The cluster as a broker describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Its id; old brokers have none.
    pub cluster_id: Option<String>,
    /// The broker that is the controller, if one is known.
    pub controller_id: Option<i32>,
    /// The brokers that are alive.
    pub brokers: Vec<Broker>,
    /// What the principal may do with the cluster, if asked; Kafka's names (`ALTER`, `DESCRIBE`, …).
    pub authorized_operations: Vec<&'static str>,
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// `node.id`.
    pub id: i32,
    /// The advertised host.
    pub host: String,
    /// The advertised port.
    pub port: u16,
    /// `broker.rack`, if set.
    pub rack: Option<String>,
}

/// A topic in the list of all.
#[derive(Debug)]
pub struct TopicListing {
    /// The name.
    pub name: String,
    /// True for topics that Kafka keeps for itself.
    pub is_internal: bool,
    /// By partition id, or why they cannot be told.
    pub partitions: Result<Vec<PartitionDescription>>,
}

/// A topic and its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// The name.
    pub name: String,
    /// True for topics that Kafka keeps for itself.
    pub is_internal: bool,
    /// What the principal may do with the topic, if asked; Kafka's names (`READ`, `WRITE`, …).
    pub authorized_operations: Vec<&'static str>,
    /// By partition id.
    pub partitions: Vec<PartitionDescription>,
}

/// A partition and its replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDescription {
    /// The partition's number, from 0.
    pub id: i32,
    /// The broker that leads it; absent during an election or without any.
    pub leader: Option<i32>,
    /// The brokers that have it, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Those of them that are in sync.
    pub isr: Vec<i32>,
}

/// A topic to create.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// The name.
    pub name: String,
    /// How many partitions; absent: the broker's default. Not with `assignments`.
    pub partitions: Option<i32>,
    /// How many replicas of each; absent: the broker's default. Not with `assignments`.
    pub replication_factor: Option<i32>,
    /// For each partition, from 0, the brokers that have it. Empty: the controller chooses.
    pub assignments: Vec<Vec<i32>>,
    /// The topic's configuration; a value that is absent is the broker's default.
    pub configs: Vec<(String, Option<String>)>,
    /// Only check whether it could be created.
    pub validate_only: bool,
}

/// Which offset of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first that is there.
    Earliest,
    /// The one that the next record gets.
    Latest,
    /// The first record that is not older, in milliseconds since 1970.
    Timestamp(i64),
}

impl OffsetSpec {
    /// As librdkafka takes it (`rd_kafka_OffsetSpec_t`): negative words, or the time.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::Timestamp(time) => time.max(0),
        }
    }
}
