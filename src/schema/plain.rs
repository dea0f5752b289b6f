//! The formats that need no schema: BINARY, STRING and JSON, from JSON text to the bytes of a record.
//!
//! `null` is not theirs: whoever calls them has asked [`is_null`](super::json::is_null) before. Bytes are taken out of the request
//! without a copy wherever the text allows it.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;

use super::json;
use crate::error::{Error, Result};

/// The standard alphabet; padding and spare bits do not matter, as the documented API never minded them.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// How much of a value an error quotes, in bytes.
const QUOTED: usize = 200;

/// The bytes that a JSON string holds as base64 text: standard alphabet, no white space; padding may be missing or too much.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest), quoting the value, if it is no string or no base64.
pub fn binary(text: &Bytes) -> Result<Bytes> {
    let Some(string) = unquote(text)? else { return Err(Error::bad_request(format_args!("data={} is not a base64 string.", quote(text)))) };
    let digits = trim_padding(&string);
    match BASE64.decode(digits) {
        Ok(bytes) => Ok(Bytes::from(bytes)),
        Err(_) => Err(Error::bad_request(format_args!("data={} is not a valid base64 string.", quote(text)))),
    }
}

/// The UTF-8 of a JSON string: a slice of the text if there are no escapes in it.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest), quoting the value, if it is no string.
pub fn string(text: &Bytes) -> Result<Bytes> {
    unquote(text)?.ok_or_else(|| Error::bad_request(format_args!("data={} is not a string.", quote(text))))
}

/// The compact form of any JSON value.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) with the place if the text is no JSON.
pub fn json(text: &Bytes) -> Result<Bytes> {
    json::compact(text).map_err(not_json)
}

/// As [`json()`], for text that stands `around` levels deep in a request: the whole may nest no deeper than
/// [`MAX_DEPTH`](json::MAX_DEPTH).
///
/// # Errors
/// As [`json()`].
pub fn json_inside(text: &Bytes, around: usize) -> Result<Bytes> {
    json::compact_within(text, json::MAX_DEPTH.saturating_sub(around)).map_err(not_json)
}

fn not_json(e: json::JsonError) -> Error {
    Error::bad_request(format_args!("data is not JSON: {e}"))
}

/// What a JSON string says; `None` for a value of another kind.
fn unquote(text: &Bytes) -> Result<Option<Bytes>> {
    let compact = json::compact(text).map_err(not_json)?;
    let Some(inside) = compact.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else { return Ok(None) };
    if memchr::memchr(b'\\', inside).is_none() {
        return Ok(Some(compact.slice_ref(inside)));
    }
    // Half a pair of surrogates is JSON, but has no UTF-8: such a string cannot be written.
    Ok(serde_json::from_slice::<String>(&compact).ok().map(Bytes::from))
}

fn trim_padding(mut digits: &[u8]) -> &[u8] {
    while let Some(rest) = digits.strip_suffix(b"=") {
        digits = rest;
    }
    digits
}

/// The value for an error's text: compact, and not longer than a line.
fn quote(text: &Bytes) -> String {
    let compact = json::compact(text).unwrap_or_default();
    match compact.get(..QUOTED) {
        Some(start) => format!("{}…", String::from_utf8_lossy(start).trim_end_matches(char::REPLACEMENT_CHARACTER)),
        None => Cow::into_owned(String::from_utf8_lossy(&compact)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = fn(&Bytes) -> Result<Bytes>;

    #[test]
    fn formats_read_what_the_documented_api_reads() {
        let rows: [(Read, &str, &[u8], &str); 16] = [
            (binary, r#""aGVsbG8=""#, b"hello", "base64"),
            (binary, r#""aGVsbG8""#, b"hello", "no padding"),
            (binary, r#""aGVsbG8==""#, b"hello", "too much padding"),
            (binary, r#""YQ=""#, b"a", "half the padding"),
            (binary, r#""YR==""#, b"a", "spare bits"),
            (binary, r#""=""#, b"", "nothing but padding"),
            (binary, r#""""#, b"", "nothing"),
            (binary, r#""/+8=""#, b"\xff\xef", "the standard alphabet"),
            (binary, r#""\/+8=""#, b"\xff\xef", "an escaped slash"),
            (string, r#" "v" "#, b"v", "white space around"),
            (string, r#""""#, b"", "an empty string"),
            (string, r#""ž\u732b\ud83d\udc08 \"\\ \n""#, "ž猫🐈 \"\\ \n".as_bytes(), "escapes"),
            (json, r#"{ "b" : [1, null] }"#, br#"{"b":[1,null]}"#, "compact"),
            (json, "false", b"false", "false is a value"),
            (json, r#""\ud83d""#, br#""\uD83D""#, "half a pair"),
            (json, "0", b"0", "a number"),
        ];
        for (read, text, want, why) in rows {
            assert_eq!(read(&Bytes::from(text)).map_err(|e| e.to_string()).as_deref(), Ok(want), "{why}");
        }
    }

    #[test]
    fn what_does_not_fit_is_quoted() {
        let rows: [(Read, &str, &str); 14] = [
            (binary, "17", "Bad Request: data=17 is not a base64 string."),
            (binary, "true", "Bad Request: data=true is not a base64 string."),
            (binary, r#"{ "a": 1 }"#, r#"Bad Request: data={"a":1} is not a base64 string."#),
            (binary, r#"["aGk="]"#, r#"Bad Request: data=["aGk="] is not a base64 string."#),
            (binary, r#""_-8=""#, r#"Bad Request: data="_-8=" is not a valid base64 string."#),
            (binary, r#""aGVs bG8=""#, r#"Bad Request: data="aGVs bG8=" is not a valid base64 string."#),
            (binary, r#""aGVs\nbG8=""#, r#"Bad Request: data="aGVs\nbG8=" is not a valid base64 string."#),
            (binary, r#""a""#, r#"Bad Request: data="a" is not a valid base64 string."#),
            (binary, r#""YQ==YQ==""#, r#"Bad Request: data="YQ==YQ==" is not a valid base64 string."#),
            (string, "5", "Bad Request: data=5 is not a string."),
            (string, "true", "Bad Request: data=true is not a string."),
            (string, r#""\ud83d""#, r#"Bad Request: data="\uD83D" is not a string."#),
            (string, "hello", "Bad Request: data is not JSON: expected a value at byte 0"),
            (json, "[1,", "Bad Request: data is not JSON: unexpected end of the text, expected a value at byte 3"),
        ];
        for (read, text, want) in rows {
            assert_eq!(read(&Bytes::from(text)).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn a_long_value_is_not_quoted_whole() {
        let e = binary(&Bytes::from(format!("\"{}\"", "é".repeat(1000)))).unwrap_err();
        assert!(e.message().len() < QUOTED + 60 && e.message().contains("…"), "{e}");
    }

    #[test]
    fn a_string_without_escapes_is_a_slice_of_the_request() {
        let text = Bytes::from_static(b" \"hello\"");
        assert_eq!(string(&text).unwrap().as_ptr(), text.slice(2..).as_ptr());
    }
}
