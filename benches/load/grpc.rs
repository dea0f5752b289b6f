//! The gRPC surface under load.

use std::time::{Duration, Instant};

use barnabas::pb::{
    v2::{self, produce_service_client::ProduceServiceClient},
    v3::{self, record_service_client::RecordServiceClient},
};
use bytes::Bytes;
use futures::StreamExt;
use tonic::transport::{Channel, Endpoint};

use crate::{Outcome, Result, Settings, payload, process::Gateway};

#[derive(Clone, Copy)]
pub enum Kind {
    /// `barnabas.v2.ProduceService/Produce`, 100 records a request.
    Unary,
    /// `barnabas.v3.RecordService/ProduceRecords`, at most 100 records without an answer.
    Stream,
}

pub const SCENARIOS: &[(&str, Kind)] = &[("gRPC produce, 100 a request", Kind::Unary), ("gRPC stream", Kind::Stream)];

const WINDOW: usize = 100;

/// Eight requests or streams at a time over one connection, as gRPC clients do it, for the time of the run.
pub async fn run(kind: Kind, settings: &Settings, gateway: &Gateway, topic: &str) -> Result<Outcome> {
    drive_for(1.0, kind, settings, gateway, topic).await?;
    let cpu = gateway.cpu()?;
    let records = drive_for(settings.seconds, kind, settings, gateway, topic).await?;
    Ok(Outcome { records, cpu: gateway.cpu()? - cpu, latencies: Vec::new() })
}

async fn drive_for(seconds: f64, kind: Kind, settings: &Settings, gateway: &Gateway, topic: &str) -> Result<u64> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let channel = Endpoint::from_shared(format!("http://{}", gateway.address))?.connect().await?;
    let mut workers = Vec::new();
    for _ in 0..8 {
        let channel = channel.clone();
        let (topic, cluster, size) = (topic.to_owned(), gateway.cluster.clone(), settings.size);
        workers.push(tokio::task::spawn_local(async move {
            match kind {
                Kind::Unary => unary(channel, topic, size, end).await,
                Kind::Stream => stream(channel, cluster, topic, size, end).await,
            }
        }));
    }
    let mut records = 0;
    for worker in workers {
        records += worker.await??;
    }
    Ok(records)
}

async fn unary(channel: Channel, topic: String, size: usize, end: Instant) -> Result<u64> {
    let mut client = ProduceServiceClient::new(channel);
    let record = |i| v2::ProduceRecord {
        value: Some(v2::RecordData { content: Some(v2::record_data::Content::Payload(Bytes::from(payload(size, i)))) }),
        ..Default::default()
    };
    let request = v2::ProduceRequest { topic_name: topic, records: (0..WINDOW).map(record).collect(), ..Default::default() };
    let mut records = 0;
    while Instant::now() < end {
        let answer = client.produce(request.clone()).await?.into_inner();
        if let Some(bad) = answer.offsets.iter().find(|r| r.offset.is_none()) {
            return Err(format!("{bad:?}").into());
        }
        records += answer.offsets.len() as u64;
    }
    Ok(records)
}

async fn stream(channel: Channel, cluster: String, topic: String, size: usize, end: Instant) -> Result<u64> {
    let mut client = RecordServiceClient::new(channel);
    let (send, receive) = tokio::sync::mpsc::channel(WINDOW);
    let requests = tokio_stream::wrappers::ReceiverStream::new(receive);
    let record = move |i| v3::ProduceRecordsRequest {
        cluster_id: cluster.clone(),
        topic_name: topic.clone(),
        value: Some(v3::RecordData { payload: Some(Bytes::from(payload(size, i))), ..Default::default() }),
        ..Default::default()
    };
    let first = record(0);
    send.send(first).await?;
    let mut answers = client.produce_records(requests).await?.into_inner();
    let (mut records, mut unanswered) = (0, 1);
    while Instant::now() < end {
        for i in unanswered..WINDOW {
            send.send(record(i)).await?;
        }
        unanswered = WINDOW;
        while unanswered > 0 {
            let answer = tokio::time::timeout(Duration::from_secs(20), answers.next()).await?.ok_or("the stream ended")??;
            if answer.error_code != 200 {
                return Err(format!("{answer:?}").into());
            }
            (records, unanswered) = (records + 1, unanswered - 1);
        }
    }
    Ok(records)
}
