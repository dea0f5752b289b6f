//! What a group has committed: altered and deleted by hand.
//!
//! Whatever is wrong with a request as a whole is found before anything is changed; a dry run goes the same way up to the change itself.
//! What a request asks for is in [`target`].

mod target;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

use self::target::{Target, Wanted};
use super::{ConsumerGroupService, group_and_offsets, no_group, no_offsets};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{Admin, CommittedByGroup, Group, GroupState, GroupType, TopicPartition},
    pb::v3::{AlterOffsetsRequest, AlterOffsetsResponse, ConsumerOffsetChange, DeleteOffsetsRequest, DeleteOffsetsResponse},
    service::failure,
};

pub(super) async fn alter(service: &ConsumerGroupService, caller: &Caller, asked: AlterOffsetsRequest) -> Result<AlterOffsetsResponse> {
    let wanted = target::wanted(&asked)?;
    let admin = service.admin(caller, &asked.cluster_id).await?;
    let id = &asked.consumer_group_id;
    let (group, committed) = group_and_offsets(&admin, id, caller.deadline).await;
    let (group, committed) = (group?, by_partition(committed?));
    if let Some(group) = &group {
        check_idle(group)?;
    }
    let rows = match wanted {
        Wanted::All(target) => {
            group.ok_or_else(|| no_group(id))?;
            let mut all: Vec<_> = committed.keys().map(|partition| (partition.clone(), target)).collect();
            all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            all
        }
        Wanted::Listed(listed) => listed_rows(&admin, listed, caller.deadline).await?,
    };
    if rows.is_empty() {
        return Err(no_offsets());
    }
    let mut outcomes = target::resolve(&admin, &rows, caller.deadline).await?;
    if !asked.dry_run.unwrap_or_default() {
        commit(&admin, id, &rows, &mut outcomes, caller.deadline).await?;
    }
    let data = rows.into_iter().zip(outcomes).map(|((partition, _), outcome)| {
        let before = committed.get(&partition).copied();
        change(&asked.cluster_id, id, &partition, before, outcome.map(Some))
    });
    Ok(AlterOffsetsResponse { data: data.collect() })
}

pub(super) async fn delete(service: &ConsumerGroupService, caller: &Caller, asked: DeleteOffsetsRequest) -> Result<DeleteOffsetsResponse> {
    target::check_deletions(&asked.partitions)?;
    let admin = service.admin(caller, &asked.cluster_id).await?;
    let id = &asked.consumer_group_id;
    let (group, committed) = group_and_offsets(&admin, id, caller.deadline).await;
    group?.ok_or_else(|| no_group(id))?;
    let committed = by_partition(committed?);
    let mut by_topic: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for partition in committed.keys() {
        by_topic.entry(&partition.topic).or_default().insert(partition.partition);
    }
    let rows = asked.partitions.iter().flat_map(|asked| {
        let topic: Arc<str> = Arc::from(asked.topic_name.as_str());
        let partitions = match asked.partition_id {
            Some(partition) => BTreeSet::from([partition]),
            None => by_topic.get(&*topic).cloned().unwrap_or_default(),
        };
        partitions.into_iter().map(move |partition| TopicPartition { topic: topic.clone(), partition })
    });
    let rows: Vec<_> = rows.collect();
    let outcomes = if rows.is_empty() { Vec::new() } else { admin.delete_offsets(id, &rows, caller.deadline).await? };
    let data = rows.iter().zip(outcomes).map(|(partition, outcome)| {
        let before = committed.get(partition).copied();
        change(&asked.cluster_id, id, partition, before, outcome.map(|()| None))
    });
    Ok(DeleteOffsetsResponse { data: data.collect() })
}

fn by_partition(committed: Vec<CommittedByGroup>) -> HashMap<TopicPartition, i64> {
    committed.into_iter().map(|c| (c.partition, c.offset)).collect()
}

/// Kafka takes offsets from outside only for groups without members, whose own commits would undo them.
fn check_idle(group: &Group) -> Result<()> {
    if group.kind == GroupType::Share {
        return Err(Error::new(
            Code::KafkaInvalidRequest,
            format!("{} is a share group: it commits no offsets that could be altered.", group.id),
        ));
    }
    if group.members.is_empty() && matches!(group.state, GroupState::Empty | GroupState::Dead | GroupState::Unknown) {
        return Ok(());
    }
    let text = match group.members.len() {
        // Members are on their way in or out.
        0 => format!("Illegal state: consumer group {} is rebalancing. Stop its members first.", group.id),
        _ => format!("Illegal state: consumer group {} has members. Stop them first.", group.id),
    };
    Err(Error::new(Code::IllegalState, text))
}

