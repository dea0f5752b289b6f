//! The frame before every datum with a schema: a zero, the schema's id in four bytes, and then the datum.

use bytes::{Buf, Bytes};

/// The first byte of every frame.
const MAGIC: u8 = 0;
/// The bytes before the datum.
const LENGTH: usize = 5;

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
}
