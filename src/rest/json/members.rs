//! Objects: how a message reads its members.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use bytes::Bytes;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    read::{self, Context, FromJson},
    scalars::{self, Named},
};
use crate::error::Code;

/// A message that an object gives.
pub trait Members: Default {
    /// The members that have to be there. [`Value::mark`] counts by the position in this list.
    const REQUIREMENTS: &'static [Requirement];

    /// Reads the value of one member; false, with the value unread, if the message has no such member.
    ///
    /// # Errors
    /// Whatever is wrong with the value.
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut Value<'_, A>) -> Result<bool, A::Error>;
}

/// A member that has to be there.
#[derive(Debug)]
pub struct Requirement {
    /// Its name.
    pub member: &'static str,
    /// True if the body cannot be bound without it (400); false if it is only refused (422).
    pub required: bool,
    /// What a body without it is refused with, if not with the general text.
    pub absent: Option<(Code, &'static str)>,
}

/// A message that JSON shows as one member of an object.
pub trait Pair: Sized {
    /// Reads the value of the member.
    ///
    /// # Errors
    /// Whatever is wrong with the name or the value.
    fn pair<'de, A: MapAccess<'de>>(name: &str, value: &mut Value<'_, A>) -> Result<Self, A::Error>;
}

/// The value that is to be read next.
pub struct Value<'m, A> {
    map: &'m mut A,
    cx: &'m Context,
    marks: u64,
}

impl<'de, A: MapAccess<'de>> Value<'_, A> {
    /// A scalar or a message; `null` gives nothing.
    pub fn read<T: FromJson>(&mut self, member: &'static str) -> Result<Option<T>, A::Error> {
        self.seeded(member, Seed::<T>(self.cx, PhantomData))
    }

    /// Any JSON, as text.
    pub fn raw(&mut self, member: &'static str) -> Result<Option<Bytes>, A::Error> {
        self.seeded(member, Raw(self.cx))
    }

    /// A string as it is; anything else gives the empty text, which the operation refuses.
    pub fn text_only(&mut self, member: &'static str) -> Result<String, A::Error> {
        Ok(self.seeded(member, scalars::TextOnly)?.unwrap_or_default())
    }

    /// The name of a value of an enum.
    pub fn named<T: Named>(&mut self, member: &'static str) -> Result<Option<T>, A::Error> {
        self.seeded(member, scalars::Name::<T>(PhantomData))
    }

    /// A list, whose elements must not be `null`.
    pub fn list<T: FromJson>(&mut self, member: &'static str) -> Result<Option<Vec<T>>, A::Error> {
        self.seeded(member, List::<T>(self.cx, Nulls::Refused, PhantomData))
    }

    /// A list that counts as absent if an element is `null`.
    pub fn list_without_null<T: FromJson>(&mut self, member: &'static str) -> Result<Option<Vec<T>>, A::Error> {
        self.seeded(member, List::<T>(self.cx, Nulls::Absence, PhantomData))
    }

    /// An object whose members are the elements of a list.
    pub fn pairs<T: Pair>(&mut self, member: &'static str) -> Result<Option<Vec<T>>, A::Error> {
        self.seeded(member, Pairs::<T>(self.cx, PhantomData))
    }

    /// Says whether the member at this place of [`Members::REQUIREMENTS`] is there.
    pub fn mark(&mut self, place: usize, present: bool) {
        self.marks = self.marks & !(1 << place) | u64::from(present) << place;
    }

    fn seeded<S: DeserializeSeed<'de>>(&mut self, member: &'static str, seed: S) -> Result<S::Value, A::Error> {
        self.cx.at(member);
        self.map.next_value_seed(seed)
    }
}

/// The name of a member as a number or text.
///
/// # Errors
/// The name is not of the type.
pub fn key<T: FromStr, E: serde::de::Error>(name: &str) -> Result<T, E> {
    name.parse().map_err(|_| E::custom(format_args!("the member name \"{name}\" is not a number")))
}

impl<T: Members> FromJson for T {
    fn from_json<'de, D: Deserializer<'de>>(cx: &Context, d: D) -> Result<Option<Self>, D::Error> {
        d.deserialize_any(Object::<T>(cx, PhantomData))
    }
}

struct Object<'c, T>(&'c Context, PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for Object<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut read = T::default();
        let mut marks = 0;
        while let Some(name) = map.next_key_seed(MemberName)? {
            let mut value = Value { map: &mut map, cx: self.0, marks };
            let known = read.member(&name, &mut value)?;
            marks = value.marks;
            if !known {
                self.0.unknown(&name);
                map.next_value::<IgnoredAny>()?;
            }
        }
        for (place, requirement) in T::REQUIREMENTS.iter().enumerate().filter(|(place, _)| marks & 1 << place == 0) {
            debug_assert!(place < 64, "a message has at most 64 required members");
            if requirement.required {
                self.0.at(requirement.member);
                return Err(A::Error::custom("it is missing or null"));
            }
            self.0.absent(requirement);
        }
        Ok(Some(read))
    }
}

/// The name of a member: borrowed from the body unless it is written with escapes.
struct MemberName;

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

struct Seed<'c, T>(&'c Context, PhantomData<T>);

impl<'de, T: FromJson> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        T::from_json(self.0, d)
    }
}

struct Raw<'c>(&'c Context);

impl<'de> DeserializeSeed<'de> for Raw<'_> {
    type Value = Option<Bytes>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        read::raw(self.0, d)
    }
}

/// What an element that is `null` means.
#[derive(Clone, Copy, PartialEq)]
enum Nulls {
    /// The body cannot be read.
    Refused,
    /// The list counts as absent.
    Absence,
}

struct List<'c, T>(&'c Context, Nulls, PhantomData<T>);

impl<'de, T: FromJson> DeserializeSeed<'de> for List<'_, T> {
    type Value = Option<Vec<T>>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de, T: FromJson> Visitor<'de> for List<'_, T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let (mut list, mut whole) = (Vec::new(), true);
        while let Some(element) = seq.next_element_seed(Seed::<T>(self.0, PhantomData))? {
            match element {
                Some(element) => list.push(element),
                None if self.1 == Nulls::Absence => whole = false,
                None => return Err(A::Error::custom(format_args!("the element at index {} is null", list.len()))),
            }
        }
        Ok(whole.then_some(list))
    }
}

/// A body whose members are the elements of a list.
pub struct PairList<T>(pub Vec<T>);

impl<T: Pair> FromJson for PairList<T> {
    fn from_json<'de, D: Deserializer<'de>>(cx: &Context, d: D) -> Result<Option<Self>, D::Error> {
        Ok(d.deserialize_any(Pairs::<T>(cx, PhantomData))?.map(Self))
    }
}

struct Pairs<'c, T>(&'c Context, PhantomData<T>);

impl<'de, T: Pair> DeserializeSeed<'de> for Pairs<'_, T> {
    type Value = Option<Vec<T>>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de, T: Pair> Visitor<'de> for Pairs<'_, T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(name) = map.next_key_seed(MemberName)? {
            list.push(T::pair(&name, &mut Value { map: &mut map, cx: self.0, marks: 0 })?);
        }
        Ok(Some(list))
    }
}
