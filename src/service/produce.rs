//! `barnabas.v2.ProduceService`: producing records in batches, each side of all records in one embedded format.
//!
//! All records are read before any is sent, so that one that cannot be read leaves nothing in Kafka. After that each record has its
//! own result.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tonic::{Request, Response, Status};

use super::timestamp;
use crate::{
    caller::{Caller, HttpStatus},
    error::{Code, Dialect, Error, Result},
    kafka::{Header, Kafka, Record, Written},
    pb::v2::{
        self, EmbeddedFormat, ProduceRecord, ProduceRequest, ProduceResponse, ProduceResult, RecordData, RecordHeader, record_data::Content,
    },
    schema::{json, plain},
};

/// Produces records in batches.
pub struct ProduceService {
    kafka: Arc<Kafka>,
    delivery_timeout: Duration,
}

/// What stands around a key or a value: the request, its list of records, and the record.
const LEVELS_AROUND: usize = 3;

/// How the JSON of a key or a value becomes bytes.
type Read = fn(&Bytes) -> Result<Bytes>;

impl ProduceService {
    /// With the longest time that the records of a request may take.
    pub fn new(kafka: Arc<Kafka>, delivery_timeout: Duration) -> Self {
        Self { kafka, delivery_timeout }
    }

    /// Sends the records; a result for each, whatever happens.
    async fn send(&self, caller: &Caller, topic: &str, records: Vec<Record>) -> Result<Vec<Result<Written>>> {
        let producer = self.kafka.producer(caller)?;
        let deadline = caller.deadline.min(Instant::now() + self.delivery_timeout);
        match producer.topic(topic, deadline).await {
            Ok(topic) => Ok(producer.send(&topic, records, deadline).await),
            Err(error) => Ok(records.iter().map(|_| Err(error.clone())).collect()),
        }
    }
}

/// What reads the format.
///
/// # Errors
/// [`Code::InvalidPayload`] for a format with schemas, as there is no Schema Registry; [`Code::BadRequest`] for a number that is no
/// format.
fn reader(format: i32) -> Result<Read> {
    match EmbeddedFormat::try_from(format) {
        Ok(EmbeddedFormat::Unspecified | EmbeddedFormat::Binary) => Ok(plain::binary),
        Ok(EmbeddedFormat::Json) => Ok(|text| plain::json_inside(text, LEVELS_AROUND)),
        Ok(EmbeddedFormat::Avro | EmbeddedFormat::Jsonschema | EmbeddedFormat::Protobuf) => {
            Err(Error::payload("Schema Registry must be configured when using schemas."))
        }
        Err(_) => Err(Error::bad_request(format_args!("{format} is not an embedded format"))),
    }
}

fn record(from: ProduceRecord, partition: Option<i32>, read: Read) -> Result<Record> {
    let partition = from.partition.or(partition);
    if partition.is_some_and(|p| p < 0) {
        return Err(Error::of(Code::PartitionNotFound));
    }
    Ok(Record {
        partition,
        key: bytes(from.key, read)?,
        value: bytes(from.value, read)?,
        headers: from.headers.into_iter().map(header).collect(),
        timestamp_ms: from.timestamp_ms.map(timestamp::check_millis).transpose()?,
    })
}

fn bytes(data: Option<RecordData>, read: Read) -> Result<Option<Bytes>> {
    match data.and_then(|d| d.content) {
        Some(Content::Json(text)) if json::is_null(&text) => Ok(None),
        Some(Content::Json(text)) => read(&text).map(Some),
        Some(Content::Payload(payload)) => Ok(Some(payload)),
        None => Ok(None),
    }
}

fn header(from: RecordHeader) -> Header {
    Header { name: Bytes::from(from.name), value: from.value }
}

fn result(written: Result<Written>) -> ProduceResult {
    match written {
        Ok(at) => ProduceResult { partition: Some(at.partition), offset: Some(at.offset), ..ProduceResult::default() },
        Err(error) => {
            let error_code = Some(error_code(&error));
            ProduceResult { error_code, error: Some(error.message().to_owned()), ..ProduceResult::default() }
        }
    }
}

/// API v2 knows four kinds of failure of a record.
fn error_code(error: &Error) -> i32 {
    match error.code() {
        code @ (Code::Unauthenticated | Code::Unauthorized | Code::KafkaRetriable | Code::Kafka) => code.http(Dialect::V2).error_code,
        // The Java producer waits for a topic or partition that is not there until its time is over: a retriable error.
        Code::TopicNotFound | Code::PartitionNotFound | Code::UnknownTopicOrPartition => Code::KafkaRetriable.http(Dialect::V2).error_code,
        code if code.is_retriable() => Code::KafkaRetriable.http(Dialect::V2).error_code,
        _ => Code::Kafka.http(Dialect::V2).error_code,
    }
}

