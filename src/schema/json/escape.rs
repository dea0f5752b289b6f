//! The `\u` escapes of JSON strings, for those who read strings in their own ways.

use super::JsonError;

/// A `\u` escape.
pub(super) struct Unicode {
    /// What it says, in UTF-16.
    pub(super) unit: u16,
    /// The second half of a pair of surrogates, if it is the first and another escape with that follows.
    low: Option<u16>,
    /// Where the text behind it begins.
    pub(super) end: usize,
}

impl Unicode {
    /// The escape whose four digits begin at `at`.
    ///
    /// # Errors
    /// At what stands in the place of a digit.
    pub(super) fn read(text: &[u8], at: usize) -> Result<Self, JsonError> {
        let (unit, end) = hex(text, at)?;
        if (0xd800..0xdc00).contains(&unit) && text.get(end..).is_some_and(|rest| rest.starts_with(b"\\u")) {
            let low = hex(text, end + 2).ok().filter(|(low, _)| (0xdc00..0xe000).contains(low));
            if let Some((low, end)) = low {
                return Ok(Self { unit, low: Some(low), end });
            }
        }
        Ok(Self { unit, low: None, end })
    }

    /// The character; none for half a pair.
    pub(super) fn character(&self) -> Option<char> {
        char::decode_utf16([self.unit].into_iter().chain(self.low)).next().and_then(Result::ok)
    }
}

/// Four digits, and where they end.
fn hex(text: &[u8], at: usize) -> Result<(u16, usize), JsonError> {
    let wrong = |offset| JsonError { offset, reason: "expected four hexadecimal digits" };
    let mut unit = 0;
    for at in at..at + 4 {
        let digit = text.get(at).and_then(|b| char::from(*b).to_digit(16)).ok_or(wrong(at))?;
        unit = unit * 16 + digit;
    }
    Ok((u16::try_from(unit).map_err(|_| wrong(at))?, at + 4))
}
