//! Cuts a `.proto` text into words, numbers, strings and signs. White space and comments are left out.

use std::fmt::Write as _;

use crate::schema::kind::Invalid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// With its quotes.
    Text,
    /// One character.
    Sign,
    End,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Bytes from the start of the text.
    pub(super) at: usize,
}

/// A refusal that names line and column.
pub(super) fn syntax_error(text: &str, at: usize, reason: impl std::fmt::Display) -> Invalid {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    Invalid { reason: format!("syntax error at {line}:{column}: {reason}") }
}

/// All tokens, and [`Kind::End`] as the last.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Invalid> {
    let bytes = text.as_bytes();
    let byte = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let run = |from: usize, belongs: fn(u8) -> bool| from + bytes.iter().skip(from).take_while(|b| belongs(**b)).count();
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < bytes.len() {
        let (kind, end) = match (byte(at), byte(at + 1)) {
            (b, _) if b.is_ascii_whitespace() || b == 0x0b => {
                at += 1;
                continue;
            }
            (b'/', b'/') => {
                at = run(at, |b| b != b'\n');
                continue;
            }
            (b'/', b'*') => {
                let inside = text.get(at + 2..).and_then(|t| t.find("*/"));
                let Some(length) = inside else { return Err(syntax_error(text, at, "a comment without end")) };
                at += length + 4;
                continue;
            }
            (b, _) if b.is_ascii_alphabetic() || b == b'_' => (Kind::Word, run(at, |b| b.is_ascii_alphanumeric() || b == b'_')),
            (b, next) if b.is_ascii_digit() || b == b'.' && next.is_ascii_digit() => (Kind::Number, number_end(bytes, at)),
            (b'"' | b'\'', _) => match text_end(bytes, at) {
                Some(end) => (Kind::Text, end),
                None => return Err(syntax_error(text, at, "a string without end")),
            },
            (b, _) if b.is_ascii_graphic() => (Kind::Sign, at + 1),
            _ => return Err(syntax_error(text, at, "unexpected character")),
        };
        found.push(Token { kind, text: text.get(at..end).unwrap_or_default(), at });
        at = end;
    }
    found.push(Token { kind: Kind::End, text: "", at: text.len() });
    Ok(found)
}

/// Digits, letters and points, and a sign after an `e` unless the number is hexadecimal.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let hexadecimal = matches!(bytes.get(start + 1), Some(b'x' | b'X'));
    let mut end = start;
    while let Some(b) = bytes.get(end) {
        let exponent = end > start && !hexadecimal && matches!(bytes.get(end - 1), Some(b'e' | b'E'));
        if b.is_ascii_alphanumeric() || *b == b'.' || exponent && matches!(b, b'+' | b'-') {
            end += 1;
        } else {
            break;
        }
    }
    end
}

/// After the closing quote.
fn text_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes.get(start)?;
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'\n' => return None,
            b'\\' => at += 2,
            b if b == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// What a quoted string says. `None` if it has an escape that there is not.
pub(super) fn unquoted(text: &str) -> Option<Vec<u8>> {
    let inside = text.get(1..text.len().checked_sub(1)?)?.as_bytes();
    let mut said = Vec::with_capacity(inside.len());
    let mut rest = inside.iter().copied().peekable();
    while let Some(b) = rest.next() {
        if b != b'\\' {
            said.push(b);
            continue;
        }
        let escape = rest.next()?;
        let digits = |base: u32, most: usize, rest: &mut std::iter::Peekable<_>| {
            let mut number = None;
            for _ in 0..most {
                let Some(digit) = rest.peek().and_then(|b: &u8| char::from(*b).to_digit(base)) else { break };
                number = Some(number.unwrap_or(0) * base + digit);
                rest.next();
            }
            number
        };
        match escape {
            b'a' => said.push(0x07),
            b'b' => said.push(0x08),
            b'f' => said.push(0x0c),
            b'n' => said.push(b'\n'),
            b'r' => said.push(b'\r'),
            b't' => said.push(b'\t'),
            b'v' => said.push(0x0b),
            b'\\' | b'\'' | b'"' | b'?' => said.push(escape),
            b'x' | b'X' => said.push(u8::try_from(digits(16, 2, &mut rest)?).ok()?),
            b'u' | b'U' => {
                let c = char::from_u32(digits(16, if escape == b'u' { 4 } else { 8 }, &mut rest)?)?;
                said.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            b'0'..=b'7' => {
                let more = if rest.peek().is_some_and(|b| (b'0'..=b'7').contains(b)) { 2 } else { 0 };
                let first = u32::from(escape - b'0');
                let mut number = first;
                for _ in 0..more {
                    let Some(digit) = rest.peek().and_then(|b| char::from(*b).to_digit(8)) else { break };
                    number = number * 8 + digit;
                    rest.next();
                }
                said.push(u8::try_from(number).ok()?);
            }
            _ => return None,
        }
    }
    Some(said)
}

/// The same bytes as a string with double quotes.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for part in bytes.utf8_chunks() {
        for c in part.valid().chars() {
            match c {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                c if c.is_ascii_control() => write_octal(&mut text, u32::from(c)),
                c => text.push(c),
            }
        }
        for b in part.invalid() {
            write_octal(&mut text, u32::from(*b));
        }
    }
    text.push('"');
    text
}

fn write_octal(text: &mut String, number: u32) {
    // Writing into a string cannot fail.
    let _ = write!(text, "\\{number:03o}");
}
