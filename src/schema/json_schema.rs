//! JSON Schema: which JSON texts a schema allows, and which schemas may follow each other.
//!
//! A datum is the JSON text itself: encoding checks it and fills in defaults, decoding makes it compact. Nothing remote is ever fetched,
//! and no schema can make the work endless: depth, steps, patterns and sizes are bounded. Drafts 4, 6, 7, 2019-09 and 2020-12 are known.
//! `docs/decisions/0012-own-json-schema-validator.md` says why this is no crate.
//!
//! From the text to the answer: `tape` (the text as a list of values) → `documents` (what URIs name) → `compile` → `rules` →
//! `validate`. Start with [`Schema`].

mod compat;
mod compile;
mod documents;
mod draft;
mod equal;
mod format;
mod number;
mod pattern;
mod rules;
mod tape;
#[cfg(test)]
mod tests;
mod text;
mod uri;
mod validate;

use super::{
    json,
    kind::{Incompatibility, Invalid, Mismatch, Reference},
};
use documents::Documents;
use rules::{Id, Rules};
use tape::{Kind, Tape, View};
use text::Order;
use validate::Validator;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    documents: Documents,
    /// The first of them is that of the whole datum.
    rules: Vec<Rules>,
}

impl Schema {
    /// Reads a schema with those that it refers to. A text without `$schema`, or with one that is not known, is of draft 7.
    ///
    /// # Errors
    /// With the keyword and what is wrong with it, if the text is no schema, or refers to something that is not among the texts.
    pub fn parse(text: &str, references: &[Reference]) -> Result<Self, Invalid> {
        let documents = Documents::read(text, references)?;
        let rules = compile::compile(&documents)?;
        let mut schema = Schema { documents, rules };
        schema.check_defaults();
        Ok(schema)
    }

    /// Appends the datum for a JSON text: the same text, compact, with the defaults of absent properties. Digits, the order of members,
    /// and repeated members stay as they are.
    ///
    /// # Errors
    /// With path and reason of what does not fit, three failures at most; also for text that is no JSON, or takes too much work.
    pub fn encode(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let tape = Tape::read(json, json::MAX_DEPTH)?;
        let defaults = Validator::new(&self.rules, &tape).run(0)?;
        let text = tape.text();
        out.reserve(text.len());
        let mut written = 0;
        let mut last = None;
        for default in defaults {
            let brace = default.end.saturating_sub(1);
            out.extend_from_slice(text.get(written..brace).unwrap_or_default());
            if !default.empty || last == Some(brace) {
                out.push(b',');
            }
            out.push(b'"');
            out.extend_from_slice(default.name);
            out.extend_from_slice(b"\":");
            out.extend_from_slice(default.value);
            (written, last) = (brace, Some(brace));
        }
        out.extend_from_slice(text.get(written..).unwrap_or_default());
        Ok(())
    }

    /// Appends the JSON text of a datum, compact. That it fits the schema was for its writer to see.
    ///
    /// # Errors
    /// If it is no JSON.
    pub fn decode(&self, datum: &[u8], out: &mut Vec<u8>) -> Result<(), Mismatch> {
        // Compacting needs shared bytes, to give back what is compact already without another copy.
        out.extend_from_slice(&json::compact(&bytes::Bytes::copy_from_slice(datum))?);
        Ok(())
    }

    /// The schema's title.
    pub fn name(&self) -> Option<String> {
        let title = self.root().get(b"title").filter(|title| title.kind() == Kind::String)?;
        Some(title.string().into_owned())
    }

    /// The text in which the schema is kept: compact, with the order of members, unknown keywords and the forms of numbers as they are.
    pub fn canonical(&self) -> String {
        self.written(Order::Kept)
    }

    /// The text in which a normalized schema is kept: as [`canonical`](Self::canonical), with the members of all objects sorted.
    pub fn normalized(&self) -> String {
        self.written(Order::Sorted)
    }

    /// True if the other schema is the same one: what is written otherwise is another schema.
    pub fn same(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// Why this schema does not allow all that the other one allows: empty if this one may read what was written with that one.
    pub fn incompatibilities(&self, old: &Self) -> Vec<Incompatibility> {
        compat::incompatibilities(&self.documents, &old.documents)
    }

    fn root(&self) -> View<'_> {
        self.documents.own().root()
    }

    fn written(&self, order: Order) -> String {
        let mut out = Vec::new();
        text::write(self.root(), order, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Forgets the defaults that do not fit their own schema: to write them would make a datum that others refuse.
    fn check_defaults(&mut self) {
        let misfits: Vec<(Id, usize)> = self
            .rules
            .iter()
            .enumerate()
            .flat_map(|(id, rules)| {
                rules.object.iter().flat_map(move |o| o.properties.all().iter().enumerate().map(move |(at, p)| (id, at, p)))
            })
            .filter(|(_, _, property)| !property.default.as_ref().is_none_or(|default| self.fits(property.schema, default)))
            .map(|(id, at, _)| (id, at))
            .collect();
        for (id, at) in misfits {
            let object = self.rules.get_mut(id).and_then(|r| r.object.as_mut());
            if let Some(property) = object.and_then(|o| o.properties.all_mut().get_mut(at)) {
                property.default = None;
            }
        }
    }

    fn fits(&self, schema: Option<Id>, text: &[u8]) -> bool {
        let Ok(tape) = Tape::read(text, json::MAX_DEPTH) else { return false };
        schema.is_none_or(|schema| Validator::new(&self.rules, &tape).run(schema).is_ok())
    }
}
