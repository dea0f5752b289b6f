//! Avro: schemas, and JSON text to and from the bytes of a datum.
//!
//! Knows neither the frame around a datum nor the registry. The text of a schema becomes a `tree`, that becomes `types` (in
//! `parse`), and along these `encode` and `decode` go straight from text to bytes and back. `text` writes a schema as the
//! registry keeps it, `compat` compares two. Start with [`Schema`].

mod binary;
mod calendar;
mod compat;
mod decode;
mod defaults;
mod encode;
mod logical;
mod name;
mod number;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod twos;
mod types;

use std::collections::HashSet;

use decode::Decoder;
use encode::{Encoder, Rules};
use parse::Parser;
use text::Printer;
use types::{TypeId, Types};

use super::{
    json::reader::Reader,
    kind::{Incompatibility, Invalid, Mismatch, Reference},
};

/// How deep JSON may nest, tags of unions included. Values are read by functions that call each other, which take some seven
/// kilobytes of stack a level without optimization; threads have two megabytes.
const MAX_LEVELS: usize = 200;

/// How long one datum's bytes or JSON may become: more than Kafka takes by far, and little enough for a machine's memory. A few bytes
/// may stand for a billion empty records.
const MAX_OUTPUT: usize = 64 << 20;

/// How the JSON of a datum is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Avro's own JSON encoding. A value of a union is `null` or `{"<type>": <value>}`, where the type is a primitive's name, `array`,
    /// `map`, or the full name of a record, an enum or a fixed. Bytes are text whose characters up to U+00FF stand for one byte each.
    /// Logical types are the plain values that they are kept as. All fields must be there; members that are no fields are dropped.
    ///
    /// Read back, a union that is the whole datum has no tag, a record without fields that is the whole datum is `null`, and numbers
    /// that JSON has not are the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, which are not accepted the other way.
    Tagged,
    /// Plain JSON. What the tagged form does not have:
    ///
    /// * Values of unions stand for themselves: the first type of the union that fits is taken. If none does, an object with one member
    ///   may still say the type, as in the tagged form. Types that look alike in JSON, such as `string` and `bytes`, cannot be told
    ///   apart: a union of both is read back as the first one.
    /// * A field that is not there gets its default. A member that is no field is an error: nothing that was sent is lost.
    /// * `"NaN"`, `"Infinity"` and `"-Infinity"` are numbers of `float` and `double`.
    /// * Logical types, where the number or text of the tagged form is accepted too unless something else is said:
    ///
    /// | logical type | JSON |
    /// |---|---|
    /// | `decimal` | a number with all its digits; as text too. Bytes as text are not accepted, they could be meant as digits |
    /// | `date` | `"2026-01-31"` |
    /// | `time-millis`, `time-micros` | `"10:15:30.123"` |
    /// | `timestamp-millis`, `-micros`, `-nanos` | `"2026-01-31T10:15:30.123Z"`; other offsets are accepted |
    /// | `local-timestamp-millis`, `-micros`, `-nanos` | `"2026-01-31T10:15:30.123"` |
    /// | `uuid` on `fixed` of 16 | `"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`; nothing else is accepted |
    /// | `duration` | `"P1M2DT3.500S"`; years, weeks, hours and minutes are accepted; nothing else is |
    ///
    /// Years beyond 0000 to 9999, and times beyond a day, are written as their numbers.
    Lenient,
}

/// A parsed schema.
#[derive(Debug)]
pub struct Schema {
    types: Types,
    top: TypeId,
    /// The types of the schemas that it refers to.
    referred: HashSet<TypeId>,
}

impl Schema {
    /// Reads the text of a schema. Comments are white space. The types of schemas that it refers to are known by their own names; the
    /// names of the references count for nothing, except that the same one is read once.
    ///
    /// Defaults may be anything, as the registry takes them: [`Schema::check_defaults`] checks them.
    ///
    /// # Errors
    /// If the text, or that of a reference, is no schema, or too large.
    pub fn parse(text: &str, references: &[Reference]) -> Result<Self, Invalid> {
        let mut parser = Parser::default();
        let mut read = HashSet::new();
        for reference in references {
            if read.insert(&reference.name) {
                parser.schema(&reference.text)?;
            }
        }
        let referred = parser.types().ids().collect();
        let top = parser.schema(text)?;
        let mut types = parser.finish();
        defaults::encode(&mut types);
        Ok(Self { types, top, referred })
    }

