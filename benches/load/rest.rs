//! The REST surface under load.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    Outcome, Result, Settings,
    http::{Connection, count, find},
    payload,
    process::Gateway,
};

/// How records are produced.
#[derive(Clone, Copy)]
pub struct Drive {
    form: Form,
    /// Records a request; of the endless stream, records without an answer at most.
    records: usize,
    connections: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    V2Json,
    V2Binary,
    V3Records,
    V3Stream,
}

pub const SCENARIOS: &[(&str, Drive)] = &[
    ("v2 JSON, 100 a request", Drive { form: Form::V2Json, records: 100, connections: 8 }),
    ("v2 binary, 100 a request", Drive { form: Form::V2Binary, records: 100, connections: 8 }),
    ("v2 JSON, 1 a request, 64 connections", Drive { form: Form::V2Json, records: 1, connections: 64 }),
    ("v3 records, 100 a request", Drive { form: Form::V3Records, records: 100, connections: 8 }),
    ("v3 records, endless stream", Drive { form: Form::V3Stream, records: 100, connections: 8 }),
];

const V2: &str = "Content-Type: application/vnd.kafka.v2+json\r\n";
const BINARY: &str = "Content-Type: application/vnd.kafka.binary.v2+json\r\n";

/// Path, headers and body of the request that is sent over and over.
fn request(drive: Drive, size: usize, cluster: &str, topic: &str) -> (String, &'static str, Vec<u8>) {
    let values = (0..drive.records).map(|i| payload(size, i));
    match drive.form {
        Form::V2Json => {
            let records: Vec<Value> = values.map(|v| json!({ "value": v })).collect();
            let body = json!({ "records": records }).to_string();
            (format!("/topics/{topic}"), "Content-Type: application/vnd.kafka.json.v2+json\r\n", body.into())
        }
        Form::V2Binary => {
            let records: Vec<Value> = values.map(|v| json!({ "value": BASE64_STANDARD.encode(v) })).collect();
            (format!("/topics/{topic}"), BINARY, json!({ "records": records }).to_string().into())
        }
        Form::V3Records | Form::V3Stream => {
            let body: String = values.map(|v| json!({"value": {"type": "JSON", "data": v}}).to_string()).collect();
            (format!("/v3/clusters/{cluster}/topics/{topic}/records"), "Content-Type: application/json\r\n", body.into())
        }
    }
}

/// Produces for the time of the run.
pub async fn produce(drive: Drive, settings: &Settings, gateway: &Gateway, topic: &str) -> Result<Outcome> {
    drive_for(1.0, drive, settings, gateway, topic).await?;
    let cpu = gateway.cpu()?;
    let records = drive_for(settings.seconds, drive, settings, gateway, topic).await?;
    Ok(Outcome { records, cpu: gateway.cpu()? - cpu, latencies: Vec::new() })
}

async fn drive_for(seconds: f64, drive: Drive, settings: &Settings, gateway: &Gateway, topic: &str) -> Result<u64> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let request = Rc::new(request(drive, settings.size, &gateway.cluster, topic));
    let workers: Vec<_> = (0..drive.connections)
        .map(|_| {
            let (address, request) = (gateway.address.clone(), request.clone());
            tokio::task::spawn_local(async move {
                if drive.form == Form::V3Stream {
                    stream(&address, &request, drive.records, end).await
                } else {
                    requests(&address, &request, drive, end).await
                }
            })
        })
        .collect();
    let mut records = 0;
    for worker in workers {
        records += worker.await??;
    }
    Ok(records)
}

async fn requests(address: &str, (path, headers, body): &(String, &'static str, Vec<u8>), drive: Drive, end: Instant) -> Result<u64> {
    let mut connection = Connection::open(address).await?;
    let mut records = 0;
    while Instant::now() < end {
        let (status, answer) = connection.call("POST", path, headers, body).await?;
        let good =
            if drive.form == Form::V3Records { count(&answer, b"\"error_code\":200") } else { count(&answer, b"\"error_code\":null") };
        if status != 200 || good != drive.records as u64 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&answer[..answer.len().min(300)])).into());
        }
        records += good;
    }
    Ok(records)
}

