//! Schemas' texts.

use super::*;

#[test]
fn a_text_is_kept_as_the_registry_keeps_it() {
    for (text, want, why) in [
        (r#" { "type" : "string" } "#, r#""string""#, "a primitive without properties is a word"),
        (r#"{"type":"string","p":"v"}"#, r#"{"type":"string","p":"v"}"#, "properties stay"),
        ("/* a */ \"int\" // b", "\"int\"", "comments"),
        (
            r#"{"fields":[{"doc":"","default":1.50,"type":{"type":"int"},"name":"a","order":"descending","x":{"k":[1,null]},"aliases":["z","y"]}],
                "extra":true,"aliases":["Old","m.Older"],"doc":"é \"q\" \/","namespace":"n","name":"R","type":"record"}"#,
            r#"{"type":"record","name":"R","namespace":"n","doc":"é \"q\" /","fields":[{"name":"a","type":"int","doc":"","default":1.5,"order":"descending","aliases":["z","y"],"x":{"k":[1,null]}}],"extra":true,"aliases":["Old","m.Older"]}"#,
            "the order of keys",
        ),
        (
            r#"{"type":"record","name":"a.b.R","namespace":"c","fields":[{"name":"x","type":"int","order":"Ascending"}]}"#,
            r#"{"type":"record","name":"R","namespace":"a.b","fields":[{"name":"x","type":"int"}]}"#,
            "a dotted name wins; ascending is left out",
        ),
        (
            r#"{"type":"record","name":"n.R","fields":[{"name":"x","type":{"type":"fixed","name":"F","namespace":"","size":1}},{"name":"y","type":"F"},{"name":"z","type":["null","R"]}]}"#,
            r#"{"type":"record","name":"R","namespace":"n","fields":[{"name":"x","type":{"type":"fixed","name":"F","namespace":"","size":1}},{"name":"y","type":"F"},{"name":"z","type":["null","R"]}]}"#,
            "no namespace inside one",
        ),
        (
            r#"{"aliases":["Q"],"p":1,"default":"B","symbols":["A","B"],"doc":"d","name":"E","type":"enum"}"#,
            r#"{"type":"enum","name":"E","doc":"d","symbols":["A","B"],"default":"B","p":1,"aliases":["Q"]}"#,
            "an enum",
        ),
        (r#"{"type":"error","name":"R","fields":[]}"#, r#"{"type":"error","name":"R","fields":[]}"#, "an error"),
        (
            r#"{"type":"map","p":1,"values":{"items":"long","type":"array"}}"#,
            r#"{"type":"map","values":{"type":"array","items":"long"},"p":1}"#,
            "a map",
        ),
        ("[]", "[]", "a union of nothing"),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"double","default":"1e20"}]}"#,
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"double","default":1.0E20}]}"#,
            "a decimal as text",
        ),
    ] {
        let kept = schema(text).canonical();
        assert_eq!(kept, want, "{why}");
        assert_eq!(schema(&kept).canonical(), want, "the same again: {why}");
    }
}

#[test]
fn normalizing_sorts_aliases_and_properties() {
    let text = r#"{"type":"record","name":"n.R","zz":{"b":1,"a":2},"aa":2,"aliases":["Old","m.Older"],"fields":[{"name":"a","type":"int","z":1,"b":2,"aliases":["z","y"]}]}"#;
    let want = r#"{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int","aliases":["y","z"],"b":2,"z":1}],"aa":2,"zz":{"b":1,"a":2},"aliases":["m.Older","Old"]}"#;
    assert_eq!(schema(text).normalized(), want);
    assert!(schema(text).same(&schema(want)), "their order does not count");
    assert!(!schema(text).same(&schema(&want.replace("\"b\":2", "\"b\":3"))), "their values do");
}

