//! Names of types: what is before the last dot is the namespace.

use std::fmt;

use crate::schema::kind::Invalid;

/// The words that name the types without a name of their own.
pub(super) const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// The words that a type's name is written in full for, as it could be read as one of them.
const WORDS: [&str; 14] =
    ["record", "enum", "array", "map", "union", "fixed", "string", "bytes", "int", "long", "float", "double", "boolean", "null"];

/// The name of a record, an enum or a fixed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    full: String,
    /// Where the short name starts in the full one.
    short: usize,
}

impl Name {
    /// A name as it is written somewhere inside a namespace; a dotted name has its own.
    pub(super) fn new(text: &str, namespace: Option<&str>) -> Self {
        let full = match (text.contains('.'), namespace) {
            (false, Some(namespace)) if !namespace.is_empty() => format!("{namespace}.{text}"),
            // `.R` is a way to say that `R` has no namespace.
            _ => text.strip_prefix('.').filter(|rest| !rest.contains('.')).unwrap_or(text).to_owned(),
        };
        let short = full.rfind('.').map_or(0, |dot| dot + 1);
        Self { full, short }
    }

    /// With the namespace.
    pub(super) fn full(&self) -> &str {
        &self.full
    }

    /// Without the namespace.
    pub(super) fn short(&self) -> &str {
        self.full.get(self.short..).unwrap_or_default()
    }

    /// The namespace.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.full.get(..self.short.checked_sub(1)?)
    }

    /// As short as it can be inside a namespace.
    pub(super) fn within(&self, namespace: Option<&str>) -> &str {
        let short = self.short();
        if self.namespace() == namespace && !WORDS.contains(&short) { short } else { self.full() }
    }

    /// Checks the short name.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check(self.short())?;
        if PRIMITIVES.contains(&self.full()) {
            return Err(Invalid::new(format_args!("Schemas may not be named after primitives: {self}")));
        }
        Ok(())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

/// Checks a name of a type, a field or a symbol: letters of any script, digits and underscores, no digit first.
pub(super) fn check(name: &str) -> Result<(), Invalid> {
    let Some(first) = name.chars().next() else { return Err(Invalid::new("Empty name")) };
    if !first.is_alphabetic() && first != '_' {
        return Err(Invalid::new(format_args!("Illegal initial character: {name}")));
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(Invalid::new(format_args!("Illegal character in: {name}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_namespace_that_is_written_or_that_is_around() {
        for (text, around, full, namespace, why) in [
            ("R", None, "R", None, "none"),
            ("R", Some("a.b"), "a.b.R", Some("a.b"), "around"),
            ("c.R", Some("a.b"), "c.R", Some("c"), "its own wins"),
            ("R", Some(""), "R", None, "an empty one is none"),
            (".R", Some("a"), "R", None, "none is meant"),
        ] {
            let name = Name::new(text, around);
            assert_eq!((name.full(), name.namespace(), name.short()), (full, namespace, "R"), "{why}");
        }
    }

    #[test]
    fn a_name_is_short_in_its_own_namespace_only() {
        let name = Name::new("a.R", None);
        assert_eq!((name.within(Some("a")), name.within(Some("b")), name.within(None)), ("R", "a.R", "a.R"));
        assert_eq!(Name::new("a.int", None).within(Some("a")), "a.int", "it would be read as the primitive");
    }

    #[test]
    fn names_are_words() {
        for (name, fits) in [("a", true), ("_1", true), ("größe", true), ("1a", false), ("a-b", false), ("a b", false), ("", false)] {
            assert_eq!(check(name).is_ok(), fits, "{name:?}");
        }
        assert!(Name::new("int", None).check().is_err());
        assert!(Name::new("int", Some("a")).check().is_ok());
    }
}
