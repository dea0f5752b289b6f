//! `barnabas.v3.BrokerService`: the brokers of the cluster.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::ClusterService;
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::Kafka,
    pb::v3::{self, Broker, GetBrokerRequest, GetBrokerResponse, ListBrokersRequest, ListBrokersResponse},
};

/// Shows the brokers that are alive.
pub struct BrokerService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl BrokerService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    /// The brokers, sorted by id.
    async fn brokers(&self, caller: &Caller, cluster_id: &str) -> Result<Vec<Broker>> {
        self.cluster.check(caller, cluster_id).await?;
        let mut brokers = self.kafka.admin(caller)?.describe_cluster(false, caller.deadline).await?.brokers;
        brokers.sort_unstable_by_key(|b| b.id);
        let shown = brokers.into_iter().map(|b| Broker {
            cluster_id: cluster_id.to_owned(),
            broker_id: b.id,
            host: Some(b.host),
            port: Some(i32::from(b.port)),
            rack: b.rack,
        });
        Ok(shown.collect())
    }
}

#[tonic::async_trait]
impl v3::broker_service_server::BrokerService for BrokerService {
    async fn list_brokers(&self, request: Request<ListBrokersRequest>) -> Result<Response<ListBrokersResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(ListBrokersResponse { data: self.brokers(&caller, &request.get_ref().cluster_id).await? }))
    }

    async fn get_broker(&self, request: Request<GetBrokerRequest>) -> Result<Response<GetBrokerResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let brokers = self.brokers(&caller, &asked.cluster_id).await?;
        let found = brokers.into_iter().find(|b| b.broker_id == asked.broker_id).ok_or_else(|| Error::of(Code::NotFound))?;
        Ok(Response::new(GetBrokerResponse { broker: Some(found) }))
    }
}
