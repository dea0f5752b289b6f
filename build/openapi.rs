//! Writes the OpenAPI 3.1 document of the REST surface.
//!
//! This file puts the document together and describes the operations; `openapi/schema.rs` describes the JSON of the messages, `openapi/hypermedia.rs` what JSON adds to them,
//! `openapi/responses.rs` the errors, `openapi/gateway.rs` what the gateway offers beside the operations. Hardly anything here knows a
//! single operation: what is wrong in the document is mended in the protos. Start with [`document`].

#[path = "openapi/gateway.rs"]
mod gateway;
#[path = "openapi/hypermedia.rs"]
mod hypermedia;
#[path = "openapi/parameters.rs"]
mod parameters;
#[path = "openapi/responses.rs"]
mod responses;
#[path = "openapi/schema.rs"]
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToLowerCamelCase, ToTitleCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use crate::{
    errors::ErrorCode,
    examples::{Example, Examples},
    model::{Binding, Body, Message, Method, Model, Service},
    options::{Media, Presence},
};
use parameters::Parameters;
use responses::Errors;
use schema::{Schemas, Use};

/// What a media type is where nothing is declared.
pub const JSON: &str = "application/json";

const ABOUT: &str = "\
Every operation is a gRPC method too; descriptions name errors by their gRPC status.

**Prefixes.** Paths of API v3 are served below `/v3` and below `/kafka/v3` (choose the server `/kafka`); links in an answer have the \
prefix of the request. API v2 has no prefix.

**Paging.** A list of API v3 is whole. With `page_size` it comes in pages: `metadata.next` is the link of the next page, null on the last \
one, and holds the `page_token`.

**Paths and bodies.** Names in paths are percent-encoded, a `/` in them as `%2F`. In bodies an unknown member is an error (422), a number \
or a boolean is taken for text and the text of a number for a number.

**Errors.** The body is `{\"error_code\": …, \"message\": …}`; the code is the HTTP status or a number of five digits. Each operation lists \
all codes that it can answer, also as `x-error-codes`.

**Extensions.** Operations with `x-extension: true` are not part of the documented REST API: a client that uses them works with this \
gateway only.";

/// What the comment of a method that REST never had says.
const EXTENSION: &str = "An extension:";

/// The document.
///
/// # Errors
/// A message or a field that the model names but does not have, or two operations with the same id.
pub fn document(model: &Model, examples: &Examples, errors: Vec<ErrorCode>) -> Result<Value, String> {
    let parameters = Parameters::of(model, &examples.variables)?;
    let mut writer = Writer { schemas: Schemas::new(model)?, errors: Errors::new(errors)?, parameters, model, examples };
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for service in &model.services {
        for method in &service.methods {
            for (number, binding) in method.bindings.iter().enumerate() {
                let id = operation_id(service, method, number);
                let operation = writer.operation(service, method, binding, &id).map_err(|e| format!("{id}: {e}"))?;
                if !ids.insert(id.clone()) {
                    return Err(format!("two operations have the id {id}"));
                }
                paths.entry(binding.path.text.clone()).or_default().insert(binding.verb.to_ascii_lowercase(), operation);
            }
        }
    }
    paths.extend(gateway::paths());
    // What clients look for first: the newer API.
    let mut services: Vec<&Service> = model.services.iter().collect();
    services.sort_by_key(|s| version(&s.package) != "v3");
    let mut tags: Vec<Value> =
        services.iter().filter(|s| !s.methods.is_empty()).map(|s| json!({ "name": tag(s), "description": s.comment })).collect();
    tags.push(gateway::tag());
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Barnabas",
            "summary": "Apache Kafka over REST.",
            "description": ABOUT,
            "license": { "name": "Apache License 2.0", "identifier": env!("CARGO_PKG_LICENSE") },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [
            { "url": "/", "description": "This gateway." },
            { "url": "/kafka", "description": "API v3 only: under the prefix that it has where it is embedded in another server." },
        ],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": writer.schemas.finish(),
            "responses": writer.errors.finish(),
            "parameters": writer.parameters.finish(),
            "headers": responses::headers(),
        },
    }))
}

/// `v3` for `barnabas.v3`.
fn version(package: &str) -> &str {
    package.rsplit('.').next().unwrap_or_default()
}

