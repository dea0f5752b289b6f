//! The count of requests to Kafka, by whichever connection they went.

/// Counts requests of an API, by Kafka's name of it.
pub(super) fn count(api: String, more: u64) {
    metrics::counter!("barnabas_kafka_requests_total", "api" => api).increment(more);
}
