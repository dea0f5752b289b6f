//! Bad input over gRPC: an error of gRPC's, never a broken connection or a hang, and nothing that tells of a defect.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use tonic::{Code, Status};

use crate::{
    Check, errors,
    gateway::Gateway,
    protos,
    surfaces::{framing::refused, grpc},
};

/// More than the gateway takes as one message.
const TOO_LARGE_BYTES: usize = 70 << 20;

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for rpc in protos::methods() {
        let (one, two, method) = (gateway.clone(), gateway.clone(), rpc.clone());
        checks.push((format!("grpc: bytes that are no message for {rpc}"), Box::pin(async move { no_message(&one, &method).await })));
        checks.push((format!("grpc: an empty message for {rpc}"), Box::pin(async move { empty(&two, &rpc).await })));
    }
    for path in ["/barnabas.v3.TopicService/NoSuchMethod", "/barnabas.v3.NoSuchService/GetTopic", "/no.such.Service/Method"] {
        let gateway = gateway.clone();
        checks.push((format!("grpc: nothing at {path}"), Box::pin(async move { unimplemented(&gateway, path).await })));
    }
    let gateway = gateway.clone();
    checks.push(("grpc: a message that is too large".to_owned(), Box::pin(async move { too_large(&gateway).await })));
    checks
}

/// The answers of any method, as far as they come.
async fn call(gateway: &Gateway, path: &str, message: Bytes) -> Result<Vec<Bytes>, Status> {
    let mut answers = grpc::open(gateway, path, futures::stream::iter([message])).await?;
    let mut all = Vec::new();
    while let Some(answer) = answers.next().await {
        all.push(answer?);
    }
    Ok(all)
}

async fn no_message(gateway: &Gateway, rpc: &str) -> Result<(), String> {
    let path = grpc::path(&protos::method(rpc));
    match call(gateway, &path, Bytes::from_static(&[0xff; 16])).await {
        // gRPC itself names INTERNAL for bytes that cannot be decoded.
        Err(status) if matches!(status.code(), Code::Internal | Code::InvalidArgument) => Ok(()),
        got => Err(format!("want INTERNAL or INVALID_ARGUMENT, got {got:?}")),
    }
}

async fn empty(gateway: &Gateway, rpc: &str) -> Result<(), String> {
    let path = grpc::path(&protos::method(rpc));
    let Err(status) = call(gateway, &path, Bytes::new()).await else { return Ok(()) };
    let refused = refused(&status);
    let reason = refused.reason.as_deref().ok_or_else(|| format!("an error without a reason: {refused:?}"))?;
    if errors::promise(reason).grpc != refused.status || ["INTERNAL", "UNKNOWN", "UNAVAILABLE"].contains(&refused.status.as_str()) {
        return Err(format!("want a documented error of the request's, got {refused:?}"));
    }
    Ok(())
}

async fn unimplemented(gateway: &Gateway, path: &str) -> Result<(), String> {
    match call(gateway, path, Bytes::new()).await {
        Err(status) if status.code() == Code::Unimplemented => Ok(()),
        got => Err(format!("want UNIMPLEMENTED, got {got:?}")),
    }
}

async fn too_large(gateway: &Gateway) -> Result<(), String> {
    let path = grpc::path(&protos::method("v3.TopicService/GetTopic"));
    // Field 2, the topic's name, of that many bytes.
    let mut message = vec![0x12];
    let mut length = TOO_LARGE_BYTES;
    while length >= 0x80 {
        message.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    message.push(u8::try_from(length).unwrap());
    message.resize(message.len() + TOO_LARGE_BYTES, b'x');
    match call(gateway, &path, Bytes::from(message)).await {
        Err(status) if matches!(status.code(), Code::ResourceExhausted | Code::OutOfRange) => Ok(()),
        got => Err(format!("want RESOURCE_EXHAUSTED, got {got:?}")),
    }
}
