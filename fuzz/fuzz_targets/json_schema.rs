//! A JSON Schema, a value for it, and another schema to follow it; a line each.
#![no_main]

use barnabas::schema::json_schema::Schema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let Some(Ok(schema)) = lines.next().map(|text| Schema::parse(text, &[])) else { return };
    let canonical = Schema::parse(&schema.canonical(), &[]).expect("canonical text is a schema");
    assert!(canonical.same(&schema));
    Schema::parse(&schema.normalized(), &[]).expect("normalized text is a schema");
    let Some(value) = lines.next() else { return };
    let mut datum = Vec::new();
    if schema.encode(value.as_bytes(), &mut datum).is_ok() {
        let mut json = Vec::new();
        schema.decode(&datum, &mut json).expect("a datum is JSON");
        assert_eq!(json, datum, "a datum is compact");
    }
    if let Some(Ok(next)) = lines.next().map(|text| Schema::parse(text, &[])) {
        next.incompatibilities(&schema);
    }
});
