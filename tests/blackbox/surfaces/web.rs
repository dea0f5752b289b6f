//! gRPC-Web over HTTP/1.1: the frames of a body, and the trailers in the last of them.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use bytes::Bytes;
use http::HeaderMap;
use prost_reflect::MethodDescriptor;
use serde_json::Value;
use tonic::{Code, Status};

use super::{
    Answer,
    framing::{frames, refused, unframed},
    grpc::path,
};
use crate::{form, gateway::Gateway, protos};

/// The flag of the frame that holds the trailers.
const TRAILERS: u8 = 0x80;

pub async fn call(gateway: &Gateway, method: &MethodDescriptor, requests: &[Value]) -> Result<Answer, String> {
    let messages: Result<Vec<_>, _> =
        requests.iter().map(|r| protos::encode(&method.input(), &form::to_proto(&method.input(), r))).collect();
    let request = gateway.http.post(format!("{}{}", gateway.url, path(method)));
    let request = request.header("content-type", "application/grpc-web+proto").header("x-grpc-web", "1").body(frames(&messages?));
    let response = request.send().await.map_err(|e| format!("no answer: {e:?}"))?;
    if response.status() != 200 {
        return Err(format!("HTTP {} to gRPC-Web", response.status()));
    }
    let content_type = response.headers().get("content-type").and_then(|t| t.to_str().ok()).unwrap_or_default().to_owned();
    if !content_type.starts_with("application/grpc-web") {
        return Err(format!("Content-Type {content_type:?} to gRPC-Web"));
    }
    let head = response.headers().clone();
    let body = response.bytes().await.map_err(|e| format!("the body broke off: {e:?}"))?;
    let (mut answers, mut trailers) = (Vec::new(), None);
    for (flags, bytes) in unframed(body)? {
        match flags & TRAILERS {
            0 => answers.push(protos::decode(&method.output(), &bytes)?),
            _ => trailers = Some(parse(&bytes)?),
        }
    }
    // An answer without a body has its trailers in the head.
    let status = status(trailers.as_ref().unwrap_or(&head))?;
    Ok(if status.code() == Code::Ok { Ok(answers) } else { Err(refused(&status)) })
}

fn parse(trailers: &[u8]) -> Result<HeaderMap, String> {
    let text = std::str::from_utf8(trailers).map_err(|e| format!("trailers are no text: {e}"))?;
    let lines = text.split("\r\n").filter(|l| !l.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(|| format!("no trailer: {line:?}"))?;
            let name = name.parse::<http::HeaderName>().map_err(|e| e.to_string())?;
            Ok((name, value.trim().parse::<http::HeaderValue>().map_err(|e| e.to_string())?))
        })
        .collect()
}

fn status(headers: &HeaderMap) -> Result<Status, String> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let code = text("grpc-status").parse::<i32>().map_err(|_| format!("no grpc-status in {headers:?}"))?;
    let message = percent_encoding::percent_decode_str(text("grpc-message")).decode_utf8_lossy().into_owned();
    let details = STANDARD_NO_PAD.decode(text("grpc-status-details-bin").trim_end_matches('=')).map_err(|e| format!("details: {e}"))?;
    Ok(Status::with_details(Code::from(code), message, Bytes::from(details)))
}
