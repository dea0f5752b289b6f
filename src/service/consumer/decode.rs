//! Embedded formats: which there are, which may read which, and how a record is decoded in them.

use std::fmt::Display;

use bytes::Bytes;

use crate::{
    error::{Code, Error, Result},
    kafka::Fetched,
    pb::v2::{ConsumerRecord, EmbeddedFormat, RecordData, RecordHeader, record_data::Content},
    schema,
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

    fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Json => "json",
            Self::Avro => "avro",
            Self::JsonSchema => "jsonschema",
            Self::Protobuf => "protobuf",
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

    /// Puts the key and the value into the form in which the record is returned.
    ///
    /// # Errors
    /// [`Code::Undecodable`]; the record is then as it was.
    pub fn decode(self, record: &mut Fetched) -> Result<()> {
        match self {
            Self::Binary => Ok(()),
            Self::Json => {
                let value = |bytes: Option<&Bytes>| bytes.map(schema::json::first_value).transpose();
                let decoded = value(record.key.as_ref()).and_then(|key| Ok((key, value(record.value.as_ref())?)));
                (record.key, record.value) = decoded.map_err(|why| undecodable(record, why))?;
                Ok(())
            }
            Self::Avro | Self::JsonSchema | Self::Protobuf => {
                Err(undecodable(record, format_args!("reading the {} format is not supported yet", self.name())))
            }
        }
    }

    /// The answer's form of a record that was decoded.
    pub fn record(self, record: Fetched) -> ConsumerRecord {
        let data = |bytes| RecordData {
            content: Some(match self {
                Self::Binary => Content::Payload(bytes),
                Self::Json | Self::Avro | Self::JsonSchema | Self::Protobuf => Content::Json(bytes),
            }),
        };
        let headers = record.headers.into_iter();
        ConsumerRecord {
            topic: record.topic.to_string(),
            key: record.key.map(data),
            value: record.value.map(data),
            partition: record.partition,
            offset: record.offset,
            timestamp_ms: record.timestamp_ms,
            headers: headers.map(|h| RecordHeader { name: String::from_utf8_lossy(&h.name).into_owned(), value: h.value }).collect(),
        }
    }
}

fn undecodable(record: &Fetched, why: impl Display) -> Error {
    let Fetched { topic, partition, offset, .. } = record;
    let text = format!("Error deserializing key/value for partition {topic}-{partition} at offset {offset}: {why}");
    Error::new(Code::Undecodable, text)
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
