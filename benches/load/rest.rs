//! The REST surface under load.

use std::{
    rc::Rc,
    sync::Arc,
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
type Request = (String, String, Vec<u8>);

fn request(drive: Drive, size: usize, cluster: &str, topic: &str) -> Request {
    let values = (0..drive.records).map(|i| payload(size, i));
    let (path, headers, body) = match drive.form {
        Form::V2Json => {
            let records: Vec<Value> = values.map(|v| json!({ "value": v })).collect();
            let body = json!({ "records": records }).to_string();
            (format!("/topics/{topic}"), "Content-Type: application/vnd.kafka.json.v2+json\r\n", body)
        }
        Form::V2Binary => {
            let records: Vec<Value> = values.map(|v| json!({ "value": BASE64_STANDARD.encode(v) })).collect();
            (format!("/topics/{topic}"), BINARY, json!({ "records": records }).to_string())
        }
        Form::V3Records | Form::V3Stream => {
            let body: String = values.map(|v| json!({"value": {"type": "JSON", "data": v}}).to_string()).collect();
            (format!("/v3/clusters/{cluster}/topics/{topic}/records"), "Content-Type: application/json\r\n", body)
        }
    };
    (path, headers.to_owned(), body.into_bytes())
}

/// Produces for the time of the run.
pub async fn produce(drive: Drive, settings: &Settings, gateway: &Gateway, topic: &str) -> Result<Outcome> {
    let request = request(drive, settings.size, &gateway.cluster, topic);
    send(drive, settings, gateway, request).await
}

/// Produces for the time of the run in an embedded format of API v2, 100 records a request: all of them this one.
pub async fn produce_as(format: &str, record: &str, schema: &str, settings: &Settings, gateway: &Gateway, topic: &str) -> Result<Outcome> {
    let drive = Drive { form: Form::V2Json, records: 100, connections: 8 };
    let records = vec![format!("{{\"value\":{record}}}"); drive.records].join(",");
    let headers = format!("Content-Type: application/vnd.kafka.{format}.v2+json\r\n");
    let request = (format!("/topics/{topic}"), headers, format!("{{{schema}\"records\":[{records}]}}").into_bytes());
    send(drive, settings, gateway, request).await
}

async fn send(drive: Drive, settings: &Settings, gateway: &Gateway, request: Request) -> Result<Outcome> {
    let request = Rc::new(request);
    drive_for(1.0, drive, gateway, &request).await?;
    let cpu = gateway.cpu()?;
    let records = drive_for(settings.seconds, drive, gateway, &request).await?;
    Ok(Outcome { records, cpu: gateway.cpu()? - cpu, latencies: Vec::new() })
}

async fn drive_for(seconds: f64, drive: Drive, gateway: &Gateway, request: &Rc<Request>) -> Result<u64> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
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

async fn requests(address: &str, (path, headers, body): &Request, drive: Drive, end: Instant) -> Result<u64> {
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
async fn stream(address: &str, (path, headers, window): &Request, size: usize, end: Instant) -> Result<u64> {
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

async fn instance(connection: &mut Connection, format: &str, topic: &str, name: usize) -> Result<String> {
    let group = format!("bench-{}", uuid::Uuid::new_v4().simple());
    let create = json!({"name": format!("c{name}"), "format": format, "auto.offset.reset": "earliest", "auto.commit.enable": "false"});
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

/// Reads the whole topic through one instance of this embedded format.
pub async fn read(gateway: &Gateway, format: &str, topic: &str) -> Result<Outcome> {
    let mut connection = Connection::open(&gateway.address).await?;
    let path = instance(&mut connection, format, topic, 0).await?;
    let accept = format!("Accept: application/vnd.kafka.{format}.v2+json\r\n");
    let (mut outcome, cpu) = (Outcome::default(), gateway.cpu()?);
    let mut empty = 0;
    while empty < if outcome.records == 0 { 30 } else { 2 } {
        let (status, body) = connection.call("GET", &format!("{path}/records?timeout=1000&max_bytes=1000000"), &accept, b"").await?;
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
        let path = instance(&mut connection, "binary", topic, i).await?;
        connection.call("GET", &format!("{path}/records?timeout=100"), "Accept: application/vnd.kafka.binary.v2+json\r\n", b"").await?;
    }
    Ok(())
}

/// 500 requests a second of one record, on eight connections in turn; the latency counts from the planned moment. Each connection
/// has a thread that sleeps exactly: an asynchronous timer has ticks of a millisecond, which is more than what is measured.
pub fn rate(settings: &Settings, gateway: &Gateway, topic: &str) -> Result<Outcome> {
    const CONNECTIONS: usize = 8;
    let drive = Drive { form: Form::V2Binary, records: 1, connections: CONNECTIONS };
    let (path, headers, body) = request(drive, settings.size, &gateway.cluster, topic);
    let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n", gateway.address, body.len());
    let bytes = Arc::new([head.into_bytes(), body].concat());
    let (begin, total) = (Instant::now() + Duration::from_millis(200), (500.0 * settings.seconds) as u32);
    let workers: Vec<_> = (0..CONNECTIONS as u32)
        .map(|worker| {
            let (bytes, address) = (bytes.clone(), gateway.address.clone());
            std::thread::spawn(move || -> Result<Vec<Duration>> {
                let mut stream = std::net::TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                let mut latencies = Vec::new();
                blocking_call(&mut stream, &bytes)?;
                for i in (worker..total).step_by(CONNECTIONS) {
                    let due = begin + Duration::from_secs_f64(f64::from(i) / 500.0);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    blocking_call(&mut stream, &bytes)?;
                    latencies.push(due.elapsed());
                }
                Ok(latencies)
            })
        })
        .collect();
    let mut outcome = Outcome::default();
    for worker in workers {
        outcome.latencies.extend(worker.join().map_err(|_| "a worker panicked")??);
    }
    outcome.records = outcome.latencies.len() as u64;
    Ok(outcome)
}

/// One request and its answer, which must say that the record is written.
fn blocking_call(stream: &mut std::net::TcpStream, request: &[u8]) -> Result<()> {
    use std::io::{Read, Write};
    stream.write_all(request)?;
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    // The last member of the body's only object.
    while !answer.ends_with(b"\"value_schema_id\":null}") {
        match stream.read(&mut part)? {
            0 => return Err(format!("the connection ended: {}", String::from_utf8_lossy(&answer)).into()),
            n => answer.extend_from_slice(&part[..n]),
        }
    }
    find(&answer, b"\"error_code\":null").map(drop).ok_or_else(|| String::from_utf8_lossy(&answer).into())
}
