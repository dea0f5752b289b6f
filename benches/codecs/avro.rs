//! Avro: plain fields, and the same record with nullable fields.

#![expect(clippy::expect_used, reason = "in a benchmark a panic is the report")]

use std::hint::black_box;

use barnabas::schema::avro::{Form, Schema};

use super::{Measured, RECORD};

const FIELDS: [(&str, &str); 10] = [
    ("id", "long"),
    ("name", "string"),
    ("email", "string"),
    ("age", "int"),
    ("balance", "double"),
    ("active", "boolean"),
    ("score", "float"),
    ("city", "string"),
    ("country", "string"),
    ("visits", "long"),
];

/// A schema in which each field's type is written as a pattern says.
fn schema(pattern: &str) -> Schema {
    let fields: Vec<String> =
        FIELDS.iter().map(|(name, of)| format!(r#"{{"name":"{name}","type":{}}}"#, pattern.replace('T', &format!("\"{of}\"")))).collect();
    Schema::parse(&format!(r#"{{"type":"record","name":"Customer","fields":[{}]}}"#, fields.join(",")), &[]).expect("a schema")
}

/// What is measured.
pub fn lines() -> Vec<Measured> {
    // No value holds a comma.
    let members: Vec<&str> = RECORD.trim_matches(['{', '}']).rsplit(',').collect();
    let backwards = format!("{{{}}}", members.join(","));
    vec![
        ("encode", encode(schema("T"), RECORD.to_owned(), Form::Tagged)),
        ("encode, members backwards", encode(schema("T"), backwards, Form::Tagged)),
        ("encode, lenient, nullable fields", encode(schema("[\"null\",T]"), RECORD.to_owned(), Form::Lenient)),
        ("decode", decode(schema("T"), Form::Tagged)),
        ("decode, nullable fields", decode(schema("[\"null\",T]"), Form::Tagged)),
    ]
}

fn encode(schema: Schema, json: String, form: Form) -> Box<dyn FnMut()> {
    let mut out = Vec::new();
    Box::new(move || {
        out.clear();
        schema.encode(black_box(json.as_bytes()), &mut out, form).expect("fits");
        black_box(&out);
    })
}

fn decode(schema: Schema, form: Form) -> Box<dyn FnMut()> {
    let (mut datum, mut out) = (Vec::new(), Vec::new());
    schema.encode(RECORD.as_bytes(), &mut datum, Form::Lenient).expect("fits");
    Box::new(move || {
        out.clear();
        schema.decode(black_box(&datum), &mut out, form).expect("a datum");
        black_box(&out);
    })
}
