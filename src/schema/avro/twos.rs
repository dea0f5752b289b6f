//! Whole numbers of any size as bytes in two's complement, the highest byte first, as decimals are kept.

use super::number::Whole;

/// The longest number that is turned into digits, in bytes: some 600 digits, while databases know 76 at most. The work grows with
/// the square of it.
pub(super) const MAX_BYTES: usize = 256;

/// The digits that always fit into [`MAX_BYTES`].
pub(super) const MAX_DIGITS: usize = 600;

/// The fewest bytes that hold a number.
pub(super) fn to_bytes(number: &Whole) -> Vec<u8> {
    // The lowest byte first, as long as it grows.
    let mut bytes: Vec<u8> = Vec::new();
    for digit in number.digits.bytes() {
        let mut carry = digit.wrapping_sub(b'0');
        for byte in &mut bytes {
            [*byte, carry] = (u16::from(*byte) * 10 + u16::from(carry)).to_le_bytes();
        }
        if carry > 0 {
            bytes.push(carry);
        }
    }
    bytes.push(0);
    if number.negative {
        negate(&mut bytes);
    }
    let sign = if number.negative { 0xff } else { 0 };
    while let [.., below, top] = bytes.as_slice()
        && *top == sign
        && (below ^ sign) < 0x80
    {
        bytes.pop();
    }
    bytes.reverse();
    bytes
}

/// A number that so many bytes hold; nothing is zero.
pub(super) fn from_bytes(bytes: &[u8]) -> Whole {
    let negative = bytes.first().is_some_and(|top| *top >= 0x80);
    let mut rest: Vec<u8> = bytes.iter().rev().copied().collect();
    if negative {
        negate(&mut rest);
    }
    let mut digits = Vec::new();
    while rest.iter().any(|b| *b != 0) {
        let mut remainder = 0;
        for byte in rest.iter_mut().rev() {
            let value = u16::from(remainder) * 256 + u16::from(*byte);
            [*byte, _] = (value / 10).to_le_bytes();
            [remainder, _] = (value % 10).to_le_bytes();
        }
        digits.push(char::from(b'0' + remainder));
        while rest.last() == Some(&0) {
            rest.pop();
        }
    }
    Whole { negative, digits: digits.into_iter().rev().collect() }
}

/// Turns a number, the lowest byte first, into its negative.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(value: i128) -> Whole {
        let digits = value.unsigned_abs().to_string();
        Whole { negative: value < 0, digits: if digits == "0" { String::new() } else { digits } }
    }

    #[test]
    fn a_number_takes_as_few_bytes_as_it_can() {
        for (value, bytes) in [
            (0, vec![0]),
            (1, vec![1]),
            (127, vec![127]),
            (128, vec![0, 128]),
            (255, vec![0, 255]),
            (1234, vec![4, 210]),
            (-1, vec![255]),
            (-128, vec![128]),
            (-129, vec![255, 127]),
            (-256, vec![255, 0]),
        ] {
            assert_eq!(to_bytes(&whole(value)), bytes, "{value}");
            assert_eq!(from_bytes(&bytes), whole(value), "{value}");
        }
        assert_eq!(from_bytes(&[]), whole(0));
        assert_eq!(from_bytes(&[0, 0, 4, 210]), whole(1234), "more bytes than needed");
        let most = Whole { negative: true, digits: "9".repeat(MAX_DIGITS) };
        assert!(to_bytes(&most).len() <= MAX_BYTES);
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_machine(value: i128) {
            let bytes = to_bytes(&whole(value));
            let machine = value.to_be_bytes();
            let (sign, low) = machine.split_at(16 - bytes.len().min(16));
            prop_assert_eq!(low, &bytes[..]);
            let filler = if value < 0 { 0xff } else { 0 };
            prop_assert!(sign.iter().all(|b| *b == filler));
            prop_assert_eq!(from_bytes(&bytes), whole(value));
        }
    }
}
