//! A parsed schema: its types in one list, where a type names others by their place, so that recursive schemas need no care.
//!
//! Start with [`Types`].

use std::ops::Range;

use super::{logical::Logical, name::Name, tree::Tree};

/// The place of a type in its [`Types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TypeId(usize);

/// All types of a schema, and of the schemas that it refers to.
#[derive(Debug, Default)]
pub(super) struct Types(Vec<Type>);

impl Types {
    /// Adds a type.
    pub(super) fn add(&mut self, new: Type) -> TypeId {
        self.0.push(new);
        TypeId(self.0.len() - 1)
    }

    /// The type at a place.
    pub(super) fn at(&self, id: TypeId) -> &Type {
        // A place comes from `add`, so that there is a type.
        static NOTHING: Type = Type { shape: Shape::Null, properties: Vec::new(), logical: None, depth: 0 };
        self.0.get(id.0).unwrap_or(&NOTHING)
    }

    /// The type at a place, to be completed: a record is added before its fields, which may be of its own type.
    pub(super) fn at_mut(&mut self, id: TypeId) -> Option<&mut Type> {
        self.0.get_mut(id.0)
    }

    /// All places.
    pub(super) fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        let all: Range<usize> = 0..self.0.len();
        all.map(TypeId)
    }
}

/// A type with what is written beside it.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) shape: Shape,
    /// What the specification does not know, in the order given.
    pub(super) properties: Vec<(String, Tree)>,
    /// What values mean, if the properties say so in a way that fits the type.
    pub(super) logical: Option<Logical>,
    /// How many types are inside one another here; one that is still being read counts as nothing.
    pub(super) depth: usize,
}

/// What values look like.
#[derive(Debug)]
pub(super) enum Shape {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(TypeId),
    Map(TypeId),
    Union(Union),
    Record(Record),
    Enum(Enum),
    Fixed(Fixed),
}

impl Shape {
    /// The name of this kind of types.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
            Self::Enum(_) => "enum",
            Self::Fixed(_) => "fixed",
        }
    }

    /// What is common to the types that have a name.
    pub(super) fn named(&self) -> Option<&Named> {
        match self {
            Self::Record(Record { named, .. }) | Self::Enum(Enum { named, .. }) | Self::Fixed(Fixed { named, .. }) => Some(named),
            Self::Null | Self::Boolean | Self::Int | Self::Long | Self::Float | Self::Double | Self::Bytes | Self::String => None,
            Self::Array(_) | Self::Map(_) | Self::Union(_) => None,
        }
    }

    /// The name by which a union's value says that it is of this type.
    pub(super) fn tag(&self) -> &str {
        self.named().map_or(self.kind(), |named| named.name.full())
    }
}

/// What a type with a name has beside it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: Name,
    pub(super) doc: Option<String>,
    pub(super) aliases: Vec<Name>,
}

#[derive(Debug)]
pub(super) struct Record {
    pub(super) named: Named,
    /// It is written `error`.
    pub(super) error: bool,
    pub(super) fields: Vec<Field>,
    pub(super) names: Index,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) of: TypeId,
    pub(super) doc: Option<String>,
    pub(super) default: Option<Tree>,
    /// The bytes of the default, if it fits the type.
    pub(super) encoded: Option<Box<[u8]>>,
    /// Other than `ascending`.
    pub(super) order: Option<&'static str>,
    pub(super) aliases: Vec<String>,
    pub(super) properties: Vec<(String, Tree)>,
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) named: Named,
    pub(super) symbols: Vec<String>,
    pub(super) names: Index,
    pub(super) default: Option<String>,
}

#[derive(Debug)]
pub(super) struct Fixed {
    pub(super) named: Named,
    /// In bytes.
    pub(super) size: usize,
}

#[derive(Debug)]
pub(super) struct Union {
    pub(super) branches: Vec<TypeId>,
    /// The branches' tags, as they are written in JSON between `{` and the value.
    pub(super) tags: Vec<String>,
    pub(super) names: Index,
    /// The branch that is null.
    pub(super) null: Option<usize>,
}

/// Finds a name's place in a list without looking at all of them.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<(Box<str>, usize)>);

impl Index {
    /// Over names in their order; the error is a name that is there twice, with its two places.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, (String, usize, usize)> {
        let mut sorted: Vec<(Box<str>, usize)> = names.enumerate().map(|(place, name)| (name.into(), place)).collect();
        sorted.sort();
        let twice = sorted.iter().zip(sorted.iter().skip(1)).find(|((one, _), (two, _))| one == two);
        if let Some(((name, first), (_, second))) = twice {
            return Err((name.to_string(), *first, *second));
        }
        Ok(Self(sorted))
    }

    /// The place of a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let at = self.0.binary_search_by(|(n, _)| (**n).cmp(name)).ok()?;
        self.0.get(at).map(|(_, place)| *place)
    }
}
