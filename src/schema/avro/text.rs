//! The text of a schema, in the order and form of the registry.
//!
//! Start with [`Printer::print`].

use std::collections::HashSet;

use super::{
    name::Name,
    tree::{Tree, list},
    types::{Enum, Field, Named, Record, Shape, TypeId, Types},
};
use crate::schema::json::writer;

/// Writes one schema.
pub(super) struct Printer<'a> {
    types: &'a Types,
    /// Types that are written by their name from now on.
    known: HashSet<TypeId>,
    /// Aliases and properties are sorted.
    sorted: bool,
}

impl<'a> Printer<'a> {
    /// For these types; those that are known need no definition.
    pub(super) fn new(types: &'a Types, known: HashSet<TypeId>, sorted: bool) -> Self {
        Self { types, known, sorted }
    }

    /// The text of a type.
    pub(super) fn print(mut self, id: TypeId) -> String {
        let mut out = Vec::new();
        self.any(&mut out, id, None);
        // Only text was appended.
        String::from_utf8(out).unwrap_or_default()
    }

    fn any(&mut self, out: &mut Vec<u8>, id: TypeId, namespace: Option<&str>) {
        let of = self.types.at(id);
        if let Some(named) = of.shape.named()
            && !self.known.insert(id)
        {
            return writer::string(out, named.name.within(namespace));
        }
        match &of.shape {
            Shape::Union(union) => list(out, b"[]", &union.branches, |out, branch| self.any(out, *branch, namespace)),
            Shape::Record(record) => self.record(out, record, &of.properties, namespace),
            Shape::Enum(symbols) => self.symbols(out, symbols, &of.properties, namespace),
            Shape::Fixed(fixed) => {
                self.begin(out, "fixed", &fixed.named, namespace);
                out.extend_from_slice(b",\"size\":");
                writer::integer(out, fixed.size);
                self.properties(out, &of.properties);
                self.end(out, &fixed.named);
            }
            Shape::Array(items) => {
                out.extend_from_slice(b"{\"type\":\"array\",\"items\":");
                self.any(out, *items, namespace);
                self.properties(out, &of.properties);
                out.push(b'}');
            }
            Shape::Map(values) => {
                out.extend_from_slice(b"{\"type\":\"map\",\"values\":");
                self.any(out, *values, namespace);
                self.properties(out, &of.properties);
                out.push(b'}');
            }
            primitive if of.properties.is_empty() => writer::string(out, primitive.kind()),
            primitive => {
                out.extend_from_slice(b"{\"type\":");
                writer::string(out, primitive.kind());
                self.properties(out, &of.properties);
                out.push(b'}');
            }
        }
    }

    fn record(&mut self, out: &mut Vec<u8>, record: &Record, properties: &[(String, Tree)], namespace: Option<&str>) {
        self.begin(out, if record.error { "error" } else { "record" }, &record.named, namespace);
        out.extend_from_slice(b",\"fields\":");
        list(out, b"[]", &record.fields, |out, field| self.field(out, field, record.named.name.namespace()));
        self.properties(out, properties);
        self.end(out, &record.named);
    }

    fn field(&mut self, out: &mut Vec<u8>, field: &Field, namespace: Option<&str>) {
        out.extend_from_slice(b"{\"name\":");
        writer::string(out, &field.name);
        out.extend_from_slice(b",\"type\":");
        self.any(out, field.of, namespace);
        member(out, "doc", field.doc.as_deref());
        if let Some(default) = &field.default {
            out.extend_from_slice(b",\"default\":");
            default.print(out);
        }
        member(out, "order", field.order);
        let mut aliases: Vec<&str> = field.aliases.iter().map(String::as_str).collect();
        if self.sorted {
            aliases.sort_unstable();
        }
        write_aliases(out, &aliases);
        self.properties(out, &field.properties);
        out.push(b'}');
    }

    fn symbols(&self, out: &mut Vec<u8>, of: &Enum, properties: &[(String, Tree)], namespace: Option<&str>) {
        self.begin(out, "enum", &of.named, namespace);
        out.extend_from_slice(b",\"symbols\":");
        list(out, b"[]", &of.symbols, |out, symbol| writer::string(out, symbol));
        member(out, "default", of.default.as_deref());
        self.properties(out, properties);
        self.end(out, &of.named);
    }

    fn begin(&self, out: &mut Vec<u8>, kind: &str, named: &Named, around: Option<&str>) {
        out.extend_from_slice(b"{\"type\":");
        writer::string(out, kind);
        member(out, "name", Some(named.name.short()));
        match (named.name.namespace(), around) {
            (Some(own), around) if around != Some(own) => member(out, "namespace", Some(own)),
            (None, Some(_)) => member(out, "namespace", Some("")),
            (Some(_) | None, _) => {}
        }
        member(out, "doc", named.doc.as_deref());
    }

    fn end(&self, out: &mut Vec<u8>, named: &Named) {
        let mut aliases: Vec<&Name> = named.aliases.iter().collect();
        if self.sorted {
            aliases.sort_unstable_by_key(|alias| alias.full());
        }
        let aliases: Vec<&str> = aliases.into_iter().map(|alias| alias.within(named.name.namespace())).collect();
        write_aliases(out, &aliases);
        out.push(b'}');
    }

    fn properties(&self, out: &mut Vec<u8>, properties: &[(String, Tree)]) {
        let mut properties: Vec<_> = properties.iter().collect();
        if self.sorted {
            properties.sort_unstable_by_key(|(name, _)| name);
        }
        for (name, value) in properties {
            out.push(b',');
            writer::string(out, name);
            out.push(b':');
            value.print(out);
        }
    }
}

/// Another member that is text, if it is there.
fn member(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push(b',');
        writer::string(out, name);
        out.push(b':');
        writer::string(out, value);
    }
}

fn write_aliases(out: &mut Vec<u8>, aliases: &[&str]) {
    if !aliases.is_empty() {
        out.extend_from_slice(b",\"aliases\":");
        list(out, b"[]", aliases, |out, alias| writer::string(out, alias));
    }
}
