//! The words that all kinds of schemas share: which kind, what a schema refers to, and why a text, a datum or a newer version does
//! not do.
//!
//! Knows none of the kinds themselves. Start with [`Mismatch`], whose path every codec builds from the inside out.

use std::{fmt, str::FromStr, sync::Arc};

use super::json::JsonError;

/// A kind of schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Apache Avro.
    Avro,
    /// JSON Schema.
    Json,
    /// Protocol Buffers.
    Protobuf,
}

impl Kind {
    /// The name that a Schema Registry gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of a kind of schema. Case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        [Self::Avro, Self::Json, Self::Protobuf].into_iter().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

/// A schema that others refer to. Where several are given they are complete: what they refer to themselves stands before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name by which it is referred to.
    pub name: String,
    /// The schema's text.
    pub text: Arc<str>,
}

/// Why a text is no schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, and where.
    pub reason: String,
}

impl Invalid {
    /// A text that is no schema for this reason.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Invalid {}

/// Why a datum does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where: `$` is the whole datum, `$.items[3].price` a member of an item.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl Mismatch {
    /// The value that is being read is wrong itself. Whoever reads what is around it adds the way to it.
    pub fn here(reason: impl fmt::Display) -> Self {
        Self { path: "$".to_owned(), reason: reason.to_string() }
    }

    /// The same, seen from the object whose member of that name is wrong. Names that are no words stand in brackets and quotes.
    #[must_use]
    pub fn in_member(mut self, name: &str) -> Self {
        let word = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let step = if word { format!(".{name}") } else { format!("[{name:?}]") };
        self.path.insert_str(1, &step);
        self
    }

    /// The same, seen from the list whose item of that number, counted from 0, is wrong.
    #[must_use]
    pub fn in_item(mut self, index: usize) -> Self {
        self.path.insert_str(1, &format!("[{index}]"));
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl std::error::Error for Mismatch {}

impl From<JsonError> for Mismatch {
    fn from(e: JsonError) -> Self {
        Self::here(e)
    }
}

/// A reason why one schema, the reader, cannot read what was written with another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incompatibility {
    /// The registry's name of the reason, such as `READER_FIELD_MISSING_DEFAULT_VALUE`.
    pub kind: &'static str,
    /// The registry's sentence about it, in which the reader is the `new` schema and the other one the `old`.
    pub description: String,
    /// Where, in the notation of that kind of schema; for Avro what the registry calls additional information, as its sentence has
    /// the place already.
    pub path: String,
}

impl Incompatibility {
    /// The same where the older schema is the reader: `new` and `old` change places in the sentence.
    #[must_use]
    pub fn turned(self) -> Self {
        let turn = |word| match word {
            "new" => "old",
            "old" => "new",
            other => other,
        };
        Self { description: self.description.split(' ').map(turn).collect::<Vec<_>>().join(" "), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_exact_name() {
        for kind in [Kind::Avro, Kind::Json, Kind::Protobuf] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for (name, why) in
            [("", "nothing"), ("avro", "case counts"), ("AVRO ", "no white space"), ("JSONSCHEMA", "the name in media types")]
        {
            assert_eq!(name.parse::<Kind>(), Err(UnknownKind), "{why}");
        }
    }

    #[test]
    fn a_path_is_built_from_the_inside_out() {
        let wrong = Mismatch::here("no number");
        assert_eq!(wrong.to_string(), "$: no number", "the datum itself");
        let wrong = wrong.in_member("price").in_item(3).in_member("items");
        assert_eq!(wrong.to_string(), "$.items[3].price: no number");
    }

    #[test]
    fn names_that_are_no_words_are_quoted_in_paths() {
        for (name, path, why) in [
            ("a_1", "$.a_1", "a word"),
            ("größe", "$.größe", "letters of any script"),
            ("b c", "$[\"b c\"]", "a space"),
            ("a.b", "$[\"a.b\"]", "a dot would look like two members"),
            ("1", "$[\"1\"]", "a number would look like an item"),
            ("", "$[\"\"]", "nothing"),
            ("\"", "$[\"\\\"\"]", "a quote"),
        ] {
            assert_eq!(Mismatch::here("").in_member(name).path, path, "{why}");
        }
    }

    #[test]
    fn the_reader_may_be_the_older_schema() {
        let description = "The field 'new' in the new schema is missing in the old schema".to_owned();
        let turned = Incompatibility { kind: "K", description, path: String::new() }.turned();
        assert_eq!(turned.description, "The field 'new' in the old schema is missing in the new schema");
    }
}
