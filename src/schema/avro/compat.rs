//! Whether one schema can read what was written with another one: the rules of Avro's schema resolution, with the registry's
//! sentences.
//!
//! Start with [`Check::run`].

use std::{collections::HashMap, rc::Rc};

use super::types::{Enum, Field, Named, Record, Shape, TypeId, Types};
use crate::schema::kind::Incompatibility;

/// How many pairs of types are compared at most: two unions of three hundred branches that are all different. Larger schemas count
/// as incompatible, as nobody would wait for the answer.
const MAX_PAIRS: usize = 100_000;

/// How many pairs may be inside one another, which recursive types of different lengths can make many. It is what fits any stack.
const MAX_DEPTH: usize = 300;

/// How many reasons are listed at most: the same type may be wrong in many places.
const MAX_REASONS: usize = 100;

/// One comparison.
pub(super) struct Check<'a> {
    reader: &'a Types,
    writer: &'a Types,
    /// What was found of a pair of types; nothing is wrong as long as it is being looked at, as in recursive types.
    seen: HashMap<(TypeId, TypeId), Rc<[Incompatibility]>>,
    pairs: usize,
    depth: usize,
}

/// The steps from the schema to the place that is looked at. A union's branches begin anew, as they do in the registry.
type Place = Vec<String>;

impl<'a> Check<'a> {
    /// Why the reader's type cannot read what was written with the writer's.
    pub(super) fn run(reader: (&'a Types, TypeId), writer: (&'a Types, TypeId)) -> Vec<Incompatibility> {
        let mut check = Self { reader: reader.0, writer: writer.0, seen: HashMap::new(), pairs: 0, depth: 0 };
        let found = check.pair(reader.1, writer.1, &mut Vec::new()).to_vec();
        match check.pairs {
            0..=MAX_PAIRS => found,
            _ => vec![mismatch(&[], "the schemas are too large to be compared".to_owned())],
        }
    }

    fn pair(&mut self, reader: TypeId, writer: TypeId, place: &mut Place) -> Rc<[Incompatibility]> {
        if let Some(found) = self.seen.get(&(reader, writer)) {
            return Rc::clone(found);
        }
        self.pairs += 1;
        if self.depth == MAX_DEPTH {
            self.pairs = MAX_PAIRS + 1;
        }
        if self.pairs > MAX_PAIRS {
            return Rc::new([]);
        }
        self.seen.insert((reader, writer), Rc::new([]));
        self.depth += 1;
        let mut found = self.compare(reader, writer, place);
        self.depth -= 1;
        found.truncate(MAX_REASONS);
        let found: Rc<[_]> = found.into();
        self.seen.insert((reader, writer), Rc::clone(&found));
        found
    }

    fn compare(&mut self, reader: TypeId, writer: TypeId, place: &mut Place) -> Vec<Incompatibility> {
        let (readers, writers) = (self.reader, self.writer);
        let (r, w) = (&readers.at(reader).shape, &writers.at(writer).shape);
        match (r, w) {
            (Shape::Array(r), Shape::Array(w)) => self.inside("items", *r, *w, place).to_vec(),
            (Shape::Map(r), Shape::Map(w)) => self.inside("values", *r, *w, place).to_vec(),
            (Shape::Record(r), Shape::Record(w)) => {
                let mut found = names(&r.named, &w.named, place);
                self.fields(r, w, place, &mut found);
                found
            }
            (Shape::Enum(r), Shape::Enum(w)) => {
                let mut found = names(&r.named, &w.named, place);
                found.extend(symbols(r, w, place));
                found
            }
            (Shape::Fixed(r), Shape::Fixed(w)) => {
                let mut found = names(&r.named, &w.named, place);
                if r.size != w.size {
                    found.push(Incompatibility {
                        kind: "FIXED_SIZE_MISMATCH",
                        description: format!(
                            "The size of FIXED type field at path '{}' in the new schema does not match with the old schema",
                            path(place, &["size"])
                        ),
                        path: format!("expected: {}, found: {}", w.size, r.size),
                    });
                }
                found
            }
            (Shape::Union(_), Shape::Union(w)) => {
                let mut found = Vec::new();
                for (number, branch) in w.branches.iter().enumerate() {
                    if !self.pair(reader, *branch, &mut Vec::new()).is_empty() {
                        found.push(lacking(writers, *branch, &path(place, &[&number.to_string()])));
                    }
                }
                found
            }
            (_, Shape::Union(w)) => {
                let mut found = Vec::new();
                for branch in &w.branches {
                    found.extend(self.pair(reader, *branch, &mut Vec::new()).iter().cloned());
                }
                found
            }
            (Shape::Union(r), _) => {
                // The branch of the same name is the likely one.
                let likely = r.names.find(w.tag()).and_then(|at| r.branches.get(at));
                let mut branches = likely.into_iter().chain(&r.branches);
                match branches.any(|branch| self.pair(*branch, writer, &mut Vec::new()).is_empty()) {
                    true => Vec::new(),
                    false => vec![lacking(writers, writer, &path(place, &[]))],
                }
            }
            (r, w) if r.kind() == w.kind() || promotes(w, r) => Vec::new(),
            (r, w) => vec![mismatch(place, format!("reader type: {} not compatible with writer type: {}", upper(r), upper(w)))],
        }
    }

