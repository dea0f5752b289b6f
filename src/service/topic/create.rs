//! A new topic: what the request must say, what Kafka is told, and what is shown of the result.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use super::{count, shown};
use crate::{
    error::{Code, Error, Result},
    kafka::{Admin, ConfigEntry, ConfigResource, NewTopic},
    pb::v3::{CreateTopicRequest, ReplicaAssignment, Topic},
    service::topic_name,
};

/// Kafka's numbers for what it would refuse itself, were it asked.
const INVALID_PARTITIONS: i16 = 37;
const INVALID_REPLICATION_FACTOR: i16 = 38;
const INVALID_REPLICA_ASSIGNMENT: i16 = 39;

/// In requests to Kafka: as the broker is configured.
const BROKER_DEFAULT: i32 = -1;

/// What a broker calls the counts that a request does not say.
const PARTITIONS: &str = "num.partitions";
const REPLICAS: &str = "default.replication.factor";

/// How long a new topic may take to be seen by the broker that is asked for it.
const APPEARANCE: Duration = Duration::from_secs(3);
/// How often it is asked.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// A topic to create, checked.
pub(super) struct Plan {
    pub(super) topic: NewTopic,
    /// Partitions and replicas as far as the request says them.
    counts: (Option<i32>, Option<i32>),
}

/// Checks what concerns the request alone, whatever cluster it is for.
///
/// # Errors
/// [`Code::MalformedBody`] for a factor out of its range, [`Code::InvalidPayload`] for an illegal name or a setting that is given
/// twice.
pub(super) fn check(asked: &CreateTopicRequest) -> Result<()> {
    if let Some(factor) = asked.replication_factor.filter(|n| i16::try_from(*n).is_err()) {
        let text = format!("Numeric value ({factor}) out of range of `short` ({} - {})", i16::MIN, i16::MAX);
        return Err(Error::new(Code::MalformedBody, text));
    }
    if !topic_name::is_legal(&asked.topic_name) {
        return Err(Error::payload("Invalid topic name."));
    }
    let mut names = HashSet::new();
    if let Some(twice) = asked.configs.iter().find(|c| !names.insert(c.name.as_str())) {
        return Err(Error::payload(format_args!("Config {} is given twice.", twice.name)));
    }
    Ok(())
}

/// What Kafka is to be told. Assignments win over the counts, the counts over the broker's defaults.
///
/// # Errors
/// [`Code::KafkaInvalidRequest`] and [`Code::Kafka`] for counts and assignments that Kafka refuses.
pub(super) fn plan(asked: CreateTopicRequest) -> Result<Plan> {
    check_factor(asked.replication_factor)?;
    let assignments = in_order(asked.replicas_assignments)?;
    let (partitions, replication_factor) = match assignments.first() {
        Some(_) => (None, None),
        None => (check_partitions(asked.partitions_count)?, asked.replication_factor.filter(|n| *n != BROKER_DEFAULT)),
    };
    let counts = match assignments.first() {
        Some(first) => (Some(count(assignments.len())), Some(count(first.len()))),
        None => (partitions, replication_factor),
    };
    let configs = asked.configs.into_iter().map(|c| (c.name, c.value)).collect();
    let validate_only = asked.validate_only.unwrap_or(false);
    let topic = NewTopic { name: asked.topic_name, partitions, replication_factor, assignments, configs, validate_only };
    Ok(Plan { topic, counts })
}

