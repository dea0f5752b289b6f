//! The bytes of requests and answers: length, header, body.
//!
//! A broker's length is checked before anything is kept, and memory grows only with what has arrived.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{ApiKey, RequestHeader},
    protocol::{Encodable, Request, StrBytes},
};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest answer, in bytes: what Kafka's brokers take as a request at most (`socket.request.max.bytes`).
const MAX_ANSWER: usize = 100 * 1024 * 1024;
/// The smallest answer: the number of its request.
const MIN_ANSWER: usize = 4;
/// How much is made room for before it is there.
const FIRST_READ: usize = 64 * 1024;

/// The request with its length in front.
pub(super) fn request<R: Request>(request: &R, version: i16, correlation: i32, client_id: &StrBytes) -> Result<Bytes, String> {
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation)
        .with_client_id(Some(client_id.clone()));
    let mut frame = BytesMut::new();
    frame.put_i32(0);
    header.encode(&mut frame, R::header_version(version)).map_err(|e| e.to_string())?;
    request.encode(&mut frame, version).map_err(|e| e.to_string())?;
    let length = i32::try_from(frame.len() - 4).map_err(|_| "the request is over 2 GiB".to_owned())?;
    if let Some(place) = frame.first_chunk_mut() {
        *place = length.to_be_bytes();
    }
    Ok(frame.freeze())
}

/// The next answer without its length. The end of the stream is an error.
pub(super) async fn receive(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
    let length = reader.read_i32().await?;
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("an answer of {length} bytes"));
    let length = usize::try_from(length).ok().filter(|length| (MIN_ANSWER..=MAX_ANSWER).contains(length)).ok_or_else(wrong)?;
    let mut answer = BytesMut::with_capacity(length.min(FIRST_READ));
    let mut rest = reader.take(length as u64);
    while answer.len() < length {
        if rest.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(answer.freeze())
}

/// The name of an API.
pub(super) fn name(key: i16) -> String {
    ApiKey::try_from(key).map_or_else(|()| key.to_string(), |key| format!("{key:?}"))
}

/// Counts a request to Kafka.
pub(super) fn count(key: i16) {
    metrics::counter!("barnabas_kafka_requests_total", "api" => name(key)).increment(1);
}
