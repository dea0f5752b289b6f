//! When two JSON values are the same: numbers by value, members in any order.
//!
//! Values that schemas hold are frozen to [`Value`]; what stands on a tape is compared with them, or with other places of the tape, by
//! way of a digest that is the same for equal values. Knows nothing of keywords.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::{
    number::Number,
    tape::{Kind, Tape, View},
};

/// A value in a form in which equal values are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Number(Number<'a>),
    /// As compact text writes it.
    String(&'a [u8]),
    Array(Vec<Value<'a>>),
    /// Sorted by name; of repeated members the last one.
    Object(Vec<(&'a [u8], Value<'a>)>),
}

impl<'a> Value<'a> {
    pub(super) fn of(view: View<'a>) -> Self {
        match view.kind() {
            Kind::Null => Value::Null,
            Kind::False => Value::Boolean(false),
            Kind::True => Value::Boolean(true),
            Kind::Number => Value::Number(Number::read(view.raw())),
            Kind::String => Value::String(view.raw()),
            Kind::Array => Value::Array(view.items().map(Value::of).collect()),
            Kind::Object => {
                let members: HashMap<_, _> = view.members().collect();
                let mut members: Vec<_> = members.into_iter().map(|(name, value)| (name, Value::of(value))).collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                Value::Object(members)
            }
        }
    }
}

/// The values of `enum`, or the one of `const`.
#[derive(Debug)]
pub(super) struct Choices {
    tape: Tape,
    /// The places of the values, by digest.
    by_digest: HashMap<u64, Vec<usize>>,
    keys: RandomState,
}

impl Choices {
    /// From the text of an array of values.
    pub(super) fn new(tape: Tape) -> Self {
        let keys = RandomState::new();
        let mut by_digest: HashMap<u64, Vec<usize>> = HashMap::new();
        for item in tape.root().items() {
            by_digest.entry(keys.hash_one(Value::of(item))).or_default().push(item.place());
        }
        Choices { tape, by_digest, keys }
    }

    pub(super) fn contain(&self, view: View<'_>) -> bool {
        let value = Value::of(view);
        let Some(places) = self.by_digest.get(&self.keys.hash_one(&value)) else { return false };
        places.iter().any(|place| Value::of(self.tape.view(*place)) == value)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tape.root().len()
    }

    /// The values as text, as many as fit into a line.
    pub(super) fn told(&self) -> String {
        let text = String::from_utf8_lossy(self.tape.text());
        let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(&text);
        match inside.char_indices().nth(LINE) {
            Some((end, _)) => format!("{}…", inside.get(..end).unwrap_or_default()),
            None => inside.to_owned(),
        }
    }
}

/// How much of the values an error tells, in characters.
const LINE: usize = 100;

/// True if no item of the array is the same as another one.
pub(super) fn all_differ(array: View<'_>) -> bool {
    // Keys of their own, so that nobody can send values that meet on purpose.
    let keys = RandomState::new();
    let mut seen: HashMap<u64, Vec<Value<'_>>> = HashMap::new();
    for item in array.items() {
        let value = Value::of(item);
        let alike = seen.entry(keys.hash_one(&value)).or_default();
        if alike.contains(&value) {
            return false;
        }
        alike.push(value);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(text: &str) -> Tape {
        Tape::read(text.as_bytes(), 100).unwrap()
    }

    #[test]
    fn values_are_the_same_whatever_their_spelling() {
        for (a, b, same, why) in [
            ("1", "1.0", true, "numbers by value"),
            ("9007199254740993", "9007199254740992", false, "no float"),
            ("1", "true", false, "kinds differ"),
            ("0", "false", false, "kinds differ"),
            ("\"1\"", "1", false, "kinds differ"),
            (r#""\u0061""#, "\"a\"", true, "escapes"),
            (r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1}"#, true, "order of members"),
            (r#"{"a":1}"#, r#"{"a":2,"a":1}"#, true, "the last of repeated members"),
            ("[1,2]", "[2,1]", false, "order of items"),
            ("null", "null", true, "null"),
            ("{}", "[]", false, "empty ones"),
        ] {
            assert_eq!(Value::of(tape(a).root()) == Value::of(tape(b).root()), same, "{why}");
            assert_eq!(Choices::new(tape(&format!("[{a}]"))).contain(tape(b).root()), same, "{why}");
            assert_eq!(all_differ(tape(&format!("[{a},{b}]")).root()), !same, "{why}");
        }
    }
}
