//! The rest of a request's way as a tower service, for the layers that tower-http makes.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::{extract::Request, response::Response};
use futures::{FutureExt, future::Either};
use http::StatusCode;
use tower::Service;

/// A service that is called once, with the one request that it was made for.
pub(super) struct Once<N>(Option<N>);

impl<N> Once<N> {
    pub(super) fn new(next: N) -> Self {
        Self(Some(next))
    }
}

impl<N, F> Service<Request> for Once<N>
where
    N: FnOnce(Request) -> F,
    F: Future<Output = Response> + Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future =
        Either<futures::future::Map<F, fn(Response) -> Result<Response, Infallible>>, std::future::Ready<Result<Response, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.0.take() {
            Some(next) => Either::Left(next(request).map(Ok)),
            // No layer of ours asks twice.
            None => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                Either::Right(std::future::ready(Ok(response)))
            }
        }
    }
}
