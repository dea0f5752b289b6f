//! A client of a Schema Registry, and what it remembers: schemas by id, by subject and version, by text, and which is the latest.
//!
//! Speaks the API that registries have in common and knows nothing of Kafka or of records. Start with [`Registry`]; `http` makes the
//! requests, `memory` sees to it that they are made once, `resolve` reads what schemas refer to.

mod answers;
mod fault;
mod http;
mod memory;
mod resolve;
mod settings;
#[cfg(test)]
mod tests;
#[cfg(feature = "ssl")]
mod tls;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub use answers::Link;
use answers::{Found, Id, Question, Stored};
pub use fault::Fault;
use http::{Call, Http};
use memory::Memory;
use reqwest::Method;
use serde::de::DeserializeOwned;
pub use settings::{AvroJson, HostCheck, Settings, Strategy};

use super::{
    compiled::Compiled,
    kind::{Kind, Reference},
};
use crate::error;

/// How long a request for which others wait may take with everything that it needs: all URLs, all references. Each of them has its own
/// time beside it.
const LONGEST: Duration = Duration::from_secs(120);
/// So many bytes of text count as one schema, and larger ones as several: most schemas are smaller, and what is made of one grows with
/// its text.
const TEXT_UNIT: usize = 4096;

/// A schema that the registry has, ready for use.
pub struct Registered {
    /// Its id, as records have it.
    pub id: i32,
    /// Its kind.
    pub kind: Kind,
    /// Its text, as the registry gave it or took it.
    pub text: Arc<str>,
    /// What it refers to.
    pub references: Vec<Link>,
    /// The schema itself.
    pub schema: Arc<Compiled>,
}

/// A version of a subject.
#[derive(Clone)]
pub struct Version {
    /// Its number.
    pub number: i32,
    /// Its schema.
    pub schema: Arc<Registered>,
}

/// The latest version of a subject, as it was a while ago.
#[derive(Clone)]
struct Latest {
    asked: Instant,
    version: Version,
}

/// A schema that was given as text, to be found or registered under a subject.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Given {
    subject: Arc<str>,
    kind: Kind,
    text: Arc<str>,
}

/// The client. Cheap to clone; clones share what is remembered.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    http: Http,
    settings: Settings,
    by_id: Memory<i32, Arc<Registered>>,
    /// Versions as the registry has them, by subject and number: also what others refer to.
    stored: Memory<(Arc<str>, i32), Arc<Stored>>,
    latest: Memory<Arc<str>, Latest>,
    /// The numbers of versions by subject and id.
    numbers: Memory<(Arc<str>, i32), i32>,
    given: Memory<Given, Version>,
    /// Texts that were given, before it is known which schema of the registry they are.
    parsed: Memory<(Kind, Arc<str>), Arc<Compiled>>,
}

