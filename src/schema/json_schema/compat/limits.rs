//! Keywords that limit numbers, strings, and counts, and lists of values.

use std::{cmp::Ordering, collections::HashSet};

use super::{
    super::{
        draft::Draft,
        equal::Value,
        number::{Divisor, Number},
        tape::{Kind, View},
    },
    Incompatibility, below,
    model::Group,
    wrong,
};

/// A limit: its keyword, what it is called if it is new, what if it is narrower, and which values are narrower.
type Limit = (&'static str, &'static str, &'static str, Ordering);

const NUMBERS: &[Limit] = &[
    ("maximum", "MAXIMUM_ADDED", "MAXIMUM_DECREASED", Ordering::Less),
    ("minimum", "MINIMUM_ADDED", "MINIMUM_INCREASED", Ordering::Greater),
    ("exclusiveMaximum", "EXCLUSIVE_MAXIMUM_ADDED", "EXCLUSIVE_MAXIMUM_DECREASED", Ordering::Less),
    ("exclusiveMinimum", "EXCLUSIVE_MINIMUM_ADDED", "EXCLUSIVE_MINIMUM_INCREASED", Ordering::Greater),
];

const LENGTHS: &[Limit] = &[
    ("maxLength", "MAX_LENGTH_ADDED", "MAX_LENGTH_DECREASED", Ordering::Less),
    ("minLength", "MIN_LENGTH_ADDED", "MIN_LENGTH_INCREASED", Ordering::Greater),
];

pub(super) const ITEMS: &[Limit] = &[
    ("maxItems", "MAX_ITEMS_ADDED", "MAX_ITEMS_DECREASED", Ordering::Less),
    ("minItems", "MIN_ITEMS_ADDED", "MIN_ITEMS_INCREASED", Ordering::Greater),
];

pub(super) const PROPERTIES: &[Limit] = &[
    ("maxProperties", "MAX_PROPERTIES_ADDED", "MAX_PROPERTIES_DECREASED", Ordering::Less),
    ("minProperties", "MIN_PROPERTIES_ADDED", "MIN_PROPERTIES_INCREASED", Ordering::Greater),
];

/// What is new or narrower in the reader.
pub(super) fn limits(limits: &[Limit], reader: &Group<'_>, writer: &Group<'_>, path: &str) -> Vec<Incompatibility> {
    let mut found = Vec::new();
    for (keyword, added, narrowed, narrower) in limits {
        let Some(read) = bound(reader, keyword) else { continue };
        match bound(writer, keyword) {
            None => found.push(wrong(added, &below(path, keyword), "limits more")),
            Some(written) if read.cmp(&written) == *narrower => found.push(wrong(narrowed, &below(path, keyword), "limits more")),
            Some(_) => {}
        }
    }
    found
}

/// The value of a limit. In draft 4 a boolean says whether `minimum` and `maximum` are outside themselves.
fn bound<'d>(group: &Group<'d>, keyword: &str) -> Option<Number<'d>> {
    let number = |keyword: &str| group.get(keyword).filter(|v| v.kind() == Kind::Number).map(|v| Number::read(v.raw()));
    if group.draft() != Draft::Four {
        return number(keyword);
    }
    let outside = |keyword: &str| group.get(keyword).is_some_and(|v| v.kind() == Kind::True);
    match keyword {
        "exclusiveMinimum" => number("minimum").filter(|_| outside(keyword)),
        "exclusiveMaximum" => number("maximum").filter(|_| outside(keyword)),
        "minimum" => number(keyword).filter(|_| !outside("exclusiveMinimum")),
        "maximum" => number(keyword).filter(|_| !outside("exclusiveMaximum")),
        keyword => number(keyword),
    }
}

pub(super) fn number(reader: &Group<'_>, writer: &Group<'_>, path: &str) -> Vec<Incompatibility> {
    let mut found = limits(NUMBERS, reader, writer, path);
    let Some(read) = bound(reader, "multipleOf") else { return found };
    let path = below(path, "multipleOf");
    let divides = |a: &Number<'_>, b: &Number<'_>| Divisor::new(a).is_some_and(|divisor| divisor.divides(b));
    found.extend(match bound(writer, "multipleOf") {
        None => Some(wrong("MULTIPLE_OF_ADDED", &path, "limits more")),
        Some(written) if divides(&read, &written) => None,
        Some(written) if divides(&written, &read) => Some(wrong("MULTIPLE_OF_EXPANDED", &path, "limits more")),
        Some(_) => Some(wrong("MULTIPLE_OF_CHANGED", &path, "is another number")),
    });
    found
}

pub(super) fn string(reader: &Group<'_>, writer: &Group<'_>, path: &str) -> Vec<Incompatibility> {
    let mut found = limits(LENGTHS, reader, writer, path);
    if let Some(read) = reader.get("pattern") {
        let path = below(path, "pattern");
        found.extend(match writer.get("pattern") {
            None => Some(wrong("PATTERN_ADDED", &path, "limits more")),
            Some(written) if written.raw() == read.raw() => None,
            Some(_) => Some(wrong("PATTERN_CHANGED", &path, "is another pattern")),
        });
    }
    found
}

/// Lists of values: the reader must have all that the writer had.
pub(super) fn values<'d>(
    reader: impl Iterator<Item = View<'d>>,
    writer: impl Iterator<Item = View<'d>>,
    path: &str,
) -> Vec<Incompatibility> {
    let read: HashSet<_> = reader.map(Value::of).collect();
    let written: HashSet<_> = writer.map(Value::of).collect();
    if written.is_subset(&read) {
        Vec::new()
    } else if read.is_subset(&written) {
        vec![wrong("ENUM_ARRAY_NARROWED", path, "has fewer values")]
    } else {
        vec![wrong("ENUM_ARRAY_CHANGED", path, "has other values")]
    }
}
