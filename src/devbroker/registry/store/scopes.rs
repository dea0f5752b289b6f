//! Which setting counts where: a subject's own, else its context's, else that of all contexts; and changing them.
//!
//! The settings of the default context are those of the registry, `/config` and `/mode`. Other contexts do not follow them.

use super::{Config, MAX_SETTINGS, Mode, Refusal, Store, Subject, Which};
use crate::devbroker::registry::{name::Prefix, settings::ConfigChange};

impl Store {
    /// The config that counts for a subject or a context.
    pub fn config(&self, scope: &Subject) -> Config {
        let scopes = [scope.clone(), Subject::of(&scope.context), Subject::everywhere()];
        scopes.iter().find_map(|scope| self.configs.get(scope)).cloned().unwrap_or_default()
    }

    /// The config of a subject itself.
    ///
    /// # Errors
    /// If it has none.
    pub fn own_config(&self, scope: &Subject) -> Result<Config, Refusal> {
        self.configs.get(scope).cloned().ok_or_else(|| Refusal::NoConfig(scope.clone()))
    }

    /// Changes a config, and says what it is then.
    ///
    /// # Errors
    /// If the mode forbids it, or there are too many.
    pub fn set_config(&mut self, scope: &Subject, change: ConfigChange) -> Result<Config, Refusal> {
        scope.check()?;
        self.writable(scope)?;
        if self.configs.len() >= MAX_SETTINGS && !self.configs.contains_key(scope) {
            return Err(Refusal::Full(format!("The embedded registry has no room for more than {MAX_SETTINGS} configs")));
        }
        let config = self.configs.entry(scope.clone()).or_default();
        change.apply(config);
        Ok(config.clone())
    }

    /// Removes a config, and says what it was. The registry's own and a context's are always there.
    ///
    /// # Errors
    /// If a subject has none, or the mode forbids it.
    pub fn remove_config(&mut self, scope: &Subject) -> Result<Config, Refusal> {
        let former = match self.configs.get(scope) {
            Some(config) => config.clone(),
            None if scope.is_global() => Config::default(),
            None => return Err(Refusal::NoSubject(scope.clone())),
        };
        self.writable(scope)?;
        self.configs.remove(scope);
        Ok(former)
    }

    /// The mode that counts for a subject or a context.
    pub fn mode(&self, scope: &Subject) -> Mode {
        let above = [Subject::of(&scope.context), Subject::everywhere()].map(|scope| self.modes.get(&scope).copied());
        if above.contains(&Some(Mode::ReadOnlyOverride)) {
            return Mode::ReadOnlyOverride;
        }
        let own = self.modes.get(scope).copied();
        own.or_else(|| above.into_iter().flatten().next()).unwrap_or(Mode::ReadWrite)
    }

    /// The mode of a subject itself, unless the one above overrides all.
    ///
    /// # Errors
    /// If it has none.
    pub fn own_mode(&self, scope: &Subject) -> Result<Mode, Refusal> {
        let mode = self.mode(scope);
        if mode != Mode::ReadOnlyOverride && !self.modes.contains_key(scope) {
            return Err(Refusal::NoMode(scope.clone()));
        }
        Ok(mode)
    }

    /// Sets a mode, or removes it. Before schemas can be imported, nothing may be there, unless it is forced; what is only deleted
    /// softly is removed.
    ///
    /// # Errors
    /// If the mode is not for a subject, schemas are in the way of an import, or there are too many modes.
    pub fn set_mode(&mut self, scope: &Subject, mode: Option<Mode>, force: bool) -> Result<(), Refusal> {
        scope.check()?;
        let Some(mode) = mode else {
            self.modes.remove(scope);
            return Ok(());
        };
        if mode == Mode::Forward && !scope.name.is_empty() {
            return Err(Refusal::GlobalMode);
        }
        if mode == Mode::Import && self.mode(scope) != Mode::Import {
            let subjects = self.within(scope);
            if !force && subjects.iter().any(|subject| self.has(subject, Which::Live)) {
                return Err(Refusal::NotPermitted("Cannot import since found existing subjects".to_owned()));
            }
            for subject in subjects {
                self.wipe(&subject);
            }
        }
        if self.modes.len() >= MAX_SETTINGS && !self.modes.contains_key(scope) {
            return Err(Refusal::Full(format!("The embedded registry has no room for more than {MAX_SETTINGS} modes")));
        }
        self.modes.insert(scope.clone(), mode);
        Ok(())
    }

    /// Removes a mode, and says what it was; with `recursive` also those of the subjects below.
    ///
    /// # Errors
    /// If a subject has none.
    pub fn remove_mode(&mut self, scope: &Subject, recursive: bool) -> Result<Mode, Refusal> {
        let former = match self.modes.remove(scope) {
            Some(mode) => mode,
            None if scope.is_global() => Mode::ReadWrite,
            None => return Err(Refusal::NoSubject(scope.clone())),
        };
        if recursive && scope.name.is_empty() {
            self.modes.retain(|subject, _| subject.context != scope.context);
        }
        Ok(former)
    }

    /// Refuses what changes something where nothing may be changed.
    ///
    /// # Errors
    /// If the mode is read-only.
    pub(super) fn writable(&self, scope: &Subject) -> Result<(), Refusal> {
        if self.mode(scope).is_read_only() {
            let reason = format!("Subject {scope} in context {} is in read-only mode", scope.context.prefix());
            return Err(Refusal::NotPermitted(reason));
        }
        Ok(())
    }

    /// The subjects that a mode would be for.
    fn within(&self, scope: &Subject) -> Vec<Subject> {
        if !scope.name.is_empty() {
            return vec![scope.clone()];
        }
        let context = (!scope.is_global() && *scope != Subject::everywhere()).then_some(&scope.context);
        self.subjects(&Prefix::parse(None, context), Which::All)
    }
}
