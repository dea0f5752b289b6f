//! One value of a scalar, an enum or a message, and the entries of maps.

use std::collections::HashMap;

use super::{Decoder, separate};
use crate::schema::{
    json::writer,
    kind::Mismatch,
    protobuf::{
        plan::{Field, Kind, NULL_VALUE},
        scalars,
        wire::{Bytes, Part, Raw, lower_half, unzigzag},
    },
};

pub(super) fn to_int32(varint: u64) -> i32 {
    lower_half(varint).cast_signed()
}

impl<'d> Decoder<'_, 'd> {
    /// Appends a value. Its wire type was looked at before.
    pub(super) fn value(&mut self, kind: Kind, value: Raw<'d>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match (kind, value) {
            (Kind::Int32, Raw::Varint(n)) => writer::integer(out, to_int32(n)),
            (Kind::Uint32, Raw::Varint(n)) => writer::integer(out, lower_half(n)),
            (Kind::Sint32, Raw::Varint(n)) => writer::integer(out, to_int32(unzigzag(u64::from(lower_half(n))).cast_unsigned())),
            (Kind::Int64, Raw::Varint(n)) => scalars::write_long(out, n.cast_signed()),
            (Kind::Uint64, Raw::Varint(n)) => scalars::write_long(out, n),
            (Kind::Sint64, Raw::Varint(n)) => scalars::write_long(out, unzigzag(n)),
            (Kind::Bool, Raw::Varint(n)) => out.extend_from_slice(if n == 0 { b"false" } else { b"true" }),
            (Kind::Enum(index), Raw::Varint(n)) => self.enumerated(index, to_int32(n), out),
            (Kind::Double, Raw::Fixed64(bytes)) => writer::double(out, f64::from_le_bytes(bytes)),
            (Kind::Fixed64, Raw::Fixed64(bytes)) => scalars::write_long(out, u64::from_le_bytes(bytes)),
            (Kind::Sfixed64, Raw::Fixed64(bytes)) => scalars::write_long(out, i64::from_le_bytes(bytes)),
            (Kind::Float, Raw::Fixed32(bytes)) => writer::single(out, f32::from_le_bytes(bytes)),
            (Kind::Fixed32, Raw::Fixed32(bytes)) => writer::integer(out, u32::from_le_bytes(bytes)),
            (Kind::Sfixed32, Raw::Fixed32(bytes)) => writer::integer(out, i32::from_le_bytes(bytes)),
            (Kind::String, Raw::Delimited(bytes)) => {
                writer::string(out, std::str::from_utf8(bytes).map_err(|_| Mismatch::here("the string is not UTF-8"))?);
            }
            (Kind::Bytes, Raw::Delimited(bytes)) => scalars::write_base64(out, bytes),
            (Kind::Message(index), Raw::Delimited(bytes)) | (Kind::Group(index), Raw::Group(bytes)) => {
                return self.message(bytes, index, out);
            }
            (_, Raw::Varint(_) | Raw::Fixed64(_) | Raw::Delimited(_) | Raw::Group(_) | Raw::Fixed32(_)) => {
                return Err(Mismatch::here("the value has another type on the wire"));
            }
        }
        Ok(())
    }

    fn enumerated(&self, index: usize, number: i32, out: &mut Vec<u8>) {
        match self.plan.enums.get(index) {
            Some(made) if *made.name == *NULL_VALUE => out.extend_from_slice(b"null"),
            Some(made) => match made.names.get(&number) {
                Some(name) => out.extend_from_slice(name.as_bytes()),
                None => writer::integer(out, number),
            },
            None => writer::integer(out, number),
        }
    }

    /// Appends a map. Of several entries with one key the last counts, and stands where the first does.
    pub(super) fn entries(&mut self, field: &Field, at: usize, count: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let Kind::Message(index) = field.kind else { return Err(Mismatch::here("a map without entries")) };
        let entry = self.plan.messages.get(index).map(|m| m.fields.as_slice());
        let Some([key_field, value_field]) = entry else { return Err(Mismatch::here("a map without entries")) };
        let mut values: Vec<(Vec<u8>, Option<Raw<'d>>)> = Vec::with_capacity(count);
        let mut places = HashMap::new();
        for i in at..at + count {
            let Some(Raw::Delimited(bytes)) = self.found.get(i).map(|f| f.value) else { continue };
            let mut bytes = Bytes(bytes);
            let (mut key, mut value, mut unknown) = (None, None, false);
            while let Some(Part { number, value: part }) = bytes.part()? {
                match number {
                    1 if self.fits(key_field, part) => key = Some(part),
                    2 if self.fits(value_field, part) => value = Some(part),
                    2 => unknown |= matches!((value_field.kind, part), (Kind::Enum(_), Raw::Varint(_))),
                    _ => {}
                }
            }
            // An entry whose value a closed enum does not have is as good as absent, as such a field is.
            if unknown && value.is_none() {
                continue;
            }
            let key = self.key(key_field, key)?;
            match places.get(&key) {
                Some(place) => {
                    if let Some((_, old)) = values.get_mut(*place) {
                        *old = value;
                    }
                }
                None => {
                    if count > 1 {
                        places.insert(key.clone(), values.len());
                    }
                    values.push((key, value));
                }
            }
        }
        out.push(b'{');
        for (i, (key, value)) in values.into_iter().enumerate() {
            separate(i, out);
            out.extend_from_slice(&key);
            out.push(b':');
            let written = match (value, &value_field.absent) {
                (Some(value), _) => self.value(value_field.kind, value, out),
                (None, Some(default)) => {
                    out.extend_from_slice(default);
                    Ok(())
                }
                (None, None) => self.value(value_field.kind, Raw::Delimited(&[]), out),
            };
            written.map_err(|e| e.in_member(String::from_utf8_lossy(&key).trim_matches('"')))?;
        }
        out.push(b'}');
        Ok(())
    }

    /// The key of an entry as the name of a member.
    fn key(&mut self, field: &Field, key: Option<Raw<'d>>) -> Result<Vec<u8>, Mismatch> {
        let mut text = Vec::new();
        match (key, &field.absent) {
            (Some(key), _) => self.value(field.kind, key, &mut text)?,
            (None, Some(default)) => text.extend_from_slice(default),
            (None, None) => {}
        }
        if text.first() != Some(&b'"') {
            text.insert(0, b'"');
            text.push(b'"');
        }
        Ok(text)
    }
}
