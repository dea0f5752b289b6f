//! Accepts connections and serves HTTP/1.1 and HTTP/2 on each until told to stop.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use metrics::gauge;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};

use super::{
    observe::Peer,
    settings::Settings,
    socket::{Patience, Socket},
};

/// The pause after the system could not hand out a connection, most likely for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often an HTTP/2 connection is asked whether its peer is still there, and how long the answer may take.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest head of an HTTP/2 request, in bytes. HTTP/1.1 has hyper's own limit.
const HEADERS_MAX_BYTES: u32 = 64 * 1024;

/// When to stop.
#[derive(Clone, Default)]
pub(super) struct Signals {
    /// Stop accepting, finish what is under way.
    pub(super) drain: CancellationToken,
    /// Drop what is still under way.
    pub(super) abort: CancellationToken,
}

/// Accepts until `signals.drain`, and returns when every connection has ended.
pub(super) async fn accept<S>(listener: TcpListener, settings: &Settings, service: S, signals: Signals)
where
    S: Service<http::Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    let server = server(settings);
    let patience = Patience { first_byte: settings.first_byte_timeout, idle: settings.idle_timeout };
    let places = Arc::new(Semaphore::new(settings.connections_max.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let connections = TaskTracker::new();
    while let Some((stream, place)) = next(&listener, &places, &signals.drain).await {
        // Peers are marked so that the log can name them.
        let peer = stream.peer_addr().ok();
        let service = service.clone().map_request(move |mut request: http::Request<Incoming>| {
            if let Some(peer) = peer {
                request.extensions_mut().insert(Peer(peer));
            }
            request
        });
        // Small answers must not wait for the peer's acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let socket = Socket::new(stream, patience);
        connections.spawn(connection(server.clone(), socket, service, graceful.watcher(), signals.abort.clone(), place));
    }
    // From here on the system refuses connections.
    drop(listener);
    graceful.shutdown().await;
    connections.close();
    connections.wait().await;
}

fn server(settings: &Settings) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    // hyper panics on a timeout without a timer.
    server.http1().timer(TokioTimer::new()).header_read_timeout(settings.header_timeout);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_header_list_size(HEADERS_MAX_BYTES);
    server
}

/// The next connection and its place among those that may be open; none when it is time to stop.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>, drain: &CancellationToken) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accepted = async {
        // The place first: a connection beyond the limit waits in the system's backlog.
        let place = places.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, place)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    drain.run_until_cancelled(accepted).await.flatten()
}

async fn connection<S>(
    server: auto::Builder<TokioExecutor>,
    socket: Socket,
    service: S,
    watcher: Watcher,
    abort: CancellationToken,
    _place: OwnedSemaphorePermit,
) where
    S: Service<http::Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    let open = gauge!("barnabas_connections_open");
    open.increment(1);
    let serving = watcher.watch(server.serve_connection(TokioIo::new(socket), TowerToHyperService::new(service)).into_owned());
    if let Some(Err(error)) = abort.run_until_cancelled(serving).await {
        // Mostly clients that went away: nothing to do about it, and nothing that an operator has to see.
        tracing::debug!(%error, "connection ended");
    }
    open.decrement(1);
}
