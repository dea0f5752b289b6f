//! One value of a scalar, an enum or a message, after its tag.

use super::{Encoder, expected};
use crate::schema::{
    json::reader::{Reader, Token},
    kind::Mismatch,
    protobuf::{
        plan::{Kind, NULL_VALUE},
        scalars,
        wire::{delimited, write_bytes, write_varint, zigzag},
    },
};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// Zero, false, nothing: fields without presence do not keep it.
    Default,
    Other,
}

impl Written {
    fn unless(default: bool) -> Self {
        if default { Self::Default } else { Self::Other }
    }
}

impl Encoder<'_> {
    /// Appends a value; of a message also its length.
    pub(super) fn value(&mut self, json: &mut Reader<'_>, kind: Kind, out: &mut Vec<u8>) -> Result<Written, Mismatch> {
        let token = json.peek()?;
        match (kind, token) {
            (Kind::Message(index), _) => {
                delimited(out, |out| self.message(json, index, out))?;
                Ok(Written::Other)
            }
            (Kind::Group(_), _) => Err(Mismatch::here("a group where none can be")),
            (Kind::Bool, Token::Boolean) => {
                let value = json.boolean()?;
                out.push(u8::from(value));
                Ok(Written::unless(!value))
            }
            // Text may be given as a number or as a boolean: it is what is written there.
            (Kind::String, Token::Boolean) => self.text(if json.boolean()? { "true" } else { "false" }, kind, out),
            (Kind::Enum(index), Token::Null) if self.plan.enums.get(index).is_some_and(|e| *e.name == *NULL_VALUE) => {
                json.null()?;
                out.push(0);
                Ok(Written::Default)
            }
            (Kind::Bool | Kind::Bytes, Token::Number) => Err(expected(described(kind), json)),
            (_, Token::Number) => self.text(json.number()?, kind, out),
            (_, Token::String) => self.text(&json.string()?, kind, out),
            (_, Token::Null | Token::Boolean | Token::Array | Token::Object) => Err(expected(described(kind), json)),
        }
    }

    /// Appends the value that a text stands for: of a number, of a string, or of the key of a map.
    pub(super) fn text(&self, text: &str, kind: Kind, out: &mut Vec<u8>) -> Result<Written, Mismatch> {
        let wrong = || Mismatch::here(format_args!("{text:?} is not {}", described(kind)));
        match kind {
            Kind::String => {
                write_bytes(out, text.as_bytes());
                return Ok(Written::unless(text.is_empty()));
            }
            Kind::Bytes => {
                delimited(out, |out| if scalars::read_base64(text, out) { Ok(()) } else { Err(wrong()) })?;
                return Ok(Written::unless(text.is_empty()));
            }
            Kind::Double => {
                let bits = scalars::double(text).ok_or_else(wrong)?.to_bits();
                out.extend_from_slice(&bits.to_le_bytes());
                // By bits, for a negative zero is kept.
                return Ok(Written::unless(bits == 0));
            }
            Kind::Float => {
                let bits = scalars::single(text).ok_or_else(wrong)?.to_bits();
                out.extend_from_slice(&bits.to_le_bytes());
                return Ok(Written::unless(bits == 0));
            }
            Kind::Fixed32 => {
                let value = scalars::unsigned_long(text).and_then(|n| u32::try_from(n).ok()).ok_or_else(wrong)?;
                out.extend_from_slice(&value.to_le_bytes());
                return Ok(Written::unless(value == 0));
            }
            Kind::Sfixed32 => {
                let value = scalars::long(text).and_then(|n| i32::try_from(n).ok()).ok_or_else(wrong)?;
                out.extend_from_slice(&value.to_le_bytes());
                return Ok(Written::unless(value == 0));
            }
            Kind::Fixed64 => {
                let value = scalars::unsigned_long(text).ok_or_else(wrong)?;
                out.extend_from_slice(&value.to_le_bytes());
                return Ok(Written::unless(value == 0));
            }
            Kind::Sfixed64 => {
                let value = scalars::long(text).ok_or_else(wrong)?;
                out.extend_from_slice(&value.to_le_bytes());
                return Ok(Written::unless(value == 0));
            }
            Kind::Bool
            | Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Enum(_)
            | Kind::Message(_)
            | Kind::Group(_) => {}
        }
        let value = match kind {
            Kind::Bool => match text {
                "true" => Some(1),
                "false" => Some(0),
                _ => None,
            },
            Kind::Int32 => scalars::long(text).and_then(|n| i32::try_from(n).ok()).map(|n| i64::from(n).cast_unsigned()),
            Kind::Int64 => scalars::long(text).map(i64::cast_unsigned),
            Kind::Uint32 => scalars::unsigned_long(text).and_then(|n| u32::try_from(n).ok()).map(u64::from),
            Kind::Uint64 => scalars::unsigned_long(text),
            Kind::Sint32 => scalars::long(text).and_then(|n| i32::try_from(n).ok()).map(|n| zigzag(i64::from(n))),
            Kind::Sint64 => scalars::long(text).map(zigzag),
            Kind::Enum(index) => return self.enumerated(text, index, out),
            _ => None,
        };
        let value = value.ok_or_else(wrong)?;
        write_varint(out, value);
        Ok(Written::unless(value == 0))
    }

    /// By name, or by number if that is known or the enum is open.
    fn enumerated(&self, text: &str, index: usize, out: &mut Vec<u8>) -> Result<Written, Mismatch> {
        let Some(made) = self.plan.enums.get(index) else { return Err(Mismatch::here("the type is not known")) };
        let by_number = || {
            let number = scalars::long(text).and_then(|n| i32::try_from(n).ok())?;
            (made.open || made.names.contains_key(&number)).then_some(number)
        };
        let number = made.numbers.get(text).copied().or_else(by_number);
        let number = number.ok_or_else(|| Mismatch::here(format_args!("{text:?} is no value of the enum {}", made.name)))?;
        write_varint(out, i64::from(number).cast_unsigned());
        Ok(Written::unless(number == 0))
    }
}

/// What a value of this type is, for sentences.
fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Double => "a double",
        Kind::Float => "a float",
        Kind::Int32 => "an int32",
        Kind::Int64 => "an int64",
        Kind::Uint32 => "a uint32",
        Kind::Uint64 => "a uint64",
        Kind::Sint32 => "a sint32",
        Kind::Sint64 => "a sint64",
        Kind::Fixed32 => "a fixed32",
        Kind::Fixed64 => "a fixed64",
        Kind::Sfixed32 => "an sfixed32",
        Kind::Sfixed64 => "an sfixed64",
        Kind::Bool => "a boolean",
        Kind::String => "a string",
        Kind::Bytes => "bytes in base64",
        Kind::Enum(_) => "a value of the enum",
        Kind::Message(_) | Kind::Group(_) => "an object",
    }
}
