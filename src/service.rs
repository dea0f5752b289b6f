//! What each RPC means: check the request, read its data, ask Kafka, answer. One file per proto service.
//!
//! A service cannot tell whether gRPC or REST called it: it finds the [`Caller`](crate::caller::Caller) in the request's extensions
//! and knows neither paths nor media types nor the shape of JSON answers. Start with [`Services`].

mod acl;
mod broker;
mod broker_config;
mod cluster;
mod cluster_config;
mod config;
pub mod consumer;
mod consumer_group;
mod metadata;
mod page;
mod partition;
mod produce;
mod quorum;
mod quota;
mod reassignment;
mod record;
mod replica;
mod schemas;
mod scram_user;
mod settings;
mod timestamp;
mod topic;
mod topic_config;
mod topic_name;
mod transaction;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tonic::{Response, codec::CompressionEncoding, service::Routes};

pub use self::{
    acl::AclService,
    broker::BrokerService,
    broker_config::BrokerConfigService,
    cluster::ClusterService,
    cluster_config::ClusterConfigService,
    consumer::ConsumerService,
    consumer_group::ConsumerGroupService,
    metadata::MetadataService,
    partition::PartitionService,
    produce::ProduceService,
    quorum::QuorumService,
    quota::QuotaService,
    reassignment::ReassignmentService,
    record::RecordService,
    replica::ReplicaService,
    schemas::Schemas,
    scram_user::ScramUserService,
    settings::{BatchMaximum, Settings},
    topic::TopicService,
    topic_config::TopicConfigService,
    transaction::TransactionService,
};
use crate::{
    caller::HttpStatus,
    error::{Dialect, Error, Result},
    kafka::{Admin, Kafka, TopicListing},
    pb::{v2, v3},
};

/// All services, each by itself for the REST routes. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The cluster that the gateway serves.
    pub cluster: Arc<ClusterService>,
    /// The settings of all its brokers.
    pub cluster_config: Arc<ClusterConfigService>,
    /// Its brokers.
    pub broker: Arc<BrokerService>,
    /// Their settings.
    pub broker_config: Arc<BrokerConfigService>,
    /// Its topics.
    pub topic: Arc<TopicService>,
    /// Their settings.
    pub topic_config: Arc<TopicConfigService>,
    /// The topics' partitions.
    pub partition: Arc<PartitionService>,
    /// Which brokers hold them.
    pub replica: Arc<ReplicaService>,
    /// Who may do what.
    pub acl: Arc<AclService>,
    /// Who logs in with SCRAM.
    pub scram_user: Arc<ScramUserService>,
    /// Which of them are being moved.
    pub reassignment: Arc<ReassignmentService>,
    /// How much of the brokers clients may use.
    pub quota: Arc<QuotaService>,
    /// Transactions and producers.
    pub transaction: Arc<TransactionService>,
    /// Consumer groups, and what they have committed.
    pub consumer_group: Arc<ConsumerGroupService>,
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
    /// The services over these clients. Asks neither Kafka nor a registry for anything yet. Call it inside a runtime: instances that are idle are looked for.
    pub fn new(kafka: Arc<Kafka>, schemas: Arc<Schemas>, settings: Settings, consumers: consumer::Settings) -> Self {
        let cluster = Arc::new(ClusterService::new(kafka.clone()));
        let max_request_bytes = settings.max_request_bytes;
        Self {
            cluster_config: Arc::new(ClusterConfigService::new(kafka.clone(), cluster.clone())),
            broker: Arc::new(BrokerService::new(kafka.clone(), cluster.clone())),
            broker_config: Arc::new(BrokerConfigService::new(kafka.clone(), cluster.clone())),
            topic: Arc::new(TopicService::new(kafka.clone(), cluster.clone())),
            topic_config: Arc::new(TopicConfigService::new(kafka.clone(), cluster.clone())),
            partition: Arc::new(PartitionService::new(kafka.clone(), cluster.clone())),
            replica: Arc::new(ReplicaService::new(kafka.clone(), cluster.clone())),
            acl: Arc::new(AclService::new(kafka.clone(), cluster.clone())),
            scram_user: Arc::new(ScramUserService::new(kafka.clone(), cluster.clone())),
            reassignment: Arc::new(ReassignmentService::new(kafka.clone(), cluster.clone())),
            quota: Arc::new(QuotaService::new(kafka.clone(), cluster.clone())),
            transaction: Arc::new(TransactionService::new(kafka.clone(), cluster.clone())),
            consumer_group: Arc::new(ConsumerGroupService::new(kafka.clone(), cluster.clone())),
            quorum: Arc::new(QuorumService::new(kafka.clone(), cluster.clone())),
            metadata: Arc::new(MetadataService::new(kafka.clone())),
            produce: Arc::new(ProduceService::new(kafka.clone(), schemas.clone(), settings.delivery_timeout)),
            consumer: Arc::new(ConsumerService::new(kafka.clone(), schemas.clone(), consumers)),
            record: Arc::new(RecordService::new(kafka, schemas, settings)),
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
            .add_service(server!(v3::cluster_config_service_server::ClusterConfigServiceServer<_>, self.cluster_config))
            .add_service(server!(v3::broker_service_server::BrokerServiceServer<_>, self.broker))
            .add_service(server!(v3::broker_config_service_server::BrokerConfigServiceServer<_>, self.broker_config))
            .add_service(server!(v3::topic_service_server::TopicServiceServer<_>, self.topic))
            .add_service(server!(v3::topic_config_service_server::TopicConfigServiceServer<_>, self.topic_config))
            .add_service(server!(v3::partition_service_server::PartitionServiceServer<_>, self.partition))
            .add_service(server!(v3::replica_service_server::ReplicaServiceServer<_>, self.replica))
            .add_service(server!(v3::acl_service_server::AclServiceServer<_>, self.acl))
            .add_service(server!(v3::scram_user_service_server::ScramUserServiceServer<_>, self.scram_user))
            .add_service(server!(v3::reassignment_service_server::ReassignmentServiceServer<_>, self.reassignment))
            .add_service(server!(v3::quota_service_server::QuotaServiceServer<_>, self.quota))
            .add_service(server!(v3::transaction_service_server::TransactionServiceServer<_>, self.transaction))
            .add_service(server!(v3::consumer_group_service_server::ConsumerGroupServiceServer<_>, self.consumer_group))
            .add_service(server!(v3::quorum_service_server::QuorumServiceServer<_>, self.quorum))
            .add_service(server!(v3::record_service_server::RecordServiceServer<_>, self.record))
            .add_service(server!(v2::metadata_service_server::MetadataServiceServer<_>, self.metadata))
            .add_service(server!(v2::produce_service_server::ProduceServiceServer<_>, self.produce))
            .add_service(server!(v2::consumer_service_server::ConsumerServiceServer<_>, self.consumer))
    }
}

