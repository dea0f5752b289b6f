//! What can be set of the services.

use std::time::Duration;

use serde::Deserialize;

/// Settings of producing and of the gRPC servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The longest that a record may take until it has its answer; a request's own deadline can be earlier. Default: 30 s.
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
            batch_maximum_entries: BatchMaximum::default(),
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

impl Default for BatchMaximum {
    fn default() -> Self {
        Self(10)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_one_to_fifty_entries() {
        assert_eq!(BatchMaximum::try_from(50).unwrap().get(), 50);
        assert!(BatchMaximum::try_from(0).is_err() && BatchMaximum::try_from(51).is_err());
    }
}
