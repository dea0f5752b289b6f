//! The errors that an operation may answer: the rows of the table of errors (`build/errors.rs`), less those that only other operations
//! raise. Which these are follows from the kind of the operation: whether it has a body, names in its path, records, …

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{JSON, media_names};
use crate::{
    errors::ErrorCode,
    model::{Binding, Body, Method},
};

/// Which operations raise an error.
#[derive(Clone, Copy)]
enum When {
    /// None: the request is for no operation.
    Never,
    /// Those whose path names something.
    Names,
    /// Those whose path, or consumer instance, names topics.
    Topics,
    /// Those with a body.
    Body,
    /// Those of API v3 with a body.
    BodyV3,
    /// Those of API v3 that make something.
    MakesV3,
    /// Those that produce.
    Produces,
    /// Those of API v3 that produce; API v2 reports it with the record.
    ProducesV3,
    /// Those that produce to, or ask for, a topic of which Kafka knows nothing.
    MissingTopic,
    MissingPartition,
    /// The one that produces a batch whose entries have ids.
    Batch,
    /// Those whose answer holds records in an embedded format.
    Records,
    /// Those that produce or read records, for which there may be schemas.
    Schemas,
    /// The one that makes a consumer instance.
    NewInstance,
    /// Those of a consumer instance.
    Instance,
    /// Those of API v3.
    V3,
}

/// The errors that only some operations raise. All others may come from every operation.
const WHEN: &[(&str, When)] = &[
    ("NOT_FOUND", When::Names),
    ("METHOD_NOT_ALLOWED", When::Never),
    ("BODY_TOO_LARGE", When::Body),
    ("UNSUPPORTED_MEDIA_TYPE", When::Body),
    ("UNKNOWN_FIELD", When::Body),
    ("MALFORMED_BODY", When::Body),
    ("CONSTRAINT_VIOLATION", When::Body),
    ("CONSUMER_CONFIG_OUT_OF_RANGE", When::NewInstance),
    ("TOPIC_NOT_FOUND", When::MissingTopic),
    ("PARTITION_NOT_FOUND", When::MissingPartition),
    ("CONSUMER_INSTANCE_NOT_FOUND", When::Instance),
    ("UNKNOWN_TOPIC_OR_PARTITION", When::Topics),
    ("FORMAT_MISMATCH", When::Records),
    ("UNDECODABLE", When::Records),
    ("UNDECODABLE_FOR_NOW", When::Records),
    ("CONSUMER_ALREADY_EXISTS", When::NewInstance),
    ("ILLEGAL_STATE", When::Instance),
    ("KEY_SCHEMA_MISSING", When::Produces),
    ("VALUE_SCHEMA_MISSING", When::Produces),
    ("INVALID_CONSUMER_CONFIG", When::NewInstance),
    ("INVALID_SCHEMA", When::Produces),
    ("INVALID_PAYLOAD", When::BodyV3),
    ("SCHEMA_REGISTRY", When::Schemas),
    ("SCHEMA_REGISTRY_UNAVAILABLE", When::Schemas),
    ("INVALID_BATCH", When::Batch),
    ("KAFKA_ALREADY_EXISTS", When::MakesV3),
    ("RECORD_TOO_LARGE", When::ProducesV3),
    ("TOO_MANY_CONSUMERS", When::NewInstance),
    ("UNSUPPORTED_PROTOCOL", When::V3),
    ("NOT_IMPLEMENTED", When::V3),
];

/// Names of the components; a status that is not here is called by its number.
const STATUSES: &[(u16, &str)] = &[
    (400, "BadRequest"),
    (401, "Unauthenticated"),
    (403, "Forbidden"),
    (404, "NotFound"),
    (406, "NotAcceptable"),
    (408, "Undecodable"),
    (409, "Conflict"),
    (413, "TooLarge"),
    (414, "UriTooLong"),
    (415, "UnsupportedMediaType"),
    (422, "Unprocessable"),
    (429, "TooMany"),
    (500, "Failed"),
    (501, "NotImplemented"),
    (502, "UnsupportedByBroker"),
    (503, "Unavailable"),
    (504, "DeadlineExceeded"),
];

