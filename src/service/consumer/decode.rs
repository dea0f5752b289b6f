//! Embedded formats: which there are, which may read which, and how a record is decoded in them.
//!
//! Decoding never waits. Where it needs a schema that nobody has asked for yet it says so, and whoever reads has it
//! [learned](Decoder::learn).

use std::{fmt::Display, sync::Arc, time::Instant};

use bytes::Bytes;

use crate::{
    error::{Code, Error, Result},
    kafka::Fetched,
    pb::v2::{ConsumerRecord, EmbeddedFormat, RecordData, RecordHeader, record_data::Content},
    schema::{self, kind::Kind, protobuf::indexes, registry::Registered},
    service::schemas::{Framed, Schemas, Side, format_name},
};

/// The format of an instance's keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Bytes as they are.
    #[default]
    Binary,
    /// JSON text.
    Json,
    /// Avro with Schema Registry.
    Avro,
    /// JSON with Schema Registry.
    JsonSchema,
    /// Protobuf with Schema Registry.
    Protobuf,
}

impl Format {
    /// From the name in the request that makes an instance; case does not matter.
    ///
    /// # Errors
    /// [`Code::ConstraintViolation`] for any other name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "binary" => Ok(Self::Binary),
            "json" => Ok(Self::Json),
            "avro" => Ok(Self::Avro),
            "jsonschema" => Ok(Self::JsonSchema),
            "protobuf" => Ok(Self::Protobuf),
            _ => Err(Error::new(Code::ConstraintViolation, "Invalid format type.")),
        }
    }

    /// Checks that a read may ask for `wanted` of an instance with this format. The formats with schemas pass for each other, as
    /// in the documented API.
    ///
    /// # Errors
    /// [`Code::FormatMismatch`]; [`Code::BadRequest`] if the number is no format.
    pub fn admit(self, wanted: i32) -> Result<()> {
        let with_schema = matches!(self, Self::Avro | Self::JsonSchema | Self::Protobuf);
        let fits = match EmbeddedFormat::try_from(wanted) {
            Ok(EmbeddedFormat::Unspecified) => true,
            Ok(EmbeddedFormat::Binary) => self == Self::Binary,
            Ok(EmbeddedFormat::Json) => self == Self::Json,
            Ok(EmbeddedFormat::Avro | EmbeddedFormat::Jsonschema | EmbeddedFormat::Protobuf) => with_schema,
            Err(_) => return Err(Error::bad_request(format_args!("format {wanted} is not known"))),
        };
        if fits { Ok(()) } else { Err(Error::of(Code::FormatMismatch)) }
    }

    /// The kind of its schemas, if it has any.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Binary | Self::Json => None,
            Self::Avro => Some(Kind::Avro),
            Self::JsonSchema => Some(Kind::Json),
            Self::Protobuf => Some(Kind::Protobuf),
        }
    }
}

/// What is known of the schemas of a record that was decoded.
#[derive(Debug, Default)]
pub struct Told {
    key: Option<Schema>,
    value: Option<Schema>,
}

#[derive(Debug)]
struct Schema {
    id: i32,
    /// Where a Protobuf message that is returned as bytes stands in its file.
    indexes: Vec<i32>,
}

/// Why a record is not decoded; it is as it was.
#[derive(Debug)]
pub enum Trouble {
    /// It cannot be.
    Broken(Error),
    /// Its schema is to be [learned](Decoder::learn) first.
    Unknown(Missing),
}

/// A schema that a record needs.
#[derive(Debug)]
pub struct Missing {
    id: i32,
    side: Side,
    place: Place,
}

/// Which part of which record.
#[derive(Debug)]
struct Place {
    topic: Arc<str>,
    partition: i32,
    offset: i64,
}

/// Decodes the records of one instance.
pub struct Decoder {
    format: Format,
    /// True to return data as bytes where the format has schemas.
    as_bytes: bool,
    schemas: Arc<Schemas>,
    /// The schemas of the last key and the last value, which are mostly those of the next.
    key: Option<Arc<Registered>>,
    value: Option<Arc<Registered>>,
}

impl Decoder {
    /// Decodes in this format.
    pub fn new(format: Format, as_bytes: bool, schemas: Arc<Schemas>) -> Self {
        Self { format, as_bytes, schemas, key: None, value: None }
    }

    /// Puts the key and the value into the form in which the record is returned. Never waits.
    ///
    /// # Errors
    /// [`Code::Undecodable`], or the schema that has to be learned. The record is then as it was.
    pub fn decode(&mut self, record: &mut Fetched) -> Result<Told, Trouble> {
        match self.format {
            Format::Binary => Ok(Told::default()),
            Format::Json => {
                let value = |bytes: Option<&Bytes>| bytes.map(schema::json::first_value).transpose();
                let decoded = value(record.key.as_ref()).and_then(|key| Ok((key, value(record.value.as_ref())?)));
                let decoded = decoded.map_err(|why| Trouble::Broken(Place::of(record).undecodable(Code::Undecodable, "key/value", why)));
                (record.key, record.value) = decoded?;
                Ok(Told::default())
            }
            Format::Avro | Format::JsonSchema | Format::Protobuf => {
                let (key, of_key) = self.side(Side::Key, record)?;
                let (value, of_value) = self.side(Side::Value, record)?;
                (record.key, record.value) = (key, value);
                Ok(Told { key: of_key, value: of_value })
            }
        }
    }

