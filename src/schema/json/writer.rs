//! Appends JSON to a buffer: strings with their escapes, and numbers. Punctuation is the caller's.
//!
//! Escapes are those of [`compact`](super::compact): only what JSON needs. Start with [`string`].

/// Appends a string with its quotes.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((special, after)) = special.split_first() else { break };
        escape(out, *special);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends bytes as a string of as many characters: byte 0xE9 is é, as in ISO-8859-1.
pub fn latin1(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' | 0..0x20 => escape(out, byte),
            0x20..0x80 => out.push(byte),
            // The two bytes of a character below U+0100 in UTF-8.
            0x80.. => out.extend_from_slice(&[0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)]),
        }
    }
    out.push(b'"');
}

/// Appends an integer.
pub fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a number of 64 bits, in the fewest digits that read back as the same; what is no number in JSON as the string `"NaN"`,
/// `"Infinity"` or `"-Infinity"`.
pub fn double(out: &mut Vec<u8>, value: f64) {
    float(out, value, value.is_nan(), value.is_infinite(), value > 0.0);
}

/// As [`double`], for a number of 32 bits.
pub fn single(out: &mut Vec<u8>, value: f32) {
    float(out, value, value.is_nan(), value.is_infinite(), value > 0.0);
}

fn float(out: &mut Vec<u8>, value: impl ryu::Float, nan: bool, infinite: bool, positive: bool) {
    match (nan, infinite, positive) {
        (true, _, _) => out.extend_from_slice(b"\"NaN\""),
        (false, true, true) => out.extend_from_slice(b"\"Infinity\""),
        (false, true, false) => out.extend_from_slice(b"\"-Infinity\""),
        (false, false, _) => out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes()),
    }
}

/// Appends the escape of a byte that cannot stand in a string by itself.
fn escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0c => out.extend_from_slice(b"\\f"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        other => {
            out.extend_from_slice(b"\\u00");
            for nibble in [other >> 4, other & 0xf] {
                out.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::schema::json::{compact, reader::Reader};

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bytes_become_as_many_characters() {
        let all: Vec<u8> = (0..=255).collect();
        let text = written(|out| latin1(out, &all));
        let read = Reader::over(&text, 1).string().unwrap().chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<_>>();
        assert_eq!(read, all);
        assert_eq!(written(|out| latin1(out, b"\x00\x1fa\xe9\xff")), "\"\\u0000\\u001Faéÿ\"");
    }

    #[test]
    fn numbers_have_the_fewest_digits_that_read_back() {
        for (value, want) in [(0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (0.1, "0.1"), (1e300, "1e300"), (1e-7, "1e-7")] {
            assert_eq!(written(|out| double(out, value)), want);
        }
        assert_eq!(written(|out| single(out, 0.1)), "0.1", "32 bits have fewer digits");
        assert_eq!(written(|out| single(out, f32::MAX)), "3.4028235e38");
        assert_eq!(written(|out| integer(out, i64::MIN)), "-9223372036854775808");
    }

    #[test]
    fn what_is_no_number_in_json_is_text() {
        assert_eq!(written(|out| double(out, f64::NAN)), "\"NaN\"");
        assert_eq!(written(|out| double(out, f64::INFINITY)), "\"Infinity\"");
        assert_eq!(written(|out| single(out, f32::NEG_INFINITY)), "\"-Infinity\"");
    }

    proptest! {
        #[test]
        fn strings_read_back_and_are_compact(said in "\\PC{0,20}|[\\x00-\\x7f]{0,20}") {
            let text = written(|out| string(out, &said));
            prop_assert_eq!(serde_json::from_str::<String>(&text).unwrap(), said);
            let bytes = Bytes::from(text);
            prop_assert_eq!(compact(&bytes).unwrap(), bytes);
        }
    }
}
