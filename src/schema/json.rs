//! JSON text as text: compacting and checking it in one pass, without a tree of values.
//!
//! Numbers, the order of members and repeated members stay as they were sent, so that no digit is lost. Start with [`compact`];
//! the grammar is in `json/scanner.rs`. Codecs, which know what a text should hold, read it with [`reader`] and write with [`writer`].

mod escape;
pub mod reader;
mod scanner;
#[cfg(test)]
mod tests;
pub mod writer;

use std::fmt;

use bytes::Bytes;

use scanner::{Edit, scan};

/// How deep arrays and objects may nest. Deeper text is refused, as its readers could not follow.
pub const MAX_DEPTH: usize = 1000;

/// The byte order mark, which some editors put before UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Why a text is not JSON (RFC 8259).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for JsonError {}

/// The same value without white space between tokens, and with no escapes in strings but those that JSON needs. Two spellings of
/// one string become the same bytes, which matters to keys. Text that is compact already is returned as it is, without a copy.
/// A byte order mark at the start is skipped.
///
/// # Errors
/// If the text is not exactly one JSON value in UTF-8, or nests deeper than [`MAX_DEPTH`].
pub fn compact(text: &Bytes) -> Result<Bytes, JsonError> {
    compact_within(text, MAX_DEPTH)
}

/// As [`compact`], for text that may nest only `levels` deep.
///
/// # Errors
/// As [`compact`].
pub fn compact_within(text: &Bytes, levels: usize) -> Result<Bytes, JsonError> {
    let mut edit = Compact { text, start: 0, kept: 0, written: Vec::new() };
    let (start, end) = scan(text, &mut edit, levels)?;
    match text.iter().skip(end).position(|b| !is_space(*b)) {
        Some(more) => Err(JsonError { offset: end + more, reason: "text after the value" }),
        None => Ok(edit.finish(start, end)),
    }
}

/// The first value of the text, as it stands there. What follows a complete value is not looked at: that is how records in JSON
/// have always been read. White space and a byte order mark before the value are left out.
///
/// # Errors
/// If the text does not begin with a complete JSON value in UTF-8, or if that nests deeper than [`MAX_DEPTH`].
pub fn first_value(text: &Bytes) -> Result<Bytes, JsonError> {
    let (start, end) = scan(text, &mut Untouched, MAX_DEPTH)?;
    let next = text.get(end).copied();
    let joined = match text.get(end.saturating_sub(1)) {
        Some(b'0'..=b'9') => next.is_some_and(|b| !is_space(b)),
        Some(b'a'..=b'z') => next.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || !b.is_ascii()),
        _ => false,
    };
    if joined {
        return Err(JsonError { offset: end, reason: "unexpected character after the value" });
    }
    Ok(text.slice(start..end))
}

/// True if the text is `null`, perhaps with white space around it.
pub fn is_null(text: &[u8]) -> bool {
    text.trim_ascii() == b"null"
}

/// White space of JSON.
fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\n' | b'\r' | b'\t')
}

/// Keeps the text as it is.
struct Untouched;

impl Edit for Untouched {
    fn replace(&mut self, _from: usize, _to: usize, _with: &[u8]) {}
}

/// Copies what stays into a new text, but only once something has to go.
struct Compact<'a> {
    text: &'a Bytes,
    /// Where the value starts.
    start: usize,
    /// From here on nothing has been written yet.
    kept: usize,
    written: Vec<u8>,
}

impl Compact<'_> {
    fn finish(mut self, start: usize, end: usize) -> Bytes {
        if self.kept == self.start {
            return self.text.slice(start..end);
        }
        self.write_kept(end);
        Bytes::from(self.written)
    }

    fn write_kept(&mut self, to: usize) {
        self.written.extend_from_slice(self.text.get(self.kept..to).unwrap_or_default());
    }
}

impl Edit for Compact<'_> {
    fn begin(&mut self, start: usize) {
        (self.start, self.kept) = (start, start);
    }

    fn replace(&mut self, from: usize, to: usize, with: &[u8]) {
        if self.kept == self.start {
            self.written.reserve(self.text.len());
        }
        self.write_kept(from);
        self.written.extend_from_slice(with);
        self.kept = to;
    }
}
