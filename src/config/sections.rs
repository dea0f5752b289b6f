//! The settings of the services, as the file has them. `app` hands them to the parts.

use serde::Deserialize;

use crate::service::{BatchMaximum, consumer};

/// The settings of the services, under the names that the documented API has for them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Services {
    /// Stands in the names that are made for consumer instances. Default: none.
    pub id: Option<String>,
    /// How long a read waits at most, in milliseconds. Default: 1,000.
    #[serde(rename = "consumer.request.timeout.ms")]
    pub consumer_request_timeout_ms: i64,
    /// How many bytes of keys and values a read returns at most. Default: 64 MiB.
    #[serde(rename = "consumer.request.max.bytes")]
    pub consumer_request_max_bytes: u64,
    /// How many bytes a read waits for; -1: it lasts its whole time. Default: -1.
    #[serde(rename = "fetch.min.bytes")]
    pub fetch_min_bytes: i32,
    /// After how many milliseconds an unused instance is deleted. Default: 300,000.
    #[serde(rename = "consumer.instance.timeout.ms")]
    pub consumer_instance_timeout_ms: u64,
    /// How many instances there may be. Default: 500.
    #[serde(rename = "consumer.instances.max")]
    pub consumer_instances_max: usize,
    /// How many entries a batch may have, 1 to 50. Default: 10.
    #[serde(rename = "api.v3.produce.batch.maximum.entries")]
    pub batch_maximum_entries: BatchMaximum,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            id: None,
            consumer_request_timeout_ms: 1_000,
            consumer_request_max_bytes: 64 * 1024 * 1024,
            fetch_min_bytes: -1,
            consumer_instance_timeout_ms: 300_000,
            consumer_instances_max: 500,
            batch_maximum_entries: BatchMaximum::default(),
        }
    }
}

impl Services {
    /// The part that is about consumer instances.
    pub fn consumers(&self) -> consumer::Settings {
        consumer::Settings {
            request_timeout_ms: self.consumer_request_timeout_ms,
            request_max_bytes: self.consumer_request_max_bytes,
            fetch_min_bytes: self.fetch_min_bytes,
            instance_timeout_ms: self.consumer_instance_timeout_ms,
            instances_max: self.consumer_instances_max,
            id: self.id.clone(),
        }
    }

    /// True for the names of the keys above.
    pub(super) fn has(name: &str) -> bool {
        name == "id" || ["consumer.", "fetch.", "api."].iter().any(|prefix| name.starts_with(prefix))
    }
}
