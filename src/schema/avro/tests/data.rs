//! The tagged form.

use super::*;

const LIST: &str = r#"{"type":"record","name":"n.Node","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","Node"]}]}"#;

#[test]
fn json_becomes_avros_bytes_and_back() {
    let rows: &[(&str, &str, &[u8], &str)] = &[
        (r#""null""#, "null", b"", "nothing"),
        (r#""boolean""#, "true", b"\x01", "a byte"),
        (r#""int""#, "-5", b"\x09", "zigzag"),
        (r#""long""#, "1152921504606846976", b"\x80\x80\x80\x80\x80\x80\x80\x80\x20", "more digits than a double has"),
        (r#""float""#, "0.5", b"\0\0\0\x3f", "four bytes"),
        (r#""double""#, "1e-7", b"\x48\xaf\xbc\x9a\xf2\xd7\x7a\x3e", "eight bytes"),
        (r#""string""#, r#""ž🐈\n""#, b"\x0e\xc5\xbe\xf0\x9f\x90\x88\n", "UTF-8"),
        (r#""bytes""#, r#""\u0000þÿ""#, b"\x00\xfe\xff", "the whole datum is bytes: no length"),
        (r#"{"type":"fixed","name":"F","size":2}"#, r#""\u0000ÿ""#, b"\x00\xff", "a character for a byte"),
        (r#"{"type":"enum","name":"E","symbols":["A","B"]}"#, r#""B""#, b"\x02", "the place of the symbol"),
        (r#"{"type":"array","items":"int"}"#, "[1,-1]", b"\x04\x02\x01\x00", "one block"),
        (r#"{"type":"array","items":"int"}"#, "[]", b"\x00", "no block"),
        (r#"{"type":"map","values":"bytes"}"#, r#"{"b c":"ÿ"}"#, b"\x02\x06b c\x02\xff\x00", "keys are strings"),
        (r#"["null","string"]"#, "null", b"\x00", "null has no tag"),
        (LIST, r#"{"v":1,"next":{"n.Node":{"v":2,"next":null}}}"#, b"\x02\x02\x04\x00", "a type in itself"),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"u","type":["int",{"type":"record","name":"o.I","fields":[]}]}]}"#,
            r#"{"u":{"o.I":{}}}"#,
            b"\x02",
            "the tag is the full name",
        ),
        (r#"{"type":"int","logicalType":"date"}"#, "19000", b"\xf0\xa8\x02", "logical types are plain"),
        (
            r#"{"type":"fixed","name":"D","size":2,"logicalType":"decimal","precision":4,"scale":2}"#,
            r#""\u0004Ò""#,
            b"\x04\xd2",
            "decimals too",
        ),
    ];
    for (text, json, bytes, why) in rows {
        let schema = schema(text);
        assert_eq!(encoded(&schema, json, Form::Tagged).as_deref(), Ok(*bytes), "{why}");
        assert_eq!(decoded(&schema, bytes, Form::Tagged).as_deref(), Ok(*json), "{why}");
    }
}

#[test]
fn other_spellings_are_read_too() {
    let two = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"},{"name":"c","type":"int"}]}"#;
    let rows: &[(&str, &str, &[u8], &str)] = &[
        (r#""int""#, "1.0", b"\x02", "a whole number"),
        (r#""long""#, "1e3", b"\xd0\x0f", "an exponent"),
        (r#""double""#, "7", b"\0\0\0\0\0\0\x1c\x40", "an integer for a double"),
        (two, r#"{"a":1,"b":"x","c":3}"#, b"\x02\x02x\x06", "in order"),
        (two, r#"{"c":3,"b":"x","a":1}"#, b"\x02\x02x\x06", "in another order"),
        (two, r#"{"b":"x","a":1,"c":3}"#, b"\x02\x02x\x06", "the last in order"),
        (two, r#" { "z" : [{}] , "a" : 1 , "y":"\ud83d", "b" : "x" , "c" : 3, "x":null } "#, b"\x02\x02x\x06", "more than there is"),
        (r#"["int","string"]"#, r#"{"string":"s"}"#, b"\x02\x02s", "a union on top"),
        (r#"["null","int"]"#, r#"{"null":null}"#, b"\x00", "null with a tag"),
    ];
    for (text, json, bytes, why) in rows {
        assert_eq!(encoded(&schema(text), json, Form::Tagged).as_deref(), Ok(*bytes), "{why}");
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let nested =
        r#"{"type":"record","name":"R","fields":[{"name":"items","type":{"type":"array","items":{"type":"map","values":"int"}}}]}"#;
    let suit = r#"{"type":"enum","name":"n.Suit","symbols":["SPADES"]}"#;
    for (text, json, want) in [
        (nested, r#"{"items":[{},{"a b":1.5}]}"#, r#"$.items[1]["a b"]: 1.5 is not a whole number"#),
        (nested, r#"{"items":[{"a":"1"}]}"#, "$.items[0].a: expected int, found a string"),
        (nested, r#"{"items":{}}"#, "$.items: expected array, found an object"),
        (nested, "{}", "$.items: missing"),
        (nested, r#"{"items":[],"items":[]}"#, "$.items: given twice"),
        (nested, "[1]", "$: expected record R, found an array"),
        (nested, "{", "$: unexpected end of the text at byte 1"),
        (nested, r#"{"items":[]} x"#, "$: text after the value at byte 13"),
        (LIST, r#"{"v":1,"next":{"n.Node":{"v":""}}}"#, r#"$.next["n.Node"].v: expected int, found a string"#),
        (LIST, r#"{"v":1,"next":{"Node":{}}}"#, r#"$.next: the union has no type "Node", but null, n.Node"#),
        (LIST, r#"{"v":1,"next":{}}"#, "$.next: expected one of the union's types null, n.Node, found none"),
        (LIST, r#"{"v":1,"next":5}"#, r#"$.next: expected {"<type>": <value>} with one of the union's types null, n.Node, found a number"#),
        (r#"["null","int"]"#, r#"{"int":1,"x":2}"#, r#"$: a union's value has one type, found "x" after "int""#),
        (r#"["int","string"]"#, "null", "$: expected one of the union's types int, string, found null"),
        (suit, r#""CLUBS""#, r#"$: unknown symbol "CLUBS" of enum n.Suit"#),
        (suit, "0", "$: expected a symbol of enum n.Suit, found a number"),
        (r#"{"type":"fixed","name":"F","size":4}"#, r#""abc""#, "$: expected 4 bytes of F, found 3"),
        (r#""bytes""#, r#""aĀ""#, "$: 'Ā' (U+0100) is no byte: characters up to U+00FF stand for bytes"),
        (r#""int""#, "2147483648", "$: 2147483648 is out of the range of int"),
        (r#""long""#, "9223372036854775808", "$: 9223372036854775808 is out of the range of long"),
        (r#""float""#, "1e39", "$: 1e39 is out of the range of float"),
        (r#""double""#, "1e309", "$: 1e309 is out of the range of double"),
        (r#""double""#, r#""NaN""#, r#"$: expected double, found the string "NaN""#),
        (r#""string""#, r#""\ud83d""#, "$: half a pair of surrogates at byte 7"),
        (r#""boolean""#, r#""true""#, "$: expected boolean, found a string"),
        ("[]", "1", "$: expected {\"<type>\": <value>} with one of the union's types , found a number"),
    ] {
        assert_eq!(encoded(&schema(text), json, Form::Tagged), Err(want.to_owned()), "{json}");
    }
}

#[test]
fn a_missing_field_is_not_filled_with_its_default() {
    let text = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":5}]}"#;
    assert_eq!(encoded(&schema(text), "{}", Form::Tagged), Err("$.a: missing".to_owned()));
}

#[test]
fn numbers_that_json_has_not_are_read_back_as_text() {
    assert_eq!(decoded(&schema(r#""double""#), &f64::NAN.to_le_bytes(), Form::Tagged).as_deref(), Ok("\"NaN\""));
    assert_eq!(decoded(&schema(r#""float""#), &f32::NEG_INFINITY.to_le_bytes(), Form::Tagged).as_deref(), Ok("\"-Infinity\""));
}

#[test]
fn what_is_read_back_as_the_documented_api_does_it() {
    assert_eq!(decoded(&schema(r#"["null","string"]"#), b"\x02\x02x", Form::Tagged).as_deref(), Ok("\"x\""), "no tag on top");
    let empty = schema(r#"{"type":"record","name":"R","fields":[]}"#);
    assert_eq!(decoded(&empty, b"", Form::Tagged).as_deref(), Ok("null"), "no fields on top");
    assert_eq!(decoded(&empty, b"", Form::Lenient).as_deref(), Ok("{}"));
}

#[test]
fn blocks_of_any_size_are_read() {
    let list = schema(r#"{"type":"array","items":"int"}"#);
    assert_eq!(decoded(&list, b"\x02\x02\x03\x04\x04\x06\x00", Form::Tagged).as_deref(), Ok("[1,2,3]"), "two blocks, one with its size");
    let many: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let json = format!("[{}]", many.join(","));
    let bytes = encoded(&list, &json, Form::Tagged).unwrap();
    assert!(bytes.starts_with(b"\xd0\x0f\x00\x02"), "one block");
    assert_eq!(decoded(&list, &bytes, Form::Tagged), Ok(json));
}

#[test]
fn broken_data_are_told_with_their_place() {
    let record =
        r#"{"type":"record","name":"R","fields":[{"name":"s","type":{"type":"array","items":"string"}},{"name":"b","type":"boolean"}]}"#;
    let rows: &[(&str, &[u8], &str)] = &[
        (record, b"", "$.s[0]: unexpected end of the data"),
        (record, b"\x02\x04a", "$.s[0]: unexpected end of the data"),
        (record, b"\x02\x02\xff\x00\x01", "$.s[0]: a string that is not UTF-8"),
        (record, b"\x02\x01", "$.s[0]: a length below zero"),
        (record, b"\x00\x02", "$.b: a boolean that is neither 0 nor 1"),
        (record, b"\x00\x01\x00\x00", "$: 2 bytes follow the datum"),
        (r#"{"type":"enum","name":"E","symbols":["A"]}"#, b"\x02", "$: symbol 1 of enum E, which has 1"),
        (r#"["null","int"]"#, b"\x04", "$: type 2 of a union of 2"),
        (r#"["null","int"]"#, b"\x01", "$: a place below zero"),
        (r#""int""#, b"\x80\x80\x80\x80\x10", "$: an int of more than 32 bits"),
    ];
    for (text, datum, want) in rows {
        assert_eq!(decoded(&schema(text), datum, Form::Tagged), Err((*want).to_owned()));
    }
}
