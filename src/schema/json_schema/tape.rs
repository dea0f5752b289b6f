//! JSON text as a flat list of its values, in the order of the text: what schemas and the values that they judge are read from.
//!
//! A tape stands on compact text ([`json::compact`]), in which a string has one spelling only: equal strings are equal bytes, so names
//! are compared without taking them apart. Nothing is copied, and nothing recurses. Knows nothing of schemas.

use std::borrow::Cow;

use bytes::Bytes;

use crate::schema::json::{self, JsonError};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    /// Where the value starts and ends in the text; of strings without the quotes.
    start: u32,
    end: u32,
    /// The node after this value and all that is in it.
    next: u32,
    /// The values in it; a member counts twice, as its name is a value too.
    inside: u32,
}

/// Stands where a place on the tape does not exist, which no reader of a well-formed tape comes to.
const NOTHING: Node = Node { kind: Kind::Null, start: 0, end: 0, next: u32::MAX, inside: 0 };

/// A text and its values.
#[derive(Debug)]
pub(super) struct Tape {
    text: Bytes,
    nodes: Vec<Node>,
}

impl Tape {
    /// Reads a text, which may nest `levels` deep.
    pub(super) fn read(text: &[u8], levels: usize) -> Result<Self, JsonError> {
        // Compacting needs shared bytes, to give back what is compact already without another copy.
        let text = json::compact_within(&Bytes::copy_from_slice(text), levels)?;
        if u32::try_from(text.len()).is_err() {
            return Err(JsonError { offset: 0, reason: "the text is longer than 4 GiB" });
        }
        Ok(Writer::default().read(text))
    }

    /// The whole value.
    pub(super) fn root(&self) -> View<'_> {
        self.view(0)
    }

    /// The value at a place that [`View::place`] has told.
    pub(super) fn view(&self, place: usize) -> View<'_> {
        View { tape: self, place }
    }

    /// The compact text.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, place: usize) -> Node {
        self.nodes.get(place).copied().unwrap_or(NOTHING)
    }
}

/// Fills a tape from text that is known to be JSON and compact: each byte outside of strings says what begins or ends.
#[derive(Default)]
struct Writer {
    nodes: Vec<Node>,
    /// The arrays and objects that have not ended.
    open: Vec<usize>,
}

impl Writer {
    fn read(mut self, text: Bytes) -> Tape {
        // A member is seldom shorter than this.
        self.nodes.reserve(text.len() / 8 + 2);
        let mut at = 0;
        while let Some(byte) = text.get(at).copied() {
            at = match byte {
                b'{' => self.begin(Kind::Object, at),
                b'[' => self.begin(Kind::Array, at),
                b'}' | b']' => self.end(at),
                b',' | b':' => at + 1,
                b'"' => {
                    let end = end_of_string(&text, at + 1);
                    self.push(Kind::String, at + 1, end);
                    end + 1
                }
                b't' => self.push(Kind::True, at, at + 4),
                b'f' => self.push(Kind::False, at, at + 5),
                b'n' => self.push(Kind::Null, at, at + 4),
                _ => {
                    let rest = text.get(at..).unwrap_or_default();
                    let length = rest.iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(rest.len());
                    self.push(Kind::Number, at, at + length)
                }
            };
        }
        Tape { text, nodes: self.nodes }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        if let Some(around) = self.open.last().and_then(|place| self.nodes.get_mut(*place)) {
            around.inside += 1;
        }
        let next = offset(self.nodes.len() + 1);
        self.nodes.push(Node { kind, start: offset(start), end: offset(end), next, inside: 0 });
        end
    }

    fn begin(&mut self, kind: Kind, at: usize) -> usize {
        let place = self.nodes.len();
        self.push(kind, at, at + 1);
        self.open.push(place);
        at + 1
    }

    fn end(&mut self, at: usize) -> usize {
        let next = offset(self.nodes.len());
        if let Some(node) = self.open.pop().and_then(|place| self.nodes.get_mut(place)) {
            (node.end, node.next) = (offset(at + 1), next);
        }
        at + 1
    }
}

/// Offsets fit: longer texts are refused before, and there are no more values than bytes.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Where the closing quote of a string is.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        match memchr::memchr2(b'"', b'\\', rest) {
            Some(found) if rest.get(found) == Some(&b'"') => return at + found,
            Some(found) => at += found + 2,
            None => return text.len(),
        }
    }
}

/// A value on a tape.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    tape: &'a Tape,
    place: usize,
}

impl<'a> View<'a> {
    pub(super) fn kind(self) -> Kind {
        self.tape.node(self.place).kind
    }

    /// Which value of the tape it is.
    pub(super) fn place(self) -> usize {
        self.place
    }

