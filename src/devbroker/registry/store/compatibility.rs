//! Whether a schema goes with earlier versions of its subject, and the messages that say why not.
//!
//! What two schemas have against each other is known by their kind; here is which are compared, and in which direction.

use std::sync::Arc;

use super::{Config, Content, Refusal, Selected, Store, Subject, Which, compile::Draft};
use crate::{
    devbroker::registry::{
        content::{Metadata, Submission},
        settings::Level,
    },
    schema::kind::{Incompatibility, Kind},
};

/// How much of an earlier schema's text a message shows, in bytes.
const MAX_SHOWN: usize = 10 * 1024;
/// How many reasons are told of two schemas.
const MAX_REASONS: usize = 1_000;

/// What a check answers.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::devbroker::registry) struct Verdict {
    pub compatible: bool,
    /// Why not.
    pub messages: Vec<String>,
}

impl Store {
    /// Checks a schema against one version, or all that the subject's level asks for.
    ///
    /// # Errors
    /// If it is no schema, or the version is not there. The latest of a subject without versions need not be there.
    pub fn check(
        &mut self,
        subject: &Subject,
        selected: Option<Selected>,
        submission: &Submission,
        normalize: bool,
    ) -> Result<Verdict, Refusal> {
        subject.check()?;
        let subject = &self.target(subject);
        let config = self.config(subject);
        let mut draft = self.draft(subject, submission, normalize || config.normalize == Some(true))?;
        let earlier = self.newest_first(subject, Which::Live);
        let given = draft.content.metadata.as_ref().or_else(|| earlier.first()?.2.metadata.as_ref());
        let merged = Metadata::merged(config.default_metadata.as_ref(), given);
        draft.content.metadata = Metadata::merged(merged.as_ref(), config.override_metadata.as_ref());
        let messages = match selected {
            None => self.against_earlier(subject, &draft, &config),
            Some(selected) => {
                let wanted = |number: i32| selected == Selected::Latest || selected == Selected::Number(number);
                let version = earlier.into_iter().find(|(number, ..)| wanted(*number));
                if version.is_none() && selected != Selected::Latest {
                    return Err(Refusal::NoVersion(selected));
                }
                version.map(|version| self.against(subject, &draft, &config, &version)).unwrap_or_default()
            }
        };
        Ok(Verdict { compatible: messages.is_empty(), messages })
    }

    /// What is against a schema in the versions that its subject's level asks for; the first of them that is, tells.
    pub(super) fn against_earlier(&mut self, subject: &Subject, draft: &Draft, config: &Config) -> Vec<String> {
        let group = |metadata: &Option<Metadata>| {
            let name = config.group.as_ref()?;
            metadata.as_ref()?.properties.get(name).cloned()
        };
        let wanted = group(&draft.content.metadata);
        let mut earlier = self.newest_first(subject, Which::Live);
        earlier.retain(|(_, _, content)| group(&content.metadata) == wanted);
        earlier.truncate(if config.level().is_transitive() { usize::MAX } else { 1 });
        let against = |version| Some(self.against(subject, draft, config, &version)).filter(|messages| !messages.is_empty());
        earlier.into_iter().find_map(against).unwrap_or_default()
    }

    /// What is against a schema in one version.
    fn against(&mut self, subject: &Subject, draft: &Draft, config: &Config, version: &(i32, i32, Arc<Content>)) -> Vec<String> {
        let (number, id, content) = version;
        let level = config.level();
        if level == Level::None {
            return Vec::new();
        }
        let settings = format!("{{validateFields: '{}', compatibility: '{}'}}", config.validate_fields == Some(true), level.name());
        // A version that can be read no longer (what it refers to was deleted) cannot be in the way.
        let Some(old) = self.compiled(&subject.context, *id) else { return Vec::new() };
        let new = &draft.compiled;
        let directions = [(level.is_forward(), &old, new, Direction::Forward), (level.is_backward(), new, &old, Direction::Backward)];
        let mut messages = Vec::new();
        for (_, reader, writer, direction) in directions.into_iter().filter(|(wanted, ..)| *wanted) {
            let Some(reasons) = reader.incompatibilities(writer) else {
                return vec!["Incompatible because of different schema type".to_owned(), settings];
            };
            let reasons = reasons.into_iter().take(MAX_REASONS).map(|reason| direction.told(reason));
            messages.extend(reasons.map(|reason| message(content.kind, &reason)));
        }
        if !messages.is_empty() {
            let shown = content.text.get(..content.text.floor_char_boundary(MAX_SHOWN)).unwrap_or_default();
            messages.extend([format!("{{oldSchemaVersion: {number}}}"), format!("{{oldSchema: '{shown}'}}"), settings]);
        }
        messages
    }
}

/// Who reads what was written by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// The new schema, by the old one.
    Backward,
    /// The old schema, by the new one.
    Forward,
}

impl Direction {
    /// The reason in words that call the new schema new; whoever finds it calls the reader so.
    fn told(self, reason: Incompatibility) -> Incompatibility {
        match self {
            Self::Backward => reason,
            Self::Forward => reason.turned(),
        }
    }
}

/// One reason, in the form that clients know for that kind.
fn message(kind: Kind, reason: &Incompatibility) -> String {
    let Incompatibility { kind: name, description, path } = reason;
    match kind {
        Kind::Avro => format!("{{errorType:'{name}', description:'{description}', additionalInfo:'{path}'}}"),
        Kind::Json | Kind::Protobuf => format!("{{errorType:\"{name}\", description:\"{description}\"}}"),
    }
}
