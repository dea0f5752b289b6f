//! What the edge answers itself: `/livez`, `/readyz`, `/metrics`, `/openapi.json` and the pages below `/docs`. They need no caller, no
//! budget and no Kafka, so that they answer when nothing else does.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use metrics::gauge;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    budget::Budget,
    docs::{self, Docs},
    identify::EMBEDDED_PREFIX,
    surface::Surface,
    unchanged::Tag,
};
use crate::{
    caller::RpcName,
    error::{Code, Error, Result},
};

/// The description of the API.
const OPENAPI: &str = "/openapi.json";

/// The paths that are answered here; below the last one there is more.
const ROUTES: [&str; 5] = ["/livez", "/readyz", "/metrics", OPENAPI, docs::ROUTE];

/// True for the name of what is answered here: probes would fill the log.
pub(super) fn is_own(route: &str) -> bool {
    ROUTES.contains(&route)
}

/// The route of a path, and what follows it. The description of the API is also where the API itself is, below the embedded prefix.
fn routed(path: &str) -> Option<(&'static str, &str)> {
    let described = path.strip_prefix(EMBEDDED_PREFIX).filter(|rest| rest.starts_with(OPENAPI) || rest.starts_with(docs::ROUTE));
    let path = described.unwrap_or(path);
    let follows = |route| path.strip_prefix(route).filter(|rest| rest.is_empty() || (route == docs::ROUTE && rest.starts_with('/')));
    ROUTES.into_iter().find_map(|route| Some((route, follows(route)?)))
}

/// Asks whether requests can be served: brokers answer.
pub type ReadyProbe = Arc<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;
/// Writes the metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the endpoints tell.
pub(super) struct Endpoints {
    pub(super) docs: Docs,
    pub(super) ready: ReadyProbe,
    pub(super) metrics: RenderMetrics,
    pub(super) openapi: Bytes,
    pub(super) openapi_tag: Tag,
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
    let Some((route, rest)) = routed(request.uri().path()) else {
        return next(request).await;
    };
    let mut response = match *request.method() {
        Method::GET | Method::HEAD if route == docs::ROUTE => {
            endpoints.docs.answer(rest, request.headers()).unwrap_or_else(|error| refusal(&request, error))
        }
        Method::GET | Method::HEAD => endpoints.answer(route, request.headers()).await,
        _ => method_not_allowed(&request),
    };
    response.extensions_mut().insert(RpcName(route));
    response
}

fn method_not_allowed(request: &Request) -> Response {
    let mut response = refusal(request, Error::of(Code::MethodNotAllowed));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn refusal(request: &Request, error: Error) -> Response {
    // Without a surface the layer that finds it was left out, which the tests of the stack would show.
    request.extensions().get::<Surface>().map_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |s| s.refuse(error))
}

impl Endpoints {
    async fn answer(&self, route: &str, headers: &HeaderMap) -> Response {
        match route {
            "/livez" => with_type("text/plain; charset=utf-8", "ok\n"),
            "/readyz" => self.readiness().await,
            "/metrics" => {
                #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; the budget is far below 2^53")]
                gauge!("barnabas_buffered_bytes").set(self.budget.held() as f64);
                with_type("text/plain; version=0.0.4; charset=utf-8", (self.metrics)())
            }
            _ => self.description(headers),
        }
    }

    fn description(&self, headers: &HeaderMap) -> Response {
        let mut response = if self.openapi_tag.is_known(headers) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            with_type("application/json", self.openapi.clone())
        };
        self.openapi_tag.put(response.headers_mut());
        response
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