fn check_partitions(partitions: Option<i32>) -> Result<Option<i32>> {
    match partitions {
        None | Some(BROKER_DEFAULT) => Ok(None),
        Some(n) if n > 0 => Ok(Some(n)),
        Some(_) => Err(refusal(INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.")),
    }
}

fn check_factor(factor: Option<i32>) -> Result<()> {
    match factor {
        None | Some(BROKER_DEFAULT) => Ok(()),
        Some(n) if n > 0 => Ok(()),
        Some(_) => Err(refusal(INVALID_REPLICATION_FACTOR, "Replication factor must be larger than 0, or -1 to use the default value.")),
    }
}

/// Only the brokers of each partition, for partitions 0, 1, ….
fn in_order(mut assignments: Vec<ReplicaAssignment>) -> Result<Vec<Vec<i32>>> {
    assignments.sort_by_key(|a| a.partition_id);
    for (i, assignment) in assignments.iter().enumerate() {
        if assignment.partition_id != count(i) {
            return Err(refused_assignment("partitions should be a consecutive 0-based integer sequence"));
        }
        if assignment.broker_ids.is_empty() {
            return Err(refused_assignment("The manual partition assignment includes an empty replica list."));
        }
    }
    Ok(assignments.into_iter().map(|a| a.broker_ids).collect())
}

fn refusal(number: i16, text: &'static str) -> Error {
    Error::new(Code::KafkaInvalidRequest, text).with_kafka_error(number)
}

fn refused_assignment(text: &'static str) -> Error {
    Error::new(Code::Kafka, text).with_kafka_error(INVALID_REPLICA_ASSIGNMENT)
}

impl Plan {
    /// Creates the topic, or asks only whether it could be, and returns it without the cluster's id.
    pub(super) async fn carry_out(self, admin: &Admin, deadline: Instant) -> Result<Topic> {
        let Self { topic, counts } = self;
        let (name, validate_only) = (topic.name.clone(), topic.validate_only);
        admin.create_topic(topic, deadline).await?;
        match counts {
            (Some(_), Some(_)) => Ok(as_asked(name, counts)),
            _ if validate_only => Ok(as_asked(name, or_defaults(counts, &broker_defaults(admin, deadline).await))),
            _ => appeared(admin, name, counts, deadline).await,
        }
    }
}

/// The configuration of the broker that decides what a request does not say. Empty if the principal may not see it: then its part
/// of the answer is 0, as it is in Kafka's own answer.
async fn broker_defaults(admin: &Admin, deadline: Instant) -> Vec<ConfigEntry> {
    let Ok(cluster) = admin.describe_cluster(false, deadline).await else { return Vec::new() };
    let Some(id) = cluster.controller_id.or_else(|| cluster.brokers.first().map(|b| b.id)) else { return Vec::new() };
    admin.configs(&ConfigResource::Broker(id), &[PARTITIONS, REPLICAS], deadline).await.unwrap_or_default()
}

fn or_defaults((partitions, replicas): (Option<i32>, Option<i32>), configs: &[ConfigEntry]) -> (Option<i32>, Option<i32>) {
    let of = |name: &str| configs.iter().find(|c| c.name == name).and_then(|c| c.value.as_deref()?.parse().ok());
    (partitions.or_else(|| of(PARTITIONS)), replicas.or_else(|| of(REPLICAS)))
}

/// The topic as the request has it; what the request leaves to the broker is 0.
fn as_asked(name: String, (partitions, replicas): (Option<i32>, Option<i32>)) -> Topic {
    Topic {
        topic_name: name,
        partitions_count: partitions.unwrap_or_default(),
        replication_factor: replicas.unwrap_or_default(),
        ..Topic::default()
    }
}

/// The new topic as the brokers show it: they hear of it only a moment later, each for itself. Whoever may not see it, or does not
/// see it in time, is shown what was asked for.
async fn appeared(admin: &Admin, name: String, counts: (Option<i32>, Option<i32>), deadline: Instant) -> Result<Topic> {
    let until = deadline.min(Instant::now() + APPEARANCE);
    loop {
        let answers = admin.describe_topics(vec![name.clone()], false, until).await;
        match answers.map(|a| a.into_iter().next()) {
            Ok(Some(Ok(described))) if !described.partitions.is_empty() => return Ok(shown("", described)),
            Ok(Some(Err((_, e)))) if e.code() == Code::Unauthorized => return Ok(as_asked(name, counts)),
            Ok(_) | Err(_) if Instant::now() + ASK_AGAIN >= until => return Ok(as_asked(name, counts)),
            Ok(_) | Err(_) => tokio::time::sleep(ASK_AGAIN).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kafka::ConfigSource, pb::v3::TopicConfigEntry};

    fn asked() -> CreateTopicRequest {
        CreateTopicRequest { topic_name: "t".into(), ..CreateTopicRequest::default() }
    }

    fn assigned(assignments: &[(i32, &[i32])]) -> Vec<ReplicaAssignment> {
        let one = |(partition, brokers): &(i32, &[i32])| ReplicaAssignment { partition_id: *partition, broker_ids: brokers.to_vec() };
        assignments.iter().map(one).collect()
    }

    #[test]
    fn assignments_win_over_counts_and_counts_over_defaults() {
        let plan_of = |partitions, factor, assignments: &[(i32, &[i32])]| {
            let request = CreateTopicRequest {
                partitions_count: partitions,
                replication_factor: factor,
                replicas_assignments: assigned(assignments),
                ..asked()
            };
            check(&request).unwrap();
            let plan = plan(request).unwrap();
            (plan.topic.partitions, plan.topic.replication_factor, plan.topic.assignments, plan.counts)
        };
        assert_eq!(plan_of(Some(4), None, &[]), (Some(4), None, vec![], (Some(4), None)), "one count");
        assert_eq!(plan_of(Some(-1), Some(-1), &[]), (None, None, vec![], (None, None)), "the broker's own");
        let sorted = vec![vec![2, 3], vec![3, 1]];
        assert_eq!(plan_of(Some(7), Some(1), &[(1, &[3, 1]), (0, &[2, 3])]), (None, None, sorted, (Some(2), Some(2))), "assignments");
    }

    #[test]
    fn what_a_request_does_not_say_is_the_brokers() {
        let configs = [("num.partitions", Some("4")), ("default.replication.factor", Some("3")), ("node.id", None)];
        let configs = configs.map(|(name, value)| ConfigEntry {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            is_read_only: false,
            is_sensitive: false,
            source: ConfigSource::Default,
            synonyms: Vec::new(),
        });
        assert_eq!(or_defaults((None, None), &configs), (Some(4), Some(3)));
        assert_eq!(or_defaults((Some(1), None), &configs), (Some(1), Some(3)));
        assert_eq!(or_defaults((None, Some(2)), &[]), (None, Some(2)), "it may not be seen");
    }

    #[test]
    fn what_cannot_be_created_is_refused_before_kafka_is_asked() {
        let config = |name: &str| TopicConfigEntry { name: name.into(), value: None };
        let twice = "Payload error. Config retention.ms is given twice.";
        let partitions = "Number of partitions was set to an invalid non-positive value.";
        let factor = "Replication factor must be larger than 0, or -1 to use the default value.";
        let rows = [
            (CreateTopicRequest { topic_name: "a b".into(), ..asked() }, Code::InvalidPayload, "Payload error. Invalid topic name."),
            (CreateTopicRequest { topic_name: String::new(), ..asked() }, Code::InvalidPayload, "Payload error. Invalid topic name."),
            (CreateTopicRequest { configs: vec![config("retention.ms"), config("retention.ms")], ..asked() }, Code::InvalidPayload, twice),
            (CreateTopicRequest { partitions_count: Some(0), ..asked() }, Code::KafkaInvalidRequest, partitions),
            (CreateTopicRequest { partitions_count: Some(-3), ..asked() }, Code::KafkaInvalidRequest, partitions),
            (CreateTopicRequest { replication_factor: Some(0), ..asked() }, Code::KafkaInvalidRequest, factor),
            (
                CreateTopicRequest { replication_factor: Some(32_768), ..asked() },
                Code::MalformedBody,
                "Numeric value (32768) out of range of `short` (-32768 - 32767)",
            ),
            (
                CreateTopicRequest { replicas_assignments: assigned(&[(0, &[1]), (2, &[1])]), ..asked() },
                Code::Kafka,
                "partitions should be a consecutive 0-based integer sequence",
            ),
            (
                CreateTopicRequest { replicas_assignments: assigned(&[(0, &[])]), ..asked() },
                Code::Kafka,
                "The manual partition assignment includes an empty replica list.",
            ),
        ];
        for (request, code, text) in rows {
            let error = check(&request).and_then(|()| plan(request)).err().unwrap();
            assert_eq!((error.code(), error.message()), (code, text));
        }
    }
}
