//! Limits that the operator sets: of bodies, of consumer instances, of idle ones. They need a gateway of their own.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;

use super::endpoints::error_of;
use crate::{
    Check,
    gateway::Gateway,
    protos,
    surfaces::{framing::refused, grpc},
};

/// What the gateway is started with: two instances, gone after a second without use, and bodies of a thousand bytes.
const SETTINGS: &[(&str, &str)] = &[
    ("BARNABAS_CONSUMER_INSTANCES_MAX", "2"),
    ("BARNABAS_CONSUMER_INSTANCE_TIMEOUT_MS", "1000"),
    ("BARNABAS_EDGE_BODY_MAX_BYTES", "1000"),
];
/// How long it may take until idle instances are gone: their time, and the gateway's look around.
const EXPIRY: Duration = Duration::from_secs(15);

pub fn checks() -> Vec<Check> {
    vec![("limits: bodies and consumer instances".to_owned(), Box::pin(limits()))]
}

async fn limits() -> Result<(), String> {
    let mut gateway = Gateway::start(SETTINGS).await?;
    // Bodies first: while they are tried, no instance grows old.
    bodies(&gateway).await?;
    instances(&gateway).await?;
    gateway.stop().await
}

async fn bodies(gateway: &Gateway) -> Result<(), String> {
    let large = format!("{{\"records\":[{{\"value\":\"{}\"}}]}}", "x".repeat(2_000));
    let pieces =
        futures::stream::iter(large.as_bytes().chunks(100).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect::<Vec<_>>());
    for (why, body) in [("with its length", reqwest::Body::from(large.clone())), ("in pieces", reqwest::Body::wrap_stream(pieces))] {
        let request = gateway.http.post(format!("{}/topics/limits-{}", gateway.url, gateway.run));
        // A refused body may be left unread, and then the connection ends.
        let request = request.header("content-type", "application/vnd.kafka.json.v2+json").header("connection", "close");
        let response = request.body(body).send().await;
        let response = response.map_err(|e| format!("a body that is too large, {why}: {e:?}"))?;
        let (status, text) = (response.status(), response.text().await.map_err(|e| e.to_string())?);
        if status != 413 || error_of(&text).is_none_or(|(code, _)| code != 413) {
            return Err(format!("a body that is too large, {why}: want 413, got {status} {text}"));
        }
    }
    Ok(())
}

async fn instances(gateway: &Gateway) -> Result<(), String> {
    let create = |name: &str| {
        let request = gateway.http.post(format!("{}/consumers/limits-{}", gateway.url, gateway.run));
        request.header("content-type", "application/vnd.kafka.v2+json").body(json!({ "name": name }).to_string()).send()
    };
    for name in ["a", "b"] {
        let response = create(name).await.map_err(|e| format!("{e:?}"))?;
        if response.status() != 200 {
            return Err(format!("instance {name}: {}", response.status()));
        }
    }
    let response = create("c").await.map_err(|e| format!("{e:?}"))?;
    if response.status() != 429 {
        return Err(format!("an instance too many: want 429, got {}", response.status()));
    }
    let method = protos::method("v2.ConsumerService/CreateConsumer");
    let message = protos::encode(&method.input(), &json!({"group_id": "limits", "name": "c"}))?;
    let answer = grpc::unary(gateway, &grpc::path(&method), message.into()).await;
    let refused = refused(&answer.err().ok_or("an instance too many over gRPC")?);
    if refused.reason.as_deref() != Some("TOO_MANY_CONSUMERS") || refused.status != "RESOURCE_EXHAUSTED" {
        return Err(format!("an instance too many over gRPC: {refused:?}"));
    }
    let begun = Instant::now();
    loop {
        let status = create("c").await.map_err(|e| format!("{e:?}"))?.status();
        match status.as_u16() {
            200 => return Ok(()),
            429 if begun.elapsed() < EXPIRY => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => return Err(format!("idle instances make no room within {EXPIRY:?}: {status}")),
        }
    }
}
