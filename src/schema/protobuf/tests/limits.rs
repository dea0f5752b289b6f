//! Hostile schemas, texts and datums.

use super::*;

#[test]
fn deep_schemas_are_refused() {
    for (open, close) in [("message M { ", "}"), ("message M { optional group G = 1 { ", "} }")] {
        let text = format!("syntax = \"proto2\"; {}{}", open.repeat(1000), close.repeat(1000));
        assert!(invalid(&text).contains("nested deeper than 64 levels"));
    }
    let value = format!("option (x) = {}{};", "{ a: ".repeat(10_000), "}".repeat(10_000));
    assert!(invalid(&value).contains("nested deeper than 64 levels"));
    let list = format!("option (x) = {}", "[".repeat(100_000));
    assert!(invalid(&list).contains("nested deeper than 64 levels"));
}

#[test]
fn large_schemas_are_refused() {
    let text = format!("syntax = \"proto3\"; //{}", "x".repeat(1 << 20));
    assert!(invalid(&text).contains("too large"));
    let reference = |i: usize| Reference { name: format!("{i}.proto"), text: format!("//{}", "x".repeat(1_000_000)).into() };
    let references: Vec<_> = (0..5).map(reference).collect();
    assert!(Schema::parse("message M {}", &references).unwrap_err().reason.contains("too large"));
}

#[test]
fn deep_messages_are_refused_both_ways() {
    let schema = proto3("message M { M m = 1; repeated M r = 2; }");
    let json = |depth: usize| format!("{}{}", r#"{"m":"#.repeat(depth - 1) + "{}", "}".repeat(depth - 1));
    let mut datum = Vec::new();
    schema.encode(json(100).as_bytes(), None, &mut datum).unwrap();
    schema.decode(&datum, &mut Vec::new()).unwrap();
    assert!(refused(&schema, &json(101)).ends_with("nested deeper than 100 messages"));
    assert!(refused(&schema, &json(100_000)).contains("deep"));
    let mut deeper = datum.split_off(1);
    for _ in 0..2 {
        let mut whole = vec![0x0a];
        wire::write_bytes(&mut whole, &deeper);
        deeper = whole;
    }
    assert!(undecodable(&schema, &hex(&deeper)).ends_with("nested deeper than 100 messages"));
    let groups = parsed("syntax = \"proto2\"; message M { optional group G = 1 {} }");
    assert!(undecodable(&groups, &"0b".repeat(100_000)).contains("cut off"), "groups that nobody ends");
    let free = proto3("import \"google/protobuf/struct.proto\"; message M { google.protobuf.Value v = 1; }");
    assert!(refused(&free, &format!("{{\"v\":{}", "[".repeat(100_000))).contains("deep"));
}

#[test]
fn a_small_datum_does_not_become_huge() {
    let fields: String = (2..2000).map(|i| format!("string a_long_name_of_a_field_{i} = {i};")).collect();
    let schema = proto3(&format!("message M {{ repeated M r = 1; {fields} }}"));
    let mut datum = vec![0];
    datum.extend(b"\x0a\x00".repeat(2_000));
    let mut out = Vec::new();
    assert!(schema.decode(&datum, &mut out).unwrap_err().reason.contains("bytes of JSON"));
    assert!(out.len() < 80 << 20);
}

#[test]
fn circles_of_imports_end() {
    let reference = |name: &str, other: &str| Reference {
        name: name.to_owned(),
        text: format!("syntax = \"proto3\"; import \"{other}\"; message {} {{}}", name.trim_end_matches(".proto")).into(),
    };
    let references = [reference("A.proto", "B.proto"), reference("B.proto", "A.proto")];
    // A does not see B, which comes after it, and needs nothing of it.
    assert!(
        Schema::parse("import \"A.proto\"; import \"B.proto\"; message M { optional A a = 1; optional B b = 2; }", &references).is_ok()
    );
    assert!(Schema::parse("import \"default\"; message M {}", &[]).is_ok(), "a name that nobody has");
}

#[test]
fn no_cut_of_a_text_or_a_datum_does_harm() {
    let text = "syntax = \"proto2\"; package p; import \"google/protobuf/any.proto\"; option (x).y = { a: [1, <b: 'c'>] }; message M { optional \
                group G = 1 { oneof o { int32 a = 2; } } map<string, M> m = 3; extensions 4 to max; reserved 5, 6 to 7; reserved \"r\"; } enum E { \
                option allow_alias = true; A = -1; } extend M { repeated string s = 0x4 [default = \"\\x41\\u00e9\"]; } service S { rpc R (stream M) \
                returns (M) { option a = 1; } }";
    for end in (0..text.len()).filter(|i| text.is_char_boundary(*i)) {
        let _ = super::super::text::parse(&text[..end]);
    }
    let schema = proto3(
        "import \"google/protobuf/struct.proto\"; message M { google.protobuf.Struct s = 1; repeated M r = 2; map<int32, M> m = 3; string t = 4; }",
    );
    let json = r#"{"s":{"a":[1,{"b":null}],"c":"x"},"r":[{"t":"\u00e9"}],"m":{"-5":{}},"t":"y"}"#;
    let mut datum = Vec::new();
    schema.encode(json.as_bytes(), None, &mut datum).unwrap();
    for end in 0..datum.len() {
        let _ = schema.decode(&datum[..end], &mut Vec::new());
        assert!(schema.encode(&json.as_bytes()[..end], None, &mut Vec::new()).is_err());
    }
}
