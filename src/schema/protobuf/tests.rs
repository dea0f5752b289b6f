//! The codec against bytes that were written down by hand or recorded, the texts against the registry's layout, versions against its
//! rules, and limits against hostile input. Random schemas against Google's own library are in `tests/codecs/`.

mod codec;
mod compatible;
mod editions;
mod known;
mod limits;
mod text;

use super::*;

/// What a text of proto3 says.
fn proto3(body: &str) -> Schema {
    parsed(&format!("syntax = \"proto3\"; {body}"))
}

fn parsed(text: &str) -> Schema {
    Schema::parse(text, &[]).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn invalid(text: &str) -> String {
    Schema::parse(text, &[]).map(|s| s.canonical()).unwrap_err().reason
}

/// The message after its indexes, in hexadecimal.
fn encoded(schema: &Schema, json: &str) -> String {
    let mut out = Vec::new();
    schema.encode(json.as_bytes(), None, &mut out).unwrap_or_else(|e| panic!("{e}: {json}"));
    assert_eq!(out.first(), Some(&0), "the first message");
    hex(&out[1..])
}

fn refused(schema: &Schema, json: &str) -> String {
    schema.encode(json.as_bytes(), None, &mut Vec::new()).unwrap_err().to_string()
}

fn decoded(schema: &Schema, bytes: &str) -> String {
    let mut out = Vec::new();
    schema.decode(&[vec![0], unhex(bytes)].concat(), &mut out).unwrap_or_else(|e| panic!("{e}: {bytes}"));
    String::from_utf8(out).unwrap()
}

fn undecodable(schema: &Schema, bytes: &str) -> String {
    schema.decode(&[vec![0], unhex(bytes)].concat(), &mut Vec::new()).unwrap_err().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}
