//! The normal form of a tree: what may stand in any order is sorted, and every type has its full name.

use std::collections::HashSet;

use super::{Enum, Extend, Field, File, Group, Message, Oneof, Payload, Range, Reserved, Setting, Type};

/// The scalar types, which have no full name.
pub(in super::super) const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool",
    "string", "bytes",
];

impl File {
    /// The normal form. `known` has the full names of all types that there are.
    pub(in super::super) fn normalized(&self, known: &HashSet<&str>) -> Self {
        let mut file = self.clone();
        let normal = Normal { known };
        let scope = file.package.clone().unwrap_or_default();
        file.imports.sort();
        file.imports.dedup();
        sort_settings(&mut file.options);
        file.messages.iter_mut().for_each(|m| normal.message(m, &scope));
        file.enums.iter_mut().for_each(enumeration);
        file.extends.iter_mut().for_each(|e| normal.extend(e, &scope));
        for service in &mut file.services {
            sort_settings(&mut service.options);
            for method in &mut service.methods {
                sort_settings(&mut method.options);
                normal.payload(&mut method.input, &scope);
                normal.payload(&mut method.output, &scope);
            }
        }
        file
    }
}

struct Normal<'a> {
    known: &'a HashSet<&'a str>,
}

impl Normal<'_> {
    fn message(&self, message: &mut Message, outside: &str) {
        let scope = join(outside, &message.name);
        message.reserved = one_a_line(&message.reserved);
        sort_settings(&mut message.options);
        self.fields(&mut message.fields, &scope);
        for oneof in &mut message.oneofs {
            self.oneof(oneof, &scope);
        }
        message.oneofs.sort_by_key(|oneof| oneof.fields.first().map(|f| f.number));
        self.groups(&mut message.groups, &scope);
        for extensions in &mut message.extensions {
            extensions.ranges.sort();
            sort_settings(&mut extensions.options);
        }
        message.extensions.sort_by_key(|extensions| extensions.ranges.first().copied());
        message.messages.iter_mut().for_each(|m| self.message(m, &scope));
        message.enums.iter_mut().for_each(enumeration);
        message.extends.iter_mut().for_each(|e| self.extend(e, &scope));
    }

    fn fields(&self, fields: &mut [Field], scope: &str) {
        for field in fields.iter_mut() {
            sort_settings(&mut field.options.options);
            match &mut field.kind {
                Type::Named(name) | Type::Map(_, name) => self.qualify(name, scope),
            }
        }
        fields.sort_by_key(|f| f.number);
    }

    fn groups(&self, groups: &mut [Group], scope: &str) {
        for group in groups.iter_mut() {
            sort_settings(&mut group.options);
            self.message(&mut group.body, scope);
        }
        groups.sort_by_key(|g| g.number);
    }

    fn oneof(&self, oneof: &mut Oneof, scope: &str) {
        sort_settings(&mut oneof.options);
        self.fields(&mut oneof.fields, scope);
        self.groups(&mut oneof.groups, scope);
    }

    fn extend(&self, extend: &mut Extend, scope: &str) {
        self.qualify(&mut extend.name, scope);
        self.fields(&mut extend.fields, scope);
        self.groups(&mut extend.groups, scope);
    }

    fn payload(&self, payload: &mut Payload, scope: &str) {
        self.qualify(&mut payload.name, scope);
    }

    /// Puts the full name in the place of one that is relative to a scope: the innermost type of that name counts.
    fn qualify(&self, name: &mut String, scope: &str) {
        if name.starts_with('.') || SCALARS.contains(&name.as_str()) {
            return;
        }
        let mut scope = Some(scope);
        while let Some(within) = scope {
            let full = join(within, name);
            if self.known.contains(full.as_str()) {
                *name = format!(".{full}");
                return;
            }
            scope = if within.is_empty() { None } else { Some(within.rsplit_once('.').map_or("", |(outer, _)| outer)) };
        }
    }
}

/// The full name of something in a scope, which may be nothing.
pub(in super::super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn sort_settings(settings: &mut [Setting]) {
    settings.sort_by(|a, b| a.name.cmp(&b.name));
}

fn enumeration(made: &mut Enum) {
    made.reserved = one_a_line(&made.reserved);
    sort_settings(&mut made.options);
    for value in &mut made.values {
        sort_settings(&mut value.options);
    }
    made.values.sort_by(|a, b| (a.number, &a.name).cmp(&(b.number, &b.name)));
}

/// Each range and each name in a line of its own, sorted, numbers first.
fn one_a_line(reserved: &[Reserved]) -> Vec<Reserved> {
    let (mut ranges, mut names) = (Vec::<Range>::new(), Vec::<String>::new());
    for line in reserved {
        match line {
            Reserved::Numbers(more) => ranges.extend(more),
            Reserved::Names(more) => names.extend(more.iter().cloned()),
        }
    }
    ranges.sort();
    names.sort();
    let ranges = ranges.into_iter().map(|r| Reserved::Numbers(vec![r]));
    ranges.chain(names.into_iter().map(|n| Reserved::Names(vec![n]))).collect()
}
