//! What is done to many partitions at once: electing leaders, deleting records. Partitions fail one by one.

use std::{collections::HashSet, sync::Arc};

use crate::{
    error::{Error, Result},
    kafka::{self, Election},
    pb::v3::{
        DeleteRecordsRequest, DeleteRecordsResponse, DeletedRecords, ElectLeadersRequest, ElectLeadersResponse, ElectionType,
        LeaderElection, PartitionFailure, TopicPartition,
    },
    service::{failure, known, topic_name},
};

/// In requests: the high watermark.
const HIGH_WATERMARK: i64 = -1;

/// The kind of election, and the partitions, of which there are none if all are meant.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) for a partition that is named twice or a type that is not known,
/// [`Code::KafkaInvalidRequest`](crate::error::Code::KafkaInvalidRequest) for a name that no topic can have.
pub(super) fn elections(asked: &ElectLeadersRequest) -> Result<(Election, Option<Vec<kafka::TopicPartition>>)> {
    let election = match known::<ElectionType>("election_type", asked.election_type)? {
        ElectionType::Unspecified | ElectionType::Preferred => Election::Preferred,
        ElectionType::Unclean => Election::Unclean,
    };
    let mut seen = HashSet::new();
    let one = |p: &TopicPartition| {
        topic_name::check(&p.topic_name)?;
        check_partition(p.partition_id)?;
        if !seen.insert((p.topic_name.clone(), p.partition_id)) {
            return Err(Error::bad_request(format_args!("partition {} of topic {} is named twice", p.partition_id, p.topic_name)));
        }
        Ok(kafka::TopicPartition { topic: p.topic_name.as_str().into(), partition: p.partition_id })
    };
    let partitions = asked.partitions.iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok((election, (!partitions.is_empty()).then_some(partitions)))
}

/// The partitions, with the offset before which records go; absent for all that are there.
///
/// # Errors
/// [`Code::InvalidPayload`](crate::error::Code::InvalidPayload) if there are none, [`Code::BadRequest`](crate::error::Code::BadRequest) for
/// a partition that is named twice and an offset that none has.
pub(super) fn deletions(asked: &DeleteRecordsRequest) -> Result<Vec<(kafka::TopicPartition, Option<i64>)>> {
    if asked.data.is_empty() {
        return Err(Error::payload("Empty input provided. Data is required."));
    }
    let (topic, mut seen) = (Arc::<str>::from(asked.topic_name.as_str()), HashSet::new());
    let mut deletions = Vec::with_capacity(asked.data.len());
    for deletion in &asked.data {
        check_partition(deletion.partition_id)?;
        if !seen.insert(deletion.partition_id) {
            return Err(Error::bad_request(format_args!("partition {} is named twice", deletion.partition_id)));
        }
        let before = match deletion.before_offset {
            HIGH_WATERMARK => None,
            offset @ 0.. => Some(offset),
            offset => return Err(Error::bad_request(format_args!("before_offset must be -1 or more, not {offset}"))),
        };
        deletions.push((kafka::TopicPartition { topic: topic.clone(), partition: deletion.partition_id }, before));
    }
    Ok(deletions)
}

fn check_partition(partition: i32) -> Result<()> {
    if partition < 0 { Err(Error::bad_request(format_args!("partition_id must be 0 or more, not {partition}"))) } else { Ok(()) }
}

