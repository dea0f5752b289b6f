//! Deleting: first softly, which hides a version, then for good, which frees its number and, with the last one, its id.

use super::{Refusal, Selected, Store, Subject, Which};

impl Store {
    /// Deletes a version, and says which one it was.
    ///
    /// # Errors
    /// If it is not there, the mode forbids it, others refer to it, or it is not this kind of deleting that it needs.
    pub fn delete_version(&mut self, subject: &Subject, selected: Selected, permanent: bool) -> Result<i32, Refusal> {
        self.writable(subject)?;
        let versions = self.versions(subject).ok_or_else(|| Refusal::NoSubject(subject.clone()))?;
        let (number, version) = match selected {
            Selected::Latest => versions.iter().rev().find(|(_, version)| !version.deleted),
            Selected::Number(number) => versions.get_key_value(&number),
        }
        .ok_or(Refusal::NoVersion(selected))?;
        let (number, deleted) = (*number, version.deleted);
        match (permanent, deleted) {
            (false, true) => return Err(Refusal::VersionDeleted(subject.clone(), number)),
            (true, false) => return Err(Refusal::VersionNotDeleted(subject.clone(), number)),
            (false, false) | (true, true) => {}
        }
        self.unreferenced(subject, number)?;
        if permanent {
            self.remove(subject, number)
        } else {
            self.hide(subject, number)
        }
        Ok(number)
    }

    /// Deletes a subject, and says which versions that concerned.
    ///
    /// # Errors
    /// As [`Self::delete_version`].
    pub fn delete_subject(&mut self, subject: &Subject, permanent: bool) -> Result<Vec<i32>, Refusal> {
        self.writable(subject)?;
        let versions = self.versions(subject).ok_or_else(|| Refusal::NoSubject(subject.clone()))?;
        let live: Vec<i32> = versions.iter().filter(|(_, version)| !version.deleted).map(|(number, _)| *number).collect();
        let concerned = match (permanent, live.is_empty()) {
            (false, true) => return Err(Refusal::SubjectDeleted(subject.clone())),
            (true, false) => return Err(Refusal::SubjectNotDeleted(subject.clone())),
            (false, false) => live,
            (true, true) => versions.keys().copied().collect(),
        };
        for number in &concerned {
            self.unreferenced(subject, *number)?;
        }
        for number in &concerned {
            if permanent { self.remove(subject, *number) } else { self.hide(subject, *number) }
        }
        Ok(concerned)
    }

    /// Removes what is deleted already for good, before schemas are imported.
    pub(super) fn wipe(&mut self, subject: &Subject) {
        let deleted = self.versions(subject).into_iter().flatten().filter(|(_, version)| Which::Deleted.has(**version));
        for number in deleted.map(|(number, _)| *number).collect::<Vec<_>>() {
            self.take_out(subject, number);
        }
    }

    fn unreferenced(&self, subject: &Subject, number: i32) -> Result<(), Refusal> {
        match self.referrers(subject, number).next() {
            Some(_) => Err(Refusal::Referenced(subject.clone(), number)),
            None => Ok(()),
        }
    }

    fn hide(&mut self, subject: &Subject, number: i32) {
        let versions = self.contexts.get_mut(&subject.context).and_then(|room| room.subjects.get_mut(&subject.name));
        if let Some(version) = versions.and_then(|versions| versions.get_mut(&number)) {
            version.deleted = true;
        }
    }

    /// Removes a version for good; the last one takes the subject's settings with it.
    fn remove(&mut self, subject: &Subject, number: i32) {
        self.take_out(subject, number);
        if self.versions(subject).is_none() {
            self.configs.remove(subject);
            self.modes.remove(subject);
        }
    }

    /// Takes a version out of its subject, and forgets what nothing has any more.
    pub(super) fn take_out(&mut self, subject: &Subject, number: i32) {
        let Some(room) = self.contexts.get_mut(&subject.context) else { return };
        let Some(versions) = room.subjects.get_mut(&subject.name) else { return };
        let Some(version) = versions.remove(&number) else { return };
        self.versions = self.versions.saturating_sub(1);
        if versions.is_empty() {
            room.subjects.remove(&subject.name);
        }
        let Some(entry) = room.ids.get_mut(&version.id) else { return };
        entry.versions = entry.versions.saturating_sub(1);
        if entry.versions > 0 {
            return;
        }
        self.bytes = self.bytes.saturating_sub(entry.content.bytes());
        // An import may have given the same schema another id, which stays.
        if room.by_content.get(&entry.content) == Some(&version.id) {
            room.by_content.remove(&entry.content);
        }
        room.ids.remove(&version.id);
        self.cache.forget(&subject.context, version.id);
    }
}
