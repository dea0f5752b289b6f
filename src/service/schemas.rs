//! Schemas of keys and values: which one a record has, and what data becomes with it.
//!
//! A record names its schema by id, by version, as text, or not at all; the subject is named or follows from the topic or the
//! record's type. Both surfaces of producing come here with a [`Choice`] and get a [`Resolved`]; reading asks by id. What the
//! registry refuses gets the documented texts in `texts`. Must not know of requests; start with [`Schemas::resolve`].

mod frame;
#[cfg(test)]
#[cfg(feature = "devbroker")]
mod tests;
mod texts;

use std::{sync::Arc, time::Instant};

use bytes::Bytes;

pub(super) use self::{
    frame::Framed,
    texts::{another_format, format_name, format_of},
};
use crate::{
    error::{Code, Error, Result},
    schema::{
        avro::Form,
        json,
        kind::Kind,
        registry::{AvroJson, Fault, Registered, Registry, Settings, Strategy, Version},
    },
};

/// The version that stands for the latest one in requests.
const LATEST: i32 = -1;

/// The part of a record that a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl Side {
    /// Its name in errors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Key => "KEY",
            Self::Value => "VALUE",
        }
    }
}

/// How a record names its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// The subject's version with the schema of this id.
    Id(i32),
    /// This version of the subject; [`LATEST`] is the latest.
    Version(i32),
    /// This text, which is registered if it has to be.
    Text(Kind, Arc<str>),
    /// The latest version of the subject.
    Latest,
}

/// How a record names its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// By its name.
    Named(Arc<str>),
    /// By a rule.
    By(Strategy),
    /// Not at all: by the rule of the settings.
    Unsaid,
}

/// The schema of a key or of a value.
#[derive(Clone)]
pub(super) struct Resolved {
    /// The subject that it is in.
    pub(super) subject: Arc<str>,
    /// The number of its version there, as far as the request did not say it.
    pub(super) version: i32,
    /// The schema.
    pub(super) schema: Arc<Registered>,
    form: Form,
    /// How long the choice is certain to mean this schema; `None` is for ever.
    until: Option<Instant>,
}

impl Resolved {
    /// The datum that a JSON text stands for, framed. `message` is the message of a Protobuf file, its first if `None`.
    ///
    /// # Errors
    /// [`Code::BadRequest`] with the place if the text does not fit.
    pub(super) fn encode(&self, text: &[u8], message: Option<&str>) -> Result<Bytes> {
        let mut framed = frame::begin(self.schema.id, text.len());
        let encoded = self.schema.schema.encode(text, message, self.form, &mut framed);
        encoded.map_err(Error::bad_request)?;
        Ok(framed.into())
    }

    /// A datum that is encoded already, framed.
    ///
    /// # Errors
    /// [`Code::BadRequest`] if there is no such message in a Protobuf file.
    pub(super) fn frame(&self, datum: &[u8], message: Option<&str>) -> Result<Bytes> {
        // The one copy: frame and datum are one value to Kafka.
        let mut framed = frame::begin(self.schema.id, datum.len());
        self.schema.schema.begin(message, &mut framed).map_err(Error::bad_request)?;
        framed.extend_from_slice(datum);
        Ok(framed.into())
    }