/// What is shown of elections.
///
/// # Errors
/// The first partition's error, if partitions were named and none of them has its leader.
pub(super) fn elected(
    asked: &ElectLeadersRequest,
    mut outcome: Vec<(kafka::TopicPartition, Result<bool>)>,
) -> Result<ElectLeadersResponse> {
    outcome.sort_unstable_by(|(a, _), (b, _)| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    let (data, failures, first) = split(outcome, |p, is_elected| LeaderElection {
        cluster_id: asked.cluster_id.clone(),
        topic_name: p.topic.to_string(),
        partition_id: p.partition,
        is_elected,
    });
    match first {
        // Where all are meant, those that have their leader already are not told of: the others are not everything.
        Some(error) if data.is_empty() && !asked.partitions.is_empty() => Err(error),
        Some(_) | None => Ok(ElectLeadersResponse { data, failures }),
    }
}

/// What is shown of deletions.
///
/// # Errors
/// The first partition's error, if none succeeded.
pub(super) fn deleted(cluster_id: &str, outcome: Vec<(kafka::TopicPartition, Result<i64>)>) -> Result<DeleteRecordsResponse> {
    let (data, failures, first) = split(outcome, |p, low_watermark| DeletedRecords {
        cluster_id: cluster_id.to_owned(),
        topic_name: p.topic.to_string(),
        partition_id: p.partition,
        low_watermark,
    });
    match first {
        Some(error) if data.is_empty() => Err(error),
        Some(_) | None => Ok(DeleteRecordsResponse { data, failures }),
    }
}

/// What succeeded, what failed, and the first failure's error.
fn split<T, S>(
    outcome: Vec<(kafka::TopicPartition, Result<T>)>,
    success: impl Fn(kafka::TopicPartition, T) -> S,
) -> (Vec<S>, Vec<PartitionFailure>, Option<Error>) {
    let (mut successes, mut failures, mut first) = (Vec::new(), Vec::new(), None);
    for (partition, result) in outcome {
        match result {
            Ok(value) => successes.push(success(partition, value)),
            Err(error) => {
                let (error_code, message) = failure(&error);
                let (topic_name, partition_id) = (partition.topic.to_string(), partition.partition);
                failures.push(PartitionFailure { topic_name, partition_id, error_code, message });
                first.get_or_insert(error);
            }
        }
    }
    (successes, failures, first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::Code, pb::v3::RecordDeletion};

    fn place(partition: i32) -> kafka::TopicPartition {
        kafka::TopicPartition { topic: "t".into(), partition }
    }

    #[test]
    fn partitions_fail_one_by_one_and_only_all_that_were_named_as_a_whole() {
        let refused = || Err(Error::of(Code::KafkaRetriable));
        let of_all = ElectLeadersRequest::default();
        let named = |count: i32| {
            let partitions = (0..count).map(|partition_id| TopicPartition { topic_name: "t".into(), partition_id }).collect();
            ElectLeadersRequest { partitions, ..ElectLeadersRequest::default() }
        };
        let some = elected(&named(2), vec![(place(1), refused()), (place(0), Ok(false))]).unwrap();
        assert_eq!((some.data[0].partition_id, some.failures[0].partition_id, some.failures[0].error_code), (0, 1, 50003));
        assert_eq!(elected(&named(1), vec![(place(0), refused())]).unwrap_err().code(), Code::KafkaRetriable);
        let some = elected(&of_all, vec![(place(0), refused())]).unwrap();
        assert_eq!((some.data.len(), some.failures.len()), (0, 1), "all others have their leaders");
        assert!(elected(&of_all, Vec::new()).unwrap().data.is_empty());
        assert_eq!(deleted("c", vec![(place(0), Err(Error::of(Code::KafkaRetriable)))]).unwrap_err().code(), Code::KafkaRetriable);
    }

    #[test]
    fn deletions_name_each_partition_once_and_offsets_that_there_are() {
        let asked = |rows: &[(i32, i64)]| DeleteRecordsRequest {
            data: rows.iter().map(|&(partition_id, before_offset)| RecordDeletion { partition_id, before_offset }).collect(),
            ..DeleteRecordsRequest::default()
        };
        let offsets = deletions(&asked(&[(0, -1), (1, 0), (2, 7)])).unwrap().into_iter().map(|(_, before)| before);
        assert_eq!(offsets.collect::<Vec<_>>(), [None, Some(0), Some(7)]);
        for (rows, code) in [
            (&[][..], Code::InvalidPayload),
            (&[(0, 1), (0, 2)], Code::BadRequest),
            (&[(0, -2)], Code::BadRequest),
            (&[(-1, 0)], Code::BadRequest),
        ] {
            assert_eq!(deletions(&asked(rows)).unwrap_err().code(), code, "{rows:?}");
        }
    }
}
