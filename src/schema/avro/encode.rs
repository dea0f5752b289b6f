//! From JSON text to the bytes of a datum, value by value as the schema says, without a tree.
//!
//! Start with [`Encoder::value`]. Records are in `encode/record.rs`, unions in `encode/union.rs`, what logical types accept beyond
//! their plain values in `encode/logical.rs`.

mod logical;
mod record;
mod union;

use super::{
    binary, number,
    types::{Enum, Fixed, Shape, Type, TypeId, Types},
};
use crate::schema::{
    json::reader::{Reader, Token},
    kind::Mismatch,
};

/// How many fields without a value are passed over at most in one datum. Those of type null take no bytes, so that a few brackets could
/// stand for any number of them.
const MAX_ABSENT: usize = 1_000_000;

/// How much of a text is quoted in an error, in bytes.
const QUOTED: usize = 100;

/// Which JSON is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Avro's own JSON encoding.
    Tagged,
    /// Plain JSON, as people write it.
    Lenient,
    /// The JSON of defaults in schemas: values of unions are untagged, logical types plain.
    Default,
}

/// Appends the bytes of one datum.
pub(super) struct Encoder<'a> {
    types: &'a Types,
    rules: Rules,
    out: &'a mut Vec<u8>,
    /// How many bytes of the text may still be read again. Members in another order than the schema's are read twice, and so is
    /// what does not fit the first branch of a union: both at each level, so that a text could be made to take for ever.
    again: usize,
    /// How many fields without a value may still be passed over.
    absent: usize,
    /// How long the output may become.
    limit: usize,
}

impl<'a> Encoder<'a> {
    /// Of types; so much may be read again, and the output may become so long.
    pub(super) fn new(types: &'a Types, rules: Rules, out: &'a mut Vec<u8>, again: usize, limit: usize) -> Self {
        Self { types, rules, out, again, absent: MAX_ABSENT, limit }
    }

    /// How much may still be read again.
    pub(super) fn again(&self) -> usize {
        self.again
    }

    /// Reads a value of a type and appends its bytes.
    pub(super) fn value(&mut self, id: TypeId, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        let of = self.types.at(id);
        let token = r.peek()?;
        if self.rules == Rules::Lenient && of.logical.is_some() && self.meaning(of, token, r)? {
            return Ok(());
        }
        match (&of.shape, token) {
            (Shape::Array(items), Token::Array) => self.array(*items, r),
            (Shape::Map(values), Token::Object) => self.map(*values, r),
            (Shape::Record(record), Token::Object) => self.record(record, r),
            (Shape::Union(union), _) => self.union(union, token, r),
            (shape, token) => self.single(shape, token, r),
        }
    }

