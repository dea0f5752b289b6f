//! What the REST surface adds to messages: kinds, links, and the body of an error. These are members that no proto has.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    gateway,
    schema::{nullable, reference},
};
use crate::{
    model::{Message, Relationship},
    template::Template,
};

/// The schemas that belong to no message.
pub fn components() -> BTreeMap<String, Value> {
    let name = json!({ "type": "string", "description": "The resource's name, `crn:///kafka=…`." });
    let next = json!({
        "type": ["string", "null"],
        "format": "uri",
        "description": "The link of the next page, if `page_size` was given and there is more; else null.",
    });
    BTreeMap::from([
        ("ErrorResponse".to_owned(), error()),
        ("ResourceMetadata".to_owned(), metadata("resource_name", &name)),
        ("Readiness".to_owned(), gateway::readiness()),
        ("ListMetadata".to_owned(), metadata("next", &next)),
        ("Related".to_owned(), related()),
    ])
}

/// `kind` and `metadata`, which come first.
pub fn head(message: &Message, members: &mut Map<String, Value>) {
    let (kind, metadata) = match (&message.resource, &message.list_kind) {
        (Some(resource), _) if resource.resource_name.is_some() => (&resource.kind, reference("ResourceMetadata")),
        (Some(resource), _) => (&resource.kind, link("self", "The resource's own link.")),
        (None, Some(kind)) => (kind, reference("ListMetadata")),
        (None, None) => return,
    };
    members.insert("kind".into(), json!({ "type": "string", "const": kind }));
    members.insert("metadata".into(), metadata);
}

/// The links that are printed before a field, or after all fields.
pub fn links(message: &Message, before: Option<&str>, members: &mut Map<String, Value>, required: &mut Vec<String>) {
    for Relationship { name, path, .. } in message.relationships.iter().filter(|r| r.before.as_deref() == before) {
        let schema = reference("Related");
        members.insert(name.clone(), if may_be_absent(message, path) { nullable(schema) } else { schema });
        required.push(name.clone());
    }
}

fn may_be_absent(message: &Message, path: &Template) -> bool {
    path.variables().filter_map(|v| message.field(v)).any(|f| f.optional)
}

fn link(name: &str, text: &str) -> Value {
    json!({
        "type": "object",
        "properties": { (name): { "type": "string", "format": "uri", "description": text } },
        "required": [name],
    })
}

fn metadata(second: &str, schema: &Value) -> Value {
    let mut metadata = link("self", "The link of what is shown.");
    metadata["properties"][second] = schema.clone();
    metadata["required"] = json!(["self", second]);
    metadata
}

fn related() -> Value {
    let mut schema = link("related", "The link.");
    schema["description"] = json!("A link to another resource.");
    schema
}

fn error() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong.",
        "properties": {
            "error_code": { "type": "integer", "format": "int32", "description": "The HTTP status, or a number of five digits that says more." },
            "message": { "type": "string", "description": "What went wrong, for people." },
        },
        "required": ["error_code", "message"],
    })
}
