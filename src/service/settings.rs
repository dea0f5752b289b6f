//! What can be set of the services.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// Settings of producing and of the gRPC servers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The longest that a record may take until it has its answer; a request's own deadline can be earlier. In files
    /// `delivery_timeout_ms`, in milliseconds. Default: 30 s.
    #[serde(rename = "delivery_timeout_ms", deserialize_with = "milliseconds")]
    pub delivery_timeout: Duration,
    /// How many entries a `records:batch` may have, 1 to 50. Default: 10. (`api.v3.produce.batch.maximum.entries`)
    pub batch_maximum_entries: BatchMaximum,
    /// How many records of one stream may be without an answer before no more are read from it. Default: 10,000.
    pub stream_window_records: u32,
    /// How many bytes of keys and values they may have. A single larger record is taken all the same. Default: 64 MiB.
    pub stream_window_bytes: u32,
    /// The largest message that a gRPC client may send, in bytes, after decompression. Default: 64 MiB.
    pub max_request_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delivery_timeout: Duration::from_secs(30),
            batch_maximum_entries: BatchMaximum(10),
            stream_window_records: 10_000,
            stream_window_bytes: 64 * 1024 * 1024,
            max_request_bytes: 64 * 1024 * 1024,
        }
    }
}

/// A number of entries that a batch may have: 1 to 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "usize")]
pub struct BatchMaximum(usize);

impl BatchMaximum {
    /// The number.
    pub fn get(self) -> usize {
        self.0
    }
}

impl TryFrom<usize> for BatchMaximum {
    type Error = String;

    fn try_from(entries: usize) -> Result<Self, Self::Error> {
        match entries {
            1..=50 => Ok(Self(entries)),
            _ => Err(format!("a batch may have 1 to 50 entries, not {entries}")),
        }
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_one_to_fifty_entries() {
        let read = |n: u32| serde_json::from_str::<Settings>(&format!(r#"{{"batch_maximum_entries":{n}}}"#));
        assert_eq!(read(50).unwrap().batch_maximum_entries.get(), 50);
        assert!(read(0).is_err() && read(51).is_err());
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        assert!(serde_json::from_str::<Settings>(r#"{"delivery_timeout":1}"#).is_err());
    }
}
