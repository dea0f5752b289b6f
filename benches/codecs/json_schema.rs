//! JSON Schema: a record that is checked and made compact, with and without limits, and with a choice for each field.

#![expect(clippy::expect_used, reason = "in a benchmark a panic is the report")]

use std::hint::black_box;

use barnabas::schema::json_schema::Schema;

use super::{Measured, RECORD};

const FIELDS: [(&str, &str, &str); 10] = [
    ("id", "integer", r#""minimum":0"#),
    ("name", "string", r#""minLength":1,"maxLength":100"#),
    ("email", "string", r#""pattern":"^[^@]+@[^@]+$""#),
    ("age", "integer", r#""minimum":0,"maximum":150"#),
    ("balance", "number", r#""multipleOf":0.01"#),
    ("active", "boolean", r#""title":"active""#),
    ("score", "number", r#""minimum":0,"maximum":1"#),
    ("city", "string", r#""minLength":1"#),
    ("country", "string", r#""enum":["AT","CZ","DE","PL","SK"]"#),
    ("visits", "integer", r#""minimum":0"#),
];

/// A closed object of these fields, all of them required; a pattern says how each is written.
fn schema(pattern: &str) -> Schema {
    let field = |(name, of, limits): &(&str, &str, &str)| {
        let of = pattern.replace("TYPE", &format!(r#""type":"{of}""#)).replace("LIMITS", limits);
        format!(r#""{name}":{of}"#)
    };
    let fields: Vec<String> = FIELDS.iter().map(field).collect();
    let names: Vec<String> = FIELDS.iter().map(|(name, ..)| format!("\"{name}\"")).collect();
    let text = format!(
        r#"{{"type":"object","properties":{{{}}},"required":[{}],"additionalProperties":false}}"#,
        fields.join(","),
        names.join(",")
    );
    Schema::parse(&text, &[]).expect("a schema")
}

/// What is measured.
pub fn lines() -> Vec<Measured> {
    vec![
        ("encode", encode(schema("{TYPE}"))),
        ("encode, limits", encode(schema("{TYPE,LIMITS}"))),
        ("encode, nullable fields", encode(schema(r#"{"oneOf":[{"type":"null"},{TYPE}]}"#))),
        ("decode", decode(schema("{TYPE}"))),
    ]
}

fn encode(schema: Schema) -> Box<dyn FnMut()> {
    let mut out = Vec::new();
    Box::new(move || {
        out.clear();
        schema.encode(black_box(RECORD.as_bytes()), &mut out).expect("fits");
        black_box(&out);
    })
}

fn decode(schema: Schema) -> Box<dyn FnMut()> {
    let mut out = Vec::new();
    Box::new(move || {
        out.clear();
        schema.decode(black_box(RECORD.as_bytes()), &mut out).expect("a datum");
        black_box(&out);
    })
}
