//! The schemas of messages, in the form in which the REST surface reads and prints them.
//!
//! A message has one schema; where reading and printing differ, or an embedded format decides what keys and values are, it has one for
//! each, told apart by the end of its name. Start with [`Schemas::message`].

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use super::{hypermedia, prefix};
use crate::{
    model::{Enum, Field, Message, Model, Shape},
    options::Presence,
};

/// The format in which JSON shows bytes as base64 text.
const BINARY: &str = "BINARY";

/// What a schema is for.
#[derive(Clone)]
pub enum Use {
    /// Read from a body, whose media type chose this embedded format.
    Request { format: Option<String> },
    /// Printed, in this embedded format.
    Response { format: Option<String> },
}

impl Use {
    fn is_request(&self) -> bool {
        matches!(self, Self::Request { .. })
    }

    fn format(&self) -> Option<&str> {
        match self {
            Self::Request { format } | Self::Response { format } => format.as_deref(),
        }
    }
}

/// The schemas that operations have asked for so far.
pub struct Schemas<'m> {
    model: &'m Model,
    components: BTreeMap<String, Value>,
    /// The messages that are both read and printed.
    both: BTreeSet<String>,
}

impl<'m> Schemas<'m> {
    pub fn new(model: &'m Model) -> Result<Self, String> {
        let (mut read, mut printed) = (BTreeSet::new(), BTreeSet::new());
        for method in model.services.iter().flat_map(|s| &s.methods) {
            reach(model, &method.input, &mut read)?;
            reach(model, &method.output, &mut printed)?;
        }
        let components = hypermedia::components();
        if let Some(message) = model.messages.values().find(|m| components.contains_key(&format!("{}{}", prefix(&m.package), m.name))) {
            return Err(format!("the schema of {} has the name of one that belongs to no message", message.name));
        }
        Ok(Self { model, components, both: read.intersection(&printed).cloned().collect() })
    }

    /// A reference to the schema of a message; a transparent message is the schema of its content.
    pub fn message(&mut self, full_name: &str, usage: &Use) -> Result<Value, String> {
        let message = find(self.model, full_name)?;
        if message.transparent {
            return self.content(message, usage);
        }
        // Generators for Go have `NewAcl` as the name of what makes an `Acl`.
        let own = message.name.strip_prefix("New").map_or_else(|| message.name.clone(), |rest| format!("{rest}ToCreate"));
        let mut name = format!("{}{own}", prefix(&message.package));
        if usage.is_request() && self.both.contains(full_name) {
            name.push_str("Input");
        }
        if let Some(format) = usage.format() {
            let mut inside = BTreeSet::new();
            reach(self.model, full_name, &mut inside)?;
            if inside.iter().filter_map(|n| self.model.messages.get(n)).any(holds_raw_json) {
                name.push_str(&format.to_upper_camel_case());
            }
        }
        if !self.components.contains_key(&name) {
            // In place before its members are described: a message may hold itself.
            self.components.insert(name.clone(), Value::Null);
            let schema = self.object(message, usage)?;
            self.components.insert(name.clone(), schema);
        }
        Ok(reference(&name))
    }

    /// The schema of one field that is a whole body.
    pub fn field(&mut self, message: &Message, name: &str, usage: &Use) -> Result<Value, String> {
        let field = message.field(name).ok_or_else(|| format!("{} has no field {name}", message.name))?;
        self.value(field, usage)
    }

    /// The components.
    pub fn finish(self) -> BTreeMap<String, Value> {
        self.components
    }

    fn object(&mut self, message: &Message, usage: &Use) -> Result<Value, String> {
        let mut members = Map::new();
        let mut required = Vec::new();
        if !usage.is_request() {
            hypermedia::head(message, &mut members);
            required.extend(members.keys().cloned());
        }
        for field in &message.fields {
            let skipped = field.rule.grpc_only || (usage.is_request() && message.not_members.contains(&field.name));
            if !usage.is_request() {
                hypermedia::links(message, Some(&field.name), &mut members, &mut required);
            }
            if skipped {
                continue;
            }
            let needed = match usage {
                Use::Request { .. } => field.rule.presence != Presence::Optional,
                Use::Response { .. } => !field.rule.omit_absent && field.oneof.is_none(),
            };
            if needed {
                required.push(field.json_name().to_owned());
            }
            let mut member = self.member(field, usage)?;
            if let (true, [_, ..]) = (usage.is_request(), &field.rule.aliases[..]) {
                // As members they would collide: in most languages generators make the same name of both.
                let text = member["description"].as_str().unwrap_or_default();
                member["description"] = json!(format!("{text} Also taken as `{}`.", field.rule.aliases.join("`, `")).trim_start());
            }
            members.insert(field.json_name().to_owned(), member);
        }
        if !usage.is_request() {
            hypermedia::links(message, None, &mut members, &mut required);
        }
        let mut schema = Map::new();
        schema.insert("type".into(), json!("object"));
        schema.insert("description".into(), json!(message.comment));
        schema.insert("properties".into(), Value::Object(members));
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        if usage.is_request() {
            schema.insert("additionalProperties".into(), json!(false));
        }
        Ok(Value::Object(schema))
    }

    /// A field as a member: what it is, whether it may be null, what it means.
    fn member(&mut self, field: &Field, usage: &Use) -> Result<Value, String> {
        let value = self.value(field, usage)?;
        let may_be_null = match usage {
            Use::Request { .. } => field.rule.presence == Presence::Optional,
            Use::Response { .. } => field.optional && !field.rule.omit_absent,
        };
        let mut schema = if may_be_null { nullable(value) } else { value };
        describe(&mut schema, &field.comment);
        Ok(schema)
    }