    /// True while the choice is certain to mean this schema.
    pub(super) fn is_certain(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// The registry, if there is one, and how its schemas are used.
pub struct Schemas {
    registry: Option<Registry>,
    form: Form,
}

impl Schemas {
    /// Over the registry that the settings name; asks it for nothing yet. Without one everything that needs it is refused.
    ///
    /// # Errors
    /// [`Code::BadRequest`] naming the key of a setting that cannot be used.
    pub fn new(settings: Settings) -> Result<Arc<Self>> {
        let form = match settings.avro_json {
            AvroJson::Tagged => Form::Tagged,
            AvroJson::Lenient => Form::Lenient,
        };
        let registry = if settings.urls.is_empty() { None } else { Some(Registry::new(settings)?) };
        Ok(Arc::new(Self { registry, form }))
    }

    /// Without a registry.
    #[cfg(test)]
    pub(super) fn none() -> Arc<Self> {
        Arc::new(Self { registry: None, form: Form::Tagged })
    }

    /// Refuses where there is no registry.
    ///
    /// # Errors
    /// [`Code::InvalidPayload`].
    pub(super) fn check_there_are(&self) -> Result<()> {
        if self.registry.is_some() { Ok(()) } else { Err(Error::payload(texts::NO_REGISTRY)) }
    }

    /// How Avro stands in JSON.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// The schema of this id if it is remembered. Never waits.
    pub(super) fn known(&self, id: i32) -> Option<Arc<Registered>> {
        self.registry.as_ref()?.known(id)
    }

    /// The schema of this id.
    ///
    /// # Errors
    /// What the registry says; [`Fault::Unusable`] without one.
    pub(super) async fn by_id(&self, id: i32, deadline: Instant) -> Result<Arc<Registered>, Fault> {
        match &self.registry {
            Some(registry) => registry.by_id(id, deadline).await,
            None => Err(Fault::Unusable(texts::NO_REGISTRY.to_owned())),
        }
    }

    /// The schema that the record means. Does not wait if everything is remembered.
    ///
    /// # Errors
    /// The documented ones: [`Code::InvalidPayload`] without a registry, [`Code::InvalidSchema`] for a text that is no schema,
    /// [`Code::SchemaRegistry`] for what the registry refuses, [`Code::SchemaRegistryUnavailable`] if it does not answer,
    /// [`Code::BadRequest`] for a version that is not there, [`Code::DeadlineExceeded`].
    pub(super) async fn resolve(&self, topic: &str, side: Side, choice: &Choice, subject: &Subject, deadline: Instant) -> Result<Resolved> {
        let registry = self.registry.as_ref().ok_or_else(|| Error::payload(texts::NO_REGISTRY))?;
        let settings = registry.settings();
        let request = Request { registry, topic, side, subject, deadline };
        let latest = || Some(Instant::now() + settings.latest_ttl);
        let (subject, Version { number, schema }, until) = match choice {
            Choice::Text(kind, _) if settings.use_latest && !settings.auto_register => {
                let (subject, version) = request.latest().await?;
                if version.schema.kind != *kind {
                    return Err(texts::another_format());
                }
                (subject, version, latest())
            }
            Choice::Text(kind, text) => {
                let (subject, version) = request.text(*kind, text).await?;
                (subject, version, None)
            }
            Choice::Id(id) => {
                let (subject, version) = request.id(*id).await?;
                (subject, version, None)
            }
            Choice::Version(LATEST) => {
                let (subject, version) = request.version(LATEST).await?;
                // The answer repeats what was asked for.
                (subject, Version { number: LATEST, ..version }, latest())
            }
            Choice::Version(number) => {
                let (subject, version) = request.version(*number).await?;
                (subject, version, None)
            }
            Choice::Latest => {
                let (subject, version) = request.latest().await?;
                (subject, version, latest())
            }
        };
        Ok(Resolved { subject, version: number, schema, form: self.form, until })
    }
}

/// A choice that is being resolved.
struct Request<'a> {
    registry: &'a Registry,
    topic: &'a str,
    side: Side,
    subject: &'a Subject,
    deadline: Instant,
}

impl Request<'_> {
    async fn id(&self, id: i32) -> Result<(Arc<str>, Version)> {
        let schema = self.registry.by_id(id, self.deadline).await.map_err(|fault| texts::failed(&texts::by_id(id), fault))?;
        let subject = self.subject_of(|| schema.schema.name())?;
        let number = self.registry.number_of(&subject, &schema, self.deadline).await;
        let number = number.map_err(|fault| texts::failed(&texts::number_of(&subject, &schema.text), fault))?;
        Ok((subject, Version { number, schema }))
    }

