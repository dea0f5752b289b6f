//! The frame before every datum with a schema: a zero, the schema's id in four bytes, and then the datum, which in Protobuf begins
//! with the place of the message in its file.

use bytes::{Buf, Bytes};

/// The first byte of every frame.
const MAGIC: u8 = 0;
/// The bytes before the datum.
const LENGTH: usize = 5;
/// How deep messages may be nested in each other: more than any compiler takes.
const MOST_INDEXES: i64 = 100;

/// The start of a framed datum, with room for so many bytes more.
pub(super) fn begin(id: i32, room: usize) -> Vec<u8> {
    let mut framed = Vec::with_capacity(LENGTH + room);
    framed.push(MAGIC);
    framed.extend_from_slice(&id.to_be_bytes());
    framed
}

/// A framed datum, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct Framed {
    /// The id of its schema.
    pub(in crate::service) id: i32,
    /// What is behind the frame.
    pub(in crate::service) datum: Bytes,
}

impl Framed {
    /// Takes bytes of a record apart, without a copy.
    ///
    /// # Errors
    /// What is wrong with the frame.
    pub(in crate::service) fn read(bytes: &Bytes) -> Result<Self, String> {
        let mut rest = bytes.clone();
        match (rest.try_get_u8(), rest.try_get_i32()) {
            (Ok(MAGIC), Ok(id)) => Ok(Self { id, datum: rest }),
            (Ok(MAGIC) | Err(_), Err(_)) => Err(format!("{} bytes are too few for a datum with a schema", bytes.len())),
            (Ok(first), _) => Err(format!("Unknown magic byte! {first} begins no datum with a schema")),
            (Err(_), Ok(_)) => Err("no bytes".to_owned()),
        }
    }
}

/// Takes the place of a Protobuf message in its file off the datum: its number among the messages of the file, then among those that
/// are nested in that, and so on.
///
/// # Errors
/// What is wrong with it.
pub(in crate::service) fn take_indexes(datum: &mut Bytes) -> Result<Vec<i32>, String> {
    let count = varint(datum)?;
    if !(0..=MOST_INDEXES).contains(&count) {
        return Err(format!("a message cannot be {count} messages deep"));
    }
    if count == 0 {
        // The short form of the first message.
        return Ok(vec![0]);
    }
    let index = |_| varint(datum).and_then(|index| i32::try_from(index).map_err(|_| format!("no file has a message number {index}")));
    (0..count).map(index).collect()
}

/// A number in zigzag, seven bits a byte.
fn varint(from: &mut Bytes) -> Result<i64, String> {
    let mut number = 0_u64;
    for shift in (0..35).step_by(7) {
        let byte = from.try_get_u8().map_err(|_| "the place of the message ends too early".to_owned())?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let half = i64::try_from(number >> 1).unwrap_or(i64::MAX);
            return Ok(if number & 1 == 0 { half } else { -half - 1 });
        }
    }
    Err("the place of the message is no number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_is_written() {
        let mut framed = begin(0x0102_0304, 2);
        framed.extend_from_slice(b"ab");
        assert_eq!(framed, b"\x00\x01\x02\x03\x04ab");
        let read = Framed::read(&Bytes::from(framed)).unwrap();
        assert_eq!(read, Framed { id: 0x0102_0304, datum: Bytes::from_static(b"ab") });
        let empty = Framed::read(&Bytes::from_static(b"\0\0\0\0\x01")).unwrap();
        assert_eq!((empty.id, empty.datum.len()), (1, 0), "an empty datum is one");
    }

    #[test]
    fn what_has_no_frame_is_told() {
        for (bytes, want) in [
            (&b""[..], "0 bytes are too few"),
            (b"\0\0\0\0", "4 bytes are too few"),
            (b"{\"a\":1}", "magic"),
            (b"plain", "magic"),
            (b"x", "magic"),
        ] {
            let why = Framed::read(&Bytes::from_static(bytes)).unwrap_err();
            assert!(why.contains(want), "{bytes:?}: {why}");
        }
    }

    #[test]
    fn the_place_of_a_message_is_taken_off() {
        for (bytes, want, rest) in [
            (&b"\0ab"[..], Ok(vec![0]), &b"ab"[..]),
            (b"\x02\x02a", Ok(vec![1]), b"a"),
            (b"\x04\x02\x00", Ok(vec![1, 0]), b""),
            (b"\x02\xd8\x04a", Ok(vec![300]), b"a"),
            (b"\x04\x02", Err("the place of the message ends too early".to_owned()), b""),
            (b"\x01", Err("a message cannot be -1 messages deep".to_owned()), b""),
            (b"\xff\xff\xff\xff\xff", Err("the place of the message is no number".to_owned()), b""),
        ] {
            let mut datum = Bytes::from_static(bytes);
            assert_eq!(take_indexes(&mut datum), want, "{bytes:?}");
            assert_eq!(datum, rest, "{bytes:?}");
        }
    }
}
