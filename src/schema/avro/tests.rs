mod compat;
mod data;
mod hostile;
mod lenient;
mod reference;
mod schemas;

use super::*;

fn schema(text: &str) -> Schema {
    Schema::parse(text, &[]).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn encoded(schema: &Schema, json: &str, form: Form) -> Result<Vec<u8>, String> {
    let mut out = b"kept".to_vec();
    let result = schema.encode(json.as_bytes(), &mut out, form);
    assert!(out.starts_with(b"kept"), "what was there stays");
    assert!(result.is_ok() || out == b"kept", "nothing is appended on an error");
    result.map(|()| out.split_off(4)).map_err(|e| e.to_string())
}

fn decoded(schema: &Schema, datum: &[u8], form: Form) -> Result<String, String> {
    let mut out = b"kept".to_vec();
    let result = schema.decode(datum, &mut out, form);
    assert!(result.is_ok() || out == b"kept", "nothing is appended on an error");
    result.map(|()| String::from_utf8(out.split_off(4)).unwrap()).map_err(|e| e.to_string())
}
