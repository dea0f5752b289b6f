//! Where a group is to begin: what a request says of it, and which offset that is.

use std::{collections::HashMap, sync::Arc, time::Instant};

use crate::{
    error::{Code, Error, Result},
    kafka::{Admin, OffsetSpec, TopicPartition},
    pb::v3::{AlterOffsetsRequest, OffsetDeletion, OffsetTarget, PartitionEnd},
    service::{timestamp, topic_name},
};

/// Kafka's error for an id that no group can have.
const INVALID_GROUP_ID: i16 = 24;

/// Where in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// At this offset.
    Offset(i64),
    /// At the first record that is not older, in milliseconds since 1970.
    Time(i64),
    /// At the first record.
    Beginning,
    /// After the last record.
    End,
}

/// Which partitions are to be altered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All that the group has committed.
    All(Target),
    /// These; a topic without a partition stands for all that it has.
    Listed(Vec<(Arc<str>, Option<i32>, Target)>),
}

/// What a request asks for.
///
/// # Errors
/// [`Code::InvalidPayload`] for a target that is absent or not one, or a partition that is named twice; [`Code::KafkaInvalidRequest`] for a
/// name that no topic can have, or without a group's id; [`Code::BadRequest`] for a time before 1970.
pub(super) fn wanted(request: &AlterOffsetsRequest) -> Result<Wanted> {
    if request.consumer_group_id.is_empty() {
        return Err(Error::new(Code::KafkaInvalidRequest, "The group id is invalid.").with_kafka_error(INVALID_GROUP_ID));
    }
    let common = request.target.as_ref().map(target).transpose()?;
    let missing = |what: &str| Error::payload(format_args!("{what} has no target."));
    if request.partitions.is_empty() {
        return common.map(Wanted::All).ok_or_else(|| missing("The request"));
    }
    check_names(request.partitions.iter().map(|p| (p.topic_name.as_str(), p.partition_id)))?;
    let listed = request.partitions.iter().map(|asked| {
        let own = asked.target.as_ref().map(target).transpose()?;
        let target = own.or(common).ok_or_else(|| missing(&format!("Topic {}", asked.topic_name)))?;
        Ok((Arc::from(asked.topic_name.as_str()), asked.partition_id, target))
    });
    Ok(Wanted::Listed(listed.collect::<Result<_>>()?))
}

/// Checks which offsets a request wants to forget.
///
/// # Errors
/// As [`wanted`]; [`Code::InvalidPayload`] if there are none.
pub(super) fn check_deletions(partitions: &[OffsetDeletion]) -> Result<()> {
    if partitions.is_empty() {
        return Err(Error::payload("Empty input provided. Data is required."));
    }
    check_names(partitions.iter().map(|p| (p.topic_name.as_str(), p.partition_id)))
}

fn check_names<'a>(named: impl Iterator<Item = (&'a str, Option<i32>)>) -> Result<()> {
    let mut seen: HashMap<&str, Vec<Option<i32>>> = HashMap::new();
    for (topic, partition) in named {
        topic_name::check(topic)?;
        let before = seen.entry(topic).or_default();
        match partition {
            Some(id) if before.contains(&partition) || before.contains(&None) => {
                return Err(Error::payload(format_args!("Partition {id} of topic {topic} is named twice.")));
            }
            None if !before.is_empty() => return Err(Error::payload(format_args!("Topic {topic} is named twice."))),
            _ => before.push(partition),
        }
    }
    Ok(())
}

fn target(asked: &OffsetTarget) -> Result<Target> {
    let one_of = || Error::payload("A target has exactly one of offset, timestamp and position.");
    let position = asked.position.map(|_| asked.position());
    match (asked.offset, asked.timestamp, position) {
        (Some(offset), None, None) if offset >= 0 => Ok(Target::Offset(offset)),
        (Some(offset), None, None) => Err(Error::payload(format_args!("Offset {offset} is negative."))),
        (None, Some(time), None) => timestamp::to_millis(time).map(Target::Time),
        (None, None, Some(PartitionEnd::Beginning)) => Ok(Target::Beginning),
        (None, None, Some(PartitionEnd::End)) => Ok(Target::End),
        _ => Err(one_of()),
    }
}

/// The offsets of the targets, or why there is none, in their order. All are asked for at once.
pub(super) async fn resolve(admin: &Admin, rows: &[(TopicPartition, Target)], deadline: Instant) -> Result<Vec<Result<i64>>> {
    let mut asked = Vec::with_capacity(rows.len() * 2);
    // No topic has a negative partition; Kafka's client would refuse the whole request for one.
    for (partition, target) in rows.iter().filter(|(partition, _)| partition.partition >= 0) {
        asked.extend(specs(*target).iter().map(|spec| (partition.clone(), *spec)));
    }
    let mut answers = admin.list_offsets(asked, deadline).await?.into_iter().map(|(_, offset)| offset);
    let mut offset = |(partition, target): &(TopicPartition, Target)| {
        if partition.partition < 0 {
            return Err(Error::of(Code::PartitionNotFound));
        }
        // Every answer is taken, also after an error, so that the next row finds its own.
        let found: Vec<_> = answers.by_ref().take(specs(*target).len()).collect();
        chosen(*target, &found.into_iter().collect::<Result<Vec<_>>>()?)
    };
    Ok(rows.iter().map(&mut offset).collect())
}

