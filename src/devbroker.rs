//! The embedded broker: one Kafka broker inside the process, so that a first run and every test need nothing installed.
//!
//! The state machine (topics, logs, groups' data, transactions) is `noida-db`'s `EngineState`; this module owns what surrounds it: the sockets,
//! the waiting of Fetch, JoinGroup and SyncGroup, the byte limits of Fetch, the expiry of members and transactions, and an ACL table.
//! It must not be used for data that matters, and it must know nothing of the rest of the gateway.
//!
//! Limits: everything is in memory and gone after [`DevBroker::stop`]; one node, so the replication factor is 1; ACLs are stored but not
//! enforced; no SASL, no TLS, no SCRAM users, no quotas, no topic ids, no KIP-848 groups; only record batches of format 2; a lookup by
//! timestamp reads the partition from its start. It listens on loopback only.
//!
//! Beside it stands the embedded Schema Registry, [`registry`], which knows nothing of the broker, nor the broker of it.
//!
//! Start reading at [`start`]; then `transport` (frames), `dispatch` (one row an API), `fetch` and `groups`.

mod acls;
mod broker;
mod configs;
mod dispatch;
mod fetch;
mod groups;
pub mod registry;
mod transport;
mod upkeep;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;

use broker::Broker;

/// Threads of the broker's own runtime: a long answer of one connection does not hold up the others.
const WORKERS: usize = 2;

/// How long [`DevBroker::stop`] waits for requests that are being answered.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// What the embedded broker listens on and how it creates topics.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; must be a loopback address, port 0 takes a free port. Default: `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// The cluster's id as clients see it. Default: `barnabas-dev`.
    pub cluster_id: Option<String>,
    /// Whether a client that asks for an unknown topic and allows its creation gets it created (Kafka's `auto.create.topics.enable`). Default: true.
    pub auto_create_topics: bool,
    /// Partitions of a topic that is created without a count (Kafka's `num.partitions`). 1 to 65,535, default 1.
    pub partitions: NonZeroU16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), cluster_id: None, auto_create_topics: true, partitions: NonZeroU16::MIN }
    }
}

/// A running embedded broker; dropping it stops it without waiting.
#[derive(Debug)]
pub struct DevBroker {
    addr: SocketAddr,
    /// Present until the broker is stopped.
    runtime: Option<Runtime>,
    #[cfg(test)]
    refusals: Arc<AtomicUsize>,
}

/// Starts a broker on threads of its own; it accepts connections when this returns.
///
/// # Errors
///
/// `InvalidInput` when `settings.listen` is not a loopback address; otherwise what the operating system says about binding the
/// address or starting threads.
pub async fn start(settings: Settings) -> io::Result<DevBroker> {
    if !settings.listen.ip().is_loopback() {
        let reason = format!("the embedded broker listens on loopback addresses only, not on {}", settings.listen);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let listener = std::net::TcpListener::bind(settings.listen)?;
    listener.set_nonblocking(true)?;
    let addr = listener.local_addr()?;
    // Its own runtime: handlers copy megabytes under a lock, which the gateway's runtime must not wait for, and a test that blocks
    // its only thread in a native client still gets answers.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).thread_name("devbroker").enable_all().build()?;
    let listener = {
        let _entered = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let broker = Arc::new(Broker::new(&settings, addr));
    #[cfg(test)]
    let refusals = Arc::clone(&broker.refusals);
    runtime.spawn(upkeep::run(Arc::clone(&broker)));
    runtime.spawn(transport::serve(listener, broker));
    Ok(DevBroker {
        addr,
        runtime: Some(runtime),
        #[cfg(test)]
        refusals,
    })
}

impl DevBroker {
    /// The address that clients connect to; it is also the one the broker advertises.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Refuses the next so many questions for committed offsets, as a broker does that is not the group's coordinator.
    #[cfg(test)]
    pub(crate) fn refuse_offset_fetches(&self, count: usize) {
        self.refusals.store(count, Ordering::Relaxed);
    }

    /// Closes every connection and forgets all data; waits at most a second for requests that are being answered.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the broker all the same.
    pub async fn stop(mut self) {
        if let Some(runtime) = self.runtime.take() {
            let stopping = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(STOP_TIMEOUT));
            if let Err(reason) = stopping.await {
                tracing::warn!(%reason, "the embedded broker did not stop cleanly");
            }
        }
    }
}

impl Drop for DevBroker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
