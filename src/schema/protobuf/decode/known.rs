//! Messages whose JSON is not that of their fields: times, masks, wrappers, free JSON, and messages of any type.

use super::{Decoder, separate, value::to_int32};
use crate::schema::{
    json::writer,
    kind::Mismatch,
    protobuf::{
        plan::{Known, Message},
        time,
        wire::{Bytes, Part, Raw},
    },
};

impl<'p, 'd> Decoder<'p, 'd> {
    pub(super) fn known(&mut self, bytes: &'d [u8], message: &'p Message, known: Known, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match known {
            Known::No => self.members(bytes, message, true, out),
            Known::Timestamp => moment(bytes, time::write_timestamp, out),
            Known::Duration => moment(bytes, time::write_duration, out),
            Known::FieldMask => mask(bytes, out),
            Known::Any => self.any(bytes, out),
            Known::Struct | Known::ListValue | Known::Wrapper | Known::Value => {
                let begin = self.found.len();
                self.find(bytes, message)?;
                let count = self.found.len() - begin;
                match (message.fields.first(), known) {
                    (_, Known::Value) => self.free(message, begin, out)?,
                    (Some(field), _) if count > 0 => self.field(field, begin, count, out)?,
                    (Some(field), _) => out.extend_from_slice(field.absent.as_deref().unwrap_or(b"null")),
                    (None, _) => out.extend_from_slice(b"null"),
                }
                self.found.truncate(begin);
                Ok(())
            }
        }
    }

    /// A value of any JSON type.
    fn free(&mut self, message: &'p Message, begin: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let count = self.found.len() - begin;
        let Some(last) = self.found.get(begin..).and_then(<[_]>::last) else {
            out.extend_from_slice(b"null");
            return Ok(());
        };
        if let Raw::Fixed64(bits) = last.value
            && !f64::from_le_bytes(bits).is_finite()
        {
            return Err(Mismatch::here("a number that JSON does not have"));
        }
        match message.fields.get(last.index) {
            // The oneof leaves one of them, perhaps in several pieces.
            Some(field) => self.field(field, begin, count, out),
            None => Ok(()),
        }
    }

    fn any(&mut self, bytes: &'d [u8], out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let (mut url, mut inside) = (&b""[..], &b""[..]);
        let mut read = Bytes(bytes);
        while let Some(Part { number, value }) = read.part()? {
            match (number, value) {
                (1, Raw::Delimited(text)) => url = text,
                (2, Raw::Delimited(bytes)) => inside = bytes,
                _ => {}
            }
        }
        if url.is_empty() && inside.is_empty() {
            out.extend_from_slice(b"{}");
            return Ok(());
        }
        let url = std::str::from_utf8(url).map_err(|_| Mismatch::here("the string is not UTF-8").in_member("@type"))?;
        let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
        let plan = self.plan;
        let Some((index, message)) = plan.by_name.get(name).and_then(|i| Some((*i, plan.messages.get(*i)?))) else {
            return Err(Mismatch::here(format_args!("the schema has no message {name:?}")).in_member("@type"));
        };
        out.extend_from_slice(b"{\"@type\":");
        writer::string(out, url);
        match message.known {
            Known::No => self.deeper(out, |decoder, out| decoder.members(inside, message, false, out))?,
            _ => {
                out.extend_from_slice(b",\"value\":");
                self.message(inside, index, out)?;
            }
        }
        out.push(b'}');
        Ok(())
    }
}

fn moment(bytes: &[u8], write: fn(&mut Vec<u8>, i64, i32) -> bool, out: &mut Vec<u8>) -> Result<(), Mismatch> {
    let (mut seconds, mut nanos) = (0, 0);
    let mut read = Bytes(bytes);
    while let Some(Part { number, value }) = read.part()? {
        match (number, value) {
            (1, Raw::Varint(n)) => seconds = n.cast_signed(),
            (2, Raw::Varint(n)) => nanos = to_int32(n),
            _ => {}
        }
    }
    if write(out, seconds, nanos) {
        Ok(())
    } else {
        Err(Mismatch::here(format_args!("{seconds} seconds and {nanos} nanoseconds are out of range")))
    }
}

/// Paths with commas between them, in snake case on the wire and in camel case here.
fn mask(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Mismatch> {
    let mut text = Vec::new();
    let mut read = Bytes(bytes);
    let mut count = 0;
    while let Some(Part { number, value }) = read.part()? {
        let (1, Raw::Delimited(path)) = (number, value) else { continue };
        separate(count, &mut text);
        count += 1;
        let mut upper = false;
        for b in path {
            match b {
                b'_' => upper = true,
                b if upper => {
                    text.push(b.to_ascii_uppercase());
                    upper = false;
                }
                b => text.push(*b),
            }
        }
    }
    writer::string(out, std::str::from_utf8(&text).map_err(|_| Mismatch::here("the string is not UTF-8"))?);
    Ok(())
}
