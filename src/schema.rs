//! What a key or a value means: between JSON and the bytes that Kafka keeps.
//!
//! Knows nothing of Kafka or of RPCs. The plain formats, which need no schema, are in [`plain`]; both they and the readers of JSON
//! records stand on the scanner in [`json`]. Each kind of schema has a module; [`compiled`] joins them, and [`registry`] fetches them.

pub mod avro;
pub mod compiled;
pub mod json;
pub mod json_schema;
pub mod kind;
pub mod plain;
pub mod protobuf;
pub mod registry;
