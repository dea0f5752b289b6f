//! The JSON of answers: which members they have, in which order, and which of them are left out.

use std::sync::Arc;

use serde::Serialize;

use super::{
    content::{Content, Metadata, ReferenceTo},
    refusal::Refusal,
    store::Found,
};
use crate::schema::kind::Kind;

/// What a request is answered with, if it is not refused.
#[derive(Debug)]
pub(super) enum Answer {
    Json(Vec<u8>),
    /// A schema's text itself.
    Text(Arc<str>),
}

impl Answer {
    /// A JSON answer.
    ///
    /// # Errors
    /// Never for what is in this module; a defect is told as one.
    pub fn json(value: &impl Serialize) -> Result<Self, Refusal> {
        serde_json::to_vec(value).map(Self::Json).map_err(|e| Refusal::Unreadable(format!("the answer cannot be written: {e}")))
    }
}

/// A version of a subject.
#[derive(Serialize)]
pub(super) struct VersionAnswer<'a> {
    subject: String,
    version: i32,
    id: i32,
    #[serde(rename = "schemaType", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [ReferenceTo],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    schema: &'a str,
}

impl<'a> From<&'a Found> for VersionAnswer<'a> {
    fn from(found: &'a Found) -> Self {
        Self {
            subject: found.subject.to_string(),
            version: found.version,
            id: found.id,
            kind: named(found.content.kind),
            references: &found.content.references,
            metadata: found.content.metadata.as_ref(),
            schema: &found.text,
        }
    }
}

/// What was registered; all but the id only if the registry completed it.
#[derive(Default, Serialize)]
pub(super) struct RegisteredAnswer<'a> {
    id: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    #[serde(rename = "schemaType", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [ReferenceTo],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
}

impl<'a> RegisteredAnswer<'a> {
    pub fn id(id: i32) -> Self {
        Self { id, ..Self::default() }
    }

    pub fn whole(found: &'a Found) -> Self {
        Self {
            id: found.id,
            version: Some(found.version),
            kind: named(found.content.kind),
            references: &found.content.references,
            metadata: found.content.metadata.as_ref(),
            schema: Some(&found.text),
        }
    }
}

/// The schema with an id.
#[derive(Serialize)]
pub(super) struct IdAnswer<'a> {
    #[serde(rename = "schemaType", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    schema: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [ReferenceTo],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    #[serde(rename = "maxId", skip_serializing_if = "Option::is_none")]
    last_id: Option<i32>,
}

impl<'a> IdAnswer<'a> {
    /// `last_id` is the highest id, if it was asked for.
    pub fn new(content: &'a Content, text: &'a str, last_id: Option<i32>) -> Self {
        let metadata = content.metadata.as_ref();
        Self { kind: named(content.kind), schema: text, references: &content.references, metadata, last_id }
    }
}

/// Where a schema is registered.
#[derive(Serialize)]
pub(super) struct Place {
    pub subject: String,
    pub version: i32,
}

/// Whether a schema goes with others.
#[derive(Serialize)]
pub(super) struct CheckAnswer {
    #[serde(rename = "is_compatible")]
    pub compatible: bool,
    /// Why not, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<String>>,
}

/// A mode, as it was written if it was set; `None` if it was removed.
#[derive(Serialize)]
pub(super) struct ModeAnswer<'a> {
    pub mode: Option<&'a str>,
}

/// Why a request is refused.
#[derive(Serialize)]
pub(super) struct RefusalAnswer {
    #[serde(rename = "error_code")]
    pub code: u32,
    pub message: String,
}

/// The registry and the cluster that it belongs to.
#[derive(Serialize)]
pub(super) struct Identity {
    scope: Scope,
}

#[derive(Serialize)]
struct Scope {
    path: [&'static str; 0],
    clusters: Clusters,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Clusters {
    kafka_cluster: &'static str,
    schema_registry_cluster: &'static str,
}

impl Identity {
    pub fn new(kafka_cluster: &'static str, schema_registry_cluster: &'static str) -> Self {
        Self { scope: Scope { path: [], clusters: Clusters { kafka_cluster, schema_registry_cluster } } }
    }
}

/// The program that answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Software {
    pub version: &'static str,
    pub commit_id: &'static str,
}

/// What is known of the installation: nothing.
#[derive(Default, Serialize)]
pub(super) struct Deployment {
    attributes: [&'static str; 0],
}

/// An object without members.
#[derive(Serialize)]
pub(super) struct Nothing {}

/// The kind's name where answers have it: Avro is not named.
fn named(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Avro => None,
        Kind::Json | Kind::Protobuf => Some(kind.name()),
    }
}
