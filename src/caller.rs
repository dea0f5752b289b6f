//! Who asks, until when, and under which address: what every layer may know of a request.
//!
//! The edge makes one [`Caller`] per request and puts it into the request's extensions; tonic hands extensions on, so a
//! service finds the same value whichever surface the request came by. The Kafka layer hands out its clients *by* the caller's
//! [`Principal`]. Until authentication comes there is one principal, the anonymous one.

use std::{fmt, sync::Arc, time::Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// On whose behalf Kafka is spoken to. Decides which of the Kafka layer's clients serve the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Principal {
    /// Nobody in particular: the gateway's own credentials are used.
    #[default]
    Anonymous,
}

/// The scheme, authority and path prefix under which the client reached the gateway: `http://host:8082` or
/// `http://host:8082/kafka`. Links in answers begin with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Arc<str>);

impl BaseUrl {
    /// From its text, without a slash at the end.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands for itself in a segment of a path: the unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as one segment of a URL's path, for links.
pub fn segment(name: &str) -> PercentEncode<'_> {
    utf8_percent_encode(name, SEGMENT)
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The HTTP status that a service chooses itself, in the extensions of its answer: REST sends it in place of the method's own.
/// The other surfaces do not look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpStatus(pub u16);

/// `package.Service/Method` of the RPC that answered, in the extensions of the HTTP response, for logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RpcName(pub &'static str);

/// One request's circumstances. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Caller {
    /// On whose behalf.
    pub principal: Principal,
    /// `x-request-id` of the request, the client's own or one made at the edge.
    pub request_id: Arc<str>,
    /// When the answer is of no use any more: the client's `grpc-timeout`, at most the gateway's own limit.
    pub deadline: Instant,
    /// Where the client sees the gateway.
    pub base_url: BaseUrl,
}

impl Caller {
    /// The caller whom the edge put into the request's extensions.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::error::Code::Internal) if there is none: the service was not reached through the edge.
    pub fn of<T>(request: &tonic::Request<T>) -> crate::error::Result<Self> {
        request.extensions().get().cloned().ok_or_else(|| crate::error::Error::internal("the request has no caller"))
    }
}
