//! `barnabas.v3.BrokerConfigService`: settings of single brokers.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::try_join_all;
use tonic::{Request, Response, Status};

use super::{
    ClusterService,
    config::{self, Settings, setting},
    page::Page,
};
use crate::{
    caller::Caller,
    error::{Code, Result},
    kafka::{ConfigEntry, ConfigResource, Kafka, no_broker},
    pb::v3::{
        self, AlterBrokerConfigsRequest, AlterBrokerConfigsResponse, BrokerConfig, GetBrokerConfigRequest, GetBrokerConfigResponse,
        ListAllBrokersConfigsRequest, ListAllBrokersConfigsResponse, ListBrokerConfigsRequest, ListBrokerConfigsResponse,
        ResetBrokerConfigRequest, ResetBrokerConfigResponse, UpdateBrokerConfigRequest, UpdateBrokerConfigResponse,
    },
};

/// Shows and changes the settings of single brokers.
pub struct BrokerConfigService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl BrokerConfigService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    /// The brokers that are alive, if the cluster is this one.
    async fn brokers(&self, caller: &Caller, cluster_id: &str) -> Result<BTreeSet<i32>> {
        self.cluster.check_quietly(caller, cluster_id).await?;
        let cluster = self.kafka.admin(caller)?.describe_cluster(false, caller.deadline).await?;
        Ok(cluster.brokers.into_iter().map(|broker| broker.id).collect())
    }

    /// The settings of a broker that is alive: Kafka's clients would wait for any other one until their time is over.
    async fn settings(&self, caller: &Caller, cluster_id: &str, id: i32) -> Result<Settings> {
        if !self.brokers(caller, cluster_id).await?.contains(&id) {
            return Err(no_broker(id));
        }
        self.of(caller, id)
    }

    fn of(&self, caller: &Caller, id: i32) -> Result<Settings> {
        Ok(Settings::new(self.kafka.admin(caller)?, ConfigResource::Broker(id), caller.deadline))
    }
}

fn shown(cluster_id: &str, broker_id: i32, entry: ConfigEntry) -> BrokerConfig {
    setting!(BrokerConfig { cluster_id: cluster_id.to_owned(), broker_id: broker_id }, entry)
}

#[tonic::async_trait]
impl v3::broker_config_service_server::BrokerConfigService for BrokerConfigService {
    async fn list_broker_configs(&self, request: Request<ListBrokerConfigsRequest>) -> Result<Response<ListBrokerConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        let settings = self.settings(&caller, &asked.cluster_id, asked.broker_id).await?;
        let (entries, next_page_token) = page.cut(settings.list().await?, |entry| entry.name.clone());
        let data = entries.into_iter().map(|entry| shown(&asked.cluster_id, asked.broker_id, entry)).collect();
        Ok(Response::new(ListBrokerConfigsResponse { data, next_page_token }))
    }

    async fn list_all_brokers_configs(
        &self,
        request: Request<ListAllBrokersConfigsRequest>,
    ) -> Result<Response<ListAllBrokersConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        let brokers: Vec<i32> = self.brokers(&caller, &asked.cluster_id).await?.into_iter().collect();
        let first = page.after().map_or(0, |(broker, _)| brokers.partition_point(|id| id < broker));
        // A page is of a few brokers; the whole list asks all of them at once, and leaves the settings in Kafka's order, as documented.
        let at_once = if page.size().is_some() { 1 } else { brokers.len().max(1) };
        let arranged = if page.is_whole() { |list| list } else { config::sorted };
        let mut data = Vec::new();
        for ids in brokers.get(first..).unwrap_or_default().chunks(at_once) {
            let settings = ids.iter().map(|id| self.of(&caller, *id)).collect::<Result<Vec<_>>>()?;
            // Who leaves the cluster meanwhile is not among its brokers.
            let all = settings.iter().map(|of| async move {
                match of.all().await {
                    Err(error) if error.code() == Code::NotFound => Ok(Vec::new()),
                    settings => settings,
                }
            });
            let lists = try_join_all(all).await?;
            let entries = ids.iter().zip(lists).flat_map(|(id, list)| arranged(list).into_iter().map(|entry| (*id, entry)));
            let entries = entries.map(|(id, entry)| shown(&asked.cluster_id, id, entry));
            data.extend(entries.filter(|config| page.after().is_none_or(|after| key(config) > *after)));
            if page.is_filled_by(data.len()) {
                break;
            }
        }
        let (data, next_page_token) = page.cut(data, key);
        Ok(Response::new(ListAllBrokersConfigsResponse { data, next_page_token }))
    }

    async fn get_broker_config(&self, request: Request<GetBrokerConfigRequest>) -> Result<Response<GetBrokerConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let found = self.settings(&caller, &asked.cluster_id, asked.broker_id).await?.get(&asked.name).await?;
        Ok(Response::new(GetBrokerConfigResponse { config: Some(shown(&asked.cluster_id, asked.broker_id, found)) }))
    }

    async fn update_broker_config(
        &self,
        request: Request<UpdateBrokerConfigRequest>,
    ) -> Result<Response<UpdateBrokerConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self.settings(&caller, &asked.cluster_id, asked.broker_id).await?;
        settings.alter_known(vec![config::set(asked.name, asked.value)], false, &asked.cluster_id).await?;
        Ok(Response::new(UpdateBrokerConfigResponse {}))
    }

    async fn reset_broker_config(&self, request: Request<ResetBrokerConfigRequest>) -> Result<Response<ResetBrokerConfigResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self.settings(&caller, &asked.cluster_id, asked.broker_id).await?;
        settings.alter_known(vec![config::reset(asked.name)], false, &asked.cluster_id).await?;
        Ok(Response::new(ResetBrokerConfigResponse {}))
    }

    async fn alter_broker_configs(
        &self,
        request: Request<AlterBrokerConfigsRequest>,
    ) -> Result<Response<AlterBrokerConfigsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let settings = self.settings(&caller, &asked.cluster_id, asked.broker_id).await?;
        settings.alter_known(asked.data, false, &asked.cluster_id).await?;
        Ok(Response::new(AlterBrokerConfigsResponse {}))
    }
}

fn key(config: &BrokerConfig) -> (i32, String) {
    (config.broker_id, config.name.clone())
}