    fn value(&mut self, field: &Field, usage: &Use) -> Result<Value, String> {
        if let (Some((key, value)), Shape::Message(name)) = (&field.rule.pairs, &field.shape) {
            let pair = find(self.model, name)?;
            let key = pair.field(key).ok_or_else(|| format!("{name} has no field {key}"))?;
            let value = pair.field(value).ok_or_else(|| format!("{name} has no field {value}"))?;
            let mut schema = json!({ "type": "object" });
            if matches!(key.shape, Shape::Int32 | Shape::Int64) {
                schema["propertyNames"] = json!({ "pattern": "^-?[0-9]+$" });
            }
            schema["additionalProperties"] = self.member(value, usage)?;
            return Ok(schema);
        }
        let one = self.shape(field, usage)?;
        Ok(if field.repeated { json!({ "type": "array", "items": one }) } else { one })
    }

    fn shape(&mut self, field: &Field, usage: &Use) -> Result<Value, String> {
        Ok(match &field.shape {
            Shape::Int32 => json!({ "type": "integer", "format": "int32" }),
            Shape::Int64 => json!({ "type": "integer", "format": "int64" }),
            Shape::Double => json!({ "type": "number", "format": "double" }),
            Shape::Bool => json!({ "type": "boolean" }),
            Shape::Text => json!({ "type": "string" }),
            Shape::Bytes if field.rule.raw_json => self.raw_json(usage),
            Shape::Bytes => base64(),
            // Numbers are taken too, as the comments say; generators would make a type of its own of the choice.
            Shape::Timestamp => json!({ "type": "string", "format": "date-time" }),
            Shape::Enum(name) => self.enumeration(name)?,
            Shape::Message(name) => self.message(name, usage)?,
        })
    }

    /// Any JSON; base64 text in the binary format.
    fn raw_json(&self, usage: &Use) -> Value {
        match usage.format() {
            Some(BINARY) => base64(),
            Some(format) => {
                let values = self.model.enums.values().flat_map(|e| &e.values);
                json!({ "description": values.filter(|(name, ..)| name == format).map(|(.., comment)| comment.as_str()).next() })
            }
            None => json!({}),
        }
    }

    /// The JSON of a message that stands for its content. Content that is any JSON says it all; other content is for gRPC.
    fn content(&mut self, message: &Message, usage: &Use) -> Result<Value, String> {
        if holds_raw_json(message) {
            return Ok(self.raw_json(usage));
        }
        let fields = message.fields.iter().filter(|f| !f.rule.grpc_only);
        let choices: Vec<Value> = fields.map(|f| self.value(f, usage)).collect::<Result<_, _>>()?;
        Ok(json!({ "anyOf": choices }))
    }

    fn enumeration(&mut self, full_name: &str) -> Result<Value, String> {
        let known = self.model.enums.get(full_name).ok_or_else(|| format!("no enum {full_name}"))?;
        let name = format!("{}{}", prefix(&known.package), known.name);
        self.components.entry(name.clone()).or_insert_with(|| names_of(known));
        Ok(reference(&name))
    }
}

fn find<'m>(model: &'m Model, full_name: &str) -> Result<&'m Message, String> {
    model.messages.get(full_name).ok_or_else(|| format!("no message {full_name}"))
}

/// Adds the message and every message that its JSON holds.
fn reach(model: &Model, full_name: &str, found: &mut BTreeSet<String>) -> Result<(), String> {
    if found.insert(full_name.to_owned()) {
        for field in find(model, full_name)?.fields.iter().filter(|f| !f.rule.grpc_only) {
            if let Shape::Message(inner) = &field.shape {
                reach(model, inner, found)?;
            }
        }
    }
    Ok(())
}

fn holds_raw_json(message: &Message) -> bool {
    message.fields.iter().any(|f| f.rule.raw_json && !f.rule.grpc_only)
}

/// A reference to a schema among the components.
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn base64() -> Value {
    json!({ "type": "string", "contentEncoding": "base64" })
}

/// The same, or null. A schema that allows anything allows null.
pub fn nullable(mut schema: Value) -> Value {
    if let Some(kind) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
        return schema;
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.push(json!({ "type": "null" }));
        return schema;
    }
    if schema.get("$ref").is_some() { json!({ "anyOf": [schema, { "type": "null" }] }) } else { schema }
}

/// Adds a description; one that is there already follows.
fn describe(schema: &mut Value, comment: &str) {
    let text =
        [Some(comment), schema["description"].as_str()].into_iter().flatten().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    schema["description"] = json!(text);
}

fn names_of(known: &Enum) -> Value {
    let names: Vec<&str> = known.values.iter().map(|(name, ..)| name.as_str()).collect();
    let meanings: Vec<String> = known.values.iter().map(|(name, _, comment)| format!("* `{name}`: {comment}")).collect();
    // Go has one room for the names of all enums: they are those of the protos there.
    let constants: Vec<String> = names.iter().map(|name| format!("{}_{name}", known.name.to_shouty_snake_case())).collect();
    let about = format!("{}\n\n{}", known.comment, meanings.join("\n"));
    json!({ "type": "string", "description": about, "enum": names, "x-enum-varnames": constants })
}
