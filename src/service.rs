//! What each RPC means: check the request, read its data, ask Kafka, answer. One file per proto service.
//!
//! A service cannot tell whether gRPC or REST called it: it finds the [`Caller`](crate::caller::Caller) in the request's extensions
//! and knows neither paths nor media types nor the shape of JSON answers. Start with [`Services`].

mod broker;
mod cluster;
pub mod consumer;
mod metadata;
mod page;
mod partition;
mod produce;
mod quorum;
mod record;
mod replica;
mod settings;
mod timestamp;
mod topic;
mod topic_name;

use std::{sync::Arc, time::Duration};

use tonic::{codec::CompressionEncoding, service::Routes};

pub use self::{
    broker::BrokerService,
    cluster::ClusterService,
    consumer::ConsumerService,
    metadata::MetadataService,
    partition::PartitionService,
    produce::ProduceService,
    quorum::QuorumService,
    record::RecordService,
    replica::ReplicaService,
    settings::{BatchMaximum, Settings},
    topic::TopicService,
};
use crate::{
    kafka::Kafka,
    pb::{v2, v3},
};

/// All services, each by itself for the REST routes. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The cluster that the gateway serves.
    pub cluster: Arc<ClusterService>,
    /// Its brokers.
    pub broker: Arc<BrokerService>,
    /// Its topics.
    pub topic: Arc<TopicService>,
    /// Their partitions.
    pub partition: Arc<PartitionService>,
    /// Which brokers hold them.
    pub replica: Arc<ReplicaService>,
    /// The controllers that keep its metadata.
    pub quorum: Arc<QuorumService>,
    /// Producing, API v3.
    pub record: Arc<RecordService>,
    /// Topics, partitions and brokers, API v2.
    pub metadata: Arc<MetadataService>,
    /// Producing, API v2.
    pub produce: Arc<ProduceService>,
    /// Consumer instances, API v2.
    pub consumer: Arc<ConsumerService>,
    max_request_bytes: usize,
}

impl Services {
    /// The services over these clients. Asks Kafka for nothing yet. Call it inside a runtime: instances that are idle are looked for.
    pub fn new(kafka: Arc<Kafka>, settings: Settings, consumers: consumer::Settings) -> Self {
        let cluster = Arc::new(ClusterService::new(kafka.clone()));
        let max_request_bytes = settings.max_request_bytes;
        Self {
            broker: Arc::new(BrokerService::new(kafka.clone(), cluster.clone())),
            topic: Arc::new(TopicService::new(kafka.clone(), cluster.clone())),
            partition: Arc::new(PartitionService::new(kafka.clone(), cluster.clone())),
            replica: Arc::new(ReplicaService::new(kafka.clone(), cluster.clone())),
            quorum: Arc::new(QuorumService::new(kafka.clone(), cluster.clone())),
            metadata: Arc::new(MetadataService::new(kafka.clone())),
            produce: Arc::new(ProduceService::new(kafka.clone(), settings.delivery_timeout)),
            consumer: Arc::new(ConsumerService::new(kafka.clone(), consumers)),
            record: Arc::new(RecordService::new(kafka, settings)),
            cluster,
            max_request_bytes,
        }
    }

    /// Closes what requests leave open: consumer instances commit what is due and leave their groups, within the time.
    pub async fn close(&self, timeout: Duration) {
        self.consumer.close(timeout).await;
    }

    /// Adds every service to the gRPC side. Requests may be compressed; answers are if the client takes gzip.
    pub fn add_to(&self, routes: Routes) -> Routes {
        /// The server of one service, with the limits that all have in common.
        macro_rules! server {
            ($server:path, $service:expr) => {
                <$server>::from_arc($service.clone())
                    .max_decoding_message_size(self.max_request_bytes)
                    .accept_compressed(CompressionEncoding::Gzip)
                    .send_compressed(CompressionEncoding::Gzip)
            };
        }
        routes
            .add_service(server!(v3::cluster_service_server::ClusterServiceServer<_>, self.cluster))
            .add_service(server!(v3::broker_service_server::BrokerServiceServer<_>, self.broker))
            .add_service(server!(v3::topic_service_server::TopicServiceServer<_>, self.topic))
            .add_service(server!(v3::partition_service_server::PartitionServiceServer<_>, self.partition))
            .add_service(server!(v3::replica_service_server::ReplicaServiceServer<_>, self.replica))
            .add_service(server!(v3::quorum_service_server::QuorumServiceServer<_>, self.quorum))
            .add_service(server!(v3::record_service_server::RecordServiceServer<_>, self.record))
            .add_service(server!(v2::metadata_service_server::MetadataServiceServer<_>, self.metadata))
            .add_service(server!(v2::produce_service_server::ProduceServiceServer<_>, self.produce))
            .add_service(server!(v2::consumer_service_server::ConsumerServiceServer<_>, self.consumer))
    }
}
