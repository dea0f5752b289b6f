//! Every way in which Kafka lets a client in, on a real Kafka: each must work for librdkafka and for the gateway's own connections
//! alike, from the same properties, and each must be refused alike. And what a client that is let in may not do.
//!
//! `make test-kafka` starts brokers with `--secure` and sets `BARNABAS_TEST_BOOTSTRAP` and `BARNABAS_TEST_KAFKA_DIR`; without them
//! the tests say that they are skipped. Start reading at `mechanisms` and `rights`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../harness/brokers.rs"]
mod brokers;
mod cluster;
#[path = "../harness/gateway.rs"]
mod gateway;
mod mechanisms;
mod requests;
mod rights;

/// A name of this run's own.
fn name(what: &str) -> String {
    format!("secure-{what}-{}", std::process::id())
}
