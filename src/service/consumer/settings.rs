//! Settings of the consumer instances.

/// How consumer instances live and read. The names in brackets are those of the documented REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a read waits at most, in milliseconds; neither an instance nor a read can make it longer. 0 or less: reads do not
    /// wait. Default: 1,000. (`consumer.request.timeout.ms`)
    pub request_timeout_ms: i64,
    /// How many bytes of keys and values a read returns at most, but for a single record that is larger. Default: 67,108,864.
    /// (`consumer.request.max.bytes`)
    pub request_max_bytes: u64,
    /// How many bytes of keys and values a read waits for, where the instance does not say it; -1: a read lasts its whole time.
    /// Default: -1. (`fetch.min.bytes`)
    pub fetch_min_bytes: i32,
    /// An instance that is not used for so many milliseconds is deleted. Default: 300,000. (`consumer.instance.timeout.ms`)
    pub instance_timeout_ms: u64,
    /// How many instances there may be at a time; each holds a Kafka client with threads and buffers of its own. Default: 500.
    /// (`consumer.instances.max`)
    pub instances_max: usize,
    /// Stands in the names that the gateway makes for instances: `rest-consumer-<id>-<uuid>`. Default: none. (`id`)
    pub id: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            request_timeout_ms: 1_000,
            request_max_bytes: 67_108_864,
            fetch_min_bytes: -1,
            instance_timeout_ms: 300_000,
            instances_max: 500,
            id: None,
        }
    }
}
