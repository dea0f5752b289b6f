//! Registering: what is there already is answered; what is new must be allowed, complete and compatible.
//!
//! Start with [`Store::register`].

use std::sync::Arc;

use super::{
    Config, Content, Entry, Found, MAX_BYTES, MAX_VERSIONS, Refusal, Shown, Store, Subject, Version, Which, compile::Draft,
    find::MetadataRule,
};
use crate::{
    devbroker::registry::content::{Metadata, Submission},
    schema::kind::Kind,
};

/// What registering answers.
#[derive(Debug)]
pub(in crate::devbroker::registry) enum Registered {
    /// The schema was taken as it came, or was there.
    Id(i32),
    /// The registry completed it, so that the client should see what it is now.
    Whole(Box<Found>),
}

impl Store {
    /// Registers a schema, if the subject does not have it.
    ///
    /// # Errors
    /// If it is no schema, does not go with earlier ones, the mode forbids it, or there is no room.
    pub fn register(&mut self, subject: &Subject, submission: &Submission, normalize: bool, form: Shown) -> Result<Registered, Refusal> {
        subject.check()?;
        let subject = &self.target(subject);
        let config = self.config(subject);
        let normalize = normalize || config.normalize == Some(true);
        let draft = submission.text().map(|_| self.draft(subject, submission, normalize)).transpose()?;
        if let Some(there) = draft.as_ref().and_then(|draft| self.registered_as(subject, draft, submission, form)) {
            return Ok(there);
        }
        self.writable(subject)?;
        let mode = self.mode(subject);
        match submission.id() {
            Some(id) if mode.takes_ids() => return self.import(subject, draft, submission, id),
            Some(_) => return Err(Refusal::NotPermitted(format!("Subject {subject} is not in import or forward mode"))),
            None if mode.takes_ids() => {
                let reason = format!("Subject {subject} in context {} is not in read-write mode", subject.context.prefix());
                return Err(Refusal::NotPermitted(reason));
            }
            None => {}
        }
        let (draft, completed) = self.complete(subject, draft, submission, &config)?;
        if let Some((version, id)) = self.find(subject, &draft, Which::Live, MetadataRule::Equal) {
            return Ok(self.answer(subject, version, id, completed, form));
        }
        check_fields(subject, &draft.content, &config)?;
        let incompatible = self.against_earlier(subject, &draft, &config);
        if !incompatible.is_empty() {
            return Err(Refusal::Incompatible(subject.clone(), incompatible));
        }
        let version = self.next_version(subject);
        let id = self.insert(subject, draft, None, version)?;
        Ok(self.answer(subject, version, id, completed, form))
    }

    /// The answer for a schema that the subject has, if the request does not want another id or version.
    fn registered_as(&mut self, subject: &Subject, draft: &Draft, submission: &Submission, form: Shown) -> Option<Registered> {
        let (version, id) = self.find(subject, draft, Which::Live, MetadataRule::Equal)?;
        if submission.id().is_some_and(|wanted| wanted != id) {
            return None;
        }
        match submission.version() {
            None => Some(Registered::Id(id)),
            Some(wanted) if wanted == version => Some(self.answer(subject, version, id, true, form)),
            Some(_) => None,
        }
    }

    /// Fills in what a request may leave out, and says whether that changed anything.
    fn complete(
        &mut self,
        subject: &Subject,
        draft: Option<Draft>,
        submission: &Submission,
        config: &Config,
    ) -> Result<(Draft, bool), Refusal> {
        let latest = self.newest_first(subject, Which::Live).into_iter().next();
        let filled_in = draft.is_none();
        let mut draft = match (draft, &latest) {
            (Some(draft), _) => draft,
            (None, Some((_, id, content))) => {
                let compiled = self.compiled(&subject.context, *id);
                let compiled = compiled.ok_or_else(|| Refusal::InvalidSchema("Empty schema".to_owned()))?;
                let content = Content { metadata: submission.metadata.clone(), ..Content::clone(content) };
                Draft { content, compiled }
            }
            (None, None) => return Err(Refusal::InvalidSchema("Empty schema".to_owned())),
        };
        let given = submission.metadata.as_ref().or_else(|| latest.as_ref()?.2.metadata.as_ref());
        let merged = Metadata::merged(config.default_metadata.as_ref(), given);
        let mut metadata = Metadata::merged(merged.as_ref(), config.override_metadata.as_ref());
        if let Some(wanted) = submission.version() {
            let next = self.next_version(subject);
            if wanted != -1 && wanted != next {
                return Err(Refusal::InvalidSchema("Version is not one more than previous version".to_owned()));
            }
            metadata = Some(Metadata::of_version(metadata, next));
        }
        let completed = filled_in || metadata.is_some();
        draft.content.metadata = metadata;
        Ok((draft, completed))
    }

