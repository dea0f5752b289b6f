//! gzip for REST: request bodies are unpacked before they are measured, answers are packed for clients that take it.
//!
//! gRPC compresses its messages itself and is left alone. Streams are never packed: each answer must leave at once.

use std::convert::Infallible;

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, header};
use tower::ServiceExt;
use tower_http::{
    CompressionLevel,
    compression::{Compression, predicate::SizeAbove},
    decompression::{DecompressionBody, RequestDecompression},
};

use super::{once::Once, surface::Surface};
use crate::error::{Code, Error};

/// Answers below this many bytes fit into one packet either way; packing them costs more than it saves.
const WORTH_PACKING: u64 = 1024;

/// What `Content-Encoding` says.
enum Encoding {
    Plain,
    Gzip,
    Unknown,
}

/// The layer that packs answers.
pub(super) async fn packing<F>(request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let packs = request.extensions().get::<Surface>().is_some_and(|surface| surface.is_rest() && !surface.streams);
    if !packs || !accepts_gzip(request.headers()) {
        return next(request).await;
    }
    let packed = Compression::new(Once::new(next)).quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(WORTH_PACKING));
    answer(packed.oneshot(request)).await
}

/// The layer that unpacks request bodies.
pub(super) async fn unpacking<F>(request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let Some(surface) = request.extensions().get::<Surface>().copied().filter(|surface| surface.is_rest()) else {
        return next(request).await;
    };
    match encoding_of(request.headers()) {
        Encoding::Unknown => surface.refuse(Error::of(Code::UnsupportedMediaType)),
        Encoding::Plain => next(request).await,
        Encoding::Gzip => {
            let unpacked = Once::new(next).map_request(|request: Request<DecompressionBody<Body>>| request.map(Body::new));
            answer(RequestDecompression::new(unpacked).gzip(true).oneshot(request)).await
        }
    }
}

/// The answer of a service that cannot fail, its body in one type.
async fn answer<B>(response: impl Future<Output = Result<http::Response<B>, Infallible>>) -> Response
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    match response.await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn encoding_of(headers: &HeaderMap) -> Encoding {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"" | b"identity") => Encoding::Plain,
        Some(b"gzip") => Encoding::Gzip,
        Some(_) => Encoding::Unknown,
    }
}

/// True for a client that takes packed answers.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| value.to_str().is_ok_and(|text| text.contains("gzip")))
}
