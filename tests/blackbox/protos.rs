//! The descriptors of the protos, and what the REST options in them say. The harness derives every request from these, so that a case
//! names an RPC and nothing else.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions, prost::Message};
use serde_json::Value;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| DescriptorPool::decode(barnabas::pb::DESCRIPTORS).expect("descriptors"));

/// The method called `v3.TopicService/GetTopic`.
pub fn method(rpc: &str) -> MethodDescriptor {
    let (service, name) = rpc.split_once('/').expect("Service/Method");
    let service = POOL.get_service_by_name(&format!("barnabas.{service}")).unwrap_or_else(|| panic!("no service {service}"));
    service.methods().find(|m| m.name() == name).unwrap_or_else(|| panic!("no method {rpc}"))
}

/// Every method, as `v3.TopicService/GetTopic`.
pub fn methods() -> impl Iterator<Item = String> {
    let services = POOL.services().filter(|s| s.full_name().starts_with("barnabas."));
    services.flat_map(|s| s.methods().map(|m| m.full_name().to_owned()).collect::<Vec<_>>()).map(|full| {
        let (service, method) = full.trim_start_matches("barnabas.").rsplit_once('.').expect("a method has a service");
        format!("{service}/{method}")
    })
}

/// The `google.api.http` rule of a method.
pub fn http_rule(method: &MethodDescriptor) -> Value {
    extension(method.options(), "google.api.http")
}

/// Our rule of a method, completed from its service's.
pub fn method_rule(method: &MethodDescriptor) -> Value {
    let mut rule = extension(method.options(), "barnabas.rest.v1.method");
    let service = extension(method.parent_service().options(), "barnabas.rest.v1.service");
    for list in ["consumes", "produces"] {
        if rule[list].as_array().is_none_or(Vec::is_empty) && service[list].is_array() {
            if rule.is_null() {
                rule = serde_json::json!({});
            }
            rule[list] = service[list].clone();
        }
    }
    rule
}

/// Our rule of a field.
pub fn field_rule(field: &prost_reflect::FieldDescriptor) -> Value {
    extension(field.options(), "barnabas.rest.v1.field")
}

/// Our rule of a message.
pub fn message_rule(message: &MessageDescriptor) -> Value {
    extension(message.options(), "barnabas.rest.v1.message")
}

fn extension(options: DynamicMessage, name: &str) -> Value {
    let extension = POOL.get_extension_by_name(name).unwrap_or_else(|| panic!("no option {name}"));
    match options.get_extension(&extension).as_message() {
        Some(message) if options.has_extension(&extension) => to_json(message),
        _ => Value::Null,
    }
}

/// The proto JSON of a message, with the names that the proto has and numbers as numbers.
pub fn to_json(message: &DynamicMessage) -> Value {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false).stringify_64_bit_integers(false);
    message.serialize_with_options(serde_json::value::Serializer, &options).expect("proto JSON")
}

/// A message's bytes from its proto JSON.
pub fn encode(descriptor: &MessageDescriptor, json: &Value) -> Result<Vec<u8>, String> {
    let message = DynamicMessage::deserialize(descriptor.clone(), json).map_err(|e| format!("the case's own request: {e}: {json}"))?;
    Ok(message.encode_to_vec())
}

/// A message's proto JSON from its bytes.
pub fn decode(descriptor: &MessageDescriptor, bytes: &[u8]) -> Result<Value, String> {
    let message = DynamicMessage::decode(descriptor.clone(), bytes).map_err(|e| format!("the answer is no {}: {e}", descriptor.name()))?;
    Ok(to_json(&message))
}
