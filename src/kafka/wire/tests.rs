//! The connections against brokers that do as they are told, also when that is wrong.

mod broker;
mod faults;
mod routes;
mod settings;
#[cfg(feature = "ssl")]
mod tls;

use std::time::{Duration, Instant};

use kafka_protocol::messages::{
    CreateTopicsRequest, DescribeClusterRequest, DescribeClusterResponse, create_topics_request::CreatableTopic,
};

use super::*;
use crate::kafka::Settings;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// Connections to these servers, with librdkafka properties.
fn wire(servers: &str, properties: &[(&str, &str)]) -> Result<Arc<Wire>> {
    let client = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let settings = Settings { bootstrap_servers: servers.to_owned(), client, ..Settings::default() };
    Wire::new(&Recipe { settings, alive: Default::default() })
}

/// A read: may be repeated.
fn read() -> DescribeClusterRequest {
    DescribeClusterRequest::default()
}

fn read_fault(answer: &DescribeClusterResponse) -> i16 {
    answer.error_code
}

/// A change that may not be repeated.
fn change() -> CreateTopicsRequest {
    CreateTopicsRequest::default().with_topics(vec![CreatableTopic::default()])
}

fn change_fault(answer: &kafka_protocol::messages::CreateTopicsResponse) -> i16 {
    answer.topics.iter().map(|topic| topic.error_code).find(|code| *code != 0).unwrap_or_default()
}
