//! The texts in which schemas are kept: as written but compact, and with the members of all objects in order.
//!
//! Numbers stay as they are written. Of members with the same name the last one stays, at the place of the first.

use std::collections::HashMap;

use super::tape::{Kind, View};

/// Whether members stay where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Kept,
    /// By name.
    Sorted,
}

/// Appends the value.
pub(super) fn write(view: View<'_>, order: Order, out: &mut Vec<u8>) {
    match view.kind() {
        Kind::Null | Kind::False | Kind::True | Kind::Number | Kind::String => out.extend_from_slice(view.written()),
        Kind::Array => {
            out.push(b'[');
            for (i, item) in view.items().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, order, out);
            }
            out.push(b']');
        }
        Kind::Object => {
            out.push(b'{');
            for (i, (name, value)) in members(view, order).into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.push(b'"');
                out.extend_from_slice(name);
                out.extend_from_slice(b"\":");
                write(value, order, out);
            }
            out.push(b'}');
        }
    }
}

/// The members that count.
fn members(view: View<'_>, order: Order) -> Vec<(&[u8], View<'_>)> {
    let mut members: Vec<(&[u8], View<'_>)> = Vec::new();
    let mut places = HashMap::new();
    for (name, value) in view.members() {
        let at = *places.entry(name).or_insert(members.len());
        match members.get_mut(at) {
            Some(member) => member.1 = value,
            None => members.push((name, value)),
        }
    }
    if order == Order::Sorted {
        members.sort_by_key(|(name, _)| *name);
    }
    members
}

#[cfg(test)]
mod tests {
    use super::{super::tape::Tape, *};

    #[test]
    fn texts_are_compact_and_in_order() {
        let tape = Tape::read(br#" { "b" : 1.0, "a": [ {"d":0.10,"c":1e2} ], "b": "\u00e9\/" } "#, 10).unwrap();
        for (order, want) in
            [(Order::Kept, r#"{"b":"é/","a":[{"d":0.10,"c":1e2}]}"#), (Order::Sorted, r#"{"a":[{"c":1e2,"d":0.10}],"b":"é/"}"#)]
        {
            let mut out = Vec::new();
            write(tape.root(), order, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }
}
