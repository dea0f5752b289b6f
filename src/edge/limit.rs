//! How much a request may bring and how long it may take. Refusals are made before anything is read where that is possible.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, header};
use http_body::Body as _;
use tokio::{sync::Semaphore, time::timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    body::{COME_BACK, Held, Meter, Metered, Refusal, no_room},
    budget::{Budget, Share},
    surface::Surface,
};
use crate::{
    caller::Caller,
    error::{Code, Error},
};

/// How long after the deadline the edge waits for the service's own answer, which knows more than that the time is over.
const GRACE: Duration = Duration::from_millis(500);

/// What requests are held against.
pub(super) struct Limits {
    pub(super) body_max_bytes: u64,
    pub(super) budget: Arc<Budget>,
    pub(super) requests: Arc<Semaphore>,
    /// Cancelled when the edge stops: streams end then.
    pub(super) draining: CancellationToken,
}

/// The layer that bounds how many requests are under way and how many bytes they bring.
pub(super) async fn limit<F>(limits: &Limits, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let Some(surface) = request.extensions().get::<Surface>().copied() else {
        return next(request).await;
    };
    let Ok(permit) = limits.requests.clone().try_acquire_owned() else {
        let error = Error::new(Code::Overloaded, "The gateway has as many requests under way as it may. Try again later.");
        return surface.refuse(error.with_retry_after(COME_BACK));
    };
    let (response, share) = if request.body().is_end_stream() {
        (next(request).await, None)
    } else if surface.streams {
        let meter = Meter::Stream { budget: limits.budget.clone(), drain: Box::pin(limits.draining.clone().cancelled_owned()) };
        (next(request.map(|body| Body::new(Metered::new(body, surface, meter)))).await, None)
    } else {
        limits.whole(surface, request, next).await
    };
    // Place and share go with the answer.
    response.map(|body| Body::new(Held::new(body, (permit, share))))
}

impl Limits {
    /// A request whose body is kept until it is answered; hence the share of the budget that comes with the answer.
    async fn whole<F>(&self, surface: Surface, request: Request, next: impl FnOnce(Request) -> F) -> (Response, Option<Arc<Share>>)
    where
        F: Future<Output = Response> + Send,
    {
        let announced = content_length(request.headers());
        if announced > self.body_max_bytes {
            return (surface.refuse(Error::of(Code::BodyTooLarge)), None);
        }
        let Some(share) = self.budget.share(announced).map(Arc::new) else {
            return (surface.refuse(no_room()), None);
        };
        let refusal: Refusal = Arc::new(OnceLock::new());
        let meter = Meter::Whole { limit: self.body_max_bytes, announced, share: share.clone(), refusal: refusal.clone() };
        let response = next(request.map(|body| Body::new(Metered::new(body, surface, meter)))).await;
        (refusal.get().map_or(response, |error| surface.refuse(error.clone())), Some(share))
    }
}

/// Without a length nothing is known before it is read. hyper has refused lengths that are none.
fn content_length(headers: &HeaderMap) -> u64 {
    headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The layer that ends what runs over its deadline. Dropping the request loses nothing that was acknowledged.
pub(super) async fn deadline<F>(request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let surface = request.extensions().get::<Surface>().copied().filter(|surface| !surface.streams);
    let deadline = request.extensions().get::<Caller>().and_then(|caller| caller.deadline.checked_add(GRACE));
    let (Some(surface), Some(deadline)) = (surface, deadline) else {
        return next(request).await;
    };
    timeout_at(deadline.into(), next(request)).await.unwrap_or_else(|_| surface.refuse(Error::of(Code::DeadlineExceeded)))
}
