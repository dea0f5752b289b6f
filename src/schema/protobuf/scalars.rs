//! Scalars between their texts in JSON and their values: numbers without a float between, base64 in both alphabets.

use base64::{
    Engine,
    alphabet::{Alphabet, STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose},
};

use crate::schema::json::writer;

/// The most digits of a number of 64 bits.
const MAX_DIGITS: usize = 20;

/// A whole number that fits into 64 bits, however it is written: `5`, `5.0`, `0.5e1`.
pub(super) fn long(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let (negative, digits) = unsigned_digits(text)?;
        let number = digits.parse::<i128>().ok()?;
        i64::try_from(if negative { -number } else { number }).ok()
    })
}

/// As [`long`], for numbers that are not negative.
pub(super) fn unsigned_long(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| {
        let (negative, digits) = unsigned_digits(text)?;
        digits.parse().ok().filter(|n| !negative || *n == 0)
    })
}

/// The plain digits of a whole number that is written with a point or with an exponent. `None` also if they are too many.
fn unsigned_digits(text: &str) -> Option<(bool, String)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut digits = [whole, fraction].concat();
    let mut exponent = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    while exponent < 0 && digits.ends_with('0') {
        digits.pop();
        exponent += 1;
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some((negative, "0".to_owned()));
    }
    let zeros = usize::try_from(exponent).ok()?;
    if significant.len().saturating_add(zeros) > MAX_DIGITS {
        return None;
    }
    Some((negative, format!("{significant}{}", "0".repeat(zeros))))
}

/// A number, or one of the three that JSON has no number for. `None` also if it is too large.
pub(super) fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ if begins_as_number(text) => text.parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    }
}

/// As [`double`], for 32 bits.
pub(super) fn single(text: &str) -> Option<f32> {
    match text {
        "NaN" => Some(f32::NAN),
        "Infinity" => Some(f32::INFINITY),
        "-Infinity" => Some(f32::NEG_INFINITY),
        _ if begins_as_number(text) => text.parse().ok().filter(|n: &f32| n.is_finite()),
        _ => None,
    }
}

/// Rust reads more words as numbers than JSON does.
fn begins_as_number(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..])
}

/// Appends a number of 64 bits, which is a string in JSON: its readers have floats only.
pub(super) fn write_long(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.push(b'"');
    writer::integer(out, value);
    out.push(b'"');
}

/// Appends bytes as a string.
pub(super) fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written = out.get_mut(start..).and_then(|room| general_purpose::STANDARD.encode_slice(bytes, room).ok());
    out.truncate(start + written.unwrap_or(0));
    out.push(b'"');
}

/// Appends what base64 says, in either alphabet, padded or not. False if it is none.
pub(super) fn read_base64(text: &str, out: &mut Vec<u8>) -> bool {
    const fn engine(alphabet: &Alphabet) -> GeneralPurpose {
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        GeneralPurpose::new(alphabet, config.with_decode_allow_trailing_bits(true))
    }
    const EITHER: [GeneralPurpose; 2] = [engine(&STANDARD), engine(&URL_SAFE)];
    let [standard, url_safe] = &EITHER;
    let engine = if text.contains(['-', '_']) { url_safe } else { standard };
    engine.decode_vec(text, out).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_read_however_it_is_written() {
        for (text, want, why) in [
            ("0", Some(0), "nothing"),
            ("-0", Some(0), "nothing below nothing"),
            ("5.0", Some(5), "a fraction of nothing"),
            ("1e2", Some(100), "an exponent"),
            ("1.50E+1", Some(15), "both"),
            ("100e-2", Some(1), "a negative exponent"),
            ("0e999999999", Some(0), "still nothing"),
            ("9223372036854775807", Some(i64::MAX), "the greatest"),
            ("9223372036854775807.0", Some(i64::MAX), "exactly, for no float is between"),
            ("-9223372036854775808", Some(i64::MIN), "the least"),
            ("9223372036854775808", None, "one more"),
            ("1.5", None, "a fraction"),
            ("1e-1", None, "a fraction by exponent"),
            ("1e30", None, "too large"),
            ("1e999999999999", None, "much too large"),
            ("", None, "no number"),
            ("-", None, "only a sign"),
            (" 1", None, "white space"),
            ("0x1", None, "hexadecimal"),
        ] {
            assert_eq!(long(text), want, "{why}");
        }
        assert_eq!(unsigned_long("18446744073709551615"), Some(u64::MAX));
        assert_eq!(unsigned_long("18446744073709551615.0"), Some(u64::MAX));
        assert_eq!(unsigned_long("18446744073709551616"), None);
        assert_eq!(unsigned_long("-1.0"), None);
    }

    #[test]
    fn floats_are_numbers_or_three_words() {
        assert_eq!(double("1.5"), Some(1.5));
        assert_eq!(double("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(single("1e39"), None, "too large for 32 bits");
        for text in ["inf", "infinity", "nan", "+1", "1e400", "", "x"] {
            assert_eq!(double(text), None, "{text}");
        }
    }

    #[test]
    fn base64_has_two_alphabets_and_needs_no_padding() {
        for (text, want) in [
            ("AP8=", Some(&b"\x00\xff"[..])),
            ("AP8", Some(b"\x00\xff")),
            ("-_8", Some(b"\xfb\xff")),
            ("+/8=", Some(b"\xfb\xff")),
            ("%%", None),
            ("A", None),
        ] {
            let mut out = Vec::new();
            assert_eq!(read_base64(text, &mut out).then_some(&out[..]), want, "{text}");
        }
        let mut out = Vec::new();
        write_base64(&mut out, b"\xfb\xff");
        assert_eq!(out, b"\"+/8=\"");
    }
}
