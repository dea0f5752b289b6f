//! Barnabas: the gRPC and REST gateway for Apache Kafka.
//!
//! A request goes one way: `edge` → `rest` (REST only) → `service` → `kafka`. `docs/architecture.md` has the whole picture.

pub mod caller;
pub mod error;
pub mod pb;
pub mod schema;
pub mod service;
