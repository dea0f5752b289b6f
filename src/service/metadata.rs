//! `barnabas.v2.MetadataService`: topics, partitions and brokers as API v2 shows them.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    partition::{both_ends, describe_topic},
    topic_names,
};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{ConfigResource, Kafka, PartitionDescription, TopicDescription},
    pb::v2::{
        self, GetPartitionOffsetsRequest, GetPartitionOffsetsResponse, GetPartitionRequest, GetPartitionResponse, GetRootRequest,
        GetRootResponse, GetTopicRequest, GetTopicResponse, ListBrokersRequest, ListBrokersResponse, ListPartitionsRequest,
        ListPartitionsResponse, ListTopicsRequest, ListTopicsResponse, Partition, PartitionReplica, Topic, TopicConfig,
    },
};

/// What API v2 says of a partition without a leader.
const NO_LEADER: i32 = -1;

/// Shows topics, their partitions, and the brokers.
pub struct MetadataService {
    kafka: Arc<Kafka>,
}

impl MetadataService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>) -> Self {
        Self { kafka }
    }

    async fn describe(&self, caller: &Caller, topic: &str) -> Result<TopicDescription> {
        describe_topic(&self.kafka.admin(caller)?, topic, false, caller.deadline).await
    }
}

fn shown(partition: PartitionDescription) -> Partition {
    let PartitionDescription { id, leader, replicas, isr } = partition;
    let replica = |broker| PartitionReplica { broker, leader: leader == Some(broker), in_sync: isr.contains(&broker) };
    Partition { partition: id, leader: leader.unwrap_or(NO_LEADER), replicas: replicas.into_iter().map(replica).collect() }
}

#[tonic::async_trait]
impl v2::metadata_service_server::MetadataService for MetadataService {
    async fn get_root(&self, _request: Request<GetRootRequest>) -> Result<Response<GetRootResponse>, Status> {
        Ok(Response::new(GetRootResponse {}))
    }

    async fn list_brokers(&self, request: Request<ListBrokersRequest>) -> Result<Response<ListBrokersResponse>, Status> {
        let caller = Caller::of(&request)?;
        let cluster = self.kafka.admin(&caller)?.describe_cluster(false, caller.deadline).await?;
        let mut brokers: Vec<_> = cluster.brokers.into_iter().map(|b| b.id).collect();
        brokers.sort_unstable();
        Ok(Response::new(ListBrokersResponse { brokers }))
    }

    async fn list_topics(&self, request: Request<ListTopicsRequest>) -> Result<Response<ListTopicsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let topics = topic_names(&self.kafka.admin(&caller)?, caller.deadline).await?;
        Ok(Response::new(ListTopicsResponse { topics }))
    }

    async fn get_topic(&self, request: Request<GetTopicRequest>) -> Result<Response<GetTopicResponse>, Status> {
        let caller = Caller::of(&request)?;
        let name = request.into_inner().topic_name;
        let described = self.describe(&caller, &name).await?;
        let configs = self.kafka.admin(&caller)?.configs(&ConfigResource::Topic(name.clone()), &[], caller.deadline).await?;
        let topic = Topic {
            name,
            configs: configs.into_iter().map(|c| TopicConfig { name: c.name, value: c.value }).collect(),
            partitions: described.partitions.into_iter().map(shown).collect(),
        };
        Ok(Response::new(GetTopicResponse { topic: Some(topic) }))
    }

    async fn list_partitions(&self, request: Request<ListPartitionsRequest>) -> Result<Response<ListPartitionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let described = self.describe(&caller, &request.get_ref().topic_name).await?;
        Ok(Response::new(ListPartitionsResponse { partitions: described.partitions.into_iter().map(shown).collect() }))
    }

    async fn get_partition(&self, request: Request<GetPartitionRequest>) -> Result<Response<GetPartitionResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let described = self.describe(&caller, &asked.topic_name).await?;
        let found = described.partitions.into_iter().find(|p| p.id == asked.partition_id);
        let found = found.ok_or_else(|| Error::of(Code::PartitionNotFound))?;
        Ok(Response::new(GetPartitionResponse { partition: Some(shown(found)) }))
    }

    async fn get_partition_offsets(
        &self,
        request: Request<GetPartitionOffsetsRequest>,
    ) -> Result<Response<GetPartitionOffsetsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let admin = self.kafka.admin(&caller)?;
        let (beginning_offset, end_offset) = both_ends(&admin, &asked.topic_name, asked.partition_id, caller.deadline).await?;
        Ok(Response::new(GetPartitionOffsetsResponse { beginning_offset, end_offset }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_without_a_leader_says_so() {
        let partition = shown(PartitionDescription { id: 2, leader: None, replicas: vec![3, 1], isr: vec![1] });
        assert_eq!((partition.partition, partition.leader), (2, -1));
        let seen: Vec<_> = partition.replicas.iter().map(|r| (r.broker, r.leader, r.in_sync)).collect();
        assert_eq!(seen, [(3, false, false), (1, false, true)]);
    }
}