    /// Reads a value that has no others in it. It stands by itself to keep the stack small that values in values take.
    fn single(&mut self, shape: &Shape, token: Token, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        match (shape, token) {
            (Shape::Null, Token::Null) => r.null()?,
            (Shape::Boolean, Token::Boolean) => self.out.push(u8::from(r.boolean()?)),
            (Shape::Int, Token::Number) => {
                let number = self.integer(r, "int")?;
                let number = i32::try_from(number).map_err(|_| Mismatch::here(format_args!("{number} is out of the range of int")))?;
                binary::write_long(self.out, number.into());
            }
            (Shape::Long, Token::Number) => {
                let number = self.integer(r, "long")?;
                binary::write_long(self.out, number);
            }
            (Shape::Float, Token::Number | Token::String) => {
                let value: f32 = self.float(r, token, "float")?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            (Shape::Double, Token::Number | Token::String) => {
                let value: f64 = self.float(r, token, "double")?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            (Shape::String, Token::String) => binary::write_bytes(self.out, r.string()?.as_bytes()),
            (Shape::Bytes, Token::String) => {
                let text = r.string()?;
                binary::write_long(self.out, count(text.chars().count()));
                self.latin1(&text)?;
            }
            (Shape::Fixed(fixed), Token::String) => self.fixed(fixed, &r.string()?)?,
            (Shape::Enum(of), Token::String) => self.symbol(of, &r.string()?)?,
            (shape, token) => return Err(unexpected(shape, token)),
        }
        Ok(())
    }

    fn integer(&self, r: &mut Reader<'_>, kind: &str) -> Result<i64, Mismatch> {
        let text = r.number()?;
        if self.rules == Rules::Default && !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Err(Mismatch::here(format_args!("{} is not written as an integer", quoted(text))));
        }
        number::integer(text).map_err(|e| match e {
            number::Unfit::Fraction => Mismatch::here(format_args!("{} is not a whole number", quoted(text))),
            number::Unfit::Range => Mismatch::here(format_args!("{} is out of the range of {kind}", quoted(text))),
        })
    }

    /// A number with a fraction. Digits that the type has no room for are rounded, as everywhere.
    fn float<T: Floating>(&self, r: &mut Reader<'_>, token: Token, kind: &str) -> Result<T, Mismatch> {
        if token == Token::String {
            let text = r.string()?;
            let special = match (self.rules, &*text) {
                (Rules::Lenient | Rules::Default, "NaN") => Some(T::NAN),
                (Rules::Lenient | Rules::Default, "Infinity") => Some(T::INFINITY),
                (Rules::Lenient | Rules::Default, "-Infinity") => Some(-T::INFINITY),
                (Rules::Tagged | Rules::Lenient | Rules::Default, _) => None,
            };
            return special.ok_or_else(|| Mismatch::here(format_args!("expected {kind}, found the string {}", quoted_text(&text))));
        }
        let text = r.number()?;
        match text.parse::<T>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) | Err(_) => Err(Mismatch::here(format_args!("{} is out of the range of {kind}", quoted(text)))),
        }
    }

    /// Characters as bytes, one each.
    fn latin1(&mut self, text: &str) -> Result<(), Mismatch> {
        if text.is_ascii() {
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        for c in text.chars() {
            let byte = u8::try_from(c).map_err(|_| {
                Mismatch::here(format_args!("{c:?} (U+{:04X}) is no byte: characters up to U+00FF stand for bytes", u32::from(c)))
            })?;
            self.out.push(byte);
        }
        Ok(())
    }

    fn fixed(&mut self, fixed: &Fixed, text: &str) -> Result<(), Mismatch> {
        match text.chars().count() {
            length if length == fixed.size => self.latin1(text),
            length => Err(Mismatch::here(format_args!("expected {} bytes of {}, found {length}", fixed.size, fixed.named.name))),
        }
    }

    fn symbol(&mut self, of: &Enum, symbol: &str) -> Result<(), Mismatch> {
        let unknown = || Mismatch::here(format_args!("unknown symbol {} of enum {}", quoted_text(symbol), of.named.name));
        let place = of.names.find(symbol).ok_or_else(unknown)?;
        binary::write_long(self.out, count(place));
        Ok(())
    }

    fn array(&mut self, items: TypeId, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        let block = self.begin_block();
        let mut length = 0;
        r.enter_array()?;
        while r.next_item()? {
            self.value(items, r).map_err(|e| e.in_item(length))?;
            length += 1;
            self.check_length()?;
        }
        self.end_block(block, length);
        Ok(())
    }

    fn map(&mut self, values: TypeId, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        let block = self.begin_block();
        let mut length = 0;
        r.enter_object()?;
        while let Some(key) = r.next_member()? {
            binary::write_bytes(self.out, key.as_bytes());
            self.value(values, r).map_err(|e| e.in_member(&key))?;
            length += 1;
            self.check_length()?;
        }
        self.end_block(block, length);
        Ok(())
    }

    /// Room for the number of items, which is known afterwards. One byte is enough for most.
    fn begin_block(&mut self) -> usize {
        self.out.push(0);
        self.out.len()
    }

    /// Writes the number of items where there is room for it. All are in one block, as Java writes them.
    fn end_block(&mut self, block: usize, length: usize) {
        if length == 0 {
            // The room is the end of the blocks.
            return;
        }
        let mut number = Vec::new();
        binary::write_long(&mut number, count(length));
        self.out.splice(block - 1..block, number);
        self.out.push(0);
    }

    /// Only defaults can make more of a text than it has: where records stand in records without being written.
    fn check_length(&self) -> Result<(), Mismatch> {
        match self.out.len() <= self.limit {
            true => Ok(()),
            false => Err(Mismatch::here(format_args!("more than {} bytes", self.limit))),
        }
    }

    /// Counts fields without a value.
    fn pass_over(&mut self, fields: usize) -> Result<(), Mismatch> {
        self.absent = self.absent.checked_sub(fields).ok_or_else(|| Mismatch::here("too many fields are absent"))?;
        Ok(())
    }

    /// Counts what is read a second time. Even a try that reads nothing takes its time.
    fn read_again(&mut self, bytes: usize) -> Result<(), Mismatch> {
        match self.again.checked_sub(bytes.max(16)) {
            Some(rest) => {
                self.again = rest;
                Ok(())
            }
            None => Err(Mismatch::here("too much of the text would be read again and again: give members in the schema's order")),
        }
    }
}

/// Numbers of 32 and of 64 bits.
trait Floating: std::str::FromStr + std::ops::Neg<Output = Self> + Copy {
    const NAN: Self;
    const INFINITY: Self;
    fn is_finite(self) -> bool;
}

impl Floating for f32 {
    const NAN: Self = Self::NAN;
    const INFINITY: Self = Self::INFINITY;
    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

impl Floating for f64 {
    const NAN: Self = Self::NAN;
    const INFINITY: Self = Self::INFINITY;
    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

/// A length as Avro writes it. No text is so long that it would not fit.
fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn unexpected(shape: &Shape, token: Token) -> Mismatch {
    let wanted = match shape {
        Shape::Record(record) => format!("record {}", record.named.name),
        Shape::Enum(of) => format!("a symbol of enum {}", of.named.name),
        Shape::Fixed(fixed) => format!("a string of {} bytes for {}", fixed.size, fixed.named.name),
        other => other.kind().to_owned(),
    };
    Mismatch::here(format_args!("expected {wanted}, found {}", token.name()))
}

/// A piece of JSON for an error, not longer than a line.
fn quoted(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().map(|(at, _)| at).find(|at| *at >= QUOTED) {
        Some(end) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// The same with quotes.
fn quoted_text(text: &str) -> String {
    format!("\"{}\"", quoted(text))
}

/// True if a type may have a value of this kind, so that it is worth a try.
fn may_be(of: &Type, token: Token, rules: Rules) -> bool {
    match token {
        Token::Null => matches!(of.shape, Shape::Null),
        Token::Boolean => matches!(of.shape, Shape::Boolean),
        Token::Number => {
            matches!(of.shape, Shape::Int | Shape::Long | Shape::Float | Shape::Double)
                || (rules == Rules::Lenient && matches!(of.logical, Some(super::logical::Logical::Decimal { .. })))
        }
        Token::String => {
            matches!(of.shape, Shape::String | Shape::Bytes | Shape::Fixed(_) | Shape::Enum(_) | Shape::Float | Shape::Double)
                || (rules == Rules::Lenient && of.logical.is_some())
        }
        Token::Array => matches!(of.shape, Shape::Array(_)),
        Token::Object => matches!(of.shape, Shape::Map(_) | Shape::Record(_)),
    }
}
