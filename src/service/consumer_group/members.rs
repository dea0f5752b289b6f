//! Members of a group, and the partitions that they have.

use super::ConsumerGroupService;
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{Group, Member, TopicPartition},
    pb::v3::{
        Consumer, ConsumerAssignment, GetConsumerAssignmentRequest, GetConsumerAssignmentResponse, GetConsumerRequest, GetConsumerResponse,
        ListConsumerAssignmentsRequest, ListConsumerAssignmentsResponse, ListConsumersRequest, ListConsumersResponse,
    },
    service::page::Page,
};

pub(super) async fn list(service: &ConsumerGroupService, caller: &Caller, asked: ListConsumersRequest) -> Result<ListConsumersResponse> {
    let page = Page::of(asked.page_size, &asked.page_token)?;
    let group = group(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    let (members, next_page_token) = page.cut(group.members, |member| member.id.clone());
    let data = members.into_iter().map(|member| consumer(&asked.cluster_id, &group.id, member)).collect();
    Ok(ListConsumersResponse { data, next_page_token })
}

pub(super) async fn get(service: &ConsumerGroupService, caller: &Caller, asked: GetConsumerRequest) -> Result<GetConsumerResponse> {
    let group = group(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    let found = group.members.into_iter().find(|member| member.id == asked.consumer_id).ok_or_else(|| Error::of(Code::NotFound))?;
    Ok(GetConsumerResponse { consumer: Some(consumer(&asked.cluster_id, &group.id, found)) })
}

pub(super) async fn list_assignments(
    service: &ConsumerGroupService,
    caller: &Caller,
    asked: ListConsumerAssignmentsRequest,
) -> Result<ListConsumerAssignmentsResponse> {
    let page = Page::of(asked.page_size, &asked.page_token)?;
    let group = group(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    let member = member(group, &asked.consumer_id)?;
    let (partitions, next_page_token) = page.cut(member.assignment, |p| (p.topic.to_string(), p.partition));
    let shown = |partition: TopicPartition| ConsumerAssignment {
        cluster_id: asked.cluster_id.clone(),
        consumer_group_id: asked.consumer_group_id.clone(),
        consumer_id: asked.consumer_id.clone(),
        topic_name: partition.topic.to_string(),
        partition_id: partition.partition,
    };
    Ok(ListConsumerAssignmentsResponse { data: partitions.into_iter().map(shown).collect(), next_page_token })
}

pub(super) async fn get_assignment(
    service: &ConsumerGroupService,
    caller: &Caller,
    asked: GetConsumerAssignmentRequest,
) -> Result<GetConsumerAssignmentResponse> {
    let group = group(service, caller, &asked.cluster_id, &asked.consumer_group_id).await?;
    let member = member(group, &asked.consumer_id)?;
    if !member.assignment.iter().any(|p| *p.topic == *asked.topic_name && p.partition == asked.partition_id) {
        return Err(Error::of(Code::NotFound));
    }
    let assignment = ConsumerAssignment {
        cluster_id: asked.cluster_id,
        consumer_group_id: asked.consumer_group_id,
        consumer_id: asked.consumer_id,
        topic_name: asked.topic_name,
        partition_id: asked.partition_id,
    };
    Ok(GetConsumerAssignmentResponse { assignment: Some(assignment) })
}

/// The group, for what is asked of its members.
async fn group(service: &ConsumerGroupService, caller: &Caller, cluster_id: &str, id: &str) -> Result<Group> {
    let admin = service.admin(caller, cluster_id).await?;
    let found = admin.describe_group(id, caller.deadline).await?;
    found.ok_or_else(|| Error::new(Code::NotFound, format!("Consumer Group {id} does not exist.")))
}

/// The member, for what is asked of its partitions.
fn member(group: Group, id: &str) -> Result<Member> {
    let found = group.members.into_iter().find(|member| member.id == id);
    found.ok_or_else(|| Error::new(Code::NotFound, format!("Consumer {id} does not exist.")))
}

fn consumer(cluster_id: &str, group: &str, member: Member) -> Consumer {
    Consumer {
        cluster_id: cluster_id.to_owned(),
        consumer_group_id: group.to_owned(),
        consumer_id: member.id,
        instance_id: member.instance_id,
        client_id: member.client_id,
    }
}
