//! A record of a request becomes a record for Kafka: rules for the data's members, formats, headers, time.
//!
//! Never waits: the schemas that a record names were resolved by the [`Chooser`] before.

use std::collections::HashMap;

use bytes::Bytes;
use prost_types::Timestamp;

use super::choose::Chooser;
use crate::{
    error::{Code, Error, Result},
    kafka::{Header, Record},
    pb::v3::{
        ProduceBatchRequestEntry, ProduceRecordsRequest, RecordData, RecordDataResult, RecordFormat, RecordHeader, SubjectNameStrategy,
        record_data::SchemaChoice,
    },
    schema::{json, kind::Kind, plain, registry::Strategy},
    service::{
        schemas::{Side, format_of},
        timestamp,
    },
};

/// The parts of a record, of a stream or of a batch alike.
pub(super) struct Parts {
    pub(super) partition: Option<i32>,
    pub(super) headers: Vec<RecordHeader>,
    pub(super) key: Option<RecordData>,
    pub(super) value: Option<RecordData>,
    pub(super) timestamp: Option<Timestamp>,
}

impl From<ProduceRecordsRequest> for Parts {
    fn from(r: ProduceRecordsRequest) -> Self {
        Self { partition: r.partition_id, headers: r.headers, key: r.key, value: r.value, timestamp: r.timestamp }
    }
}

impl From<ProduceBatchRequestEntry> for Parts {
    fn from(e: ProduceBatchRequestEntry) -> Self {
        Self { partition: e.partition_id, headers: e.headers, key: e.key, value: e.value, timestamp: e.timestamp }
    }
}

/// What an answer says of a record's data: nothing of a side that was not given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Described {
    pub(super) key: Option<RecordDataResult>,
    pub(super) value: Option<RecordDataResult>,
}

/// Reads a record whose schemas are chosen.
///
/// # Errors
/// As [`check`]; [`Code::BadRequest`] for data that is not of its format or its schema or a time that no record can have; why a schema
/// cannot be had.
pub(super) fn read(parts: Parts, chooser: &Chooser) -> Result<(Record, Described)> {
    let timestamp_ms = parts.timestamp.map(timestamp::to_millis).transpose()?;
    let (key, described_key) = side(Side::Key, parts.key, chooser)?;
    let (value, described_value) = side(Side::Value, parts.value, chooser)?;
    let record = Record { partition: parts.partition, key, value, headers: headers(parts.headers), timestamp_ms };
    Ok((record, Described { key: described_key, value: described_value }))
}

/// What can be said against a record before its schemas are known.
///
/// # Errors
/// As [`read`], but for schemas and data.
pub(super) fn check_all(parts: &Parts) -> Result<()> {
    parts.timestamp.map(timestamp::to_millis).transpose()?;
    parts.key.iter().chain(&parts.value).try_for_each(check)
}

/// Whether the members of the data go together.
///
/// # Errors
/// [`Code::MalformedBody`] if not, with the documented text.
pub(super) fn check(data: &RecordData) -> Result<()> {
    let format = format(data)?;
    if data.data.is_some() && data.payload.is_some() {
        return Err(Error::bad_request("only one of 'data' and 'payload' can be used"));
    }
    if data.subject.is_some() && strategy(data)?.is_some() {
        return Err(mismatch("Only one of 'subject_name_strategy' or 'subject' can be used."));
    }
    let Some(format) = format else {
        return match data.schema_choice {
            Some(SchemaChoice::Schema(_)) => Err(Error::bad_request("'schema' needs 'type'")),
            Some(SchemaChoice::SchemaId(_) | SchemaChoice::SchemaVersion(_)) | None => Ok(()),
        };
    };
    if needs_schema(format) {
        return match &data.schema_choice {
            Some(SchemaChoice::Schema(_)) => Ok(()),
            Some(SchemaChoice::SchemaId(id)) => Err(mismatch(format_args!("'schema_id={id}' cannot be used with 'serializer'."))),
            Some(SchemaChoice::SchemaVersion(v)) => Err(mismatch(format_args!("'schema_version={v}' cannot be used with 'serializer'."))),
            None => Err(mismatch("'schema_version=latest' cannot be used with 'serializer'.")),
        };
    }
    let unused = match (&data.subject, strategy(data)?, &data.schema_choice) {
        (Some(_), ..) => "subject",
        (None, Some(_), _) => "subject_strategy",
        (None, None, Some(SchemaChoice::SchemaId(_))) => "schema_id",
        (None, None, Some(SchemaChoice::SchemaVersion(_))) => "schema_version",
        (None, None, Some(SchemaChoice::Schema(_))) => "schema",
        (None, None, None) => return Ok(()),
    };
    Err(mismatch(format_args!("'type={}' cannot be used with '{unused}'.", name(format))))
}

/// True if the data is that of a schema. Bytes of which nothing more is said are bytes.
pub(super) fn is_schemas(data: &RecordData) -> bool {
    match data.r#type.map(RecordFormat::try_from) {
        None | Some(Ok(RecordFormat::Unspecified)) => {
            let bytes = data.payload.is_some() && data.schema_choice.is_none();
            !bytes || data.subject.is_some() || data.subject_name_strategy.is_some()
        }
        Some(Ok(format)) => needs_schema(format),
        Some(Err(_)) => false,
    }
}

