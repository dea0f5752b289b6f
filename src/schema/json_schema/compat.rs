//! Which schema may follow which: whether one, the reader, allows all that another one, the writer, has allowed.
//!
//! Both schemas become models (`model`), in which each group of keywords is a part of its own, as Schema Registries see it; then parts
//! are compared: objects and arrays, whose content may be open or closed, in `content`, combinations in `combined`, limits in `limits`.
//! Knows nothing of levels such as BACKWARD. Start with [`incompatibilities`].

mod combined;
mod content;
mod limits;
mod model;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{
    documents::{Documents, Place},
    tape::Kind,
    text::{self, Order},
};
use crate::schema::kind::Incompatibility;
use model::{Model, Part};

/// How many comparisons one question may take: combinations are compared each with each, on every level.
const MAX_COMPARISONS: usize = 30_000;

/// How many schemas may be open inside each other: they nest less deep, and a few references are on the way.
const MAX_OPEN: usize = 250;

/// Why the reader does not allow all that the writer has allowed; empty if it does.
pub(super) fn incompatibilities(reader: &Documents, writer: &Documents) -> Vec<Incompatibility> {
    let mut left = MAX_COMPARISONS;
    let mut comparison = Comparison { reader, writer, open: HashSet::new(), left: &mut left };
    comparison.schemas(reader.root(), writer.root(), "")
}

struct Comparison<'d, 'l> {
    reader: &'d Documents,
    writer: &'d Documents,
    /// The pairs that are being compared. A pair that comes again inside itself adds nothing.
    open: HashSet<(Place, Place)>,
    left: &'l mut usize,
}

impl<'d> Comparison<'d, '_> {
    fn schemas(&mut self, reader: Place, writer: Place, path: &str) -> Vec<Incompatibility> {
        self.models(&Model::Schema(reader), &Model::Schema(writer), path)
    }

    fn models(&mut self, reader: &Model<'d>, writer: &Model<'d>, path: &str) -> Vec<Incompatibility> {
        match self.left.checked_sub(1) {
            Some(left) if self.open.len() < MAX_OPEN => *self.left = left,
            _ => return vec![wrong("TYPE_CHANGED", path, "is too large or too deep to be compared")],
        }
        if let (Model::Schema(r), Model::Schema(w)) = (reader, writer) {
            if !self.open.insert((*r, *w)) {
                return Vec::new();
            }
            let found = self.opened(&reader.open(self.reader), &writer.open(self.writer), path);
            self.open.remove(&(*r, *w));
            return found;
        }
        self.opened(&reader.open(self.reader), &writer.open(self.writer), path)
    }

    /// Compares two models that are no references and no places any more.
    fn opened(&mut self, reader: &Model<'d>, writer: &Model<'d>, path: &str) -> Vec<Incompatibility> {
        match (reader, writer) {
            (Model::Everything, _) | (_, Model::Nothing) => Vec::new(),
            (Model::Combined(r), Model::Combined(w)) => self.combined(r, w, path),
            (Model::Combined(r), _) if self.combination_reads(r, writer, path) => Vec::new(),
            (_, Model::Combined(w)) if self.reads_combination(reader, w, path) => Vec::new(),
            (Model::Part(r), Model::Part(w)) => self.parts(r, w, path),
            _ => vec![changed(path)],
        }
    }

    fn parts(&mut self, reader: &Part<'d>, writer: &Part<'d>, path: &str) -> Vec<Incompatibility> {
        match (reader, writer) {
            (Part::Null, Part::Null) | (Part::Boolean, Part::Boolean) => Vec::new(),
            (Part::Number { keywords: r, integer: ri }, Part::Number { keywords: w, integer: wi }) => {
                let narrowed = (*ri && !wi).then(|| wrong("TYPE_NARROWED", path, "is of another type, which allows less"));
                narrowed.into_iter().chain(limits::number(r, w, path)).collect()
            }
            (Part::String(r), Part::String(w)) => limits::string(r, w, path),
            (Part::Object(r), Part::Object(w)) => self.objects(r, w, path),
            (Part::Array(r), Part::Array(w)) => self.arrays(r, w, path),
            (Part::Enumeration(r), Part::Enumeration(w)) => limits::values(r.items(), w.items(), &below(path, "enum")),
            (Part::Constant(r), Part::Constant(w)) => limits::values([*r].into_iter(), [*w].into_iter(), &below(path, "const")),
            (Part::Not(r), Part::Not(w)) => {
                // What the reader excludes, the writer must have excluded: the roles are swapped.
                let mut swapped = Comparison { reader: self.writer, writer: self.reader, open: HashSet::new(), left: self.left };
                if swapped.schemas(*w, *r, "").is_empty() {
                    return Vec::new();
                }
                vec![wrong("NOT_TYPE_EXTENDED", &below(path, "not"), "excludes more")]
            }
            (Part::Condition(r), Part::Condition(w)) => self.conditions(*r, *w, path),
            _ => vec![changed(path)],
        }
    }

    /// Conditions can only be compared if they ask the same.
    fn conditions(&mut self, reader: Place, writer: Place, path: &str) -> Vec<Incompatibility> {
        let written = |documents: &Documents, place: Place| {
            let mut out = Vec::new();
            if let Some(test) = documents.view(place).get(b"if") {
                text::write(test, Order::Sorted, &mut out);
            }
            out
        };
        if written(self.reader, reader) != written(self.writer, writer) {
            return vec![wrong("COMBINED_TYPE_CHANGED", &below(path, "if"), "asks for something else")];
        }
        let branch = |documents: &'d Documents, place: Place, keyword: &str| match documents.view(place).get(keyword.as_bytes()) {
            Some(view) => Model::Schema(documents.below(place, view)),
            None => Model::Everything,
        };
        let mut found = Vec::new();
        for keyword in ["then", "else"] {
            let (r, w) = (branch(self.reader, reader, keyword), branch(self.writer, writer, keyword));
            found.extend(self.models(&r, &w, &below(path, keyword)));
        }
        found
    }

    /// True for the schema of a property or item of the reader that allows everything.
    fn reader_allows_everything(&self, place: Place) -> bool {
        matches!(Model::Schema(place).open(self.reader), Model::Everything)
    }

    fn writer_allows_nothing(&self, place: Place) -> bool {
        self.writer.view(place).kind() == Kind::False
    }
}

fn changed(path: &str) -> Incompatibility {
    wrong("TYPE_CHANGED", path, "is of another type")
}

/// One reason. The path is without its root; the sentence says of the keyword or schema there what the reader does, beside the writer.
fn wrong(kind: &'static str, path: &str, sentence: &str) -> Incompatibility {
    let path = format!("#/{path}");
    Incompatibility {
        kind,
        description: format!("what the reading schema has at path '{path}' {sentence} than what was written with"),
        path,
    }
}

/// A path and one more step.
fn below(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}/{step}") }
}
