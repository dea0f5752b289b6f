//! Scalars, with the coercions that clients of the documented API rely on: a number or boolean where text is wanted, text where a
//! number or boolean is wanted, a fraction (which is cut) where a whole number is wanted. Blank text is an absent number.

use std::{fmt, marker::PhantomData};

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use prost_types::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor},
};
use serde_json::value::RawValue;

use super::{
    read::{Context, FromJson},
    time,
};

/// An enum whose values have names in JSON.
pub trait Named: Sized {
    /// All names, for the text of an error.
    const NAMES: &'static str;

    /// The value of this name.
    fn from_name(name: &str) -> Option<Self>;

    /// The name of this value; none for the unspecified one.
    fn name(self) -> Option<&'static str>;
}

impl FromJson for String {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        let raw = <&RawValue>::deserialize(d)?.get();
        match raw.as_bytes().first() {
            // A number as text keeps the form in which it was sent.
            Some(b'-' | b'0'..=b'9') => Ok(Some(raw.to_owned())),
            Some(b'{') => Err(D::Error::invalid_type(Unexpected::Map, &Text)),
            Some(b'[') => Err(D::Error::invalid_type(Unexpected::Seq, &Text)),
            _ => serde_json::Deserializer::from_str(raw).deserialize_any(Text).map_err(|e| elsewhere(&e)),
        }
    }
}

impl FromJson for i32 {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        let number = d.deserialize_any(Whole)?;
        number.map(|n| Self::try_from(n).map_err(|_| D::Error::custom(format_args!("{n} is out of range of a 32-bit integer")))).transpose()
    }
}

impl FromJson for i64 {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        let number = d.deserialize_any(Whole)?;
        number.map(|n| Self::try_from(n).map_err(|_| D::Error::custom(format_args!("{n} is out of range of a 64-bit integer")))).transpose()
    }
}

impl FromJson for f64 {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        d.deserialize_any(Real)
    }
}

impl FromJson for bool {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        d.deserialize_any(Flag)
    }
}

impl FromJson for Bytes {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        d.deserialize_any(Base64)
    }
}

impl FromJson for Timestamp {
    fn from_json<'de, D: Deserializer<'de>>(_: &Context, d: D) -> Result<Option<Self>, D::Error> {
        let raw = <&RawValue>::deserialize(d)?.get();
        match raw.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => time::from_seconds(raw).map(Some).ok_or_else(|| D::Error::custom("the time is out of range")),
            Some(b'{') => Err(D::Error::invalid_type(Unexpected::Map, &Time)),
            Some(b'[') => Err(D::Error::invalid_type(Unexpected::Seq, &Time)),
            _ => serde_json::Deserializer::from_str(raw).deserialize_any(Time).map_err(|e| elsewhere(&e)),
        }
    }
}

/// The error of a value that was read apart from its body: without its place, which is given anew.
fn elsewhere<E: serde::de::Error>(e: &serde_json::Error) -> E {
    let text = e.to_string();
    E::custom(text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _place)| text))
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(flag.to_string()))
    }
}

/// A whole number, wide enough for the range of every type to be checked by its reader.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Option<i128>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the fraction is cut on purpose; a number beyond i128 saturates and is refused by range"
    )]
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number as i128))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| E::custom(format_args!("\"{text}\" is not an integer"))),
        }
    }
}

/// A number with or without a fraction. What is no number, or larger than any, is not one.
struct Real;

impl<'de> Visitor<'de> for Real {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    #[expect(clippy::cast_precision_loss, reason = "a double holds 53 bits; the nearest one is what the caller gets from any JSON reader")]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a double holds 53 bits; the nearest one is what the caller gets from any JSON reader")]
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            // Rust would read "inf" and "NaN" too, and 1e999 as infinity.
            text => match text.parse().ok().filter(|n: &f64| n.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(E::custom(format_args!("\"{text}\" is not a finite number"))),
            },
        }
    }
}

struct Flag;

impl<'de> Visitor<'de> for Flag {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number != 0))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number != 0))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            "true" | "True" | "TRUE" => Ok(Some(true)),
            "false" | "False" | "FALSE" => Ok(Some(false)),
            text => Err(E::custom(format_args!("\"{text}\" is neither \"true\" nor \"false\""))),
        }
    }
}

/// The standard alphabet with padding; spare bits do not matter.
const PADDED: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// Base64 with its padding, as headers have it.
struct Base64;

impl<'de> Visitor<'de> for Base64 {
    type Value = Option<Bytes>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a base64 string")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        PADDED.decode(text).map(|b| Some(b.into())).map_err(|e| E::custom(format_args!("it is no base64 with padding: {e}")))
    }
}

struct Time;

impl<'de> Visitor<'de> for Time {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ISO 8601 time or a number of seconds since 1970")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            text => time::parse(text).map(Some).ok_or_else(|| {
                E::custom(format_args!("\"{text}\" is neither an ISO 8601 time with its zone nor a number of seconds since 1970"))
            }),
        }
    }
}

/// The name of a value of an enum.
pub(super) struct Name<T>(pub PhantomData<T>);

impl<'de, T: Named> DeserializeSeed<'de> for Name<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de, T: Named> Visitor<'de> for Name<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", T::NAMES)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        T::from_name(name).map(Some).ok_or_else(|| E::custom(format_args!("\"{name}\" is not one of {}", T::NAMES)))
    }
}

/// A string as it is; any other value gives nothing.
pub(super) struct TextOnly;

impl<'de> DeserializeSeed<'de> for TextOnly {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextOnly {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
