//! Fields of every kind, both ways.

use super::*;

const SCALARS: &str = "message S { double d = 1; float f = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6; sint32 s32 = 7; \
                       sint64 s64 = 8; fixed32 x32 = 9; fixed64 x64 = 10; sfixed32 y32 = 11; sfixed64 y64 = 12; bool b = 13; string s = 14; \
                       bytes y = 15; }";

#[test]
fn scalars_go_both_ways() {
    for (field, json, bytes, why) in [
        ("double", "1.5", "09 000000000000f83f", "eight bytes"),
        ("double", "\"NaN\"", "09 000000000000f87f", "a word"),
        ("double", "-0.0", "09 0000000000000080", "a negative zero is no default"),
        ("float", "-2.5", "0d 000020c0", "four bytes"),
        ("float", "\"-Infinity\"", "0d 000080ff", "a word"),
        ("int32", "-7", "08 f9ffffffffffffffff01", "ten bytes for what is negative"),
        ("int64", "\"9223372036854775807\"", "08 ffffffffffffffff7f", "text, for no float is exact"),
        ("uint32", "4294967295", "08 ffffffff0f", "the greatest"),
        ("uint64", "\"18446744073709551615\"", "08 ffffffffffffffffff01", "the greatest"),
        ("sint32", "-1", "08 01", "zigzag"),
        ("sint32", "-2147483648", "08 ffffffff0f", "the least"),
        ("sint64", "\"-9223372036854775808\"", "08 ffffffffffffffffff01", "the least"),
        ("fixed32", "1", "0d 01000000", "little endian"),
        ("fixed64", "\"2\"", "09 0200000000000000", "little endian"),
        ("sfixed32", "-3", "0d fdffffff", "two's complement"),
        ("sfixed64", "\"-4\"", "09 fcffffffffffffff", "two's complement"),
        ("bool", "true", "08 01", "one"),
        ("string", "\"ž😀\\n\"", "0a 07 c5be f09f9880 0a", "UTF-8"),
        ("bytes", "\"AP8=\"", "0a 02 00ff", "base64"),
        ("E", "\"ONE\"", "08 01", "a name"),
        ("E", "77", "08 4d", "a number without a name"),
        ("E", "-1", "08 ffffffffffffffffff01", "a negative number"),
        ("M", "{\"a\":{}}", "0a 02 0a 00", "messages in each other"),
    ] {
        let schema = proto3(&format!("message M {{ {field} a = 1; }} enum E {{ ZERO = 0; ONE = 1; }}"));
        let json = format!("{{\"a\":{json}}}");
        assert_eq!(encoded(&schema, &json), bytes.replace(' ', ""), "{field}: {why}");
        if field == "M" {
            continue;
        }
        assert_eq!(decoded(&schema, bytes).replace("\\u000a", "\\n"), json, "{field}: {why}");
    }
}

