//! What becomes of an HTTP/1.1 connection when a request is answered before its body was read to the end: a refusal, mostly.
//!
//! The rest of the body stands between the answer and the next request, so RFC 9112 (9.3, 9.6) leaves two ways: read it, or
//! close after the answer and say so in it. A short rest is read and thrown away, and a pooled connection survives the refusal.
//! Before a long one the answer says `Connection: close`: to take in a gigabyte would be to lose what the refusal was for.
//! The head of a stream's answer cannot say it, for it is gone when the stream's reader gives up: a short rest is read before the
//! answer's end, so that the client does not send its next request into a connection that is being closed.
//! HTTP/2 ends the one stream, and needs none of this.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderValue, Version, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::time::timeout;

/// The longest rest that is read, in bytes.
const REST_MAX_BYTES: u64 = 64 * 1024;
/// How long the answer waits for the rest. Most of it is there already: it was sent together with the head.
const REST_WITHIN: Duration = Duration::from_millis(100);

/// The layer: looks after an answer whether its request's body was given up before its end.
pub(super) async fn unread<F>(request: http::Request<Incoming>, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    if request.version() > Version::HTTP_11 || request.body().is_end_stream() {
        return next(request.map(Body::new)).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let given_up = GivenUp::default();
    let lend = |body| Body::new(Lent { body: Some(body), given_up: given_up.clone() });
    let mut response = next(request.map(lend)).await;
    // Asked first: what is given up in between is found by one of the two.
    let is_lent = Arc::strong_count(&given_up) > 1;
    let rest = given_up.lock().take();
    if let Some(rest) = rest {
        // A client that waits for `100 Continue` would be told to send what nobody wants.
        let is_gone = !waits && matches!(timeout(REST_WITHIN, drain(rest)).await, Ok(true));
        if !is_gone {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    } else if is_lent && !response.body().is_end_stream() {
        return response.map(|body| Body::new(Answer { body: Some(body), given_up, draining: None }));
    }
    response
}

/// Throws the rest of a body away; true if it came to its end within the limit.
async fn drain(mut rest: Incoming) -> bool {
    let mut left = REST_MAX_BYTES;
    if rest.size_hint().lower() > left {
        return false;
    }
    while let Some(frame) = rest.frame().await {
        let Ok(frame) = frame else { return false };
        let size = frame.data_ref().map_or(0, |data| data.len() as u64);
        match left.checked_sub(size) {
            Some(less) => left = less,
            None => return false,
        }
    }
    true
}

/// A request's body that comes back when its reader gives it up before the end. A reader that goes on behind the answer's head,
/// as one of a stream does, keeps it.
struct Lent {
    /// None behind its end.
    body: Option<Incoming>,
    given_up: GivenUp,
}

/// Where a reader leaves what it does not read.
type GivenUp = Arc<Mutex<Option<Incoming>>>;

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *self.given_up.lock() = Some(body);
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            // After an error there is no connection to save.
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

/// The answer of a reader that goes on behind the head. Ends when the rest that the reader gave up is thrown away.
struct Answer {
    /// None behind its end.
    body: Option<Body>,
    given_up: GivenUp,
    draining: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(body) = &mut self.body {
            let frame = ready!(Pin::new(body).poll_frame(cx));
            if frame.is_some() {
                return Poll::Ready(frame);
            }
            // The reader may be a part of what it answers, and gives up now.
            self.body = None;
            let rest = self.given_up.lock().take();
            // Whether it comes to its end in time or not: this was all that can be done for the connection.
            self.draining = rest.map(|rest| Box::pin(async { drop(timeout(REST_WITHIN, drain(rest)).await) }) as _);
        }
        if let Some(draining) = &mut self.draining {
            ready!(draining.as_mut().poll(cx));
            self.draining = None;
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none() && self.draining.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}