#[test]
fn normalizing_asks_for_defaults_that_fit() {
    let with = |of: &str, default: &str| {
        schema(&format!(r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":{of},"default":{default}}}]}}"#))
            .check_defaults()
            .is_ok()
    };
    for (of, default, fits) in [
        ("\"int\"", "5", true),
        ("\"int\"", "1.0", false),
        ("\"int\"", "\"x\"", false),
        ("\"int\"", "null", false),
        ("\"int\"", "99999999999", false),
        ("\"double\"", "1", true),
        ("\"double\"", "\"NaN\"", true),
        ("[\"null\",\"int\"]", "5", true),
        ("[\"null\",\"int\"]", "\"x\"", false),
        ("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "\"B\"", false),
        ("{\"type\":\"int\",\"logicalType\":\"date\"}", "\"2026-01-31\"", false),
    ] {
        assert_eq!(with(of, default), fits, "{default} for {of}");
    }
    let wrong = schema(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}"#).check_defaults();
    assert_eq!(wrong.unwrap_err().to_string(), "Invalid default for field a: \"x\" not a \"int\"");
}

#[test]
fn types_of_other_schemas_are_named_or_written_out() {
    let inner =
        Reference { name: "any name".to_owned(), text: r#"{"type":"record","name":"n.I","fields":[{"name":"x","type":"int"}]}"#.into() };
    let text = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"n.I"},{"name":"b","type":"n.I"}]}"#;
    let twice = Schema::parse(text, &[inner.clone(), inner]).unwrap();
    assert_eq!(twice.canonical(), text);
    let whole = r#"{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"record","name":"I","namespace":"n","fields":[{"name":"x","type":"int"}]}},{"name":"b","type":"n.I"}]}"#;
    assert_eq!(twice.resolved(), whole);
    assert!(twice.same(&schema(whole)));
    assert_eq!(encoded(&twice, r#"{"a":{"x":1},"b":{"x":2}}"#, Form::Tagged), Ok(b"\x02\x04".to_vec()));
    assert!(Schema::parse(text, &[]).is_err());
}

#[test]
fn a_type_with_a_name_names_the_schema() {
    for (text, name) in [
        (r#"{"type":"record","name":"R","namespace":"a.b","fields":[]}"#, Some("a.b.R")),
        (r#"{"type":"fixed","name":"F","size":1}"#, Some("F")),
        (r#""int""#, None),
        (r#"["null",{"type":"fixed","name":"F","size":1}]"#, None),
    ] {
        assert_eq!(schema(text).name().as_deref(), name, "{text}");
    }
}

#[test]
fn what_is_no_schema_is_told() {
    for (text, want) in [
        ("record R", "not JSON: expected a value at byte 0"),
        ("", "not JSON: unexpected end of the text, expected a value at byte 0"),
        ("5", "Schema not yet supported: 5"),
        ("\"int\" x", "dangling content after end of schema: x"),
        ("{}", "No type: {}"),
        (r#"{"type":"nope"}"#, "Type not supported: nope"),
        (r#"{"type":{"type":"int"}}"#, r#"No type: {"type":{"type":"int"}}"#),
        (r#"{"type":"record","fields":[]}"#, r#"No name in schema: {"type":"record","fields":[]}"#),
        (r#"{"type":"record","name":"1R","fields":[]}"#, "Illegal initial character: 1R"),
        (r#"{"type":"record","name":"a-b","fields":[]}"#, "Illegal character in: a-b"),
        (r#"{"type":"record","name":"","fields":[]}"#, "Empty name"),
        (r#"{"type":"record","name":"int","fields":[]}"#, "Schemas may not be named after primitives: int"),
        (r#"{"type":"record","name":"R"}"#, r#"Record has no fields: {"type":"record","name":"R"}"#),
        (r#"{"type":"record","name":"R","fields":[{"type":"int"}]}"#, r#"No field name: {"type":"int"}"#),
        (r#"{"type":"record","name":"R","fields":[5]}"#, "No field name: 5"),
        (r#"{"type":"record","name":"R","fields":[{"name":"a"}]}"#, r#"No field type: {"name":"a"}"#),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"O"}]}"#,
            r#""O" is not a defined name. The type of the "a" field must be a defined name or a {"type": ...} expression."#,
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
            "Duplicate field a in record R: at 1 and at 0",
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"R"},{"name":"b","type":{"type":"fixed","name":"R","size":1}}]}"#,
            "Can't redefine: R",
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","order":"up"}]}"#,
            "the order of a field is ascending, descending or ignore, not up",
        ),
        (r#"{"type":"record","name":"R","aliases":"A","fields":[]}"#, "aliases not an array: \"A\""),
        (r#"["int",["string"]]"#, r#"Nested union: ["int",["string"]]"#),
        (r#"["int",{"type":"int","logicalType":"date"}]"#, "Duplicate in union:int"),
        (r#"{"type":"enum","name":"E"}"#, r#"Enum has no symbols: {"type":"enum","name":"E"}"#),
        (r#"{"type":"enum","name":"E","symbols":["A","A"]}"#, "Duplicate enum symbol: A"),
        (r#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#, "The Enum Default: B is not in the enum symbol set: [A]"),
        (r#"{"type":"fixed","name":"F"}"#, r#"Invalid or no size: {"type":"fixed","name":"F"}"#),
        (r#"{"type":"fixed","name":"F","size":-1}"#, "Malformed data. Length is negative: -1"),
        (r#"{"type":"array"}"#, r#"Array has no items type: {"type":"array"}"#),
        (r#"{"type":"map"}"#, r#"Map has no values type: {"type":"map"}"#),
    ] {
        assert_eq!(Schema::parse(text, &[]).unwrap_err().to_string(), want, "{text}");
    }
}
