//! Groups: the list of all, and one.

use super::ConsumerGroupService;
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{Group, GroupState, GroupType},
    pb::v3::{
        ConsumerGroup, ConsumerGroupState, ConsumerGroupType, GetConsumerGroupRequest, GetConsumerGroupResponse, ListConsumerGroupsRequest,
        ListConsumerGroupsResponse,
    },
    service::page::Page,
};

pub(super) async fn list(
    service: &ConsumerGroupService,
    caller: &Caller,
    asked: ListConsumerGroupsRequest,
) -> Result<ListConsumerGroupsResponse> {
    let page = Page::of(asked.page_size, &asked.page_token)?;
    let admin = service.admin(caller, &asked.cluster_id).await?;
    let (listed, next_page_token) = page.cut(admin.list_groups(caller.deadline).await?, |group| group.id.clone());
    let mut data = Vec::with_capacity(listed.len());
    for (_, described) in admin.describe_groups(listed, caller.deadline).await? {
        match described {
            Ok(Some(group)) => data.push(shown(&asked.cluster_id, group)),
            // Vanished between the two questions.
            Ok(None) => {}
            // May be listed by whoever may describe the cluster, but not described.
            Err(error) if error.code() == Code::Unauthorized => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ListConsumerGroupsResponse { data, next_page_token })
}

pub(super) async fn get(
    service: &ConsumerGroupService,
    caller: &Caller,
    asked: GetConsumerGroupRequest,
) -> Result<GetConsumerGroupResponse> {
    let admin = service.admin(caller, &asked.cluster_id).await?;
    let found = admin.describe_group(&asked.consumer_group_id, caller.deadline).await?;
    let found = found.ok_or_else(|| Error::of(Code::NotFound))?;
    Ok(GetConsumerGroupResponse { consumer_group: Some(shown(&asked.cluster_id, found)) })
}

/// A group as the API shows it.
fn shown(cluster_id: &str, group: Group) -> ConsumerGroup {
    ConsumerGroup {
        cluster_id: cluster_id.to_owned(),
        consumer_group_id: group.id,
        is_simple: group.is_simple,
        partition_assignor: group.assignor,
        state: state(group.state).into(),
        r#type: kind(group.kind).into(),
        is_mixed_consumer_group: group.is_mixed,
        coordinator_id: group.coordinator,
    }
}

fn state(state: GroupState) -> ConsumerGroupState {
    match state {
        GroupState::Unknown => ConsumerGroupState::Unknown,
        GroupState::PreparingRebalance => ConsumerGroupState::PreparingRebalance,
        GroupState::CompletingRebalance => ConsumerGroupState::CompletingRebalance,
        GroupState::Assigning => ConsumerGroupState::Assigning,
        GroupState::Reconciling => ConsumerGroupState::Reconciling,
        GroupState::Stable => ConsumerGroupState::Stable,
        GroupState::Dead => ConsumerGroupState::Dead,
        GroupState::Empty => ConsumerGroupState::Empty,
    }
}

fn kind(kind: GroupType) -> ConsumerGroupType {
    match kind {
        GroupType::Classic => ConsumerGroupType::Classic,
        GroupType::Consumer => ConsumerGroupType::Consumer,
        GroupType::Share => ConsumerGroupType::Share,
    }
}
