//! What clients ask for, checked and in the gateway's own types. Both surfaces come here: an entry that is `null` in JSON, or empty
//! in gRPC, has no members.

use std::time::Duration;

use super::{decode::Format, pattern::Pattern, settings::Settings};
use crate::{
    error::{Code, Error, Result},
    kafka::{CommitOffset, ConsumerSettings, Position, TopicPartition},
    pb::v2::{self, CreateConsumerRequest, TopicPartitionOffset, TopicPartitionTimestamp},
};

/// The longest name that Kafka's protocol can carry, in bytes.
const NAME_MAX: usize = 32_767;
/// The range of `fetch.min.bytes`.
const MIN_BYTES: std::ops::RangeInclusive<i32> = -1..=10_000_000;

/// What a subscription request wants.
#[derive(Debug)]
pub enum Wanted {
    /// Neither names nor a pattern: everything stays as it is.
    Nothing,
    /// Topics by name, each once.
    Topics(Vec<String>),
    /// Topics by pattern.
    Pattern(Pattern),
}

/// What is to be known before a new instance has its place.
#[derive(Debug)]
pub struct Plan {
    /// The name in the group.
    pub name: String,
    /// The format of keys and values.
    pub format: Format,
    /// True to return data with schemas as bytes.
    pub as_bytes: bool,
    /// How many bytes a read waits for; absent: a read lasts its whole time.
    pub min_bytes: Option<u64>,
    /// How long a read waits at most.
    pub wait: Duration,
}

impl Plan {
    /// From the request, with the gateway's settings for what it does not say.
    ///
    /// # Errors
    /// [`Code::ConstraintViolation`] for a format that does not exist or a blank name, [`Code::ConsumerConfigOutOfRange`],
    /// [`Code::BadRequest`] for an impossible group.
    pub fn new(request: &CreateConsumerRequest, settings: &Settings) -> Result<Self> {
        let format = request.format.as_deref().map(Format::from_name).transpose()?.unwrap_or_default();
        let min_bytes = request.fetch_min_bytes.unwrap_or(settings.fetch_min_bytes);
        if !MIN_BYTES.contains(&min_bytes) {
            let (side, bound) =
                if min_bytes < *MIN_BYTES.start() { ("at least", MIN_BYTES.start()) } else { ("no more than", MIN_BYTES.end()) };
            let text = format!(
                "{}Invalid value {min_bytes} for configuration fetch.min.bytes: Value must be {side} {bound}",
                Code::ConsumerConfigOutOfRange.text()
            );
            return Err(Error::new(Code::ConsumerConfigOutOfRange, text));
        }
        kafka_name("a group", &request.group_id)?;
        let name = match request.id.as_deref().or(request.name.as_deref()) {
            Some(name) if name.trim().is_empty() => {
                return Err(Error::new(Code::ConstraintViolation, format!("name must not be blank (was {name})")));
            }
            Some(name) => name.to_owned(),
            None => made_name(settings.id.as_deref()),
        };
        let wait = request.consumer_request_timeout_ms.map_or(settings.request_timeout_ms, |ms| settings.request_timeout_ms.min(ms.into()));
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
        Ok(Self { name, format, as_bytes: request.payloads.unwrap_or_default(), min_bytes: u64::try_from(min_bytes).ok(), wait })
    }
}

fn made_name(id: Option<&str>) -> String {
    let unique = uuid::Uuid::new_v4();
    match id {
        Some(id) if !id.is_empty() => format!("rest-consumer-{id}-{unique}"),
        Some(_) | None => format!("rest-consumer-{unique}"),
    }
}

/// What the new instance's consumer is told.
///
/// # Errors
/// [`Code::InvalidConsumerConfig`] for values that Kafka's consumer does not have.
pub fn consumer_settings(request: &CreateConsumerRequest) -> Result<ConsumerSettings> {
    let refuse = |name: &str, value: &str, why: &str| {
        let text = format!("{}Invalid value {value} for configuration {name}: {why}", Code::InvalidConsumerConfig.text());
        Error::new(Code::InvalidConsumerConfig, text)
    };
    // Java trims the values of both settings; the second one it reads in any case.
    let auto_offset_reset = match request.auto_offset_reset.as_deref().map(str::trim) {
        None => None,
        Some(reset @ ("latest" | "earliest" | "none")) => Some(reset.to_owned()),
        Some(other) => return Err(refuse("auto.offset.reset", other, "String must be one of: latest, earliest, none")),
    };
    let auto_commit = match request.auto_commit_enable.as_deref().map(str::trim) {
        None => None,
        Some(on) if on.eq_ignore_ascii_case("true") => Some(true),
        Some(off) if off.eq_ignore_ascii_case("false") => Some(false),
        Some(other) => return Err(refuse("enable.auto.commit", other, "Expected value to be either true or false")),
    };
    Ok(ConsumerSettings { group_id: request.group_id.clone(), auto_offset_reset, auto_commit, client_id: None })
}

