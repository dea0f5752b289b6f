//! Cuts a stream of JSON values, concatenated or separated by white space, into the values.
//!
//! The cutter knows strings, escapes and depth, and nothing else of JSON: whether a value is right is its reader's question. A value
//! that lies in one chunk is a slice of it; only what a chunk's end cuts off is copied.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

/// How deep values may nest.
const MAX_DEPTH: u32 = 1000;

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// A value, complete as far as its brackets and quotes go.
    Value(Bytes),
    /// A value that the stream's end cut off.
    Truncated(Bytes),
    /// Something where a value should begin. Nothing can be cut behind it.
    Broken(String),
}

/// The cutter's state between chunks.
#[derive(Debug)]
pub(super) struct Cutter {
    /// The beginning of a value whose end has not come.
    pending: BytesMut,
    /// How much of `pending` has been looked at.
    seen: usize,
    state: State,
    max_bytes: usize,
    broken: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between values.
    Between,
    /// In a number or word at the top.
    Word,
    /// In brackets, this many.
    Inside(u32),
    /// In a string, with this many brackets around it.
    Text(u32),
    /// Right behind a backslash in such a string.
    Escape(u32),
}

impl Cutter {
    /// A cutter that refuses values of more than `max_bytes`.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { pending: BytesMut::new(), seen: 0, state: State::Between, max_bytes, broken: false }
    }

    /// Takes the next chunk and appends what is complete with it.
    pub(super) fn feed(&mut self, mut chunk: Bytes, cuts: &mut VecDeque<Cut>) {
        if self.pending.is_empty() {
            while let Some(end) = self.advance(&chunk, cuts) {
                let value = chunk.split_to(end);
                self.seen = 0;
                cuts.push_back(Cut::Value(value));
            }
            let rest = if self.state == State::Between || self.broken { &[] } else { &chunk[..] };
            // The copy of what the chunk's end cut off.
            self.pending.extend_from_slice(rest);
        } else {
            self.pending.extend_from_slice(&chunk);
            let mut pending = std::mem::take(&mut self.pending);
            while let Some(end) = self.advance(&pending, cuts) {
                let value = pending.split_to(end).freeze();
                self.seen = 0;
                cuts.push_back(Cut::Value(value));
            }
            if self.state != State::Between && !self.broken {
                self.pending = pending;
            }
        }
        if self.pending.is_empty() {
            self.seen = 0;
        }
    }

    /// The stream is over: what is left of it.
    pub(super) fn finish(&mut self) -> Option<Cut> {
        if self.broken {
            return None;
        }
        let rest = std::mem::take(&mut self.pending).freeze();
        match std::mem::replace(&mut self.state, State::Between) {
            State::Between => None,
            State::Word => Some(word(rest)),
            State::Inside(_) | State::Text(_) | State::Escape(_) => Some(Cut::Truncated(rest)),
        }
    }

    /// Looks on in the text. Gives where the value ends that began at the text's start, or nothing if its end has not come;
    /// white space before a value counts as part of it.
    fn advance(&mut self, text: &[u8], cuts: &mut VecDeque<Cut>) -> Option<usize> {
        while !self.broken {
            let Some(&byte) = text.get(self.seen) else { break };
            match self.state {
                State::Between => match byte {
                    b' ' | b'\t' | b'\r' | b'\n' => {}
                    b'{' | b'[' => self.state = State::Inside(1),
                    b'"' => self.state = State::Text(0),
                    b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => self.state = State::Word,
                    // A byte order mark is no JSON, but the documented API reads over it.
                    0xEF | 0xBB | 0xBF => {}
                    other => {
                        self.give_up(&format!("Unexpected character ('{}' (code {other})): expected a value", char::from(other)), cuts)
                    }
                },
                State::Word => match byte {
                    b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {}
                    _ => match word(Bytes::copy_from_slice(&text[..self.seen])) {
                        Cut::Value(_) => return self.ends(self.seen),
                        Cut::Truncated(_) => {}
                        Cut::Broken(why) => self.give_up(&why, cuts),
                    },
                },
                State::Inside(depth) => match byte {
                    b'{' | b'[' if depth == MAX_DEPTH => self.give_up(&format!("a value is nested deeper than {MAX_DEPTH}"), cuts),
                    b'{' | b'[' => self.state = State::Inside(depth + 1),
                    b'}' | b']' if depth == 1 => return self.ends(self.seen + 1),
                    b'}' | b']' => self.state = State::Inside(depth - 1),
                    b'"' => self.state = State::Text(depth),
                    _ => {}
                },
                State::Text(depth) => match memchr2(b'"', b'\\', &text[self.seen..]) {
                    None => self.seen = text.len() - 1,
                    Some(skip) => {
                        self.seen += skip;
                        match (text[self.seen], depth) {
                            (b'\\', _) => self.state = State::Escape(depth),
                            (_, 0) => return self.ends(self.seen + 1),
                            _ => self.state = State::Inside(depth),
                        }
                    }
                },
                State::Escape(depth) => self.state = State::Text(depth),
            }
            self.seen += 1;
        }
        if text.len() > self.max_bytes && self.state != State::Between {
            self.give_up(&format!("Produce request size is larger than allowed threshold ({} bytes)", self.max_bytes), cuts);
        }
        None
    }

    fn ends(&mut self, at: usize) -> Option<usize> {
        self.state = State::Between;
        self.seen = 0;
        Some(at)
    }

    fn give_up(&mut self, why: &str, cuts: &mut VecDeque<Cut>) {
        self.broken = true;
        self.pending.clear();
        cuts.push_back(Cut::Broken(why.to_owned()));
    }
}

