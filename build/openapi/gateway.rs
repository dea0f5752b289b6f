//! What the gateway offers beside the operations: whether it lives, its metrics, this document. The edge answers these by hand.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The tag of these paths.
pub fn tag() -> Value {
    json!({ "name": "Gateway", "description": "The gateway itself." })
}

/// The paths, each with its one operation.
pub fn paths() -> BTreeMap<String, Map<String, Value>> {
    let text = json!({ "type": "string" });
    [
        ("/livez", get("Livez", "Says that the process is alive", "text/plain", &text, "It is alive.", None)),
        (
            "/readyz",
            get(
                "Readyz",
                "Says whether the gateway can serve",
                "text/plain",
                &text,
                "Brokers can be reached.",
                Some("No broker can be reached, or the gateway is shutting down."),
            ),
        ),
        ("/metrics", get("Metrics", "Shows the metrics in Prometheus' text format", "text/plain", &text, "The metrics.", None)),
        ("/openapi.json", get("OpenApi", "Shows this document", "application/json", &json!({ "type": "object" }), "The document.", None)),
    ]
    .into_iter()
    .map(|(path, operation)| (path.to_owned(), Map::from_iter([("get".to_owned(), operation)])))
    .collect()
}

fn get(id: &str, summary: &str, media: &str, schema: &Value, success: &str, unavailable: Option<&str>) -> Value {
    let content = json!({ (media): { "schema": schema } });
    let mut answers = Map::new();
    answers.insert("200".into(), json!({ "description": success, "content": content }));
    answers.extend(unavailable.map(|text| ("503".to_owned(), json!({ "description": text }))));
    json!({ "tags": ["Gateway"], "summary": summary, "operationId": id, "responses": answers })
}
