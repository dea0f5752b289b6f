//! What groups have committed: read, changed and deleted without being a member.
//!
//! Over our own connection: one request for all partitions of a group, whatever its protocol. Start with [`Admin::committed_by`].

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Instant,
};

use kafka_protocol::{
    messages::{
        OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse, OffsetFetchRequest, OffsetFetchResponse,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
        offset_fetch_request::OffsetFetchRequestGroup,
    },
    protocol::StrBytes,
};

use super::{
    Admin,
    groups::{HAS_MEMBERS, NO_SUCH_GROUP, checked},
};
use crate::{
    error::{Error, Result},
    kafka::{
        native::Fault,
        record::TopicPartition,
        wire::{self, Coordinator},
    },
};

/// The first version of OffsetFetch that names groups in a list; before, a request names one.
const GROUPS_IN_A_LIST: i16 = 8;
/// Kafka's errors that belong to the whole group though each partition repeats them, beside those of members that stand in the way: the
/// coordinator's, a group's id that is none, of authorization, of a group that is not there.
const OF_THE_GROUP: [i16; 6] = [14, 15, 16, 24, 30, NO_SUCH_GROUP];

/// An offset that a group has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedByGroup {
    /// Of which partition.
    pub partition: TopicPartition,
    /// The next offset that the group reads.
    pub offset: i64,
}

impl Admin {
    /// All offsets that a group has committed, in no order; none if there is no such group. Offsets that belong to a transaction which is
    /// still open are not seen yet. Only reads.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::error::Code::Unauthorized) and others.
    pub async fn committed_by(&self, group: &str, deadline: Instant) -> Result<Vec<CommittedByGroup>> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let request = if self.wire.version::<OffsetFetchRequest>(deadline).await? >= GROUPS_IN_A_LIST {
            let all = OffsetFetchRequestGroup::default().with_group_id(wire::group_id(group)?).with_topics(None);
            OffsetFetchRequest::default().with_groups(vec![all])
        } else {
            OffsetFetchRequest::default().with_group_id(wire::group_id(group)?).with_topics(None)
        };
        let answer = self.wire.coordinator(Coordinator::Group, group, request, fetch_fault, deadline).await?;
        match fetch_fault(&answer) {
            // A share group has no offsets of this kind.
            NO_SUCH_GROUP => Ok(Vec::new()),
            code => {
                checked(group, code)?;
                fetched(answer)
            }
        }
    }

    /// Commits offsets for a group without members; a group that is not there is made. For each partition, in the order given, whether it
    /// was done. The texts beside the offsets become empty.
    ///
    /// Sent again if the answer is lost: the same offsets are committed again, and nobody else commits for a group without members.
    ///
    /// # Errors
    /// [`Code::IllegalState`](crate::error::Code::IllegalState) if the group has members,
    /// [`Code::Unauthorized`](crate::error::Code::Unauthorized); of a partition `UnknownTopicOrPartition` and others.
    pub async fn commit_for(&self, group: &str, offsets: &[(TopicPartition, i64)], deadline: Instant) -> Result<Vec<Result<()>>> {
        let mut topics: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (partition, offset) in offsets {
            let row = OffsetCommitRequestPartition::default().with_partition_index(partition.partition).with_committed_offset(*offset);
            topics.entry(&partition.topic).or_default().push(row.with_committed_metadata(Some(StrBytes::default())));
        }
        let topic = |(name, rows)| Ok(OffsetCommitRequestTopic::default().with_name(wire::topic_name(name)?).with_partitions(rows));
        let topics = topics.into_iter().map(topic).collect::<Result<_>>()?;
        // No member and no generation are the defaults: so commits who is not a member.
        let request = OffsetCommitRequest::default().with_group_id(wire::group_id(group)?).with_topics(topics);
        let answer = self.wire.coordinator(Coordinator::Group, group, request, commit_fault, deadline).await?;
        checked(group, commit_fault(&answer))?;
        let rows = answer.topics.iter().flat_map(|t| t.partitions.iter().map(|p| (t.name.as_str(), p.partition_index, p.error_code)));
        Ok(in_order(group, offsets.iter().map(|(partition, _)| partition), rows))
    }

    /// Deletes what a group has committed of these partitions. For each, in the order given, whether it was done; nothing to delete is no
    /// error.
    ///
    /// Sent again if the answer is lost: what is deleted already stays so.
    ///
    /// # Errors
    /// [`Code::NotFound`](crate::error::Code::NotFound) if there is no such group; of a partition
    /// [`Code::IllegalState`](crate::error::Code::IllegalState) if members are subscribed to its topic, and others.
    pub async fn delete_offsets(&self, group: &str, partitions: &[TopicPartition], deadline: Instant) -> Result<Vec<Result<()>>> {
        let mut topics: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for partition in partitions {
            let row = OffsetDeleteRequestPartition::default().with_partition_index(partition.partition);
            topics.entry(&partition.topic).or_default().push(row);
        }
        let topic = |(name, rows)| Ok(OffsetDeleteRequestTopic::default().with_name(wire::topic_name(name)?).with_partitions(rows));
        let topics = topics.into_iter().map(topic).collect::<Result<_>>()?;
        let request = OffsetDeleteRequest::default().with_group_id(wire::group_id(group)?).with_topics(topics);
        let fault = |a: &OffsetDeleteResponse| a.error_code;
        let answer = self.wire.coordinator(Coordinator::Group, group, request, fault, deadline).await?;
        checked(group, fault(&answer))?;
        let rows = answer.topics.iter().flat_map(|t| t.partitions.iter().map(|p| (t.name.as_str(), p.partition_index, p.error_code)));
        Ok(in_order(group, partitions.iter(), rows))
    }
}

