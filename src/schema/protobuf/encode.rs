//! JSON to the wire, driven by the plan and without a tree between.
//!
//! Fields are written in the order of their numbers whatever the order in JSON: equal messages are equal bytes, which matters to
//! keys. Text is checked strictly, and what does not fit is told with its path. Start with [`Encoder::message`]; messages whose
//! JSON is not that of their fields are in `encode/known.rs`.

mod known;
mod value;

use super::{
    MAX_DEPTH,
    plan::{Field, Kind, Known, Message, NULL_VALUE, Plan, Shape},
    wire::{delimited, write_end_group},
};
use crate::schema::{
    json::reader::{Reader, Token},
    kind::Mismatch,
};

pub(super) struct Encoder<'p> {
    plan: &'p Plan,
    /// How many messages the value is in.
    depth: usize,
    /// Of the messages that are being written: which field starts where.
    written: Vec<Written>,
}

/// One field in the bytes of a message.
#[derive(Clone, Copy)]
struct Written {
    index: usize,
    start: usize,
}

/// Which fields were there, a bit for each index.
#[derive(Default)]
struct Seen {
    /// The first 64, which most messages do not pass.
    low: u64,
    others: Vec<u64>,
}

impl Seen {
    /// True if it was not seen before.
    fn insert(&mut self, index: usize) -> bool {
        let bit = 1 << (index % 64);
        let word = match index / 64 {
            0 => &mut self.low,
            more => {
                if self.others.len() < more {
                    self.others.resize(more, 0);
                }
                match self.others.get_mut(more - 1) {
                    Some(word) => word,
                    None => return true,
                }
            }
        };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn contains(&self, index: usize) -> bool {
        let word = match index / 64 {
            0 => self.low,
            more => self.others.get(more - 1).copied().unwrap_or(0),
        };
        word >> (index % 64) & 1 == 1
    }
}

/// A sentence about a value of the wrong type.
fn expected(what: &str, json: &mut Reader<'_>) -> Mismatch {
    match json.peek() {
        Ok(token) => Mismatch::here(format_args!("expected {what}, not {}", token.name())),
        Err(e) => e.into(),
    }
}

impl<'p> Encoder<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        Self { plan, depth: 0, written: Vec::new() }
    }

    /// Appends a message without its length.
    pub(super) fn message(&mut self, json: &mut Reader<'_>, index: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let plan = self.plan;
        let message = plan.messages.get(index).ok_or_else(|| Mismatch::here("the type is not known"))?;
        self.deeper(|encoder| match message.known {
            Known::No => encoder.fields(json, message, out),
            known => encoder.known(json, message, known, out),
        })
    }

    fn deeper<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T, Mismatch>) -> Result<T, Mismatch> {
        if self.depth == MAX_DEPTH {
            return Err(Mismatch::here(format_args!("nested deeper than {MAX_DEPTH} messages")));
        }
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        written
    }

    fn fields(&mut self, json: &mut Reader<'_>, message: &'p Message, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        if json.peek()? != Token::Object {
            return Err(expected("an object", json));
        }
        json.enter_object()?;
        self.members(json, message, false, out)
    }

    /// The members of an object that was entered. `any`: `@type` may be among them, and says nothing about the fields.
    fn members(&mut self, json: &mut Reader<'_>, message: &'p Message, any: bool, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let begin = out.len();
        let first = self.written.len();
        let (mut seen, mut oneofs) = (Seen::default(), Seen::default());
        let (mut expected, mut in_order) = (0, true);
        while let Some(name) = json.next_member()? {
            if any && name == known::TYPE {
                json.skip()?;
                continue;
            }
            let Some((index, field)) = message.by_member(&name, expected) else {
                return Err(Mismatch::here(format_args!("there is no such field in {}", message.name)).in_member(&name));
            };
            if json.peek()? == Token::Null && !self.takes_null(field) {
                json.null()?;
                continue;
            }
            if !seen.insert(index) {
                return Err(Mismatch::here("the field is given twice").in_member(&name));
            }
            if let Some(oneof) = field.oneof
                && !oneofs.insert(oneof)
            {
                let name_of = message.oneofs.get(oneof).map_or("", |n| n);
                return Err(Mismatch::here(format_args!("another field of the oneof {name_of} is given too")).in_member(&name));
            }
            in_order &= index >= expected;
            expected = index + 1;
            self.written.push(Written { index, start: out.len() });
            self.field(json, field, out).map_err(|e| e.in_member(&name))?;
        }
        if let Some(field) = message.required.iter().find(|i| !seen.contains(**i)).and_then(|i| message.fields.get(*i)) {
            return Err(Mismatch::here("the field is required").in_member(&field.name));
        }
        if !in_order {
            self.sort(first, begin, out);
        }
        self.written.truncate(first);
        Ok(())
    }

    /// Puts the fields of the message that was written last into the order of their numbers.
    fn sort(&mut self, first: usize, begin: usize, out: &mut Vec<u8>) {
        let as_given = out.split_off(begin);
        let ends = self.written.iter().skip(first + 1).map(|w| w.start).chain([begin + as_given.len()]);
        let mut parts: Vec<_> = self.written.iter().skip(first).zip(ends).map(|(w, end)| (w.index, w.start - begin..end - begin)).collect();
        parts.sort_by_key(|(index, _)| *index);
        for (_, range) in parts {
            out.extend_from_slice(as_given.get(range).unwrap_or_default());
        }
    }

    /// True if `null` is a value of the field, not its absence.
    fn takes_null(&self, field: &Field) -> bool {
        let single = matches!(field.shape, Shape::Implicit | Shape::Explicit);
        single && self.has_null(field.kind)
    }

    fn has_null(&self, kind: Kind) -> bool {
        match kind {
            Kind::Message(index) => self.plan.messages.get(index).is_some_and(|m| m.known == Known::Value),
            Kind::Enum(index) => self.plan.enums.get(index).is_some_and(|e| *e.name == *NULL_VALUE),
            _ => false,
        }
    }

    fn field(&mut self, json: &mut Reader<'_>, field: &'p Field, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match field.shape {
            Shape::Explicit => {
                out.extend_from_slice(&field.tag);
                self.tagged(json, field, out)
            }
            Shape::Implicit => {
                let start = out.len();
                out.extend_from_slice(&field.tag);
                if value::Written::Default == self.value(json, field.kind, out)? {
                    out.truncate(start);
                }
                Ok(())
            }
            Shape::Repeated { packed } => self.items(json, field, packed, out),
            Shape::Map => self.entries(json, field, out),
        }
    }

    /// A value after its tag.
    fn tagged(&mut self, json: &mut Reader<'_>, field: &'p Field, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match field.kind {
            Kind::Group(index) => {
                self.message(json, index, out)?;
                write_end_group(out, field.number);
                Ok(())
            }
            kind => self.value(json, kind, out).map(drop),
        }
    }

    fn items(&mut self, json: &mut Reader<'_>, field: &'p Field, packed: bool, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        if json.peek()? != Token::Array {
            return Err(expected("an array", json));
        }
        json.enter_array()?;
        if !packed {
            let mut index = 0;
            while json.next_item()? {
                out.extend_from_slice(&field.tag);
                self.item(json, field, out).map_err(|e| e.in_item(index))?;
                index += 1;
            }
            return Ok(());
        }
        if !json.next_item()? {
            return Ok(());
        }
        out.extend_from_slice(&field.tag);
        delimited(out, |out| {
            let mut index = 0;
            loop {
                self.item(json, field, out).map_err(|e| e.in_item(index))?;
                index += 1;
                if !json.next_item()? {
                    return Ok(());
                }
            }
        })
    }

    fn item(&mut self, json: &mut Reader<'_>, field: &'p Field, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        if json.peek()? == Token::Null && !self.has_null(field.kind) {
            return Err(Mismatch::here("null is no item"));
        }
        self.tagged(json, field, out)
    }

    fn entries(&mut self, json: &mut Reader<'_>, field: &'p Field, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let Kind::Message(index) = field.kind else { return Err(Mismatch::here("a map without entries")) };
        let entry = self.plan.messages.get(index).map(|m| m.fields.as_slice());
        let Some([key_field, value_field]) = entry else { return Err(Mismatch::here("a map without entries")) };
        if json.peek()? != Token::Object {
            return Err(expected("an object", json));
        }
        json.enter_object()?;
        while let Some(key) = json.next_member()? {
            out.extend_from_slice(&field.tag);
            delimited(out, |out| {
                out.extend_from_slice(&key_field.tag);
                self.text(&key, key_field.kind, out)?;
                if json.peek()? == Token::Null && !self.has_null(value_field.kind) {
                    return Err(Mismatch::here("null is no value of a map"));
                }
                out.extend_from_slice(&value_field.tag);
                self.tagged(json, value_field, out)
            })
            .map_err(|e| e.in_member(&key))?;
        }
        Ok(())
    }
}
