//! Whether a subject has a schema already. Within a subject schemas are compared by meaning; ids, by text.

use super::{Found, Refusal, Shown, Store, Subject, Which, compile::Draft};
use crate::devbroker::registry::content::Submission;

/// What metadata must be for two schemas to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MetadataRule {
    Equal,
    /// A schema that comes without any is also one that has some.
    EqualIfGiven,
}

impl Store {
    /// Finds a schema in a subject.
    ///
    /// # Errors
    /// If it is no schema, or the subject is not there or does not have it.
    pub fn lookup(
        &mut self,
        subject: &Subject,
        submission: &Submission,
        normalize: bool,
        deleted: bool,
        form: Shown,
    ) -> Result<Found, Refusal> {
        subject.check()?;
        let subject = self.anywhere(self.target(subject));
        let normalize = normalize || self.config(&subject).normalize == Some(true);
        let draft = submission.text().map(|_| self.draft(&subject, submission, normalize)).transpose()?;
        let which = if deleted { Which::All } else { Which::Live };
        if !self.has(&subject, which) {
            return Err(Refusal::NoSubject(subject));
        }
        let draft = draft.ok_or(Refusal::NoSchema)?;
        let found = self.find(&subject, &draft, which, MetadataRule::Equal);
        let found = found.or_else(|| self.find(&subject, &draft, which, MetadataRule::EqualIfGiven));
        let (version, id) = found.ok_or(Refusal::NoSchema)?;
        self.found(subject, version, id, form).ok_or(Refusal::NoSchema)
    }

    /// The newest version that is this schema, and its id. The same text counts more than the same meaning.
    pub(super) fn find(&mut self, subject: &Subject, draft: &Draft, which: Which, rule: MetadataRule) -> Option<(i32, i32)> {
        let same_text = self.room(subject)?.by_content.get(&draft.content).copied();
        let versions = self.newest_first(subject, which);
        if let Some((number, id, _)) = versions.iter().find(|(_, id, _)| Some(*id) == same_text) {
            return Some((*number, *id));
        }
        let wanted = &draft.content;
        versions.into_iter().find_map(|(number, id, content)| {
            let metadata = content.metadata == wanted.metadata || (rule == MetadataRule::EqualIfGiven && wanted.metadata.is_none());
            // A schema that has everything in it may be one that refers to a part of it.
            let references = content.references == wanted.references || wanted.references.is_empty();
            let fits = metadata && references && content.kind == wanted.kind;
            let same = fits && self.compiled(&subject.context, id)?.same(&draft.compiled);
            same.then_some((number, id))
        })
    }
}
