//! Wires the layers from the inside out, starts them, and drains them from the outside in.
//!
//! Must not know what a request means. [`App::start`] is the whole wiring.

mod streams;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use bytes::Bytes;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use crate::{
    config::Config,
    edge::{self, Edge, Surfaces},
    pb, telemetry,
};

/// How often the metrics' histograms are brought up to date; in between their values pile up in memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The edge did not start.
    #[error(transparent)]
    Edge(#[from] edge::StartError),
    /// A defect of the build.
    #[error("the descriptors cannot be read: {0}")]
    Descriptors(String),
}

impl StartError {
    /// True if other settings would help.
    pub fn is_of_settings(&self) -> bool {
        match self {
            Self::Edge(edge::StartError::Setting(_)) => true,
            Self::Edge(edge::StartError::Listen { .. }) | Self::Descriptors(_) => false,
        }
    }
}

/// A running gateway.
pub struct App {
    edge: Edge,
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
        let methods = streams::methods().map_err(|e| StartError::Descriptors(e.to_string()))?;
        let (reporter, health) = tonic_health::server::health_reporter();
        for service in &methods.services {
            reporter.set_service_status(service, tonic_health::ServingStatus::Serving).await;
        }
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|e| StartError::Descriptors(e.to_string()))?;
        let metrics = telemetry::metrics();
        let rendered = metrics.clone();
        let surfaces = Surfaces {
            rest: Router::new(),
            grpc: Routes::new(health).add_service(reflection).prepare().into_axum_router(),
            streams: streams::predicate(methods.streaming),
            ready: Arc::new(|| Box::pin(async { Ok(()) })),
            metrics: Arc::new(move || rendered.render()),
            openapi: Bytes::new(),
        };
        let edge = Edge::start(config.listen, config.edge, surfaces).await?;
        let upkeep = tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        });
        let health = Health { reporter, services: methods.services };
        Ok(Self { edge, health, upkeep, shutdown_timeout: config.shutdown_timeout })
    }

    /// Where requests are taken, with the port that it got.
    pub fn addr(&self) -> SocketAddr {
        self.edge.addr()
    }

    /// Stops accepting, finishes what is under way and closes what is open, within the time that the settings allow.
    pub async fn shutdown(mut self) {
        // Without a status those who watch it are told the end; they would keep their connections open otherwise.
        for service in self.health.services.iter().map(String::as_str).chain([""]) {
            self.health.reporter.clear_service_status(service).await;
        }
        if !self.edge.shutdown(self.shutdown_timeout).await {
            tracing::warn!(timeout = ?self.shutdown_timeout, "requests were still under way at the end of the time to finish them: dropped");
        }
        self.upkeep.abort();
    }
}