/// What must be known of a partition to find the target there.
fn specs(target: Target) -> Vec<OffsetSpec> {
    match target {
        Target::Offset(_) => vec![OffsetSpec::Earliest, OffsetSpec::Latest],
        // The end, for a time after the last record.
        Target::Time(time) => vec![OffsetSpec::Timestamp(time), OffsetSpec::Latest],
        Target::Beginning => vec![OffsetSpec::Earliest],
        Target::End => vec![OffsetSpec::Latest],
    }
}

/// The offset, by what is known in the order of [`specs`].
///
/// # Errors
/// [`Code::BadRequest`] for an offset where the partition has none: members would begin elsewhere, by their `auto.offset.reset`.
fn chosen(target: Target, known: &[i64]) -> Result<i64> {
    match (target, known) {
        (Target::Offset(offset), [first, end]) if (*first..=*end).contains(&offset) => Ok(offset),
        (Target::Offset(offset), [first, end]) => Err(Error::bad_request(format_args!("offset {offset} is not within {first} to {end}"))),
        (Target::Time(_), [found, _]) if *found >= 0 => Ok(*found),
        (Target::Time(_), [_, end]) => Ok(*end),
        (Target::Beginning | Target::End, [offset]) => Ok(*offset),
        (Target::Offset(_) | Target::Time(_) | Target::Beginning | Target::End, _) => {
            Err(Error::internal("fewer offsets than were asked for"))
        }
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::*;
    use crate::pb::v3::OffsetAlteration;

    fn at(offset: i64) -> Option<OffsetTarget> {
        Some(OffsetTarget { offset: Some(offset), ..OffsetTarget::default() })
    }

    fn end(position: PartitionEnd) -> Option<OffsetTarget> {
        Some(OffsetTarget { position: Some(position.into()), ..OffsetTarget::default() })
    }

    fn row(topic: &str, partition_id: Option<i32>, target: Option<OffsetTarget>) -> OffsetAlteration {
        OffsetAlteration { topic_name: topic.into(), partition_id, target }
    }

    fn request(target: Option<OffsetTarget>, partitions: Vec<OffsetAlteration>) -> AlterOffsetsRequest {
        AlterOffsetsRequest { consumer_group_id: "g".into(), target, partitions, ..AlterOffsetsRequest::default() }
    }

    #[test]
    fn a_target_of_its_own_wins_over_that_of_the_request() {
        let all = wanted(&request(end(PartitionEnd::Beginning), Vec::new())).unwrap();
        assert_eq!(all, Wanted::All(Target::Beginning));
        let asked = request(end(PartitionEnd::End), vec![row("a", Some(0), at(7)), row("b", None, None)]);
        let listed = vec![(Arc::from("a"), Some(0), Target::Offset(7)), (Arc::from("b"), None, Target::End)];
        assert_eq!(wanted(&asked).unwrap(), Wanted::Listed(listed));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let two = Some(OffsetTarget { offset: Some(1), timestamp: Some(Timestamp::default()), position: None });
        let before_1970 = Some(OffsetTarget { timestamp: Some(Timestamp { seconds: -1, nanos: 0 }), ..OffsetTarget::default() });
        for (asked, want, why) in [
            (request(None, Vec::new()), Code::InvalidPayload, "no target at all"),
            (request(None, vec![row("a", Some(0), None)]), Code::InvalidPayload, "no target for a partition"),
            (request(two, Vec::new()), Code::InvalidPayload, "two targets"),
            (request(Some(OffsetTarget::default()), Vec::new()), Code::InvalidPayload, "an empty target"),
            (request(end(PartitionEnd::Unspecified), Vec::new()), Code::InvalidPayload, "a position that is none"),
            (request(at(-1), Vec::new()), Code::InvalidPayload, "a negative offset"),
            (request(before_1970, Vec::new()), Code::BadRequest, "a time before 1970"),
            (request(at(0), vec![row("a b", None, None)]), Code::KafkaInvalidRequest, "no name of a topic"),
            (request(at(0), vec![row("a", Some(0), None), row("a", Some(0), None)]), Code::InvalidPayload, "a partition twice"),
            (request(at(0), vec![row("a", None, None), row("a", Some(0), None)]), Code::InvalidPayload, "a partition and its topic"),
            (request(at(0), vec![row("a", Some(0), None), row("a", None, None)]), Code::InvalidPayload, "a topic and its partition"),
        ] {
            assert_eq!(wanted(&asked).unwrap_err().code(), want, "{why}");
        }
        assert_eq!(check_deletions(&[]).unwrap_err().code(), Code::InvalidPayload);
    }

    #[test]
    fn an_offset_is_within_the_partition() {
        for (target, known, want, why) in [
            (Target::Offset(3), &[3, 9][..], Some(3), "the first"),
            (Target::Offset(9), &[3, 9], Some(9), "the next"),
            (Target::Offset(2), &[3, 9], None, "deleted"),
            (Target::Offset(10), &[3, 9], None, "not there yet"),
            (Target::Time(5), &[4, 9], Some(4), "a record"),
            (Target::Time(5), &[-1, 9], Some(9), "after the last record"),
            (Target::Beginning, &[3], Some(3), "the first"),
            (Target::End, &[9], Some(9), "the next"),
        ] {
            assert_eq!(chosen(target, known).ok(), want, "{why}");
        }
    }
}
