//! Which version may follow which.

use super::*;

/// Kinds and paths of what keeps the new text from reading what the old one wrote.
fn faults(old: &str, new: &str) -> Vec<(&'static str, String)> {
    let (old, new) = (parsed(old), parsed(new));
    new.incompatibilities(&old).into_iter().map(|i| (i.kind, i.path)).collect()
}

fn body(fields: &str) -> String {
    format!("syntax = \"proto3\"; message M {{ {fields} }} message N {{ int32 x = 1; }} message O {{ int32 x = 1; }} enum E {{ Z = 0; }}")
}

#[test]
fn fields_are_compared_by_number() {
    let none: &[(&str, &str)] = &[];
    for (old, new, forward, backward, why) in [
        ("int32 a = 1;", "int32 b = 1; string c = 2;", none, none, "renamed, added, removed"),
        ("int32 a = 1;", "uint64 a = 1;", none, none, "numbers of one group"),
        ("E a = 1;", "bool a = 1;", none, none, "an enum is a number"),
        ("string a = 1;", "repeated bytes a = 1;", none, none, "text and bytes, and how many there are of them"),
        ("int32 a = 1;", "repeated int32 a = 1;", none, none, "a label where there was none"),
        ("int32 a = 1;", "sint32 a = 1;", &[("FIELD_SCALAR_KIND_CHANGED", "#/M/1")], &[("FIELD_SCALAR_KIND_CHANGED", "#/M/1")], "zigzag"),
        ("N a = 1;", "O a = 1;", &[("FIELD_NAMED_TYPE_CHANGED", "#/M/1")], &[("FIELD_NAMED_TYPE_CHANGED", "#/M/1")], "another message"),
        ("N a = 1;", "bytes a = 1;", &[("FIELD_KIND_CHANGED", "#/M/1")], &[("FIELD_KIND_CHANGED", "#/M/1")], "no message any more"),
        (
            "optional int32 a = 1;",
            "repeated int32 a = 1;",
            &[("FIELD_NUMERIC_LABEL_CHANGED", "#/M/1")],
            &[("FIELD_NUMERIC_LABEL_CHANGED", "#/M/1")],
            "one number or many",
        ),
        ("map<string, int32> a = 1;", "map<string, int64> a = 1;", none, none, "a map of numbers of the same group"),
        (
            "map<string, int32> a = 1;",
            "map<string, N> a = 1;",
            &[("FIELD_KIND_CHANGED", "#/M/1")],
            &[("FIELD_KIND_CHANGED", "#/M/1")],
            "a map of something else",
        ),
        ("oneof o { int32 a = 1; }", "oneof p { int32 a = 1; }", none, none, "a oneof renamed"),
        ("int32 a = 1;", "oneof o { int32 a = 1; }", none, none, "one field moved into a new oneof"),
        (
            "int32 a = 1; int32 b = 2;",
            "oneof o { int32 a = 1; int32 b = 2; }",
            &[("MULTIPLE_FIELDS_MOVED_TO_ONEOF", "#/M/o")],
            none,
            "two of them",
        ),
        (
            "int32 a = 1; oneof o { int32 b = 2; }",
            "oneof o { int32 a = 1; int32 b = 2; }",
            &[("FIELD_MOVED_TO_EXISTING_ONEOF", "#/M/o")],
            &[("ONEOF_FIELD_REMOVED", "#/M/o/1")],
            "one field moved into an old oneof",
        ),
        ("message I {}", "", &[("MESSAGE_REMOVED", "#/M/I")], none, "a message that is gone"),
        (
            "message I { int32 x = 1; }",
            "message I { string x = 1; }",
            &[("FIELD_SCALAR_KIND_CHANGED", "#/M/I/1")],
            &[("FIELD_SCALAR_KIND_CHANGED", "#/M/I/1")],
            "a field of a nested message",
        ),
    ] {
        let owned = |want: &[(&'static str, &str)]| want.iter().map(|(k, p)| (*k, (*p).to_owned())).collect::<Vec<_>>();
        assert_eq!(faults(&body(old), &body(new)), owned(forward), "{why}");
        assert_eq!(faults(&body(new), &body(old)), owned(backward), "{why}, the other way");
    }
}

#[test]
fn the_package_counts_once() {
    let text = |package: &str| format!("syntax = \"proto3\"; {package} message M {{ M m = 1; }}");
    assert_eq!(faults(&text("package a;"), &text("package b;")), [("PACKAGE_CHANGED", "#/".to_owned())]);
    assert_eq!(faults(&text(""), &text("package b;")), [("PACKAGE_CHANGED", "#/".to_owned())]);
}

#[test]
fn required_fields_may_not_come_nor_go() {
    let text = |fields: &str| format!("syntax = \"proto2\"; message M {{ {fields} }}");
    assert_eq!(faults(&text(""), &text("required int32 a = 1;")), [("REQUIRED_FIELD_ADDED", "#/M/1".to_owned())]);
    assert_eq!(faults(&text("required int32 a = 1;"), &text("")), [("REQUIRED_FIELD_REMOVED", "#/M/1".to_owned())]);
}

#[test]
fn imported_messages_are_compared_where_they_are_used() {
    let with = |kind: &str| {
        let text = format!("syntax = \"proto3\"; package d; message D {{ {kind} x = 1; D d = 2; }}");
        let references = [Reference { name: "d.proto".to_owned(), text: text.into() }];
        Schema::parse("syntax = \"proto3\"; import \"d.proto\"; message M { d.D d = 5; }", &references).unwrap()
    };
    let found = with("string").incompatibilities(&with("int32"));
    assert_eq!(found.iter().map(|i| (i.kind, i.path.as_str())).collect::<Vec<_>>(), [("FIELD_SCALAR_KIND_CHANGED", "#/M/5/1")]);
    assert!(with("int64").incompatibilities(&with("int32")).is_empty());
}
