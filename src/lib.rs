//! Barnabas: the gRPC and REST gateway for Apache Kafka.
//!
//! A request goes one way: `edge` → `rest` (REST only) → `service` → `kafka`. `docs/architecture.md` has the whole picture.

pub mod app;
pub mod caller;
pub mod cli;
pub mod config;
#[cfg(feature = "devbroker")]
pub mod devbroker;
pub mod edge;
pub mod error;
pub mod kafka;
pub mod pb;
pub mod rest;
pub mod schema;
pub mod service;
pub mod telemetry;
