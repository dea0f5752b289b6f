//! From a message to the answer's body.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost_types::Timestamp;

use super::{scalars::Named, time};
use crate::caller::segment;

/// A message with its JSON form.
pub trait ToJson {
    /// Appends the JSON.
    fn to_json(&self, w: &mut Writer<'_>);
}

/// A message that has a link to itself.
pub trait Resource {
    /// Appends the link, as a JSON string.
    fn self_link(&self, w: &mut Writer<'_>);
}

/// What links in an answer are made of.
#[derive(Debug, Clone, Copy)]
pub struct Links<'a> {
    /// The gateway as the client sees it, without a slash at the end.
    pub base: &'a str,
    /// The request's path.
    pub path: &'a str,
    /// What follows the path's question mark.
    pub query: &'a str,
}

/// The query parameter that says which page of a list is asked for.
const PAGE_TOKEN: &str = "page_token";

/// A piece of a link.
pub enum Part<'a> {
    /// Text of the template.
    Literal(&'static str),
    /// A segment, which is percent-encoded.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A parameter of the query, left out if it has no value.
    Parameter(&'static str, Option<Argument<'a>>),
}

/// The value of a query's parameter.
pub enum Argument<'a> {
    /// Text, which is form-encoded.
    Text(&'a str),
    /// A number.
    Number(i64),
}

impl<'a> From<&'a String> for Argument<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<&i32> for Argument<'_> {
    fn from(number: &i32) -> Self {
        Self::Number((*number).into())
    }
}

impl From<&i64> for Argument<'_> {
    fn from(number: &i64) -> Self {
        Self::Number(*number)
    }
}

impl<'a> From<&'a String> for Part<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<&i32> for Part<'_> {
    fn from(number: &i32) -> Self {
        Self::Number((*number).into())
    }
}

impl From<&i64> for Part<'_> {
    fn from(number: &i64) -> Self {
        Self::Number(*number)
    }
}

/// What stands for itself in the value of a form, beside the space, which becomes a plus sign.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// Text as a value of a query, in the form of HTML forms.
fn form(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ').flat_map(|word| {
        let (word, space) = word.strip_suffix(' ').map_or((word, None), |word| (word, Some("+")));
        utf8_percent_encode(word, FORM).chain(space)
    })
}

/// The body that is being written.
pub struct Writer<'a> {
    out: Vec<u8>,
    links: Links<'a>,
}

impl<'a> Writer<'a> {
    /// An empty body.
    pub fn new(links: Links<'a>, capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), links }
    }

    /// What was written.
    pub fn into_bytes(self) -> Bytes {
        self.out.into()
    }

    /// Text that is JSON already.
    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// JSON that came in as text.
    pub fn raw_json(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        // Most text needs no escape: names, ids.
        if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
            self.raw("\"");
            self.raw(text);
            self.raw("\"");
            return;
        }
        if serde_json::to_writer(&mut self.out, text).is_err() {
            unreachable!("writing a string into memory cannot fail");
        }
    }

    /// The name of a value of an enum; `null` for one without a name.
    pub fn name<T: Named>(&mut self, value: Option<T>) {
        match value.and_then(T::name) {
            Some(name) => self.text(name),
            None => self.raw("null"),
        }
    }

    /// A list.
    pub fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.raw("[");
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.raw(",");
            }
            each(self, item);
        }
        self.raw("]");
    }

    /// A list of pairs, as an object.
    pub fn pairs<'p, V: ToJson + 'p>(&mut self, pairs: impl Iterator<Item = (&'p String, &'p V)>) {
        self.raw("{");
        for (i, (key, value)) in pairs.enumerate() {
            if i > 0 {
                self.raw(",");
            }
            self.text(key);
            self.raw(":");
            value.to_json(self);
        }
        self.raw("}");
    }

    /// A link below the base URL, as a string.
    pub fn link(&mut self, parts: &[Part<'_>]) {
        self.raw("\"");
        self.out.extend_from_slice(self.links.base.as_bytes());
        self.parts(parts);
        self.raw("\"");
    }

    /// The link of the request, as a string.
    pub fn request_link(&mut self) {
        self.text(&format!("{}{}", self.links.base, self.links.path));
    }

    /// The link of the page that `token` stands for: the request's own with another `page_token`. Null without a token.
    pub fn next_link(&mut self, token: &str) {
        if token.is_empty() {
            return self.raw("null");
        }
        let kept = self.links.query.split('&').filter(|p| !p.is_empty() && p.split('=').next() != Some(PAGE_TOKEN));
        let query: Vec<_> = kept.map(str::to_owned).chain([format!("{PAGE_TOKEN}={}", segment(token))]).collect();
        self.text(&format!("{}{}?{}", self.links.base, self.links.path, query.join("&")));
    }

    /// A resource name, as a string.
    pub fn resource_name(&mut self, parts: &[Part<'_>]) {
        self.raw("\"crn:///");
        self.parts(parts);
        self.raw("\"");
    }

    /// Encoded segments need no escapes in JSON.
    fn parts(&mut self, parts: &[Part<'_>]) {
        let mut mark = "?";
        for part in parts {
            match part {
                Part::Literal(text) => self.raw(text),
                // A link to one of a list becomes the link to the list, where there is none.
                Part::Text("") if self.out.ends_with(b"/") => drop(self.out.pop()),
                Part::Text(text) => segment(text).for_each(|piece| self.raw(piece)),
                Part::Number(number) => self.number(*number),
                Part::Parameter(_, None) => {}
                Part::Parameter(name, Some(value)) => {
                    self.raw(mark);
                    self.raw(name);
                    self.raw("=");
                    match value {
                        Argument::Text(text) => form(text).for_each(|piece| self.raw(piece)),
                        Argument::Number(number) => self.number(*number),
                    }
                    mark = "&";
                }
            }
        }
    }

    fn number(&mut self, number: i64) {
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }
}

impl ToJson for String {
    fn to_json(&self, w: &mut Writer<'_>) {
        w.text(self);
    }
}

impl ToJson for i32 {
    fn to_json(&self, w: &mut Writer<'_>) {
        w.number((*self).into());
    }
}

impl ToJson for i64 {
    fn to_json(&self, w: &mut Writer<'_>) {
        w.number(*self);
    }
}

/// JSON knows neither infinity nor what is no number: they are null.
impl ToJson for f64 {
    fn to_json(&self, w: &mut Writer<'_>) {
        if self.is_finite() {
            w.raw(ryu::Buffer::new().format_finite(*self));
        } else {
            w.raw("null");
        }
    }
}

impl ToJson for bool {
    fn to_json(&self, w: &mut Writer<'_>) {
        w.raw(if *self { "true" } else { "false" });
    }
}

impl ToJson for Timestamp {
    fn to_json(&self, w: &mut Writer<'_>) {
        time::write(self, &mut w.out);
    }
}

/// Base64 with padding.
impl ToJson for Bytes {
    fn to_json(&self, w: &mut Writer<'_>) {
        w.raw("\"");
        let start = w.out.len();
        w.out.resize(start + base64::encoded_len(self.len(), true).unwrap_or_default(), 0);
        let written = w.out.get_mut(start..).and_then(|room| BASE64_STANDARD.encode_slice(self, room).ok()).unwrap_or_default();
        w.out.truncate(start + written);
        w.raw("\"");
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self, w: &mut Writer<'_>) {
        match self {
            Some(value) => value.to_json(w),
            None => w.raw("null"),
        }
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, w: &mut Writer<'_>) {
        w.list(self, |w, item| item.to_json(w));
    }
}
