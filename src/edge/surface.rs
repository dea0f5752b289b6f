//! Which protocol a request speaks, and how the edge refuses in it.
//!
//! [`Surface`] is found once per request and put into its extensions; each layer that refuses asks it for the answer's form.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};

use super::{StreamPredicate, identify::parted};
use crate::error::{Dialect, Error};

/// The protocol of one request, and whether it is a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Surface {
    pub(super) protocol: Protocol,
    /// True if the request or its answer may be endless: no deadline, no size of the whole, no compression.
    pub(super) streams: bool,
}

/// The protocols of the one port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Rest(Dialect),
    Grpc,
    /// gRPC-Web; true for its base64 form (`application/grpc-web-text`).
    GrpcWeb {
        text: bool,
    },
}

impl Surface {
    /// The surface of a request; `streams` knows the methods and paths of endless requests.
    pub(super) fn of(request: &Parts, streams: &StreamPredicate) -> Self {
        let content_type = request.headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
        let protocol = if content_type.starts_with(b"application/grpc-web") {
            Protocol::GrpcWeb { text: content_type.starts_with(b"application/grpc-web-text") }
        } else if content_type.starts_with(b"application/grpc") {
            Protocol::Grpc
        } else {
            Protocol::Rest(dialect(request.uri.path()))
        };
        let (_, path) = parted(request.uri.path());
        Self { protocol, streams: streams(&request.method, path) }
    }

    /// The name in logs and metrics.
    pub(super) fn name(self) -> &'static str {
        match self.protocol {
            Protocol::Rest(_) => "rest",
            Protocol::Grpc => "grpc",
            Protocol::GrpcWeb { .. } => "grpc-web",
        }
    }

    pub(super) fn is_rest(self) -> bool {
        matches!(self.protocol, Protocol::Rest(_))
    }

    /// The answer that reports this error.
    pub(super) fn refuse(self, error: Error) -> Response {
        let content_type = match self.protocol {
            Protocol::Rest(dialect) => {
                return error.to_response(dialect, HeaderValue::from_static(dialect.media_type())).map(Body::from);
            }
            Protocol::Grpc => "application/grpc",
            Protocol::GrpcWeb { text: false } => "application/grpc-web+proto",
            Protocol::GrpcWeb { text: true } => "application/grpc-web-text+proto",
        };
        let mut response = tonic::Status::from(error).into_http::<Body>();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    /// The error as readers of a request's body understand it: tonic looks for a status, REST for the error itself.
    pub(super) fn body_error(self, error: Error) -> axum::BoxError {
        match self.protocol {
            Protocol::Rest(_) => error.into(),
            Protocol::Grpc | Protocol::GrpcWeb { .. } => tonic::Status::from(error).into(),
        }
    }
}

/// v2 lives under four roots; everything else answers in the form of v3.
fn dialect(path: &str) -> Dialect {
    match path.split('/').nth(1) {
        Some("topics" | "consumers" | "brokers") => Dialect::V2,
        Some("") if path == "/" => Dialect::V2,
        _ => Dialect::V3,
    }
}

/// True for the question that a browser asks before it sends a page's request to another origin.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ORIGIN) && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_asked_for_by_the_path_that_routers_get() {
        let streams: StreamPredicate = std::sync::Arc::new(|_, path| path == "/v3/records");
        for path in ["/v3/records", "/v3/records/?a=b", "/kafka/v3/records/"] {
            let parts = http::Request::builder().uri(path).body(()).unwrap().into_parts().0;
            assert!(Surface::of(&parts, &streams).streams, "{path}");
        }
    }

    #[test]
    fn the_dialect_follows_the_first_segment() {
        for (path, v2, why) in [
            ("/", true, "the root is v2's"),
            ("/topics", true, "a v2 root"),
            ("/topics/a%2Fb/partitions", true, "below a v2 root"),
            ("/consumers/g", true, "a v2 root"),
            ("/brokers", true, "a v2 root"),
            ("/topicsx", false, "not the same segment"),
            ("/v3/clusters/topics", false, "v3"),
            ("/nothing", false, "belongs to neither"),
        ] {
            assert_eq!(dialect(path) == Dialect::V2, v2, "{path}: {why}");
        }
    }
}
