//! What is said when there is no schema to be had: the documented texts and codes.

use super::{Code, Error, Fault, Kind, Strategy};
use crate::pb::v3::RecordFormat;

pub(super) const NO_REGISTRY: &str = "Schema Registry must be configured when using schemas.";

/// The name that the documented API has for a kind of schema.
pub(in crate::service) fn format_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Avro => "AVRO",
        Kind::Json => "JSONSCHEMA",
        Kind::Protobuf => "PROTOBUF",
    }
}

/// The format of records with schemas of this kind.
pub(in crate::service) fn format_of(kind: Kind) -> RecordFormat {
    match kind {
        Kind::Avro => RecordFormat::Avro,
        Kind::Json => RecordFormat::Jsonschema,
        Kind::Protobuf => RecordFormat::Protobuf,
    }
}

pub(super) fn by_id(id: i32) -> String {
    format!("Error when fetching schema by id. schemaId = {id}")
}

pub(super) fn number_of(subject: &str, text: &str) -> String {
    format!("Error when fetching schema version. subject = {subject}, schema = {text}")
}

pub(super) fn registering(kind: Kind, subject: &str, text: &str) -> String {
    format!("Error when registering schema. format = {}, subject = {subject}, schema = {text}", format_name(kind))
}

pub(super) fn latest(subject: &str) -> String {
    format!("Error when fetching latest schema version. subject = {subject}")
}

/// What was being done, and on the next line why it failed.
pub(super) fn failed(doing: &str, fault: Fault) -> Error {
    let code = match &fault {
        Fault::Late => return Error::of(Code::DeadlineExceeded),
        Fault::Refused { status: 403, .. } | Fault::Refused { code: 40301, .. } => {
            return Error::new(Code::Unauthorized, fault.to_string());
        }
        Fault::Unreachable(_) => Code::SchemaRegistryUnavailable,
        Fault::Refused { .. } | Fault::Unusable(_) => Code::SchemaRegistry,
    };
    Error::new(code, format!("Error serializing message. {doing}\n{fault}"))
}

/// A text that is no schema.
pub(super) fn unparsable(kind: Kind, text: &str, fault: Fault) -> Error {
    match fault {
        Fault::Unusable(why) => {
            let text = format!("Invalid schema: Error when parsing raw schema. format = {}, schema = {text}\n{why}", format_name(kind));
            Error::new(Code::InvalidSchema, text)
        }
        fault => failed("Error when parsing raw schema.", fault),
    }
}

/// A version that is not in the subject, or cannot be had.
pub(super) fn no_version(subject: &str, number: i32, fault: Fault) -> Error {
    /// The registry's code for a version that no subject can have.
    const IMPOSSIBLE: i32 = 42202;
    match fault {
        Fault::Refused { status: 404, .. } | Fault::Refused { code: IMPOSSIBLE, .. } => {
            Error::bad_request(format_args!("Schema does not exist for subject: {subject}, version: {number}"))
        }
        fault => failed(&format!("Error when fetching schema by version. subject = {subject}, version = {number}"), fault),
    }
}

pub(super) fn needs_schema(which: &str, strategy: Strategy) -> Error {
    let name = strategy.name();
    Error::bad_request(format_args!("Cannot use {which}schema_subject_strategy={name} without schema_id or schema."))
}

pub(super) fn nameless(strategy: Strategy) -> Error {
    let name = strategy.name();
    Error::bad_request(format_args!("Cannot use schema_subject_strategy={name}: the schema has no name."))
}

/// A schema that is not of the format that the request says.
pub(in crate::service) fn another_format() -> Error {
    Error::bad_request("the schema is of another format")
}
