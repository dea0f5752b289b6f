//! What can be set for the registry, a context or a subject: how schemas must go together, and what is allowed.
//!
//! Only the values; which setting counts for a subject is known by the store. Start with [`Config`] and [`Mode`].

use serde::Serialize;

use super::{content::Metadata, refusal::Refusal};

/// Which versions of a subject must go together, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    None,
    Backward,
    BackwardTransitive,
    Forward,
    ForwardTransitive,
    Full,
    FullTransitive,
}

impl Level {
    const ALL: [Self; 7] =
        [Self::None, Self::Backward, Self::BackwardTransitive, Self::Forward, Self::ForwardTransitive, Self::Full, Self::FullTransitive];

    /// The level of this name, in any case.
    ///
    /// # Errors
    /// If there is none.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(name)).ok_or(Refusal::InvalidLevel)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Backward => "BACKWARD",
            Self::BackwardTransitive => "BACKWARD_TRANSITIVE",
            Self::Forward => "FORWARD",
            Self::ForwardTransitive => "FORWARD_TRANSITIVE",
            Self::Full => "FULL",
            Self::FullTransitive => "FULL_TRANSITIVE",
        }
    }

    /// True if the new schema must read what was written with earlier ones.
    pub fn is_backward(self) -> bool {
        matches!(self, Self::Backward | Self::BackwardTransitive | Self::Full | Self::FullTransitive)
    }

    /// True if earlier schemas must read what is written with the new one.
    pub fn is_forward(self) -> bool {
        matches!(self, Self::Forward | Self::ForwardTransitive | Self::Full | Self::FullTransitive)
    }

    /// True if all earlier versions count, not only the latest.
    pub fn is_transitive(self) -> bool {
        matches!(self, Self::BackwardTransitive | Self::ForwardTransitive | Self::FullTransitive)
    }
}

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    ReadWrite,
    ReadOnly,
    /// Read only, whatever the subjects say.
    ReadOnlyOverride,
    /// Schemas come with their ids.
    Import,
    /// As `Import`, for a registry that follows another one.
    Forward,
}

impl Mode {
    const ALL: [Self; 5] = [Self::ReadWrite, Self::ReadOnly, Self::ReadOnlyOverride, Self::Import, Self::Forward];

    /// The mode of this name, in any case.
    ///
    /// # Errors
    /// If there is none.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name)).ok_or(Refusal::InvalidMode)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::ReadWrite => "READWRITE",
            Self::ReadOnly => "READONLY",
            Self::ReadOnlyOverride => "READONLY_OVERRIDE",
            Self::Import => "IMPORT",
            Self::Forward => "FORWARD",
        }
    }

    /// True if nothing may be changed.
    pub fn is_read_only(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadOnlyOverride)
    }

    /// True if schemas come with their ids.
    pub fn takes_ids(self) -> bool {
        matches!(self, Self::Import | Self::Forward)
    }
}

/// How a subject's schemas are handled. What is not set is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// The subject that requests for this one mean.
    pub alias: Option<String>,
    /// Whether schemas are put in order before they are compared.
    pub normalize: Option<bool>,
    /// Whether reserved names of fields are refused.
    pub validate_fields: Option<bool>,
    pub level: Option<Level>,
    /// The property of metadata in which versions must agree to be compared.
    pub group: Option<String>,
    /// Metadata of schemas that bring none of their own.
    pub default_metadata: Option<Metadata>,
    /// Metadata of all schemas.
    pub override_metadata: Option<Metadata>,
}

impl Config {
    /// The level that counts. A config without one is backward, not as the config above it.
    pub fn level(&self) -> Level {
        self.level.unwrap_or(Level::Backward)
    }

    /// Its answer: under this name the level, which may be none.
    pub fn shown(&self, level: Option<Level>, name: LevelName) -> ShownConfig<'_> {
        let level = level.map(Level::name);
        let (compatibility, compatibility_level) = match name {
            LevelName::Compatibility => (level, None),
            LevelName::CompatibilityLevel => (None, level),
        };
        ShownConfig {
            alias: self.alias.as_deref(),
            normalize: self.normalize,
            validate_fields: self.validate_fields,
            compatibility,
            compatibility_level,
            compatibility_group: self.group.as_deref(),
            default_metadata: self.default_metadata.as_ref(),
            override_metadata: self.override_metadata.as_ref(),
        }
    }
}

/// How an answer calls the level: clients know one name where they set it, and another where they get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LevelName {
    Compatibility,
    CompatibilityLevel,
}

/// A config in an answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalize: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validate_fields: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compatibility: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compatibility_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compatibility_group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    override_metadata: Option<&'a Metadata>,
}

/// What a request wants of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change<T> {
    Keep,
    Remove,
    Set(T),
}

impl<T> Change<T> {
    fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Remove => *to = None,
            Self::Set(value) => *to = Some(value),
        }
    }
}

/// What a request wants of a config.
#[derive(Debug, Clone)]
pub(super) struct ConfigChange {
    pub alias: Change<String>,
    pub normalize: Change<bool>,
    pub validate_fields: Change<bool>,
    pub level: Change<Level>,
    pub group: Change<String>,
    pub default_metadata: Change<Metadata>,
    pub override_metadata: Change<Metadata>,
}

impl ConfigChange {
    /// Changes what it says and leaves the rest.
    pub fn apply(self, config: &mut Config) {
        self.alias.apply(&mut config.alias);
        self.normalize.apply(&mut config.normalize);
        self.validate_fields.apply(&mut config.validate_fields);
        self.level.apply(&mut config.level);
        self.group.apply(&mut config.group);
        self.default_metadata.apply(&mut config.default_metadata);
        self.override_metadata.apply(&mut config.override_metadata);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_nothing_else() {
        for (name, good, why) in [
            ("FULL_TRANSITIVE", true, "as it is written"),
            ("full_transitive", true, "in any case"),
            (" FULL", false, "no white space"),
            ("FULL-TRANSITIVE", false, "an underscore"),
            ("", false, "nothing"),
        ] {
            assert_eq!(Level::parse(name).is_ok(), good, "{why}");
        }
        assert_eq!(Mode::parse("readonly_override"), Ok(Mode::ReadOnlyOverride));
        assert_eq!(Mode::parse("READ ONLY"), Err(Refusal::InvalidMode));
    }

    #[test]
    fn levels_say_directions() {
        for (level, backward, forward, transitive) in [
            (Level::None, false, false, false),
            (Level::Backward, true, false, false),
            (Level::ForwardTransitive, false, true, true),
            (Level::Full, true, true, false),
            (Level::FullTransitive, true, true, true),
        ] {
            assert_eq!((level.is_backward(), level.is_forward(), level.is_transitive()), (backward, forward, transitive), "{level:?}");
        }
    }
}
