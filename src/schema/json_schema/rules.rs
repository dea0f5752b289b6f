//! What a schema asks for, compiled: each schema is a [`Rules`] in one list, and schemas name each other by their place in it.
//!
//! Nothing is looked up by URI or name here any more, and patterns and numbers are read. Made by `compile`, applied by `validate`.

use std::collections::HashMap;

use super::{
    equal::Choices,
    format::Format,
    number::{Divisor, Number},
    pattern::Pattern,
    tape::Kind,
};

/// The place of a schema in the list.
pub(super) type Id = usize;

/// A set of the types that `type` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Types(u8);

/// The names of types, in the order of their bits.
const TYPE_NAMES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

const NUMBER: u8 = 1 << 4;
const INTEGER: u8 = 1 << 6;

impl Types {
    /// The set that has this type only, if there is such a type.
    pub(super) fn named(name: &str) -> Option<Self> {
        TYPE_NAMES.iter().position(|n| *n == name).map(|bit| Types(1 << bit))
    }

    pub(super) fn and(self, other: Self) -> Self {
        Types(self.0 | other.0)
    }

    /// True if values of the kind are in the set, whatever they are.
    pub(super) fn allow(self, kind: Kind) -> bool {
        let bit = match kind {
            Kind::Null => 0,
            Kind::False | Kind::True => 1,
            Kind::Object => 2,
            Kind::Array => 3,
            Kind::Number => 4,
            Kind::String => 5,
        };
        self.0 & (1 << bit) != 0
    }

    /// True if of numbers only integers are in the set.
    pub(super) fn allow_integers_only(self) -> bool {
        self.0 & (INTEGER | NUMBER) == INTEGER
    }

    /// For an error's text.
    pub(super) fn told(self) -> String {
        let names: Vec<_> = TYPE_NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name).collect();
        names.join(" or ")
    }
}

/// One schema.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// `false`: fits nothing. (`true` and `{}` have no rules.)
    pub(super) never: bool,
    /// The resource that the schema is part of, where `$dynamicRef` and `$recursiveRef` begin to look.
    pub(super) resource: usize,
    pub(super) types: Option<Types>,
    /// True if `5.0` is no integer.
    pub(super) integers_are_written_whole: bool,
    /// `const` and `enum`.
    pub(super) choices: Vec<Choices>,
    pub(super) number: Option<Box<NumberRules>>,
    pub(super) string: Option<Box<StringRules>>,
    pub(super) array: Option<Box<ArrayRules>>,
    pub(super) object: Option<Box<ObjectRules>>,
    /// Schemas that judge the same value.
    pub(super) in_place: Vec<InPlace>,
    pub(super) unevaluated_items: Option<Id>,
    pub(super) unevaluated_properties: Option<Id>,
}

/// Keywords for numbers.
#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) minimum: Option<Bound>,
    pub(super) maximum: Option<Bound>,
    pub(super) exclusive_minimum: Option<Bound>,
    pub(super) exclusive_maximum: Option<Bound>,
    pub(super) multiple_of: Option<(String, Divisor)>,
}

/// A limit of numbers.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) number: Number<'static>,
    pub(super) text: String,
}

/// Keywords for strings.
#[derive(Debug, Default)]
pub(super) struct StringRules {
    /// In characters.
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) pattern: Option<Pattern>,
    pub(super) format: Option<Format>,
}

/// Keywords for arrays.
#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) unique: bool,
    /// The schemas of the first items.
    pub(super) prefix: Vec<Id>,
    /// The schema of the items after those.
    pub(super) rest: Option<Id>,
    pub(super) contains: Option<Contains>,
}

/// `contains` and how often.
#[derive(Debug)]
pub(super) struct Contains {
    pub(super) schema: Id,
    pub(super) least: u64,
    pub(super) most: Option<u64>,
    /// True if the items that fit count as evaluated, as they do since 2020-12.
    pub(super) evaluates: bool,
}

/// Keywords for objects.
#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) min_properties: Option<u64>,
    pub(super) max_properties: Option<u64>,
    pub(super) properties: Properties,
    pub(super) patterns: Vec<(Pattern, Id)>,
    /// The schema of properties that are neither named nor match a pattern.
    pub(super) additional: Option<Id>,
    pub(super) names: Option<Id>,
    /// Names that must be there if this one is.
    pub(super) dependent_required: Vec<(Name, Vec<Name>)>,
    /// A schema that the object must fit if this name is there.
    pub(super) dependent_schemas: Vec<(Name, Id)>,
}

/// The name of a property, as compact text writes it.
pub(super) type Name = Box<[u8]>;

/// The properties that an object's schema names, and those that it requires.
#[derive(Debug, Default)]
pub(super) struct Properties {
    entries: Vec<Property>,
    by_name: HashMap<Name, usize>,
}

/// A property.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: Name,
    pub(super) schema: Option<Id>,
    pub(super) required: bool,
    /// The compact text of the value to write if there is none.
    pub(super) default: Option<Vec<u8>>,
}

impl Properties {
    /// The entry of a name, which is made if it is new.
    pub(super) fn entry(&mut self, name: &[u8]) -> Option<&mut Property> {
        let at = *self.by_name.entry(name.into()).or_insert(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Property { name: name.into(), schema: None, required: false, default: None });
        }
        self.entries.get_mut(at)
    }

    /// Which property the name is. Members mostly come in the order of the schema, so the guess is tried first.
    pub(super) fn find(&self, name: &[u8], guess: usize) -> Option<(usize, &Property)> {
        if let Some(property) = self.entries.get(guess).filter(|p| *p.name == *name) {
            return Some((guess, property));
        }
        let at = *self.by_name.get(name)?;
        Some((at, self.entries.get(at)?))
    }

    pub(super) fn all(&self) -> &[Property] {
        &self.entries
    }

    pub(super) fn all_mut(&mut self) -> &mut [Property] {
        &mut self.entries
    }
}

/// A keyword that applies schemas to the same value.
#[derive(Debug)]
pub(super) enum InPlace {
    Reference(Id),
    Dynamic(Dynamic),
    All(Vec<Id>),
    Any(Vec<Id>),
    One(Vec<Id>),
    Not(Id),
    Condition { test: Id, then: Option<Id>, otherwise: Option<Id> },
}

/// `$dynamicRef` or `$recursiveRef`.
#[derive(Debug)]
pub(super) struct Dynamic {
    /// What it names if nobody around says otherwise.
    pub(super) fallback: Id,
    /// What it names in resources that the validator may come through, by the number of the resource.
    pub(super) targets: HashMap<usize, Id>,
}
