//! The place of a message in its file, which stands before the message on the wire: its number among the messages of the file, then
//! among those that are nested in that one, and so on; how many they are comes first. Knows nothing of any file.

use super::{
    text::MAX_NESTING,
    wire::{Bytes, unzigzag, write_varint, zigzag},
};
use crate::schema::kind::Mismatch;

/// Appends a place.
pub(super) fn write(path: &[usize], out: &mut Vec<u8>) {
    // The first message is so frequent that it has a form of its own.
    if path == [0] {
        return out.push(0);
    }
    for number in [path.len()].iter().chain(path) {
        write_varint(out, zigzag(i64::try_from(*number).unwrap_or(i64::MAX)));
    }
}

/// Reads a place, and calls `step` with each number.
///
/// # Errors
/// If the bytes are no place; what `step` says.
pub(super) fn read(bytes: &mut Bytes<'_>, mut step: impl FnMut(i32) -> Result<(), Mismatch>) -> Result<(), Mismatch> {
    let count = number(bytes)?;
    match usize::try_from(count) {
        Ok(0) => step(0),
        Ok(1..=MAX_NESTING) => (0..count).try_for_each(|_| step(number(bytes)?)),
        Ok(_) | Err(_) => Err(Mismatch::here(format_args!("{count} message indexes"))),
    }
}

fn number(bytes: &mut Bytes<'_>) -> Result<i32, Mismatch> {
    let number = unzigzag(bytes.varint()?);
    i32::try_from(number).map_err(|_| Mismatch::here(format_args!("the message index {number}")))
}

/// Takes the place off a datum, for somebody who reads the message himself: the numbers, and what is behind them.
///
/// # Errors
/// If the bytes do not begin with a place.
pub fn take(datum: &[u8]) -> Result<(Vec<i32>, &[u8]), Mismatch> {
    let (mut bytes, mut path) = (Bytes(datum), Vec::new());
    read(&mut bytes, |number| {
        path.push(number);
        Ok(())
    })?;
    Ok((path, bytes.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for (path, bytes) in [(&[0][..], &b"\0"[..]), (&[1], b"\x02\x02"), (&[1, 0], b"\x04\x02\x00"), (&[300], b"\x02\xd8\x04")] {
            let mut written = Vec::new();
            write(path, &mut written);
            assert_eq!(written, bytes, "{path:?}");
            written.extend_from_slice(b"ab");
            let (read, rest) = take(&written).unwrap();
            assert_eq!(read.iter().map(|n| usize::try_from(*n).unwrap()).collect::<Vec<_>>(), path);
            assert_eq!(rest, b"ab", "{path:?}");
        }
        assert_eq!(take(b"\x02\x00").unwrap(), (vec![0], &b""[..]), "the long form of the first");
    }

    #[test]
    fn what_is_no_place_is_told() {
        for (bytes, want) in [
            (&b""[..], "cut off"),
            (b"\x04\x02", "cut off"),
            (b"\x01", "-1 message indexes"),
            (b"\x82\x01\x02", "65 message indexes"),
            (b"\x02\xff\xff\xff\xff\x7f", "the message index -"),
            (&[0xff; 10], "more than ten bytes"),
        ] {
            let why = take(bytes).unwrap_err().to_string();
            assert!(why.contains(want), "{bytes:?}: {why}");
        }
    }
}
