//! From a body to a message.

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::members::Requirement;
use crate::error::{Code, Error};

/// A value that JSON can give. `null` gives nothing.
pub trait FromJson: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// Whatever makes the body unusable: syntax, a wrong type, a missing member.
    fn from_json<'de, D: Deserializer<'de>>(cx: &Context, d: D) -> Result<Option<Self>, D::Error>;
}

/// What is known while one body is read: the body itself, where the reader is, and what it will refuse when all else is right.
pub struct Context {
    body: Bytes,
    member: Cell<&'static str>,
    unknown: RefCell<Option<String>>,
    absent: Cell<Option<&'static Requirement>>,
}

impl Context {
    /// The member that is being read, for the text of an error.
    pub(super) fn at(&self, member: &'static str) {
        self.member.set(member);
    }

    /// Remembers the first member that the message does not have.
    pub(super) fn unknown(&self, name: &str) {
        self.unknown.borrow_mut().get_or_insert_with(|| name.to_owned());
    }

    /// Remembers the first member that has to be there.
    pub(super) fn absent(&self, requirement: &'static Requirement) {
        if self.absent.get().is_none() {
            self.absent.set(Some(requirement));
        }
    }

    /// The text as a slice of the body, if it lies there.
    fn slice(&self, text: &str) -> Bytes {
        let (start, end) = (self.body.as_ptr() as usize, self.body.as_ptr() as usize + self.body.len());
        let at = text.as_ptr() as usize;
        if at >= start && at + text.len() <= end { self.body.slice_ref(text.as_bytes()) } else { Bytes::copy_from_slice(text.as_bytes()) }
    }
}

/// Any JSON value, as its text; `null` gives nothing.
///
/// # Errors
/// A syntax error inside the value.
pub fn raw<'de, D: Deserializer<'de>>(cx: &Context, d: D) -> Result<Option<Bytes>, D::Error> {
    let text = <&RawValue>::deserialize(d)?.get();
    Ok((text != "null").then(|| cx.slice(text)))
}

/// Reads a whole body. `null` gives nothing.
///
/// # Errors
/// [`Code::MalformedBody`] if the body is no JSON or cannot be bound, [`Code::UnknownField`] if it has a member too many,
/// [`Code::ConstraintViolation`], or what the member itself says, if it lacks one that the operation needs. In this order: the first kind that applies is told.
pub fn read<T: FromJson>(body: &Bytes) -> Result<Option<T>, Error> {
    // A byte order mark is no JSON, but the documented API reads over it.
    let body = if body.starts_with("\u{feff}".as_bytes()) { body.slice(3..) } else { body.clone() };
    let cx = Context { body, member: Cell::new(""), unknown: RefCell::new(None), absent: Cell::new(None) };
    let mut deserializer = serde_json::Deserializer::from_slice(&cx.body);
    let read = T::from_json(&cx, &mut deserializer).and_then(|read| deserializer.end().map(|()| read));
    let read = read.map_err(|e| refusal(&cx, &e))?;
    if let Some(name) = cx.unknown.take() {
        return Err(Error::new(Code::UnknownField, format!("Unrecognized field: {name}")));
    }
    match cx.absent.get() {
        Some(Requirement { absent: Some((code, text)), .. }) => Err(Error::new(*code, *text)),
        Some(Requirement { member, .. }) => Err(Error::new(Code::ConstraintViolation, format!("{member} must not be null (was null)"))),
        None => Ok(read),
    }
}

fn refusal(cx: &Context, e: &serde_json::Error) -> Error {
    let text = match (e.classify(), cx.member.get()) {
        (serde_json::error::Category::Data, "") => format!("Cannot read the body: {e}"),
        (serde_json::error::Category::Data, member) => format!("Cannot read member \"{member}\": {e}"),
        _ => format!("Malformed JSON: {e}"),
    };
    Error::new(Code::MalformedBody, text)
}
