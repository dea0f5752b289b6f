//! `barnabas.v2.ProduceService`: producing records in batches, each side of all records in one embedded format.
//!
//! All records are read before any is sent, so that one that cannot be read leaves nothing in Kafka. After that each record has its
//! own result. A schema is that of a side of all records, and is resolved once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tonic::{Request, Response, Status};

use super::{
    schemas::{Choice, Resolved, Schemas, Side, Subject, another_format},
    timestamp,
};
use crate::{
    caller::{Caller, HttpStatus},
    error::{Code, Dialect, Error, Result},
    kafka::{Header, Kafka, Record, Written},
    pb::v2::{
        self, EmbeddedFormat, ProduceRecord, ProduceRequest, ProduceResponse, ProduceResult, RecordData, RecordHeader, record_data::Content,
    },
    schema::{json, kind::Kind, plain},
};

/// Produces records in batches.
pub struct ProduceService {
    kafka: Arc<Kafka>,
    schemas: Arc<Schemas>,
    delivery_timeout: Duration,
}

/// What stands around a key or a value: the request, its list of records, and the record.
const LEVELS_AROUND: usize = 3;

/// How a key or a value becomes bytes.
enum Reader {
    /// By its format alone.
    Plain(fn(&Bytes) -> Result<Bytes>),
    /// With a schema.
    Schema(Resolved),
    /// With a schema that the request does not give: null is all that can be read.
    NoSchema(Code),
}

impl Reader {
    fn json(&self, text: &Bytes) -> Result<Bytes> {
        match self {
            Self::Plain(read) => read(text),
            Self::Schema(resolved) => resolved.encode(text, None),
            Self::NoSchema(code) => Err(Error::of(*code)),
        }
    }

    fn payload(&self, payload: Bytes) -> Result<Bytes> {
        match self {
            Self::Plain(_) => Ok(payload),
            Self::Schema(resolved) => resolved.frame(&payload, None),
            Self::NoSchema(code) => Err(Error::of(*code)),
        }
    }

    fn schema_id(&self) -> Option<i32> {
        match self {
            Self::Schema(resolved) => Some(resolved.schema.id),
            Self::Plain(_) | Self::NoSchema(_) => None,
        }
    }
}

/// The readers of both sides.
struct Readers {
    key: Reader,
    value: Reader,
}

impl ProduceService {
    /// With the longest time that the records of a request may take.
    pub fn new(kafka: Arc<Kafka>, schemas: Arc<Schemas>, delivery_timeout: Duration) -> Self {
        Self { kafka, schemas, delivery_timeout }
    }

