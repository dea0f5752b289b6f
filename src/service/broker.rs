//! `barnabas.v3.BrokerService`: the brokers of the cluster, and where they keep their logs.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, failure};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{self, Kafka},
    pb::v3::{
        self, Broker, GetBrokerRequest, GetBrokerResponse, ListBrokersRequest, ListBrokersResponse, ListLogDirsRequest,
        ListLogDirsResponse, LogDir, LogDirReplica,
    },
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

/// A directory as the API shows it.
fn shown(asked: &ListLogDirsRequest, found: kafka::LogDir) -> LogDir {
    let mut replicas: Vec<_> = found
        .replicas
        .into_iter()
        .map(|r| LogDirReplica {
            topic_name: r.topic,
            partition_id: r.partition,
            size_bytes: r.size_bytes,
            offset_lag: r.offset_lag,
            is_future: r.is_future,
        })
        .collect();
    replicas.sort_unstable_by(|a, b| (&a.topic_name, a.partition_id).cmp(&(&b.topic_name, b.partition_id)));
    let (error_code, error) = found.error.as_ref().map(failure).unzip();
    LogDir {
        cluster_id: asked.cluster_id.clone(),
        broker_id: asked.broker_id,
        path: found.path,
        error_code,
        error,
        total_bytes: found.total_bytes,
        usable_bytes: found.usable_bytes,
        replicas,
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

    async fn list_log_dirs(&self, request: Request<ListLogDirsRequest>) -> Result<Response<ListLogDirsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let mut found = self.kafka.admin(&caller)?.log_dirs(asked.broker_id, caller.deadline).await?;
        found.retain(|dir| asked.path.as_ref().is_none_or(|only| *only == dir.path));
        found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(Response::new(ListLogDirsResponse { data: found.into_iter().map(|dir| shown(&asked, dir)).collect() }))
    }
}
