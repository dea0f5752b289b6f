//! The errors that an operation may answer. Which they are follows from its kind: whether it has a body, or names in its path.
//!
//! The statuses and codes are those of the table of errors, `src/error/table.rs`, which a build script cannot read; a test compares them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{JSON, names};
use crate::model::{Binding, Body, Method};

/// When a status may be answered.
enum When {
    Always,
    /// The path names something.
    Names,
    /// There is a body.
    Body,
    /// The answer holds records in an embedded format.
    Records,
    /// The operation is one of consumer instances.
    Instances,
}

struct ErrorStatus {
    status: u16,
    name: &'static str,
    when: When,
    text: &'static str,
}

const ERRORS: &[ErrorStatus] = &[
    ErrorStatus {
        status: 400,
        name: "BadRequest",
        when: When::Always,
        text: "The path, the query or the body cannot be understood (400), or Kafka refuses the request as it is (40002).",
    },
    ErrorStatus {
        status: 401,
        name: "Unauthenticated",
        when: When::Always,
        text: "Kafka does not know who is asking (40101). If that concerns some records of an API v2 batch, the body is that of success.",
    },
    ErrorStatus {
        status: 403,
        name: "Forbidden",
        when: When::Always,
        text: "Kafka's ACLs do not allow it (40301). If that concerns some records of an API v2 batch, the body is that of success.",
    },
    ErrorStatus {
        status: 404,
        name: "NotFound",
        when: When::Names,
        text: "What the path names does not exist: a cluster or a broker (404), a topic (40403, 40401), a partition (40402, 40403), \
               a consumer instance (40403).",
    },
    ErrorStatus {
        status: 406,
        name: "NotAcceptable",
        when: When::Always,
        text: "`Accept` names no media type of the operation (406), or not the format of the consumer instance (40601).",
    },
    ErrorStatus {
        status: 408,
        name: "Undecodable",
        when: When::Records,
        text: "A record cannot be decoded in the format of the consumer instance (40801).",
    },
    ErrorStatus {
        status: 409,
        name: "Conflict",
        when: When::Instances,
        text: "The consumer instance exists already (40902), or is not in a state for the operation (40903).",
    },
    ErrorStatus {
        status: 413,
        name: "TooLarge",
        when: When::Body,
        text: "The body is larger than the gateway takes, or a record than Kafka takes (413).",
    },
    ErrorStatus {
        status: 415,
        name: "UnsupportedMediaType",
        when: When::Body,
        text: "The operation does not take this `Content-Type` (415).",
    },
    ErrorStatus {
        status: 422,
        name: "Unprocessable",
        when: When::Body,
        text: "The body can be read, but not used: an unknown member, or one that is missing, empty or out of its range (422, 40001, \
               and numbers that begin with 422).",
    },
    ErrorStatus {
        status: 429,
        name: "TooMany",
        when: When::Always,
        text: "The gateway has too much under way, or as many consumer instances as it may have (429), or a quota of Kafka is used up \
               (42901).",
    },
    ErrorStatus {
        status: 500,
        name: "Failed",
        when: When::Always,
        text: "An error of Kafka after which the same request may succeed (50003), any other error of Kafka (50002), or a defect of the \
               gateway (500).",
    },
    ErrorStatus {
        status: 503,
        name: "Unavailable",
        when: When::Always,
        text: "No broker can be reached (50302), or the gateway is shutting down (503).",
    },
    ErrorStatus { status: 504, name: "DeadlineExceeded", when: When::Always, text: "The request's deadline is over (504)." },
];

/// The shared answers: one per status and set of media types.
#[derive(Default)]
pub struct Errors {
    components: BTreeMap<String, Value>,
}

impl Errors {
    /// The errors of an operation, in the media types of its answers.
    ///
    /// # Errors
    /// Two sets of media types that would share a name.
    pub fn of_binding(&mut self, method: &Method, binding: &Binding) -> Result<Map<String, Value>, String> {
        let mut media = names(method.produces.as_ref());
        media.sort_unstable();
        let body = binding.body != Body::None;
        let records = method.produces.iter().flatten().any(|m| m.field.is_some());
        let mut answers = Map::new();
        for error in ERRORS {
            let applies = match error.when {
                When::Always => true,
                When::Names => binding.path.variables().next().is_some(),
                When::Body => body,
                When::Records => records,
                When::Instances => binding.path.text.starts_with("/consumers/"),
            };
            if applies {
                let headers =
                    [429, 503].contains(&error.status).then(|| json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }));
                answers.insert(error.status.to_string(), self.answer(error.name, error.text, headers, &media)?);
            }
        }
        answers.insert("default".into(), self.answer("Error", "Any other error.", None, &media)?);
        Ok(answers)
    }

    fn answer(&mut self, name: &str, text: &str, headers: Option<Value>, media: &[&str]) -> Result<Value, String> {
        let prefix = match media {
            [JSON] => "",
            [_] => "V2",
            _ => "V2Embedded",
        };
        let name = format!("{prefix}{name}");
        let content: Map<String, Value> =
            media.iter().map(|m| ((*m).to_owned(), json!({ "schema": { "$ref": "#/components/schemas/Error" } }))).collect();
        let mut answer = Map::new();
        answer.insert("description".into(), json!(text));
        answer.extend(headers.map(|h| ("headers".to_owned(), h)));
        answer.insert("content".into(), Value::Object(content));
        let answer = Value::Object(answer);
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        if *self.components.entry(name.clone()).or_insert_with(|| answer.clone()) != answer {
            return Err(format!("another set of media types has the answer {name} already"));
        }
        Ok(reference)
    }

    /// The components.
    pub fn finish(self) -> BTreeMap<String, Value> {
        self.components
    }
}

/// The headers of answers.
pub fn headers() -> Value {
    json!({
        "Location": { "description": "The link of the new resource.", "required": true, "schema": { "type": "string", "format": "uri" } },
        "RetryAfter": { "description": "After how many seconds to try again.", "schema": { "type": "integer", "minimum": 0 } },
    })
}