    /// The text of the value as it stands there; of a string what is between the quotes, with its escapes.
    pub(super) fn raw(self) -> &'a [u8] {
        let node = self.tape.node(self.place);
        let range = usize::try_from(node.start).unwrap_or(usize::MAX)..usize::try_from(node.end).unwrap_or(usize::MAX);
        self.tape.text.get(range).unwrap_or_default()
    }

    /// The text of the value with its quotes.
    pub(super) fn written(self) -> &'a [u8] {
        let node = self.tape.node(self.place);
        let quote = u32::from(node.kind == Kind::String);
        let (start, end) = (node.start.saturating_sub(quote), node.end.saturating_add(quote));
        let range = usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
        self.tape.text.get(range).unwrap_or_default()
    }

    /// Where the value ends in the text.
    pub(super) fn end(self) -> usize {
        usize::try_from(self.tape.node(self.place).end).unwrap_or(usize::MAX)
    }

    /// What a string says. Half a pair of surrogates, which is no character, reads as U+FFFD.
    pub(super) fn string(self) -> Cow<'a, str> {
        unescape(self.raw())
    }

    /// The number of items or members.
    pub(super) fn len(self) -> usize {
        let node = self.tape.node(self.place);
        let inside = usize::try_from(node.inside).unwrap_or(usize::MAX);
        if node.kind == Kind::Object { inside / 2 } else { inside }
    }

    /// The items of an array, in order; none of other values.
    pub(super) fn items(self) -> impl Iterator<Item = View<'a>> + use<'a> {
        Inside { tape: self.tape, next: self.place + 1, left: if self.kind() == Kind::Array { self.len() } else { 0 } }
    }

    /// Names and values of an object's members, in order; none of other values.
    pub(super) fn entries(self) -> impl Iterator<Item = (View<'a>, View<'a>)> + use<'a> {
        let inside = if self.kind() == Kind::Object { self.len() * 2 } else { 0 };
        let mut values = Inside { tape: self.tape, next: self.place + 1, left: inside };
        std::iter::from_fn(move || Some((values.next()?, values.next()?)))
    }

    /// As [`entries`](Self::entries), with the names as they are written.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a [u8], View<'a>)> + use<'a> {
        self.entries().map(|(name, value)| (name.raw(), value))
    }

    /// How many values it is and holds.
    pub(super) fn size(self) -> usize {
        usize::try_from(self.tape.node(self.place).next).unwrap_or(usize::MAX).saturating_sub(self.place)
    }

    /// The member of this name, which is compared as it is written; the last one, if the name is repeated.
    pub(super) fn get(self, name: &[u8]) -> Option<View<'a>> {
        self.members().filter(|(n, _)| *n == name).last().map(|(_, value)| value)
    }
}

/// Values that follow each other.
struct Inside<'a> {
    tape: &'a Tape,
    next: usize,
    left: usize,
}

impl<'a> Iterator for Inside<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        self.left = self.left.checked_sub(1)?;
        let view = self.tape.view(self.next);
        self.next = usize::try_from(self.tape.node(self.next).next).unwrap_or(usize::MAX);
        Some(view)
    }
}

/// What is written between the quotes of a string of compact text.
pub(super) fn unescape(raw: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw).is_none() {
        return String::from_utf8_lossy(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        out.push_str(&String::from_utf8_lossy(before));
        let (character, length) = match escape.get(1) {
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            // Compact text writes pairs of surrogates as the character that they are.
            Some(b'u') => (unit(escape.get(2..6)), 6),
            Some(byte) => (char::from(*byte), 2),
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        out.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(out)
}

fn unit(digits: Option<&[u8]>) -> char {
    let digits = digits.and_then(|d| std::str::from_utf8(d).ok());
    digits.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_in_order() {
        let tape = Tape::read(br#" {"a" : [1, {"b": "x\"y"}, []], "c\u0041": null, "a": true} "#, 10).unwrap();
        let root = tape.root();
        assert_eq!((root.kind(), root.len()), (Kind::Object, 3));
        let names: Vec<_> = root.members().map(|(n, _)| String::from_utf8_lossy(n).into_owned()).collect();
        assert_eq!(names, ["a", "cA", "a"]);
        assert_eq!(root.get(b"a").map(View::kind), Some(Kind::True), "the last one counts");
        let (_, array) = root.members().next().unwrap();
        let items: Vec<_> = array.items().map(|i| String::from_utf8_lossy(i.written()).into_owned()).collect();
        assert_eq!(items, ["1", r#"{"b":"x\"y"}"#, "[]"]);
        let text = array.items().nth(1).unwrap().get(b"b").unwrap();
        assert_eq!((text.written(), text.string().as_ref()), (&br#""x\"y""#[..], "x\"y"));
    }

    #[test]
    fn scalars_stand_alone() {
        for (text, kind) in
            [("null", Kind::Null), ("false", Kind::False), (" 12.5e3 ", Kind::Number), ("\"\"", Kind::String), ("[]", Kind::Array)]
        {
            let tape = Tape::read(text.as_bytes(), 10).unwrap();
            assert_eq!((tape.root().kind(), tape.len()), (kind, 1), "{text}");
            assert_eq!(tape.root().written(), text.trim().as_bytes());
        }
    }

    #[test]
    fn escapes_are_read() {
        let tape = Tape::read(br#""\b\f\n\r\t\"\\\/\u0001\u00e9\ud83d\ude00\ud83d""#, 10).unwrap();
        assert_eq!(tape.root().string(), "\u{8}\u{c}\n\r\t\"\\/\u{1}é😀\u{fffd}");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "1 2", "[[[[1]]]]"] {
            assert!(Tape::read(text.as_bytes(), 3).is_err(), "{text}");
        }
    }
}
