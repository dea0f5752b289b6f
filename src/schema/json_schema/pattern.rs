//! Patterns as JSON Schema has them: the regular expressions of ECMA-262, which may match anywhere in a text.
//!
//! The regex engine speaks nearly that language; what differs is translated here: classes of ASCII only, `\uXXXX`, `\cX`, needless
//! escapes, empty classes, and signs that have a meaning only in the engine's classes. Knows nothing of schemas.

use fancy_regex::{Regex, RegexBuilder};

/// How many steps back a match may take before it is given up: about a millisecond.
const BACKTRACK_LIMIT: usize = 50_000;

/// The most memory that one compiled pattern may take, in bytes: `(a{1000}){1000}` is no pattern.
const SIZE_LIMIT: usize = 1 << 20;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern; `None` if it is none, or is too large.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut builder = RegexBuilder::new(&translate(text));
        builder.backtrack_limit(BACKTRACK_LIMIT).delegate_size_limit(SIZE_LIMIT);
        Some(Pattern { text: text.to_owned(), regex: builder.build().ok()? })
    }

    /// True if some part of the text matches; `None` if that takes too many steps to tell.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        self.regex.is_match(text).ok()
    }

    /// The pattern as the schema has it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// White space and line ends of ECMA-262, as the inside of a class.
const SPACE: &str = r"\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";

/// ECMA's notation → the engine's.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut class = false;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => rest = escape(rest, class, &mut out),
            '[' if !class => {
                if let Some(after) = rest.strip_prefix("^]") {
                    out.push_str(r"[\s\S]");
                    rest = after;
                } else if let Some(after) = rest.strip_prefix(']') {
                    out.push_str(r"[^\s\S]");
                    rest = after;
                } else {
                    class = true;
                    out.push('[');
                }
            }
            ']' if class => {
                class = false;
                out.push(']');
            }
            // In the engine's classes these begin a class inside, or an intersection or a difference of classes.
            '[' | '&' | '~' if class => {
                out.push('\\');
                out.push(c);
            }
            '-' if class && rest.starts_with('-') => out.push_str(r"\-"),
            // Four signs end a line in ECMA; the engine knows one.
            '.' if !class => out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            // Bare braces and brackets that begin nothing are themselves.
            '{' if !class && !is_repetition(rest) => out.push_str(r"\{"),
            '}' if !class && !ends_repetition(&out) => out.push_str(r"\}"),
            ']' => out.push_str(r"\]"),
            c => out.push(c),
        }
    }
    out
}

/// Writes the escape whose text after the backslash this begins with; returns what follows it.
fn escape<'a>(escaped: &'a str, class: bool, out: &mut String) -> &'a str {
    let Some(kind) = escaped.chars().next() else {
        out.push('\\');
        return escaped;
    };
    let rest = escaped.get(kind.len_utf8()..).unwrap_or_default();
    let inside = |ranges: &str, not: bool| match (class, not) {
        (true, false) => ranges.to_owned(),
        (_, true) => format!("[^{ranges}]"),
        (false, false) => format!("[{ranges}]"),
    };
    match kind {
        'd' | 'D' => out.push_str(&inside("0-9", kind == 'D')),
        'w' | 'W' => out.push_str(&inside("A-Za-z0-9_", kind == 'W')),
        's' | 'S' => out.push_str(&inside(SPACE, kind == 'S')),
        'b' if class => out.push_str(r"\x{8}"),
        'b' if !class => out.push_str(r"(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))"),
        'B' if !class => out.push_str(r"(?:(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_])(?![A-Za-z0-9_]))"),
        'c' => match rest.chars().next().filter(char::is_ascii_alphabetic) {
            Some(letter) => {
                out.push_str(&format!(r"\x{{{:X}}}", u32::from(letter) % 32));
                return rest.get(1..).unwrap_or_default();
            }
            None => out.push_str(r"\\c"),
        },
        'u' => return unicode(rest, out),
        'x' => match digits(rest, 2) {
            Some((code, after)) => {
                out.push_str(&format!(r"\x{{{code:X}}}"));
                return after;
            }
            None => out.push('x'),
        },
        '0' if !rest.starts_with(|c: char| c.is_ascii_digit()) => out.push_str(r"\x{0}"),
        // The classes of Unicode and references to groups, named or numbered, are written alike.
        'p' | 'P' if rest.starts_with('{') => {
            let end = rest.find('}').map_or(rest.len(), |at| at + 1);
            let (name, after) = rest.split_at(end);
            out.push('\\');
            out.push(kind);
            out.push_str(name);
            return after;
        }
        'k' | 't' | 'n' | 'v' | 'f' | 'r' | '1'..='9' => {
            out.push('\\');
            out.push(kind);
        }
        kind if kind.is_alphanumeric() => out.push(kind),
        kind if kind.is_ascii() => {
            out.push('\\');
            out.push(kind);
        }
        kind => out.push(kind),
    }
    rest
}

