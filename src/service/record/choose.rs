//! The schemas of a stream's or a batch's records: resolved once for records that name them in the same way.
//!
//! Records mostly name the schema of the one before, and comparing that costs less than asking any cache. [`Chooser::is_ready`] never
//! waits; [`Chooser::prepare`] may, for the registry.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::data::{self, Parts};
use crate::{
    error::{Error, Result},
    pb::v3::{RecordData, record_data::SchemaChoice},
    service::schemas::{Choice, Resolved, Schemas, Side, Subject},
};

/// How many ways of naming a schema are remembered for each side. A topic with more types of records than this costs more.
const REMEMBERED: usize = 32;
/// How long a failure is remembered: a stream in which every record has the same fault must not become a stream of requests to the
/// registry.
const FAILURE: Duration = Duration::from_secs(1);

/// What a record says of its schema.
#[derive(Clone, PartialEq)]
struct Named {
    format: Option<i32>,
    choice: Option<SchemaChoice>,
    subject: Option<String>,
    strategy: Option<i32>,
}

impl Named {
    fn is_of(&self, data: &RecordData) -> bool {
        let Self { format, choice, subject, strategy } = self;
        *format == data.r#type && *strategy == data.subject_name_strategy && *choice == data.schema_choice && *subject == data.subject
    }
}

/// What came of it.
struct Chosen {
    named: Named,
    result: Result<Resolved>,
    /// Until when a failure counts.
    until: Option<Instant>,
}

impl Chosen {
    fn counts(&self) -> bool {
        match &self.result {
            Ok(resolved) => resolved.is_certain(),
            Err(_) => self.until.is_some_and(|until| Instant::now() < until),
        }
    }
}

/// How far a side of a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its schema is to be resolved.
    Open,
    /// It has one, or needs none.
    Settled,
    /// It is known why it has none.
    Failed,
}

/// Chooses for the records of one topic.
pub(super) struct Chooser {
    schemas: Arc<Schemas>,
    keys: Vec<Chosen>,
    values: Vec<Chosen>,
}

impl Chooser {
    /// Has chosen nothing yet.
    pub(super) fn new(schemas: Arc<Schemas>) -> Self {
        Self { schemas, keys: Vec::new(), values: Vec::new() }
    }

    /// True if [`prepare`](Self::prepare) has nothing to do for the record. Makes its schemas the first to be found.
    pub(super) fn is_ready(&mut self, parts: &Parts) -> bool {
        match self.state(Side::Key, parts.key.as_ref()) {
            State::Open => false,
            State::Failed => true,
            State::Settled => self.state(Side::Value, parts.value.as_ref()) != State::Open,
        }
    }

    fn state(&mut self, side: Side, data: Option<&RecordData>) -> State {
        let Some(data) = data.filter(|data| data::is_schemas(data)) else { return State::Settled };
        let known = self.known(side);
        let Some(place) = known.iter().position(|chosen| chosen.named.is_of(data)) else { return State::Open };
        known.swap(0, place);
        match known.first().filter(|chosen| chosen.counts()) {
            Some(Chosen { result: Ok(_), .. }) => State::Settled,
            Some(Chosen { result: Err(_), .. }) => State::Failed,
            None => State::Open,
        }
    }

    /// Resolves the schemas that the record names, or remembers why that cannot be. A record that is refused for other reasons, or for
    /// the schema of its key, asks for nothing more: nothing is registered for it.
    pub(super) async fn prepare(&mut self, topic: &str, parts: &Parts, deadline: Instant) {
        if data::check_all(parts).is_err() {
            return;
        }
        for (side, data) in [(Side::Key, &parts.key), (Side::Value, &parts.value)] {
            match self.state(side, data.as_ref()) {
                State::Settled => {}
                State::Failed => return,
                State::Open => {
                    let Some(data) = data else { return };
                    let result = self.resolve(topic, side, data, deadline).await;
                    let failed = result.is_err();
                    self.remember(side, data, result);
                    if failed {
                        return;
                    }
                }
            }
        }
    }

    fn remember(&mut self, side: Side, data: &RecordData, result: Result<Resolved>) {
        let until = result.is_err().then(|| Instant::now() + FAILURE);
        let named = Named {
            format: data.r#type,
            choice: data.schema_choice.clone(),
            subject: data.subject.clone(),
            strategy: data.subject_name_strategy,
        };
        let known = self.known(side);
        known.retain(|chosen| chosen.named != named);
        known.truncate(REMEMBERED - 1);
        known.insert(0, Chosen { named, result, until });
    }

    async fn resolve(&self, topic: &str, side: Side, data: &RecordData, deadline: Instant) -> Result<Resolved> {
        let choice = match &data.schema_choice {
            Some(SchemaChoice::SchemaId(id)) => Choice::Id(*id),
            Some(SchemaChoice::SchemaVersion(number)) => Choice::Version(*number),
            Some(SchemaChoice::Schema(text)) => Choice::Text(data::kind(data)?, text.as_str().into()),
            None => Choice::Latest,
        };
        let subject = match (&data.subject, data::strategy(data)?) {
            (Some(subject), _) => Subject::Named(subject.as_str().into()),
            (None, Some(strategy)) => Subject::By(strategy),
            (None, None) => Subject::Unsaid,
        };
        self.schemas.resolve(topic, side, &choice, &subject, deadline).await
    }

    /// The schema of data for which [`is_ready`](Self::is_ready) or [`prepare`](Self::prepare) came before.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) fn chosen(&self, side: Side, data: &RecordData) -> Result<&Resolved> {
        let known = match side {
            Side::Key => &self.keys,
            Side::Value => &self.values,
        };
        match known.iter().find(|chosen| chosen.named.is_of(data)) {
            Some(chosen) => chosen.result.as_ref().map_err(Error::clone),
            None => Err(Error::internal("a record whose schema was not resolved")),
        }
    }

    fn known(&mut self, side: Side) -> &mut Vec<Chosen> {
        match side {
            Side::Key => &mut self.keys,
            Side::Value => &mut self.values,
        }
    }
}
