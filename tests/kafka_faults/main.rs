//! What a fault may not break, on a real Kafka: every record that was answered as written is in the topic exactly once, and every
//! administration is done or told as failed, whether a broker is killed, the controller, or the gateway is told to stop while records
//! flow.
//!
//! `make test-kafka` starts three brokers and sets `BARNABAS_TEST_BOOTSTRAP` and `BARNABAS_TEST_KAFKA_DIR`; without them the tests say
//! that they are skipped. Start reading at `records`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod broker;
#[path = "../harness/brokers.rs"]
mod brokers;
mod cluster;
mod controller;
mod elections;
#[path = "../harness/gateway.rs"]
mod gateway;
mod load;
mod operator;
mod records;
mod rounds;
#[path = "../harness/topics.rs"]
mod topics;
mod under_load;

use std::time::Duration;

use tokio::sync::Mutex;

use cluster::Cluster;
use gateway::Gateway;

/// One test at a time has the brokers.
static BROKERS: Mutex<()> = Mutex::const_new(());
/// Longer than a broker's failure takes to be noticed (`broker.session.timeout.ms`), and than a record may take (30 s).
const PATIENCE: Duration = Duration::from_secs(90);

/// A gateway that is ready. It waits so long for an answer of Kafka's, by default 30 s.
async fn gateway(cluster: &Cluster, patience: Option<&str>) -> Gateway {
    let mut variables = vec![("BARNABAS_LOG", "warn")];
    variables.extend(patience.map(|milliseconds| ("BARNABAS_KAFKA_REQUEST_TIMEOUT_MS", milliseconds)));
    Gateway::start(&["--bootstrap-servers", cluster.bootstrap()], &variables, "/readyz").await
}

/// The three brokers, from the one after this one on: it is the last.
fn others(broker: i32) -> [i32; 3] {
    [1, 2, 3].map(|step| (broker - 1 + step) % 3 + 1)
}

/// A name of this run's own.
fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}