/// The bytes of a key or a value, and what the answer says of them: nothing, if no data was given.
fn side(side: Side, data: Option<RecordData>, chooser: &Chooser) -> Result<(Option<Bytes>, Option<RecordDataResult>)> {
    let Some(data) = data else { return Ok((None, None)) };
    check(&data)?;
    if is_schemas(&data) {
        return with_schema(side, &data, chooser);
    }
    let format = format(&data)?.unwrap_or(RecordFormat::Binary);
    let bytes = match (data.payload, data.data) {
        (Some(payload), _) => Some(payload),
        (None, Some(text)) if !json::is_null(&text) => Some(convert(format, &text)?),
        (None, _) => None,
    };
    let size = size(bytes.as_ref())?;
    Ok((bytes, Some(RecordDataResult { r#type: format.into(), size, ..RecordDataResult::default() })))
}

/// A null is null under every schema, which is shown all the same.
fn with_schema(side: Side, data: &RecordData, chooser: &Chooser) -> Result<(Option<Bytes>, Option<RecordDataResult>)> {
    let chosen = chooser.chosen(side, data)?;
    let message = data.message_name.as_deref();
    let bytes = match (&data.payload, &data.data) {
        (Some(datum), _) => Some(chosen.frame(datum, message)?),
        (None, Some(text)) if !json::is_null(text) => Some(chosen.encode(text, message)?),
        (None, _) => None,
    };
    let described = RecordDataResult {
        r#type: format_of(chosen.schema.kind).into(),
        subject: Some(chosen.subject.to_string()),
        schema_id: Some(chosen.schema.id),
        schema_version: Some(chosen.version),
        size: size(bytes.as_ref())?,
    };
    Ok((bytes, Some(described)))
}

/// The number of bytes for an answer; -1 for null.
fn size(bytes: Option<&Bytes>) -> Result<i32> {
    bytes.map_or(Ok(-1), |b| i32::try_from(b.len())).map_err(|_| Error::of(Code::RecordTooLarge))
}

fn convert(format: RecordFormat, text: &Bytes) -> Result<Bytes> {
    match format {
        RecordFormat::Unspecified | RecordFormat::Binary => plain::binary(text),
        RecordFormat::String => plain::string(text),
        RecordFormat::Json | RecordFormat::Avro | RecordFormat::Jsonschema | RecordFormat::Protobuf => plain::json(text),
    }
}

/// The format that was given.
fn format(data: &RecordData) -> Result<Option<RecordFormat>> {
    match data.r#type.map(|n| RecordFormat::try_from(n).map_err(|_| n)) {
        None | Some(Ok(RecordFormat::Unspecified)) => Ok(None),
        Some(Ok(format)) => Ok(Some(format)),
        Some(Err(number)) => Err(Error::new(Code::MalformedBody, format!("{number} is not a format of records"))),
    }
}

/// The kind of the schema that is given as text.
///
/// # Errors
/// [`Code::MalformedBody`] if the format has none, which [`check`] refuses.
pub(super) fn kind(data: &RecordData) -> Result<Kind> {
    match format(data)? {
        Some(RecordFormat::Avro) => Ok(Kind::Avro),
        Some(RecordFormat::Jsonschema) => Ok(Kind::Json),
        Some(RecordFormat::Protobuf) => Ok(Kind::Protobuf),
        None | Some(RecordFormat::Unspecified | RecordFormat::Binary | RecordFormat::Json | RecordFormat::String) => {
            Err(mismatch("'schema' needs 'type'"))
        }
    }
}

/// The strategy that was given.
pub(super) fn strategy(data: &RecordData) -> Result<Option<Strategy>> {
    match data.subject_name_strategy.map(|n| SubjectNameStrategy::try_from(n).map_err(|_| n)) {
        None | Some(Ok(SubjectNameStrategy::Unspecified)) => Ok(None),
        Some(Ok(SubjectNameStrategy::TopicName)) => Ok(Some(Strategy::TopicName)),
        Some(Ok(SubjectNameStrategy::RecordName)) => Ok(Some(Strategy::RecordName)),
        Some(Ok(SubjectNameStrategy::TopicRecordName)) => Ok(Some(Strategy::TopicRecordName)),
        Some(Err(number)) => Err(Error::new(Code::MalformedBody, format!("{number} is not a strategy for the names of subjects"))),
    }
}

fn needs_schema(format: RecordFormat) -> bool {
    match format {
        RecordFormat::Avro | RecordFormat::Jsonschema | RecordFormat::Protobuf => true,
        RecordFormat::Unspecified | RecordFormat::Binary | RecordFormat::Json | RecordFormat::String => false,
    }
}

/// The format's name in JSON.
fn name(format: RecordFormat) -> &'static str {
    format.as_str_name().trim_start_matches("RECORD_FORMAT_")
}

/// Members that do not go together: the documented text has the class that refuses them.
fn mismatch(problem: impl std::fmt::Display) -> Error {
    Error::new(Code::MalformedBody, format!("Cannot construct instance of `ProduceRequestData`, problem: {problem}"))
}

/// In the request's order, but headers of one name stand together, where the first of them stands: so the documented API has it.
fn headers(from: Vec<RecordHeader>) -> Vec<Header> {
    // By place of the first of the name, in one pass each: a request can have millions of headers.
    let mut firsts: HashMap<Bytes, usize> = HashMap::with_capacity(from.len());
    let mut headers = Vec::with_capacity(from.len());
    for (place, RecordHeader { name, value }) in from.into_iter().enumerate() {
        let name = Bytes::from(name);
        let first = *firsts.entry(name.clone()).or_insert(place);
        headers.push((first, Header { name, value }));
    }
    // Stable: headers of one name keep their order.
    headers.sort_by_key(|(first, _)| *first);
    headers.into_iter().map(|(_, header)| header).collect()
}

#[cfg(test)]
mod tests;
