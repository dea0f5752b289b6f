//! The grammar of JSON over bytes, without recursion: finds where a value ends, and tells an [`Edit`] what could be shorter.

use super::{BOM, JsonError, MAX_DEPTH, escape::Unicode, is_space};

/// Hears what of a text need not be as it is.
pub(super) trait Edit {
    /// The value starts here.
    fn begin(&mut self, _start: usize) {}

    /// The bytes between the two offsets can be these. Called in the order of the text.
    fn replace(&mut self, from: usize, to: usize, with: &[u8]);
}

/// Checks the value that the text begins with, which may nest `levels` deep, and returns where it starts and where it ends.
pub(super) fn scan(text: &[u8], edit: &mut impl Edit, levels: usize) -> Result<(usize, usize), JsonError> {
    let mut s = Scanner { text, at: 0, edit, depth: 0, levels: levels.min(MAX_DEPTH), objects: [0; MAX_DEPTH / 64 + 1] };
    if text.starts_with(BOM) {
        s.at = BOM.len();
    }
    while s.peek().is_some_and(is_space) {
        s.at += 1;
    }
    let start = s.at;
    s.edit.begin(start);
    s.value()?;
    let end = s.at;
    match std::str::from_utf8(text.get(start..end).unwrap_or_default()) {
        Ok(_) => Ok((start, end)),
        Err(e) => Err(JsonError { offset: start + e.valid_up_to(), reason: "invalid UTF-8" }),
    }
}

struct Scanner<'a, E> {
    text: &'a [u8],
    at: usize,
    edit: &'a mut E,
    depth: usize,
    /// How deep the value may nest, at most [`MAX_DEPTH`].
    levels: usize,
    /// A bit for each open level: 1 is an object, 0 an array.
    objects: [u64; MAX_DEPTH / 64 + 1],
}

impl<E: Edit> Scanner<'_, E> {
    /// One value with all that is in it. Each round of the loop reads what may stand where a value may stand.
    fn value(&mut self) -> Result<(), JsonError> {
        loop {
            match self.peek() {
                Some(b'{') => {
                    self.open(true)?;
                    if self.peek() != Some(b'}') {
                        self.name()?;
                        continue;
                    }
                    self.close();
                }
                Some(b'[') => {
                    self.open(false)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.close();
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(_) => return Err(self.error("expected a value")),
                None => return Err(self.error("unexpected end of the text, expected a value")),
            }
            if self.after_value()? {
                return Ok(());
            }
        }
    }

    /// What follows a value in its array or object: closes all that end here. True if the outermost value is complete, false if
    /// another value follows.
    fn after_value(&mut self) -> Result<bool, JsonError> {
        while self.depth > 0 {
            self.spaces();
            match (self.peek(), self.in_object()) {
                (Some(b','), true) => {
                    self.at += 1;
                    self.spaces();
                    self.name()?;
                    return Ok(false);
                }
                (Some(b','), false) => {
                    self.at += 1;
                    self.spaces();
                    return Ok(false);
                }
                (Some(b'}'), true) | (Some(b']'), false) => self.close(),
                (Some(_), true) => return Err(self.error("expected a comma or a closing brace")),
                (Some(_), false) => return Err(self.error("expected a comma or a closing bracket")),
                (None, _) => return Err(self.error("unexpected end of the text")),
            }
        }
        Ok(true)
    }

    /// The name of a member and its colon.
    fn name(&mut self) -> Result<(), JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected the name of a member in double quotes"));
        }
        self.string()?;
        self.spaces();
        if self.peek() != Some(b':') {
            return Err(self.error("expected a colon"));
        }
        self.at += 1;
        self.spaces();
        Ok(())
    }

    fn open(&mut self, object: bool) -> Result<(), JsonError> {
        if self.depth == self.levels {
            return Err(self.error("nested too deeply"));
        }
        if let Some(bits) = self.objects.get_mut(self.depth / 64) {
            let bit = 1 << (self.depth % 64);
            *bits = if object { *bits | bit } else { *bits & !bit };
        }
        self.depth += 1;
        self.at += 1;
        self.spaces();
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn in_object(&self) -> bool {
        let level = self.depth.saturating_sub(1);
        self.objects.get(level / 64).is_some_and(|bits| bits & (1 << (level % 64)) != 0)
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let run = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            if let Some(control) = rest.iter().take(run).position(|b| *b < 0x20) {
                self.at += control;
                return Err(self.error("control character in a string"));
            }
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => self.escape()?,
                None => return Err(self.error("unexpected end of the text in a string")),
            }
        }
    }

    /// An escape in a string; the position is at its backslash.
    fn escape(&mut self) -> Result<(), JsonError> {
        let from = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'/') => {
                self.at += 1;
                self.edit.replace(from, self.at, b"/");
            }
            Some(b'u') => {
                let unicode = Unicode::read(self.text, self.at + 1)?;
                self.at = unicode.end;
                self.shorten(from, &unicode);
            }
            _ => return Err(self.error("unknown escape in a string")),
        }
        Ok(())
    }

    /// The shortest form of a `\u` escape that has just been read. Half a pair of surrogates is no character: it stays an escape.
    fn shorten(&mut self, from: usize, unicode: &Unicode) {
        let mut utf8 = [0; 4];
        match unicode.character() {
            Some('"') => self.edit.replace(from, self.at, b"\\\""),
            Some('\\') => self.edit.replace(from, self.at, b"\\\\"),
            Some('\u{8}') => self.edit.replace(from, self.at, b"\\b"),
            Some('\u{c}') => self.edit.replace(from, self.at, b"\\f"),
            Some('\n') => self.edit.replace(from, self.at, b"\\n"),
            Some('\r') => self.edit.replace(from, self.at, b"\\r"),
            Some('\t') => self.edit.replace(from, self.at, b"\\t"),
            Some(c) if c >= ' ' => self.edit.replace(from, self.at, c.encode_utf8(&mut utf8).as_bytes()),
            Some(_) | None => {
                let escape = format!("\\u{:04X}", unicode.unit);
                if self.text.get(from..self.at) != Some(escape.as_bytes()) {
                    self.edit.replace(from, self.at, escape.as_bytes());
                }
            }
        }
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return Err(self.error("leading zero in a number"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.error("expected a digit"));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), JsonError> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.error("expected true, false or null"));
        }
        self.at += word.len();
        Ok(())
    }

    /// White space between tokens, which need not be there.
    fn spaces(&mut self) {
        let from = self.at;
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        if self.at > from {
            self.edit.replace(from, self.at, b"");
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn error(&self, reason: &'static str) -> JsonError {
        JsonError { offset: self.at, reason }
    }
}
