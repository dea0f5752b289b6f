//! Protobuf: the record in its own order and backwards, and a record with a list, a map and messages in it.

#![expect(clippy::expect_used, reason = "in a benchmark a panic is the report")]

use std::hint::black_box;

use barnabas::schema::protobuf::Schema;

use super::{Measured, RECORD};

const CUSTOMER: &str = "syntax = \"proto3\"; message Customer { int64 id = 1; string name = 2; string email = 3; int32 age = 4; double balance = 5; \
                        bool active = 6; float score = 7; string city = 8; string country = 9; int64 visits = 10; }";

const ORDER: &str = "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; message Order { int64 id = 1; Customer customer = 2; \
                     repeated Item items = 3; map<string, string> labels = 4; google.protobuf.Timestamp at = 5; Status status = 6; } message \
                     Customer { string name = 1; } message Item { string article = 1; int32 count = 2; } enum Status { NEW = 0; PAID = 1; }";

const ORDER_RECORD: &str = r#"{"id":"17","customer":{"name":"a customer"},"items":[{"article":"tea","count":2},{"article":"cup","count":1}],"labels":{"shop":"Prague"},"at":"2026-01-02T03:04:05.678Z","status":"PAID"}"#;

/// What is measured.
pub fn lines() -> Vec<Measured> {
    let inside = RECORD.trim_start_matches('{').trim_end_matches('}');
    let backwards = inside.rsplit(",\"").map(|m| format!("\"{}", m.trim_start_matches('"'))).collect::<Vec<_>>().join(",");
    vec![
        ("encode", encode(CUSTOMER, RECORD.to_owned())),
        ("encode, members backwards", encode(CUSTOMER, format!("{{{backwards}}}"))),
        ("encode, messages in it", encode(ORDER, ORDER_RECORD.to_owned())),
        ("decode", decode(CUSTOMER, RECORD)),
        ("decode, messages in it", decode(ORDER, ORDER_RECORD)),
    ]
}

fn schema(text: &str) -> Schema {
    Schema::parse(text, &[]).expect("a schema")
}

fn encode(text: &str, json: String) -> Box<dyn FnMut()> {
    let (schema, mut out) = (schema(text), Vec::new());
    Box::new(move || {
        out.clear();
        schema.encode(black_box(json.as_bytes()), None, &mut out).expect("fits");
        black_box(&out);
    })
}

fn decode(text: &str, json: &str) -> Box<dyn FnMut()> {
    let (schema, mut datum, mut out) = (schema(text), Vec::new(), Vec::new());
    schema.encode(json.as_bytes(), None, &mut datum).expect("fits");
    Box::new(move || {
        out.clear();
        schema.decode(black_box(&datum), &mut out).expect("a message");
        black_box(&out);
    })
}
