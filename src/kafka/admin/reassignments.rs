//! Moves of partitions between brokers (KIP-455).
//!
//! The controller accepts or refuses each partition by itself, so an answer tells of each. Whether a request makes sense in itself is the
//! service's business.

use std::{
    collections::{BTreeMap, HashSet},
    time::Instant,
};

use kafka_protocol::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, BrokerId, ListPartitionReassignmentsRequest,
    alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic},
    list_partition_reassignments_request::ListPartitionReassignmentsTopics,
};

use super::{Admin, Fault};
use crate::{
    error::{Code, Error, Result},
    kafka::wire,
};

/// The first version that can forbid another replication factor (Kafka 4.0); an older one would not be told of it.
const SINCE_REPLICATION_FACTOR: i16 = 1;

/// Kafka's error where a move is cancelled that is not under way.
const NO_REASSIGNMENT_IN_PROGRESS: i16 = 85;

/// A partition on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The brokers that it is copied to.
    pub adding: Vec<i32>,
    /// The brokers that will have it no longer.
    pub removing: Vec<i32>,
}

/// Where a partition is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReassignmentChange {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The brokers that are to have it, the preferred leader first; absent: the move that is under way ends.
    pub target: Option<Vec<i32>>,
}

impl Admin {
    /// The moves that are under way, of all partitions or of this one, in no order.
    pub async fn reassignments(&self, only: Option<(&str, i32)>, deadline: Instant) -> Result<Vec<Reassignment>> {
        let topic = |(name, partition)| {
            let asked = ListPartitionReassignmentsTopics::default().with_name(wire::topic_name(name)?);
            Ok::<_, Error>(vec![asked.with_partition_indexes(vec![partition])])
        };
        let topics = only.map(topic).transpose()?;
        let request = ListPartitionReassignmentsRequest::default().with_timeout_ms(self.millis_left(deadline)?).with_topics(topics);
        let answer = self.wire.controller(request, |a| a.error_code, deadline).await?;
        Fault::answered(answer.error_code, answer.error_message.as_deref())?;
        let of_topic = |topic: kafka_protocol::messages::list_partition_reassignments_response::OngoingTopicReassignment| {
            let name = topic.name.to_string();
            topic.partitions.into_iter().map(move |p| Reassignment {
                topic: name.clone(),
                partition: p.partition_index,
                adding: ids(&p.adding_replicas),
                removing: ids(&p.removing_replicas),
            })
        };
        Ok(answer.topics.into_iter().flat_map(of_topic).collect())
    }

    /// Starts and cancels moves; each partition at most once. Returns those that the controller refused, and why.
    ///
    /// Asked again if the answer is lost: a move to where the partition goes already, or is, changes nothing, and a move that is not there
    /// any more was cancelled.
    ///
    /// # Errors
    /// [`Code::UnsupportedProtocol`] if another replication factor is to be forbidden and the broker cannot; what refuses the request as a
    /// whole. Nothing is changed then.
    pub async fn alter_reassignments(
        &self,
        changes: Vec<ReassignmentChange>,
        allow_replication_factor_change: bool,
        deadline: Instant,
    ) -> Result<Vec<(String, i32, Error)>> {
        if !allow_replication_factor_change
            && self.wire.version::<AlterPartitionReassignmentsRequest>(deadline).await? < SINCE_REPLICATION_FACTOR
        {
            let text =
                "Kafka protocol version not supported.: AlterPartitionReassignments: this broker cannot forbid another replication factor";
            return Err(Error::new(Code::UnsupportedProtocol, text));
        }
        let mut unanswered: HashSet<(String, i32)> = changes.iter().map(|c| (c.topic.clone(), c.partition)).collect();
        let mut topics: BTreeMap<String, Vec<ReassignablePartition>> = BTreeMap::new();
        for change in changes {
            let replicas = change.target.map(|ids| ids.into_iter().map(BrokerId).collect());
            let partition = ReassignablePartition::default().with_partition_index(change.partition).with_replicas(replicas);
            topics.entry(change.topic).or_default().push(partition);
        }
        let topic = |(name, partitions): (String, _)| {
            Ok(ReassignableTopic::default().with_name(wire::topic_name(&name)?).with_partitions(partitions))
        };
        let topics = topics.into_iter().map(topic).collect::<Result<_>>()?;
        let request = AlterPartitionReassignmentsRequest::default()
            .with_timeout_ms(self.millis_left(deadline)?)
            .with_allow_replication_factor_change(allow_replication_factor_change)
            .with_topics(topics);
        let told = self.wire.controller_again(request, |a: &AlterPartitionReassignmentsResponse| a.error_code, deadline).await?;
        let answer = told.answer;
        Fault::answered(answer.error_code, answer.error_message.as_deref())?;
        let mut refused = Vec::new();
        for topic in answer.responses {
            for partition in topic.partitions {
                let place = (topic.name.to_string(), partition.partition_index);
                unanswered.remove(&place);
                if told.is_repeated && partition.error_code == NO_REASSIGNMENT_IN_PROGRESS {
                    continue;
                }
                if let Err(why) = Fault::answered(partition.error_code, partition.error_message.as_deref()) {
                    refused.push((place.0, place.1, why.into()));
                }
            }
        }
        let silence = || Error::new(Code::Kafka, "The controller did not answer for this partition.");
        refused.extend(unanswered.into_iter().map(|(topic, partition)| (topic, partition, silence())));
        Ok(refused)
    }
}

fn ids(brokers: &[BrokerId]) -> Vec<i32> {
    brokers.iter().map(|id| id.0).collect()
}
