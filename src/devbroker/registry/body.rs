//! Reading bodies as leniently as clients of Schema Registry are used to: what is written otherwise than it should be is taken
//! where its meaning is clear.
//!
//! A number or a boolean is a text where one is wanted, a text with a number in it is that number, unknown members are skipped, and
//! of members of one name the last counts. Start with [`object`].

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::refusal::Refusal;

/// The members of an object, as they stand in the body.
pub(super) type Members = BTreeMap<String, Box<RawValue>>;

/// The members of a body that must be there; `argument` is what the answer calls it otherwise.
///
/// # Errors
/// If it is empty or null, or no JSON object in UTF-8.
pub(super) fn object(body: &[u8], argument: &'static str) -> Result<Members, Refusal> {
    let text = std::str::from_utf8(body).map_err(|e| Refusal::Unreadable(format!("Invalid UTF-8: {e}")))?;
    if text.trim().is_empty() {
        return Err(Refusal::NoBody(argument));
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|e| Refusal::Unreadable(e.to_string()))?;
    members(raw)?.ok_or(Refusal::NoBody(argument))
}

/// The members of an object; `None` if it is null.
///
/// # Errors
/// If it is neither.
pub(super) fn members(raw: &RawValue) -> Result<Option<Members>, Refusal> {
    match Shape::of(raw) {
        Shape::Null => Ok(None),
        Shape::Object => serde_json::from_str(raw.get()).map(Some).map_err(|e| Refusal::Unreadable(e.to_string())),
        Shape::Text | Shape::Number | Shape::Boolean | Shape::List => Err(wrong("an object", raw)),
    }
}

/// The items of a list; `None` if it is null.
///
/// # Errors
/// If it is neither.
pub(super) fn items(raw: &RawValue) -> Result<Option<Vec<Box<RawValue>>>, Refusal> {
    match Shape::of(raw) {
        Shape::Null => Ok(None),
        Shape::List => serde_json::from_str(raw.get()).map(Some).map_err(|e| Refusal::Unreadable(e.to_string())),
        Shape::Text | Shape::Number | Shape::Boolean | Shape::Object => Err(wrong("a list", raw)),
    }
}

/// A text; numbers and booleans are taken as they are written. `None` if it is null.
///
/// # Errors
/// If it is a list or an object.
pub(super) fn text(raw: &RawValue) -> Result<Option<String>, Refusal> {
    match Shape::of(raw) {
        Shape::Null => Ok(None),
        Shape::Text => serde_json::from_str(raw.get()).map(Some).map_err(|e| Refusal::Unreadable(e.to_string())),
        Shape::Number | Shape::Boolean => Ok(Some(raw.get().to_owned())),
        Shape::List | Shape::Object => Err(wrong("a text", raw)),
    }
}

/// A whole number of 32 bits; a fraction is cut off. `None` if it is null or an empty text.
///
/// # Errors
/// If it is none, or out of range.
pub(super) fn integer(raw: &RawValue) -> Result<Option<i32>, Refusal> {
    match Shape::of(raw) {
        Shape::Null => Ok(None),
        Shape::Text => {
            let text = text(raw)?.unwrap_or_default();
            let text = text.trim();
            if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong("a whole number", raw)) }
        }
        Shape::Number => {
            let whole = raw.get().parse().ok().or_else(|| cut_off(raw.get().parse().ok()?));
            whole.map(Some).ok_or_else(|| wrong("a whole number of 32 bits", raw))
        }
        Shape::Boolean | Shape::List | Shape::Object => Err(wrong("a whole number", raw)),
    }
}

/// The whole part of a number, if it has 32 bits.
fn cut_off(number: f64) -> Option<i32> {
    // Written without exponent by `Display`, so that the integer parser reads it.
    number.trunc().to_string().parse().ok()
}

/// A boolean; 0 is false, other whole numbers are true. `None` if it is null or an empty text.
///
/// # Errors
/// If it is none.
pub(super) fn boolean(raw: &RawValue) -> Result<Option<bool>, Refusal> {
    match Shape::of(raw) {
        Shape::Null => Ok(None),
        Shape::Boolean => Ok(Some(raw.get() == "true")),
        Shape::Number => raw.get().parse().map(|number: i64| Some(number != 0)).map_err(|_| wrong("a boolean", raw)),
        Shape::Text => match text(raw)?.unwrap_or_default().trim() {
            "" => Ok(None),
            "true" | "True" | "TRUE" => Ok(Some(true)),
            "false" | "False" | "FALSE" => Ok(Some(false)),
            _ => Err(wrong("a boolean", raw)),
        },
        Shape::List | Shape::Object => Err(wrong("a boolean", raw)),
    }
}

/// What a JSON value is, by its first character.
enum Shape {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Shape {
    fn of(raw: &RawValue) -> Self {
        match raw.get().bytes().next() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::List,
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }
}

/// How much of a wrong value a message shows, in bytes.
const SHOWN: usize = 100;

fn wrong(wanted: &str, raw: &RawValue) -> Refusal {
    let text = raw.get();
    let shown = text.get(..text.floor_char_boundary(SHOWN)).unwrap_or_default();
    Refusal::Unreadable(format!("Cannot read {wanted} from {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn scalars_are_taken_for_each_other_where_that_is_clear() {
        for (json, as_text, as_integer, as_boolean) in [
            ("null", Some(None), Some(None), Some(None)),
            ("\"\"", Some(Some("")), Some(None), Some(None)),
            ("\"1\"", Some(Some("1")), Some(Some(1)), None),
            ("1.5", Some(Some("1.5")), Some(Some(1)), None),
            ("1e2", Some(Some("1e2")), Some(Some(100)), None),
            ("-7", Some(Some("-7")), Some(Some(-7)), Some(Some(true))),
            ("99999999999", Some(Some("99999999999")), None, Some(Some(true))),
            ("true", Some(Some("true")), None, Some(Some(true))),
            ("\"false\"", Some(Some("false")), None, Some(Some(false))),
            ("\"x\"", Some(Some("x")), None, None),
            ("[]", None, None, None),
            ("{}", None, None, None),
        ] {
            let raw = raw(json);
            assert_eq!(text(&raw).ok(), as_text.map(|text| text.map(str::to_owned)), "{json} as text");
            assert_eq!(integer(&raw).ok(), as_integer, "{json} as integer");
            assert_eq!(boolean(&raw).ok(), as_boolean, "{json} as boolean");
        }
    }

    #[test]
    fn a_body_is_one_object() {
        for (body, code, why) in [
            (&b"{}"[..], None, "an empty object"),
            (b"{\"a\":1,\"a\":2}", None, "members of one name"),
            (b"", Some(422), "nothing"),
            (b" \n", Some(422), "white space"),
            (b"null", Some(422), "null"),
            (b"[]", Some(400), "a list"),
            (b"{", Some(400), "cut off"),
            (b"{} x", Some(400), "something after it"),
            (b"{'a':1}", Some(400), "single quotes"),
            (b"\"\xff\"", Some(400), "not UTF-8"),
        ] {
            assert_eq!(object(body, "a.b").err().map(|refusal| refusal.code()), code, "{why}");
        }
        let members = object(b"{\"a\":1,\"a\":2}", "a.b").unwrap();
        assert_eq!(members.get("a").map(|raw| raw.get()), Some("2"), "the last one counts");
    }
}