    fn inside(&mut self, step: &str, reader: TypeId, writer: TypeId, place: &mut Place) -> Rc<[Incompatibility]> {
        place.push(step.to_owned());
        let found = self.pair(reader, writer, place);
        place.pop();
        found
    }

    fn fields(&mut self, reader: &Record, writer: &Record, place: &mut Place, found: &mut Vec<Incompatibility>) {
        for (number, field) in reader.fields.iter().enumerate() {
            place.extend(["fields".to_owned(), number.to_string()]);
            match written(field, writer) {
                Some(written) => found.extend(self.inside("type", field.of, written.of, place).iter().cloned()),
                None if field.default.is_some() => {}
                None => found.push(Incompatibility {
                    kind: "READER_FIELD_MISSING_DEFAULT_VALUE",
                    description: format!(
                        "The field '{}' at path '{}' in the new schema has no default value and is missing in the old schema",
                        field.name,
                        path(place, &[])
                    ),
                    path: field.name.clone(),
                }),
            }
            place.truncate(place.len().saturating_sub(2));
        }
    }
}

/// The field that was written for a reader's field, by its name or by one of its aliases.
fn written<'a>(field: &Field, writer: &'a Record) -> Option<&'a Field> {
    let mut names = std::iter::once(&field.name).chain(&field.aliases);
    names.find_map(|name| writer.names.find(name)).and_then(|at| writer.fields.get(at))
}

/// Names agree without their namespaces, or by an alias.
fn names(reader: &Named, writer: &Named, place: &[String]) -> Vec<Incompatibility> {
    if reader.name.short() == writer.name.short() || reader.aliases.contains(&writer.name) {
        return Vec::new();
    }
    vec![Incompatibility {
        kind: "NAME_MISMATCH",
        description: format!("The name of the schema has changed (path '{}')", path(place, &["name"])),
        path: format!("expected: {}", writer.name),
    }]
}

fn symbols(reader: &Enum, writer: &Enum, place: &[String]) -> Option<Incompatibility> {
    let mut missing: Vec<&str> = writer.symbols.iter().map(String::as_str).filter(|symbol| reader.names.find(symbol).is_none()).collect();
    if missing.is_empty() || reader.default.is_some() {
        return None;
    }
    missing.sort_unstable();
    let missing = format!("[{}]", missing.join(", "));
    Some(Incompatibility {
        kind: "MISSING_ENUM_SYMBOLS",
        description: format!(
            "The new schema is missing enum symbols '{missing}' at path '{}' in the old schema",
            path(place, &["symbols"])
        ),
        path: missing,
    })
}

/// A value of the one type is read as one of the other.
fn promotes(written: &Shape, read: &Shape) -> bool {
    matches!(
        (written, read),
        (Shape::Int, Shape::Long | Shape::Float | Shape::Double)
            | (Shape::Long, Shape::Float | Shape::Double)
            | (Shape::Float, Shape::Double)
            | (Shape::String, Shape::Bytes)
            | (Shape::Bytes, Shape::String)
    )
}

fn lacking(writers: &Types, branch: TypeId, path: &str) -> Incompatibility {
    Incompatibility {
        kind: "MISSING_UNION_BRANCH",
        description: format!("The new schema is missing a type inside a union field at path '{path}' in the old schema"),
        path: format!("reader union lacking writer type: {}", upper(&writers.at(branch).shape)),
    }
}

fn mismatch(place: &[String], reason: String) -> Incompatibility {
    Incompatibility {
        kind: "TYPE_MISMATCH",
        description: format!("The type (path '{}') of a field in the new schema does not match with the old schema", path(place, &[])),
        path: reason,
    }
}

fn upper(shape: &Shape) -> String {
    shape.kind().to_ascii_uppercase()
}

/// The path to a place, and from there on.
fn path(place: &[String], more: &[&str]) -> String {
    let steps: Vec<&str> = place.iter().map(String::as_str).chain(more.iter().copied()).collect();
    format!("/{}", steps.join("/"))
}
