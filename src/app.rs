//! Wires the layers from the inside out, starts them, and drains them from the outside in.
//!
//! Must not know what a request means. [`App::start`] is the whole wiring.

mod broker;
mod registry;
mod streams;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use bytes::Bytes;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use crate::{
    config::Config,
    edge::{self, Edge, Surfaces},
    error,
    kafka::{self, Kafka},
    pb, rest,
    service::{self, Schemas, Services},
    telemetry,
};

/// How often the metrics' histograms are brought up to date; in between their values pile up in memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// How long a broker may take to answer before the gateway calls itself not ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The edge did not start.
    #[error(transparent)]
    Edge(#[from] edge::StartError),
    /// The embedded broker did not start.
    #[error("the embedded broker cannot listen on {0}: {1}")]
    EmbeddedBroker(SocketAddr, io::Error),
    /// The embedded Schema Registry did not start.
    #[error("the embedded Schema Registry cannot listen on {0}: {1} (--schema-registry-listen has another address, or `off`)")]
    EmbeddedRegistry(SocketAddr, io::Error),
    /// A Kafka property cannot be used.
    #[error("kafka: {0}")]
    Kafka(#[from] error::Error),
    /// A setting of Schema Registry cannot be used.
    #[error("{0}")]
    SchemaRegistry(error::Error),
    /// A defect of the build.
    #[error("the descriptors cannot be read: {0}")]
    Descriptors(String),
}

impl StartError {
    /// True if other settings would help.
    pub fn is_of_settings(&self) -> bool {
        match self {
            Self::Edge(edge::StartError::Setting(_)) | Self::Kafka(_) | Self::SchemaRegistry(_) => true,
            Self::Edge(edge::StartError::Listen { .. }) | Self::EmbeddedBroker(..) | Self::EmbeddedRegistry(..) | Self::Descriptors(_) => {
                false
            }
        }
    }
}

/// A running gateway.
pub struct App {
    edge: Edge,
    services: Services,
    kafka: Arc<Kafka>,
    broker: broker::Started,
    registry: registry::Started,
    health: Health,
    upkeep: JoinHandle<()>,
    shutdown_timeout: Duration,
}

/// What `grpc.health.v1` reports, and of whom.
struct Health {
    reporter: HealthReporter,
    services: Vec<String>,
}

impl App {
    /// Starts the gateway. It answers when this returns; brokers are not waited for.
    ///
    /// # Errors
    /// An address is in use, or a setting cannot be used.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let broker = broker::start(config.brokers).await?;
        let registry = registry::start(config.schema_registry_listen).await?;
        let services = config.services;
        let settings = service::Settings {
            delivery_timeout: config.kafka.delivery_timeout,
            batch_maximum_entries: services.batch_maximum_entries,
            max_request_bytes: usize::try_from(config.edge.body_max_bytes).unwrap_or(usize::MAX),
            ..service::Settings::default()
        };
        let kafka = Kafka::new(kafka::Settings { bootstrap_servers: broker.bootstrap_servers.clone(), ..config.kafka })?;
        let mut schema_registry = config.schema_registry;
        schema_registry.urls.extend(registry.embedded_addr().map(|address| format!("http://{address}")));
        let schemas = Schemas::new(schema_registry).map_err(StartError::SchemaRegistry)?;
        let services = Services::new(kafka.clone(), schemas, settings, services.consumers());

        let methods = streams::methods().map_err(|e| StartError::Descriptors(e.to_string()))?;
        let (reporter, health) = tonic_health::server::health_reporter();
        for service in &methods.services {
            reporter.set_service_status(service, tonic_health::ServingStatus::Serving).await;
        }
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let unreadable = |e: tonic_reflection::server::Error| StartError::Descriptors(e.to_string());
        let grpc = Routes::new(health)
            .add_service(reflection().build_v1().map_err(unreadable)?)
            .add_service(reflection().build_v1alpha().map_err(unreadable)?);
        let metrics = telemetry::metrics();
        let rendered = metrics.clone();
        let asked = kafka.clone();
        let surfaces = Surfaces {
            rest: rest_surface(&services),
            grpc: services.add_to(grpc).prepare().into_axum_router(),
            streams: streams::predicate(methods.streaming),
            ready: Arc::new(move || {
                let kafka = asked.clone();
                Box::pin(async move { kafka.ping(READY_WITHIN).await })
            }),
            metrics: Arc::new(move || rendered.render()),
            openapi: Bytes::from_static(pb::OPENAPI.as_bytes()),
        };
        let edge = Edge::start(config.listen, config.edge, surfaces).await?;
        let upkeep = tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        });
        let health = Health { reporter, services: methods.services };
        Ok(Self { edge, services, kafka, broker, registry, health, upkeep, shutdown_timeout: config.shutdown_timeout })
    }

    /// Where requests are taken, with the port that it got.
    pub fn addr(&self) -> SocketAddr {
        self.edge.addr()
    }

    /// What to try first, if the gateway has its own broker.
    pub fn embedded(&self) -> Option<Embedded> {
        Some(Embedded {
            gateway: edge::reachable(self.addr()),
            address: self.broker.embedded_addr()?,
            registry: self.registry.embedded_addr(),
            cluster_id: broker::CLUSTER_ID,
        })
    }

    /// Stops accepting, finishes what is under way and closes what is open, within the time that the settings allow.
    pub async fn shutdown(mut self) {
        let end = Instant::now() + self.shutdown_timeout;
        let left = || end.saturating_duration_since(Instant::now());
        // Without a status those who watch it are told the end; they would keep their connections open otherwise.
        for service in self.health.services.iter().map(String::as_str).chain([""]) {
            self.health.reporter.clear_service_status(service).await;
        }
        // A quarter is kept for what follows: slow clients must not take the time in which consumers commit and leave their groups.
        let patience = self.shutdown_timeout.mul_f64(0.75);
        if !self.edge.shutdown(patience).await {
            tracing::warn!(timeout = ?patience, "requests were still under way at the end of their time: dropped");
        }
        // After the edge: no call is under way in a consumer any more.
        self.services.close(left()).await;
        // After the edge: nobody hands over records any more. What is unsent then belongs to requests that have been dropped.
        if let Err(error) = self.kafka.flush(left()).await {
            tracing::warn!(%error, "records were still on their way to Kafka");
        }
        self.upkeep.abort();
        // The clients before their broker: they would report that it is gone.
        drop(self.services);
        if !self.kafka.close(left()).await {
            tracing::debug!("Kafka clients were still in use at the end");
        }
        self.registry.stop().await;
        self.broker.stop().await;
    }
}

