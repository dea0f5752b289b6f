//! Bodies under limits: [`Metered`] counts what a request sends, [`Held`] keeps a request's share of the budget until its answer is out.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{BoxError, body::Body};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    budget::{Budget, Share},
    surface::Surface,
};
use crate::error::{Code, Error};

/// When a client whose bytes found no room should come back.
pub(super) const COME_BACK: Duration = Duration::from_secs(1);

/// Why the edge stopped reading a body. The answer is replaced by this, whatever the reader made of the broken body.
pub(super) type Refusal = Arc<OnceLock<Error>>;

/// What the bytes of a body are counted against.
pub(super) enum Meter {
    /// A body that is kept until it is answered: at most `limit` bytes; `share` grows beyond what was announced.
    Whole { limit: u64, announced: u64, share: Arc<Share>, refusal: Refusal },
    /// A stream of any length: each frame counts as long as somebody holds a part of it. Ends with an error when the gateway drains.
    Stream { budget: Arc<Budget>, drain: Pin<Box<WaitForCancellationFutureOwned>> },
}

pin_project! {
    /// A request's body that ends with an error where a limit is passed.
    pub(super) struct Metered {
        #[pin]
        inner: Body,
        surface: Surface,
        seen: u64,
        meter: Meter,
    }
}

impl Metered {
    pub(super) fn new(inner: Body, surface: Surface, meter: Meter) -> Self {
        Self { inner, surface, seen: 0, meter }
    }
}

/// A frame of a stream together with its share: both go when the last slice of the frame goes.
struct HeldFrame {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for HeldFrame {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The refusal for want of room.
pub(super) fn no_room() -> Error {
    Error::new(Code::Overloaded, "The gateway holds as many bytes of requests as it may. Try again later.").with_retry_after(COME_BACK)
}

impl Meter {
    /// Counts `data`, the bytes of the body up to `seen`, and hands on what the reader gets.
    fn pass(&self, data: Bytes, seen: u64) -> Result<Bytes, Error> {
        let size = data.len() as u64;
        match self {
            Self::Whole { limit, .. } if seen > *limit => Err(Error::of(Code::BodyTooLarge)),
            Self::Whole { announced, share, .. } => {
                let beyond = seen.saturating_sub(*announced).min(size);
                if beyond == 0 || share.grow(beyond) { Ok(data) } else { Err(no_room()) }
            }
            Self::Stream { budget, .. } => {
                let share = budget.share(size).ok_or_else(no_room)?;
                Ok(Bytes::from_owner(HeldFrame { bytes: data, _share: share }))
            }
        }
    }
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        if let Meter::Stream { drain, .. } = this.meter
            && drain.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Some(Err(this.surface.body_error(Error::of(Code::ShuttingDown)))));
        }
        let data = match ready!(this.inner.poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(e)) => return Poll::Ready(Some(Err(e.into()))),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            },
        };
        *this.seen = this.seen.saturating_add(data.len() as u64);
        Poll::Ready(Some(this.meter.pass(data, *this.seen).map(Frame::data).map_err(|error| {
            if let Meter::Whole { refusal, .. } = this.meter {
                // The first reason stands; there is no second, as readers stop at an error.
                let _ = refusal.set(error.clone());
            }
            this.surface.body_error(error)
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

pin_project! {
    /// An answer's body that holds something (a share, a permit) until it has been sent or given up.
    pub(super) struct Held<T> {
        #[pin]
        inner: Body,
        _held: T,
    }
}

impl<T> Held<T> {
    pub(super) fn new(inner: Body, held: T) -> Self {
        Self { inner, _held: held }
    }
}

impl<T> HttpBody for Held<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.project().inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
