//! Answers come as soon as they are known: each before the next record is sent.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{SinkExt, StreamExt, channel::mpsc};
use serde_json::{Value, json};

use crate::{Check, form, gateway::Gateway, kafka, protos, surfaces::grpc};

/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const RECORDS: i64 = 5;

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let (one, two) = (gateway.clone(), gateway.clone());
    vec![
        ("grpc: an answer before the next record".to_owned(), Box::pin(async move { over_grpc(&one).await })),
        ("rest: an answer before the next record".to_owned(), Box::pin(async move { over_rest(&two).await })),
    ]
}

async fn over_grpc(gateway: &Gateway) -> Result<(), String> {
    let topic = format!("interleaving-grpc-{}", gateway.run);
    kafka::create_topic(gateway, &topic, 1).await?;
    let method = protos::method("v3.RecordService/ProduceRecords");
    let record = |i: i64| {
        let record = json!({"cluster_id": gateway.cluster_id, "topic_name": topic, "value": {"type": "RECORD_FORMAT_JSON", "data": i}});
        protos::encode(&method.input(), &form::to_proto(&method.input(), &record)).map(Bytes::from)
    };
    let (mut send, receive) = mpsc::channel(1);
    send.send(record(0)?).await.map_err(|e| e.to_string())?;
    let path = grpc::path(&method);
    let mut answers = in_time("the head", grpc::open(gateway, &path, receive)).await?.map_err(|e| e.to_string())?;
    for i in 0..RECORDS {
        let answer = in_time("an answer", answers.next()).await?.ok_or("the stream ended")?.map_err(|e| e.to_string())?;
        offset(i, &protos::decode(&method.output(), &answer)?)?;
        send.send(record(i + 1)?).await.map_err(|e| e.to_string())?;
    }
    drop(send);
    let last = in_time("the last answer", answers.next()).await?.ok_or("the stream ended")?.map_err(|e| e.to_string())?;
    offset(RECORDS, &protos::decode(&method.output(), &last)?)?;
    match in_time("the end", answers.next()).await? {
        None => Ok(()),
        Some(more) => Err(format!("an answer too many: {more:?}")),
    }
}

async fn over_rest(gateway: &Gateway) -> Result<(), String> {
    let topic = format!("interleaving-rest-{}", gateway.run);
    kafka::create_topic(gateway, &topic, 1).await?;
    let record = |i: i64| Ok::<_, std::io::Error>(Bytes::from(json!({"value": {"type": "JSON", "data": i}}).to_string()));
    let (mut send, receive) = mpsc::channel(1);
    send.send(record(0)).await.map_err(|e| e.to_string())?;
    let url = format!("{}/v3/clusters/{}/topics/{topic}/records", gateway.url, gateway.cluster_id);
    let request = gateway.http.post(url).header("content-type", "application/json").body(reqwest::Body::wrap_stream(receive));
    let response = in_time("the head", request.send()).await?.map_err(|e| format!("{e:?}"))?;
    let (mut body, mut text) = (response.bytes_stream(), String::new());
    for i in 0..=RECORDS {
        let line = loop {
            if let Some((line, rest)) = text.split_once("\r\n") {
                let (line, rest) = (line.to_owned(), rest.to_owned());
                text = rest;
                break line;
            }
            let more = in_time("an answer", body.next()).await?.ok_or("the body ended")?.map_err(|e| format!("{e:?}"))?;
            text.push_str(&String::from_utf8_lossy(&more));
        };
        offset(i, &serde_json::from_str(&line).map_err(|e| format!("{e}: {line}"))?)?;
        if i < RECORDS {
            send.send(record(i + 1)).await.map_err(|e| e.to_string())?;
        }
    }
    drop(send);
    match in_time("the end", body.next()).await? {
        None => Ok(()),
        Some(more) => Err(format!("more than was asked for: {more:?}")),
    }
}

fn offset(want: i64, answer: &Value) -> Result<(), String> {
    if answer["error_code"] == 200 && answer["offset"] == want { Ok(()) } else { Err(format!("want offset {want}, got {answer}")) }
}

async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> Result<T, String> {
    tokio::time::timeout(ANSWER_TIMEOUT, future).await.map_err(|_| format!("{what} did not come within {ANSWER_TIMEOUT:?}"))
}
