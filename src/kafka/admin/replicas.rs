//! What a broker holds: its replicas by the cluster's metadata, and its log directories with their sizes (KIP-113, KIP-827).

use std::time::Instant;

use kafka_protocol::messages::{DescribeLogDirsRequest, MetadataRequest, describe_log_dirs_response::DescribeLogDirsResult};

use super::{Admin, Fault, PartitionDescription, known};
use crate::error::{Error, Result};

/// A directory in which a broker keeps logs.
#[derive(Debug)]
pub struct LogDir {
    /// Its path on the broker's machine.
    pub path: String,
    /// Why the broker cannot use it, if it cannot.
    pub error: Option<Error>,
    /// The size of its volume in bytes, if the broker tells.
    pub total_bytes: Option<i64>,
    /// How much of it is free for the broker, in bytes, if the broker tells.
    pub usable_bytes: Option<i64>,
    /// What is in it, in no order.
    pub replicas: Vec<LogDirReplica>,
}

/// A replica in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDirReplica {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The size of its log in bytes.
    pub size_bytes: i64,
    /// How many records it is behind.
    pub offset_lag: i64,
    /// True if it will take the place of a replica in another directory.
    pub is_future: bool,
}

impl Admin {
    /// The partitions that the broker is assigned, of all topics, with the topic's name, in no order. Absent if no such broker is alive.
    /// One request, whatever the number of topics.
    pub async fn partitions_of_broker(&self, broker: i32, deadline: Instant) -> Result<Option<Vec<(String, PartitionDescription)>>> {
        let request = MetadataRequest::default().with_topics(None).with_allow_auto_topic_creation(false);
        let answer = self.wire.any(request, |a| a.error_code, deadline).await?;
        Fault::answered(answer.error_code, None)?;
        if !answer.brokers.iter().any(|b| b.node_id.0 == broker) {
            return Ok(None);
        }
        let mut held = Vec::new();
        for topic in answer.topics {
            let name = topic.name.map(|name| name.to_string()).unwrap_or_default();
            for p in topic.partitions.into_iter().filter(|p| p.replica_nodes.iter().any(|id| id.0 == broker)) {
                let partition = PartitionDescription {
                    id: p.partition_index,
                    leader: known(p.leader_id.0),
                    replicas: p.replica_nodes.iter().map(|id| id.0).collect(),
                    isr: p.isr_nodes.iter().map(|id| id.0).collect(),
                };
                held.push((name.clone(), partition));
            }
        }
        Ok(Some(held))
    }

    /// The broker's log directories, in no order.
    ///
    /// # Errors
    /// [`Code::NotFound`](crate::error::Code::NotFound) if no such broker is alive.
    pub async fn log_dirs(&self, broker: i32, deadline: Instant) -> Result<Vec<LogDir>> {
        let request = DescribeLogDirsRequest::default().with_topics(None);
        let answer = self.wire.broker(broker, request, |a| a.error_code, deadline).await?;
        Fault::answered(answer.error_code, None)?;
        Ok(answer.results.into_iter().map(log_dir).collect())
    }
}

fn log_dir(found: DescribeLogDirsResult) -> LogDir {
    let mut replicas = Vec::new();
    for topic in found.topics {
        let name = topic.name.to_string();
        replicas.extend(topic.partitions.into_iter().map(|p| LogDirReplica {
            topic: name.clone(),
            partition: p.partition_index,
            size_bytes: p.partition_size,
            offset_lag: p.offset_lag,
            is_future: p.is_future_key,
        }));
    }
    LogDir {
        path: found.log_dir.to_string(),
        error: Fault::answered(found.error_code, None).err().map(Error::from),
        total_bytes: known(found.total_bytes),
        usable_bytes: known(found.usable_bytes),
        replicas,
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::protocol::StrBytes;

    use super::*;

    #[test]
    fn a_directory_that_cannot_be_used_has_its_error_and_no_sizes() {
        let found = DescribeLogDirsResult::default().with_log_dir(StrBytes::from_static_str("/d")).with_error_code(56);
        let dir = log_dir(found.with_total_bytes(-1).with_usable_bytes(-1));
        assert_eq!((dir.path.as_str(), dir.total_bytes, dir.usable_bytes), ("/d", None, None));
        assert_eq!(dir.error.and_then(|e| e.kafka_error()), Some(56));
    }
}
