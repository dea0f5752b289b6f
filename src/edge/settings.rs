//! What can be set of the edge. The keys, their ranges and their texts stand in `config/keys.rs`.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// The settings of the edge, `edge.*` in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The URL that links in answers begin with (`https://kafka.example.com`). Default: none, which takes the request's `Host`.
    #[serde(rename = "advertised.url", deserialize_with = "text")]
    pub advertised_url: Option<String>,
    /// The largest body of one request after decompression, in bytes. Endless streams have no such limit. Default: 64 MiB.
    #[serde(rename = "body.max.bytes")]
    pub body_max_bytes: u64,
    /// How many bytes of bodies may be held at a time, over all requests. Beyond it requests are refused. Default: 512 MiB.
    #[serde(rename = "buffered.max.bytes")]
    pub buffered_max_bytes: u64,
    /// The longest path and query, in bytes. Default: 16 KiB.
    #[serde(rename = "uri.max.bytes")]
    pub uri_max_bytes: usize,
    /// The longest that a request may take, if its `grpc-timeout` is not shorter; not for streams. Default: 60 s.
    #[serde(rename = "request.timeout.ms", deserialize_with = "milliseconds")]
    pub request_timeout: Duration,
    /// How many requests may be under way at a time. Beyond it requests are refused. Default: 10,000.
    #[serde(rename = "requests.max")]
    pub requests_max: usize,
    /// How many connections may be open at a time. Beyond it new ones wait in the system's backlog. Default: 10,000.
    #[serde(rename = "connections.max")]
    pub connections_max: usize,
    /// How long a new connection may stay without its first byte. Default: 10 s.
    #[serde(rename = "first.byte.timeout.ms", deserialize_with = "milliseconds")]
    pub first_byte_timeout: Duration,
    /// How long the head of a request may take to arrive on HTTP/1.1, counted from the end of the one before: also the longest that
    /// an unused connection is kept. Default: 60 s.
    #[serde(rename = "header.timeout.ms", deserialize_with = "milliseconds")]
    pub header_timeout: Duration,
    /// How long a connection may go without a byte in either direction. Default: 5 min.
    #[serde(rename = "idle.timeout.ms", deserialize_with = "milliseconds")]
    pub idle_timeout: Duration,
    /// Whether each request has a line in the log. Default: true.
    #[serde(rename = "access.log")]
    pub access_log: bool,
    /// The origins whose pages may use the gateway; `*` is all. Default: none, which turns CORS off.
    #[serde(rename = "cors.allow.origins", deserialize_with = "list")]
    pub cors_allow_origins: Vec<String>,
    /// The methods that such pages may use. Default: GET, HEAD, POST, PUT, PATCH, DELETE.
    #[serde(rename = "cors.allow.methods", deserialize_with = "list")]
    pub cors_allow_methods: Vec<String>,
    /// The headers that such pages may send. Default: none, which allows those that are asked for.
    #[serde(rename = "cors.allow.headers", deserialize_with = "list")]
    pub cors_allow_headers: Vec<String>,
    /// How long browsers may remember the answer to a preflight. Default: 1 h.
    #[serde(rename = "cors.max.age.ms", deserialize_with = "milliseconds")]
    pub cors_max_age: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            advertised_url: None,
            body_max_bytes: 64 * 1024 * 1024,
            buffered_max_bytes: 512 * 1024 * 1024,
            uri_max_bytes: 16 * 1024,
            request_timeout: Duration::from_secs(60),
            requests_max: 10_000,
            connections_max: 10_000,
            first_byte_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(300),
            access_log: true,
            cors_allow_origins: Vec::new(),
            cors_allow_methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map(str::to_owned).to_vec(),
            cors_allow_headers: Vec::new(),
            cors_max_age: Duration::from_secs(3600),
        }
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_millis)
}

/// Text in which nothing but white space is the same as absent.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    let text = text.trim().trim_end_matches('/');
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Text of items separated by commas: an array of the file arrives here joined.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(from)?;
    Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}
