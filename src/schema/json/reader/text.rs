//! Strings and numbers of the pull reader: text as it stands there, if it can be had so.

use std::borrow::Cow;

use super::Reader;
use crate::schema::json::{JsonError, escape::Unicode};

impl<'a> Reader<'a> {
    /// Reads a number and returns its text, which follows the grammar of JSON; no digit is lost.
    ///
    /// # Errors
    /// If the next value is no number.
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        self.spaces()?;
        let from = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => {
                self.at += 1;
                if self.byte().is_some_and(|b| b.is_ascii_digit()) {
                    return Err(self.error("leading zero in a number"));
                }
            }
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.error(if self.at == from { "expected a number" } else { "expected a digit" })),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(self.slice(from, self.at))
    }

    /// Reads a string and returns what it says: a piece of the text if there are no escapes in it.
    ///
    /// # Errors
    /// If the next value is no string, or one that has no UTF-8: half a pair of surrogates is no character.
    pub fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.open_quote()?;
        let from = self.at;
        self.plain();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(self.slice(from, self.at - 1)));
        }
        let mut said = String::from(self.slice(from, self.at));
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(said));
                }
                Some(b'\\') => {
                    let c = self.escape()?;
                    said.push(c.ok_or_else(|| self.error("half a pair of surrogates"))?);
                }
                Some(_) => return Err(self.error("control character in a string")),
                None => return Err(self.error("unexpected end of the text in a string")),
            }
            let from = self.at;
            self.plain();
            said.push_str(self.slice(from, self.at));
        }
    }

    /// Reads over a string. Unlike [`Reader::string`] it does not mind half a pair of surrogates, which is JSON after all.
    pub(super) fn skip_string(&mut self) -> Result<(), JsonError> {
        self.open_quote()?;
        loop {
            self.plain();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape().map(drop)?,
                Some(_) => return Err(self.error("control character in a string")),
                None => return Err(self.error("unexpected end of the text in a string")),
            }
        }
    }

    fn open_quote(&mut self) -> Result<(), JsonError> {
        self.spaces()?;
        if self.byte() != Some(b'"') {
            return Err(self.error("expected a string"));
        }
        self.at += 1;
        Ok(())
    }

    /// Characters that stand for themselves.
    fn plain(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
    }

    /// The character that an escape stands for; the position is at its backslash. `None` if it is half a pair of surrogates.
    fn escape(&mut self) -> Result<Option<char>, JsonError> {
        self.at += 1;
        let c = match self.byte() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unicode = Unicode::read(self.text.as_bytes(), self.at + 1)?;
                self.at = unicode.end;
                return Ok(unicode.character());
            }
            _ => return Err(self.error("unknown escape in a string")),
        };
        self.at += 1;
        Ok(Some(c))
    }

    fn digits(&mut self) {
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), JsonError> {
        if !self.byte().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.error("expected a digit"));
        }
        self.digits();
        Ok(())
    }
}
