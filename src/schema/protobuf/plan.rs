//! What the codec needs to know of a schema, found out once: for each message its fields by number and by name, and for each field
//! what stands before its value in JSON and on the wire.
//!
//! Messages and enums are numbered, for they refer to each other in circles. Start with [`Plan`]; `plan/build.rs` makes one.

mod build;

use std::collections::HashMap;

/// All messages and enums of a schema and of what it imports.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) package: Box<str>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    /// Indexes of messages by full name.
    pub(super) by_name: HashMap<Box<str>, usize>,
    /// The top-level messages of the schema itself, in its order.
    pub(super) roots: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Message {
    /// The full name.
    pub(super) name: Box<str>,
    /// The way to it: index among the top-level messages, then among the nested ones. Nothing if it is imported.
    pub(super) path: Vec<usize>,
    /// Messages that are declared in it, but no entries of maps.
    pub(super) nested: Vec<usize>,
    /// False if it is imported.
    pub(super) own: bool,
    pub(super) known: Known,
    /// By number.
    pub(super) fields: Vec<Field>,
    /// Indexes of fields by the names that JSON may have for them.
    pub(super) by_name: HashMap<Box<str>, usize>,
    /// Indexes of fields that must be there.
    pub(super) required: Vec<usize>,
    /// Indexes of fields that JSON has even if they are not there, or that must be.
    pub(super) shown: Vec<usize>,
    /// Names of its oneofs; those of `optional` in proto3 are none.
    pub(super) oneofs: Vec<Box<str>>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// As it is declared; extensions have their full name in brackets.
    pub(super) name: Box<str>,
    /// What stands before its value in JSON: name, quotes and colon.
    pub(super) member: Box<[u8]>,
    /// What stands before its value on the wire.
    pub(super) tag: Box<[u8]>,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    /// As it is declared: nothing is `optional` that does not say so.
    pub(super) label: Label,
    /// Index of its oneof in its message.
    pub(super) oneof: Option<usize>,
    /// What JSON says if the field is not there, if anything.
    pub(super) absent: Option<Box<[u8]>>,
}

/// How often a field is there, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Once, unless it has its default.
    Implicit,
    /// Once or not at all.
    Explicit,
    /// Any number of times; `packed`: under one tag.
    Repeated { packed: bool },
    /// Any number of entries.
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Plain,
    Optional,
    Required,
    Repeated,
}

/// The type of a value. The numbers are indexes in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
    Enum(usize),
    Message(usize),
    /// A message between two tags.
    Group(usize),
}

#[derive(Debug)]
pub(super) struct Enum {
    /// The full name.
    pub(super) name: Box<str>,
    /// Numbers without a name are values too.
    pub(super) open: bool,
    pub(super) numbers: HashMap<Box<str>, i32>,
    /// Names with their quotes; of several for one number the first.
    pub(super) names: HashMap<i32, Box<str>>,
}

/// A message whose JSON is not that of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    No,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    Value,
    ListValue,
    /// `Int64Value` and its like: the value of its only field.
    Wrapper,
    Any,
}

impl Known {
    fn of(name: &str) -> Self {
        match name.strip_prefix("google.protobuf.") {
            Some("Timestamp") => Self::Timestamp,
            Some("Duration") => Self::Duration,
            Some("FieldMask") => Self::FieldMask,
            Some("Struct") => Self::Struct,
            Some("Value") => Self::Value,
            Some("ListValue") => Self::ListValue,
            Some("Any") => Self::Any,
            Some(
                "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value" | "UInt32Value" | "BoolValue" | "StringValue"
                | "BytesValue",
            ) => Self::Wrapper,
            Some(_) | None => Self::No,
        }
    }
}

/// The enum that has one value, which is `null` in JSON.
pub(super) const NULL_VALUE: &str = "google.protobuf.NullValue";

impl Message {
    /// The field with this number, and its index. `expected` is the index that is tried first.
    pub(super) fn by_number(&self, number: u32, expected: usize) -> Option<(usize, &Field)> {
        match self.fields.get(expected) {
            Some(field) if field.number == number => Some((expected, field)),
            _ => {
                let index = self.fields.binary_search_by_key(&number, |f| f.number).ok()?;
                Some((index, self.fields.get(index)?))
            }
        }
    }

    /// The field with this name in JSON, and its index. `expected` is the index that is tried first.
    pub(super) fn by_member(&self, name: &str, expected: usize) -> Option<(usize, &Field)> {
        match self.fields.get(expected) {
            Some(field) if field.is_member(name) => Some((expected, field)),
            _ => {
                let index = *self.by_name.get(name)?;
                Some((index, self.fields.get(index)?))
            }
        }
    }
}

impl Field {
    fn is_member(&self, name: &str) -> bool {
        matches!(&*self.member, [b'"', inside @ .., b'"', b':'] if inside == name.as_bytes())
    }
}

impl Kind {
    /// True if several values may stand under one tag.
    pub(super) fn is_packable(self) -> bool {
        !matches!(self, Self::String | Self::Bytes | Self::Message(_) | Self::Group(_))
    }
}
