//! A schema's text, the byte 0xFF, which is in no text, and JSON or a datum for it.
#![no_main]

use barnabas::schema::{
    avro::{Form, Schema},
    json,
};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|b| *b == 0xff).unwrap_or(input.len());
    let (text, data) = input.split_at(end);
    let Ok(schema) = std::str::from_utf8(text).map_err(drop).and_then(|text| Schema::parse(text, &[]).map_err(drop)) else { return };
    let kept = schema.canonical();
    let again = Schema::parse(&kept, &[]).expect("the text that is kept is a schema");
    assert_eq!(again.canonical(), kept);
    assert!(schema.same(&again));
    assert_eq!(schema.incompatibilities(&again), []);
    let data = data.get(1..).unwrap_or_default();
    for form in [Form::Tagged, Form::Lenient] {
        let mut out = Vec::new();
        if schema.decode(data, &mut out, form).is_ok() {
            let text = Bytes::from(out);
            assert_eq!(json::compact(&text).expect("a datum becomes JSON"), text);
        }
        let mut datum = Vec::new();
        if schema.encode(data, &mut datum, form).is_ok() {
            schema.decode(&datum, &mut Vec::new(), form).expect("what was encoded is a datum");
        }
    }
});