#[test]
fn numbers_may_be_given_in_other_forms() {
    let schema = proto3(SCALARS);
    for (json, same, why) in [
        (r#"{"i64":5,"x64":8}"#, r#"{"i64":"5","x64":"8"}"#, "64 bits as numbers"),
        (r#"{"d":"1.5","i32":"12","u32":"3"}"#, r#"{"d":1.5,"i32":12,"u32":3}"#, "numbers as text"),
        (r#"{"i32":5.0,"i64":1e2}"#, r#"{"i32":5,"i64":"100"}"#, "whole numbers with a point or an exponent"),
        (r#"{"s":5}"#, r#"{"s":"5"}"#, "text as a number"),
        (r#"{"s":true}"#, r#"{"s":"true"}"#, "text as a boolean"),
        (r#"{"b":"true"}"#, r#"{"b":true}"#, "a boolean as text"),
        (r#"{"y":"-_8"}"#, r#"{"y":"+/8="}"#, "the alphabet of URLs"),
        (r#"{"i32":null,"s":null}"#, "{}", "null is absent"),
        (r#"{"i32":0,"s":"","d":0,"b":false,"y":""}"#, "{}", "defaults are not written"),
        (r#"{"s":"x","i32":1}"#, r#"{"i32":1,"s":"x"}"#, "the order of numbers, whatever the order in JSON"),
    ] {
        assert_eq!(encoded(&schema, json), encoded(&schema, same), "{why}");
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_path() {
    let schema = proto3(
        "message M { int32 n = 1; In in = 2; repeated In list = 3; map<string, In> map = 4; E e = 5; oneof o { string s = 6; bool b = 7; } \
         bytes y = 8; repeated int32 p = 9; map<int32, int32> numbers = 10; } message In { uint32 u = 1; } enum E { ZERO = 0; }",
    );
    for (json, want) in [
        ("[1]", "$: expected an object, not an array"),
        (r#"{"x":1}"#, "$.x: there is no such field in M"),
        (r#"{"n":"many"}"#, "$.n: \"many\" is not an int32"),
        (r#"{"n":2147483648}"#, "$.n: \"2147483648\" is not an int32"),
        (r#"{"n":1.5}"#, "$.n: \"1.5\" is not an int32"),
        (r#"{"n":[1]}"#, "$.n: expected an int32, not an array"),
        (r#"{"n":1,"n":2}"#, "$.n: the field is given twice"),
        (r#"{"in":{"u":-1}}"#, "$.in.u: \"-1\" is not a uint32"),
        (r#"{"in":5}"#, "$.in: expected an object, not a number"),
        (r#"{"list":[{},{"u":"x"}]}"#, "$.list[1].u: \"x\" is not a uint32"),
        (r#"{"list":[null]}"#, "$.list[0]: null is no item"),
        (r#"{"list":{}}"#, "$.list: expected an array, not an object"),
        (r#"{"map":{"a b":{"v":1}}}"#, "$.map[\"a b\"].v: there is no such field in In"),
        (r#"{"map":{"a":null}}"#, "$.map.a: null is no value of a map"),
        (r#"{"numbers":{"x":1}}"#, "$.numbers.x: \"x\" is not an int32"),
        (r#"{"e":"PINK"}"#, "$.e: \"PINK\" is no value of the enum E"),
        (r#"{"s":"x","b":true}"#, "$.b: another field of the oneof o is given too"),
        (r#"{"b":1}"#, "$.b: expected a boolean, not a number"),
        (r#"{"y":"%%"}"#, "$.y: \"%%\" is not bytes in base64"),
        (r#"{"p":[1,null]}"#, "$.p[1]: null is no item"),
        (r#"{"n":1} 2"#, "$: text after the value at byte 8"),
    ] {
        assert_eq!(refused(&schema, json), want, "{json}");
    }
}

#[test]
fn fields_that_are_not_there_are_shown_with_their_defaults() {
    let schema = proto3(SCALARS);
    assert_eq!(
        decoded(&schema, ""),
        r#"{"d":0.0,"f":0.0,"i32":0,"i64":"0","u32":0,"u64":"0","s32":0,"s64":"0","x32":0,"x64":"0","y32":0,"y64":"0","b":false,"s":"","y":""}"#
    );
    let schema = proto3(
        "message M { repeated int32 r = 1; map<string, M> m = 2; M in = 3; optional int32 o = 4; oneof p { int32 q = 5; } E e = 6; } enum E { Z = 0; }",
    );
    assert_eq!(decoded(&schema, ""), r#"{"r":[],"m":{},"e":"Z"}"#, "but no messages, and nothing whose presence counts");
    assert_eq!(decoded(&schema, "20 00"), r#"{"r":[],"m":{},"o":0,"e":"Z"}"#, "what is optional, and there");
}

#[test]
fn lists_are_read_packed_and_not() {
    let packed = proto3("message M { repeated sint32 r = 1; }");
    let plain = proto3("message M { repeated sint32 r = 1 [packed = false]; }");
    let json = r#"{"r":[-1,0,1]}"#;
    assert_eq!(encoded(&packed, json), "0a03010002");
    assert_eq!(encoded(&plain, json), "080108000802");
    assert_eq!(encoded(&packed, r#"{"r":[]}"#), "", "no items, no bytes");
    for bytes in ["0a03010002", "080108000802", "0a0101 0800 0a0102"] {
        assert_eq!(decoded(&packed, bytes), json);
        assert_eq!(decoded(&plain, bytes), json);
    }
}

#[test]
fn maps_are_objects() {
    let schema = proto3("message M { map<string, int32> a = 1; map<bool, M> b = 2; map<sint64, string> c = 3; }");
    let json = r#"{"a":{"k":1},"b":{"true":{"a":{},"b":{},"c":{}}},"c":{"-5":"x"}}"#;
    let bytes = encoded(&schema, json);
    assert_eq!(bytes, "0a05 0a016b 1001 1204 0801 1200 1a05 0809 120178".replace(' ', ""));
    assert_eq!(decoded(&schema, &bytes), json);
    assert_eq!(decoded(&schema, "0a00"), r#"{"a":{"":0},"b":{},"c":{}}"#, "an entry of defaults");
    assert_eq!(
        decoded(&schema, "0a05 0a016b 1001 0a03 0a0178 0a05 0a016b 1002"),
        r#"{"a":{"k":2,"x":0},"b":{},"c":{}}"#,
        "the last of one key"
    );
}

#[test]
fn entries_that_a_closed_enum_does_not_have_are_left_out() {
    let schema = parsed("syntax = \"proto2\"; message M { map<int32, E> m = 1; } enum E { ONE = 1; }");
    assert_eq!(decoded(&schema, "0a04 0801 1001 0a04 0802 1009"), r#"{"m":{"1":"ONE"}}"#);
}

#[test]
fn fields_are_found_by_both_names_and_written_by_one() {
    let schema = proto3("message M { string first_name = 1; string other = 2 [json_name = \"renamed\"]; string a__b = 3; }");
    let bytes = encoded(&schema, r#"{"first_name":"a","other":"b"}"#);
    assert_eq!(encoded(&schema, r#"{"firstName":"a","renamed":"b"}"#), bytes);
    assert_eq!(decoded(&schema, &bytes), r#"{"firstName":"a","renamed":"b","aB":""}"#);
    let crossed = proto3("message M { int32 a = 1 [json_name = \"b\"]; int32 c = 2 [json_name = \"a\"]; }");
    assert_eq!(encoded(&crossed, r#"{"a":1}"#), "1001", "the name in JSON wins over the other one");
}

#[test]
fn what_is_written_in_any_order_is_read() {
    let schema = proto3(
        "message M { int32 a = 1; repeated int32 r = 2; In in = 3; oneof o { int32 x = 4; In y = 5; } } message In { int32 a = 1; int32 b = 2; }",
    );
    for (bytes, want, why) in [
        ("1801 1002 0803", r#"{"a":3,"r":[2]}"#, "backwards; field 3 has another type and is skipped"),
        ("0801 0802", r#"{"a":2,"r":[]}"#, "the last of several"),
        ("1a020801 0805 1a021002", r#"{"a":5,"r":[],"in":{"a":1,"b":2}}"#, "pieces of a message are joined"),
        ("2001 2a00", r#"{"a":0,"r":[],"y":{"a":0,"b":0}}"#, "the last of a oneof"),
        ("2a020801 2001 2a021002", r#"{"a":0,"r":[],"y":{"a":0,"b":2}}"#, "what comes before another member of the oneof is gone"),
        ("9a06 0178 7801 7b7c 0801", r#"{"a":1,"r":[]}"#, "fields that nobody knows"),
    ] {
        assert_eq!(decoded(&schema, bytes), want, "{why}");
    }
    assert_eq!(undecodable(&schema, "1a020801 1a0210"), "$: the message is cut off");
    assert_eq!(undecodable(&proto3("message M { string s = 1; }"), "0a01ff"), "$.s: the string is not UTF-8");
}

#[test]
fn proto2_has_presence_defaults_groups_and_extensions() {
    let schema = parsed(
        "syntax = \"proto2\"; message M { required string r = 1; optional int32 o = 2 [default = 5]; optional E e = 3; optional group G = 4 { \
         optional int32 x = 1; } extensions 100 to max; optional double d = 5 [default = inf]; optional bytes y = 6 [default = \"\\001\"]; } \
         enum E { ONE = 1; TWO = 2; } extend M { optional M more = 100; repeated int32 list = 101; }",
    );
    let shown = r#"{"r":"x","o":5,"e":"ONE","d":"Infinity","y":"AQ=="}"#;
    assert_eq!(decoded(&schema, "0a0178"), shown, "defaults that are declared");
    assert_eq!(encoded(&schema, r#"{"r":"x","o":0,"e":2}"#), "0a017810001802", "zero is a value");
    assert_eq!(refused(&schema, "{}"), "$.r: the field is required");
    assert_eq!(refused(&schema, r#"{"r":"","e":3}"#), "$.e: \"3\" is no value of the enum E", "its enums are closed");
    assert_eq!(undecodable(&schema, "1001"), "$.r: the field is required");
    assert_eq!(decoded(&schema, "0a0178 1803"), shown, "a number without a name is as good as absent");
    let json = r#"{"r":"","o":5,"e":"ONE","g":{"x":7},"d":1.0,"y":"AQ==","[more]":{"r":"","o":5,"e":"ONE","d":"Infinity","y":"AQ=="},"[list]":[1]}"#;
    let bytes = encoded(&schema, r#"{"[list]":[1],"[more]":{"r":""},"g":{"x":7},"r":"","d":1}"#);
    assert_eq!(bytes, "0a00 230807 24 29000000000000f03f a206020a00 a80601".replace(' ', ""));
    assert_eq!(decoded(&schema, &bytes), json);
}

#[test]
fn indexes_tell_which_message_it_is() {
    let schema =
        proto3("package p; message A { message B { message C { int32 x = 1; } } map<string, string> m = 1; } message D { int32 x = 1; }");
    assert_eq!(schema.name().as_deref(), Some("p.A"));
    for (name, json, indexes) in [
        (None, r#"{"m":{}}"#, &b"\x00"[..]),
        (Some("p.A"), r#"{"m":{}}"#, b"\x00"),
        (Some("p.D"), r#"{"x":0}"#, b"\x02\x02"),
        (Some("p.A.B"), "{}", b"\x04\x00\x00"),
        (Some("p.A.B.C"), r#"{"x":0}"#, b"\x06\x00\x00\x00"),
    ] {
        let (mut datum, mut back) = (Vec::new(), Vec::new());
        schema.encode(json.as_bytes(), name, &mut datum).unwrap();
        assert_eq!(datum, indexes);
        schema.decode(&datum, &mut back).unwrap();
        assert_eq!(back, json.as_bytes());
    }
    let mut out = Vec::new();
    assert_eq!(schema.encode(b"{}", Some("p.X"), &mut out).unwrap_err().to_string(), "$: the schema has no message p.X");
    schema.decode(b"\x02\x00", &mut out).unwrap();
    assert_eq!(out, br#"{"m":{}}"#, "the long form of the first message");
    for (datum, why) in [
        (&b""[..], "nothing"),
        (b"\x02\x04", "no third message"),
        (b"\x02\x01", "a negative index"),
        (b"\x04\x02\x00", "nothing in the second"),
        (b"\x01", "a negative count"),
        (b"\xfe\xff\xff\x0f", "a huge count"),
        (b"\x04\x00", "cut off"),
    ] {
        assert!(schema.decode(datum, &mut Vec::new()).is_err(), "{why}");
    }
    let none = proto3("enum E { ZERO = 0; }");
    assert_eq!(none.name(), None);
    assert!(none.encode(b"{}", None, &mut Vec::new()).is_err());
    assert!(none.decode(b"\x00", &mut Vec::new()).is_err());
}

#[test]
fn types_of_references_are_known() {
    let reference = |name: &str, text: &str| Reference { name: name.to_owned(), text: text.into() };
    let base = reference("base.proto", "syntax = \"proto3\"; package b; message Base { int32 x = 1; }");
    let middle = reference("dir/middle.proto", "syntax = \"proto3\"; import \"base.proto\"; message Middle { b.Base base = 1; }");
    let text = "syntax = \"proto3\"; import \"dir/middle.proto\"; message M { Middle m = 1; }";
    let schema = Schema::parse(text, &[base.clone(), middle.clone()]).unwrap();
    assert_eq!(encoded(&schema, r#"{"m":{"base":{"x":1}}}"#), "0a040a020801");
    assert_eq!(schema.name().as_deref(), Some("M"), "the first of the schema itself");
    assert!(schema.encode(b"{}", Some("Middle"), &mut Vec::new()).is_err(), "imported messages are no records of this schema");
    let other_name = Reference { name: "another.proto".to_owned(), ..middle };
    assert!(Schema::parse(text, &[base, other_name]).is_ok(), "types count, not names of files");
    assert!(Schema::parse(text, &[]).unwrap_err().reason.contains("Middle"), "the type that is missing is named");
    for import in ["google/type/money.proto", "google/type/datetime.proto", "confluent/meta.proto", "confluent/type/decimal.proto"] {
        parsed(&format!("syntax = \"proto3\"; import \"{import}\"; message M {{}}"));
    }
}
