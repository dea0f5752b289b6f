//! `barnabas.v3.TopicConfigService`: settings of topics, of one or of all.
//!
//! What concerns many topics at once is in [`many`].

mod many;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    ClusterService,
    config::{self, Settings, setting},
    page::Page,
    with_status,
};
use crate::{
    caller::Caller,
    error::Result,
    kafka::{ConfigEntry, Kafka},
    pb::v3::{
        self, AlterAllTopicsConfigsRequest, AlterAllTopicsConfigsResponse, AlterTopicConfigsRequest, AlterTopicConfigsResponse,
        GetTopicConfigRequest, GetTopicConfigResponse, ListAllTopicsConfigsRequest, ListAllTopicsConfigsResponse, ListTopicConfigsRequest,
        ListTopicConfigsResponse, ResetTopicConfigRequest, ResetTopicConfigResponse, TopicConfig, UpdateTopicConfigRequest,
        UpdateTopicConfigResponse,
    },
};

/// Shows and changes the settings of topics.
pub struct TopicConfigService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl TopicConfigService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    async fn settings(&self, caller: &Caller, cluster_id: &str, topic: &str) -> Result<Settings> {
        self.cluster.check_quietly(caller, cluster_id).await?;
        Ok(Settings::new(self.kafka.admin(caller)?, config::topic(topic)?, caller.deadline))
    }
}

fn shown(cluster_id: &str, topic: &str, entry: ConfigEntry) -> TopicConfig {
    setting!(TopicConfig { cluster_id: cluster_id.to_owned(), topic_name: topic.to_owned() }, entry)
}

#[tonic::async_trait]
impl v3::topic_config_service_server::TopicConfigService for TopicConfigService {
    async fn list_topic_configs(&self, request: Request<ListTopicConfigsRequest>) -> Result<Response<ListTopicConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        let settings = self.settings(&caller, &asked.cluster_id, &asked.topic_name).await?;
        let (entries, next_page_token) = page.cut(settings.list().await?, |entry| entry.name.clone());
        let data = entries.into_iter().map(|entry| shown(&asked.cluster_id, &asked.topic_name, entry)).collect();
        Ok(Response::new(ListTopicConfigsResponse { data, next_page_token }))
    }

    async fn list_all_topics_configs(
        &self,
        request: Request<ListAllTopicsConfigsRequest>,
    ) -> Result<Response<ListAllTopicsConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let (data, next_page_token) = many::list(&self.kafka.admin(&caller)?, &asked.cluster_id, &page, caller.deadline).await?;
        Ok(Response::new(ListAllTopicsConfigsResponse { data, next_page_token }))
    }

    async fn get_topic_config(&self, request: Request<GetTopicConfigRequest>) -> Result<Response<GetTopicConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let found = self.settings(&caller, &asked.cluster_id, &asked.topic_name).await?.get(&asked.name).await?;
        Ok(Response::new(GetTopicConfigResponse { config: Some(shown(&asked.cluster_id, &asked.topic_name, found)) }))
    }

    async fn update_topic_config(&self, request: Request<UpdateTopicConfigRequest>) -> Result<Response<UpdateTopicConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self.settings(&caller, &asked.cluster_id, &asked.topic_name).await?;
        settings.alter_known(vec![config::set(asked.name, asked.value)], false, &asked.cluster_id).await?;
        Ok(Response::new(UpdateTopicConfigResponse {}))
    }

    async fn reset_topic_config(&self, request: Request<ResetTopicConfigRequest>) -> Result<Response<ResetTopicConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self.settings(&caller, &asked.cluster_id, &asked.topic_name).await?;
        settings.alter_known(vec![config::reset(asked.name)], false, &asked.cluster_id).await?;
        Ok(Response::new(ResetTopicConfigResponse {}))
    }

    async fn alter_topic_configs(&self, request: Request<AlterTopicConfigsRequest>) -> Result<Response<AlterTopicConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self.settings(&caller, &asked.cluster_id, &asked.topic_name).await?;
        settings.alter_known(asked.data, asked.validate_only.unwrap_or(false), &asked.cluster_id).await?;
        Ok(Response::new(AlterTopicConfigsResponse {}))
    }

    async fn alter_all_topics_configs(
        &self,
        request: Request<AlterAllTopicsConfigsRequest>,
    ) -> Result<Response<AlterAllTopicsConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        many::check(&asked.data)?;
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let failures = many::alter(&self.kafka.admin(&caller)?, asked, caller.deadline).await?;
        let some_failed = !failures.is_empty();
        Ok(with_status(AlterAllTopicsConfigsResponse { failures }, some_failed))
    }
}
