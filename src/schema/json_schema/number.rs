//! Numbers as their digits say, whatever their size: no comparison goes through a float.
//!
//! Start with [`Number::read`]. Knows nothing of schemas.

use std::{borrow::Cow, cmp::Ordering};

/// The number `0.digits × 10^exponent`, with its sign. Zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Number<'a> {
    negative: bool,
    /// Without zeros at either end.
    digits: Cow<'a, [u8]>,
    /// Beyond 64 bits it is cut, which makes only numbers equal that nobody can hold.
    exponent: i64,
}

impl<'a> Number<'a> {
    /// From the text of a JSON number.
    pub(super) fn read(text: &'a [u8]) -> Self {
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, power) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => (text.get(..at).unwrap_or_default(), exponent(text.get(at + 1..).unwrap_or_default())),
            None => (text, 0),
        };
        let (whole, digits) = match memchr::memchr(b'.', mantissa) {
            Some(at) => {
                let (whole, fraction) = (mantissa.get(..at).unwrap_or_default(), mantissa.get(at + 1..).unwrap_or_default());
                (whole.len(), Cow::Owned([whole, fraction].concat()))
            }
            None => (mantissa.len(), Cow::Borrowed(mantissa)),
        };
        let leading = digits.iter().take_while(|b| **b == b'0').count();
        let trailing = digits.iter().rev().take_while(|b| **b == b'0').count();
        if leading == digits.len() {
            return Number { negative: false, digits: Cow::Borrowed(b""), exponent: 0 };
        }
        let kept = leading..digits.len().saturating_sub(trailing);
        let digits = match digits {
            Cow::Borrowed(all) => Cow::Borrowed(all.get(kept).unwrap_or_default()),
            Cow::Owned(all) => Cow::Owned(all.get(kept).unwrap_or_default().to_vec()),
        };
        Number { negative, digits, exponent: count(whole).saturating_sub(count(leading)).saturating_add(power) }
    }

    /// The same number with digits of its own.
    pub(super) fn into_owned(self) -> Number<'static> {
        Number { digits: Cow::Owned(self.digits.into_owned()), ..self }
    }

    /// True for numbers without a fraction, however they are written.
    pub(super) fn is_whole(&self) -> bool {
        self.exponent >= count(self.digits.len())
    }

    /// True for numbers above zero.
    pub(super) fn is_positive(&self) -> bool {
        !self.negative && !self.digits.is_empty()
    }

    /// A whole number that a size or a count can be.
    pub(super) fn to_size(&self) -> Option<u64> {
        if self.negative || !self.is_whole() {
            return None;
        }
        let zeros = u32::try_from(self.exponent.saturating_sub(count(self.digits.len()))).ok()?;
        let digits = self.digits.iter().try_fold(0_u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d.wrapping_sub(b'0'))))?;
        if digits == 0 { Some(0) } else { digits.checked_mul(10_u64.checked_pow(zeros)?) }
    }

    /// Where the number ends: the place of its last digit, 0 for units, negative for fractions.
    fn last_place(&self) -> i64 {
        self.exponent.saturating_sub(count(self.digits.len()))
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            (!a.digits.is_empty())
                .cmp(&!b.digits.is_empty())
                .then_with(|| a.exponent.cmp(&b.exponent))
                .then_with(|| a.digits.cmp(&b.digits))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What `multipleOf` asks for.
#[derive(Debug)]
pub(super) struct Divisor {
    /// The digits of the divisor as an integer, above zero.
    digits: u64,
    last_place: i64,
}

impl Divisor {
    /// From a number above zero. `None` if it has more than 19 significant digits: a remainder could not be computed in 128 bits.
    pub(super) fn new(number: &Number<'_>) -> Option<Self> {
        let digits = number.digits.iter().try_fold(0_u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d.wrapping_sub(b'0'))))?;
        (digits > 0).then(|| Divisor { digits, last_place: number.last_place() })
    }

    /// True if the number is this one times an integer.
    pub(super) fn divides(&self, number: &Number<'_>) -> bool {
        if number.digits.is_empty() {
            return true;
        }
        // The digits of a number do not end with 0: with more places than the divisor has, it is no multiple (2.5 and 5, 3 and 20).
        let Ok(zeros) = u64::try_from(number.last_place().saturating_sub(self.last_place)) else { return false };
        let divisor = u128::from(self.digits);
        let remainder = number.digits.iter().fold(0_u128, |r, d| (r * 10 + u128::from(d.wrapping_sub(b'0'))) % divisor);
        (remainder * power_of_ten(zeros, divisor)).is_multiple_of(divisor)
    }
}

/// 10 to the power, modulo a number below 2^64.
fn power_of_ten(mut power: u64, modulo: u128) -> u128 {
    let (mut result, mut base) = (1 % modulo, 10 % modulo);
    while power > 0 {
        if power & 1 == 1 {
            result = result * base % modulo;
        }
        base = base * base % modulo;
        power >>= 1;
    }
    result
}

fn exponent(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let size = digits.iter().fold(0_i64, |n, d| n.saturating_mul(10).saturating_add(i64::from(d.wrapping_sub(b'0'))));
    if negative { -size } else { size }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let ascending = [
            "-1e400",
            "-12345678901234567890123",
            "-2",
            "-1.5",
            "-1",
            "-0.01",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000001",
            "1",
            "9007199254740992",
            "9007199254740993",
            "1e20",
            "100000000000000000001",
            "1e400",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(Number::read(a.as_bytes()).cmp(&Number::read(b.as_bytes())), i.cmp(&j), "{a} and {b}");
            }
        }
        for (a, b) in [("1", "1.0"), ("100", "1e2"), ("0", "-0.0"), ("0.5", "5e-1"), ("1.50", "15E-1"), ("0e5", "0")] {
            assert_eq!(Number::read(a.as_bytes()), Number::read(b.as_bytes()), "{a} and {b}");
        }
    }

    #[test]
    fn whole_numbers_and_sizes() {
        for (text, whole, size) in [
            ("0", true, Some(0)),
            ("5", true, Some(5)),
            ("5.0", true, Some(5)),
            ("1.5e1", true, Some(15)),
            ("1e3", true, Some(1000)),
            ("-1", true, None),
            ("0.5", false, None),
            ("18446744073709551615", true, Some(u64::MAX)),
            ("18446744073709551616", true, None),
            ("1e300", true, None),
        ] {
            let number = Number::read(text.as_bytes());
            assert_eq!((number.is_whole(), number.to_size()), (whole, size), "{text}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (number, divisor, multiple) in [
            ("6", "3", true),
            ("7", "3", false),
            ("0.3", "0.1", true),
            ("1.1", "0.01", true),
            ("0.35", "0.1", false),
            ("2.5", "5", false),
            ("5", "2.5", true),
            ("1e308", "0.5", true),
            ("1e-3", "1", false),
            ("12345678901234567890", "10", true),
            ("12345678901234567891", "10", false),
            ("0", "7", true),
            ("100", "50", true),
            ("30", "20", false),
            ("-9", "3", true),
        ] {
            let divisor = Divisor::new(&Number::read(divisor.as_bytes())).unwrap();
            assert_eq!(divisor.divides(&Number::read(number.as_bytes())), multiple, "{number}");
        }
        assert!(Divisor::new(&Number::read(b"1.23456789012345678901")).is_none());
    }
}
