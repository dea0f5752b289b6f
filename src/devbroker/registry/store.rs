//! The registry itself: contexts with their subjects, versions and ids, and settings. Commands in, answers out.
//!
//! Knows nothing of HTTP, of sockets or of time, so that the same commands make the same store anywhere. Nothing here waits.
//! What is registered is bounded by [`MAX_VERSIONS`] and [`MAX_BYTES`]; what is refused says so.
//!
//! Start with [`Store`]; `store/register.rs` is the longest way through it.

mod compatibility;
mod compile;
mod delete;
mod find;
mod list;
mod register;
mod scopes;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use self::compile::Cache;
use super::{
    content::Content,
    name::{Context, Subject},
    refusal::Refusal,
    settings::{Config, Mode},
};
use crate::schema::compiled::Shown;

pub(super) use compatibility::Verdict;
pub(super) use register::Registered;

/// How many versions there may be in all, deleted ones included: far beyond what is tried out on one machine.
const MAX_VERSIONS: usize = 50_000;
/// How many bytes of texts, references and metadata are kept.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// How many bytes a schema may have; a Kafka topic, where others keep them, takes no more.
const MAX_SCHEMA_BYTES: usize = 1_000_000;
/// How many configs, and how many modes, there may be.
const MAX_SETTINGS: usize = 10_000;

/// Everything that is registered and set.
#[derive(Default)]
pub(super) struct Store {
    contexts: BTreeMap<Context, Room>,
    configs: BTreeMap<Subject, Config>,
    modes: BTreeMap<Subject, Mode>,
    /// Schemas that have been read.
    cache: Cache,
    /// How many versions there are.
    versions: usize,
    /// How many bytes the contents take.
    bytes: usize,
}

/// What is in one context. Ids are its own.
#[derive(Default)]
struct Room {
    subjects: BTreeMap<Arc<str>, Versions>,
    ids: BTreeMap<i32, Entry>,
    by_content: HashMap<Arc<Content>, i32>,
    /// The highest id that has ever been given.
    last_id: i32,
}

/// The versions of a subject, at least one; deleted ones are there until they are deleted for good.
type Versions = BTreeMap<i32, Version>;

#[derive(Debug, Clone, Copy)]
struct Version {
    id: i32,
    deleted: bool,
}

/// What has an id.
struct Entry {
    content: Arc<Content>,
    /// How many versions have it. Without any, the id is forgotten, and not given again.
    versions: usize,
}

/// Which versions an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that are not deleted.
    Live,
    /// Those that are not deleted for good.
    All,
    /// Only those that are deleted.
    Deleted,
}

impl Which {
    fn has(self, version: Version) -> bool {
        match self {
            Self::Live => !version.deleted,
            Self::All => true,
            Self::Deleted => version.deleted,
        }
    }
}

/// The version that a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selected {
    /// The newest that is not deleted.
    Latest,
    Number(i32),
}

impl Selected {
    /// Reads it from a path.
    ///
    /// # Errors
    /// If it is neither a positive number nor a name of the latest.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("latest") {
            return Ok(Self::Latest);
        }
        match trimmed.parse::<i32>() {
            Ok(-1) => Ok(Self::Latest),
            Ok(number) if number > 0 => Ok(Self::Number(number)),
            Ok(_) | Err(_) => Err(Refusal::InvalidVersion(text.to_owned())),
        }
    }
}

impl fmt::Display for Selected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("-1"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// A registered schema in an answer.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub subject: Subject,
    pub version: i32,
    pub id: i32,
    pub content: Arc<Content>,
    /// The text in the form that was asked for.
    pub text: Arc<str>,
}

impl Store {
    fn room(&self, subject: &Subject) -> Option<&Room> {
        self.contexts.get(&subject.context)
    }

    fn versions(&self, subject: &Subject) -> Option<&Versions> {
        self.room(subject)?.subjects.get(&subject.name)
    }

    /// True if the subject has such versions.
    fn has(&self, subject: &Subject, which: Which) -> bool {
        self.versions(subject).is_some_and(|versions| versions.values().any(|version| which.has(*version)))
    }

