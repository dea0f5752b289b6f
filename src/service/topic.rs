//! `barnabas.v3.TopicService`: creates, shows, enlarges and deletes topics.
//!
//! What a request for a new topic must look like, before Kafka sees it, is in [`create`].

mod create;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, page::Page, partition::describe_topic, topic_name, topics};
use crate::{
    caller::{Caller, HttpStatus},
    error::{Code, Error, Result},
    kafka::{Kafka, TopicDescription, TopicListing},
    pb::v3::{
        self, CreateTopicRequest, CreateTopicResponse, DeleteTopicRequest, DeleteTopicResponse, GetTopicRequest, GetTopicResponse,
        ListTopicsRequest, ListTopicsResponse, Topic, UpdatePartitionCountRequest, UpdatePartitionCountResponse,
    },
};

/// Creates, shows, enlarges and deletes topics.
pub struct TopicService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl TopicService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

/// A topic as the API shows it.
fn shown(cluster_id: &str, described: TopicDescription) -> Topic {
    let replicas = described.partitions.iter().find(|p| p.id == 0).map_or(0, |p| p.replicas.len());
    Topic {
        cluster_id: cluster_id.to_owned(),
        topic_name: described.name,
        is_internal: described.is_internal,
        replication_factor: count(replicas),
        partitions_count: count(described.partitions.len()),
        authorized_operations: described.authorized_operations.into_iter().map(str::to_owned).collect(),
    }
}

/// What the list tells of a topic, if nobody asks what the caller may do with it.
fn described(listed: TopicListing) -> Result<TopicDescription> {
    let TopicListing { name, is_internal, partitions } = listed;
    partitions.map(|partitions| TopicDescription { name, is_internal, partitions, authorized_operations: Vec::new() })
}

/// A number of partitions or replicas; Kafka has no topic where it would not fit.
fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// For what changes a topic: nothing by a name that Kafka does not take can be there.
fn check_changeable(name: &str) -> Result<()> {
    if topic_name::is_legal(name) { Ok(()) } else { Err(Error::of(Code::UnknownTopicOrPartition)) }
}

#[tonic::async_trait]
impl v3::topic_service_server::TopicService for TopicService {
    async fn list_topics(&self, request: Request<ListTopicsRequest>) -> Result<Response<ListTopicsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let admin = self.kafka.admin(&caller)?;
        let listed = topics(&admin, caller.deadline).await?;
        let (listed, next_page_token) = page.cut(listed, |topic| topic.name.clone());
        let described = if asked.include_authorized_operations {
            let names = listed.into_iter().map(|topic| topic.name).collect();
            admin.describe_topics(names, true, caller.deadline).await?.into_iter().map(|topic| topic.map_err(|(_, error)| error)).collect()
        } else {
            listed.into_iter().map(described).collect::<Vec<_>>()
        };
        let mut data = Vec::with_capacity(described.len());
        for topic in described {
            match topic {
                Ok(topic) => data.push(shown(&asked.cluster_id, topic)),
                // Deleted meanwhile.
                Err(error) if error.code() == Code::UnknownTopicOrPartition => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Response::new(ListTopicsResponse { data, next_page_token }))
    }

    async fn get_topic(&self, request: Request<GetTopicRequest>) -> Result<Response<GetTopicResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let admin = self.kafka.admin(&caller)?;
        let described = describe_topic(&admin, &asked.topic_name, asked.include_authorized_operations, caller.deadline).await?;
        Ok(Response::new(GetTopicResponse { topic: Some(shown(&asked.cluster_id, described)) }))
    }

    async fn create_topic(&self, request: Request<CreateTopicRequest>) -> Result<Response<CreateTopicResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let cluster_id = asked.cluster_id.clone();
        create::check(&asked)?;
        self.cluster.check(&caller, &cluster_id).await?;
        let plan = create::plan(asked)?;
        let validate_only = plan.topic.validate_only;
        let described = plan.carry_out(&self.kafka.admin(&caller)?, caller.deadline).await?;
        let mut response = Response::new(CreateTopicResponse { topic: Some(Topic { cluster_id, ..described }) });
        if validate_only {
            // Nothing was created: 200, not 201.
            response.extensions_mut().insert(HttpStatus(200));
        }
        Ok(response)
    }

    async fn update_partition_count(
        &self,
        request: Request<UpdatePartitionCountRequest>,
    ) -> Result<Response<UpdatePartitionCountResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        check_changeable(&asked.topic_name)?;
        let admin = self.kafka.admin(&caller)?;
        admin.create_partitions(&asked.topic_name, asked.partitions_count, caller.deadline).await?;
        let described = describe_topic(&admin, &asked.topic_name, false, caller.deadline).await?;
        let mut topic = shown(&asked.cluster_id, described);
        // The broker that was asked may not have heard of the new partitions yet.
        topic.partitions_count = topic.partitions_count.max(asked.partitions_count);
        Ok(Response::new(UpdatePartitionCountResponse { topic: Some(topic) }))
    }

    async fn delete_topic(&self, request: Request<DeleteTopicRequest>) -> Result<Response<DeleteTopicResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        check_changeable(&asked.topic_name)?;
        self.kafka.admin(&caller)?.delete_topic(&asked.topic_name, caller.deadline).await?;
        Ok(Response::new(DeleteTopicResponse {}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::PartitionDescription;

    #[test]
    fn the_replication_factor_is_that_of_partition_zero() {
        let partition = |id, replicas: &[i32]| PartitionDescription { id, leader: None, replicas: replicas.to_vec(), isr: Vec::new() };
        let described = TopicDescription {
            name: "t".into(),
            is_internal: false,
            authorized_operations: vec!["READ"],
            partitions: vec![partition(1, &[1]), partition(0, &[1, 2, 3])],
        };
        let topic = shown("c", described);
        assert_eq!((topic.replication_factor, topic.partitions_count), (3, 2));
        assert_eq!(topic.authorized_operations, ["READ"]);
    }

    #[test]
    fn a_topic_that_cannot_be_is_unknown_to_what_would_change_it() {
        assert_eq!(check_changeable("a b").map_err(|e| e.code()), Err(Code::UnknownTopicOrPartition));
        assert!(check_changeable("-").is_ok());
    }
}
