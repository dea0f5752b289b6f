//! The wire to JSON, driven by the plan and without a tree between.
//!
//! A message is looked through first and written then, because JSON has its fields in the order of their numbers, each once, and
//! those that are not there with their defaults. What the schema does not know is left out. Start with [`Decoder::message`];
//! messages whose JSON is not that of their fields are in `decode/known.rs`.

mod known;
mod value;

use std::collections::{HashMap, HashSet};

use super::{
    MAX_DEPTH,
    plan::{Field, Kind, Known, Label, Message, Plan, Shape},
    wire::{Bytes, Part, Raw},
};
use crate::schema::kind::Mismatch;

/// The most JSON that one datum may become, in bytes. An empty message of two bytes is all its defaults in JSON, so a small datum
/// could fill any memory; no record that a broker takes becomes as large by honest means.
const MAX_JSON: usize = 64 << 20;

pub(super) struct Decoder<'p, 'd> {
    plan: &'p Plan,
    /// How many messages the value is in.
    depth: usize,
    /// Of the messages that are being written: what lies in them, by index of the field.
    found: Vec<Found<'d>>,
    /// How long the answer may be.
    limit: usize,
}

/// A field that lies in a message.
#[derive(Clone, Copy)]
struct Found<'d> {
    index: usize,
    value: Raw<'d>,
}

impl<'p, 'd> Decoder<'p, 'd> {
    pub(super) fn new(plan: &'p Plan, out: &[u8]) -> Self {
        Self { plan, depth: 0, found: Vec::new(), limit: out.len().saturating_add(MAX_JSON) }
    }

    /// Appends a message.
    pub(super) fn message(&mut self, bytes: &'d [u8], index: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let plan = self.plan;
        let message = plan.messages.get(index).ok_or_else(|| Mismatch::here("the type is not known"))?;
        self.deeper(out, |decoder, out| match message.known {
            Known::No => {
                out.push(b'{');
                decoder.members(bytes, message, true, out)?;
                out.push(b'}');
                Ok(())
            }
            known => decoder.known(bytes, message, known, out),
        })
    }

