//! Messages whose JSON is not that of their fields: times, masks, wrappers, free JSON, and messages of any type.

use super::{Encoder, expected, value::Written};
use crate::schema::{
    json::reader::{Reader, Token},
    kind::Mismatch,
    protobuf::{
        plan::{Known, Message},
        time,
        wire::{WireType, delimited, write_bytes, write_tag, write_varint},
    },
};

/// The member that says which type a message of any type has.
pub(super) const TYPE: &str = "@type";

/// The member of a message of any type that holds it, if it is one of those in this file.
const VALUE: &str = "value";

impl<'p> Encoder<'p> {
    pub(super) fn known(&mut self, json: &mut Reader<'_>, message: &'p Message, known: Known, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match known {
            Known::No => self.fields(json, message, out),
            Known::Timestamp => moment(json, "a timestamp, such as 2006-01-02T15:04:05.678Z", time::timestamp, out),
            Known::Duration => moment(json, "a duration, such as 3.5s", time::duration, out),
            Known::FieldMask => mask(json, out),
            Known::Value => self.free(json, message, out),
            Known::Struct => match message.fields.first() {
                Some(field) => self.entries(json, field, out),
                None => Ok(()),
            },
            Known::ListValue => match message.fields.first() {
                Some(field) => self.items(json, field, false, out),
                None => Ok(()),
            },
            Known::Wrapper => {
                let Some(field) = message.fields.first() else { return Ok(()) };
                let start = out.len();
                out.extend_from_slice(&field.tag);
                if self.value(json, field.kind, out)? == Written::Default {
                    out.truncate(start);
                }
                Ok(())
            }
            Known::Any => self.any(json, out),
        }
    }

    /// A value of any JSON type: the field for it, in the order of `google.protobuf.Value`.
    fn free(&mut self, json: &mut Reader<'_>, message: &'p Message, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let number = match json.peek()? {
            Token::Null => 1,
            Token::Number => 2,
            Token::String => 3,
            Token::Boolean => 4,
            Token::Object => 5,
            Token::Array => 6,
        };
        let Some((_, field)) = message.by_number(number, 0) else { return Err(Mismatch::here("a value of a type that is not known")) };
        out.extend_from_slice(&field.tag);
        self.tagged(json, field, out)
    }

    fn any(&mut self, json: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        if json.peek()? != Token::Object {
            return Err(expected("an object", json));
        }
        let Some(url) = type_of(*json)? else {
            json.enter_object()?;
            return match json.next_member()? {
                None => Ok(()),
                Some(_) => Err(Mismatch::here("the type is missing").in_member(TYPE)),
            };
        };
        let name = url.rsplit_once('/').map_or(url.as_str(), |(_, name)| name);
        let plan = self.plan;
        let Some((index, message)) = plan.by_name.get(name).and_then(|i| Some((*i, plan.messages.get(*i)?))) else {
            return Err(Mismatch::here(format_args!("the schema has no message {name}")).in_member(TYPE));
        };
        write_tag(out, 1, WireType::Delimited);
        write_bytes(out, url.as_bytes());
        let start = out.len();
        write_tag(out, 2, WireType::Delimited);
        let tagged = out.len();
        json.enter_object()?;
        delimited(out, |out| match message.known {
            Known::No => self.deeper(|encoder| encoder.members(json, message, true, out)),
            _ => self.wrapped(json, index, out),
        })?;
        if out.get(tagged..) == Some(&[0]) {
            out.truncate(start);
        }
        Ok(())
    }

    fn wrapped(&mut self, json: &mut Reader<'_>, index: usize, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let mut found = false;
        while let Some(name) = json.next_member()? {
            match &*name {
                TYPE => json.skip()?,
                VALUE if !found => {
                    found = true;
                    self.message(json, index, out).map_err(|e| e.in_member(VALUE))?;
                }
                VALUE => return Err(Mismatch::here("the field is given twice").in_member(VALUE)),
                other => return Err(Mismatch::here("only @type and value can be here").in_member(other)),
            }
        }
        if found { Ok(()) } else { Err(Mismatch::here("the field is required").in_member(VALUE)) }
    }
}

/// Looks ahead for the type of a message, which need not be the first member.
fn type_of(mut json: Reader<'_>) -> Result<Option<String>, Mismatch> {
    json.enter_object()?;
    while let Some(name) = json.next_member()? {
        if name != TYPE {
            json.skip()?;
            continue;
        }
        return match json.peek()? {
            Token::String => Ok(Some(json.string()?.into_owned())),
            Token::Null | Token::Boolean | Token::Number | Token::Array | Token::Object => {
                Err(expected("a string", &mut json).in_member(TYPE))
            }
        };
    }
    Ok(None)
}

/// Seconds and nanoseconds, as timestamps and durations have them.
fn moment(json: &mut Reader<'_>, what: &str, read: fn(&str) -> Option<(i64, i32)>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
    if json.peek()? != Token::String {
        return Err(expected(what, json));
    }
    let text = json.string()?;
    let (seconds, nanos) = read(&text).ok_or_else(|| Mismatch::here(format_args!("{text:?} is not {what}")))?;
    for (number, value) in [(1, seconds), (2, i64::from(nanos))] {
        if value != 0 {
            write_tag(out, number, WireType::Varint);
            write_varint(out, value.cast_unsigned());
        }
    }
    Ok(())
}

/// Paths with commas between them, in camel case here and in snake case on the wire.
fn mask(json: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
    if json.peek()? != Token::String {
        return Err(expected("a field mask, such as a,bC.d", json));
    }
    let text = json.string()?;
    for path in text.split(',').filter(|p| !p.is_empty()) {
        let mut snake = String::with_capacity(path.len() + 4);
        for c in path.chars() {
            if c == '_' {
                return Err(Mismatch::here(format_args!("{path:?} is no path of a field mask: it has an underscore")));
            }
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        write_tag(out, 1, WireType::Delimited);
        write_bytes(out, snake.as_bytes());
    }
    Ok(())
}
