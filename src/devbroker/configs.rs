//! Settings: the engine keeps those of topics. Those of the broker are as they are, which the engine does not say by itself.

use kafka_protocol::{
    messages::{
        DescribeConfigsRequest, DescribeConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
        incremental_alter_configs_request::AlterConfigsResource,
    },
    protocol::StrBytes,
};
use noida::kafka::engine::EngineState;

/// Kafka's number for a topic as that which has settings.
const TOPIC: i8 = 2;
/// Kafka's number for a broker; without a name it is all brokers.
const BROKER: i8 = 4;
/// Kafka's error for what it does not do.
const INVALID_REQUEST: i16 = 42;

/// The settings; nothing is set for all brokers.
pub(super) fn describe(engine: &mut EngineState, request: &DescribeConfigsRequest, version: i16) -> DescribeConfigsResponse {
    let mut answer = engine.handle_describe_configs(request, version);
    for result in answer.results.iter_mut().filter(|result| result.resource_type == BROKER && result.resource_name.is_empty()) {
        result.configs.clear();
    }
    answer
}

/// Changes settings of topics; refuses all others as Kafka refuses those that cannot be changed while a broker runs.
pub(super) fn alter(engine: &mut EngineState, request: &IncrementalAlterConfigsRequest, version: i16) -> IncrementalAlterConfigsResponse {
    let mut answer = engine.handle_incremental_alter_configs(request, version);
    for (result, asked) in answer.responses.iter_mut().zip(&request.resources).filter(|(_, asked)| asked.resource_type != TOPIC) {
        result.error_code = INVALID_REQUEST;
        result.error_message = Some(refusal(asked));
    }
    answer
}

fn refusal(asked: &AlterConfigsResource) -> StrBytes {
    let names: Vec<&str> = asked.configs.iter().map(|config| config.name.as_str()).collect();
    StrBytes::from_string(format!("Cannot update these configs dynamically: [{}]", names.join(", ")))
}
