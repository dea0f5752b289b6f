//! The bytes that JSON becomes in Kafka: compact, numbers and members as they were sent, no escape that is not needed.
//!
//! gRPC takes JSON as bytes too, but the harness makes them with its own writer; so these are REST's.

use serde_json::json;

use crate::case::{Case, case};

pub fn cases() -> Vec<Case> {
    // What is compact already, through every surface; the texts that are not are in `checks::json_bytes`, where bodies are bytes.
    vec![
        case("JSON bytes/compact text is kept")
            .topic("", 1)
            .call("v2.ProduceService/Produce", json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": [
                {"value": {"json": {"a": "ž\u{1F408}\n\"\\"}}}, {"value": {"json": 9_223_372_036_854_775_807_i64}}, {"value": {"json": [[], {}, true]}}]}))
            .gives(json!({"offsets": [{"offset": 0}, {"offset": 1}, {"offset": 2}]}))
            .stored("<topic>", 0, json!([{"value": "{\"a\":\"ž\u{1F408}\\n\\\"\\\\\"}"}, {"value": "9223372036854775807"}, {"value": "[[],{},true]"}])),
    ]
}