    /// Versions of a subject, the newest first.
    fn newest_first(&self, subject: &Subject, which: Which) -> Vec<(i32, i32, Arc<Content>)> {
        let Some(room) = self.room(subject) else { return Vec::new() };
        let versions = room.subjects.get(&subject.name).into_iter().flatten().rev();
        let wanted = versions.filter(|(_, version)| which.has(**version));
        wanted.filter_map(|(number, version)| Some((*number, version.id, room.ids.get(&version.id)?.content.clone()))).collect()
    }

    /// The subject that requests for this one mean.
    fn target(&self, subject: &Subject) -> Subject {
        let alias = self.configs.get(subject).and_then(|config| config.alias.as_deref());
        alias.map_or_else(|| subject.clone(), |alias| Subject::parse(alias, &subject.context))
    }

    /// The same in another context, if the default one does not have it: readers need not know where a subject is.
    fn anywhere(&self, subject: Subject) -> Subject {
        if !subject.context.is_default() || self.versions(&subject).is_some() {
            return subject;
        }
        let elsewhere = self.contexts.iter().find(|(_, room)| room.subjects.contains_key(&subject.name));
        match elsewhere {
            Some((context, _)) => Subject { context: context.clone(), name: subject.name },
            None => subject,
        }
    }

    /// One version of a subject.
    ///
    /// # Errors
    /// If the subject or the version is not there. With `deleted` deleted ones are, but the latest one is a live one.
    pub fn version(&mut self, subject: &Subject, selected: Selected, deleted: bool, form: Shown) -> Result<Found, Refusal> {
        let subject = self.anywhere(self.target(subject));
        let which = if deleted { Which::All } else { Which::Live };
        if !self.has(&subject, which) {
            return Err(Refusal::NoSubject(subject));
        }
        let which = if selected == Selected::Latest { Which::Live } else { which };
        let versions = self.newest_first(&subject, which);
        let wanted = versions.into_iter().find(|(number, ..)| selected == Selected::Latest || selected == Selected::Number(*number));
        let (version, id, content) = wanted.ok_or(Refusal::NoVersion(selected))?;
        let text = self.text(&subject.context, id, &content, form);
        Ok(Found { subject, version, id, content, text })
    }

    /// The newest version whose metadata have all these properties; with none, that has metadata.
    ///
    /// # Errors
    /// If the subject or such a version is not there.
    pub fn version_with(&mut self, subject: &Subject, properties: &[(&str, &str)], deleted: bool, form: Shown) -> Result<Found, Refusal> {
        let subject = self.anywhere(self.target(subject));
        let which = if deleted { Which::All } else { Which::Live };
        if !self.has(&subject, which) {
            return Err(Refusal::NoSubject(subject));
        }
        let fits = |content: &Content| {
            let metadata = content.metadata.as_ref();
            metadata.is_some_and(|m| properties.iter().all(|(name, value)| m.properties.get(*name).is_some_and(|has| has == value)))
        };
        let found = self.newest_first(&subject, which).into_iter().find(|(_, _, content)| fits(content));
        let (version, id, content) = found.ok_or(Refusal::NoSchema)?;
        let text = self.text(&subject.context, id, &content, form);
        Ok(Found { subject, version, id, content, text })
    }

    /// The schema with an id; the subject tells in which context, and may be empty.
    ///
    /// # Errors
    /// If there is none.
    pub fn by_id(&mut self, subject: &Subject, id: i32, form: Shown) -> Result<(Arc<Content>, Arc<str>), Refusal> {
        let context = self.context_of_id(subject, id).ok_or(Refusal::NoId(id))?;
        let content = self.contexts.get(&context).and_then(|room| room.ids.get(&id)).map(|entry| entry.content.clone());
        let content = content.ok_or(Refusal::NoId(id))?;
        let text = self.text(&context, id, &content, form);
        Ok((content, text))
    }

    /// The highest id of a context, 0 without any.
    pub fn last_id(&self, context: &Context) -> i32 {
        self.contexts.get(context).map_or(0, |room| room.last_id)
    }

    /// Where an id is: in the subject's context, or in one that has a subject of that name.
    fn context_of_id(&self, subject: &Subject, id: i32) -> Option<Context> {
        let has = |context: &Context| self.contexts.get(context).is_some_and(|room| room.ids.contains_key(&id));
        let elsewhere = || (!subject.name.is_empty()).then(|| self.anywhere(subject.clone()).context);
        Some(subject.context.clone()).filter(has).or_else(|| elsewhere().filter(has))
    }
}
