//! Patterns of topic names as API v2 has them: Java's `Pattern`, which the whole name must match.
//!
//! The regex engine speaks nearly Java's language. What differs and may stand in a pattern of topic names (`\Q…\E`, POSIX classes,
//! `\h`) is translated here; nothing else is touched.

use fancy_regex::{Regex, RegexBuilder, escape};

use crate::error::{Error, Result};

/// How many steps back a match may take before the pattern is given up: a few milliseconds.
const BACKTRACK_LIMIT: usize = 100_000;

/// A pattern of topic names.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// From Java's notation.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) if it is empty or broken.
    pub fn new(text: &str) -> Result<Self> {
        let refuse = || Error::bad_request("topic_pattern is not a regular expression");
        if text.is_empty() {
            return Err(refuse());
        }
        let translated = translate(text);
        let build = |text: &str| RegexBuilder::new(text).backtrack_limit(BACKTRACK_LIMIT).build().map_err(|_| refuse());
        // Alone first: `a)(b` must not become right by the parentheses around it.
        build(&translated)?;
        build(&format!(r"\A(?:{translated})\z")).map(Self)
    }

    /// True if the whole name matches.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) if finding out takes too many steps.
    pub fn matches(&self, name: &str) -> Result<bool> {
        self.0.is_match(name).map_err(|_| Error::bad_request("topic_pattern takes too many steps to match"))
    }
}

/// Java's notation → the engine's.
fn translate(java: &str) -> String {
    let mut out = String::with_capacity(java.len());
    let mut rest = java;
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        out.push_str(before);
        let (used, replacement) = replacement(escaped);
        match replacement {
            Some(text) => out.push_str(&text),
            None => out.push_str(escaped.get(..used).unwrap_or(escaped)),
        }
        rest = escaped.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// How long the escape at the start of the text is, and what to put in its place if it is not the same in both languages.
fn replacement(escaped: &str) -> (usize, Option<String>) {
    let mut chars = escaped.char_indices().skip(1);
    let Some((_, kind)) = chars.next() else { return (escaped.len(), None) };
    let after = chars.next().map_or(escaped.len(), |(at, _)| at);
    match kind {
        'Q' => {
            let quoted = escaped.get(after..).unwrap_or_default();
            let length = quoted.find("\\E").unwrap_or(quoted.len());
            let literal = quoted.get(..length).unwrap_or_default();
            ((after + length + 2).min(escaped.len()), Some(escape(literal).into_owned()))
        }
        'h' => (after, Some(r"[ \t]".to_owned())),
        'H' => (after, Some(r"[^ \t]".to_owned())),
        'p' | 'P' => {
            let named = escaped.get(after..).and_then(|t| t.strip_prefix('{')).and_then(|t| t.split_once('}'));
            match named.and_then(|(name, _)| Some((name, posix(name)?))) {
                Some((name, class)) => {
                    let not = if kind == 'P' { "^" } else { "" };
                    (after + name.len() + 2, Some(format!("[{not}{class}]")))
                }
                None => (after, None),
            }
        }
        _ => (after, None),
    }
}

/// The characters of Java's POSIX and `java.lang.Character` classes, which are ASCII: so are the names of topics.
fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" | "javaLowerCase" => "a-z",
        "Upper" | "javaUpperCase" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "A-Za-z",
        "Digit" => "0-9",
        "Alnum" => "0-9A-Za-z",
        "Punct" => r"!-/:-@\[-`{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => r" \t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9A-Fa-f",
        "Space" | "javaWhitespace" => r"\s",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn the_whole_name_matches_as_in_java() {
        for (pattern, yes, no) in [
            ("logs-.*", "logs-a", "my-logs-a"),
            ("a|ab", "ab", "abc"),
            ("x", "x", "xy"),
            ("(?i)LOGS", "logs", "log"),
            (r"\Qa.b\E-\d+", "a.b-12", "axb-12"),
            (r"\Qa.b", "a.b", "axb"),
            (r"\p{Lower}+", "abc", "Abc"),
            (r"\P{Digit}+", "abc", "a1"),
            (r"[\p{Alnum}_]+", "a_1", "a-1"),
            (r"[a-z&&[^b]]+", "ac", "ab"),
            ("(?!_).*", "a", "_a"),
            ("(?<n>a)b", "ab", "b"),
            ("a++b", "aab", "aa"),
            (r"(a|b)\1", "aa", "ab"),
            (r"a\\", r"a\", "a"),
        ] {
            let pattern = Pattern::new(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
            assert!(pattern.matches(yes).unwrap(), "{pattern:?} {yes}");
            assert!(!pattern.matches(no).unwrap(), "{pattern:?} {no}");
        }
    }

    #[test]
    fn a_broken_pattern_is_a_bad_request() {
        for pattern in ["", "a(b", "a)(b", "[a", "*", r"\", "a{2,1}"] {
            let error = Pattern::new(pattern).map(|_| ()).unwrap_err();
            assert_eq!(
                (error.code(), error.message()),
                (Code::BadRequest, "Bad Request: topic_pattern is not a regular expression"),
                "{pattern}"
            );
        }
    }

    #[test]
    fn an_endless_match_is_given_up() {
        let pattern = Pattern::new(r"(a|b|ab)*(?=c)\1").unwrap();
        assert_eq!(pattern.matches(&"ab".repeat(60)).unwrap_err().code(), Code::BadRequest);
    }
}
