//! The JSON of a schema's text as a tree: unlike data, a schema is read in any order and its unknown members are kept.
//!
//! Printed as the registry prints it, which is as Java does: decimals as `1.0E20`. Start with [`Tree`].

use std::fmt::Write;

use crate::schema::json::{
    JsonError,
    reader::{Reader, Token},
    writer,
};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Null,
    Boolean(bool),
    /// A number's text: integers as they were written, all others as Java prints them.
    Number(String),
    String(String),
    Array(Vec<Tree>),
    /// Members in their order; each name once.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// The next value. Of members with the same name the last one counts, at the place of the first.
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, JsonError> {
        Ok(match r.peek()? {
            Token::Null => r.null().map(|()| Self::Null)?,
            Token::Boolean => Self::Boolean(r.boolean()?),
            Token::Number => Self::Number(number(r.number()?)),
            Token::String => Self::String(r.string()?.into_owned()),
            Token::Array => {
                let mut items = Vec::new();
                r.enter_array()?;
                while r.next_item()? {
                    items.push(Self::read(r)?);
                }
                Self::Array(items)
            }
            Token::Object => {
                let mut members = Vec::new();
                let mut places = std::collections::HashMap::new();
                r.enter_object()?;
                while let Some(name) = r.next_member()? {
                    let value = Self::read(r)?;
                    let place = *places.entry(name.clone()).or_insert(members.len());
                    match members.get_mut(place) {
                        Some((_, earlier)) => *earlier = value,
                        None => members.push((name.into_owned(), value)),
                    }
                }
                Self::Object(members)
            }
        })
    }

    /// The member of that name of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, value)| value),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::String(_) | Self::Array(_) => None,
        }
    }

    /// What a string says.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// A number, if it is an integer that fits.
    pub(super) fn integer<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Number(text) => text.parse().ok(),
            Self::Null | Self::Boolean(_) | Self::String(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// Appends the compact text.
    pub(super) fn print(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Boolean(true) => out.extend_from_slice(b"true"),
            Self::Boolean(false) => out.extend_from_slice(b"false"),
            Self::Number(text) => out.extend_from_slice(text.as_bytes()),
            Self::String(text) => writer::string(out, text),
            Self::Array(items) => list(out, b"[]", items, |out, item| item.print(out)),
            Self::Object(members) => list(out, b"{}", members, |out, (name, value)| {
                writer::string(out, name);
                out.push(b':');
                value.print(out);
            }),
        }
    }
}

impl std::fmt::Display for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        self.print(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

/// Appends values with commas between them, in brackets.
pub(super) fn list<T>(out: &mut Vec<u8>, brackets: &[u8; 2], items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Vec<u8>, T)) {
    let [open, close] = *brackets;
    out.push(open);
    for (place, value) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        item(out, value);
    }
    out.push(close);
}

/// The text in which a number is kept.
fn number(text: &str) -> String {
    let whole = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match text.parse::<f64>() {
        _ if text == "-0" => "0".to_owned(),
        Ok(value) if !whole && value.is_finite() => double(value),
        // Integers keep all digits, as do numbers that no double can hold.
        Ok(_) | Err(_) => text.to_owned(),
    }
}

/// A finite number as Java prints it: with a point always, and with an exponent below 0.001 and from ten million on.
pub(super) fn double(value: f64) -> String {
    let mut text = String::new();
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        let written = write!(text, "{value:?}");
        debug_assert!(written.is_ok(), "a string takes everything");
        return text;
    }
    let written = write!(text, "{value:E}");
    debug_assert!(written.is_ok(), "a string takes everything");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        Tree::read(&mut Reader::over(text, 100).with_comments()).unwrap().to_string()
    }

    #[test]
    fn text_is_printed_as_java_prints_it() {
        for (text, want, why) in [
            (" [ 1 , null,true ] ", "[1,null,true]", "compact"),
            ("{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}", "in the order given"),
            ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}", "the last value counts"),
            (r#""\u00e9\/\u0001""#, "\"é/\\u0001\"", "only the escapes that are needed"),
            ("/* a */ 5 // b", "5", "comments are white space"),
            ("12345678901234567890123", "12345678901234567890123", "integers keep their digits"),
            ("[1.0,1.50,-0.0,10.0]", "[1.0,1.5,-0.0,10.0]", "decimals"),
            ("[1e20,1e7,12345678.9,9999999.0]", "[1.0E20,1.0E7,1.23456789E7,9999999.0]", "large numbers"),
            ("[0.001,0.0001,-1.5e-7]", "[0.001,1.0E-4,-1.5E-7]", "small numbers"),
            ("[1e3,1E0]", "[1000.0,1.0]", "an exponent makes a decimal"),
        ] {
            assert_eq!(printed(text), want, "{why}");
        }
    }
}
