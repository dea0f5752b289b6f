//! A REST request's whole way: negotiate, bind, call the service, answer.
//!
//! [`unary`] serves every method with one request and one answer, [`duplex`] every method that streams. All that differs from
//! method to method stands in its generated [`Route`].

use std::{error::Error as _, future::Future};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use http::{HeaderMap, HeaderValue, StatusCode, header::EXPECT, request};
use http_body_util::BodyExt;
use tonic::metadata::MetadataMap;

use super::{
    accept,
    bind::Bound,
    json::{FromJson, Links, ToJson, Writer},
    records::Records,
    reply,
};
use crate::{
    caller::{Caller, HttpStatus, RpcName},
    error::{Code, Dialect, Error},
};

/// One verb and path of a method. Generated.
pub struct Route<I: 'static, O: 'static> {
    /// `package.Service/Method`.
    pub rpc: &'static str,
    /// Which form of errors.
    pub dialect: Dialect,
    /// The status of success.
    pub success: u16,
    /// The media types that the body may have.
    pub consumes: &'static [&'static str],
    /// True if a Content-Type that is none of them is refused even without a body.
    pub checks_type: bool,
    /// True if a missing Content-Type is refused.
    pub requires_type: bool,
    /// The media types of the answer.
    pub produces: &'static [&'static str],
    /// True if the message takes something from the body.
    pub has_body: bool,
    /// True if the answer is a status and headers only.
    pub no_body: bool,
    /// Makes the message.
    pub bind: fn(&Bound) -> Result<I, Error>,
    /// Writes the answer's body.
    pub answer: fn(&O, &mut Writer<'_>),
    /// Writes the link for `Location`, as a JSON string.
    pub location: Option<fn(&O, &mut Writer<'_>)>,
}

/// Serves a method with one request and one answer.
pub async fn unary<I, O, F>(route: &'static Route<I, O>, request: Request, call: impl FnOnce(tonic::Request<I>) -> F) -> Response
where
    F: Future<Output = Result<tonic::Response<O>, tonic::Status>>,
{
    let (mut parts, body) = request.into_parts();
    let response = match negotiate(route, &parts.headers) {
        Err(disagreement) => disagreement.answer(route.dialect),
        Ok(agreed) => match answer(route, &mut parts, body, &agreed, call).await {
            Ok(response) => response,
            Err(e) => reply::error(&e, route.dialect, agreed.content_type),
        },
    };
    named(route.rpc, response)
}

/// Serves a method that streams in both directions: JSON values one after another, each answer closed by CR LF.
pub async fn duplex<I, O, F>(
    route: &'static Route<I, O>,
    request: Request,
    call: impl FnOnce(tonic::Request<BoxStream<'static, Vec<Result<I, Error>>>>) -> F,
) -> Response
where
    I: FromJson + Send + 'static,
    O: ToJson + Send + 'static,
    F: Future<Output = Result<tonic::Response<BoxStream<'static, Vec<O>>>, tonic::Status>>,
{
    let (mut parts, body) = request.into_parts();
    let response = match negotiate(route, &parts.headers) {
        Err(disagreement) => disagreement.answer(route.dialect),
        Ok(agreed) => match answers(route, &mut parts, body, &agreed, call).await {
            Ok(response) => response,
            Err(e) => reply::error(&e, route.dialect, agreed.content_type),
        },
    };
    named(route.rpc, response)
}

/// What request and method agree on.
struct Agreed {
    consumed: usize,
    produced: usize,
    content_type: HeaderValue,
}

/// Why they do not agree, and the media type in which to say so.
struct Disagreement(Code, HeaderValue);

impl Disagreement {
    fn answer(self, dialect: Dialect) -> Response {
        reply::error(&Error::of(self.0), dialect, self.1)
    }
}

/// Content-Type first, then Accept, as the documented API checks them.
fn negotiate<I, O>(route: &Route<I, O>, headers: &HeaderMap) -> Result<Agreed, Disagreement> {
    let typed = headers.contains_key(http::header::CONTENT_TYPE);
    let consumed = if route.has_body || route.checks_type { accept::consumed(headers, route.consumes) } else { Some(0) };
    let Some(consumed) = consumed.filter(|_| typed || !route.requires_type) else {
        return Err(Disagreement(Code::UnsupportedMediaType, accept::general(headers)));
    };
    let Some((produced, content_type)) = accept::produced(headers, route.produces) else {
        return Err(Disagreement(Code::NotAcceptable, HeaderValue::from_static(reply::JSON)));
    };
    Ok(Agreed { consumed, produced, content_type })
}

async fn answer<I, O, F>(
    route: &Route<I, O>,
    parts: &mut request::Parts,
    body: Body,
    agreed: &Agreed,
    call: impl FnOnce(tonic::Request<I>) -> F,
) -> Result<Response, Error>
where
    F: Future<Output = Result<tonic::Response<O>, tonic::Status>>,
{
    let mut bound = bound(parts, agreed).await?;
    if route.has_body {
        bound.set_body(collect(body).await?);
    }
    let message = (route.bind)(&bound)?;
    let caller = caller(parts)?;
    let uri = parts.uri.clone();
    let (_, answer, extensions) = call(grpc(parts, message)).await?.into_parts();
    let links = Links { base: caller.base_url.as_str(), path: uri.path(), query: uri.query().unwrap_or_default() };
    let status = extensions.get::<HttpStatus>().map_or(route.success, |s| s.0);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = if route.no_body || status == StatusCode::NO_CONTENT {
        reply::empty(status)
    } else {
        let mut w = Writer::new(links, 512);
        (route.answer)(&answer, &mut w);
        reply::json(status, agreed.content_type.clone(), w.into_bytes())
    };
    if let Some(location) = route.location {
        let mut w = Writer::new(links, 128);
        location(&answer, &mut w);
        let quoted = w.into_bytes();
        let link = quoted.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(&quoted);
        if let Ok(link) = HeaderValue::from_bytes(link) {
            response.headers_mut().insert(http::header::LOCATION, link);
        }
    }
    Ok(response)
}

async fn answers<I, O, F>(
    route: &'static Route<I, O>,
    parts: &mut request::Parts,
    body: Body,
    agreed: &Agreed,
    call: impl FnOnce(tonic::Request<BoxStream<'static, Vec<Result<I, Error>>>>) -> F,
) -> Result<Response, Error>
where
    I: FromJson + Send + 'static,
    O: ToJson + Send + 'static,
    F: Future<Output = Result<tonic::Response<BoxStream<'static, Vec<O>>>, tonic::Status>>,
{
    if let Some(charset) = accept::charset(&parts.headers).filter(|c| !["utf-8", "iso-8859-1"].iter().any(|k| k.eq_ignore_ascii_case(c))) {
        return Err(Error::new(
            Code::BadRequest,
            format!("Unsupported charset in Content-Type header: {charset}. Supports \"UTF-8\" and \"ISO-8859-1\"."),
        ));
    }
    let bound = bound(parts, agreed).await?;
    let mut body = body;
    // A client that waits for `100 Continue` gets it when the body is asked for, which must be before the answer's head is sent.
    let first = if parts.headers.contains_key(EXPECT) { body.frame().await } else { None };
    let base = caller(parts)?.base_url;
    let uri = parts.uri.clone();
    let records = Records::new(first, body, route.bind, bound).boxed();
    let stream = call(grpc(parts, records)).await?.into_inner();
    let frames = stream.map(move |answers| {
        let mut w = Writer::new(Links { base: base.as_str(), path: uri.path(), query: "" }, answers.len() * 192);
        for answer in &answers {
            (route.answer)(answer, &mut w);
            w.raw("\r\n");
        }
        Ok::<Bytes, std::convert::Infallible>(w.into_bytes())
    });
    let mut response = Response::new(Body::from_stream(frames));
    response.headers_mut().insert(http::header::CONTENT_TYPE, agreed.content_type.clone());
    Ok(response)
}

async fn bound(parts: &mut request::Parts, agreed: &Agreed) -> Result<Bound, Error> {
    let mut bound = Bound::from_parts(parts).await?;
    (bound.consumed, bound.produced) = (agreed.consumed, agreed.produced);
    Ok(bound)
}

/// The whole body. One frame is taken as it is; more are copied together.
async fn collect(body: Body) -> Result<Bytes, Error> {
    body.collect().await.map(http_body_util::Collected::to_bytes).map_err(|e| refused_body(&e))
}

/// What broke a body: a limit of the edge, which says so itself, or a client that went away.
pub(super) fn refused_body(e: &axum::Error) -> Error {
    let mut cause = e.source();
    while let Some(e) = cause {
        if let Some(ours) = e.downcast_ref::<Error>() {
            return ours.clone();
        }
        cause = e.source();
    }
    Error::bad_request(format_args!("the request's body broke off: {e}"))
}

fn caller(parts: &request::Parts) -> Result<Caller, Error> {
    parts.extensions.get::<Caller>().cloned().ok_or_else(|| Error::internal("the request has no caller"))
}

/// The request as a service sees it: headers are metadata, and what the edge knows of the caller goes along.
fn grpc<T>(parts: &mut request::Parts, message: T) -> tonic::Request<T> {
    let metadata = MetadataMap::from_headers(std::mem::take(&mut parts.headers));
    tonic::Request::from_parts(metadata, std::mem::take(&mut parts.extensions), message)
}

/// Names the RPC to the layers outside, for logs and metrics.
fn named(rpc: &'static str, mut response: Response) -> Response {
    response.extensions_mut().insert(RpcName(rpc));
    response
}
