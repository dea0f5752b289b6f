//! From the bytes of a datum to JSON text, value by value as the schema says, without a tree.
//!
//! Start with [`Decoder::top`]. What the lenient form writes for logical types is in `decode/logical.rs`.

mod logical;

use super::{
    Form,
    binary::{Broken, Input},
    types::{Record, Shape, TypeId, Types, Union},
};
use crate::schema::{json::writer, kind::Mismatch};

impl From<Broken> for Mismatch {
    fn from(reason: Broken) -> Self {
        Self::here(reason)
    }
}

/// Appends the JSON of one datum.
pub(super) struct Decoder<'a> {
    types: &'a Types,
    form: Form,
    input: Input<'a>,
    out: &'a mut Vec<u8>,
    /// How long the output may become. An array of a billion nulls takes six bytes.
    limit: usize,
    /// How many more arrays and objects may be opened.
    levels: usize,
}

impl<'a> Decoder<'a> {
    /// Of a datum.
    pub(super) fn new(types: &'a Types, form: Form, datum: &'a [u8], out: &'a mut Vec<u8>, limit: usize, levels: usize) -> Self {
        Self { types, form, input: Input(datum), out, limit, levels }
    }

    /// Reads the whole datum. A union is written without a tag here, and a record without fields as `null`, as readers of the
    /// documented API know it.
    pub(super) fn top(&mut self, id: TypeId) -> Result<(), Mismatch> {
        let id = match &self.types.at(id).shape {
            Shape::Union(union) => self.branch(union)?,
            _ => id,
        };
        match &self.types.at(id).shape {
            Shape::Record(record) if record.fields.is_empty() && self.form == Form::Tagged => self.out.extend_from_slice(b"null"),
            _ => self.value(id)?,
        }
        match self.input.0.len() {
            0 => Ok(()),
            rest => Err(Mismatch::here(format_args!("{rest} bytes follow the datum"))),
        }
    }

    fn value(&mut self, id: TypeId) -> Result<(), Mismatch> {
        if self.out.len() > self.limit {
            return Err(Mismatch::here(format_args!("more than {} bytes of JSON", self.limit)));
        }
        let types = self.types;
        let of = types.at(id);
        if let (Form::Lenient, Some(logical)) = (self.form, of.logical) {
            return self.meaning(logical, &of.shape);
        }
        match &of.shape {
            Shape::Array(items) => self.array(*items),
            Shape::Map(values) => self.map(*values),
            Shape::Union(union) => self.union(union),
            Shape::Record(record) => self.record(record),
            shape => self.single(shape),
        }
    }

    /// A value that has no others in it. It stands by itself to keep the stack small that values in values take.
    fn single(&mut self, shape: &Shape) -> Result<(), Mismatch> {
        match shape {
            Shape::Null | Shape::Array(_) | Shape::Map(_) | Shape::Union(_) | Shape::Record(_) => self.out.extend_from_slice(b"null"),
            Shape::Boolean => match self.input.array()? {
                [0] => self.out.extend_from_slice(b"false"),
                [1] => self.out.extend_from_slice(b"true"),
                [_] => return Err(Mismatch::here("a boolean that is neither 0 nor 1")),
            },
            Shape::Int => writer::integer(self.out, self.input.int()?),
            Shape::Long => writer::integer(self.out, self.input.long()?),
            Shape::Float => writer::single(self.out, f32::from_le_bytes(self.input.array()?)),
            Shape::Double => writer::double(self.out, f64::from_le_bytes(self.input.array()?)),
            Shape::Bytes => writer::latin1(self.out, self.input.bytes()?),
            Shape::String => {
                let text = self.text()?;
                writer::string(self.out, text);
            }
            Shape::Fixed(fixed) => writer::latin1(self.out, self.input.take(fixed.size)?),
            Shape::Enum(of) => {
                let place = self.input.place()?;
                let unknown = || Mismatch::here(format_args!("symbol {place} of enum {}, which has {}", of.named.name, of.symbols.len()));
                let symbol = of.symbols.get(place).ok_or_else(unknown)?;
                self.quoted(symbol);
            }
        }
        Ok(())
    }

    fn text(&mut self) -> Result<&'a str, Mismatch> {
        std::str::from_utf8(self.input.bytes()?).map_err(|_| Mismatch::here("a string that is not UTF-8"))
    }

    /// A name of the schema, which needs no escapes.
    fn quoted(&mut self, name: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'"');
    }

    fn open(&mut self, bracket: u8) -> Result<(), Mismatch> {
        self.levels = self.levels.checked_sub(1).ok_or_else(|| Mismatch::here("nested too deep"))?;
        self.out.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: u8) {
        self.levels += 1;
        self.out.push(bracket);
    }

    fn record(&mut self, record: &Record) -> Result<(), Mismatch> {
        self.open(b'{')?;
        for (place, field) in record.fields.iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.quoted(&field.name);
            self.out.push(b':');
            self.value(field.of).map_err(|e| e.in_member(&field.name))?;
        }
        self.close(b'}');
        Ok(())
    }

    fn array(&mut self, items: TypeId) -> Result<(), Mismatch> {
        self.open(b'[')?;
        let mut place = 0;
        loop {
            let length = self.input.block().map_err(|e| Mismatch::from(e).in_item(place))?;
            if length == 0 {
                break;
            }
            for _ in 0..length {
                if place > 0 {
                    self.out.push(b',');
                }
                self.value(items).map_err(|e| e.in_item(place))?;
                place += 1;
            }
        }
        self.close(b']');
        Ok(())
    }

    fn map(&mut self, values: TypeId) -> Result<(), Mismatch> {
        self.open(b'{')?;
        let mut first = true;
        loop {
            let length = self.input.block()?;
            if length == 0 {
                break;
            }
            for _ in 0..length {
                if !std::mem::take(&mut first) {
                    self.out.push(b',');
                }
                let key = self.text()?;
                writer::string(self.out, key);
                self.out.push(b':');
                self.value(values).map_err(|e| e.in_member(key))?;
            }
        }
        self.close(b'}');
        Ok(())
    }

    fn branch(&mut self, union: &Union) -> Result<TypeId, Mismatch> {
        let place = self.input.place()?;
        let unknown = || Mismatch::here(format_args!("type {place} of a union of {}", union.branches.len()));
        union.branches.get(place).copied().ok_or_else(unknown)
    }

    fn union(&mut self, union: &Union) -> Result<(), Mismatch> {
        let branch = self.branch(union)?;
        let shape = &self.types.at(branch).shape;
        if matches!(shape, Shape::Null) || self.form == Form::Lenient {
            return self.value(branch);
        }
        self.open(b'{')?;
        // Namespaces may hold any character.
        writer::string(self.out, shape.tag());
        self.out.push(b':');
        self.value(branch).map_err(|e| e.in_member(shape.tag()))?;
        self.close(b'}');
        Ok(())
    }
}
