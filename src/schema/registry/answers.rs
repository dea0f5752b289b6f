//! The JSON that goes to a registry and comes from it: as much of it as the client needs.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::fault::Fault;
use crate::schema::kind::Kind;

/// What a schema says of another one that it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The name in the schema that refers.
    pub name: String,
    /// The subject of the schema that is referred to.
    pub subject: String,
    /// Its version in the subject.
    pub version: i32,
}

/// A schema as the registry shows it, by id or as a version of a subject.
#[derive(Deserialize)]
pub(super) struct Stored {
    /// Not where it was asked for by id.
    pub(super) id: Option<i32>,
    /// As the id.
    pub(super) version: Option<i32>,
    /// Left out for Avro.
    #[serde(rename = "schemaType")]
    kind: Option<String>,
    #[serde(deserialize_with = "shared")]
    pub(super) schema: Arc<str>,
    #[serde(default)]
    pub(super) references: Vec<Link>,
}

impl Stored {
    /// Its kind.
    ///
    /// # Errors
    /// [`Fault::Unusable`] for one that is not known here.
    pub(super) fn kind(&self) -> Result<Kind, Fault> {
        match &self.kind {
            None => Ok(Kind::Avro),
            Some(name) => name.parse().map_err(|_| Fault::Unusable(format!("schemas of the type {name} are not known here"))),
        }
    }
}

fn shared<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(from).map(Arc::from)
}

/// Where a schema is in a subject.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) id: i32,
    pub(super) version: i32,
}

/// What registering answers. There may be more in it, but not everywhere.
#[derive(Deserialize)]
pub(super) struct Id {
    #[serde(rename = "id")]
    _id: i32,
}

/// A schema that is looked for, or to be registered.
pub(super) struct Question<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) references: &'a [Link],
}

impl Question<'_> {
    /// The body of the request.
    pub(super) fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            schema: &'a str,
            #[serde(rename = "schemaType", skip_serializing_if = "Option::is_none")]
            kind: Option<&'static str>,
            #[serde(skip_serializing_if = "<[Link]>::is_empty")]
            references: &'a [Link],
        }
        // Old registries know no types: Avro is what they take without one.
        let kind = (self.kind != Kind::Avro).then(|| self.kind.name());
        // Texts and numbers cannot fail to be written.
        serde_json::to_vec(&Body { schema: self.text, kind, references: self.references }).unwrap_or_default()
    }
}