impl When {
    fn applies(self, method: &Method, binding: &Binding) -> bool {
        let path = &binding.path.text;
        let v3 = path.starts_with("/v3/");
        let has = |name: &str| binding.path.variables().any(|v| v == name);
        let body = binding.body != Body::None;
        let produces = method.name.starts_with("Produce");
        let instance = has("instance_id");
        let records = method.produces.iter().flatten().any(|m| m.field.is_some());
        let asks_in_v2 = !v3 && has("topic_name");
        match self {
            Self::Never => false,
            Self::Names => binding.path.variables().next().is_some(),
            Self::Topics => instance || has("topic_name"),
            Self::Body => body,
            Self::BodyV3 => v3 && body,
            Self::MakesV3 => v3 && binding.verb == "POST",
            Self::Produces => produces,
            Self::ProducesV3 => v3 && produces,
            Self::MissingTopic => produces || asks_in_v2,
            Self::MissingPartition => produces || (asks_in_v2 && has("partition_id")),
            Self::Batch => path.ends_with("/records:batch"),
            Self::Records => records,
            Self::Schemas => produces || records,
            Self::NewInstance => path == "/consumers/{group_id}",
            Self::Instance => instance,
            Self::V3 => v3,
        }
    }
}

/// The shared answers: one per status, set of codes and set of media types.
pub struct Errors {
    table: Vec<ErrorCode>,
    components: BTreeMap<String, Value>,
}

impl Errors {
    /// # Errors
    /// An error is named here that the table does not have.
    pub fn new(table: Vec<ErrorCode>) -> Result<Self, String> {
        match WHEN.iter().find(|(reason, _)| table.iter().all(|code| code.reason != *reason)) {
            Some((reason, _)) => Err(format!("the table of errors has no {reason}")),
            None => Ok(Self { table, components: BTreeMap::new() }),
        }
    }

    /// The errors of an operation, in the media types of its answers.
    ///
    /// # Errors
    /// Two sets of media types that would share a name.
    pub fn of_binding(&mut self, method: &Method, binding: &Binding) -> Result<Map<String, Value>, String> {
        let mut media = media_names(method.produces.as_ref());
        media.sort_unstable();
        let mut statuses: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
        for code in &self.table {
            let when = WHEN.iter().find(|(reason, _)| *reason == code.reason).map(|(_, when)| *when);
            if when.is_none_or(|when| when.applies(method, binding)) {
                statuses.entry(code.status).or_default().push(code.clone());
            }
        }
        let mut answers = Map::new();
        for (status, codes) in statuses {
            answers.insert(status.to_string(), self.answer(status, &codes, &media)?);
        }
        Ok(answers)
    }

    fn answer(&mut self, status: u16, codes: &[ErrorCode], media: &[&str]) -> Result<Value, String> {
        let prefix = match media {
            [JSON] => "",
            [_] => "V2",
            _ => "V2Embedded",
        };
        let mut numbers: Vec<i32> = codes.iter().map(|code| code.number).collect();
        numbers.dedup();
        let status_name =
            STATUSES.iter().find(|(known, _)| *known == status).map_or(format!("Status{status}"), |(_, name)| (*name).to_owned());
        // The status alone needs no number; what differs from it does.
        let suffix: Vec<String> =
            codes.iter().filter(|c| c.number != i32::from(c.status) || codes.len() > 1).map(|c| initials(&c.reason)).collect();
        let name = [format!("{prefix}{status_name}")].into_iter().chain(suffix).collect::<Vec<_>>().join("_");
        let mut text = codes.iter().map(|c| format!("* `{}` ({}): {}", c.number, c.reason, c.meaning)).collect::<Vec<_>>().join("\n");
        if !prefix.is_empty() && [401, 403].contains(&status) {
            text.push_str("\n\nIf that concerns some records of a batch, the body is that of success.");
        }
        let content: Map<String, Value> =
            media.iter().map(|m| ((*m).to_owned(), json!({ "schema": { "$ref": "#/components/schemas/ErrorResponse" } }))).collect();
        let mut answer = Map::new();
        answer.insert("description".into(), json!(text));
        if [429, 503].contains(&status) {
            answer.insert("headers".into(), json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }));
        }
        answer.insert("content".into(), Value::Object(content));
        answer.insert("x-error-codes".into(), json!(numbers));
        let answer = Value::Object(answer);
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        if *self.components.entry(name.clone()).or_insert_with(|| answer.clone()) != answer {
            return Err(format!("other errors have the name {name} already"));
        }
        Ok(reference)
    }

    /// The components.
    pub fn finish(self) -> BTreeMap<String, Value> {
        self.components
    }
}

/// `UNKNOWN_FIELD` is `UF`: short enough for the name of a component with many errors; two that collide are found out by the caller.
fn initials(reason: &str) -> String {
    reason.split('_').filter_map(|word| word.chars().next()).collect()
}

/// The headers of answers.
pub fn headers() -> Value {
    json!({
        "Location": { "description": "The link of the new resource.", "required": true, "schema": { "type": "string", "format": "uri" } },
        "RetryAfter": { "description": "After how many seconds to try again.", "schema": { "type": "integer", "minimum": 0 } },
    })
}
