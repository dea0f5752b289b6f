//! Kafka itself: topics that cases need, and what is really stored, seen by a native client.

use std::time::{Duration, Instant};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{BorrowedMessage, Headers},
    producer::{BaseProducer, BaseRecord, Producer},
};
use serde_json::{Value, json};

use crate::{gateway::Gateway, topics};

/// How long stored records may take to be there.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes a topic, and waits until every broker knows all of it: the gateway may ask any of them.
///
/// # Errors
/// What the gateway or a broker answers.
pub async fn create_topic(gateway: &Gateway, name: &str, partitions: i32) -> Result<(), String> {
    let topics = format!("{}/v3/clusters/{}/topics", gateway.url, gateway.cluster_id);
    // Some records are older than Kafka keeps them by default.
    let configs = json!([{"name": "retention.ms", "value": "-1"}]);
    let body = json!({ "topic_name": name, "partitions_count": partitions, "replication_factor": 1, "configs": configs });
    let response = gateway.http.post(&topics).json(&body).send().await.map_err(|e| format!("making topic {name}: {e:?}"))?;
    let (status, text) = (response.status(), response.text().await.unwrap_or_default());
    if status != 201 {
        return Err(format!("making topic {name}: {status} {text}"));
    }
    topics::is_known_everywhere(&gateway.bootstrap, name, usize::try_from(partitions).unwrap_or_default()).await
}

/// Writes three megabytes to partition 0 of a topic: more than a broker copies with one request.
///
/// # Errors
/// What the native client says.
pub fn fill(bootstrap: &str, topic: &str) -> Result<(), String> {
    let mut config = ClientConfig::new();
    let producer: BaseProducer = config.set("bootstrap.servers", bootstrap).create().map_err(|e| e.to_string())?;
    let record = vec![0; 100_000];
    for _ in 0..30 {
        producer.send(BaseRecord::<(), _>::to(topic).partition(0).payload(&record)).map_err(|(e, _)| e.to_string())?;
    }
    producer.flush(READ_TIMEOUT).map_err(|e| e.to_string())
}

/// The first records of a partition, as many as are named; more, if there are more.
///
/// # Errors
/// They are not there in time.
pub async fn read(gateway: &Gateway, topic: &str, partition: i32, count: usize) -> Result<Vec<Value>, String> {
    let (bootstrap, topic) = (gateway.bootstrap.clone(), topic.to_owned());
    let reading = tokio::task::spawn_blocking(move || read_blocking(&bootstrap, &topic, partition, count));
    reading.await.map_err(|e| e.to_string())?
}

fn read_blocking(bootstrap: &str, topic: &str, partition: i32, count: usize) -> Result<Vec<Value>, String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("group.id", "blackbox").set("enable.auto.commit", "false");
    config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "50");
    let consumer: BaseConsumer = config.create().map_err(|e| e.to_string())?;
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, partition, Offset::Beginning).map_err(|e| e.to_string())?;
    consumer.assign(&partitions).map_err(|e| e.to_string())?;
    let (begun, mut records) = (Instant::now(), Vec::new());
    while begun.elapsed() < READ_TIMEOUT {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => records.push(shown(&message)),
            // What is there is read; the rest may still be on its way.
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) if records.len() >= count => return Ok(records),
            _ => {}
        }
    }
    Err(format!("{topic}-{partition} does not hold {count} records after {READ_TIMEOUT:?}, but {records:?}"))
}

fn shown(message: &BorrowedMessage<'_>) -> Value {
    let headers = message.headers().into_iter().flat_map(Headers::iter).map(|h| json!([h.key, h.value.map(text)]));
    json!({
        "key": message.key().map(text),
        "value": message.payload().map(text),
        "headers": headers.collect::<Vec<_>>(),
        "timestamp_ms": message.timestamp().to_millis(),
    })
}

/// Bytes as text, or `0x…` if they are none.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().fold("0x".to_owned(), |text, b| format!("{text}{b:02x}")),
    }
}
