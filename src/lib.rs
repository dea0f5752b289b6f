//! Barnabas: the gRPC and REST gateway for Apache Kafka.
//!
//! A request goes one way: `edge` → `rest` (REST only) → `service` → `kafka`. `docs/architecture.md` has the whole picture.

pub mod caller;
#[cfg(feature = "devbroker")]
pub mod devbroker;
pub mod error;
pub mod kafka;
pub mod pb;
pub mod rest;

/// For Rust and, through the unprefixed symbols, for librdkafka, which allocates on one thread and frees on another: the C
/// library's allocator contends there.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