    fn side(&mut self, side: Side, record: &Fetched) -> Result<(Option<Bytes>, Option<Schema>), Trouble> {
        let Some(bytes) = (match side {
            Side::Key => record.key.as_ref(),
            Side::Value => record.value.as_ref(),
        }) else {
            return Ok((None, None));
        };
        let broken = |why: &dyn Display| Trouble::Broken(Place::of(record).undecodable(Code::Undecodable, side.name(), why));
        let Framed { id, datum } = Framed::read(bytes).map_err(|why| broken(&why))?;
        if self.as_bytes {
            let (indexes, message) = match self.format {
                Format::Protobuf => indexes::take(&datum).map_err(|why| broken(&why))?,
                _ => (Vec::new(), &datum[..]),
            };
            return Ok((Some(datum.slice_ref(message)), Some(Schema { id, indexes })));
        }
        let Some(schema) = self.known(side, id) else {
            return Err(Trouble::Unknown(Missing { id, side, place: Place::of(record) }));
        };
        if Some(schema.kind) != self.format.kind() {
            return Err(broken(&format_args!("Its schema {id} is of the format {}.", format_name(schema.kind))));
        }
        let mut text = Vec::with_capacity(datum.len().saturating_mul(2));
        schema.schema.decode(&datum, self.schemas.form(), &mut text).map_err(|why| broken(&why))?;
        Ok((Some(text.into()), Some(Schema { id, indexes: Vec::new() })))
    }

    /// The schema, if nobody has to be asked.
    fn known(&mut self, side: Side, id: i32) -> Option<Arc<Registered>> {
        let last = match side {
            Side::Key => &mut self.key,
            Side::Value => &mut self.value,
        };
        if last.as_ref().is_none_or(|schema| schema.id != id) {
            *last = Some(self.schemas.known(id)?);
        }
        last.clone()
    }

    /// Asks for a schema, which the next call of [`decode`](Self::decode) then finds.
    ///
    /// # Errors
    /// [`Code::Undecodable`] if there is no such schema, [`Code::UndecodableForNow`] if the registry does not answer, or not within the
    /// time.
    pub async fn learn(&mut self, missing: Missing, deadline: Instant) -> Result<()> {
        let Missing { id, side, place } = missing;
        match self.schemas.by_id(id, deadline).await {
            Ok(schema) => {
                match side {
                    Side::Key => self.key = Some(schema),
                    Side::Value => self.value = Some(schema),
                }
                Ok(())
            }
            Err(fault) => {
                let code = if fault.is_temporary() { Code::UndecodableForNow } else { Code::Undecodable };
                Err(place.undecodable(code, side.name(), format_args!("Its schema {id} cannot be had: {fault}")))
            }
        }
    }

    /// What a record that was decoded counts as. Records with schemas count as they are returned, as in the documented API.
    pub fn size(&self, record: &Fetched, in_kafka: u64) -> u64 {
        if self.format.kind().is_some() { record_size(record) } else { in_kafka }
    }

    /// The answer's form of a record that was decoded.
    pub fn record(&self, record: Fetched, told: Told) -> ConsumerRecord {
        let as_bytes = self.format == Format::Binary || self.as_bytes && self.format.kind().is_some();
        let data = |bytes| RecordData { content: Some(if as_bytes { Content::Payload(bytes) } else { Content::Json(bytes) }) };
        let headers = record.headers.into_iter();
        let (key_schema_id, key_message_indexes) = told.key.map_or((None, Vec::new()), |schema| (Some(schema.id), schema.indexes));
        let (value_schema_id, value_message_indexes) = told.value.map_or((None, Vec::new()), |schema| (Some(schema.id), schema.indexes));
        ConsumerRecord {
            topic: record.topic.to_string(),
            key: record.key.map(data),
            value: record.value.map(data),
            partition: record.partition,
            offset: record.offset,
            timestamp_ms: record.timestamp_ms,
            headers: headers.map(|h| RecordHeader { name: String::from_utf8_lossy(&h.name).into_owned(), value: h.value }).collect(),
            key_schema_id,
            value_schema_id,
            key_message_indexes,
            value_message_indexes,
        }
    }
}

/// The bytes of a record's key and value.
pub fn record_size(record: &Fetched) -> u64 {
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, |b| u64::try_from(b.len()).unwrap_or(u64::MAX));
    length(&record.key).saturating_add(length(&record.value))
}

impl Place {
    fn of(record: &Fetched) -> Self {
        Self { topic: record.topic.clone(), partition: record.partition, offset: record.offset }
    }

    fn undecodable(&self, code: Code, part: &str, why: impl Display) -> Error {
        let Self { topic, partition, offset } = self;
        let text = format!(
            "Error deserializing {part} for partition {topic}-{partition} at offset {offset}. If needed, please seek past the record to continue consumption. {why}"
        );
        Error::new(code, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_with_schemas_pass_for_each_other() {
        const NAMES: [&str; 5] = ["binary", "json", "avro", "jsonschema", "protobuf"];
        for (name, fits) in NAMES.iter().zip(["10000", "01000", "00111", "00111", "00111"]) {
            let format = Format::from_name(name).unwrap();
            assert!(format.admit(0).is_ok(), "{name}: unspecified");
            for (wanted, fits) in (1..).zip(fits.chars()) {
                assert_eq!(format.admit(wanted).is_ok(), fits == '1', "{name} as {wanted}");
            }
            assert_eq!(format.admit(6).unwrap_err().code(), Code::BadRequest);
        }
    }

    #[test]
    fn names_of_formats_are_read_in_any_case() {
        for (name, format) in
            [("AVRO", Some(Format::Avro)), ("JsonSchema", Some(Format::JsonSchema)), ("", None), ("xml", None), ("1", None)]
        {
            assert_eq!(Format::from_name(name).ok(), format, "{name}");
        }
    }
}
