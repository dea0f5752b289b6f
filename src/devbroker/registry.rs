//! The embedded Schema Registry: the API that clients of Confluent's registry know, for trying out and for tests.
//!
//! Everything is in memory and gone when it stops; what it keeps is bounded. It must know nothing of Kafka or of the gateway: it has
//! schemas, and HTTP. It listens on loopback only, because it asks nobody who they are.
//!
//! Three parts, each of which knows only the next: HTTP (`http`, `route`, `negotiate`, `query`, `body`, `request`, `answer`), what
//! each operation takes and answers (`perform`), and the registry itself (`store`), which is a state machine without time, sockets
//! or JSON. Start with [`start`], or with the store.

mod answer;
mod body;
mod content;
mod http;
mod name;
mod negotiate;
mod perform;
mod query;
mod refusal;
mod request;
mod route;
mod settings;
mod store;
#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How long [`Running::stop`] waits for requests that are being answered.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The cluster that the registry says it belongs to.
const CLUSTER_ID: &str = "barnabas-dev";

/// A running registry; dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    /// Dropping it ends the server as sending does.
    end: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

/// Starts an empty registry on the current runtime; it answers when this returns. Port 0 takes a free one.
///
/// # Errors
/// `InvalidInput` when `listen` is not a loopback address; otherwise what the operating system says about it.
pub async fn start(listen: SocketAddr) -> io::Result<Running> {
    if !listen.ip().is_loopback() {
        let reason = format!("the embedded Schema Registry listens on loopback addresses only, not on {listen}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let listener = TcpListener::bind(listen).await?;
    let addr = listener.local_addr()?;
    let (end, ended) = oneshot::channel::<()>();
    let serving = axum::serve(listener, http::service(CLUSTER_ID)).with_graceful_shutdown(async {
        // An error is a dropped `Running`, which also means the end.
        let _ = ended.await;
    });
    Ok(Running { addr, end, server: tokio::spawn(async move { serving.await }) })
}

impl Running {
    /// Where it listens, with the port that it got.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL that clients are given.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Takes no more connections, finishes what is being answered, at most for a second, and forgets everything.
    ///
    /// # Cancel safety
    /// Dropping the future stops the registry all the same.
    pub async fn stop(self) {
        drop(self.end);
        let server = self.server;
        let ending = server.abort_handle();
        if tokio::time::timeout(STOP_TIMEOUT, server).await.is_err() {
            tracing::debug!("requests to the embedded Schema Registry were still under way: dropped");
            ending.abort();
        }
    }
}
