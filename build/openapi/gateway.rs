//! What the gateway offers beside the operations: whether it lives, its metrics, this document. The edge answers these by hand
//! (`src/edge/endpoints.rs`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The tag of these paths.
pub fn tag() -> Value {
    json!({ "name": "Gateway", "description": "The gateway itself." })
}

/// The paths, each with its one operation.
pub fn paths() -> BTreeMap<String, Map<String, Value>> {
    let text = json!({ "type": "string" });
    let readiness = json!({ "$ref": "#/components/schemas/Readiness" });
    let ready = Answer { media: "application/json", schema: &readiness, text: "Brokers can be reached." };
    let not_ready = Answer { text: "No broker can be reached, or the gateway is shutting down.", ..ready };
    let metrics = Answer { media: "text/plain", schema: &text, text: "The metrics." };
    let document = Answer { media: "application/json", schema: &json!({ "type": "object" }), text: "The document." };
    let page = Answer { media: "text/html", schema: &text, text: "The page." };
    let alive = Answer { media: "text/plain", schema: &text, text: "It is alive." };
    [
        ("/docs/", get("docs", "Shows this document as a page", page, None)),
        ("/livez", get("livez", "Says that the process is alive", alive, None)),
        ("/readyz", get("readyz", "Says whether the gateway can serve", ready, Some(not_ready))),
        ("/metrics", get("metrics", "Shows the metrics in Prometheus' text format", metrics, None)),
        ("/openapi.json", get("openApi", "Shows this document", document, None)),
    ]
    .into_iter()
    .map(|(path, operation)| (path.to_owned(), Map::from_iter([("get".to_owned(), operation)])))
    .collect()
}

/// The schema of the answer of `/readyz`.
pub fn readiness() -> Value {
    json!({
        "type": "object",
        "description": "Whether the gateway can serve.",
        "required": ["ready", "reason"],
        "properties": {
            "ready": { "type": "boolean", "description": "True if it can." },
            "reason": { "type": "string", "description": "Why it is ready or not, for people." },
        },
    })
}

/// One answer of an operation.
#[derive(Clone, Copy)]
struct Answer<'a> {
    media: &'a str,
    schema: &'a Value,
    text: &'a str,
}

impl Answer<'_> {
    fn value(self) -> Value {
        json!({ "description": self.text, "content": { (self.media): { "schema": self.schema } } })
    }
}

fn get(id: &str, summary: &str, success: Answer<'_>, unavailable: Option<Answer<'_>>) -> Value {
    let mut answers = Map::new();
    answers.insert("200".into(), success.value());
    answers.extend(unavailable.map(|answer| {
        let mut answer = answer.value();
        answer["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } });
        ("503".to_owned(), answer)
    }));
    json!({ "tags": ["Gateway"], "summary": summary, "operationId": id, "responses": answers })
}
