//! The edge over real connections, before two stand-ins: a REST router that echoes, and the gRPC health service.

mod bodies;
mod connections;
mod protocols;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use tonic::service::Routes;

use super::{Edge, Settings, Surfaces};
use crate::{
    caller::Caller,
    error::{Code, Error},
};

/// An edge, and the handles of what stands behind it.
struct Bench {
    edge: Edge,
    url: String,
    /// Lets one request to `/wait` end.
    release: Arc<Notify>,
    /// Notified when a request to `/wait` has arrived.
    arrived: Arc<Notify>,
    ready: Arc<AtomicBool>,
}

async fn bench(settings: Settings) -> Bench {
    let (release, arrived) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let ready = Arc::new(AtomicBool::new(true));
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("barnabas", tonic_health::ServingStatus::Serving).await;
    let probe = ready.clone();
    let surfaces = Surfaces {
        rest: rest(release.clone(), arrived.clone()),
        grpc: Routes::new(health).prepare().into_axum_router().route("/slow.Service/Wait", post(std::future::pending::<()>)),
        streams: Arc::new(|_, path| path.ends_with("/records")),
        ready: Arc::new(move || {
            let ready = probe.load(Ordering::Relaxed);
            Box::pin(async move { if ready { Ok(()) } else { Err(Error::new(Code::BrokerNotAvailable, "no broker answers")) } })
        }),
        metrics: Arc::new(|| "a_metric 1\n".to_owned()),
        openapi: openapi().into(),
    };
    let edge = Edge::start("127.0.0.1:0".parse().unwrap(), settings, surfaces).await.unwrap();
    let url = format!("http://{}", edge.addr());
    Bench { edge, url, release, arrived, ready }
}

/// Long enough to be worth packing.
fn openapi() -> String {
    format!(r#"{{"description":"{}"}}"#, "x".repeat(2000))
}

fn rest(release: Arc<Notify>, arrived: Arc<Notify>) -> Router {
    let wait = move || async move {
        arrived.notify_one();
        release.notified().await;
        "released"
    };
    Router::new()
        .route("/topics/echo", post(whole).get(|| async { "echo" }))
        .route("/v3/echo", post(whole))
        .route("/v3/caller", any(caller))
        .route("/v3/large", get(|| async { "x".repeat(100_000) }))
        .route("/v3/ignores-body", post(|| async { "unread" }))
        .route("/v3/wait", any(wait))
        .route("/v3/records", post(stream))
        .route("/v3/first", post(first))
        .fallback(|| async { StatusCode::NOT_FOUND })
}

/// Reads everything, then answers it; a broken body is a client's fault here, as in many a handler.
async fn whole(request: Request) -> Response {
    match request.into_body().collect().await {
        Ok(body) => body.to_bytes().into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Answers each frame as it comes, and an error as a last line.
async fn stream(request: Request) -> Response {
    let frames = futures::stream::unfold(Some(request.into_body()), |body| async move {
        let mut body = body?;
        match body.frame().await? {
            Ok(frame) => Some((Ok::<_, axum::Error>(frame.into_data().unwrap_or_default()), Some(body))),
            Err(e) => Some((Ok(Bytes::from(format!("error: {}", std::error::Error::source(&e).unwrap()))), None)),
        }
    });
    Response::new(Body::from_stream(frames))
}

/// Answers the first frame as a stream, and gives up.
async fn first(request: Request) -> Response {
    let frame = futures::stream::once(async move { request.into_body().frame().await.unwrap().map(|f| f.into_data().unwrap()) });
    Response::new(Body::from_stream(frame))
}

async fn caller(request: Request) -> String {
    let caller = request.extensions().get::<Caller>().unwrap();
    let remaining = caller.deadline.saturating_duration_since(std::time::Instant::now()).as_secs_f64().ceil();
    format!("{} {} {} {remaining}", request.uri(), caller.base_url, caller.request_id)
}

fn small() -> Settings {
    Settings { body_max_bytes: 1000, buffered_max_bytes: 2000, ..Settings::default() }
}

async fn error_of(response: reqwest::Response) -> (u16, String, i64) {
    let (status, content_type) = (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap().to_owned());
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    (status, content_type, body["error_code"].as_i64().unwrap())
}

/// Sends bytes over a connection of its own and returns everything that comes back until its end.
async fn raw(bench: &Bench, sent: &[u8]) -> String {
    let mut socket = TcpStream::connect(bench.edge.addr()).await.unwrap();
    socket.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const PATIENCE: Duration = Duration::from_secs(10);
