//! `barnabas.v3.ClusterService`: the one cluster, and the check that a request means it.

use std::sync::Arc;

use tokio::sync::OnceCell;
use tonic::{Request, Response, Status};

use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{self, Kafka},
    pb::v3::{self, Cluster, GetClusterRequest, GetClusterResponse, ListClustersRequest, ListClustersResponse},
};

/// The cluster that the gateway serves.
pub struct ClusterService {
    kafka: Arc<Kafka>,
    /// A cluster keeps its id, so the first answer holds.
    id: OnceCell<String>,
}

impl ClusterService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>) -> Self {
        Self { kafka, id: OnceCell::new() }
    }

    /// Nothing, if `asked` is the id of the cluster.
    ///
    /// # Errors
    /// [`Code::NotFound`] with the id in the text if it is not; what Kafka reports if the id is not known yet.
    pub(super) async fn check(&self, caller: &Caller, asked: &str) -> Result<()> {
        if self.is(caller, asked).await? {
            return Ok(());
        }
        Err(Error::new(Code::NotFound, format!("Cluster {asked} cannot be found.")))
    }

    /// As [`check`](Self::check), for the operations whose documented answer says only that something is not there.
    pub(super) async fn check_quietly(&self, caller: &Caller, asked: &str) -> Result<()> {
        if self.is(caller, asked).await? { Ok(()) } else { Err(Error::of(Code::NotFound)) }
    }

    async fn is(&self, caller: &Caller, asked: &str) -> Result<bool> {
        let id = self.id.get_or_try_init(async || id_of(&self.describe(caller).await?)).await?;
        Ok(id == asked)
    }

    async fn describe(&self, caller: &Caller) -> Result<kafka::Cluster> {
        self.kafka.admin(caller)?.describe_cluster(false, caller.deadline).await
    }

    async fn cluster(&self, caller: &Caller) -> Result<Cluster> {
        let found = self.describe(caller).await?;
        Ok(Cluster { cluster_id: id_of(&found)?, controller_id: found.controller_id })
    }
}

fn id_of(cluster: &kafka::Cluster) -> Result<String> {
    cluster.cluster_id.clone().ok_or_else(|| Error::of(Code::UnsupportedProtocol))
}

#[tonic::async_trait]
impl v3::cluster_service_server::ClusterService for ClusterService {
    async fn list_clusters(&self, request: Request<ListClustersRequest>) -> Result<Response<ListClustersResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(ListClustersResponse { data: vec![self.cluster(&caller).await?] }))
    }

    async fn get_cluster(&self, request: Request<GetClusterRequest>) -> Result<Response<GetClusterResponse>, Status> {
        let caller = Caller::of(&request)?;
        let cluster = self.cluster(&caller).await?;
        if cluster.cluster_id != request.get_ref().cluster_id {
            return Err(Error::of(Code::NotFound).into());
        }
        Ok(Response::new(GetClusterResponse { cluster: Some(cluster) }))
    }
}
