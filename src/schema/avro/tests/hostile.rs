//! Schemas and data that are made to hurt. Without their limits these would end in years, or not in this memory. Tests run on threads
//! of two megabytes, as requests do.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

#[test]
fn deep_schemas_are_refused() {
    let deep = |levels: usize| format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(levels), "}".repeat(levels));
    assert!(Schema::parse(&deep(200), &[]).is_ok());
    assert!(Schema::parse(&deep(100_000 / 26), &[]).unwrap_err().reason.contains("nested too deep"));
    let mut flat = String::from(r#"[{"type":"record","name":"R0","fields":[]}"#);
    for n in 1..900 {
        write!(flat, r#",{{"type":"record","name":"R{n}","fields":[{{"name":"a","type":"R{}"}}]}}"#, n - 1).unwrap();
    }
    assert!(Schema::parse(&format!("{flat}]"), &[]).unwrap_err().reason.contains("types inside one another"));
    assert!(Schema::parse(&" ".repeat(2 << 20), &[]).unwrap_err().reason.contains("longer than"));
}

#[test]
fn deep_data_fit_the_stack_or_are_refused() {
    let list = schema(r#"{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]}]}"#);
    for form in [Form::Tagged, Form::Lenient] {
        let (open, close, levels) = match form {
            Form::Tagged => (r#"{"next":{"R":"#, "}}", MAX_LEVELS / 2 - 1),
            Form::Lenient => (r#"{"next":"#, "}", MAX_LEVELS - 1),
        };
        let of = |levels: usize| format!("{}{{\"next\":null}}{}", open.repeat(levels), close.repeat(levels));
        let bytes = encoded(&list, &of(levels), form).unwrap();
        assert_eq!(decoded(&list, &bytes, form), Ok(of(levels)));
        assert!(encoded(&list, &of(100_000), form).is_err());
        let mut deep = vec![2; 1_000_000];
        deep.push(0);
        assert!(decoded(&list, &deep, form).unwrap_err().contains("nested too deep"));
    }
}

#[test]
fn schemas_as_deep_as_allowed_are_compared_and_printed_on_any_stack() {
    let deep = format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(250), "}".repeat(250));
    let deep = schema(&deep);
    assert_eq!(deep.incompatibilities(&deep), []);
    assert_eq!(schema(&deep.canonical()).resolved(), deep.normalized());
    // Cycles of lengths without a common divisor meet after 79 × 83 steps.
    let cycle = |length: usize| {
        let mut text = String::new();
        for n in 0..length {
            write!(text, r#"{{"type":"record","name":"R","namespace":"n{n}","fields":[{{"name":"a","type":"#).unwrap();
        }
        schema(&format!("{text}\"n0.R\"{}", "}]}".repeat(length)))
    };
    assert_eq!(cycle(79).incompatibilities(&cycle(83)).len(), 1, "given up");
    assert_eq!(cycle(10).incompatibilities(&cycle(13)), []);
}

#[test]
fn a_few_bytes_do_not_become_gigabytes() {
    let nulls = schema(r#"{"type":"array","items":"null"}"#);
    for length in [i64::MAX, i64::MIN] {
        let mut datum = Vec::new();
        binary::write_long(&mut datum, length);
        datum.push(0);
        let mut out = Vec::new();
        let result = Decoder::new(&nulls.types, Form::Tagged, &datum, &mut out, 10_000, MAX_LEVELS).top(nulls.top);
        assert_eq!(result.unwrap_err().reason, "more than 10000 bytes of JSON");
    }
    assert!(decoded(&schema(r#""string""#), b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", Form::Tagged).is_err());
}

/// Records in records, each of which has two of the one before as defaults.
fn doubling(levels: usize, end: &str) -> String {
    let mut text = format!(r#"[{{"type":"record","name":"R0","fields":[{end}]}}"#);
    for n in 1..levels {
        let of = n - 1;
        write!(
            text,
            r#",{{"type":"record","name":"R{n}","fields":[{{"name":"a","type":"R{of}","default":{{}}}},{{"name":"b","type":"R{of}","default":{{}}}}]}}"#
        )
        .unwrap();
    }
    text + "]"
}

#[test]
fn defaults_do_not_multiply_for_ever() {
    for end in ["", r#"{"name":"s","type":"string","default":"xxxxxxxxxxxxxxxx"}"#] {
        let schema = schema(&doubling(200, end));
        assert!(schema.check_defaults().is_err());
        assert!(encoded(&schema, r#"{"R5":{}}"#, Form::Lenient).is_ok());
        assert!(encoded(&schema, r#"{"R199":{}}"#, Form::Lenient).is_err());
    }
    let itself = schema(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"R","default":{}}]}"#);
    assert!(encoded(&itself, "{}", Form::Lenient).unwrap_err().contains("does not fit"));
}

#[test]
fn fields_of_nothing_are_not_filled_in_for_ever() {
    let fields: Vec<String> = (0..10_000).map(|n| format!(r#"{{"name":"f{n}","type":"null","default":null}}"#)).collect();
    let list = schema(&format!(r#"{{"type":"array","items":{{"type":"record","name":"R","fields":[{}]}}}}"#, fields.join(",")));
    for item in ["{}", r#"{"f9999":null}"#] {
        let json = |items| format!("[{}]", vec![item; items].join(","));
        assert!(encoded(&list, &json(10), Form::Lenient).is_ok());
        assert_eq!(encoded(&list, &json(150), Form::Lenient).unwrap_err().split(": ").last(), Some("too many fields are absent"));
    }
}

#[test]
fn unions_are_not_tried_for_ever() {
    // Each value fits the second type only, which shows at its end; so do all values in it.
    let twins = r#"{"type":"record","name":"A","fields":[{"name":"n","type":["null","A",
        {"type":"record","name":"B","fields":[{"name":"n","type":["null","A","B"]},{"name":"b","type":"int"}]}]},{"name":"a","type":"int"}]}"#;
    let json = format!("{}null{}", r#"{"n":"#.repeat(190), r#","b":1}"#.repeat(190));
    assert!(encoded(&schema(twins), &json, Form::Lenient).unwrap_err().contains("again"));
    let many: Vec<String> =
        (0..1000).map(|n| format!(r#"{{"type":"record","name":"R{n}","fields":[{{"name":"f{n}","type":"int"}}]}}"#)).collect();
    let list = schema(&format!(r#"{{"type":"array","items":[{}]}}"#, many.join(",")));
    let json = format!("[{}]", vec![r#"{"f999":1}"#; 10_000].join(","));
    assert!(encoded(&list, &json, Form::Lenient).is_err());
    let few = format!("[{}]", [r#"{"f999":1}"#; 5].join(","));
    assert!(encoded(&list, &few, Form::Lenient).is_ok());
    let too_many: Vec<String> = (0..1001).map(|n| format!(r#"{{"type":"fixed","name":"F{n}","size":1}}"#)).collect();
    assert!(Schema::parse(&format!("[{}]", too_many.join(",")), &[]).is_err());
}

#[test]
fn members_out_of_order_are_not_read_for_ever() {
    let text = r#"{"type":"record","name":"R","fields":[{"name":"v","type":"int"},{"name":"n","type":["null","R"]},{"name":"s","type":"string"}]}"#;
    let filler = "x".repeat(100_000);
    let json = |levels| format!("{}null{}", r#"{"n":{"R":"#.repeat(levels), format!(r#","v":1,"s":"{filler}"}}}}"#).repeat(levels));
    let json = |levels| json(levels).strip_suffix('}').unwrap().strip_prefix(r#"{"n":{"R":"#).unwrap().to_owned();
    assert!(encoded(&schema(text), &json(90), Form::Tagged).is_err());
}

#[test]
fn large_unions_are_compared_soon() {
    let union = |prefix: &str| {
        let types: Vec<String> = (0..1000).map(|n| format!(r#"{{"type":"fixed","name":"{prefix}{n}","size":1}}"#)).collect();
        schema(&format!("[{}]", types.join(",")))
    };
    assert_eq!(union("A").incompatibilities(&union("A")), []);
    assert_eq!(union("A").incompatibilities(&union("B")).len(), 1, "given up");
}

proptest! {
    #[test]
    fn any_bytes_are_a_datum_or_an_error(datum: Vec<u8>) {
        let schema = schema(r#"{"type":"record","name":"R","fields":[
            {"name":"a","type":["null","R","long",{"type":"map","values":"boolean"}]},
            {"name":"b","type":{"type":"array","items":["string",{"type":"enum","name":"E","symbols":["A","B"]}]}},
            {"name":"c","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":3}},
            {"name":"d","type":{"type":"int","logicalType":"date"}}]}"#);
        for form in [Form::Tagged, Form::Lenient] {
            if let Ok(json) = decoded(&schema, &datum, form) {
                let again = encoded(&schema, &json, form);
                // Decimals may have more digits than the schema says.
                if form == Form::Tagged {
                    prop_assert_eq!(decoded(&schema, &again.unwrap(), form), Ok(json));
                }
            }
        }
    }

    #[test]
    fn any_text_is_a_schema_or_an_error(text in r#"(\[|\]|\{|\}|,|:|"(type|name|fields|items|R|int|record|array|enum|symbols|default)"|1|null| ){0,16}"#) {
        if let Ok(schema) = Schema::parse(&text, &[]) {
            let kept = schema.canonical();
            prop_assert_eq!(Schema::parse(&kept, &[]).unwrap().canonical(), kept);
        }
    }
}
