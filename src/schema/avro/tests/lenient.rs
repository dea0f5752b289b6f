//! The lenient form.

use super::*;

#[track_caller]
fn fits(text: &str, json: &str, bytes: &[u8], back: &str) {
    let schema = schema(text);
    assert_eq!(encoded(&schema, json, Form::Lenient).as_deref(), Ok(bytes), "{json}");
    assert_eq!(decoded(&schema, bytes, Form::Lenient).as_deref(), Ok(back), "{json}");
}

#[track_caller]
fn refused(text: &str, json: &str, want: &str) {
    assert_eq!(encoded(&schema(text), json, Form::Lenient), Err(want.to_owned()), "{json}");
}

const SHAPES: &str = r#"["null",
    {"type":"record","name":"Circle","fields":[{"name":"r","type":"double"}]},
    {"type":"record","name":"Box","fields":[{"name":"w","type":"int"},{"name":"h","type":["null","int"],"default":null}]},
    {"type":"map","values":"string"}]"#;

#[test]
fn the_first_type_of_a_union_that_fits_is_taken() {
    let numbers = r#"["null","int","double","string"]"#;
    fits(numbers, "null", b"\x00", "null");
    fits(numbers, "5", b"\x02\x0a", "5");
    fits(numbers, "5.5", b"\x04\0\0\0\0\0\0\x16\x40", "5.5");
    fits(numbers, "3000000000", b"\x04\0\0\0\xc0\x0b\x5a\xe6\x41", "3000000000.0");
    fits(numbers, "\"5\"", b"\x06\x025", "\"5\"");
    fits(SHAPES, r#"{"r":1}"#, b"\x02\0\0\0\0\0\0\xf0\x3f", r#"{"r":1.0}"#);
    fits(SHAPES, r#"{"h":2,"w":1}"#, b"\x04\x02\x02\x04", r#"{"w":1,"h":2}"#);
    fits(SHAPES, r#"{"w":1}"#, b"\x04\x02\x00", r#"{"w":1,"h":null}"#);
    fits(SHAPES, r#"{"w":"1"}"#, b"\x06\x02\x02w\x021\x00", r#"{"w":"1"}"#);
    refused(numbers, "true", "$: a boolean that fits none of the union's types null, int, double, string");
    refused(SHAPES, r#"{"w":1.5}"#, "$: an object that fits none of the union's types null, Circle, Box, map");
}

#[test]
fn the_only_type_that_can_fit_says_what_is_wrong() {
    refused(r#"["null","int"]"#, "1.5", "$: 1.5 is not a whole number");
    refused(
        r#"["null",{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}]"#,
        r#"{"a":""}"#,
        "$.a: expected int, found a string",
    );
}

#[test]
fn a_tag_is_read_if_nothing_fits_without_it() {
    fits(SHAPES, r#"{"Box":{"w":1}}"#, b"\x04\x02\x00", r#"{"w":1,"h":null}"#);
    fits(r#"["string","bytes"]"#, r#"{"bytes":"ÿ"}"#, b"\x02\x02\xff", "\"ÿ\"");
    fits(r#"["null",{"type":"map","values":"string"},"string"]"#, r#"{"string":"s"}"#, b"\x02\x02\x0cstring\x02s\x00", r#"{"string":"s"}"#);
    refused(r#"["null","int"]"#, r#"{"int":"x"}"#, "$.int: expected int, found a string");
}

#[test]
fn defaults_fill_absent_fields() {
    let text = r#"{"type":"record","name":"R","fields":[
        {"name":"a","type":"int","default":5},
        {"name":"u","type":["null","string"],"default":null},
        {"name":"v","type":["string","null"],"default":"x"},
        {"name":"b","type":"bytes","default":"\u00ff"},
        {"name":"l","type":{"type":"array","items":"long"},"default":[1,2]},
        {"name":"m","type":{"type":"map","values":"boolean"},"default":{"k":true}},
        {"name":"i","type":{"type":"record","name":"I","fields":[{"name":"x","type":"int"},{"name":"y","type":"int","default":7}]},"default":{"x":1}},
        {"name":"f","type":"float","default":"NaN"},
        {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":"\u0004\u00d2"}]}"#;
    fits(
        text,
        "{}",
        b"\x0a\x00\x00\x02x\x02\xff\x04\x02\x04\x00\x02\x02k\x01\x00\x02\x0e\0\0\xc0\x7f\x04\x04\xd2",
        r#"{"a":5,"u":null,"v":"x","b":"ÿ","l":[1,2],"m":{"k":true},"i":{"x":1,"y":7},"f":"NaN","d":12.34}"#,
    );
    let unfit = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"},{"name":"b","type":"int"}]}"#;
    refused(unfit, r#"{"b":1}"#, "$.a: missing, and its default does not fit its type");
    refused(unfit, r#"{"a":1}"#, "$.b: missing, and without a default");
    fits(unfit, r#"{"b":1,"a":2}"#, b"\x04\x02", r#"{"a":2,"b":1}"#);
}

#[test]
fn nothing_that_was_sent_is_lost() {
    let text = r#"{"type":"record","name":"n.R","fields":[{"name":"a","type":"int"}]}"#;
    refused(text, r#"{"a":1,"b":2}"#, "$: record n.R has no field \"b\"");
    refused(text, r#"{"a":1.5}"#, "$.a: 1.5 is not a whole number");
    refused(text, r#"{"a":99999999999}"#, "$.a: 99999999999 is out of the range of int");
    refused(r#"{"type":"enum","name":"E","symbols":["A"],"default":"A"}"#, "\"B\"", "$: unknown symbol \"B\" of enum E");
}

#[test]
fn floating_numbers_may_be_words() {
    fits(r#""double""#, "\"NaN\"", &f64::NAN.to_le_bytes(), "\"NaN\"");
    fits(r#""float""#, "\"-Infinity\"", &f32::NEG_INFINITY.to_le_bytes(), "\"-Infinity\"");
    refused(r#""float""#, "\"1.5\"", "$: expected float, found the string \"1.5\"");
}

#[test]
fn decimals_are_numbers_with_all_their_digits() {
    let money = r#"["null",{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}]"#;
    fits(money, "12.34", b"\x02\x04\x04\xd2", "12.34");
    fits(money, "\"12.34\"", b"\x02\x04\x04\xd2", "12.34");
    fits(money, "-0.01", b"\x02\x02\xff", "-0.01");
    fits(money, "0", b"\x02\x02\x00", "0.00");
    fits(money, "1.5e1", b"\x02\x04\x05\xdc", "15.00");
    refused(money, "12.345", "$: 12.345 has more than 2 digits behind the point");
    refused(money, "12345.67", "$: 12345.67 has more than 6 digits");
    refused(money, "\"\\u0004Ò\"", "$: \"\u{4}Ò\" is not a decimal number");
    let fixed = r#"{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":9,"scale":0}"#;
    fits(fixed, "-1", b"\xff\xff\xff\xff", "-1");
    fits(fixed, "999999999", b"\x3b\x9a\xc9\xff", "999999999");
    let wide = r#"{"type":"fixed","name":"D","size":20,"logicalType":"decimal","precision":40,"scale":38}"#;
    let digits = "1.23456789012345678901234567890123456789";
    let bytes = encoded(&schema(wide), digits, Form::Lenient).unwrap();
    assert_eq!(decoded(&schema(wide), &bytes, Form::Lenient).as_deref(), Ok(digits));
}

#[test]
fn times_are_text() {
    for (of, logical, json, bytes, plain) in [
        ("int", "date", "2022-01-08", &b"\xf0\xa8\x02"[..], "19000"),
        ("int", "time-millis", "01:00:00", b"\x80\xba\xb7\x03", "3600000"),
        ("long", "time-micros", "00:00:00.000001", b"\x02", "1"),
        ("long", "timestamp-millis", "1970-01-01T00:00:00.001Z", b"\x02", "1"),
        ("long", "timestamp-micros", "1969-12-31T23:59:59.999999Z", b"\x01", "-1"),
        ("long", "timestamp-nanos", "1970-01-01T00:00:00.000000001Z", b"\x02", "1"),
        ("long", "local-timestamp-millis", "1970-01-01T00:00:00", b"\x00", "0"),
        ("long", "local-timestamp-micros", "1970-01-01T00:00:00.000002", b"\x04", "2"),
        ("long", "local-timestamp-nanos", "1970-01-01T00:00:00.000000002", b"\x04", "2"),
    ] {
        let text = format!(r#"{{"type":"{of}","logicalType":"{logical}"}}"#);
        fits(&text, &format!("\"{json}\""), bytes, &format!("\"{json}\""));
        fits(&text, plain, bytes, &format!("\"{json}\""));
    }
    let millis = r#"{"type":"long","logicalType":"timestamp-millis"}"#;
    fits(millis, "\"1970-01-01T01:00:00+01:00\"", b"\x00", "\"1970-01-01T00:00:00Z\"");
    fits(millis, "9223372036854775807", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", "9223372036854775807");
    let wanted = "is not a time such as 2026-01-31T10:15:30Z, with no more digits than are kept";
    refused(millis, "\"1970-01-01T00:00:00.0001Z\"", &format!("$: \"1970-01-01T00:00:00.0001Z\" {wanted}"));
    refused(r#"{"type":"int","logicalType":"date"}"#, "\"x\"", "$: \"x\" is not a date such as 2026-01-31");
}

#[test]
fn ids_and_durations_are_text() {
    let id = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    fits(r#"{"type":"string","logicalType":"uuid"}"#, "\"x\"", b"\x02x", "\"x\"");
    let fixed = r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#;
    fits(fixed, &format!("\"{id}\""), b"\xf8\x1d\x4f\xae\x7d\xec\x11\xd0\xa7\x65\x00\xa0\xc9\x1e\x6b\xf6", &format!("\"{id}\""));
    refused(fixed, "\"f81d4fae7dec11d0a76500a0c91e6bf6\"", "$: \"f81d4fae7dec11d0a76500a0c91e6bf6\" is not a UUID");
    let length = r#"{"type":"fixed","name":"L","size":12,"logicalType":"duration"}"#;
    fits(length, "\"P1M2DT3.5S\"", b"\x01\0\0\0\x02\0\0\0\xac\x0d\0\0", "\"P1M2DT3.500S\"");
    refused(length, "\"3s\"", "$: \"3s\" is not a duration such as P1M2DT3.5S");
}

#[test]
fn a_logical_type_that_the_type_cannot_carry_counts_for_nothing() {
    for text in [
        r#"{"type":"string","logicalType":"date"}"#,
        r#"{"type":"string","logicalType":"decimal","precision":2}"#,
        r#"{"type":"string","logicalType":"nope"}"#,
        r#"{"type":"string","logicalType":5}"#,
    ] {
        fits(text, "\"x\"", b"\x02x", "\"x\"");
    }
    for text in [
        r#"{"type":"bytes","logicalType":"decimal"}"#,
        r#"{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}"#,
        r#"{"type":"bytes","logicalType":"decimal","precision":0}"#,
    ] {
        fits(text, "\"x\"", b"x", "\"x\"");
    }
    fits(r#"{"type":"fixed","name":"F","size":1,"logicalType":"decimal","precision":3}"#, "\"x\"", b"x", "\"x\"");
}