    fn deeper(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), Mismatch>) -> Result<(), Mismatch> {
        if self.depth == MAX_DEPTH {
            return Err(Mismatch::here(format_args!("nested deeper than {MAX_DEPTH} messages")));
        }
        if out.len() > self.limit {
            return Err(Mismatch::here(format_args!("the datum is more than {MAX_JSON} bytes of JSON")));
        }
        self.depth += 1;
        write(self, out)?;
        self.depth -= 1;
        Ok(())
    }

    /// The members of an object, with commas between; before the first only if it is not the `first` of the object.
    fn members(&mut self, bytes: &'d [u8], message: &'p Message, mut first: bool, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let begin = self.found.len();
        self.find(bytes, message)?;
        let mut at = begin;
        let mut shown = message.shown.iter().copied().peekable();
        // What lies there and what is shown anyway, both by index.
        loop {
            let found = self.found.get(at).map(|f| f.index);
            let index = match (found, shown.peek()) {
                (None, None) => break,
                (Some(found), Some(shown)) => found.min(*shown),
                (Some(index), None) => index,
                (None, Some(shown)) => *shown,
            };
            shown.next_if_eq(&index);
            let Some(field) = message.fields.get(index) else { break };
            let count = self.found.iter().skip(at).take_while(|f| f.index == index).count();
            if count == 0 && field.label == Label::Required {
                return Err(Mismatch::here("the field is required").in_member(&field.name));
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(&field.member);
            match &field.absent {
                Some(absent) if count == 0 => out.extend_from_slice(absent),
                Some(_) | None => self.field(field, at, count, out).map_err(|e| e.in_member(&field.name))?,
            }
            at += count;
        }
        self.found.truncate(begin);
        Ok(())
    }

    /// Adds what lies in a message to `found`, in the order of the plan.
    fn find(&mut self, bytes: &'d [u8], message: &Message) -> Result<(), Mismatch> {
        let begin = self.found.len();
        let mut bytes = Bytes(bytes);
        let (mut expected, mut last, mut in_order, mut in_oneofs) = (0, 0, true, 0);
        while let Some(Part { number, value }) = bytes.part()? {
            let Some((index, field)) = message.by_number(number, expected) else { continue };
            if !self.fits(field, value) {
                continue;
            }
            in_order &= index >= last;
            in_oneofs += usize::from(field.oneof.is_some());
            last = index;
            expected = if matches!(field.shape, Shape::Repeated { .. } | Shape::Map) { index } else { index + 1 };
            self.found.push(Found { index, value });
        }
        if in_oneofs > 1 {
            self.keep_last_of_oneofs(begin, message);
        }
        if !in_order && let Some(found) = self.found.get_mut(begin..) {
            found.sort_by_key(|f| f.index);
        }
        Ok(())
    }

    /// True if the value can be one of the field. Others are left out, as fields that are not known.
    fn fits(&self, field: &Field, value: Raw<'_>) -> bool {
        match (field.kind, value) {
            (Kind::Enum(index), Raw::Varint(number)) => self.is_value(index, number),
            (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, Raw::Fixed64(_))
            | (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, Raw::Fixed32(_)) => true,
            (Kind::String | Kind::Bytes | Kind::Message(_), Raw::Delimited(_)) | (Kind::Group(_), Raw::Group(_)) => true,
            (Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Sint32 | Kind::Sint64 | Kind::Bool, Raw::Varint(_)) => true,
            // Readers take packed values whatever the schema says.
            (kind, Raw::Delimited(_)) => kind.is_packable() && matches!(field.shape, Shape::Repeated { .. }),
            (_, Raw::Varint(_) | Raw::Fixed64(_) | Raw::Group(_) | Raw::Fixed32(_)) => false,
        }
    }

    /// True if the enum has the number, or if it is open and has all numbers.
    fn is_value(&self, index: usize, number: u64) -> bool {
        self.plan.enums.get(index).is_some_and(|e| e.open || e.names.contains_key(&value::to_int32(number)))
    }

    /// Of each oneof, what lies last: all of it that follows the last other member.
    fn keep_last_of_oneofs(&mut self, begin: usize, message: &Message) {
        let mut last = HashMap::new();
        let mut over = HashSet::new();
        let mut dropped = HashSet::new();
        for (at, found) in self.found.iter().enumerate().skip(begin).rev() {
            let Some(oneof) = message.fields.get(found.index).and_then(|f| f.oneof) else { continue };
            if *last.entry(oneof).or_insert(found.index) != found.index {
                over.insert(oneof);
            }
            if over.contains(&oneof) {
                dropped.insert(at);
            }
        }
        let mut at = 0;
        self.found.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }

    /// The value of a field that lies `count` times in its message, from `at` on.
    fn field(&mut self, field: &'p Field, at: usize, count: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match field.shape {
            Shape::Implicit | Shape::Explicit if count == 1 => match self.found.get(at) {
                Some(Found { value, .. }) => self.value(field.kind, *value, out),
                None => Ok(()),
            },
            Shape::Implicit | Shape::Explicit => self.merged(field.kind, at, count, out),
            Shape::Repeated { .. } => self.items(field.kind, at, count, out),
            Shape::Map => self.entries(field, at, count, out),
        }
    }

    /// A field that is there once but was written several times: the last one counts, but of messages all do.
    fn merged(&mut self, kind: Kind, at: usize, count: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let mut parts = self.found.iter().skip(at).take(count).map(|f| f.value);
        let (Kind::Message(index) | Kind::Group(index)) = kind else {
            return match parts.next_back() {
                Some(value) => self.value(kind, value, out),
                None => Ok(()),
            };
        };
        let mut whole = Vec::new();
        for value in parts {
            if let Raw::Delimited(bytes) | Raw::Group(bytes) = value {
                whole.extend_from_slice(bytes);
            }
        }
        let mut decoder = Decoder { plan: self.plan, depth: self.depth, found: Vec::new(), limit: self.limit };
        decoder.message(&whole, index, out)
    }

    fn items(&mut self, kind: Kind, at: usize, count: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        out.push(b'[');
        let mut index = 0;
        for i in at..at + count {
            match self.found.get(i).map(|f| f.value) {
                Some(Raw::Delimited(bytes)) if kind.is_packable() => self.packed(kind, bytes, &mut index, out)?,
                Some(value) => {
                    separate(index, out);
                    self.value(kind, value, out).map_err(|e| e.in_item(index))?;
                    index += 1;
                }
                None => {}
            }
        }
        out.push(b']');
        Ok(())
    }

    fn packed(&mut self, kind: Kind, bytes: &'d [u8], index: &mut usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let mut bytes = Bytes(bytes);
        while !bytes.is_empty() {
            let value = match kind {
                Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => bytes.fixed().map(Raw::Fixed64),
                Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => bytes.fixed().map(Raw::Fixed32),
                _ => bytes.varint().map(Raw::Varint),
            };
            let value = value.map_err(|e| e.in_item(*index))?;
            if let (Kind::Enum(made), Raw::Varint(number)) = (kind, value)
                && !self.is_value(made, number)
            {
                continue;
            }
            separate(*index, out);
            self.value(kind, value, out).map_err(|e| e.in_item(*index))?;
            *index += 1;
        }
        Ok(())
    }
}

/// The comma before all but the first.
fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}
