//! The forms that a message has: as cases write it, as proto JSON, and as the JSON of the REST API.
//!
//! Cases write proto JSON with the names of the proto, but a field of arbitrary JSON (`raw_json`) as that JSON itself.

use base64::{Engine, engine::general_purpose::STANDARD};
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use crate::protos;

/// In expectations: any value but null.
pub const ANY: &str = "*";

/// From a case's form to proto JSON.
pub fn to_proto(message: &MessageDescriptor, value: &Value) -> Value {
    walk(message, value, &|field, value| match value {
        Value::String(any) if any == ANY => value.clone(),
        _ if is_raw(field) => Value::String(STANDARD.encode(value.to_string())),
        _ => value.clone(),
    })
}

/// From proto JSON to a case's form.
pub fn from_proto(message: &MessageDescriptor, value: &Value) -> Value {
    walk(message, value, &|field, value| match value.as_str() {
        Some(text) if is_raw(field) => {
            let bytes = STANDARD.decode(text).unwrap_or_default();
            serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(format!("no JSON: {}", String::from_utf8_lossy(&bytes))))
        }
        _ => value.clone(),
    })
}

fn is_raw(field: &FieldDescriptor) -> bool {
    protos::field_rule(field)["raw_json"] == true
}

fn walk(message: &MessageDescriptor, value: &Value, leaf: &impl Fn(&FieldDescriptor, &Value) -> Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let walked = members.iter().map(|(name, value)| {
        let field = field(message, name);
        let one = |value: &Value| match field.kind() {
            Kind::Message(m) if !m.full_name().starts_with("google.") => walk(&m, value, leaf),
            _ => leaf(&field, value),
        };
        let value = match value {
            Value::Array(items) if field.cardinality() == Cardinality::Repeated => items.iter().map(one).collect(),
            value => one(value),
        };
        (name.clone(), value)
    });
    Value::Object(walked.collect())
}

/// From a case's form to the JSON of the REST API.
pub fn to_rest(message: &MessageDescriptor, value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut rest = Map::new();
    for (name, value) in members {
        let field = field(message, name);
        let rule = protos::field_rule(&field);
        if rule["grpc_only"] != true {
            let name = rule["name"].as_str().filter(|n| !n.is_empty()).unwrap_or(name).to_owned();
            rest.insert(name, field_to_rest(&field, value));
        }
    }
    if protos::message_rule(message)["transparent"] == true {
        return rest.into_iter().next().map_or(Value::Null, |(_, value)| value);
    }
    Value::Object(rest)
}

/// One field of a message, as [`to_rest`].
pub fn field_to_rest(field: &FieldDescriptor, value: &Value) -> Value {
    let Value::Array(items) = value else { return one_to_rest(field, value) };
    if is_raw(field) {
        return value.clone();
    }
    let items = items.iter().map(|item| one_to_rest(field, item));
    let pairs = protos::field_rule(field)["pairs"].clone();
    match (pairs["key"].as_str(), pairs["value"].as_str()) {
        (Some(key), Some(of)) => Value::Object(items.map(|i| (text(&i[key]), i[of].clone())).collect()),
        _ => items.collect(),
    }
}

fn one_to_rest(field: &FieldDescriptor, value: &Value) -> Value {
    match (field.kind(), value) {
        (_, Value::String(any)) if any == ANY => value.clone(),
        (Kind::Message(m), _) if !m.full_name().starts_with("google.") => to_rest(&m, value),
        (Kind::Enum(_), Value::String(name)) => Value::String(enum_to_rest(field, name)),
        _ => value.clone(),
    }
}

/// The name of an enum's value without the enum's own name in front.
pub fn enum_to_rest(field: &FieldDescriptor, name: &str) -> String {
    let kind = field.kind();
    let zero = kind.as_enum().expect("an enum").default_value();
    let prefix = zero.name().strip_suffix("UNSPECIFIED").expect("the value 0 is unspecified");
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}

/// A scalar as it stands in a path or a query.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn field(message: &MessageDescriptor, name: &str) -> FieldDescriptor {
    message.get_field_by_name(name).unwrap_or_else(|| panic!("{} has no field {name}", message.name()))
}
