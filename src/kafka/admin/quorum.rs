//! The controllers' quorum: who leads it, and how far each member has read its log.

use std::time::Instant;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kafka_protocol::{
    messages::{
        DescribeQuorumRequest, DescribeQuorumResponse, TopicName,
        describe_quorum_request::{PartitionData, TopicData},
        describe_quorum_response::{PartitionData as Described, ReplicaState},
    },
    protocol::StrBytes,
};

use super::{Admin, Fault, known};
use crate::error::{Code, Error, Result};

/// The log that the quorum keeps; it has one partition.
const METADATA_LOG: &str = "__cluster_metadata";

/// The quorum as its leader describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The node that leads; `None` during an election.
    pub leader_id: Option<i32>,
    /// How often a leader was elected.
    pub leader_epoch: i32,
    /// The first offset that is not yet with a majority.
    pub high_watermark: i64,
    /// Those who elect.
    pub voters: Vec<QuorumReplica>,
    /// Those who only read.
    pub observers: Vec<QuorumReplica>,
}

/// How far a member has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumReplica {
    /// The node.
    pub replica_id: i32,
    /// The id of the directory that its log is in, as Kafka writes it; `None` where the broker tells none.
    pub directory_id: Option<String>,
    /// The first offset that it does not have; `None` if the leader does not know.
    pub log_end_offset: Option<i64>,
    /// When it asked the leader for the last time, in ms; `None` for the leader and where nobody knows.
    pub last_fetch_timestamp_ms: Option<i64>,
    /// When it had all that the leader had, in ms; `None` where nobody knows.
    pub last_caught_up_timestamp_ms: Option<i64>,
}

impl Admin {
    /// Describes the quorum.
    ///
    /// # Errors
    /// [`Code::UnsupportedProtocol`] if the cluster has none: it is older than KRaft, or the embedded broker.
    pub async fn quorum(&self, deadline: Instant) -> Result<Quorum> {
        let partition = PartitionData::default().with_partition_index(0);
        let topic =
            TopicData::default().with_topic_name(TopicName(StrBytes::from_static_str(METADATA_LOG))).with_partitions(vec![partition]);
        let request = DescribeQuorumRequest::default().with_topics(vec![topic]);
        let answer = self.wire.any(request, first_fault, deadline).await?;
        Fault::answered(answer.error_code, answer.error_message.as_deref())?;
        let described = answer.topics.into_iter().flat_map(|topic| topic.partitions).next();
        let described = described.ok_or_else(|| Error::new(Code::Kafka, "The brokers described no quorum."))?;
        Fault::answered(described.error_code, described.error_message.as_deref())?;
        Ok(quorum(described))
    }
}

fn first_fault(answer: &DescribeQuorumResponse) -> i16 {
    let inner = answer.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code);
    [answer.error_code].into_iter().chain(inner).find(|code| *code != 0).unwrap_or_default()
}

fn quorum(of: Described) -> Quorum {
    Quorum {
        leader_id: known(of.leader_id.0),
        leader_epoch: of.leader_epoch,
        high_watermark: of.high_watermark,
        voters: of.current_voters.into_iter().map(replica).collect(),
        observers: of.observers.into_iter().map(replica).collect(),
    }
}

fn replica(of: ReplicaState) -> QuorumReplica {
    QuorumReplica {
        replica_id: of.replica_id.0,
        directory_id: (!of.replica_directory_id.is_nil()).then(|| URL_SAFE_NO_PAD.encode(of.replica_directory_id.as_bytes())),
        log_end_offset: known(of.log_end_offset),
        last_fetch_timestamp_ms: known(of.last_fetch_timestamp),
        last_caught_up_timestamp_ms: known(of.last_caught_up_timestamp),
    }
}
