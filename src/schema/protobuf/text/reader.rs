//! A place in the tokens of a text: what comes next, what must come, and how deep it is nested.

use std::fmt::Display;

use super::{
    MAX_NESTING, Range,
    lexer::{Kind, Token, syntax_error, tokens, unquoted},
};
use crate::schema::kind::Invalid;

/// The highest number that a field may have.
pub(in super::super) const MAX_NUMBER: i32 = 536_870_911;

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, Invalid> {
        Ok(Self { text, tokens: tokens(text)?, next: 0, depth: 0 })
    }

    pub(super) fn peek(&self) -> Token<'a> {
        self.peek_after(0)
    }

    /// The token after `skipped` others.
    pub(super) fn peek_after(&self, skipped: usize) -> Token<'a> {
        self.tokens.get(self.next + skipped).copied().unwrap_or(Token { kind: Kind::End, text: "", at: self.text.len() })
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    /// A refusal that points at the token that comes next.
    pub(super) fn wrong(&self, reason: impl Display) -> Invalid {
        self.wrong_at(self.peek(), reason)
    }

    /// A refusal that points at this token.
    pub(super) fn wrong_at(&self, token: Token<'_>, reason: impl Display) -> Invalid {
        syntax_error(self.text, token.at, reason)
    }

    pub(super) fn expected(&self, what: &str) -> Invalid {
        match self.peek().kind {
            Kind::End => self.wrong(format_args!("unexpected end of file, expected {what}")),
            Kind::Word | Kind::Number | Kind::Text | Kind::Sign => self.wrong(format_args!("expected {what}, not {}", self.peek().text)),
        }
    }

    /// True, and past it, if this sign or word comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let token = self.peek();
        let here = token.text == text && matches!(token.kind, Kind::Sign | Kind::Word);
        self.next += usize::from(here);
        here
    }

    pub(super) fn need(&mut self, sign: &str) -> Result<(), Invalid> {
        if self.take(sign) { Ok(()) } else { Err(self.expected(sign)) }
    }

    pub(super) fn word(&mut self, what: &str) -> Result<&'a str, Invalid> {
        match self.peek().kind {
            Kind::Word => Ok(self.next().text),
            Kind::Number | Kind::Text | Kind::Sign | Kind::End => Err(self.expected(what)),
        }
    }

    /// Words joined by points, perhaps with one before the first.
    pub(super) fn path(&mut self, what: &str) -> Result<String, Invalid> {
        let mut path = String::new();
        if self.take(".") {
            path.push('.');
        }
        path.push_str(self.word(what)?);
        while self.take(".") {
            path.push('.');
            path.push_str(self.word(what)?);
        }
        Ok(path)
    }

    /// One string, or several that stand side by side.
    pub(super) fn string(&mut self, what: &str) -> Result<Vec<u8>, Invalid> {
        let mut said = Vec::new();
        if self.peek().kind != Kind::Text {
            return Err(self.expected(what));
        }
        while self.peek().kind == Kind::Text {
            said.extend(unquoted(self.peek().text).ok_or_else(|| self.wrong("a string with an escape that does not exist"))?);
            self.next += 1;
        }
        Ok(said)
    }

    /// A string that is text.
    pub(super) fn text(&mut self, what: &str) -> Result<String, Invalid> {
        let here = self.peek().at;
        String::from_utf8(self.string(what)?).map_err(|_| syntax_error(self.text, here, "a string that is not UTF-8"))
    }

    /// A whole number in decimal, octal or hexadecimal digits.
    pub(super) fn integer(&mut self, what: &str) -> Result<i32, Invalid> {
        let start = self.next;
        let negative = self.take("-");
        let number = (self.peek().kind == Kind::Number).then(|| whole(self.peek().text)).flatten();
        let signed = number.map(|n| if negative { -n } else { n }).and_then(|n| i32::try_from(n).ok());
        match signed {
            Some(n) => {
                self.next += 1;
                Ok(n)
            }
            None => {
                let wrong = self.expected(what);
                self.next = start;
                Err(wrong)
            }
        }
    }

    /// Something nested, one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Invalid>) -> Result<T, Invalid> {
        if self.depth == MAX_NESTING {
            return Err(self.wrong(format_args!("nested deeper than {MAX_NESTING} levels")));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// `2, 5 to 8, 10 to max`
    pub(super) fn ranges(&mut self) -> Result<Vec<Range>, Invalid> {
        let mut ranges = Vec::new();
        loop {
            let start = self.integer("a number")?;
            let end = if !self.take("to") {
                Some(start)
            } else if self.take("max") {
                None
            } else {
                Some(self.integer("a number or max")?)
            };
            ranges.push(Range { start, end });
            if !self.take(",") {
                return Ok(ranges);
            }
        }
    }
}

fn whole(text: &str) -> Option<i64> {
    let (digits, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    i64::from_str_radix(digits, base).ok()
}
