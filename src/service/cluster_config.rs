//! `barnabas.v3.ClusterConfigService`: settings of all brokers of the cluster at once.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    ClusterService,
    config::{self, Settings, setting},
    page::Page,
};
use crate::{
    caller::Caller,
    error::Result,
    kafka::{ConfigEntry, ConfigResource, Kafka},
    pb::v3::{
        self, AlterClusterConfigsRequest, AlterClusterConfigsResponse, ClusterConfig, ClusterConfigType, GetClusterConfigRequest,
        GetClusterConfigResponse, ListClusterConfigsRequest, ListClusterConfigsResponse, ResetClusterConfigRequest,
        ResetClusterConfigResponse, UpdateClusterConfigRequest, UpdateClusterConfigResponse,
    },
};

/// Shows and changes the settings that all brokers have in common.
pub struct ClusterConfigService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl ClusterConfigService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    fn settings(&self, caller: &Caller) -> Result<Settings> {
        Ok(Settings::new(self.kafka.admin(caller)?, ConfigResource::AllBrokers, caller.deadline))
    }
}

fn shown(cluster_id: &str, entry: ConfigEntry) -> ClusterConfig {
    setting!(ClusterConfig { cluster_id: cluster_id.to_owned(), config_type: ClusterConfigType::Broker.into() }, entry)
}

#[tonic::async_trait]
impl v3::cluster_config_service_server::ClusterConfigService for ClusterConfigService {
    async fn list_cluster_configs(
        &self,
        request: Request<ListClusterConfigsRequest>,
    ) -> Result<Response<ListClusterConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let (entries, next_page_token) = page.cut(self.settings(&caller)?.list().await?, |entry| entry.name.clone());
        let data = entries.into_iter().map(|entry| shown(&asked.cluster_id, entry)).collect();
        Ok(Response::new(ListClusterConfigsResponse { data, next_page_token }))
    }

    async fn get_cluster_config(&self, request: Request<GetClusterConfigRequest>) -> Result<Response<GetClusterConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let found = self.settings(&caller)?.get(&asked.name).await?;
        Ok(Response::new(GetClusterConfigResponse { config: Some(shown(&asked.cluster_id, found)) }))
    }

    async fn update_cluster_config(
        &self,
        request: Request<UpdateClusterConfigRequest>,
    ) -> Result<Response<UpdateClusterConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        // No check whether there is the setting: only what is set can be seen here.
        self.settings(&caller)?.alter(vec![config::set(asked.name, asked.value)], false).await?;
        Ok(Response::new(UpdateClusterConfigResponse {}))
    }

    async fn reset_cluster_config(
        &self,
        request: Request<ResetClusterConfigRequest>,
    ) -> Result<Response<ResetClusterConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let settings = self.settings(&caller)?;
        settings.alter_known(vec![config::reset(asked.name)], false, &asked.cluster_id).await?;
        Ok(Response::new(ResetClusterConfigResponse {}))
    }

    async fn alter_cluster_configs(
        &self,
        request: Request<AlterClusterConfigsRequest>,
    ) -> Result<Response<AlterClusterConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        self.settings(&caller)?.alter(asked.data, false).await?;
        Ok(Response::new(AlterClusterConfigsResponse {}))
    }
}
