//! A pull reader over JSON text: whoever knows what a text should hold asks for it, value by value, and no tree is built.
//!
//! Checks the grammar as far as it is asked to read. A reader is small and may be copied: a copy stays where it is, so that a
//! value can be read a second time. Start with [`Reader`].

#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;

use super::{BOM, JsonError, is_space};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// `[…]`.
    Array,
    /// `{…}`.
    Object,
}

impl Token {
    /// With its article, for sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Reads one JSON value after the other out of a text.
///
/// Arrays and objects are entered, then asked for their next element or member until there is none:
///
/// ```
/// use barnabas::schema::json::reader::Reader;
///
/// let mut r = Reader::new(br#"{"a": [1, 2.50], "b": "x"}"#, 10)?;
/// r.enter_object()?;
/// while let Some(name) = r.next_member()? {
///     if name == "a" {
///         r.enter_array()?;
///         assert!(r.next_item()?);
///         assert_eq!(r.number()?, "1");
///         assert!(r.next_item()?);
///         assert_eq!(r.number()?, "2.50");
///         assert!(!r.next_item()?);
///     } else {
///         r.skip()?;
///     }
/// }
/// r.end()?;
/// # Ok::<(), barnabas::schema::json::JsonError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How many more arrays and objects may be entered.
    levels: usize,
    /// The innermost array or object was entered and nothing of it read yet: its first value has no comma before it.
    entered: bool,
    /// White space may hold comments.
    comments: bool,
}