/// What names of API v2 begin with, so that those of API v3 need nothing.
fn prefix(package: &str) -> String {
    if version(package) == "v3" { String::new() } else { version(package).to_upper_camel_case() }
}

/// `Consumer Group (V3)`: generators make names such as `ConsumerGroupV3API` and `consumer_group_v3` of it; of `v3`, `v_3`.
fn tag(service: &Service) -> String {
    format!("{} ({})", service.name.trim_end_matches("Service").to_title_case(), version(&service.package).to_upper_camel_case())
}

/// The method's name, with its version if that is not v3. A further binding adds the variable that it has beyond the first one, or its verb.
fn operation_id(service: &Service, method: &Method, number: usize) -> String {
    let id = format!("{}{}", method.name.to_lower_camel_case(), prefix(&service.package));
    let (Some(first), Some(binding), true) = (method.bindings.first(), method.bindings.get(number), number > 0) else { return id };
    match binding.path.variables().find(|v| first.path.variables().all(|f| f != *v)) {
        Some(variable) => format!("{id}By{}", variable.to_upper_camel_case()),
        None => format!("{id}{}", binding.verb.to_ascii_lowercase().to_upper_camel_case()),
    }
}

/// What a comment begins with, up to the first end of a sentence or a clause.
fn summary(comment: &str) -> &str {
    let end = [". ", ": ", "; "].into_iter().filter_map(|mark| comment.find(mark)).min();
    end.and_then(|end| comment.get(..end)).unwrap_or_else(|| comment.strip_suffix('.').unwrap_or(comment))
}

/// The names of media types; JSON where none is declared.
pub fn media_names(media: Option<&Vec<Media>>) -> Vec<&str> {
    media.map_or_else(|| vec![JSON], |m| m.iter().map(|m| m.name.as_str()).collect())
}

/// Media types, each with the embedded format that choosing it sets.
fn formats(media: Option<&Vec<Media>>) -> Vec<(&str, Option<&str>)> {
    media.map_or_else(|| vec![(JSON, None)], |m| m.iter().map(|m| (m.name.as_str(), m.value.as_deref())).collect())
}

/// What the schema of a body does not say.
fn about_body(method: &Method) -> String {
    let mut text = Vec::new();
    if method.streams {
        text.push(
            "JSON objects of this form one after another, with or without white space between them; not an array. The body may be as \
             long as it likes, and is read as it comes."
                .to_owned(),
        );
    }
    if method.content_type_required {
        text.push("Without a `Content-Type` the answer is 415.".to_owned());
    }
    if let Some(refusal) = &method.empty_body {
        text.push(format!("Without a body the answer is the error {}: \"{}\".", refusal.reason, refusal.message));
    }
    text.join(" ")
}

/// A schema, and the examples of it that have this media type, under the names that pair requests with answers.
fn with_examples<'e>(schema: Value, media: &str, examples: impl Iterator<Item = (&'e Example, &'e (String, Value))>) -> Value {
    let mut content = json!({ "schema": schema });
    for (example, (_, value)) in examples.filter(|(_, (of, _))| of == media) {
        let mut shown = json!({ "summary": example.request, "value": value });
        if let Some(about) = &example.about {
            shown["description"] = json!(about);
        }
        let name = example.about.as_deref().unwrap_or(&example.request);
        content["examples"][name] = shown;
    }
    content
}

struct Writer<'m> {
    model: &'m Model,
    schemas: Schemas<'m>,
    errors: Errors,
    parameters: Parameters<'m>,
    examples: &'m Examples,
}