    /// Checks that the defaults of all fields fit the fields' types, which the registry asks of schemas that are to be normalized.
    ///
    /// # Errors
    /// Names the first field whose default does not fit.
    pub fn check_defaults(&self) -> Result<(), Invalid> {
        defaults::check(&self.types, self.types.ids().filter(|id| !self.referred.contains(id)))
    }

    /// Appends the bytes of the datum that a JSON text stands for. A datum that is nothing but `bytes` has no length before it, as
    /// Confluent's serializers have it. Integers never go through a floating-point number: `1.0` and `1e3`
    /// are whole, `1.5` is refused.
    ///
    /// # Errors
    /// If the text is no JSON, or does not fit; nothing is appended then.
    pub fn encode(&self, json: &[u8], out: &mut Vec<u8>, form: Form) -> Result<(), Mismatch> {
        let rules = match form {
            Form::Tagged => Rules::Tagged,
            Form::Lenient => Rules::Lenient,
        };
        let before = out.len();
        let mut r = Reader::new(json, MAX_LEVELS)?;
        // An honest text has members out of order in a few levels; the constant is for short texts with large unions.
        let again = json.len().saturating_mul(16).saturating_add(100_000);
        let limit = before.saturating_add(MAX_OUTPUT);
        let mut encoder = Encoder::new(&self.types, rules, out, again, limit);
        let result = encoder.value(self.top, &mut r).and_then(|()| Ok(r.end()?));
        match result {
            Ok(()) if self.is_bytes() => drop(out.drain(before..before + binary::length_before(out.get(before..).unwrap_or_default()))),
            Ok(()) => {}
            Err(_) => out.truncate(before),
        }
        result
    }

    /// Appends the JSON text of a datum.
    ///
    /// # Errors
    /// If the bytes are not exactly one datum, or one too large; nothing is appended then.
    pub fn decode(&self, datum: &[u8], out: &mut Vec<u8>, form: Form) -> Result<(), Mismatch> {
        let before = out.len();
        let limit = before.saturating_add(MAX_OUTPUT);
        let mut framed = Vec::new();
        let datum = if self.is_bytes() {
            binary::write_bytes(&mut framed, datum);
            &framed
        } else {
            datum
        };
        let result = Decoder::new(&self.types, form, datum, out, limit, MAX_LEVELS).top(self.top);
        if result.is_err() {
            out.truncate(before);
        }
        result
    }

    /// The whole datum is bytes.
    fn is_bytes(&self) -> bool {
        matches!(self.types.at(self.top).shape, types::Shape::Bytes)
    }

    /// The full name of a record, an enum or a fixed.
    pub fn name(&self) -> Option<String> {
        self.types.at(self.top).shape.named().map(|named| named.name.full().to_owned())
    }

    /// The text that the registry stores. Types of other schemas are named only.
    pub fn canonical(&self) -> String {
        Printer::new(&self.types, self.referred.clone(), false).print(self.top)
    }

    /// The same with the types of other schemas written where they are needed.
    pub fn resolved(&self) -> String {
        Printer::new(&self.types, HashSet::new(), false).print(self.top)
    }

    /// The text that the registry stores if it is asked to normalize: aliases and properties are sorted.
    pub fn normalized(&self) -> String {
        Printer::new(&self.types, self.referred.clone(), true).print(self.top)
    }

    /// True if both are the same schema to a subject: the order of aliases and of properties does not count, nor where types are
    /// written.
    pub fn same(&self, other: &Self) -> bool {
        let whole = |schema: &Self| Printer::new(&schema.types, HashSet::new(), true).print(schema.top);
        whole(self) == whole(other)
    }

    /// Why this schema, the reader, cannot read what was written with the old one; nothing if it can. Whether the old one can read
    /// what this one writes is asked the other way round, see [`Incompatibility::turned`].
    pub fn incompatibilities(&self, old: &Self) -> Vec<Incompatibility> {
        compat::Check::run((&self.types, self.top), (&old.types, old.top))
    }
}
