//! The wire format by itself: tags, varints, and the fields of a message as they lie in its bytes. Knows nothing of schemas.

use crate::schema::kind::Mismatch;

/// What a tag says about the length of what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WireType {
    Varint,
    Fixed64,
    Delimited,
    Group,
    Fixed32,
}

impl WireType {
    fn number(self) -> u32 {
        match self {
            Self::Varint => 0,
            Self::Fixed64 => 1,
            Self::Delimited => 2,
            Self::Group => 3,
            Self::Fixed32 => 5,
        }
    }
}

/// The wire type that ends a group.
const END_GROUP: u32 = 4;

pub(super) fn write_tag(out: &mut Vec<u8>, number: u32, kind: WireType) {
    write_varint(out, u64::from(number << 3 | kind.number()));
}

pub(super) fn write_end_group(out: &mut Vec<u8>, number: u32) {
    write_varint(out, u64::from(number << 3 | END_GROUP));
}

pub(super) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(low_bits(value) | 0x80);
        value >>= 7;
    }
    out.push(low_bits(value));
}

fn low_bits(value: u64) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low & 0x7f
}

/// What `write` appends, with its length before it.
///
/// # Errors
/// That of `write`.
pub(super) fn delimited<E>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
    // Most lengths are one byte. Room for a longer one is made afterwards.
    let before = out.len();
    out.push(0);
    let start = out.len();
    write(out)?;
    let end = out.len();
    let mut length = Vec::new();
    match u8::try_from(end - start) {
        Ok(short @ 0..0x80) => {
            if let Some(byte) = out.get_mut(before) {
                *byte = short;
            }
        }
        Ok(_) | Err(_) => {
            write_varint(&mut length, wide(end - start));
            out.splice(before..start, length);
        }
    }
    Ok(())
}

/// A length of something in memory always fits.
fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Bytes with their length before them.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_varint(out, wide(bytes.len()));
    out.extend_from_slice(bytes);
}

/// Small numbers of either sign as small numbers.
pub(super) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// The lower half, as protobuf reads a number of 32 bits from a varint of 64.
pub(super) fn lower_half(value: u64) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// One field as it lies in a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) number: u32,
    pub(super) value: Raw<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Delimited(&'a [u8]),
    /// Without the tag that ends it.
    Group(&'a [u8]),
    Fixed32([u8; 4]),
}

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

fn truncated() -> Mismatch {
    Mismatch::here("the message is cut off")
}

impl<'a> Bytes<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn varint(&mut self) -> Result<u64, Mismatch> {
        if let [only @ 0..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Ok(u64::from(*only));
        }
        let mut value = 0;
        for (i, byte) in self.0.iter().enumerate().take(10) {
            // Of the tenth byte one bit has room; the others are lost, as everywhere.
            value |= u64::from(byte & 0x7f) << (7 * i);
            if *byte < 0x80 {
                self.0 = self.0.get(i + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.0.len() < 10 { truncated() } else { Mismatch::here("a varint of more than ten bytes") })
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Mismatch> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(truncated)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn delimited(&mut self) -> Result<&'a [u8], Mismatch> {
        let length = usize::try_from(self.varint()?).map_err(|_| truncated())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// The next field, or `None` at the end.
    pub(super) fn part(&mut self) -> Result<Option<Part<'a>>, Mismatch> {
        if self.is_empty() {
            return Ok(None);
        }
        let (number, kind) = self.tag()?;
        if kind == END_GROUP {
            return Err(Mismatch::here("the end of a group that was not begun"));
        }
        let value = if kind == WireType::Group.number() { Raw::Group(self.group(number)?) } else { self.plain(kind)? };
        Ok(Some(Part { number, value }))
    }

    fn tag(&mut self) -> Result<(u32, u32), Mismatch> {
        let tag = u32::try_from(self.varint()?).map_err(|_| Mismatch::here("a tag of more than 32 bits"))?;
        match tag >> 3 {
            0 => Err(Mismatch::here("a field with the number 0")),
            number => Ok((number, tag & 7)),
        }
    }

    fn plain(&mut self, kind: u32) -> Result<Raw<'a>, Mismatch> {
        match kind {
            0 => Ok(Raw::Varint(self.varint()?)),
            1 => Ok(Raw::Fixed64(self.fixed()?)),
            2 => Ok(Raw::Delimited(self.delimited()?)),
            5 => Ok(Raw::Fixed32(self.fixed()?)),
            other => Err(Mismatch::here(format_args!("a field with the wire type {other}"))),
        }
    }

    /// What is in a group, up to its end. Groups inside are counted, not entered: the datum decides how deep this goes.
    fn group(&mut self, number: u32) -> Result<&'a [u8], Mismatch> {
        let whole = self.0;
        let mut open = vec![number];
        while let Some(innermost) = open.last() {
            let before = self.0.len();
            let (number, kind) = self.tag()?;
            if kind == WireType::Group.number() {
                open.push(number);
            } else if kind != END_GROUP {
                self.plain(kind)?;
            } else if number != *innermost {
                return Err(Mismatch::here("groups that end crosswise"));
            } else {
                open.pop();
                if open.is_empty() {
                    return Ok(whole.get(..whole.len() - before).unwrap_or_default());
                }
            }
        }
        Err(truncated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_any_size_stand_before_what_they_count() {
        for size in [0, 1, 127, 128, 300, 20_000] {
            let mut out = vec![7];
            delimited(&mut out, |out| {
                out.extend(vec![1; size]);
                Ok::<_, ()>(())
            })
            .unwrap();
            let mut bytes = Bytes(&out[1..]);
            assert_eq!(bytes.delimited().unwrap(), vec![1; size]);
            assert!(bytes.is_empty());
        }
    }

    #[test]
    fn numbers_survive_zigzag_and_varints() {
        for value in [0, -1, 1, 63, -64, 64, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            write_varint(&mut out, zigzag(value));
            assert_eq!(unzigzag(Bytes(&out).varint().unwrap()), value);
        }
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        for (bytes, reason, why) in [
            (&b"\x08"[..], "the message is cut off", "a tag alone"),
            (b"\x08\x80", "the message is cut off", "half a varint"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a varint of more than ten bytes", "too long"),
            (b"\x0a\x05ab", "the message is cut off", "fewer bytes than told"),
            (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "the message is cut off", "more bytes than memory"),
            (b"\x00\x01", "a field with the number 0", "no such field"),
            (b"\x0e", "a field with the wire type 6", "no such type"),
            (b"\x0c", "the end of a group that was not begun", "only the end"),
            (b"\x0b\x08\x01", "the message is cut off", "a group without end"),
            (b"\x0b\x13\x0c", "groups that end crosswise", "the outer one ends first"),
            (b"\x88\x80\x80\x80\x80\x01\x01", "a tag of more than 32 bits", "numbers have 29 bits"),
        ] {
            assert_eq!(Bytes(bytes).part().unwrap_err().reason, reason, "{why}");
        }
    }

    #[test]
    fn a_group_is_what_stands_between_its_tags() {
        let bytes = b"\x0b\x10\x05\x1b\x1c\x0c\x20\x01";
        let mut read = Bytes(bytes);
        let Ok(Some(Part { number: 1, value: Raw::Group(inside) })) = read.part() else { panic!("no group") };
        assert_eq!(inside, b"\x10\x05\x1b\x1c");
        assert!(matches!(read.part(), Ok(Some(Part { number: 4, value: Raw::Varint(1) }))));
    }
}
