//! Whether one version of a schema can read what another one wrote: fields are compared by their numbers.

use std::collections::{BTreeMap, HashSet};

use super::plan::{Field, Kind, Label, Message, Plan, Shape};
use crate::schema::kind::Incompatibility;

/// What keeps `new` from reading what `old` wrote.
pub(super) fn incompatibilities(new: &Plan, old: &Plan) -> Vec<Incompatibility> {
    let mut comparison = Comparison { new, old, found: Vec::new(), compared: HashSet::new() };
    if new.package != old.package {
        comparison.add("PACKAGE_CHANGED", "The package at '#/' in the new schema does not match the package in the old schema", "#/");
    }
    comparison.declared("#", &new.roots, &old.roots);
    comparison.found
}

struct Comparison<'a> {
    new: &'a Plan,
    old: &'a Plan,
    found: Vec<Incompatibility>,
    /// Imported messages that were compared, so that circles end.
    compared: HashSet<(usize, usize)>,
}

/// The last part of a full name.
fn local(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl<'a> Comparison<'a> {
    /// `text` has the sentence about it, with `{}` for the path.
    fn add(&mut self, kind: &'static str, text: &str, path: &str) {
        self.found.push(Incompatibility { kind, description: text.replace("{}", path), path: path.to_owned() });
    }

    /// Messages that are declared in one place.
    fn declared(&mut self, path: &str, new: &[usize], old: &[usize]) {
        let by_name = |plan: &'a Plan, indexes: &[usize]| -> BTreeMap<&'a str, &'a Message> {
            indexes.iter().filter_map(|i| plan.messages.get(*i)).map(|m| (local(&m.name), m)).collect()
        };
        let new = by_name(self.new, new);
        for (name, old) in by_name(self.old, old) {
            let path = format!("{path}/{name}");
            match new.get(name) {
                Some(new) => {
                    self.message(&path, new, old);
                    self.declared(&path, &new.nested, &old.nested);
                }
                None => {
                    let text = "The new schema is missing a MESSAGE type at path '{}' in the old schema";
                    self.add("MESSAGE_REMOVED", text, &path);
                }
            }
        }
    }

    fn message(&mut self, path: &str, new: &'a Message, old: &'a Message) {
        let (new_fields, old_fields) = (by_number(new), by_number(old));
        self.oneofs(path, new, old, &new_fields, &old_fields);
        for (number, old_field) in &old_fields {
            let path = format!("{path}/{number}");
            match new_fields.get(number) {
                Some(new_field) => self.field(&path, new_field, old_field),
                None if old_field.label == Label::Required => {
                    let text = "The new schema is missing a required field at path: '{}' in the old schema";
                    self.add("REQUIRED_FIELD_REMOVED", text, &path);
                }
                None => {}
            }
        }
        for (number, field) in new_fields.iter().filter(|(number, _)| !old_fields.contains_key(number)) {
            if field.label == Label::Required {
                let text = "A required field  at path '{}' in the new schema is missing in the old schema";
                self.add("REQUIRED_FIELD_ADDED", text, &format!("{path}/{number}"));
            }
        }
    }

    fn oneofs(&mut self, path: &str, new: &'a Message, old: &'a Message, new_fields: &Fields<'_>, old_fields: &Fields<'_>) {
        let names = |message: &'a Message| message.oneofs.iter().enumerate().map(|(i, name)| (&**name, i)).collect::<BTreeMap<_, _>>();
        let (new_names, old_names) = (names(new), names(old));
        let (new_members, old_members) = (members(new_fields), members(old_fields));
        for (name, index) in &old_names {
            let Some(same) = new_names.get(name) else { continue };
            for number in old_members.get(index).into_iter().flatten() {
                if new_fields.get(number).is_none_or(|f| f.oneof != Some(*same)) {
                    let text = "The new schema is missing a oneof field at path '{}' in the old schema";
                    self.add("ONEOF_FIELD_REMOVED", text, &format!("{path}/{name}/{number}"));
                }
            }
        }
        for (name, index) in &new_names {
            let path = format!("{path}/{name}");
            let members = new_members.get(index).into_iter().flatten();
            let outside = members.filter(|n| old_fields.get(n).is_some_and(|f| f.oneof.is_none())).count();
            if outside > 0 && old_names.contains_key(name) {
                let text = "A field in the oneof at path '{}' in the new schema is outside an existing oneof in the old schema";
                self.add("FIELD_MOVED_TO_EXISTING_ONEOF", text, &path);
            } else if outside > 1 {
                let text = "Multiple fields in the oneof at path '{}' in the new schema are outside a oneof in the old schema";
                self.add("MULTIPLE_FIELDS_MOVED_TO_ONEOF", text, &path);
            }
        }
    }

    fn field(&mut self, path: &str, new: &Field, old: &Field) {
        let numeric = |kind: Kind| !matches!(kind, Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Group(_));
        let labels = (new.label, old.label);
        let maps = (new.shape == Shape::Map, old.shape == Shape::Map);
        if new.label != old.label && !matches!(labels, (Label::Plain, _) | (_, Label::Plain)) && numeric(new.kind) && numeric(old.kind) {
            let text = "The label for a NUMERIC field at path '{}' in the new schema does not match its label in the old schema";
            self.add("FIELD_NUMERIC_LABEL_CHANGED", text, path);
        }
        match maps {
            (true, true) => self.entries(path, new, old),
            (false, false) => self.kinds(path, new.kind, old.kind),
            (true, false) | (false, true) => self.kind_changed(path),
        }
    }

    fn kind_changed(&mut self, path: &str) {
        self.add("FIELD_KIND_CHANGED", "The type of a field at path '{}' in the new schema does not match the old schema", path);
    }

    /// Keys and values of maps are compared as fields are.
    fn entries(&mut self, path: &str, new: &Field, old: &Field) {
        let fields = |plan: &'a Plan, field: &Field| match field.kind {
            Kind::Message(index) => plan.messages.get(index).map_or(&[][..], |m| m.fields.as_slice()),
            _ => &[],
        };
        let (new, old) = (fields(self.new, new), fields(self.old, old));
        for (new, old) in new.iter().zip(old) {
            self.kinds(path, new.kind, old.kind);
        }
    }

    fn kinds(&mut self, path: &str, new: Kind, old: Kind) {
        let index = |kind| match kind {
            Kind::Message(index) | Kind::Group(index) => Some(index),
            _ => None,
        };
        match (index(new), index(old)) {
            (Some(new), Some(old)) => self.types(path, new, old),
            (None, None) if group_of(new) != group_of(old) => {
                let text = "The kind of a SCALAR field at path '{}' in the new schema does not match its kind in the old schema";
                self.add("FIELD_SCALAR_KIND_CHANGED", text, path);
            }
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => self.kind_changed(path),
        }
    }

    fn types(&mut self, path: &str, new: usize, old: usize) {
        let (Some(new_type), Some(old_type)) = (self.new.messages.get(new), self.old.messages.get(old)) else { return };
        // A changed package is told once.
        let within = |name: &'a str, package: &str| match name.strip_prefix(package).and_then(|n| n.strip_prefix('.')) {
            Some(inside) if !package.is_empty() => inside,
            _ => name,
        };
        if within(&new_type.name, &self.new.package) != within(&old_type.name, &self.old.package) {
            let text = "The type of a MESSAGE field at path '{}' in the new schema does not match its type in the old schema";
            self.add("FIELD_NAMED_TYPE_CHANGED", text, path);
        } else if !(new_type.own && old_type.own) && self.compared.insert((new, old)) {
            // Messages of the schemas themselves are compared where they are declared; imported ones and bodies of groups here.
            self.message(path, new_type, old_type);
        }
    }
}

type Fields<'a> = BTreeMap<u32, &'a Field>;

/// The fields of a message; extensions are not among them.
fn by_number(message: &Message) -> Fields<'_> {
    message.fields.iter().filter(|f| !f.name.starts_with('[')).map(|f| (f.number, f)).collect()
}

/// The numbers of the fields in each oneof.
fn members(fields: &Fields<'_>) -> BTreeMap<usize, Vec<u32>> {
    let mut members = BTreeMap::new();
    for (number, field) in fields {
        if let Some(oneof) = field.oneof {
            members.entry(oneof).or_insert_with(Vec::new).push(*number);
        }
    }
    members
}

/// Scalars of one group can be read as each other.
fn group_of(kind: Kind) -> u8 {
    match kind {
        Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Bool | Kind::Enum(_) => 0,
        Kind::Sint32 | Kind::Sint64 => 1,
        Kind::String | Kind::Bytes => 2,
        Kind::Fixed32 | Kind::Sfixed32 => 3,
        Kind::Fixed64 | Kind::Sfixed64 => 4,
        Kind::Float => 5,
        Kind::Double => 6,
        Kind::Message(_) | Kind::Group(_) => 7,
    }
}
