//! What the edge answers itself: `/livez`, `/readyz`, `/metrics`, `/openapi.json`. They need no caller, no budget and no Kafka,
//! so that they answer when nothing else does.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, StatusCode, header};
use metrics::gauge;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{budget::Budget, surface::Surface};
use crate::{
    caller::RpcName,
    error::{Code, Error, Result},
};

/// The paths that are answered here.
const ROUTES: [&str; 4] = ["/livez", "/readyz", "/metrics", "/openapi.json"];

/// True for the name of what is answered here: probes would fill the log.
pub(super) fn is_own(route: &str) -> bool {
    ROUTES.contains(&route)
}

/// Asks whether requests can be served: brokers answer.
pub type ReadyProbe = Arc<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;
/// Writes the metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the endpoints tell.
pub(super) struct Endpoints {
    pub(super) ready: ReadyProbe,
    pub(super) metrics: RenderMetrics,
    pub(super) openapi: Bytes,
    pub(super) budget: Arc<Budget>,
    /// Cancelled when the edge stops accepting: from then on it is not ready.
    pub(super) draining: CancellationToken,
}

#[derive(Serialize)]
struct Readiness<'a> {
    ready: bool,
    reason: &'a str,
}

/// The layer: requests for other paths go on.
pub(super) async fn endpoints<F>(endpoints: &Endpoints, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let path = request.uri().path();
    let Some(route) = ROUTES.into_iter().find(|route| *route == path) else {
        return next(request).await;
    };
    let mut response =
        if matches!(*request.method(), Method::GET | Method::HEAD) { endpoints.answer(route).await } else { method_not_allowed(&request) };
    response.extensions_mut().insert(RpcName(route));
    response
}

fn method_not_allowed(request: &Request) -> Response {
    let error = Error::of(Code::MethodNotAllowed);
    let mut response =
        request.extensions().get::<Surface>().map_or_else(|| StatusCode::METHOD_NOT_ALLOWED.into_response(), |s| s.refuse(error));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

impl Endpoints {
    async fn answer(&self, route: &str) -> Response {
        match route {
            "/livez" => with_type("text/plain; charset=utf-8", "ok\n"),
            "/readyz" => self.readiness().await,
            "/metrics" => {
                #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; the budget is far below 2^53")]
                gauge!("barnabas_buffered_bytes").set(self.budget.held() as f64);
                with_type("text/plain; version=0.0.4; charset=utf-8", (self.metrics)())
            }
            _ => with_type("application/json", self.openapi.clone()),
        }
    }

    async fn readiness(&self) -> Response {
        if self.draining.is_cancelled() {
            return readiness(Err(Error::of(Code::ShuttingDown)));
        }
        readiness((self.ready)().await)
    }
}

fn readiness(probe: Result<()>) -> Response {
    let reason = probe.as_ref().map_or_else(|e| e.message().to_owned(), |()| "brokers are reachable".to_owned());
    let body = serde_json::to_vec(&Readiness { ready: probe.is_ok(), reason: &reason }).unwrap_or_default();
    let mut response = with_type("application/json", body);
    if let Err(error) = probe {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().extend(error.retry_after_seconds().map(|seconds| (header::RETRY_AFTER, seconds.into())));
    }
    response
}

fn with_type(content_type: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body.into()).into_response()
}