impl Registry {
    /// Reads the settings, which name a URL at least; asks for nothing yet.
    ///
    /// # Errors
    /// [`Code::BadRequest`](error::Code::BadRequest) naming the key of the setting.
    pub fn new(settings: Settings) -> error::Result<Self> {
        let most = settings.max_schemas;
        Ok(Self(Arc::new(Inner {
            http: Http::new(&settings)?,
            settings,
            by_id: Memory::new(most, |_, schema: &Arc<Registered>| units(&schema.text)),
            stored: Memory::new(most, |_, stored: &Arc<Stored>| units(&stored.schema)),
            latest: Memory::new(most, |_, latest: &Latest| units(&latest.version.schema.text)),
            numbers: Memory::new(most.saturating_mul(4), |_, _| 1),
            given: Memory::new(most, |given: &Given, _| units(&given.text)),
            parsed: Memory::new(most, |(_, text): &(Kind, Arc<str>), _| units(text)),
        })))
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The schema of this id, if it is remembered. Never waits.
    pub fn known(&self, id: i32) -> Option<Arc<Registered>> {
        self.0.by_id.get(&id)
    }

    /// The schema of this id.
    ///
    /// # Errors
    /// [`Fault::Refused`] for an id that the registry does not have; any other [`Fault`].
    pub async fn by_id(&self, id: i32, deadline: Instant) -> Result<Arc<Registered>, Fault> {
        let inner = self.0.clone();
        let ask = || async move {
            let stored: Stored = inner.get(&["schemas", "ids", &id.to_string()]).await?;
            inner.register(id, &stored).await
        };
        self.0.by_id.get_or_ask(id, deadline, ask).await
    }

    /// A version of a subject.
    ///
    /// # Errors
    /// [`Fault::Refused`] if there is no such subject or version; any other [`Fault`].
    pub async fn by_number(&self, subject: &Arc<str>, number: i32, deadline: Instant) -> Result<Version, Fault> {
        let stored = self.0.stored(subject.clone(), number, deadline).await?;
        self.version(&stored, deadline).await
    }

    /// The latest version of a subject, as it was not longer ago than the settings say. If the registry does not answer, the last one
    /// that was known is used for as long again.
    ///
    /// # Errors
    /// [`Fault::Refused`] if there is no such subject; any other [`Fault`].
    pub async fn latest(&self, subject: &Arc<str>, deadline: Instant) -> Result<Version, Fault> {
        let known = self.0.latest.get(subject.as_ref());
        if let Some(latest) = known.as_ref().filter(|latest| latest.asked.elapsed() < self.0.settings.latest_ttl) {
            return Ok(latest.version.clone());
        }
        let (registry, of, before) = (self.clone(), subject.clone(), known.clone());
        let ask = || async move {
            let version = match registry.ask_latest(&of).await {
                Ok(version) => version,
                Err(fault) if fault.is_temporary() => before.ok_or(fault)?.version,
                Err(fault) => return Err(fault),
            };
            Ok(Latest { asked: Instant::now(), version })
        };
        match (self.0.latest.ask(subject.clone(), deadline, ask).await, known) {
            (Ok(latest), _) => Ok(latest.version),
            (Err(fault), Some(known)) if fault.is_temporary() => Ok(known.version),
            (Err(fault), _) => Err(fault),
        }
    }

    async fn ask_latest(&self, subject: &str) -> Result<Version, Fault> {
        let stored: Stored = self.0.get(&["subjects", subject, "versions", "latest"]).await?;
        self.version(&Arc::new(stored), Instant::now() + LONGEST).await
    }

    /// The number of the subject's version with this schema.
    ///
    /// # Errors
    /// [`Fault::Refused`] if the subject does not have it; any other [`Fault`].
    pub async fn number_of(&self, subject: &Arc<str>, schema: &Arc<Registered>, deadline: Instant) -> Result<i32, Fault> {
        let key = (subject.clone(), schema.id);
        if let Some(number) = self.0.numbers.get(&key) {
            return Ok(number);
        }
        let (inner, subject, schema) = (self.0.clone(), subject.clone(), schema.clone());
        let ask = || async move {
            let question = Question { kind: schema.kind, text: &schema.text, references: &schema.references };
            Ok(inner.find(&subject, &question).await?.version)
        };
        self.0.numbers.get_or_ask(key, deadline, ask).await
    }

    /// Reads a schema that refers to no other. The registry is not asked.
    ///
    /// # Errors
    /// [`Fault::Unusable`] if the text is no schema.
    pub async fn parse(&self, kind: Kind, text: &Arc<str>, deadline: Instant) -> Result<Arc<Compiled>, Fault> {
        let of = text.clone();
        self.0.parsed.get_or_ask((kind, text.clone()), deadline, || compile(kind, of, Vec::new())).await
    }

    /// The subject's version with a schema that was given as text and read before; it is registered if the settings allow that and the
    /// subject does not have it.
    ///
    /// # Errors
    /// [`Fault::Refused`] with the registry's text, for instance if the schema is incompatible; any other [`Fault`].
    pub async fn given(&self, subject: &Arc<str>, text: &Arc<str>, schema: &Arc<Compiled>, deadline: Instant) -> Result<Version, Fault> {
        let given = Given { subject: subject.clone(), kind: schema.kind(), text: text.clone() };
        let (inner, key, schema) = (self.0.clone(), given.clone(), schema.clone());
        let ask = || async move {
            let Given { subject, kind, text } = given;
            let Found { id, version } = inner.find_or_register(&subject, &Question { kind, text: &text, references: &[] }).await?;
            Ok(Version { number: version, schema: Arc::new(Registered { id, kind, text, references: Vec::new(), schema }) })
        };
        self.0.given.get_or_ask(key, deadline, ask).await
    }

    /// The version that the registry has described, with its schema ready for use.
    async fn version(&self, stored: &Arc<Stored>, deadline: Instant) -> Result<Version, Fault> {
        let (Some(id), Some(number)) = (stored.id, stored.version) else {
            return Err(Fault::Unusable("Schema Registry's answer has no id or no version".to_owned()));
        };
        let (inner, stored) = (self.0.clone(), stored.clone());
        let schema = self.0.by_id.get_or_ask(id, deadline, || async move { inner.register(id, &stored).await }).await?;
        Ok(Version { number, schema })
    }
}

impl Inner {
    /// Makes a schema of what the registry has given.
    async fn register(self: &Arc<Self>, id: i32, stored: &Stored) -> Result<Arc<Registered>, Fault> {
        let kind = stored.kind()?;
        let references = self.resolve(&stored.references).await?;
        let schema = compile(kind, stored.schema.clone(), references).await?;
        Ok(Arc::new(Registered { id, kind, text: stored.schema.clone(), references: stored.references.clone(), schema }))
    }

