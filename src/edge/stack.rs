//! The whole way of a request through the edge, in two functions. Each layer has a file of its own.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, extract::Request, response::Response};
use http::Uri;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic_web::GrpcWebLayer;
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

use super::{
    Surfaces,
    budget::Budget,
    cors::cors,
    docs::Docs,
    encoding::{packing, unpacking},
    endpoints::{Endpoints, endpoints},
    identify::{Identify, identify},
    limit::{Limits, deadline, limit},
    observe::{GrpcMethod, Observe, observe},
    settings::Settings,
    surface::Surface,
    unchanged::Tag,
    unread::unread,
};

/// gRPC's status for a method that does not exist.
const UNIMPLEMENTED: &str = "12";

/// What the layers know, and the surfaces behind them. Shared by all requests.
pub(super) struct Stack {
    observe: Observe,
    endpoints: Endpoints,
    cors: Option<CorsLayer>,
    identify: Identify,
    limits: Limits,
    rest: Router,
    grpc: Router,
}

impl Stack {
    pub(super) fn new(
        settings: &Settings,
        cors: Option<CorsLayer>,
        own_url: Arc<str>,
        surfaces: Surfaces,
        draining: CancellationToken,
    ) -> Arc<Self> {
        let budget = Budget::new(settings.buffered_max_bytes);
        let requests = Arc::new(Semaphore::new(settings.requests_max.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self {
            observe: Observe::new(surfaces.streams, settings.access_log),
            endpoints: Endpoints {
                docs: Docs::new(),
                ready: surfaces.ready,
                metrics: surfaces.metrics,
                openapi_tag: Tag::of(&surfaces.openapi),
                openapi: surfaces.openapi,
                budget: budget.clone(),
                draining: draining.clone(),
            },
            cors,
            identify: Identify {
                uri_max_bytes: settings.uri_max_bytes,
                request_timeout: settings.request_timeout,
                advertised_url: settings.advertised_url.as_deref().map(Arc::from),
                own_url,
            },
            limits: Limits { body_max_bytes: settings.body_max_bytes, budget, requests, draining },
            rest: surfaces.rest,
            // Inside of all limits: gRPC-Web is gRPC from here on.
            grpc: surfaces.grpc.layer(GrpcWebLayer::new()),
        })
    }

    /// Everything that happens to a request between the socket and its surface, from the outside in. Each layer is a function that
    /// gets the rest of the way as its last argument: one future for the whole way, and nothing of it on the heap.
    pub(super) async fn serve(self: Arc<Self>, request: http::Request<Incoming>) -> Response {
        let this = &*self;
        // Around everything that may answer before it has read the body.
        unread(request, |request| {
            // Whatever is answered below has an id, a log line and a count. Decides the surface for all the others.
            observe(&this.observe, request, |request| {
                // Around all that answers, and inside of what counts the bytes that are sent.
                packing(request, |request| {
                    // Before the limits, so that probes and metrics are answered by a gateway that is full.
                    endpoints(&this.endpoints, request, |request| {
                        // Outside of every refusal, so that a page can read why it was refused.
                        cors(this.cors.as_ref(), request, |request| this.operation(request))
                    })
                })
            })
        })
        .await
    }

    /// The way of a request that is for one of the surfaces.
    async fn operation(&self, request: Request) -> Response {
        // Names the caller and his deadline, which all that follows needs; brings the path into the routers' form.
        identify(&self.identify, request, |request| {
            // Outside of the limits, for the time in which a body trickles in counts as well.
            deadline(request, |request| {
                // Outside of the limits, which therefore measure unpacked bytes: a small body that unpacks to a large one is refused.
                unpacking(request, |request| {
                    // Innermost: nothing is read, and no place taken, for a request that an outer layer refuses.
                    limit(&self.limits, request, |request| self.part(request))
                })
            })
        })
        .await
    }

    /// Where the surfaces part.
    async fn part(&self, request: Request) -> Response {
        match request.extensions().get::<Surface>() {
            Some(surface) if !surface.is_rest() => {
                let uri = request.uri().clone();
                named(&uri, answer(self.grpc.clone().oneshot(request).await))
            }
            _ => answer(self.rest.clone().oneshot(request).await),
        }
    }
}

/// The answer of a service that cannot fail.
fn answer(result: Result<Response, Infallible>) -> Response {
    match result {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// A gRPC answer is counted under its method, unless there is no such method: then the path is the client's invention.
fn named(uri: &Uri, mut response: Response) -> Response {
    if response.headers().get("grpc-status").is_none_or(|status| status != UNIMPLEMENTED) && response.status().is_success() {
        response.extensions_mut().insert(GrpcMethod(uri.path().trim_start_matches('/').to_owned()));
    }
    response
}
