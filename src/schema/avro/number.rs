//! Numbers of JSON as integers, and as decimals of a fixed scale: exactly, or not at all.
//!
//! Never goes through a floating-point number. Start with [`integer`] and [`unscaled`].

use std::fmt;

/// Why a number cannot be had exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It has more digits behind the point.
    Fraction,
    /// It is too large.
    Range,
}

/// The digits of the largest number of 64 bits.
const DIGITS_OF_LONG: usize = 19;

/// An integer that may be written as `1.0` or `1e3`.
///
/// # Errors
/// If it is none, or too large.
pub(super) fn integer(text: &str) -> Result<i64, Unfit> {
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    let whole = unscaled(text, 0, DIGITS_OF_LONG)?;
    whole.to_string().parse().map_err(|_| Unfit::Range)
}

/// A whole number of any size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole {
    /// Below zero.
    pub(super) negative: bool,
    /// Without zeros in front; nothing is zero.
    pub(super) digits: String,
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        write!(f, "{}{digits}", if self.negative { "-" } else { "" })
    }
}

/// A number times ten to the power of a scale, if that is whole and has so many digits at most. The text follows the grammar of JSON.
///
/// # Errors
/// If it is not whole, or too large.
pub(super) fn unscaled(text: &str, scale: usize, most: usize) -> Result<Whole, Unfit> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    digits.drain(..digits.len() - digits.trim_start_matches('0').len());
    if digits.is_empty() {
        return Ok(Whole { negative: false, digits });
    }
    // An exponent of more digits than a number has shifts any number out of sight.
    let exponent = exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let shift = exponent.saturating_sub(length(fraction.len())).saturating_add(length(scale));
    if shift >= 0 {
        let zeros = usize::try_from(shift).unwrap_or(usize::MAX);
        if digits.len().saturating_add(zeros) > most {
            return Err(Unfit::Range);
        }
        digits.extend(std::iter::repeat_n('0', zeros));
    } else {
        let dropped = usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX);
        let kept = digits.len().checked_sub(dropped).ok_or(Unfit::Fraction)?;
        if digits.get(kept..).is_some_and(|dropped| dropped.bytes().any(|b| b != b'0')) {
            return Err(Unfit::Fraction);
        }
        digits.truncate(kept);
        if digits.len() > most {
            return Err(Unfit::Range);
        }
    }
    Ok(Whole { negative, digits })
}

/// True if a text is a number by the grammar of JSON.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_integers_however_they_are_written() {
        for (text, want) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("-0.0", Ok(0)),
            ("1.0", Ok(1)),
            ("1e3", Ok(1000)),
            ("-12.50e1", Ok(-125)),
            ("1000e-3", Ok(1)),
            ("0e999999999999999999999", Ok(0)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("-9223372036854775808.0", Ok(i64::MIN)),
            ("9223372036854775808", Err(Unfit::Range)),
            ("1e19", Err(Unfit::Range)),
            ("1e999999999999999999999", Err(Unfit::Range)),
            ("1.5", Err(Unfit::Fraction)),
            ("1e-1", Err(Unfit::Fraction)),
            ("1e-999999999999999999999", Err(Unfit::Fraction)),
            ("10e-2", Err(Unfit::Fraction)),
        ] {
            assert_eq!(integer(text), want, "{text}");
        }
    }

    #[test]
    fn a_decimal_keeps_all_digits_or_is_refused() {
        for (text, scale, want) in [
            ("12.34", 2, Ok("1234")),
            ("12.3", 2, Ok("1230")),
            ("12", 2, Ok("1200")),
            ("-0.01", 2, Ok("-1")),
            ("1.2340", 3, Ok("1234")),
            ("12.345", 2, Err(Unfit::Fraction)),
            ("123456", 2, Err(Unfit::Range)),
            ("1e4", 2, Err(Unfit::Range)),
        ] {
            assert_eq!(unscaled(text, scale, 6).map(|w| w.to_string()), want.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn numbers_are_told_from_other_text() {
        for text in ["0", "-1", "1.50", "1e3", "1E+3", "0.1e-7"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "NaN", " 1", "1 ", "1_0"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
