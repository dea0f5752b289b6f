//! Lists: of subjects, of versions, of schemas and where they are, of contexts. All are sorted; pages are cut by the caller.

use std::{collections::BTreeSet, sync::Arc};

use super::{Content, Context, Found, Refusal, Room, Selected, Shown, Store, Subject, Which};
use crate::devbroker::registry::name::Prefix;

impl Store {
    /// The subjects with this prefix, by context and name. [`Which::Deleted`] are those that have only deleted versions.
    pub fn subjects(&self, prefix: &Prefix, which: Which) -> Vec<Subject> {
        let contexts = self.contexts.iter().filter(|(context, _)| prefix.has_context(context));
        let subjects = contexts.flat_map(|(context, room)| room.subjects.iter().map(move |(name, versions)| (context, name, versions)));
        let wanted = subjects.filter(|(_, name, versions)| {
            let live = versions.values().any(|version| !version.deleted);
            prefix.has_name(name) && (which == Which::All || live == (which == Which::Live))
        });
        wanted.map(|(context, name, _)| Subject { context: context.clone(), name: name.clone() }).collect()
    }

    /// The versions of a subject.
    ///
    /// # Errors
    /// If the subject is not there; one with deleted versions only is there for those who ask for deleted ones.
    pub fn versions_of(&self, subject: &Subject, which: Which) -> Result<Vec<i32>, Refusal> {
        let subject = self.target(subject);
        let there = if which == Which::Live { Which::Live } else { Which::All };
        let versions = self.versions(&subject).filter(|_| self.has(&subject, there));
        let versions = versions.ok_or_else(|| Refusal::NoSubject(subject.clone()))?;
        Ok(versions.iter().filter(|(_, version)| which.has(**version)).map(|(number, _)| *number).collect())
    }

    /// The schemas of the subjects with this prefix, by subject and version; with `latest_only` one of each subject.
    pub fn schemas(&mut self, prefix: &Prefix, deleted: bool, latest_only: bool) -> Vec<Found> {
        let which = if deleted { Which::All } else { Which::Live };
        let mut found = Vec::new();
        for subject in self.subjects(prefix, which) {
            let mut versions = self.newest_first(&subject, which);
            versions.truncate(if latest_only { 1 } else { usize::MAX });
            found.extend(versions.into_iter().rev().map(|(version, id, content)| {
                let text = content.text.clone();
                Found { subject: subject.clone(), version, id, content, text }
            }));
        }
        found
    }

    /// Where the schema with an id is registered.
    ///
    /// # Errors
    /// If there is no such id.
    pub fn places_of(&self, subject: &Subject, id: i32, deleted: bool) -> Result<Vec<(Subject, i32)>, Refusal> {
        let context = self.context_of_id(subject, id).ok_or(Refusal::NoSchema)?;
        let which = if deleted { Which::All } else { Which::Live };
        let subjects = self.contexts.get(&context).into_iter().flat_map(|room| &room.subjects);
        let versions = subjects.flat_map(|(name, versions)| versions.iter().map(move |(number, version)| (name, *number, *version)));
        let wanted = versions.filter(|(_, _, version)| version.id == id && which.has(*version));
        Ok(wanted.map(|(name, number, _)| (Subject { context: context.clone(), name: name.clone() }, number)).collect())
    }

    /// The ids of the schemas that refer to a version, if they are not deleted.
    ///
    /// # Errors
    /// If the subject or the version is not there.
    pub fn referrers_of(&mut self, subject: &Subject, selected: Selected) -> Result<BTreeSet<i32>, Refusal> {
        let found = self.version(subject, selected, true, Shown::Kept)?;
        Ok(self.referrers(&found.subject, found.version).map(|(id, _)| id).collect())
    }

    /// The schemas that refer to a version and are not deleted.
    pub(super) fn referrers<'a>(&'a self, subject: &'a Subject, version: i32) -> impl Iterator<Item = (i32, &'a Arc<Content>)> {
        let rooms = self.contexts.iter();
        let live = |room: &'a Room| room.subjects.values().flat_map(|versions| versions.values()).filter(|version| !version.deleted);
        let schemas = rooms.flat_map(move |(context, room)| {
            live(room).filter_map(move |version| Some((context, version.id, &room.ids.get(&version.id)?.content)))
        });
        let refers = move |context: &Context, content: &Content| {
            let mut references = content.references.iter().filter(|reference| reference.version == version);
            references.any(|reference| Subject::parse(&reference.subject, context) == *subject)
        };
        schemas.filter(move |(context, _, content)| refers(context, content)).map(|(_, id, content)| (id, content))
    }

    /// The contexts whose names begin so. The default one is always there.
    pub fn contexts(&self, prefix: &str) -> Vec<String> {
        let mut names: BTreeSet<&str> = self.contexts.keys().map(Context::name).collect();
        let default = Context::default();
        names.insert(default.name());
        names.into_iter().filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
    }
}
