//! Edition 2023: what was the syntax is a feature of each thing.

use super::*;

#[test]
fn features_say_what_the_syntax_said() {
    for (options, field, json, bytes, why) in [
        ("", "int32 a = 1;", r#"{"a":0}"#, "0800", "presence is explicit"),
        ("", "int32 a = 1 [features.field_presence = IMPLICIT];", r#"{"a":0}"#, "", "unless the field says otherwise"),
        ("option features.field_presence = IMPLICIT;", "int32 a = 1;", r#"{"a":0}"#, "", "or the file"),
        ("option features = { field_presence: IMPLICIT };", "int32 a = 1;", r#"{"a":0}"#, "", "in another spelling"),
        ("", "repeated int32 a = 1;", r#"{"a":[1]}"#, "0a0101", "lists are packed"),
        ("option features.repeated_field_encoding = EXPANDED;", "repeated int32 a = 1;", r#"{"a":[1]}"#, "0801", "unless they are not"),
        ("", "M a = 1;", r#"{"a":{}}"#, "0a00", "messages have a length"),
        ("", "M a = 1 [features.message_encoding = DELIMITED];", r#"{"a":{}}"#, "0b0c", "or an end"),
        ("", "E a = 1;", r#"{"a":7}"#, "0807", "enums are open"),
    ] {
        let schema = parsed(&format!("edition = \"2023\"; {options} message M {{ {field} }} enum E {{ ZERO = 0; }}"));
        assert_eq!(encoded(&schema, json), bytes, "{why}");
    }
    let closed = parsed("edition = \"2023\"; message M { E a = 1; enum E { option features.enum_type = CLOSED; ZERO = 0; } }");
    assert_eq!(refused(&closed, r#"{"a":7}"#), "$.a: \"7\" is no value of the enum M.E");
    let required = parsed("edition = \"2023\"; message M { int32 a = 1 [features.field_presence = LEGACY_REQUIRED]; }");
    assert_eq!(refused(&required, "{}"), "$.a: the field is required");
}

#[test]
fn the_text_stays_what_it_was() {
    let text = "edition = \"2023\";\n\nmessage M {\n  int32 a = 1 [features.field_presence = IMPLICIT];\n}\n";
    assert_eq!(parsed(text).canonical(), text);
    assert_eq!(invalid("edition = \"2099\"; message M {}"), "syntax error at 1:11: edition 2099 is not supported, only 2023");
}
