//! HTTP around the store: reads requests within limits, finds their path and media types, and writes answers.
//!
//! Must not know what an operation means. Start with [`service`].

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{
    answer::{Answer, RefusalAnswer},
    negotiate,
    perform::{Call, perform},
    query::Query,
    refusal::Refusal,
    route::Route,
    store::Store,
};

/// How many bytes a body may have: several times the largest schema, with its references and metadata.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How many requests hold a body at a time; others wait. They share one lock anyway.
const MAX_REQUESTS: usize = 32;
/// How long a body may take: whoever is slower holds the others up.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// What is told if the registry itself is at fault.
const DEFECT: &str = r#"{"error_code":50001,"message":"Error while handling the request; the log of the registry tells more"}"#;

/// What all requests share.
pub(super) struct Shared {
    store: Mutex<Store>,
    requests: Semaphore,
    cluster_id: &'static str,
}

/// All paths of the registry, over an empty store.
pub(super) fn service(cluster_id: &'static str) -> Router {
    let shared = Shared { store: Mutex::default(), requests: Semaphore::new(MAX_REQUESTS), cluster_id };
    Router::new().fallback(handle).with_state(Arc::new(shared))
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    // Never closed, so that this only waits.
    let _turn = shared.requests.acquire().await;
    let (head, body) = request.into_parts();
    let (route, content_type) = match agree(head.method.as_str(), &head.uri, &head.headers) {
        Ok(agreed) => agreed,
        Err((refusal, content_type)) => return written(Err(refusal), content_type),
    };
    let body = match body_of(body).await {
        Ok(body) => body,
        Err(refusal) => return written(Err(refusal), content_type),
    };
    let performing = shared.clone();
    // Reading a schema can take as long as a large one is; the runtime's threads have other requests.
    let performed = tokio::task::spawn_blocking(move || {
        let query = Query::of(&head.uri)?;
        let call = Call { route, query, body: &body, cluster_id: performing.cluster_id };
        perform(&mut performing.store.lock(), &call)
    });
    match performed.await {
        Ok(answer) => written(answer, content_type),
        Err(defect) => {
            tracing::error!(%defect, "the embedded registry could not answer");
            reply(StatusCode::INTERNAL_SERVER_ERROR, content_type, DEFECT.into())
        }
    }
}

/// Finds the path and the media types. A refusal comes with the type that its answer has.
fn agree(method: &str, uri: &Uri, headers: &HeaderMap) -> Result<(Route, &'static str), (Refusal, &'static str)> {
    let without_type = |refusal| (refusal, negotiate::ANY);
    let route = Route::find(method, uri.path()).map_err(without_type)?;
    let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let content_type = negotiate::answer_type(&accept).map_err(without_type)?;
    if matches!(method, "POST" | "PUT") {
        // A type that is no text is none that is read.
        let body_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        negotiate::check_body_type(body_type).map_err(|refusal| (refusal, content_type))?;
    }
    Ok((route, content_type))
}

async fn body_of(body: Body) -> Result<Bytes, Refusal> {
    let read = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await.map_err(|_| Refusal::Slow)?;
    read.map_err(|_| Refusal::TooLong(MAX_BODY_BYTES))
}

fn written(answer: Result<Answer, Refusal>, content_type: &'static str) -> Response {
    let refusal = match answer {
        Ok(Answer::Json(json)) => return reply(StatusCode::OK, content_type, json.into()),
        Ok(Answer::Text(text)) => return reply(StatusCode::OK, content_type, text.to_string().into()),
        Err(refusal) => refusal,
    };
    let code = refusal.code();
    // Codes of five digits begin with the status.
    let status = u16::try_from(if code < 1_000 { code } else { code / 100 });
    let status = status.ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let answer = RefusalAnswer { code, message: refusal.to_string() };
    let body = serde_json::to_vec(&answer).unwrap_or_else(|_| DEFECT.into());
    let mut reply = reply(status, content_type, body.into());
    if let Refusal::Method(allowed) = &refusal
        && let Ok(allowed) = HeaderValue::from_str(allowed)
    {
        reply.headers_mut().insert(header::ALLOW, allowed);
    }
    reply
}

fn reply(status: StatusCode, content_type: &'static str, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