/// The partitions of a list, in its order; of a topic that is named as a whole all partitions that it has.
///
/// # Errors
/// [`Code::UnknownTopicOrPartition`] for such a topic that is not there: how many answers there would be is not known then.
async fn listed_rows(
    admin: &Admin,
    listed: Vec<(Arc<str>, Option<i32>, Target)>,
    deadline: Instant,
) -> Result<Vec<(TopicPartition, Target)>> {
    let whole: Vec<_> = listed.iter().filter(|(_, partition, _)| partition.is_none()).map(|(topic, ..)| topic.to_string()).collect();
    let mut partitions: HashMap<String, Vec<i32>> = HashMap::with_capacity(whole.len());
    for described in admin.describe_topics(whole, false, deadline).await? {
        let described = described.map_err(|(_, error)| error)?;
        let mut ids: Vec<_> = described.partitions.iter().map(|p| p.id).collect();
        ids.sort_unstable();
        partitions.insert(described.name, ids);
    }
    let mut rows = Vec::with_capacity(listed.len());
    for (topic, partition, target) in listed {
        let ids = match partition {
            Some(partition) => vec![partition],
            None => partitions.get(&*topic).cloned().unwrap_or_default(),
        };
        rows.extend(ids.into_iter().map(|partition| (TopicPartition { topic: topic.clone(), partition }, target)));
    }
    Ok(rows)
}

/// Commits what could be resolved. An offset that Kafka does not take becomes its error.
async fn commit(
    admin: &Admin,
    group: &str,
    rows: &[(TopicPartition, Target)],
    outcomes: &mut [Result<i64>],
    deadline: Instant,
) -> Result<()> {
    let resolved = rows.iter().zip(outcomes.iter()).filter_map(|((partition, _), o)| Some((partition.clone(), *o.as_ref().ok()?)));
    let resolved: Vec<_> = resolved.collect();
    if resolved.is_empty() {
        return Ok(());
    }
    let committed = admin.commit_for(group, &resolved, deadline).await?;
    for (outcome, committed) in outcomes.iter_mut().filter(|o| o.is_ok()).zip(committed) {
        if let Err(error) = committed {
            *outcome = Err(error);
        }
    }
    Ok(())
}

fn change(
    cluster_id: &str,
    group: &str,
    partition: &TopicPartition,
    before: Option<i64>,
    outcome: Result<Option<i64>>,
) -> ConsumerOffsetChange {
    let (offset_after, failed) = match outcome {
        Ok(after) => (after, None),
        Err(error) => (before, Some(failure(&error))),
    };
    let (error_code, message) = failed.unzip();
    ConsumerOffsetChange {
        cluster_id: cluster_id.to_owned(),
        consumer_group_id: group.to_owned(),
        topic_name: partition.topic.to_string(),
        partition_id: partition.partition,
        offset_before: before,
        offset_after,
        error_code,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Member;

    fn group(kind: GroupType, state: GroupState, members: usize) -> Group {
        let member = |i: usize| Member { id: i.to_string(), instance_id: None, client_id: String::new(), assignment: Vec::new() };
        Group {
            id: "g".into(),
            kind,
            state,
            is_simple: false,
            is_mixed: false,
            assignor: String::new(),
            coordinator: 1,
            members: (0..members).map(member).collect(),
        }
    }

    #[test]
    fn only_a_group_without_members_is_altered() {
        for (kind, state, members, want, why) in [
            (GroupType::Classic, GroupState::Empty, 0, None, "nobody would undo it"),
            (GroupType::Consumer, GroupState::Empty, 0, None, "nobody would undo it"),
            (GroupType::Classic, GroupState::Stable, 1, Some(Code::IllegalState), "members read"),
            (GroupType::Classic, GroupState::PreparingRebalance, 0, Some(Code::IllegalState), "members come back"),
            (GroupType::Consumer, GroupState::Reconciling, 2, Some(Code::IllegalState), "members read"),
            (GroupType::Share, GroupState::Empty, 0, Some(Code::KafkaInvalidRequest), "has none"),
        ] {
            assert_eq!(check_idle(&group(kind, state, members)).err().map(|e| e.code()), want, "{why}");
        }
    }

    #[test]
    fn what_failed_is_as_it_was() {
        let partition = TopicPartition { topic: Arc::from("t"), partition: 3 };
        let failed = change("c", "g", &partition, Some(7), Err(Error::of(Code::UnknownTopicOrPartition)));
        assert_eq!((failed.offset_before, failed.offset_after, failed.error_code), (Some(7), Some(7), Some(40403)));
        let done = change("c", "g", &partition, None, Ok(Some(0)));
        assert_eq!((done.offset_before, done.offset_after, done.error_code), (None, Some(0), None));
    }
}
