use proptest::prelude::*;

use super::*;
use crate::schema::json::{compact, first_value};

fn reader(text: &str) -> Reader<'_> {
    Reader::over(text, 100)
}

fn skipped(text: &str) -> Result<(), JsonError> {
    let mut r = reader(text);
    r.skip()?;
    r.end()
}

#[test]
fn strings_are_pieces_of_the_text_unless_they_have_escapes() {
    for (text, said, borrowed, why) in [
        (r#""""#, "", true, "nothing"),
        (r#" "ž猫" "#, "ž猫", true, "no escapes"),
        (r#""a\"b\\c\/""#, "a\"b\\c/", false, "one letter"),
        (r#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t", false, "control characters"),
        (r#""x\u00e9y\ud83d\ude00z""#, "xéy😀z", false, "by number"),
    ] {
        let string = reader(text).string().unwrap();
        assert_eq!(string, said, "{why}");
        assert_eq!(matches!(string, std::borrow::Cow::Borrowed(_)), borrowed, "{why}");
    }
}

#[test]
fn half_a_pair_of_surrogates_has_no_text_but_can_be_skipped() {
    for text in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83dx""#, r#""\ud83d\n""#, r#""\ud83d\ud83d\ude00""#] {
        assert_eq!(reader(text).string().unwrap_err().reason, "half a pair of surrogates", "{text}");
        assert_eq!(skipped(text), Ok(()), "{text}");
    }
}

#[test]
fn numbers_keep_their_digits() {
    for text in ["0", "-0", "12345678901234567890123", "1.50", "1e3", "-1.25E-07", "0.1e+2"] {
        assert_eq!(reader(text).number(), Ok(text));
    }
}

#[test]
fn each_value_is_told_before_it_is_read() {
    let text = r#"[null,true,1,"",[],{}]"#;
    let mut r = reader(text);
    let mut seen = Vec::new();
    r.enter_array().unwrap();
    while r.next_item().unwrap() {
        seen.push(r.peek().unwrap());
        r.skip().unwrap();
    }
    assert_eq!(seen, [Token::Null, Token::Boolean, Token::Number, Token::String, Token::Array, Token::Object]);
}

#[test]
fn a_copy_reads_a_value_again() {
    let mut r = reader(r#"{"a":[1,{"b":2}]}"#);
    r.enter_object().unwrap();
    assert_eq!(r.next_member().unwrap().as_deref(), Some("a"));
    let mut again = r;
    assert_eq!(r.raw(), Ok(r#"[1,{"b":2}]"#));
    again.enter_array().unwrap();
    assert!(again.next_item().unwrap());
    assert_eq!(again.number(), Ok("1"));
    assert_eq!(r.next_member(), Ok(None));
    assert_eq!(r.end(), Ok(()));
}

#[test]
fn what_was_asked_for_must_be_there() {
    type Ask = fn(&mut Reader<'_>) -> Result<(), JsonError>;
    let rows: [(Ask, &str, &str); 6] = [
        (|r| r.null(), " true", "expected null at byte 1"),
        (|r| r.boolean().map(drop), "null", "expected true or false at byte 0"),
        (|r| r.number().map(drop), "\"1\"", "expected a number at byte 0"),
        (|r| r.string().map(drop), "1", "expected a string at byte 0"),
        (|r| r.enter_array(), "{}", "expected an array at byte 0"),
        (|r| r.enter_object(), "", "expected an object at byte 0"),
    ];
    for (ask, text, want) in rows {
        assert_eq!(ask(&mut reader(text)).unwrap_err().to_string(), want);
    }
}

#[test]
fn text_deeper_than_allowed_is_refused() {
    for (levels, fits) in [(2, false), (3, true)] {
        let mut r = Reader::over("[[{}],[{}]]", levels);
        assert_eq!(r.skip().is_ok(), fits, "{levels} levels; levels that were left count no more");
    }
    let deep = "[".repeat(1_000_000);
    assert_eq!(skipped(&deep).unwrap_err().reason, "nested too deep");
}

#[test]
fn comments_are_white_space_only_where_asked_for() {
    let text = "/* a */ { // b\n \"k\" /**/ : [ 1, /* } */ 2 ] }\n// end";
    let mut r = reader(text).with_comments();
    assert_eq!(r.skip().and_then(|()| r.end()), Ok(()));
    assert_eq!(skipped(text).unwrap_err().reason, "expected a value");
    for text in ["/* a", "/ 1", "/*/ 1"] {
        assert!(reader(text).with_comments().skip().is_err(), "{text}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped_and_other_bytes_are_told() {
    assert_eq!(Reader::new(b"\xef\xbb\xbf1", 1).unwrap().number(), Ok("1"));
    assert_eq!(Reader::new(b"\"\xff\"", 1).unwrap_err().to_string(), "invalid UTF-8 at byte 1");
}

proptest! {
    /// Text near JSON: what the compactor takes is what the reader takes.
    #[test]
    fn takes_the_same_texts_as_the_compactor(text in r#"(\[|\]|\{|\}|,|:|"[a\\"u0é]{0,3}"|"k":|-?[01]{1,2}|1\.5|1e2|\.|true|null|nul| ){0,12}"#) {
        let bytes = bytes::Bytes::from(text.clone());
        prop_assert_eq!(skipped(&text).is_ok(), compact(&bytes).is_ok());
        if let Ok(first) = first_value(&bytes) {
            prop_assert_eq!(reader(&text).raw().unwrap().as_bytes(), &first[..]);
        }
    }

    #[test]
    fn strings_say_what_serde_json_says(said in "\\PC{0,20}|[\\x00-\\x7f]{0,20}") {
        let text = serde_json::to_string(&said).unwrap();
        prop_assert_eq!(reader(&text).string().unwrap(), said);
    }
}