    /// What reads the keys and the values of the request.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for a number that is no format, for a schema that is given twice and for one of another format; those of
    /// [`Schemas::resolve`].
    async fn readers(&self, asked: &ProduceRequest, deadline: Instant) -> Result<Readers> {
        let plain = |read: fn(&Bytes) -> Result<Bytes>| Ok(Readers { key: Reader::Plain(read), value: Reader::Plain(read) });
        let kind = match EmbeddedFormat::try_from(asked.format) {
            Ok(EmbeddedFormat::Unspecified | EmbeddedFormat::Binary) => return plain(plain::binary),
            Ok(EmbeddedFormat::Json) => return plain(|text| plain::json_inside(text, LEVELS_AROUND)),
            Ok(EmbeddedFormat::Avro) => Kind::Avro,
            Ok(EmbeddedFormat::Jsonschema) => Kind::Json,
            Ok(EmbeddedFormat::Protobuf) => Kind::Protobuf,
            Err(_) => return Err(Error::bad_request(format_args!("{} is not an embedded format", asked.format))),
        };
        self.schemas.check_there_are()?;
        let (key, value) = (
            choice(kind, asked.key_schema_id, asked.key_schema.as_deref())?,
            choice(kind, asked.value_schema_id, asked.value_schema.as_deref())?,
        );
        let reader = async |side, choice: Option<Choice>, missing| match choice {
            Some(choice) => {
                let resolved = self.schemas.resolve(&asked.topic_name, side, &choice, &Subject::Unsaid, deadline).await?;
                if resolved.schema.kind == kind { Ok(Reader::Schema(resolved)) } else { Err(another_format()) }
            }
            None => Ok(Reader::NoSchema(missing)),
        };
        Ok(Readers {
            key: reader(Side::Key, key, Code::KeySchemaMissing).await?,
            value: reader(Side::Value, value, Code::ValueSchemaMissing).await?,
        })
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

/// The schema of a side, if the request gives one.
fn choice(kind: Kind, id: Option<i32>, text: Option<&str>) -> Result<Option<Choice>> {
    match (id, text) {
        (Some(_), Some(_)) => Err(Error::bad_request("only one of schema id and schema can be used")),
        (Some(id), None) => Ok(Some(Choice::Id(id))),
        (None, Some(text)) => Ok(Some(Choice::Text(kind, text.into()))),
        (None, None) => Ok(None),
    }
}

fn record(from: ProduceRecord, partition: Option<i32>, readers: &Readers) -> Result<Record> {
    let partition = from.partition.or(partition);
    if partition.is_some_and(|p| p < 0) {
        return Err(Error::of(Code::PartitionNotFound));
    }
    Ok(Record {
        partition,
        key: bytes(from.key, &readers.key)?,
        value: bytes(from.value, &readers.value)?,
        headers: from.headers.into_iter().map(header).collect(),
        timestamp_ms: from.timestamp_ms.map(timestamp::check_millis).transpose()?,
    })
}

fn bytes(data: Option<RecordData>, reader: &Reader) -> Result<Option<Bytes>> {
    match data.and_then(|d| d.content) {
        Some(Content::Json(text)) if json::is_null(&text) => Ok(None),
        Some(Content::Json(text)) => reader.json(&text).map(Some),
        Some(Content::Payload(payload)) => reader.payload(payload).map(Some),
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
        let deadline = caller.deadline.min(Instant::now() + self.delivery_timeout);
        let readers = self.readers(&asked, deadline).await?;
        let records = asked.records.into_iter().map(|r| record(r, asked.partition_id, &readers)).collect::<Result<_>>()?;
        let results = self.send(&caller, &asked.topic_name, records).await?;
        let status = status(&results);
        let offsets = results.into_iter().map(result).collect();
        let (key_schema_id, value_schema_id) = (readers.key.schema_id(), readers.value.schema_id());
        let mut response = Response::new(ProduceResponse { offsets, key_schema_id, value_schema_id });
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

    /// The readers of a format, where there is no registry.
    async fn readers(format: i32) -> Result<Readers> {
        let kafka = Kafka::new(crate::kafka::Settings::default()).unwrap();
        let service = ProduceService::new(kafka, Schemas::none(), Duration::ZERO);
        service.readers(&ProduceRequest { format, ..ProduceRequest::default() }, Instant::now()).await
    }

    #[tokio::test]
    async fn records_are_read_in_the_format_of_the_request() {
        let from = ProduceRecord { key: json("null"), value: json("\"aGk=\""), partition: None, ..ProduceRecord::default() };
        let binary = record(from.clone(), Some(3), &readers(0).await.unwrap()).unwrap();
        assert_eq!((binary.partition, binary.key, binary.value.as_deref()), (Some(3), None, Some(&b"hi"[..])));
        let from = ProduceRecord { partition: Some(1), ..from };
        let json = record(from, Some(3), &readers(EmbeddedFormat::Json.into()).await.unwrap()).unwrap();
        assert_eq!((json.partition, json.value.as_deref()), (Some(1), Some(&b"\"aGk=\""[..])));
    }

    #[tokio::test]
    async fn nesting_counts_from_the_outside_of_the_request() {
        let nested = |levels| Bytes::from("[".repeat(levels) + &"]".repeat(levels));
        let reader = readers(EmbeddedFormat::Json.into()).await.unwrap().value;
        assert!(reader.json(&nested(997)).is_ok());
        assert_eq!(reader.json(&nested(998)).unwrap_err().code(), Code::BadRequest);
    }

    #[test]
    fn a_payload_is_taken_as_it_is() {
        let payload = Bytes::from_static(b"\xff");
        let data = RecordData { content: Some(Content::Payload(payload.clone())) };
        assert_eq!(bytes(Some(data), &Reader::Plain(plain::json)).unwrap(), Some(payload));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused() {
        let readers_of_bytes = readers(0).await.unwrap();
        let refused = |from, partition| record(from, partition, &readers_of_bytes).unwrap_err().code();
        assert_eq!(refused(ProduceRecord { value: json("17"), ..ProduceRecord::default() }, None), Code::BadRequest);
        assert_eq!(refused(ProduceRecord::default(), Some(-1)), Code::PartitionNotFound);
        assert_eq!(refused(ProduceRecord { timestamp_ms: Some(-1), ..ProduceRecord::default() }, None), Code::BadRequest);
        assert_eq!(readers(EmbeddedFormat::Avro.into()).await.err().map(|e| e.code()), Some(Code::InvalidPayload));
        assert_eq!(readers(99).await.err().map(|e| e.code()), Some(Code::BadRequest));
    }

    #[test]
    fn without_a_schema_only_null_can_be_read() {
        let reader = Reader::NoSchema(Code::ValueSchemaMissing);
        assert_eq!(bytes(None, &reader).unwrap(), None);
        assert_eq!(bytes(json(" null "), &reader).unwrap(), None);
        assert_eq!(bytes(json("1"), &reader).unwrap_err().code(), Code::ValueSchemaMissing);
        let payload = RecordData { content: Some(Content::Payload(Bytes::new())) };
        assert_eq!(bytes(Some(payload), &reader).unwrap_err().code(), Code::ValueSchemaMissing);
    }

    #[test]
    fn a_schema_is_given_once() {
        assert_eq!(
            choice(Kind::Avro, Some(1), Some("")).unwrap_err().message(),
            "Bad Request: only one of schema id and schema can be used"
        );
        assert_eq!(choice(Kind::Avro, Some(1), None).unwrap(), Some(Choice::Id(1)));
        assert_eq!(choice(Kind::Json, None, Some("")).unwrap(), Some(Choice::Text(Kind::Json, "".into())), "an empty text is a text");
        assert_eq!(choice(Kind::Avro, None, None).unwrap(), None);
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