/// Writes a `\u` escape whose text after the `u` this begins with: four digits, a pair of surrogates, or digits in braces.
fn unicode<'a>(escaped: &'a str, out: &mut String) -> &'a str {
    let braces = escaped.strip_prefix('{').and_then(|t| t.split_once('}'));
    if let Some((code, after)) = braces.and_then(|(d, after)| Some((u32::from_str_radix(d, 16).ok()?, after))) {
        out.push_str(&format!(r"\x{{{code:X}}}"));
        return after;
    }
    let Some((unit, after)) = digits(escaped, 4) else {
        out.push('u');
        return escaped;
    };
    let low = after.strip_prefix("\\u").and_then(|t| digits(t, 4)).filter(|(low, _)| (0xdc00..0xe000).contains(low));
    match low {
        Some((low, after)) if (0xd800..0xdc00).contains(&unit) => {
            out.push_str(&format!(r"\x{{{:X}}}", 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
            after
        }
        _ => {
            out.push_str(&format!(r"\x{{{unit:X}}}"));
            after
        }
    }
}

fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let digits = text.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(digits, 16).ok()?, text.get(count..)?))
}

/// True if an opening brace with this after it begins `{2}`, `{2,}` or `{2,5}`.
fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    !least.is_empty() && least.chars().chain(most.chars()).all(|c| c.is_ascii_digit())
}

/// True if a closing brace after this ends something that a brace has begun.
fn ends_repetition(out: &str) -> bool {
    match out.rfind('{') {
        Some(open) => !out.get(..open).is_some_and(|t| t.ends_with('\\')) && !out.get(open..).is_some_and(|t| t.contains('}')),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_ecma() {
        for (pattern, text, want, why) in [
            ("^a+$", "aaa", true, "anchored"),
            ("a+", "xxay", true, "anywhere"),
            ("^a$", "a\n", false, "the end is the end"),
            (r"^\d+$", "٣", false, "digits of ASCII"),
            (r"^\w$", "é", false, "letters of ASCII"),
            (r"^\W$", "é", true, "no letter of ASCII"),
            (r"^[\w\-.]+$", "a-b.c", true, "classes in a class"),
            (r"^[^\d\s]+$", "a b", false, "not in a class"),
            (r"^\s$", "\u{feff}", true, "white space of ECMA"),
            (r"^\S$", "\u{feff}", false, "no white space of ECMA"),
            (r"^\u00e9\x41\cJ$", "éA\n", true, "escapes of characters"),
            (r"^\ud83d\ude00$", "😀", true, "a pair of surrogates"),
            (r"^\u{1F600}$", "😀", true, "digits in braces"),
            (r"^\/\-\@\_$", "/-@_", true, "needless escapes"),
            (r"^[[&&a~~b]+$", "[&a~b", true, "signs in a class"),
            (r"^[a--b]+$", "a-b", true, "dashes in a class"),
            ("^[^]$", "\n", true, "anything"),
            ("[]", "a", false, "nothing"),
            ("^.$", "\u{2028}", false, "a line end"),
            ("^.$", "😀", true, "one character"),
            ("^{a}$", "{a}", true, "braces that repeat nothing"),
            ("^a{2,3}$", "aaa", true, "braces that repeat"),
            ("^a{2}}$", "aa}", true, "one brace more"),
            ("^a]$", "a]", true, "a bracket that ends nothing"),
            (r"^(?<x>a)\k<x>$", "aa", true, "a named group"),
            (r"^(a)\1$", "aa", true, "a numbered group"),
            (r"^(?!b)a(?=c)c(?<!b)$", "ac", true, "looking around"),
            (r"^\p{L}+$", "éa", true, "a class of Unicode"),
            (r"\bfoo\b", "a foo b", true, "ends of words"),
            (r"\bfoo\b", "afoob", false, "no ends of words"),
            (r"^[\b]$", "\u{8}", true, "a backspace"),
        ] {
            let compiled = Pattern::new(pattern).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(compiled.matches(text), Some(want), "{why}: {pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_or_too_large_is_refused() {
        for pattern in ["[", "(", "*", "a)", "(a{1000}){1000}"] {
            assert!(Pattern::new(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_match_that_takes_for_ever_is_given_up() {
        let pattern = Pattern::new(r"^(a+)+\1b$").unwrap();
        assert_eq!(pattern.matches(&"a".repeat(60)), None);
    }
}
