//! Well-known types.

use super::*;

/// A message with a field `a` of a type in `google.protobuf`, which is in that file.
fn with(kind: &str, file: &str) -> Schema {
    proto3(&format!("import \"google/protobuf/{file}.proto\"; message M {{ google.protobuf.{kind} a = 1; }}"))
}

#[test]
fn their_json_is_their_own() {
    for (kind, file, json, bytes) in [
        ("Timestamp", "timestamp", r#""2023-11-14T22:13:20.123Z""#, "0880e2cfaa0610c0a9d33a"),
        ("Timestamp", "timestamp", r#""1970-01-01T00:00:00Z""#, ""),
        ("Duration", "duration", r#""3.500s""#, "08031080cab5ee01"),
        ("Duration", "duration", r#""-1s""#, "08ffffffffffffffffff01"),
        ("FieldMask", "field_mask", r#""a,bC""#, "0a01610a03625f63"),
        ("FieldMask", "field_mask", r#""""#, ""),
        ("Empty", "empty", "{}", ""),
        ("Int64Value", "wrappers", r#""7""#, "0807"),
        ("Int64Value", "wrappers", r#""0""#, ""),
        ("StringValue", "wrappers", r#""w""#, "0a0177"),
        ("BytesValue", "wrappers", r#""AQ==""#, "0a0101"),
        ("BoolValue", "wrappers", "true", "0801"),
        ("DoubleValue", "wrappers", r#""NaN""#, "09000000000000f87f"),
        ("Value", "struct", "null", "0800"),
        ("Value", "struct", "[true,{}]", "32080a0220010a022a00"),
        ("ListValue", "struct", "[1.0,null]", "0a0911000000000000f03f0a020800"),
        ("Struct", "struct", r#"{"a":"x"}"#, "0a080a016112031a0178"),
    ] {
        let schema = with(kind, file);
        let json = format!("{{\"a\":{json}}}");
        let whole = format!("0a{:02x}{bytes}", bytes.len() / 2);
        assert_eq!(encoded(&schema, &json), whole, "{kind}");
        assert_eq!(decoded(&schema, &whole), json, "{kind}");
    }
}

#[test]
fn they_are_absent_if_null_but_for_a_value_of_any_type() {
    for (kind, file) in [("Timestamp", "timestamp"), ("Int64Value", "wrappers"), ("Struct", "struct"), ("ListValue", "struct")] {
        let schema = with(kind, file);
        assert_eq!(encoded(&schema, r#"{"a":null}"#), "", "{kind}");
        assert_eq!(decoded(&schema, ""), "{}", "{kind}");
    }
    let nulls = with("NullValue", "struct");
    assert_eq!(encoded(&nulls, r#"{"a":null}"#), "");
    assert_eq!(encoded(&nulls, r#"{"a":"NULL_VALUE"}"#), "");
    assert_eq!(decoded(&nulls, ""), r#"{"a":null}"#);
    let lists = proto3(
        "import \"google/protobuf/struct.proto\"; message M { repeated google.protobuf.NullValue n = 1; repeated google.protobuf.Value v = 2; }",
    );
    assert_eq!(decoded(&lists, &encoded(&lists, r#"{"n":[null],"v":[null]}"#)), r#"{"n":[null],"v":[null]}"#);
}

#[test]
fn what_they_cannot_say_is_refused() {
    for (kind, file, json) in [
        ("Timestamp", "timestamp", "\"yesterday\""),
        ("Timestamp", "timestamp", "5"),
        ("Duration", "duration", "\"5\""),
        ("FieldMask", "field_mask", "\"a_b\""),
        ("Int32Value", "wrappers", "\"2147483648\""),
        ("Struct", "struct", "[]"),
        ("ListValue", "struct", "{}"),
        ("Value", "struct", "1e999"),
        ("Empty", "empty", "{\"x\":1}"),
    ] {
        assert!(refused(&with(kind, file), &format!("{{\"a\":{json}}}")).starts_with("$.a"), "{kind}");
    }
    for (kind, file, bytes, why) in [
        ("Timestamp", "timestamp", "0a0a08ffffffffffffffff7f", "after the year 9999"),
        ("Duration", "duration", "0a0d080110ffffffffffffffffff01", "two signs"),
        ("Value", "struct", "0a0911000000000000f87f", "not a number"),
    ] {
        assert!(undecodable(&with(kind, file), bytes).starts_with("$.a"), "{why}");
    }
}

#[test]
fn a_message_of_any_type_names_it() {
    let schema = proto3(
        "package p; import \"google/protobuf/any.proto\"; import \"google/protobuf/duration.proto\"; message M { google.protobuf.Any a = 1; \
         int32 n = 2; google.protobuf.Duration d = 3; }",
    );
    for (json, back) in [
        (r#"{"a":{"n":5,"@type":"type.googleapis.com/p.M"}}"#, r#"{"a":{"@type":"type.googleapis.com/p.M","n":5},"n":0}"#),
        (
            r#"{"a":{"@type":"x/google.protobuf.Duration","value":"1s"}}"#,
            r#"{"a":{"@type":"x/google.protobuf.Duration","value":"1s"},"n":0}"#,
        ),
        (r#"{"a":{"@type":"/p.M"}}"#, r#"{"a":{"@type":"/p.M","n":0},"n":0}"#),
        (r#"{"a":{"@type":"/google.protobuf.Any","value":{}}}"#, r#"{"a":{"@type":"/google.protobuf.Any","value":{}},"n":0}"#),
        (r#"{"a":{}}"#, r#"{"a":{},"n":0}"#),
    ] {
        assert_eq!(decoded(&schema, &encoded(&schema, json)), back);
    }
    for (json, want) in [
        (r#"{"a":{"n":5}}"#, "$.a[\"@type\"]: the type is missing"),
        (r#"{"a":{"@type":5}}"#, "$.a[\"@type\"]: expected a string, not a number"),
        (r#"{"a":{"@type":"x/p.X"}}"#, "$.a[\"@type\"]: the schema has no message p.X"),
        (r#"{"a":{"@type":"x/p.M","x":1}}"#, "$.a.x: there is no such field in p.M"),
        (r#"{"a":{"@type":"x/google.protobuf.Duration"}}"#, "$.a.value: the field is required"),
    ] {
        assert_eq!(refused(&schema, json), want);
    }
}
