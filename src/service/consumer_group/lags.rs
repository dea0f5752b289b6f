//! How far a group is behind: in each partition, at most, and in all.

use std::{cmp::Reverse, collections::HashMap};

use super::{ConsumerGroupService, group_and_offsets, no_group, no_offsets};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{CommittedByGroup, Group, Member, TopicPartition},
    pb::v3::{
        ConsumerGroupLagSummary, ConsumerLag, GetConsumerLagRequest, GetConsumerLagResponse, GetLagSummaryRequest, GetLagSummaryResponse,
        ListConsumerLagsRequest, ListConsumerLagsResponse,
    },
    service::page::Page,
};

pub(super) async fn list(
    service: &ConsumerGroupService,
    caller: &Caller,
    asked: ListConsumerLagsRequest,
) -> Result<ListConsumerLagsResponse> {
    let page = Page::of(asked.page_size, &asked.page_token)?;
    let lags = lags(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    let (data, next_page_token) = page.cut(lags, place);
    Ok(ListConsumerLagsResponse { data, next_page_token })
}

pub(super) async fn get(service: &ConsumerGroupService, caller: &Caller, asked: GetConsumerLagRequest) -> Result<GetConsumerLagResponse> {
    let lags = lags(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    let found = lags.into_iter().find(|lag| lag.topic_name == asked.topic_name && lag.partition_id == asked.partition_id);
    Ok(GetConsumerLagResponse { lag: Some(found.ok_or_else(|| Error::of(Code::NotFound))?) })
}

pub(super) async fn summary(service: &ConsumerGroupService, caller: &Caller, asked: GetLagSummaryRequest) -> Result<GetLagSummaryResponse> {
    let lags = lags(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    Ok(GetLagSummaryResponse { lag_summary: Some(summed(lags)?) })
}

/// All lags of a group, sorted. What the group has committed and who its members are is asked for at the same time, then the ends of all
/// partitions at once.
///
/// # Errors
/// [`Code::NotFound`] if there is no such group, or it has committed nothing of topics that are there.
async fn lags(service: &ConsumerGroupService, caller: &Caller, cluster_id: &str, group_id: &str) -> Result<Vec<ConsumerLag>> {
    let admin = service.admin(caller, cluster_id).await?;
    let (group, committed) = group_and_offsets(&admin, group_id, caller.deadline).await;
    // Whether there is the group comes before what it has committed.
    let group = group?.ok_or_else(|| no_group(group_id))?;
    let committed = committed?;
    if committed.is_empty() {
        return Err(no_offsets());
    }
    let ends = admin.stable_ends(committed.iter().map(|c| c.partition.clone()).collect(), caller.deadline).await?;
    let mut known = HashMap::with_capacity(ends.len());
    for (partition, end) in ends {
        match end {
            Ok(end) => drop(known.insert(partition, end)),
            // The topic was deleted; what was committed of it goes a moment later.
            Err(error) if matches!(error.code(), Code::UnknownTopicOrPartition | Code::PartitionNotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let lags = sorted(cluster_id, &group, committed, &known);
    if lags.is_empty() { Err(Error::new(Code::NotFound, "Consumer lags not found.")) } else { Ok(lags) }
}

fn sorted(cluster_id: &str, group: &Group, committed: Vec<CommittedByGroup>, ends: &HashMap<TopicPartition, i64>) -> Vec<ConsumerLag> {
    let readers: HashMap<&TopicPartition, &Member> =
        group.members.iter().flat_map(|member| member.assignment.iter().map(move |partition| (partition, member))).collect();
    let lag = |committed: CommittedByGroup| {
        let end = *ends.get(&committed.partition)?;
        let reader = readers.get(&committed.partition);
        Some(ConsumerLag {
            cluster_id: cluster_id.to_owned(),
            consumer_group_id: group.id.clone(),
            topic_name: committed.partition.topic.to_string(),
            partition_id: committed.partition.partition,
            consumer_id: reader.map(|member| member.id.clone()).unwrap_or_default(),
            instance_id: reader.and_then(|member| member.instance_id.clone()),
            client_id: reader.map(|member| member.client_id.clone()).unwrap_or_default(),
            current_offset: committed.offset,
            log_end_offset: end,
            lag: end.saturating_sub(committed.offset).max(0),
        })
    };
    let mut lags: Vec<_> = committed.into_iter().filter_map(lag).collect();
    lags.sort_unstable_by(|a, b| (b.lag, &a.topic_name, a.partition_id).cmp(&(a.lag, &b.topic_name, b.partition_id)));
    lags
}

/// Where a lag stands in the list.
fn place(lag: &ConsumerLag) -> (Reverse<i64>, String, i32) {
    (Reverse(lag.lag), lag.topic_name.clone(), lag.partition_id)
}

/// The first of the sorted lags is the largest.
fn summed(lags: Vec<ConsumerLag>) -> Result<ConsumerGroupLagSummary> {
    let total_lag = lags.iter().fold(0_i64, |sum, lag| sum.saturating_add(lag.lag));
    let largest = lags.into_iter().next().ok_or_else(|| Error::new(Code::NotFound, "Consumer lags not found."))?;
    Ok(ConsumerGroupLagSummary {
        cluster_id: largest.cluster_id,
        consumer_group_id: largest.consumer_group_id,
        max_lag: largest.lag,
        total_lag,
        max_lag_consumer_id: largest.consumer_id,
        max_lag_client_id: largest.client_id,
        max_lag_instance_id: largest.instance_id,
        max_lag_topic_name: largest.topic_name,
        max_lag_partition_id: largest.partition_id,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kafka::{GroupState, GroupType};

    fn partition(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition { topic: Arc::from(topic), partition }
    }

    fn group(members: Vec<Member>) -> Group {
        Group {
            id: "g".into(),
            kind: GroupType::Classic,
            state: GroupState::Stable,
            is_simple: false,
            is_mixed: false,
            assignor: "range".into(),
            coordinator: 1,
            members,
        }
    }

    fn of(rows: &[(&str, i32, i64, i64)], members: Vec<Member>) -> Vec<ConsumerLag> {
        let committed = rows.iter().map(|(t, p, offset, _)| CommittedByGroup { partition: partition(t, *p), offset: *offset }).collect();
        let ends = rows.iter().filter(|row| row.3 >= 0).map(|(t, p, _, end)| (partition(t, *p), *end)).collect();
        sorted("c", &group(members), committed, &ends)
    }

    #[test]
    fn the_largest_comes_first_then_by_topic_and_partition() {
        let lags = of(&[("b", 0, 0, 5), ("a", 10, 0, 5), ("a", 9, 1, 6), ("c", 0, 0, 9), ("d", 0, 7, 3), ("gone", 0, 1, -1)], Vec::new());
        let shown: Vec<_> = lags.iter().map(|l| (l.topic_name.as_str(), l.partition_id, l.lag)).collect();
        assert_eq!(shown, [("c", 0, 9), ("a", 9, 5), ("a", 10, 5), ("b", 0, 5), ("d", 0, 0)]);
        assert!(lags.is_sorted_by_key(place), "pages need the order of the list");
    }

    #[test]
    fn a_partition_has_the_member_that_reads_it() {
        let member = Member { id: "m".into(), instance_id: Some("i".into()), client_id: "c".into(), assignment: vec![partition("a", 1)] };
        let lags = of(&[("a", 0, 0, 1), ("a", 1, 0, 1)], vec![member]);
        let readers: Vec<_> = lags.iter().map(|l| (l.consumer_id.as_str(), l.client_id.as_str(), l.instance_id.as_deref())).collect();
        assert_eq!(readers, [("", "", None), ("m", "c", Some("i"))]);
    }

    #[test]
    fn the_summary_is_of_the_largest_and_sums_all() {
        let summary = summed(of(&[("a", 0, 2, 10), ("a", 1, 5, 20), ("a", 2, 29, 30)], Vec::new())).unwrap();
        assert_eq!((summary.max_lag, summary.total_lag, summary.max_lag_partition_id), (15, 24, 1));
        assert_eq!(summed(Vec::new()).unwrap_err().message(), "Consumer lags not found.");
    }
}
