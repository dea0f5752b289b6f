//! Formats of strings: what `format` asks for up to draft 7, where it is checked.
//!
//! Each format is a function over the text. Later drafts made `format` a note; whether it is checked is for the compiler to say.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{draft::Draft, pattern::Pattern};

/// A format that is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    pub(super) name: &'static str,
    pub(super) fits: fn(&str) -> bool,
}

/// The formats, and the first draft that has each.
const FORMATS: &[(Draft, Format)] = &[
    (Draft::Four, Format { name: "date-time", fits: date_time }),
    (Draft::Four, Format { name: "email", fits: email }),
    (Draft::Four, Format { name: "hostname", fits: hostname }),
    (Draft::Four, Format { name: "ipv4", fits: ipv4 }),
    (Draft::Four, Format { name: "ipv6", fits: ipv6 }),
    (Draft::Four, Format { name: "uri", fits: uri }),
    (Draft::Six, Format { name: "uri-reference", fits: uri_reference }),
    (Draft::Six, Format { name: "json-pointer", fits: json_pointer }),
    (Draft::Seven, Format { name: "date", fits: date }),
    (Draft::Seven, Format { name: "time", fits: time }),
    (Draft::Seven, Format { name: "regex", fits: regex }),
    (Draft::Seven, Format { name: "relative-json-pointer", fits: relative_json_pointer }),
];

impl Format {
    /// The format of that name, if the draft has it. Names that are not known ask for nothing.
    pub(super) fn named(name: &str, draft: Draft) -> Option<Self> {
        FORMATS.iter().find(|(since, format)| format.name == name && *since <= draft).map(|(_, format)| *format)
    }
}

/// RFC 3339 with upper or lower case letters, such as `2023-11-14T22:13:20.123Z`.
fn date_time(text: &str) -> bool {
    text.split_once(['T', 't']).is_some_and(|(day, clock)| date(day) && time(clock))
}

fn date(text: &str) -> bool {
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return false };
    let (Some(year), Some(month), Some(day)) = (fixed(year, 4), fixed(month, 2), fixed(day, 2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// With an offset: `10:05:00Z`, `10:05:00.5+01:00`. A leap second may be 60.
fn time(text: &str) -> bool {
    let (clock, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, None),
        None => match text.rfind(['+', '-']).and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) {
            Some((clock, offset)) => (clock, Some(offset)),
            None => return false,
        },
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let [hour, minute, second] = clock.split(':').collect::<Vec<_>>()[..] else { return false };
    let below = |text: &str, limit: u32| fixed(text, 2).is_some_and(|n| n < limit);
    below(hour, 24)
        && below(minute, 60)
        && below(second, 61)
        && fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()))
        && offset.is_none_or(|o| o.split_once(':').is_some_and(|(hour, minute)| below(hour, 24) && below(minute, 60)))
}

/// A number of so many digits.
fn fixed(text: &str, digits: usize) -> Option<u32> {
    if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// A local part and a domain; quoted local parts may hold anything.
fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let atom = |a: &str| !a.is_empty() && a.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c));
    let literal = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']'));
    let address = |d: &str| ipv4(d) || d.strip_prefix("IPv6:").is_some_and(ipv6);
    (quoted || local.split('.').all(atom)) && literal.map_or_else(|| hostname(domain), address)
}

fn hostname(text: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !l.starts_with('-') && !l.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// An absolute URI.
fn uri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && uri_reference(text)
}

/// The characters of a URI, with whole percent escapes, and one fragment at most.
fn uri_reference(text: &str) -> bool {
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let fine = match byte {
            b'%' => rest.next().is_some_and(|b| b.is_ascii_hexdigit()) && rest.next().is_some_and(|b| b.is_ascii_hexdigit()),
            byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        };
        if !fine {
            return false;
        }
    }
    text.matches('#').count() <= 1
}

fn json_pointer(text: &str) -> bool {
    let escapes = |t: &str| t.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    text.is_empty() || (text.starts_with('/') && escapes(text))
}

fn relative_json_pointer(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (steps, rest) = text.split_at(digits);
    !steps.is_empty() && (steps == "0" || !steps.starts_with('0')) && (rest == "#" || json_pointer(rest))
}

fn regex(text: &str) -> bool {
    Pattern::new(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_formats() {
        for (name, good, bad) in [
            (
                "date-time",
                &["2023-11-14T22:13:20Z", "2023-11-14t22:13:20.123456789z", "2024-02-29T00:00:60+23:59", "2023-01-31T00:00:00-01:00"][..],
                &[
                    "yesterday",
                    "2023-11-14",
                    "2023-02-29T00:00:00Z",
                    "2023-11-14T24:00:00Z",
                    "2023-11-14T22:13:20",
                    "2023-11-14 22:13:20Z",
                    "2023-11-14T22:13:20.Z",
                ][..],
            ),
            ("date", &["2023-12-31", "2000-02-29"], &["2023-13-01", "1900-02-29", "23-01-01", "2023-1-01", "2023-00-01", "2023-01-00"]),
            ("time", &["10:05:00Z", "10:05:00.5+01:00"], &["10:05:00", "10:05Z", "25:00:00Z", "10:05:00+0100"]),
            ("email", &["a@b.c", "a.b+c@example.org", "\"a b\"@x.y", "a@[127.0.0.1]"], &["a", "@b", "a@", ".a@b.c", "a b@c.d", "a@-b.c"]),
            ("hostname", &["example.org", "a", "1.2.3"], &["", "a..b", "-a", "a_b", "a."]),
            ("ipv4", &["127.0.0.1"], &["256.0.0.1", "1.2.3", "01.2.3.4"]),
            ("ipv6", &["::1", "fe80::1:2"], &["1", "12345::", "::1%eth0"]),
            ("uri", &["http://a/b?c#d", "urn:x:y", "mailto:a@b"], &["//a/b", "a b", "http://a/b c", "http://a/%zz", "\\\\x"]),
            ("uri-reference", &["/a", "", "#x", "http://a"], &["a b", "#a#b", "\\"]),
            ("json-pointer", &["", "/a~1b/0"], &["a", "/~2", "/a~"]),
            ("relative-json-pointer", &["0", "1/a", "0#"], &["", "/a", "01/a", "0##"]),
            ("regex", &["^a$"], &["["]),
        ] {
            let format = Format::named(name, Draft::Seven).unwrap();
            for text in good {
                assert!((format.fits)(text), "{name}: {text}");
            }
            for text in bad {
                assert!(!(format.fits)(text), "{name}: {text}");
            }
        }
    }

    #[test]
    fn drafts_have_their_own_formats() {
        assert!(Format::named("date", Draft::Four).is_none() && Format::named("date", Draft::Seven).is_some());
        assert!(Format::named("nothing", Draft::Seven).is_none());
    }
}
