//! Protocol Buffers: between JSON and the wire, and what a registry asks of `.proto` texts.
//!
//! A text is kept twice: as a tree of what was written (`protobuf/text.rs`), which the registry's layout, its normal form and the
//! comparison of versions are made of, and as a plan (`protobuf/plan.rs`), by which the codec works without descriptors and
//! without a tree of values. JSON is that of proto3 as Java prints it: names in camel case, integers of 64 bits as strings, fields
//! that are not there with their defaults. Start with [`Schema`].

mod builtin;
mod compatible;
mod compile;
mod decode;
mod encode;
pub mod indexes;
mod lower;
mod plan;
mod scalars;
mod serialized;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod wire;

use std::collections::HashSet;

use plan::Plan;
use wire::Bytes;

use super::{
    json::reader::Reader,
    kind::{Incompatibility, Invalid, Mismatch, Reference},
};

/// How deep messages may nest in each other, in JSON and on the wire: the limit of protobuf's own libraries.
const MAX_DEPTH: usize = 100;

/// How deep the JSON of a message may nest: a level for a message and one for the list or the map that it is in.
const MAX_JSON_DEPTH: usize = 2 * MAX_DEPTH;

/// A `.proto` file that was understood.
#[derive(Debug)]
pub struct Schema {
    tree: text::File,
    plan: Plan,
}

impl Schema {
    /// Understands a text: a `.proto` file, or a `FileDescriptorProto` in base64. Imports are looked up among the references, then
    /// among the files that everybody may import: `google/protobuf/*`, `google/type/*` and Confluent's.
    ///
    /// # Errors
    /// If the text follows no grammar, if a type is missing, or if a limit of size or depth is passed.
    pub fn parse(text: &str, references: &[Reference]) -> Result<Self, Invalid> {
        let compiled = compile::compile(text, references)?;
        let plan = Plan::new(&compiled);
        Ok(Self { tree: compiled.tree, plan })
    }

    /// Appends a message that is given as JSON, and before it the indexes that tell which message of the file it is.
    ///
    /// `message` is the full name of the message, or one that is nested in others; nothing means the first of the file.
    ///
    /// # Errors
    /// If the text is not JSON or does not fit; what was appended by then has no meaning.
    pub fn encode(&self, json: &[u8], message: Option<&str>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let index = self.begin_with(message, out)?;
        let mut reader = Reader::new(json, MAX_JSON_DEPTH)?;
        encode::Encoder::new(&self.plan).message(&mut reader, index, out)?;
        Ok(reader.end()?)
    }

    /// Appends the indexes that stand before a message, as [`encode`](Self::encode) does.
    ///
    /// # Errors
    /// If there is no such message.
    pub fn begin(&self, message: Option<&str>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        self.begin_with(message, out).map(|_| ())
    }

    fn begin_with(&self, message: Option<&str>, out: &mut Vec<u8>) -> Result<usize, Mismatch> {
        let index = match message {
            None => self.plan.roots.first().copied().ok_or_else(|| Mismatch::here("the schema has no message"))?,
            Some(name) => self.own(name).ok_or_else(|| Mismatch::here(format_args!("the schema has no message {name}")))?,
        };
        indexes::write(self.plan.messages.get(index).map_or(&[0], |m| m.path.as_slice()), out);
        Ok(index)
    }

    /// Appends, as JSON, a message that follows its indexes.
    ///
    /// # Errors
    /// If the indexes or the bytes do not fit; what was appended by then has no meaning.
    pub fn decode(&self, datum: &[u8], out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let mut bytes = Bytes(datum);
        let index = self.indexed(&mut bytes)?;
        decode::Decoder::new(&self.plan, out).message(bytes.0, index, out)
    }

    /// The full name of the first message; nothing if there is none.
    pub fn name(&self) -> Option<String> {
        Some(self.plan.messages.get(*self.plan.roots.first()?)?.name.to_string())
    }

    /// The text that a registry stores: the one layout of what was written, without comments.
    pub fn canonical(&self) -> String {
        self.tree.to_string()
    }

    /// The text in its normal form: sorted, with full names.
    pub fn normalized(&self) -> String {
        let messages = self.plan.messages.iter().map(|m| &*m.name);
        let known: HashSet<_> = messages.chain(self.plan.enums.iter().map(|e| &*e.name)).collect();
        self.tree.normalized(&known).to_string()
    }

    /// The text without extensions and without options that need one.
    pub fn without_extensions(&self) -> String {
        self.tree.without_extensions().to_string()
    }

    /// A `FileDescriptorProto` in base64, named `default`, without source information.
    pub fn serialized(&self) -> String {
        serialized::serialized(&self.tree)
    }

    /// True if both are the same schema inside a subject: comments and layout do not count, order does.
    pub fn same(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// Why this schema cannot read what was written with an older one; nothing if it can.
    pub fn incompatibilities(&self, old: &Self) -> Vec<Incompatibility> {
        compatible::incompatibilities(&self.plan, &old.plan)
    }

    /// The index of a message of this file.
    fn own(&self, name: &str) -> Option<usize> {
        let index = *self.plan.by_name.get(name)?;
        self.plan.messages.get(index).filter(|m| m.own).map(|_| index)
    }

    /// The message that the indexes before it tell.
    fn indexed(&self, bytes: &mut Bytes<'_>) -> Result<usize, Mismatch> {
        let (mut among, mut message) = (&self.plan.roots, None);
        indexes::read(bytes, |number| {
            let found = usize::try_from(number).ok().and_then(|n| among.get(n)).copied();
            let found = found.ok_or_else(|| Mismatch::here(format_args!("the schema has no message with the index {number}")))?;
            among = self.plan.messages.get(found).map_or(among, |m| &m.nested);
            message = Some(found);
            Ok(())
        })?;
        message.ok_or_else(|| Mismatch::here("no message index"))
    }
}
