//! What is registered: a schema's text with what belongs to it, and the form in which a request brings one.
//!
//! Knows nothing of subjects' histories or of bodies. Two schemas that are equal here have one id. Start with [`Content`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde::Serialize;

use crate::schema::kind::Kind;

/// The property that says which version a schema was registered as, if the request said it.
const VERSION_PROPERTY: &str = "confluent:version";

/// A registered schema. Its kind counts: one text may be a schema of two kinds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Content {
    pub kind: Kind,
    /// As its kind writes it.
    pub text: Arc<str>,
    pub references: Vec<ReferenceTo>,
    pub metadata: Option<Metadata>,
}

impl Content {
    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let references: usize = self.references.iter().map(|reference| reference.name.len() + reference.subject.len()).sum();
        self.text.len() + references + self.metadata.as_ref().map_or(0, Metadata::bytes)
    }
}

/// A schema that another one refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(super) struct ReferenceTo {
    /// How the referring schema calls it.
    pub name: String,
    /// Where it is registered, as the request wrote it.
    pub subject: String,
    pub version: i32,
}

/// What is told about a schema. Sorted, as answers have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Metadata {
    /// Tags by the path of what they are about.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, BTreeSet<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// The properties that are not for everybody.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sensitive: BTreeSet<String>,
}

impl Metadata {
    /// Both together; where both say something of a tag's path or a property, `over` counts. `None` is nothing at all.
    pub fn merged(under: Option<&Self>, over: Option<&Self>) -> Option<Self> {
        let (Some(under), Some(over)) = (under, over) else { return under.or(over).cloned() };
        let mut both = under.clone();
        both.tags.extend(over.tags.clone());
        both.properties.extend(over.properties.clone());
        both.sensitive.extend(over.sensitive.iter().cloned());
        Some(both)
    }

    /// The same, which also says the version.
    pub fn of_version(metadata: Option<Self>, version: i32) -> Self {
        let mut metadata = metadata.unwrap_or_default();
        metadata.properties.insert(VERSION_PROPERTY.to_owned(), version.to_string());
        metadata
    }

    fn bytes(&self) -> usize {
        let tags: usize = self.tags.iter().map(|(path, tags)| path.len() + tags.iter().map(String::len).sum::<usize>()).sum();
        let properties: usize = self.properties.iter().map(|(name, value)| name.len() + value.len()).sum();
        tags + properties + self.sensitive.iter().map(String::len).sum::<usize>()
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{tags={:?}, properties={:?}, sensitive={:?}}}", self.tags, self.properties, self.sensitive)
    }
}

/// A schema as a request brings it; nothing is checked yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Submission {
    pub text: Option<String>,
    /// The name of its kind; none is Avro.
    pub kind: Option<String>,
    pub references: Vec<AskedReference>,
    pub metadata: Option<Metadata>,
    pub id: Option<i32>,
    pub version: Option<i32>,
}

impl Submission {
    /// The text, unless there is none worth the name.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref().filter(|text| !text.trim().is_empty())
    }

    /// The id that it is to have; -1 is none.
    pub fn id(&self) -> Option<i32> {
        self.id.filter(|id| *id != -1)
    }

    /// The version that it is to have; 0 is none, -1 the next one.
    pub fn version(&self) -> Option<i32> {
        self.version.filter(|version| *version != 0)
    }
}

/// A reference as a request brings it.
#[derive(Debug, Clone, Default)]
pub(super) struct AskedReference {
    pub name: Option<String>,
    pub subject: Option<String>,
    pub version: Option<i32>,
}

impl fmt::Display for AskedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, subject) = (self.name.as_deref().unwrap_or("null"), self.subject.as_deref().unwrap_or("null"));
        write!(f, "{{name='{name}', subject='{subject}', version=")?;
        match self.version {
            Some(version) => write!(f, "{version}}}"),
            None => f.write_str("null}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Metadata {
        Metadata {
            properties: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Metadata::default()
        }
    }

    #[test]
    fn the_upper_metadata_count() {
        let (under, over) = (properties(&[("a", "1"), ("b", "1")]), properties(&[("b", "2")]));
        assert_eq!(Metadata::merged(Some(&under), Some(&over)), Some(properties(&[("a", "1"), ("b", "2")])));
        assert_eq!(Metadata::merged(Some(&under), None), Some(under), "nothing over it");
        assert_eq!(Metadata::merged(None, None), None, "nothing stays nothing");
        let empty = Some(Metadata::default());
        assert_eq!(Metadata::merged(None, empty.as_ref()), empty, "what is empty is not nothing");
    }

    #[test]
    fn numbers_that_stand_for_nothing_are_nothing() {
        let submission = Submission { id: Some(-1), version: Some(0), text: Some(" \n".to_owned()), ..Submission::default() };
        assert_eq!((submission.id(), submission.version(), submission.text()), (None, None, None));
        let submission = Submission { id: Some(0), version: Some(-1), text: Some("x".to_owned()), ..Submission::default() };
        assert_eq!((submission.id(), submission.version(), submission.text()), (Some(0), Some(-1), Some("x")));
    }
}
