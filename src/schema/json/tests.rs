use bytes::Bytes;
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

fn compacted(text: &str) -> Result<String, JsonError> {
    compact(&Bytes::copy_from_slice(text.as_bytes())).map(|b| String::from_utf8(b.to_vec()).unwrap())
}

#[test]
fn compacting_removes_what_json_does_not_need() {
    for (text, want, why) in [
        (" { \"a\" :\n [ 1 , 2 ]\t} ", r#"{"a":[1,2]}"#, "white space between tokens"),
        ("\u{feff} [ ]", "[]", "byte order mark"),
        (r#""a b""#, r#""a b""#, "white space in a string stays"),
        (r#"[1.0,1e3,-0,123456789012345678901234567890]"#, r#"[1.0,1e3,-0,123456789012345678901234567890]"#, "numbers stay"),
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#, "repeated members stay"),
        (r#""\u00e9\ud83d\ude00\/\u2028""#, "\"é😀/\u{2028}\"", "escapes that are not needed"),
        (r#""\b\f\n\r\t\"\\""#, r#""\b\f\n\r\t\"\\""#, "escapes that are needed"),
        (r#""\u0008\u000c\u000A\u000d\u0009\u0022\u005c""#, r#""\b\f\n\r\t\"\\""#, "the short form of an escape"),
        (r#""\u0000\u001f\u007f""#, "\"\\u0000\\u001F\u{7f}\"", "control characters"),
        (r#""\ud83d \ude00 \ud83d\ud83d\ude00""#, "\"\\uD83D \\uDE00 \\uD83D😀\"", "half a pair is no character"),
        (r#"{"\u006b":"v"}"#, r#"{"k":"v"}"#, "names of members"),
        ("null", "null", "a word"),
    ] {
        assert_eq!(compacted(text).as_deref(), Ok(want), "{why}");
    }
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (text, offset, why) in [
        ("", 0, "nothing"),
        ("  ", 2, "blank"),
        ("{\"a\":1,}", 7, "trailing comma in an object"),
        ("[1,]", 3, "trailing comma in an array"),
        ("[1 2]", 3, "no comma"),
        ("{\"a\" 1}", 5, "no colon"),
        ("{a:1}", 1, "a bare name"),
        ("01", 1, "leading zero"),
        ("-", 1, "no digit"),
        ("1.", 2, "no fraction"),
        ("1e", 2, "no exponent"),
        ("NaN", 0, "not a number"),
        ("nul", 0, "half a word"),
        ("\"a\nb\"", 2, "control character"),
        (r#""\x""#, 2, "unknown escape"),
        (r#""\u00g0""#, 5, "no digit of an escape"),
        ("\"a", 2, "no closing quote"),
        ("[", 1, "no closing bracket"),
        ("[}", 1, "the wrong bracket"),
        ("[1}", 2, "the wrong bracket after a value"),
        ("1 2", 2, "a second value"),
        ("{}x", 2, "text after the value"),
    ] {
        assert_eq!(compacted(text).map_err(|e| e.offset), Err(offset), "{why}");
    }
    assert_eq!(compact(&Bytes::from_static(b"\"a\xff\"")).map_err(|e| e.offset), Err(2), "not UTF-8");
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(compacted(&nested(MAX_DEPTH)), Ok(nested(MAX_DEPTH)));
    assert_eq!(compacted(&nested(MAX_DEPTH + 1)).map_err(|e| e.reason), Err("nested too deeply"));
    let mixed = format!("{}1{}", r#"{"a":["#.repeat(500), "]}".repeat(500));
    assert_eq!(compacted(&mixed), Ok(mixed.clone()));
}

#[test]
fn compact_text_is_not_copied() {
    let text = Bytes::from_static(b"  {\"a\":[1,\"\\n\"]}\n");
    let compact = compact(&text).unwrap();
    assert_eq!(compact.as_ptr(), text.slice(2..).as_ptr());
}

#[test]
fn the_first_value_is_read_and_the_rest_is_not_looked_at() {
    for (text, want, why) in [
        (&b"1 2"[..], Some(&b"1"[..]), "two values"),
        (b" {\"a\" : 1} ", Some(b"{\"a\" : 1}"), "the value stays as it is"),
        (b"\"x\" \xff", Some(b"\"x\""), "what follows need not be text"),
        (b"[1]}", Some(b"[1]"), "a bracket ends its value"),
        (b"hello", None, "a word"),
        (b"truely", None, "a longer word"),
        (b"1x", None, "a number that goes on"),
        (b"{\"a\":", None, "truncated"),
        (b"", None, "empty"),
        (b"  ", None, "blank"),
        (b"\"\xff\"", None, "not UTF-8"),
        (b"NaN", None, "no number of JSON"),
    ] {
        assert_eq!(first_value(&Bytes::from_static(text)).ok().as_deref(), want, "{why}");
    }
}

#[test]
fn null_is_recognized_with_space_around() {
    assert!(is_null(b" null\n"));
    assert!(!is_null(b"\"null\"") && !is_null(b"nul") && !is_null(b""));
}

/// Values of every kind.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter("JSON has no such number", |f| f.is_finite()).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Text that is JSON, or nearly.
fn nearly_json() -> impl Strategy<Value = String> {
    const PIECES: [&str; 24] = [
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "u00e9", "\\ud83d", "\\ude00", "0", "12", "-", ".", "e", "+", "true", "null",
        " ", "\n", "é", "\\/",
    ];
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn compacting_keeps_the_value(value in value()) {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let once = compacted(&pretty).unwrap();
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        prop_assert_eq!(read(&once), read(&pretty));
        prop_assert_eq!(&compacted(&once).unwrap(), &once);
    }

    #[test]
    fn text_is_valid_if_serde_json_says_so(text in nearly_json()) {
        let ours = compacted(&text);
        prop_assert_eq!(ours.is_ok(), serde_json::from_str::<&RawValue>(&text).is_ok(), "{:?}: {:?}", text, ours);
        if let Ok(once) = ours {
            prop_assert_eq!(compacted(&once).unwrap(), once);
        }
    }

    #[test]
    fn any_bytes_are_valid_if_serde_json_says_so(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
        let ours = compact(&Bytes::copy_from_slice(&bytes));
        prop_assert_eq!(ours.is_ok(), serde_json::from_slice::<&RawValue>(&bytes).is_ok());
    }
}
