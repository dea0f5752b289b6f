//! Which schema reads what another one wrote.

use super::*;

fn found(reader: &Schema, writer: &Schema) -> Vec<(&'static str, String, String)> {
    reader.incompatibilities(writer).into_iter().map(|i| (i.kind, i.description, i.path)).collect()
}

#[test]
fn a_reader_may_be_wider_than_the_writer() {
    for (old, new, forth, back, why) in [
        ("\"int\"", "\"int\"", true, true, "the same"),
        ("\"int\"", "\"long\"", true, false, "a wider number"),
        ("\"long\"", "\"float\"", true, false, "a long is read as a float"),
        ("\"float\"", "\"double\"", true, false, "a wider number with a fraction"),
        ("\"string\"", "\"bytes\"", true, true, "text and bytes are read as each other"),
        ("\"int\"", "\"boolean\"", false, false, "others are not"),
        ("\"int\"", "[\"null\",\"int\"]", true, false, "null may come now"),
        ("[\"int\",\"string\"]", "[\"string\",\"int\"]", true, true, "the order of a union does not count"),
        ("[\"null\",\"int\"]", "[\"null\",\"long\"]", true, false, "a wider number in a union"),
        ("[\"int\",\"long\"]", "\"long\"", true, true, "all of a union are read as one; one is one of a union"),
        (r#"{"type":"array","items":"int"}"#, r#"{"type":"array","items":"long"}"#, true, false, "items"),
        (r#"{"type":"map","values":"int"}"#, r#"{"type":"map","values":"long"}"#, true, false, "values"),
        (
            r#"{"type":"enum","name":"E","symbols":["A"]}"#,
            r#"{"type":"enum","name":"E","symbols":["B","A"]}"#,
            true,
            false,
            "a symbol more",
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A","B"]}"#,
            r#"{"type":"enum","name":"E","symbols":["A"],"default":"A"}"#,
            true,
            true,
            "a symbol for those that are unknown",
        ),
        (r#"{"type":"fixed","name":"F","size":1}"#, r#"{"type":"fixed","name":"F","size":2}"#, false, false, "another size"),
        (r#"{"type":"fixed","name":"n.F","size":1}"#, r#"{"type":"fixed","name":"m.F","size":1}"#, true, true, "namespaces do not count"),
        (r#"{"type":"fixed","name":"n.F","size":1}"#, r#"{"type":"fixed","name":"G","aliases":["n.F"],"size":1}"#, true, false, "an alias"),
        ("\"int\"", r#"{"type":"int","logicalType":"date"}"#, true, true, "logical types do not count"),
        (r#"{"type":"error","name":"R","fields":[]}"#, r#"{"type":"record","name":"R","fields":[]}"#, true, true, "an error is a record"),
    ] {
        let (old, new) = (schema(old), schema(new));
        assert_eq!(new.incompatibilities(&old).is_empty(), forth, "new reads old: {why}");
        assert_eq!(old.incompatibilities(&new).is_empty(), back, "old reads new: {why}");
    }
}

#[test]
fn fields_come_and_go_with_defaults() {
    let with = |fields: &str| schema(&format!(r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":"int"}}{fields}]}}"#));
    let one = with("");
    for (fields, forth, why) in [
        (r#",{"name":"b","type":"int"}"#, false, "without a default"),
        (r#",{"name":"b","type":"int","default":0}"#, true, "with a default"),
        (r#",{"name":"b","type":["null","int"],"default":null}"#, true, "null is a default"),
        (r#",{"name":"b","type":"int","default":"x"}"#, true, "any default"),
        (r#",{"name":"b","type":"long","aliases":["a"]}"#, true, "another name of what is there"),
    ] {
        assert_eq!(with(fields).incompatibilities(&one).is_empty(), forth, "{why}");
        assert!(one.incompatibilities(&with(fields)).is_empty(), "what was added is not read: {why}");
    }
}

#[test]
fn each_reason_has_the_registrys_sentence() {
    let old = schema(
        r#"{"type":"record","name":"n.R","fields":[{"name":"a","type":"int"},
            {"name":"e","type":{"type":"array","items":{"type":"enum","name":"E","symbols":["C","B","A"]}}},
            {"name":"f","type":{"type":"fixed","name":"F","size":4}},{"name":"u","type":["int","boolean"]}]}"#,
    );
    let new = schema(
        r#"{"type":"record","name":"S","fields":[{"name":"a","type":"string"},
            {"name":"e","type":{"type":"array","items":{"type":"enum","name":"E","symbols":["A"]}}},
            {"name":"f","type":{"type":"fixed","name":"F","size":8}},{"name":"u","type":["int","string"]},{"name":"z","type":"int"}]}"#,
    );
    let want = [
        ("NAME_MISMATCH", "The name of the schema has changed (path '/name')", "expected: n.R"),
        (
            "TYPE_MISMATCH",
            "The type (path '/fields/0/type') of a field in the new schema does not match with the old schema",
            "reader type: STRING not compatible with writer type: INT",
        ),
        (
            "MISSING_ENUM_SYMBOLS",
            "The new schema is missing enum symbols '[B, C]' at path '/fields/1/type/items/symbols' in the old schema",
            "[B, C]",
        ),
        (
            "FIXED_SIZE_MISMATCH",
            "The size of FIXED type field at path '/fields/2/type/size' in the new schema does not match with the old schema",
            "expected: 4, found: 8",
        ),
        (
            "MISSING_UNION_BRANCH",
            "The new schema is missing a type inside a union field at path '/fields/3/type/1' in the old schema",
            "reader union lacking writer type: BOOLEAN",
        ),
        (
            "READER_FIELD_MISSING_DEFAULT_VALUE",
            "The field 'z' at path '/fields/4' in the new schema has no default value and is missing in the old schema",
            "z",
        ),
    ];
    assert_eq!(found(&new, &old), want.map(|(kind, description, path)| (kind, description.to_owned(), path.to_owned())));
}

#[test]
fn recursive_types_are_compared_once() {
    let list = |of: &str, more: &str| {
        schema(&format!(
            r#"{{"type":"record","name":"R","fields":[{{"name":"v","type":{of}}},{{"name":"next","type":["null","R"]}}{more}]}}"#
        ))
    };
    assert_eq!(found(&list("\"long\"", ""), &list("\"int\"", "")), []);
    assert_eq!(found(&list("\"int\"", ""), &list("\"long\"", "")).len(), 1);
}
