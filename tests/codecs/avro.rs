//! Answers `avro.py`: `{"schema", "form", "json"}` with `{"ok": bytes as hex}`, `{"schema", "form", "datum": bytes as hex}` with
//! `{"ok": JSON text}`, either with `{"error": why}`.

use barnabas::schema::avro::{Form, Schema};
use serde_json::{Value, json};

/// Answers with the schema of the request before, if it is the same.
pub fn answers() -> Box<dyn FnMut(&Value) -> Value> {
    let mut last: Option<(String, Schema)> = None;
    Box::new(move |request| {
        let text = |member: &str| request.get(member).and_then(Value::as_str);
        let schema = text("schema").expect("a schema");
        if last.as_ref().is_none_or(|(before, _)| before != schema) {
            match Schema::parse(schema, &[]) {
                Ok(parsed) => last = Some((schema.to_owned(), parsed)),
                Err(e) => return json!({"error": e.to_string()}),
            }
        }
        let (_, schema) = last.as_ref().expect("parsed just now");
        let form = if text("form") == Some("lenient") { Form::Lenient } else { Form::Tagged };
        let mut out = Vec::new();
        let result = match (text("json"), text("datum")) {
            (Some(json), None) => schema.encode(json.as_bytes(), &mut out, form).map(|()| hex(&out)),
            (None, Some(datum)) => schema.decode(&unhex(datum), &mut out, form).map(|()| String::from_utf8_lossy(&out).into_owned()),
            _ => panic!("either JSON or a datum"),
        };
        match result {
            Ok(ok) => json!({"ok": ok}),
            Err(e) => json!({"error": e.to_string()}),
        }
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(text.get(at..at + 2).expect("two digits"), 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}