    /// A version as the registry has it.
    async fn stored(self: &Arc<Self>, subject: Arc<str>, number: i32, deadline: Instant) -> Result<Arc<Stored>, Fault> {
        let (inner, key) = (self.clone(), (subject.clone(), number));
        let ask = || async move { inner.get(&["subjects", &subject, "versions", &number.to_string()]).await.map(Arc::new) };
        self.stored.get_or_ask(key, deadline, ask).await
    }

    async fn find_or_register(&self, subject: &str, question: &Question<'_>) -> Result<Found, Fault> {
        match self.find(subject, question).await {
            Err(fault) if self.settings.auto_register && !fault.is_temporary() => {
                let _: Id = self.post(&["subjects", subject, "versions"], question).await?;
                self.find(subject, question).await
            }
            found => found,
        }
    }

    async fn find(&self, subject: &str, question: &Question<'_>) -> Result<Found, Fault> {
        self.post(&["subjects", subject], question).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Fault> {
        read(&self.http.call(Call { method: Method::GET, path, query: "", body: None }).await?)
    }

    async fn post<T: DeserializeOwned>(&self, path: &[&str], question: &Question<'_>) -> Result<T, Fault> {
        let query = if self.settings.normalize { "?normalize=true" } else { "" };
        read(&self.http.call(Call { method: Method::POST, path, query, body: Some(question.body()) }).await?)
    }
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(answer).map_err(|why| Fault::Unusable(format!("the answer is not that of a Schema Registry: {why}")))
}

/// Reads a schema on a blocking thread: a large one takes its time.
async fn compile(kind: Kind, text: Arc<str>, references: Vec<Reference>) -> Result<Arc<Compiled>, Fault> {
    let parsed = tokio::task::spawn_blocking(move || Compiled::parse(kind, &text, &references)).await;
    match parsed {
        Ok(parsed) => Ok(Arc::new(parsed?)),
        Err(died) => Err(Fault::Unusable(error::Error::internal(died).to_string())),
    }
}

/// What a schema with this text counts as.
fn units(text: &str) -> u32 {
    u32::try_from(text.len() / TEXT_UNIT).unwrap_or(u32::MAX).saturating_add(1)
}