    /// Takes a schema with its id, and its version if it says one. What was registered elsewhere went with its neighbours there, so
    /// it is not compared here.
    fn import(&mut self, subject: &Subject, draft: Option<Draft>, submission: &Submission, id: i32) -> Result<Registered, Refusal> {
        let draft = draft.ok_or_else(|| Refusal::InvalidSchema("Empty schema".to_owned()))?;
        let taken = self.room(subject).and_then(|room| room.ids.get(&id)).is_some_and(|entry| *entry.content != draft.content);
        if taken || id < 1 {
            let context = subject.context.prefix();
            return Err(Refusal::NotPermitted(format!("Overwrite new schema with id {id} in context {context} is not permitted.")));
        }
        let version = submission.version().filter(|version| *version > 0).unwrap_or_else(|| self.next_version(subject));
        Ok(Registered::Id(self.insert(subject, draft, Some(id), version)?))
    }

    fn answer(&mut self, subject: &Subject, version: i32, id: i32, whole: bool, form: Shown) -> Registered {
        let found = whole.then(|| self.found(subject.clone(), version, id, form)).flatten();
        found.map_or(Registered::Id(id), |found| Registered::Whole(Box::new(found)))
    }

    /// The number after the highest one, deleted versions included.
    fn next_version(&self, subject: &Subject) -> i32 {
        let highest = self.versions(subject).and_then(|versions| versions.last_key_value());
        highest.map_or(1, |(number, _)| number.saturating_add(1))
    }

    /// Makes the version. The same schema, where it is only deleted, comes back as this one.
    fn insert(&mut self, subject: &Subject, draft: Draft, id: Option<i32>, version: i32) -> Result<i32, Refusal> {
        let content = Arc::new(draft.content);
        if self.versions >= MAX_VERSIONS || self.bytes + content.bytes() > MAX_BYTES {
            return Err(Refusal::Full(format!(
                "The embedded registry is full: it has room for {MAX_VERSIONS} versions and {MAX_BYTES} bytes of schemas"
            )));
        }
        let room = self.contexts.entry(subject.context.clone()).or_default();
        let next = || room.last_id.checked_add(1).ok_or_else(|| Refusal::Full("There are no more ids".to_owned()));
        let id = match id.or_else(|| room.by_content.get(&content).copied()) {
            Some(id) => id,
            None => next()?,
        };
        room.last_id = room.last_id.max(id);
        let bytes = &mut self.bytes;
        let entry = room.ids.entry(id).or_insert_with(|| {
            *bytes += content.bytes();
            Entry { content: content.clone(), versions: 0 }
        });
        entry.versions += 1;
        room.by_content.insert(content, id);
        let versions = room.subjects.entry(subject.name.clone()).or_default();
        let replaced = versions.iter().filter(|(number, old)| **number == version || (old.id == id && old.deleted));
        let replaced: Vec<i32> = replaced.map(|(number, _)| *number).collect();
        for number in replaced {
            self.take_out(subject, number);
        }
        // Taking out the last one takes out the subject.
        let room = self.contexts.entry(subject.context.clone()).or_default();
        room.subjects.entry(subject.name.clone()).or_default().insert(version, Version { id, deleted: false });
        self.versions += 1;
        Ok(id)
    }
}

/// Refuses fields of JSON objects with names that are reserved, if the config says so.
fn check_fields(subject: &Subject, content: &Content, config: &Config) -> Result<(), Refusal> {
    if config.validate_fields != Some(true) || content.kind != Kind::Json {
        return Ok(());
    }
    let schema: serde_json::Value = serde_json::from_str(&content.text).unwrap_or_default();
    let mut fields = schema.get("properties").and_then(|properties| properties.as_object()).into_iter().flat_map(|fields| fields.keys());
    match fields.find(|name| name.starts_with("$$")) {
        Some(name) => Err(Refusal::InvalidSchema(format!(
            "Invalid schema of subject {subject}, details: #/properties/{name}: Field names cannot start with $$ prefix"
        ))),
        None => Ok(()),
    }
}