/// Every documented path, before the services.
fn rest_surface(services: &Services) -> Router {
    rest::router(&rest::Services {
        v2_consumer: services.consumer.clone(),
        v2_metadata: services.metadata.clone(),
        v2_produce: services.produce.clone(),
        v3_acl: services.acl.clone(),
        v3_broker: services.broker.clone(),
        v3_broker_config: services.broker_config.clone(),
        v3_cluster: services.cluster.clone(),
        v3_cluster_config: services.cluster_config.clone(),
        v3_consumer_group: services.consumer_group.clone(),
        v3_partition: services.partition.clone(),
        v3_quota: services.quota.clone(),
        v3_reassignment: services.reassignment.clone(),
        v3_quorum: services.quorum.clone(),
        v3_record: services.record.clone(),
        v3_replica: services.replica.clone(),
        v3_scram_user: services.scram_user.clone(),
        v3_topic: services.topic.clone(),
        v3_transaction: services.transaction.clone(),
        v3_topic_config: services.topic_config.clone(),
    })
}

/// The embedded broker, as users need to know it.
pub struct Embedded {
    /// Where this machine reaches the gateway.
    pub gateway: SocketAddr,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the embedded Schema Registry listens, if there is one.
    pub registry: Option<SocketAddr>,
    /// The id of its cluster.
    pub cluster_id: &'static str,
}
