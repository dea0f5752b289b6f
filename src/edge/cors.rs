//! CORS, when it is configured: which web pages of other origins may use the gateway.
//!
//! tower-http's layer answers every `OPTIONS` itself; here it sees true preflights only, as REST answers `OPTIONS` with `Allow`.

use axum::{extract::Request, response::Response};
use http::{HeaderName, HeaderValue, Method, header};
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use super::{once::Once, settings::Settings, surface::is_preflight};

/// What pages may read besides the body: how gRPC-Web reports errors, and our own headers.
const EXPOSED: [HeaderName; 6] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
    HeaderName::from_static("x-request-id"),
    header::RETRY_AFTER,
    header::LOCATION,
];

/// The configured layer, or none where no origin is allowed.
///
/// # Errors
/// Text that names the value that is no origin, method or header.
pub(super) fn configured(settings: &Settings) -> Result<Option<CorsLayer>, String> {
    let origins = &settings.cors_allow_origins;
    if origins.is_empty() {
        return Ok(None);
    }
    let origin = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(parsed::<HeaderValue>("edge.cors.allow.origins", origins)?)
    };
    let headers = &settings.cors_allow_headers;
    let headers = if headers.is_empty() {
        AllowHeaders::mirror_request()
    } else {
        AllowHeaders::list(parsed::<HeaderName>("edge.cors.allow.headers", headers)?)
    };
    let methods = AllowMethods::list(parsed::<Method>("edge.cors.allow.methods", &settings.cors_allow_methods)?);
    let layer = CorsLayer::new().allow_origin(origin).allow_methods(methods).allow_headers(headers);
    Ok(Some(layer.expose_headers(EXPOSED).max_age(settings.cors_max_age)))
}

fn parsed<T: std::str::FromStr>(key: &str, texts: &[String]) -> Result<Vec<T>, String> {
    texts.iter().map(|text| text.parse().map_err(|_| format!("{key}: `{text}` cannot be used"))).collect()
}

/// The layer: only requests of pages (with `Origin`) are looked at, and of `OPTIONS` only preflights.
pub(super) async fn cors<F>(configured: Option<&CorsLayer>, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let of_a_page = request.headers().contains_key(header::ORIGIN);
    let other_options = request.method() == Method::OPTIONS && !is_preflight(request.method(), request.headers());
    match configured {
        Some(layer) if of_a_page && !other_options => match layer.layer(Once::new(next)).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        _ => next(request).await,
    }
}