/// 401 or 403 if a record failed for that, the first such record deciding.
fn status(results: &[Result<Written>]) -> Option<HttpStatus> {
    let refused = |code| matches!(code, Code::Unauthenticated | Code::Unauthorized);
    let codes = results.iter().filter_map(|r| r.as_ref().err()).map(Error::code);
    codes.into_iter().find(|code| refused(*code)).map(|code| HttpStatus(code.http(Dialect::V2).status))
}

#[tonic::async_trait]
impl v2::produce_service_server::ProduceService for ProduceService {
    async fn produce(&self, request: Request<ProduceRequest>) -> Result<Response<ProduceResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        if asked.records.is_empty() {
            return Err(Error::new(Code::ConstraintViolation, "records must not be empty (was [])").into());
        }
        let read = reader(asked.format)?;
        let records = asked.records.into_iter().map(|r| record(r, asked.partition_id, read)).collect::<Result<_>>()?;
        let results = self.send(&caller, &asked.topic_name, records).await?;
        let status = status(&results);
        let offsets = results.into_iter().map(result).collect();
        let mut response = Response::new(ProduceResponse { offsets, key_schema_id: None, value_schema_id: None });
        if let Some(status) = status {
            response.extensions_mut().insert(status);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &'static str) -> Option<RecordData> {
        Some(RecordData { content: Some(Content::Json(Bytes::from_static(text.as_bytes()))) })
    }

    #[test]
    fn records_are_read_in_the_format_of_the_request() {
        let from = ProduceRecord { key: json("null"), value: json("\"aGk=\""), partition: None, ..ProduceRecord::default() };
        let binary = record(from.clone(), Some(3), reader(0).unwrap()).unwrap();
        assert_eq!((binary.partition, binary.key, binary.value.as_deref()), (Some(3), None, Some(&b"hi"[..])));
        let from = ProduceRecord { partition: Some(1), ..from };
        let json = record(from, Some(3), reader(EmbeddedFormat::Json.into()).unwrap()).unwrap();
        assert_eq!((json.partition, json.value.as_deref()), (Some(1), Some(&b"\"aGk=\""[..])));
    }

    #[test]
    fn nesting_counts_from_the_outside_of_the_request() {
        let nested = |levels| Bytes::from("[".repeat(levels) + &"]".repeat(levels));
        let read = reader(EmbeddedFormat::Json.into()).unwrap();
        assert!(read(&nested(997)).is_ok());
        assert_eq!(read(&nested(998)).unwrap_err().code(), Code::BadRequest);
    }

    #[test]
    fn a_payload_is_taken_as_it_is() {
        let payload = Bytes::from_static(b"\xff");
        let data = RecordData { content: Some(Content::Payload(payload.clone())) };
        assert_eq!(bytes(Some(data), plain::json).unwrap(), Some(payload));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let refused = |from, partition| record(from, partition, plain::binary).unwrap_err().code();
        assert_eq!(refused(ProduceRecord { value: json("17"), ..ProduceRecord::default() }, None), Code::BadRequest);
        assert_eq!(refused(ProduceRecord::default(), Some(-1)), Code::PartitionNotFound);
        assert_eq!(refused(ProduceRecord { timestamp_ms: Some(-1), ..ProduceRecord::default() }, None), Code::BadRequest);
        assert_eq!(reader(EmbeddedFormat::Avro.into()).err().map(|e| e.code()), Some(Code::InvalidPayload));
        assert_eq!(reader(99).err().map(|e| e.code()), Some(Code::BadRequest));
    }

    #[test]
    fn failures_of_records_are_of_four_kinds() {
        for (code, want) in [
            (Code::Unauthenticated, 40101),
            (Code::Unauthorized, 40301),
            (Code::KafkaRetriable, 50003),
            (Code::TopicNotFound, 50003),
            (Code::DeadlineExceeded, 50003),
            (Code::Overloaded, 50003),
            (Code::RecordTooLarge, 50002),
            (Code::KafkaInvalidRequest, 50002),
            (Code::Kafka, 50002),
        ] {
            assert_eq!(result(Err(Error::of(code))).error_code, Some(want), "{code:?}");
        }
    }

    #[test]
    fn the_first_refusal_decides_the_status() {
        let written = || Ok(Written { partition: 0, offset: 0, timestamp_ms: None });
        let failed = |code| Err(Error::of(code));
        assert_eq!(status(&[written(), failed(Code::RecordTooLarge)]), None);
        assert_eq!(status(&[failed(Code::Kafka), failed(Code::Unauthorized), failed(Code::Unauthenticated)]), Some(HttpStatus(403)));
        assert_eq!(status(&[failed(Code::Unauthenticated), failed(Code::Unauthorized)]), Some(HttpStatus(401)));
    }
}