/// What to subscribe to.
///
/// # Errors
/// [`Code::BadRequest`] for a topic without a name, or a pattern that is none.
pub fn subscription(topics: Vec<String>, pattern: Option<&str>) -> Result<Wanted> {
    if topics.is_empty() {
        return Ok(pattern.map(Pattern::new).transpose()?.map_or(Wanted::Nothing, Wanted::Pattern));
    }
    let mut names: Vec<String> = Vec::with_capacity(topics.len());
    let mut seen = std::collections::HashSet::new();
    for name in topics {
        kafka_name("a topic", &name)?;
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    Ok(Wanted::Topics(names))
}

/// Partitions, each once, in the order of the request.
///
/// # Errors
/// [`Code::BadRequest`] for an entry without a topic or a partition.
pub fn partitions(entries: Vec<v2::TopicPartition>) -> Result<Vec<TopicPartition>> {
    let mut partitions = Vec::with_capacity(entries.len());
    let mut seen = std::collections::HashSet::new();
    for entry in entries {
        let (Some(topic), Some(partition)) = (entry.topic.filter(|t| !t.trim().is_empty()), entry.partition) else {
            return Err(Error::bad_request("partitions need a topic and a partition"));
        };
        kafka_name("a topic", &topic)?;
        let at = TopicPartition { topic: topic.into(), partition };
        if seen.insert(at.clone()) {
            partitions.push(at);
        }
    }
    Ok(partitions)
}

/// Where to move positions, in the order of the request, offsets first. An absent partition or offset is 0, as in the documented
/// API.
///
/// # Errors
/// [`Code::BadRequest`] for an entry without a topic or a time, or with a negative offset.
pub fn positions(offsets: Vec<TopicPartitionOffset>, times: Vec<TopicPartitionTimestamp>) -> Result<Vec<(TopicPartition, Position)>> {
    let at = |topic: Option<String>, partition: Option<i32>| match topic {
        Some(topic) => Ok(TopicPartition { topic: topic.into(), partition: partition.unwrap_or(0) }),
        None => Err(Error::bad_request("positions need a topic")),
    };
    let mut positions = Vec::with_capacity(offsets.len() + times.len());
    for entry in offsets {
        let at = at(entry.topic, entry.partition)?;
        match entry.offset.unwrap_or(0) {
            offset @ 0.. => positions.push((at, Position::Offset(offset))),
            ..0 => return Err(Error::bad_request("an offset must not be negative")),
        }
    }
    for entry in times {
        let at = at(entry.topic, entry.partition)?;
        let time = entry.timestamp.ok_or_else(|| Error::bad_request("timestamps need a timestamp"))?;
        let ms = time.seconds.saturating_mul(1000).saturating_add(i64::from(time.nanos).div_euclid(1_000_000));
        // Kafka has no records before 1970, and takes negative times for something else.
        positions.push((at, Position::Timestamp(ms.max(0))));
    }
    Ok(positions)
}

/// What to commit: one more than the offsets of the request, the last one of each partition.
///
/// # Errors
/// [`Code::BadRequest`] for an entry without a topic, a partition or an offset; [`Code::UnknownTopicOrPartition`] for a negative
/// partition.
pub fn commits(entries: Vec<TopicPartitionOffset>) -> Result<Vec<CommitOffset>> {
    let mut commits = std::collections::BTreeMap::new();
    for entry in entries {
        let topic = entry.topic.filter(|t| !t.trim().is_empty());
        let next = entry.offset.and_then(|o| o.checked_add(1)).filter(|next| *next >= 0);
        let (Some(topic), Some(partition), Some(offset)) = (topic, entry.partition, next) else {
            return Err(Error::bad_request("offsets need a topic, a partition and an offset"));
        };
        kafka_name("a topic", &topic)?;
        if partition < 0 {
            return Err(Error::of(Code::UnknownTopicOrPartition));
        }
        commits.insert((topic.clone(), partition), CommitOffset { topic, partition, offset, metadata: entry.metadata });
    }
    Ok(commits.into_values().collect())
}

/// Refuses what cannot be sent to Kafka as a name at all. What a name may look like is the brokers' matter.
fn kafka_name(of: &str, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        Err(Error::bad_request(format_args!("{of} must have a name")))
    } else if name.len() > NAME_MAX {
        Err(Error::bad_request(format_args!("the name of {of} must not be longer than {NAME_MAX} bytes")))
    } else if name.contains('\0') {
        Err(Error::bad_request(format_args!("the name of {of} must not contain NUL")))
    } else {
        Ok(())
    }
}
