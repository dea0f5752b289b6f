//! The plain form of a text, which every compiler takes: options that say nothing about data are gone, and editions are proto2.
//!
//! Options may be declared in files that nobody has, so they would not resolve. Of editions, which the compiler does not know,
//! proto2 can express most; what it cannot is noted in [`Features`] by full names, which the plan looks up.

use std::collections::HashSet;

use super::text::{Enum, Field, File, Group, Label, Message, Setting, Syntax, Value, join};

/// What editions say about things and descriptors of proto2 cannot.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    /// Fields that are not written if they have their default.
    pub(super) implicit: HashSet<String>,
    /// Fields that are not shown if they are not there, as what is `optional` in proto3.
    pub(super) explicit: HashSet<String>,
    /// Repeated numbers with one tag for all of them.
    pub(super) packed: HashSet<String>,
    /// Messages between two tags, as groups are.
    pub(super) delimited: HashSet<String>,
    /// Enums that have numbers without names.
    pub(super) open: HashSet<String>,
}

/// The features in force at one place.
#[derive(Clone, Copy)]
struct Scope {
    edition: bool,
    presence: Presence,
    packed: bool,
    delimited: bool,
    open: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Explicit,
    Implicit,
    Required,
}

impl Scope {
    /// What edition 2023 says if a file says nothing.
    const EDITION_2023: Self = Self { edition: true, presence: Presence::Explicit, packed: true, delimited: false, open: true };

    /// This scope, and what is said inside it: `features.field_presence = IMPLICIT` or `features = { field_presence: IMPLICIT }`.
    fn with(mut self, options: &[Setting]) -> Self {
        for option in options {
            match (option.name.strip_prefix("features"), &option.value) {
                (Some(""), Value::Members(members)) => members.iter().for_each(|(name, value)| self.set(name, value)),
                (Some(rest), value) => self.set(rest.trim_start_matches('.'), value),
                (None, _) => {}
            }
        }
        self
    }

    fn set(&mut self, name: &str, value: &Value) {
        let Value::Word(value) = value else { return };
        match (name, value.as_str()) {
            ("field_presence", "EXPLICIT") => self.presence = Presence::Explicit,
            ("field_presence", "IMPLICIT") => self.presence = Presence::Implicit,
            ("field_presence", "LEGACY_REQUIRED") => self.presence = Presence::Required,
            ("repeated_field_encoding", value) => self.packed = value == "PACKED",
            ("message_encoding", value) => self.delimited = value == "DELIMITED",
            ("enum_type", value) => self.open = value == "OPEN",
            _ => {}
        }
    }
}

/// The plain form of a tree. Its features are added to those of the others.
pub(super) fn plain(tree: &File, features: &mut Features) -> File {
    let edition = matches!(tree.syntax, Some(Syntax::Edition(_)));
    let scope = if edition { Scope::EDITION_2023.with(&tree.options) } else { Scope { edition: false, ..Scope::EDITION_2023 } };
    let mut plain = tree.clone();
    let mut lower = Lower { features };
    if edition {
        plain.syntax = Some(Syntax::Proto2);
    }
    plain.options.clear();
    plain.services.clear();
    let package = tree.package.clone().unwrap_or_default();
    plain.messages.iter_mut().for_each(|m| lower.message(m, &package, scope));
    plain.enums.iter_mut().for_each(|e| lower.enumeration(e, &package, scope));
    for extend in &mut plain.extends {
        extend.fields.iter_mut().for_each(|f| lower.field(f, &package, scope, false));
        extend.groups.iter_mut().for_each(|g| lower.group(g, &package, scope));
    }
    plain
}

struct Lower<'a> {
    features: &'a mut Features,
}

impl Lower<'_> {
    fn message(&mut self, message: &mut Message, outside: &str, scope: Scope) {
        let name = join(outside, &message.name);
        let scope = scope.with(&message.options);
        message.options.clear();
        // Reserved things bind writers of schemas, not data.
        message.reserved.clear();
        message.extensions.iter_mut().for_each(|e| e.options.clear());
        message.fields.iter_mut().for_each(|f| self.field(f, &name, scope, false));
        for oneof in &mut message.oneofs {
            let scope = scope.with(&oneof.options);
            oneof.options.clear();
            oneof.fields.iter_mut().for_each(|f| self.field(f, &name, scope, true));
            oneof.groups.iter_mut().for_each(|g| self.group(g, &name, scope));
        }
        message.groups.iter_mut().for_each(|g| self.group(g, &name, scope));
        message.messages.iter_mut().for_each(|m| self.message(m, &name, scope));
        message.enums.iter_mut().for_each(|e| self.enumeration(e, &name, scope));
        for extend in &mut message.extends {
            extend.fields.iter_mut().for_each(|f| self.field(f, &name, scope, false));
            extend.groups.iter_mut().for_each(|g| self.group(g, &name, scope));
        }
    }

    fn group(&mut self, group: &mut Group, outside: &str, scope: Scope) {
        group.options.clear();
        self.message(&mut group.body, outside, scope);
    }

    fn field(&mut self, field: &mut Field, message: &str, scope: Scope, in_oneof: bool) {
        let scope = scope.with(&field.options.options);
        field.options.options.retain(|o| o.name == "packed" && !scope.edition);
        if !scope.edition {
            return;
        }
        let name = join(message, &field.name);
        if field.label == Some(Label::Repeated) {
            if scope.packed {
                self.features.packed.insert(name.clone());
            }
        } else if !in_oneof && !matches!(field.kind, super::text::Type::Map(..)) {
            field.label = Some(if scope.presence == Presence::Required { Label::Required } else { Label::Optional });
            match scope.presence {
                Presence::Implicit => self.features.implicit.insert(name.clone()),
                Presence::Explicit => self.features.explicit.insert(name.clone()),
                Presence::Required => false,
            };
        }
        if scope.delimited {
            self.features.delimited.insert(name);
        }
    }

    fn enumeration(&mut self, made: &mut Enum, outside: &str, scope: Scope) {
        let scope = scope.with(&made.options);
        made.options.retain(|o| o.name == "allow_alias");
        made.reserved.clear();
        made.values.iter_mut().for_each(|v| v.options.clear());
        if scope.edition && scope.open {
            self.features.open.insert(join(outside, &made.name));
        }
    }
}