/// A number or one of the three words is a value; any other word is none.
fn word(text: Bytes) -> Cut {
    let word = text.trim_ascii();
    match word {
        b"true" | b"false" | b"null" => Cut::Value(text),
        [b'-' | b'0'..=b'9', ..] => Cut::Value(text),
        word => Cut::Broken(format!(
            "Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            String::from_utf8_lossy(word)
        )),
    }
}

/// Everything that a stream of these chunks is cut into, values without the white space before them.
#[cfg(any(test, fuzzing))]
pub fn cut_all(chunks: &[&[u8]]) -> Vec<Cut> {
    let (mut cutter, mut cuts) = (Cutter::new(1000), VecDeque::new());
    chunks.iter().for_each(|c| cutter.feed(Bytes::copy_from_slice(c), &mut cuts));
    cuts.extend(cutter.finish());
    let bare = |cut| match cut {
        Cut::Value(value) => Cut::Value(Bytes::copy_from_slice(value.trim_ascii())),
        other => other,
    };
    cuts.into_iter().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{cut_all as cut, *};

    fn value(text: &'static str) -> Cut {
        Cut::Value(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn values_are_cut_wherever_the_chunks_end() {
        let text = br#"{"a":"}\"{"} [1,[2]]"x\\"5 null{"b":{"c":[]}}"#;
        let want = [r#"{"a":"}\"{"}"#, "[1,[2]]", r#""x\\""#, "5", "null", r#"{"b":{"c":[]}}"#].map(value);
        for size in 1..text.len() {
            let chunks: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(cut(&chunks), want, "chunks of {size}");
        }
    }

    #[test]
    fn what_is_no_value_ends_the_cutting() {
        for (text, first, why) in [
            (",{}", "Unexpected character (','", "a comma"),
            ("}{}", "Unexpected character ('}'", "a closing bracket"),
            ("/* c */ {}", "Unexpected character ('/'", "a comment"),
            ("garbage {}", "Unrecognized token 'garbage'", "a word"),
        ] {
            let cuts = cut(&[text.as_bytes()]);
            assert!(matches!(&cuts[..], [Cut::Broken(text)] if text.starts_with(first)), "{why}: {cuts:?}");
        }
    }

    #[test]
    fn a_value_without_its_end_is_told_from_none() {
        assert_eq!(cut(&[b"{\"a\":1"]), [Cut::Truncated(Bytes::from_static(b"{\"a\":1"))]);
        assert_eq!(cut(&[b" \r\n\t "]), []);
        assert_eq!(cut(&[]), []);
    }

    #[test]
    fn values_too_deep_or_too_long_are_refused() {
        let deep = [b"[".repeat(1001), b"]".repeat(1001)].concat();
        let mut cutter = Cutter::new(10_000);
        let mut cuts = VecDeque::new();
        cutter.feed(deep.into(), &mut cuts);
        assert!(matches!(cuts.make_contiguous(), [Cut::Broken(why)] if why.contains("1000")), "{cuts:?}");
        let long = [b"\"".to_vec(), vec![b'x'; 2000]].concat();
        assert!(matches!(&cut(&[&long])[..], [Cut::Broken(why)] if why.contains("threshold")));
    }

    proptest! {
        #[test]
        fn cutting_undoes_concatenating(values in prop::collection::vec(any_json(), 0..6), size in 1usize..40) {
            let text: String = values.iter().map(|v| format!("{v} ")).collect();
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let want: Vec<Cut> = values.iter().map(|v| Cut::Value(v.to_string().into())).collect();
            prop_assert_eq!(cut(&chunks), want);
        }

        #[test]
        fn no_input_makes_the_cutter_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..6)) {
            let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            cut(&chunks);
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::hash_map(any::<String>(), inner, 0..4).prop_map(|m| serde_json::Value::Object(m.into_iter().collect()))
            ]
        })
    }
}
