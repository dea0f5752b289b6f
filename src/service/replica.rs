//! `barnabas.v3.ReplicaService`: which brokers hold a partition.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, page::Page, partition::describe_partition};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{Kafka, PartitionDescription, no_broker},
    pb::v3::{
        self, GetReplicaRequest, GetReplicaResponse, ListBrokerReplicasRequest, ListBrokerReplicasResponse, ListReplicasRequest,
        ListReplicasResponse, Replica,
    },
};

/// Shows the replicas of a partition.
pub struct ReplicaService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl ReplicaService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    /// The replicas in the order of their assignment; absent if there is no such partition.
    async fn replicas(&self, caller: &Caller, asked: &ListReplicasRequest) -> Result<Option<Vec<Replica>>> {
        self.cluster.check_quietly(caller, &asked.cluster_id).await?;
        let admin = self.kafka.admin(caller)?;
        let found = describe_partition(&admin, &asked.topic_name, asked.partition_id, caller.deadline).await?;
        Ok(found.map(|partition| shown(asked, &partition)))
    }
}

fn shown(asked: &ListReplicasRequest, partition: &PartitionDescription) -> Vec<Replica> {
    partition.replicas.iter().map(|broker| replica(&asked.cluster_id, &asked.topic_name, partition, *broker)).collect()
}

fn replica(cluster_id: &str, topic_name: &str, partition: &PartitionDescription, broker: i32) -> Replica {
    Replica {
        cluster_id: cluster_id.to_owned(),
        topic_name: topic_name.to_owned(),
        partition_id: partition.id,
        broker_id: broker,
        is_leader: partition.leader == Some(broker),
        is_in_sync: partition.isr.contains(&broker),
    }
}

#[tonic::async_trait]
impl v3::replica_service_server::ReplicaService for ReplicaService {
    async fn list_replicas(&self, request: Request<ListReplicasRequest>) -> Result<Response<ListReplicasResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let found = self.replicas(&caller, &asked).await?.ok_or_else(|| {
            let ListReplicasRequest { cluster_id, topic_name, partition_id } = &asked;
            let text = format!("Partition {partition_id} of topic {topic_name} could not be found on cluster {cluster_id}.");
            Error::new(Code::NotFound, text)
        })?;
        Ok(Response::new(ListReplicasResponse { data: found }))
    }

    async fn get_replica(&self, request: Request<GetReplicaRequest>) -> Result<Response<GetReplicaResponse>, Status> {
        let caller = Caller::of(&request)?;
        let GetReplicaRequest { cluster_id, topic_name, partition_id, broker_id } = request.into_inner();
        let found = self.replicas(&caller, &ListReplicasRequest { cluster_id, topic_name, partition_id }).await?;
        let replica = found.into_iter().flatten().find(|r| r.broker_id == broker_id).ok_or_else(|| Error::of(Code::NotFound))?;
        Ok(Response::new(GetReplicaResponse { replica: Some(replica) }))
    }

    async fn list_broker_replicas(
        &self,
        request: Request<ListBrokerReplicasRequest>,
    ) -> Result<Response<ListBrokerReplicasResponse>, Status> {
        let caller = Caller::of(&request)?;
        let ListBrokerReplicasRequest { cluster_id, broker_id, page_size, page_token } = request.into_inner();
        let page = Page::of(page_size, &page_token)?;
        self.cluster.check(&caller, &cluster_id).await?;
        let held = self.kafka.admin(&caller)?.partitions_of_broker(broker_id, caller.deadline).await?;
        let mut held = held.ok_or_else(|| no_broker(broker_id))?;
        held.sort_unstable_by(|(a, p), (b, q)| (a, p.id).cmp(&(b, q.id)));
        let (held, next_page_token) = page.cut(held, |(topic, partition)| (topic.clone(), partition.id));
        let data = held.iter().map(|(topic, partition)| replica(&cluster_id, topic, partition, broker_id)).collect();
        Ok(Response::new(ListBrokerReplicasResponse { data, next_page_token }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_keep_the_order_of_their_assignment() {
        let asked = ListReplicasRequest { cluster_id: "c".into(), topic_name: "t".into(), partition_id: 1 };
        let partition = PartitionDescription { id: 1, leader: Some(2), replicas: vec![3, 2, 1], isr: vec![2, 3] };
        let seen: Vec<_> = shown(&asked, &partition).into_iter().map(|r| (r.broker_id, r.is_leader, r.is_in_sync)).collect();
        assert_eq!(seen, [(3, false, true), (2, true, true), (1, false, false)]);
    }
}
