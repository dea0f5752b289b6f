//! gRPC over HTTP/2, with messages as bytes: no generated client stands between the case and the wire.

use bytes::{Buf, BufMut, Bytes};
use futures::StreamExt;
use http::uri::PathAndQuery;
use prost_reflect::MethodDescriptor;
use serde_json::Value;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use super::{Answer, framing::refused};
use crate::{form, gateway::Gateway, protos};

/// Hands messages through as they are.
#[derive(Debug, Clone, Default)]
pub struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// The path of a method.
pub fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

pub async fn call(gateway: &Gateway, method: &MethodDescriptor, requests: &[Value]) -> Result<Answer, String> {
    let mut messages = Vec::new();
    for request in requests {
        messages.push(Bytes::from(protos::encode(&method.input(), &form::to_proto(&method.input(), request))?));
    }
    let answers = if method.is_client_streaming() {
        stream(gateway, &path(method), futures::stream::iter(messages)).await
    } else {
        unary(gateway, &path(method), messages.pop().expect("one request")).await.map(|a| vec![a])
    };
    match answers {
        Ok(answers) => answers.iter().map(|a| protos::decode(&method.output(), a)).collect::<Result<_, _>>().map(Ok),
        Err(status) => Ok(Err(refused(&status))),
    }
}

/// One message there, one back.
pub async fn unary(gateway: &Gateway, path: &str, message: Bytes) -> Result<Bytes, Status> {
    let mut client = client(gateway).await?;
    Ok(client.unary(tonic::Request::new(message), path_of(path), Raw).await?.into_inner())
}

/// Messages there, messages back until the gateway is done.
async fn stream(
    gateway: &Gateway,
    path: &str,
    messages: impl futures::Stream<Item = Bytes> + Send + 'static,
) -> Result<Vec<Bytes>, Status> {
    let mut answers = open(gateway, path, messages).await?;
    let mut all = Vec::new();
    while let Some(answer) = answers.next().await {
        all.push(answer?);
    }
    Ok(all)
}

/// Opens a stream in both directions.
pub async fn open(
    gateway: &Gateway,
    path: &str,
    messages: impl futures::Stream<Item = Bytes> + Send + 'static,
) -> Result<tonic::Streaming<Bytes>, Status> {
    let mut client = client(gateway).await?;
    Ok(client.streaming(tonic::Request::new(messages), path_of(path), Raw).await?.into_inner())
}

async fn client(gateway: &Gateway) -> Result<tonic::client::Grpc<tonic::transport::Channel>, Status> {
    let mut client = tonic::client::Grpc::new(gateway.channel.clone());
    client.ready().await.map_err(|e| Status::unknown(format!("no connection: {e}")))?;
    Ok(client)
}

fn path_of(path: &str) -> PathAndQuery {
    path.parse().expect("a path")
}
