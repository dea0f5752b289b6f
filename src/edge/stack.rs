//! The whole way of a request through the edge, in one function. Each layer has a file of its own.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{from_fn, from_fn_with_state},
    response::Response,
};
use http::Uri;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic_web::GrpcWebLayer;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::cors::CorsLayer;

use super::{
    Surfaces,
    budget::Budget,
    cors::cors,
    encoding::{packing, unpacking},
    endpoints::{Endpoints, endpoints},
    identify::{Identify, identify},
    limit::{Limits, deadline, limit},
    observe::{GrpcMethod, Observe, observe},
    settings::Settings,
    surface::Surface,
    unread::unread,
};

/// gRPC's status for a method that does not exist.
const UNIMPLEMENTED: &str = "12";

/// Everything that happens to a request between the socket and its surface, from the outside in.
pub(super) fn stack(
    settings: &Settings,
    cors_layer: Option<CorsLayer>,
    own_url: Arc<str>,
    surfaces: Surfaces,
    draining: CancellationToken,
) -> impl Service<http::Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + use<> {
    let budget = Budget::new(settings.buffered_max_bytes);
    let endpoint_state = Endpoints {
        ready: surfaces.ready,
        metrics: surfaces.metrics,
        openapi: surfaces.openapi,
        budget: budget.clone(),
        draining: draining.clone(),
    };
    let identity = Identify {
        uri_max_bytes: settings.uri_max_bytes,
        request_timeout: settings.request_timeout,
        advertised_url: settings.advertised_url.as_deref().map(Arc::from),
        own_url,
    };
    let requests = Arc::new(Semaphore::new(settings.requests_max.min(Semaphore::MAX_PERMITS)));
    let limits = Limits { body_max_bytes: settings.body_max_bytes, budget, requests, draining };
    ServiceBuilder::new()
        .map_request(|request: http::Request<Incoming>| request.map(Body::new))
        // Around everything that may answer before it has read the body.
        .layer(from_fn(unread))
        // Whatever is answered below has an id, a log line and a count. Decides the surface for all the others.
        .layer(from_fn_with_state(Observe { streams: surfaces.streams, access_log: settings.access_log }, observe))
        // Outside of all that answers REST, and inside of what counts the bytes that are sent.
        .layer(from_fn(packing))
        // Before the limits, so that probes and metrics are answered by a gateway that is full.
        .layer(from_fn_with_state(endpoint_state, endpoints))
        // Outside of every refusal, so that a page can read why it was refused.
        .layer(from_fn_with_state(cors_layer, cors))
        // Names the caller and his deadline, which all that follows needs; brings the path into the routers' form.
        .layer(from_fn_with_state(identity, identify))
        // Outside of the limits, for the time in which a body trickles in counts as well.
        .layer(from_fn(deadline))
        // Outside of the limits, which therefore measure unpacked bytes: a small body that unpacks to a large one is refused.
        .layer(from_fn(unpacking))
        // Innermost: nothing is read, and no place taken, for a request that an outer layer refuses.
        .layer(from_fn_with_state(limits, limit))
        .service(part(surfaces.rest, surfaces.grpc))
}

/// Where the surfaces part.
fn part(
    rest: Router,
    grpc: Router,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {
    // Inside of all limits: gRPC-Web is gRPC from here on.
    let grpc = grpc.layer(GrpcWebLayer::new());
    service_fn(move |request: Request| {
        let (rest, grpc) = (rest.clone(), grpc.clone());
        async move {
            match request.extensions().get::<Surface>() {
                Some(surface) if !surface.is_rest() => named(request.uri().clone(), grpc.oneshot(request).await),
                _ => rest.oneshot(request).await,
            }
        }
    })
}

/// A gRPC answer is counted under its method, unless there is no such method: then the path is the client's invention.
fn named(uri: Uri, answer: Result<Response, Infallible>) -> Result<Response, Infallible> {
    answer.map(|mut response| {
        if response.headers().get("grpc-status").is_none_or(|status| status != UNIMPLEMENTED) && response.status().is_success() {
            response.extensions_mut().insert(GrpcMethod(uri.path().trim_start_matches('/').to_owned()));
        }
        response
    })
}
