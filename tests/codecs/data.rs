//! What the scripts of formats with encoded data have in common: `{"schema", "json"}` is answered with `{"ok": bytes as hex}`,
//! `{"schema", "datum": bytes as hex}` with `{"ok": JSON text}`, either with `{"error": why}`.

use std::fmt::Display;

use serde_json::{Value, json};

/// A member of a request that is text.
pub fn text<'a>(request: &'a Value, member: &str) -> Option<&'a str> {
    request.get(member).and_then(Value::as_str)
}

/// Answers with the schema of the request before, if it is the same. `encode` and `decode` are given the request too, and append.
pub fn answers<S: 'static, E: Display>(
    parse: impl Fn(&str) -> Result<S, String> + 'static,
    encode: impl Fn(&S, &Value, &[u8], &mut Vec<u8>) -> Result<(), E> + 'static,
    decode: impl Fn(&S, &Value, &[u8], &mut Vec<u8>) -> Result<(), E> + 'static,
) -> Box<dyn FnMut(&Value) -> Value> {
    let mut last: Option<(String, S)> = None;
    Box::new(move |request| {
        let schema = text(request, "schema").expect("a schema");
        if last.as_ref().is_none_or(|(before, _)| before != schema) {
            match parse(schema) {
                Ok(parsed) => last = Some((schema.to_owned(), parsed)),
                Err(why) => return json!({"error": why}),
            }
        }
        let (_, schema) = last.as_ref().expect("parsed just now");
        let mut out = Vec::new();
        let result = match (text(request, "json"), text(request, "datum")) {
            (Some(json), None) => encode(schema, request, json.as_bytes(), &mut out).map(|()| hex(&out)),
            (None, Some(datum)) => decode(schema, request, &unhex(datum), &mut out).map(|()| String::from_utf8_lossy(&out).into_owned()),
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
