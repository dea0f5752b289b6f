//! Answers `json_schema.py`: `{"schema": text, "values": [text, …]}` with `{"verdicts": [true, false, …]}`, where `null` is a value whose
//! check was given up, or with `{"invalid": why}`.

use barnabas::schema::json_schema::Schema;
use serde_json::{Value, json};

/// What tells a value that was too much work.
const GIVEN_UP: [&str; 2] = ["too deeply", "too many steps"];

/// Answers each request alone.
pub fn answers() -> Box<dyn FnMut(&Value) -> Value> {
    Box::new(|request| {
        let schema = match Schema::parse(request.get("schema").and_then(Value::as_str).expect("a schema"), &[]) {
            Ok(schema) => schema,
            Err(e) => return json!({"invalid": e.to_string()}),
        };
        let values = request.get("values").and_then(Value::as_array).expect("values");
        let verdicts: Vec<Option<bool>> = values.iter().map(|value| verdict(&schema, value.as_str().expect("a text"))).collect();
        json!({"verdicts": verdicts})
    })
}

fn verdict(schema: &Schema, value: &str) -> Option<bool> {
    match schema.encode(value.as_bytes(), &mut Vec::new()) {
        Ok(()) => Some(true),
        Err(wrong) if GIVEN_UP.iter().any(|why| wrong.reason.contains(why)) => None,
        Err(_) => Some(false),
    }
}