impl<'a> Reader<'a> {
    /// At the start of a text that may nest so many levels deep. A byte order mark is skipped.
    ///
    /// # Errors
    /// If the text is not UTF-8.
    pub fn new(text: &'a [u8], levels: usize) -> Result<Self, JsonError> {
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Self::over(text, levels)),
            Err(e) => Err(JsonError { offset: e.valid_up_to(), reason: "invalid UTF-8" }),
        }
    }

    /// As [`Reader::new`], for text that is known to be UTF-8.
    pub fn over(text: &'a str, levels: usize) -> Self {
        let at = if text.as_bytes().starts_with(BOM) { BOM.len() } else { 0 };
        Self { text, at, levels, entered: false, comments: false }
    }

    /// The same, but `/* … */` and `// …` are white space.
    #[must_use]
    pub fn with_comments(self) -> Self {
        Self { comments: true, ..self }
    }

    /// Where the reader is, in bytes from the start of the text.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// How many more arrays and objects may be entered.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// What the next value is.
    ///
    /// # Errors
    /// If there is none.
    pub fn peek(&mut self) -> Result<Token, JsonError> {
        self.spaces()?;
        match self.byte() {
            Some(b'{') => Ok(Token::Object),
            Some(b'[') => Ok(Token::Array),
            Some(b'"') => Ok(Token::String),
            Some(b'-' | b'0'..=b'9') => Ok(Token::Number),
            Some(b't' | b'f') => Ok(Token::Boolean),
            Some(b'n') => Ok(Token::Null),
            Some(_) => Err(self.error("expected a value")),
            None => Err(self.error("unexpected end of the text, expected a value")),
        }
    }

    /// Reads `null`.
    ///
    /// # Errors
    /// If the next value is another one.
    pub fn null(&mut self) -> Result<(), JsonError> {
        self.spaces()?;
        self.word("null", "expected null")
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// If the next value is another one.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        self.spaces()?;
        match self.byte() {
            Some(b't') => self.word("true", "expected true or false").map(|()| true),
            _ => self.word("false", "expected true or false").map(|()| false),
        }
    }

    /// Enters an array. [`Reader::next_item`] leaves it.
    ///
    /// # Errors
    /// If the next value is no array, or one too deep.
    pub fn enter_array(&mut self) -> Result<(), JsonError> {
        self.spaces()?;
        self.enter(b'[', "expected an array")
    }

    /// Goes to the next item of the array that was entered last and not left yet; false if there is none, and the array is left.
    ///
    /// # Errors
    /// If neither a comma nor the end of the array follows.
    pub fn next_item(&mut self) -> Result<bool, JsonError> {
        self.next(b']', "expected a comma or the end of the array")
    }

    /// Enters an object. [`Reader::next_member`] leaves it.
    ///
    /// # Errors
    /// If the next value is no object, or one too deep.
    pub fn enter_object(&mut self) -> Result<(), JsonError> {
        self.spaces()?;
        self.enter(b'{', "expected an object")
    }

    /// Reads the name of the next member of the object that was entered last and not left yet, and goes to its value; `None` if
    /// there is none, and the object is left.
    ///
    /// # Errors
    /// If neither a member nor the end of the object follows.
    pub fn next_member(&mut self) -> Result<Option<Cow<'a, str>>, JsonError> {
        if !self.next(b'}', "expected a comma or the end of the object")? {
            return Ok(None);
        }
        if self.byte() != Some(b'"') {
            return Err(self.error("expected a member"));
        }
        let name = self.string()?;
        self.spaces()?;
        if self.byte() != Some(b':') {
            return Err(self.error("expected a colon"));
        }
        self.at += 1;
        Ok(Some(name))
    }

    /// Reads over the next value, whatever it is, and checks it.
    ///
    /// # Errors
    /// If there is none, or if it nests too deep.
    pub fn skip(&mut self) -> Result<(), JsonError> {
        // Not by recursion: the text decides how deep this goes.
        let mut open = Vec::new();
        loop {
            match self.peek()? {
                Token::Null => self.null()?,
                Token::Boolean => self.boolean().map(drop)?,
                Token::Number => self.number().map(drop)?,
                Token::String => self.skip_string()?,
                Token::Array => {
                    self.enter_array()?;
                    open.push(Token::Array);
                }
                Token::Object => {
                    self.enter_object()?;
                    open.push(Token::Object);
                }
            }
            loop {
                let more = match open.last() {
                    None => return Ok(()),
                    Some(Token::Object) => self.next_member()?.is_some(),
                    Some(_) => self.next_item()?,
                };
                if more {
                    break;
                }
                open.pop();
            }
        }
    }

    /// Reads over the next value and returns its text as it stands there.
    ///
    /// # Errors
    /// As [`Reader::skip`].
    pub fn raw(&mut self) -> Result<&'a str, JsonError> {
        self.spaces()?;
        let from = self.at;
        self.skip()?;
        Ok(self.slice(from, self.at))
    }

    /// Checks that nothing but white space follows.
    ///
    /// # Errors
    /// If something does.
    pub fn end(&mut self) -> Result<(), JsonError> {
        self.spaces()?;
        match self.byte() {
            None => Ok(()),
            Some(_) => Err(self.error("text after the value")),
        }
    }

    fn enter(&mut self, bracket: u8, reason: &'static str) -> Result<(), JsonError> {
        if self.byte() != Some(bracket) {
            return Err(self.error(reason));
        }
        self.levels = self.levels.checked_sub(1).ok_or_else(|| self.error("nested too deep"))?;
        self.at += 1;
        self.entered = true;
        Ok(())
    }

    /// True if another value of the array or object follows, which stands behind the comma then.
    fn next(&mut self, bracket: u8, reason: &'static str) -> Result<bool, JsonError> {
        let first = std::mem::take(&mut self.entered);
        self.spaces()?;
        match self.byte() {
            Some(b) if b == bracket => {
                self.at += 1;
                self.levels += 1;
                Ok(false)
            }
            Some(_) if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                self.spaces()?;
                if self.byte() == Some(bracket) {
                    return Err(self.error("nothing after a comma"));
                }
                Ok(true)
            }
            Some(_) => Err(self.error(reason)),
            None => Err(self.error("unexpected end of the text")),
        }
    }

    fn word(&mut self, word: &'static str, reason: &'static str) -> Result<(), JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.error(reason));
        }
        self.at += word.len();
        Ok(())
    }

    /// White space between tokens, which need not be there.
    fn spaces(&mut self) -> Result<(), JsonError> {
        loop {
            while self.byte().is_some_and(is_space) {
                self.at += 1;
            }
            if self.byte() != Some(b'/') || !self.comments {
                return Ok(());
            }
            self.comment()?;
        }
    }

    /// A comment; the position is at its first slash.
    fn comment(&mut self) -> Result<(), JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = match rest.as_bytes().get(1) {
            Some(b'/') => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            Some(b'*') => match rest.get(2..).and_then(|inside| inside.find("*/")) {
                Some(inside) => inside + "/**/".len(),
                None => return Err(self.error("a comment without an end")),
            },
            _ => return Err(self.error("expected a comment")),
        };
        self.at += length;
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// A piece of the text. Both ends are beside ASCII characters, so that they cut none.
    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn error(&self, reason: &'static str) -> JsonError {
        JsonError { offset: self.at, reason }
    }
}
