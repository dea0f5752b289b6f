//! What a key or a value means: between JSON and the bytes that Kafka keeps.
//!
//! Knows nothing of Kafka, of RPCs or of HTTP. The plain formats, which need no schema, are in [`plain`]; both they and the
//! readers of JSON records stand on the scanner in [`json`].

pub mod json;
pub mod plain;
