//! The edge: one port for REST, gRPC and gRPC-Web over HTTP/1.1 and HTTP/2, and everything that is the same for all of them.
//!
//! Accepts connections, names and identifies requests, limits, times, logs and counts them, and refuses in the caller's own
//! protocol. It must not know what an operation means: it hands a request to one of two routers. `stack` shows the whole way.
//!
//! What the edge leaves in a request's extensions: a [`Caller`](crate::caller::Caller). What it reads from an answer's extensions:
//! an [`RpcName`](crate::caller::RpcName). A body that breaks a limit ends with an [`Error`](crate::error::Error) (REST) or a
//! `tonic::Status` (gRPC) in its chain of sources.

mod accept;
mod body;
mod budget;
mod cors;
mod docs;
mod encoding;
mod endpoints;
mod identify;
mod limit;
mod meters;
mod observe;
mod once;
mod settings;
mod socket;
mod stack;
mod surface;
mod unchanged;
mod unread;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use bytes::Bytes;
use futures::FutureExt;
use http::Method;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

pub use endpoints::{ReadyProbe, RenderMetrics};
pub use settings::Settings;

/// Knows the requests that are streams of any length by their method and their path as the routers get it: they have no deadline, no
/// size as a whole and no compression.
pub type StreamPredicate = Arc<dyn Fn(&Method, &str) -> bool + Send + Sync>;

/// What stands behind the edge.
pub struct Surfaces {
    /// Takes every request that is no gRPC, and answers those that it does not know.
    pub rest: Router,
    /// Takes every request whose `Content-Type` begins with `application/grpc`. gRPC-Web is translated before.
    pub grpc: Router,
    /// Which requests are streams.
    pub streams: StreamPredicate,
    /// What `/readyz` asks.
    pub ready: ReadyProbe,
    /// What `/metrics` answers.
    pub metrics: RenderMetrics,
    /// What `/openapi.json` answers.
    pub openapi: Bytes,
}

/// Why the edge did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address of the settings.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A setting cannot be used.
    #[error("{0}")]
    Setting(String),
}

/// A running edge.
pub struct Edge {
    address: SocketAddr,
    signals: accept::Signals,
    accepting: JoinHandle<()>,
}

impl Edge {
    /// Listens on an address (port 0: a free one) and serves from then on.
    ///
    /// # Errors
    /// The address is in use or not this machine's; a CORS setting is not in form.
    pub async fn start(listen: SocketAddr, settings: Settings, surfaces: Surfaces) -> Result<Self, StartError> {
        let cors = cors::configured(&settings).map_err(StartError::Setting)?;
        let in_use = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(in_use)?;
        let address = listener.local_addr().map_err(in_use)?;
        let signals = accept::Signals::default();
        let own_url = format!("http://{}", reachable(address)).into();
        let stack = stack::Stack::new(&settings, cors, own_url, surfaces, signals.drain.clone());
        let service = tower::service_fn(move |request| stack.clone().serve(request).map(Ok));
        let until = signals.clone();
        let accepting = tokio::spawn(async move { accept::accept(listener, &settings, service, until).await });
        Ok(Self { address, signals, accepting })
    }

    /// Where it listens, with the port that it got.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, ends streams, and waits until the requests under way are answered, at most for `patience`; what is left
    /// then is dropped. Returns whether everything was finished in time.
    pub async fn shutdown(mut self, patience: Duration) -> bool {
        self.signals.drain.cancel();
        if timeout(patience, &mut self.accepting).await.is_ok() {
            return true;
        }
        self.signals.abort.cancel();
        // Aborted connections end at their next turn.
        let _ = self.accepting.await;
        false
    }
}

/// An address that a client on this machine can use: that of all interfaces is none.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port()),
        _ => address,
    }
}