/// One request for the whole time: windows of records, the next when the answers of the last are there.
async fn stream(address: &str, (path, headers, window): &(String, &'static str, Vec<u8>), size: usize, end: Instant) -> Result<u64> {
    let mut connection = Connection::open(address).await?;
    connection.begin(path, headers).await?;
    let (mut records, mut head) = (0, false);
    while Instant::now() < end {
        connection.chunk(window).await?;
        if !head {
            connection.head().await?;
            head = true;
        }
        let mut answered = 0;
        while answered < size as u64 {
            let chunk = connection.next_chunk().await?;
            let good = count(&chunk, b"\"error_code\":200");
            if chunk.is_empty() || good != count(&chunk, b"\r\n") {
                return Err(format!("the stream says {}", String::from_utf8_lossy(&chunk)).into());
            }
            answered += good;
        }
        records += answered;
    }
    connection.chunk(b"").await?;
    Ok(records)
}

async fn instance(connection: &mut Connection, topic: &str, name: usize) -> Result<String> {
    let group = format!("bench-{}", uuid::Uuid::new_v4().simple());
    let create = json!({"name": format!("c{name}"), "format": "binary", "auto.offset.reset": "earliest", "auto.commit.enable": "false"});
    let (status, body) = connection.call("POST", &format!("/consumers/{group}"), V2, create.to_string().as_bytes()).await?;
    if status != 200 {
        return Err(format!("create: {status} {}", String::from_utf8_lossy(&body)).into());
    }
    let path = format!("/consumers/{group}/instances/c{name}");
    let (status, body) =
        connection.call("POST", &format!("{path}/subscription"), V2, json!({ "topics": [topic] }).to_string().as_bytes()).await?;
    if status != 204 {
        return Err(format!("subscribe: {status} {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(path)
}

/// Reads the whole topic through one instance.
pub async fn read(gateway: &Gateway, topic: &str) -> Result<Outcome> {
    let mut connection = Connection::open(&gateway.address).await?;
    let path = instance(&mut connection, topic, 0).await?;
    let accept = "Accept: application/vnd.kafka.binary.v2+json\r\n";
    let (mut outcome, cpu) = (Outcome::default(), gateway.cpu()?);
    let mut empty = 0;
    while empty < if outcome.records == 0 { 30 } else { 2 } {
        let (status, body) = connection.call("GET", &format!("{path}/records?timeout=1000&max_bytes=1000000"), accept, b"").await?;
        if status != 200 {
            return Err(format!("read: {status} {}", String::from_utf8_lossy(&body)).into());
        }
        let records = count(&body, b"\"offset\"");
        empty = if records == 0 { empty + 1 } else { 0 };
        outcome.records += records;
    }
    outcome.cpu = gateway.cpu()? - cpu;
    Ok(outcome)
}

/// Makes instances and lets each join its group.
pub async fn instances(gateway: &Gateway, topic: &str, number: usize) -> Result<()> {
    let mut connection = Connection::open(&gateway.address).await?;
    for i in 0..number {
        let path = instance(&mut connection, topic, i).await?;
        connection.call("GET", &format!("{path}/records?timeout=100"), "Accept: application/vnd.kafka.binary.v2+json\r\n", b"").await?;
    }
    Ok(())
}

/// 500 requests a second of one record, whatever the answers take; the latency counts from the planned moment.
pub async fn rate(settings: &Settings, gateway: &Gateway, topic: &str) -> Result<Outcome> {
    let drive = Drive { form: Form::V2Binary, records: 1, connections: 8 };
    let request = Rc::new(request(drive, settings.size, &gateway.cluster, topic));
    let idle = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..drive.connections {
        let mut connection = Connection::open(&gateway.address).await?;
        connection.call("POST", &request.0, request.1, &request.2).await?;
        idle.borrow_mut().push(connection);
    }
    let (begin, total) = (Instant::now(), (500.0 * settings.seconds) as u32);
    let mut requests = Vec::new();
    for i in 0..total {
        let due = begin + Duration::from_secs_f64(f64::from(i) / 500.0);
        tokio::time::sleep_until(due.into()).await;
        let (idle, request, address) = (idle.clone(), request.clone(), gateway.address.clone());
        requests.push(tokio::task::spawn_local(async move {
            let taken = idle.borrow_mut().pop();
            let mut connection = if let Some(c) = taken { c } else { Connection::open(&address).await? };
            let (status, answer) = connection.call("POST", &request.0, request.1, &request.2).await?;
            if status != 200 || find(&answer, b"\"error_code\":null").is_none() {
                return Err(format!("{status}: {}", String::from_utf8_lossy(&answer)).into());
            }
            idle.borrow_mut().push(connection);
            Ok::<_, crate::Failure>(due.elapsed())
        }));
    }
    let mut outcome = Outcome::default();
    for request in requests {
        outcome.latencies.push(request.await??);
        outcome.records += 1;
    }
    Ok(outcome)
}
