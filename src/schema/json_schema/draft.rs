//! The drafts of JSON Schema that are understood, and in what they differ.

/// A draft, named by the number or the month of its publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    September2019,
    December2020,
}

impl Draft {
    /// The draft that `$schema` names, with or without an empty fragment and over either scheme. Others do not count.
    pub(super) fn named(uri: &str) -> Option<Self> {
        let uri = uri.strip_suffix('#').unwrap_or(uri);
        let name = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
        match name.strip_suffix('/').unwrap_or(name) {
            "json-schema.org/draft-04/schema" => Some(Draft::Four),
            "json-schema.org/draft-06/schema" => Some(Draft::Six),
            "json-schema.org/draft-07/schema" => Some(Draft::Seven),
            "json-schema.org/draft/2019-09/schema" => Some(Draft::September2019),
            "json-schema.org/draft/2020-12/schema" => Some(Draft::December2020),
            _ => None,
        }
    }

    /// The keyword that names a schema.
    pub(super) fn id(self) -> &'static [u8] {
        if self == Draft::Four { b"id" } else { b"$id" }
    }

    /// True if nothing beside a `$ref` counts.
    pub(super) fn reference_stands_alone(self) -> bool {
        self <= Draft::Seven
    }

    /// True if a number is an integer only if it is written as one: `5.0` is none. The drafts from 6 on say otherwise, but producers
    /// that are in use hold it so up to draft 7, and readers in typed languages rely on it.
    pub(super) fn integers_are_written_whole(self) -> bool {
        self <= Draft::Seven
    }

    /// True if `format` is checked; later drafts made it a mere note.
    pub(super) fn asserts_formats(self) -> bool {
        self <= Draft::Seven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_are_named_by_their_addresses() {
        for (uri, draft) in [
            ("http://json-schema.org/draft-04/schema#", Some(Draft::Four)),
            ("http://json-schema.org/draft-06/schema", Some(Draft::Six)),
            ("https://json-schema.org/draft-07/schema#", Some(Draft::Seven)),
            ("https://json-schema.org/draft/2019-09/schema", Some(Draft::September2019)),
            ("https://json-schema.org/draft/2020-12/schema#", Some(Draft::December2020)),
            ("http://json-schema.org/schema#", None),
            ("http://example.com/none", None),
            ("", None),
        ] {
            assert_eq!(Draft::named(uri), draft, "{uri}");
        }
    }
}