    async fn text(&self, kind: Kind, text: &Arc<str>) -> Result<(Arc<str>, Version)> {
        if let Some(refused) = self.hopeless(kind, text) {
            return Err(refused);
        }
        let schema = match self.registry.parse(kind, text, self.deadline).await {
            Ok(schema) => schema,
            // The documented API leaves it to the registry to find the fault in a JSON Schema.
            Err(fault @ Fault::Unusable(_)) if kind == Kind::Json && is_json(text) => return Err(self.registering(kind, text, fault)),
            Err(fault) => return Err(texts::unparsable(kind, text, fault)),
        };
        let subject = self.subject_of(|| schema.name())?;
        let version = self.registry.given(&subject, text, &schema, self.deadline).await;
        let failed = |fault| match self.registry.settings().auto_register {
            true => texts::failed(&texts::registering(kind, &subject, text), fault),
            false => texts::failed(&texts::number_of(&subject, text), fault),
        };
        Ok((subject.clone(), version.map_err(failed)?))
    }

    /// An empty text means the subject's latest schema to a registry, which no record means.
    fn hopeless(&self, kind: Kind, text: &Arc<str>) -> Option<Error> {
        let refused = || Fault::Refused { status: 422, code: 42201, message: "Empty schema".to_owned() };
        (kind != Kind::Avro && text.trim().is_empty()).then(|| self.registering(kind, text, refused()))
    }

    fn registering(&self, kind: Kind, text: &str, fault: Fault) -> Error {
        let subject = self.subject_of(|| None).unwrap_or_else(|_| Arc::from(self.topic));
        texts::failed(&texts::registering(kind, &subject, text), fault)
    }

    async fn version(&self, number: i32) -> Result<(Arc<str>, Version)> {
        let subject = self.subject_without_schema()?;
        let version = match number {
            LATEST => self.registry.latest(&subject, self.deadline).await,
            _ => self.registry.by_number(&subject, number, self.deadline).await,
        };
        let version = version.map_err(|fault| texts::no_version(&subject, number, fault))?;
        Ok((subject, version))
    }

    async fn latest(&self) -> Result<(Arc<str>, Version)> {
        let subject = self.subject_without_schema()?;
        let version = self.registry.latest(&subject, self.deadline).await;
        let version = version.map_err(|fault| texts::failed(&texts::latest(&subject), fault))?;
        Ok((subject, version))
    }

    fn default_strategy(&self) -> Strategy {
        match self.side {
            Side::Key => self.registry.settings().key_strategy,
            Side::Value => self.registry.settings().value_strategy,
        }
    }

    /// The subject of a schema that has this name.
    fn subject_of(&self, name: impl FnOnce() -> Option<String>) -> Result<Arc<str>> {
        let strategy = match self.subject {
            Subject::Named(subject) => return Ok(subject.clone()),
            Subject::By(strategy) => *strategy,
            Subject::Unsaid => self.default_strategy(),
        };
        let named = || name().ok_or_else(|| texts::nameless(strategy));
        match strategy {
            Strategy::TopicName => Ok(self.topic_name()),
            Strategy::RecordName => Ok(named()?.into()),
            Strategy::TopicRecordName => Ok(format!("{}-{}", self.topic, named()?).into()),
        }
    }

    /// The subject where it decides which schema is meant.
    fn subject_without_schema(&self) -> Result<Arc<str>> {
        match self.subject {
            Subject::Named(subject) => Ok(subject.clone()),
            Subject::By(Strategy::TopicName) => Ok(self.topic_name()),
            Subject::By(strategy) => Err(texts::needs_schema("", *strategy)),
            Subject::Unsaid => match self.default_strategy() {
                Strategy::TopicName => Ok(self.topic_name()),
                strategy => Err(texts::needs_schema("default ", strategy)),
            },
        }
    }

    fn topic_name(&self) -> Arc<str> {
        let side = match self.side {
            Side::Key => "key",
            Side::Value => "value",
        };
        format!("{}-{side}", self.topic).into()
    }
}

fn is_json(text: &Arc<str>) -> bool {
    json::compact(&Bytes::copy_from_slice(text.as_bytes())).is_ok()
}