impl Writer<'_> {
    fn operation(&mut self, service: &Service, method: &Method, binding: &Binding, id: &str) -> Result<Value, String> {
        let input = self.model.messages.get(&method.input).ok_or_else(|| format!("no message {}", method.input))?;
        let mut operation = Map::new();
        operation.insert("tags".into(), json!([tag(service)]));
        let summary = summary(&method.comment);
        operation.insert("summary".into(), json!(summary));
        if method.comment.trim_end_matches('.') != summary {
            operation.insert("description".into(), json!(method.comment));
        }
        operation.insert("operationId".into(), json!(id));
        if method.comment.contains(EXTENSION) {
            operation.insert("x-extension".into(), json!(true));
        }
        let parameters = self.parameters.of_binding(input, binding)?;
        if !parameters.is_empty() {
            operation.insert("parameters".into(), json!(parameters));
        }
        if let Some(body) = self.request_body(method, binding, input)? {
            operation.insert("requestBody".into(), body);
        }
        // Without any body there is no place for it in the standard.
        let bare = self.examples.of(binding).iter().filter(|e| e.body.is_none() && e.answer.is_none());
        let bare: Vec<Value> = bare.map(|e| json!({ "request": e.request, "status": e.status })).collect();
        if !bare.is_empty() {
            operation.insert("x-examples".into(), json!(bare));
        }
        let mut answers = Map::new();
        for status in std::iter::once(method.success).chain(method.other_success) {
            answers.insert(status.to_string(), self.success(method, binding, status)?);
        }
        answers.extend(self.errors.of_binding(method, binding)?);
        operation.insert("responses".into(), Value::Object(answers));
        Ok(Value::Object(operation))
    }

    fn request_body(&mut self, method: &Method, binding: &Binding, input: &Message) -> Result<Option<Value>, String> {
        let mut schemas: Vec<(&str, Value)> = Vec::new();
        for (media, format) in formats(method.consumes.as_ref()) {
            let usage = Use::Request { format: format.map(str::to_owned) };
            let schema = match &binding.body {
                Body::None => return Ok(None),
                Body::Whole => self.schemas.message(&method.input, &usage)?,
                Body::Field(name) => self.schemas.field(input, name, &usage)?,
            };
            schemas.push((media, schema));
        }
        let mut about = about_body(method);
        let needed = |m: &Message| {
            m.fields.iter().any(|f| !f.rule.grpc_only && !m.not_members.contains(&f.name) && f.rule.presence != Presence::Optional)
        };
        let mut required = method.streams || method.empty_body.is_some() || (binding.body == Body::Whole && needed(input));
        // Media types that mean the same are told, not listed: generators would make a choice of them.
        if let Some((_, first)) = schemas.first().cloned()
            && schemas.len() > 1
            && schemas.iter().all(|(_, schema)| *schema == first)
        {
            let others: Vec<&str> = schemas.drain(1..).map(|(media, _)| media).collect();
            about = format!("{about} The same as `{}`.", others.join("`, `")).trim_start().to_owned();
        } else if schemas.len() > 1 && required {
            // Said in words: openapi-python-client forgets an import for a choice of bodies that must be there.
            about = format!("{about} Required.").trim_start().to_owned();
            required = false;
        }
        let mut content = Map::new();
        for (media, schema) in schemas {
            let examples = self.examples.of(binding).iter().filter_map(|e| Some((e, e.body.as_ref()?)));
            content.insert(media.to_owned(), with_examples(schema, media, examples));
        }
        let mut body = Map::new();
        if !about.is_empty() {
            body.insert("description".into(), json!(about));
        }
        body.insert("content".into(), Value::Object(content));
        body.insert("required".into(), json!(required));
        Ok(Some(Value::Object(body)))
    }

    fn success(&mut self, method: &Method, binding: &Binding, status: u16) -> Result<Value, String> {
        let output = self.model.messages.get(&method.output).ok_or_else(|| format!("no message {}", method.output))?;
        let mut answer = Map::new();
        let text = if method.streams {
            "One JSON object of this form for each of the request, in their order, each followed by CR LF and sent as soon as it is \
             known. The status says nothing of the records: look at each `error_code`."
        } else {
            &output.comment
        };
        answer.insert("description".into(), json!(text));
        if method.location {
            answer.insert("headers".into(), json!({ "Location": { "$ref": "#/components/headers/Location" } }));
        }
        if method.answers_body_with(status) {
            let mut content = Map::new();
            for (media, format) in formats(method.produces.as_ref()) {
                let usage = Use::Response { format: format.map(str::to_owned) };
                let schema = match &method.response_body {
                    Some(name) => self.schemas.field(output, name, &usage)?,
                    None => self.schemas.message(&method.output, &usage)?,
                };
                let examples = self.examples.of(binding).iter().filter(|e| e.status == status);
                let examples = examples.filter_map(|e| Some((e, e.answer.as_ref()?)));
                content.insert(media.to_owned(), with_examples(schema, media, examples));
            }
            answer.insert("content".into(), Value::Object(content));
        }
        Ok(Value::Object(answer))
    }
}