/// The status over REST of an answer that tells what could not be done, beside what was.
const MULTI_STATUS: HttpStatus = HttpStatus(207);

/// An answer that says of each part what came of it.
fn with_status<T>(answer: T, some_failed: bool) -> Response<T> {
    let mut response = Response::new(answer);
    if some_failed {
        response.extensions_mut().insert(MULTI_STATUS);
    }
    response
}

/// `error_code` and message of a part of a request that could not be done.
fn failure(error: &Error) -> (i32, String) {
    (error.http(Dialect::V3).error_code, error.message().to_owned())
}

/// The topics that the caller may see and that are not Kafka's own, sorted by name.
async fn topics(admin: &Admin, deadline: Instant) -> Result<Vec<TopicListing>> {
    let mut topics = admin.list_topics(deadline).await?;
    topics.retain(|topic| !topic.is_internal);
    topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(topics)
}

/// Their names.
async fn topic_names(admin: &Admin, deadline: Instant) -> Result<Vec<String>> {
    Ok(topics(admin, deadline).await?.into_iter().map(|topic| topic.name).collect())
}

/// The value of an enum that a field has. A number that is not known here is of a newer client, which must not get what another value,
/// or none, asks for.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) naming the field.
fn known<E: TryFrom<i32>>(field: &str, number: i32) -> Result<E> {
    E::try_from(number).map_err(|_| Error::bad_request(format_args!("{field} has no value {number}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_value_that_is_not_known_is_not_taken_for_another() {
        assert_eq!(known("state", 1).ok(), Some(v3::TransactionState::Empty));
        let error = known::<v3::TransactionState>("state", 99).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::BadRequest, "Bad Request: state has no value 99"));
    }

    #[test]
    fn only_what_failed_in_part_has_a_status_of_its_own() {
        assert_eq!(with_status((), true).extensions().get(), Some(&MULTI_STATUS));
        assert_eq!(with_status((), false).extensions().get::<HttpStatus>(), None);
    }
}
