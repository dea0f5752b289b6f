//! Answers: bodies of JSON with their headers, and errors in the form of the API that the path belongs to.

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};

use crate::error::{Code, Dialect, Error};

/// The media type of API v3, and of errors that belong to no method.
pub(super) const JSON: &str = Dialect::V3.media_type();
/// The general media type of API v2.
pub(super) const V2_JSON: &str = Dialect::V2.media_type();

/// A body of this type.
pub(super) fn json(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// No body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An error, in this type.
pub(super) fn error(error: &Error, dialect: Dialect, content_type: HeaderValue) -> Response {
    error.to_response(dialect, content_type).map(Body::from)
}

/// What a path that nothing is under answers.
pub(super) async fn not_found() -> Response {
    error(&Error::of(Code::NotFound), Dialect::V3, HeaderValue::from_static(JSON))
}

/// What a path answers that has other methods. The router adds `Allow`.
pub(super) async fn method_not_allowed() -> Response {
    error(&Error::of(Code::MethodNotAllowed), Dialect::V3, HeaderValue::from_static(JSON))
}

/// The methods of a path, in the header and as text.
pub(super) fn options(allow: &'static str) -> Response {
    let mut response = json(StatusCode::OK, HeaderValue::from_static("text/plain"), Bytes::from_static(allow.as_bytes()));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}