/// The error of the one group that was asked about.
fn fetch_fault(answer: &OffsetFetchResponse) -> i16 {
    answer.groups.first().map_or(answer.error_code, |group| group.error_code)
}

/// The offsets in either form of the answer. A partition without an offset has -1.
fn fetched(answer: OffsetFetchResponse) -> Result<Vec<CommittedByGroup>> {
    let mut all = Vec::new();
    let mut add = |topic: &Arc<str>, partition: i32, offset: i64, code: i16| {
        Fault::answered(code, None)?;
        if offset >= 0 {
            all.push(CommittedByGroup { partition: TopicPartition { topic: topic.clone(), partition }, offset });
        }
        Ok::<_, Error>(())
    };
    for topic in answer.topics {
        let name = Arc::from(topic.name.as_str());
        topic.partitions.iter().try_for_each(|p| add(&name, p.partition_index, p.committed_offset, p.error_code))?;
    }
    for topic in answer.groups.into_iter().flat_map(|group| group.topics) {
        let name = Arc::from(topic.name.as_str());
        topic.partitions.iter().try_for_each(|p| add(&name, p.partition_index, p.committed_offset, p.error_code))?;
    }
    Ok(all)
}

/// The error that each partition repeats because it is the group's.
fn commit_fault(answer: &OffsetCommitResponse) -> i16 {
    let mut codes = answer.topics.iter().flat_map(|topic| &topic.partitions).map(|p| p.error_code);
    codes.find(|code| OF_THE_GROUP.contains(code) || HAS_MEMBERS.contains(code)).unwrap_or(0)
}

/// The outcome of each partition in the order of the request. A partition that the answer forgets is unknown to the broker.
fn in_order<'a>(
    group: &str,
    asked: impl Iterator<Item = &'a TopicPartition>,
    rows: impl Iterator<Item = (&'a str, i32, i16)>,
) -> Vec<Result<()>> {
    let codes: HashMap<(&str, i32), i16> = rows.map(|(topic, partition, code)| ((topic, partition), code)).collect();
    let unknown = Fault { code: 3, text: None };
    let outcome = |p: &TopicPartition| match codes.get(&(&*p.topic, p.partition)) {
        Some(code) => checked(group, *code),
        None => Err(unknown.clone().into()),
    };
    asked.map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
        offset_fetch_response::{
            OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
            OffsetFetchResponseTopics,
        },
    };

    use super::*;
    use crate::error::Code;

    fn shown(answer: OffsetFetchResponse) -> Vec<(String, i32, i64)> {
        let row = |c: CommittedByGroup| (c.partition.topic.to_string(), c.partition.partition, c.offset);
        fetched(answer).unwrap().into_iter().map(row).collect()
    }

    #[test]
    fn offsets_are_read_from_either_form_of_the_answer() {
        let old = |p, o| OffsetFetchResponsePartition::default().with_partition_index(p).with_committed_offset(o);
        let topic =
            OffsetFetchResponseTopic::default().with_name(wire::topic_name("t").unwrap()).with_partitions(vec![old(0, 7), old(1, -1)]);
        assert_eq!(shown(OffsetFetchResponse::default().with_topics(vec![topic])), [("t".to_owned(), 0, 7)]);

        let new = |p, o| OffsetFetchResponsePartitions::default().with_partition_index(p).with_committed_offset(o);
        let topic =
            OffsetFetchResponseTopics::default().with_name(wire::topic_name("t").unwrap()).with_partitions(vec![new(0, -1), new(1, 8)]);
        let group = OffsetFetchResponseGroup::default().with_topics(vec![topic]);
        assert_eq!(shown(OffsetFetchResponse::default().with_groups(vec![group])), [("t".to_owned(), 1, 8)]);
    }

    #[test]
    fn an_error_of_the_group_is_found_among_those_of_its_partitions() {
        let answer = |codes: &[i16]| {
            let rows = codes.iter().map(|c| OffsetCommitResponsePartition::default().with_error_code(*c)).collect();
            OffsetCommitResponse::default().with_topics(vec![OffsetCommitResponseTopic::default().with_partitions(rows)])
        };
        for (codes, want, why) in [
            (&[0, 0][..], 0, "all went well"),
            (&[3, 0], 0, "one partition is unknown"),
            (&[25, 25], 25, "there are members"),
            (&[3, 16], 16, "not the coordinator"),
        ] {
            assert_eq!(commit_fault(&answer(codes)), want, "{why}");
        }
    }

    #[test]
    fn outcomes_come_in_the_order_of_the_request() {
        let partition = |topic: &str, partition| TopicPartition { topic: Arc::from(topic), partition };
        let asked = [partition("b", 1), partition("a", 0), partition("a", 9)];
        let rows = [("a", 0, 3), ("b", 1, 0)];
        let outcomes = in_order("g", asked.iter(), rows.into_iter());
        let codes: Vec<_> = outcomes.into_iter().map(|o| o.err().map(|e| e.code())).collect();
        assert_eq!(codes, [None, Some(Code::UnknownTopicOrPartition), Some(Code::UnknownTopicOrPartition)]);
    }
}
