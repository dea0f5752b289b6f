//! What the services of settings have in common: settings as the API shows them, changes as Kafka takes them, and the check that a
//! setting is there. Start with [`Settings`].

use std::{collections::HashSet, time::Instant};

use super::{known, topic_name};
use crate::{
    error::{Code, Error, Result},
    kafka::{Admin, Change, ConfigChange, ConfigEntry, ConfigResource, ConfigSource, ConfigSynonym},
    pb::v3,
};

/// Kafka's number for a request that it would refuse itself, were it asked.
const INVALID_REQUEST: i16 = 42;

/// Makes the message of a setting: `setting!(TopicConfig { cluster_id: …, topic_name: … }, entry)`. The three messages have the same
/// fields but for what has the setting.
macro_rules! setting {
    ($message:ident { $($owner:ident: $value:expr),* }, $entry:expr) => {{
        let entry: crate::kafka::ConfigEntry = $entry;
        $message {
            $($owner: $value,)*
            name: entry.name,
            value: entry.value,
            is_default: entry.source == crate::kafka::ConfigSource::Default,
            is_read_only: entry.is_read_only,
            is_sensitive: entry.is_sensitive,
            source: $crate::service::config::source(entry.source).into(),
            synonyms: entry.synonyms.into_iter().map($crate::service::config::synonym).collect(),
        }
    }};
}

pub(super) use setting;

/// The settings of one resource, on behalf of a caller.
pub(super) struct Settings {
    admin: Admin,
    of: ConfigResource,
    deadline: Instant,
}

impl Settings {
    /// Asks Kafka for nothing yet.
    pub(super) fn new(admin: Admin, of: ConfigResource, deadline: Instant) -> Self {
        Self { admin, of, deadline }
    }

    /// All of them, sorted by name.
    pub(super) async fn list(&self) -> Result<Vec<ConfigEntry>> {
        Ok(sorted(self.all().await?))
    }

    /// All of them, in Kafka's order.
    pub(super) async fn all(&self) -> Result<Vec<ConfigEntry>> {
        self.admin.configs(&self.of, &[], self.deadline).await
    }

    /// The one of this name.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none.
    pub(super) async fn get(&self, name: &str) -> Result<ConfigEntry> {
        let found = self.named(&[name]).await?.into_iter().find(|entry| entry.name == name);
        found.ok_or_else(|| Error::of(Code::NotFound))
    }

    async fn named(&self, names: &[&str]) -> Result<Vec<ConfigEntry>> {
        self.admin.configs(&self.of, &names_to_ask(names.iter().copied()), self.deadline).await
    }

    /// As [`Self::alter`], if there is a setting for each change.
    ///
    /// # Errors
    /// [`Code::NotFound`] with the documented text if there is none, and what [`Self::alter`] reports.
    pub(super) async fn alter_known(&self, asked: Vec<v3::ConfigChange>, validate_only: bool, cluster_id: &str) -> Result<()> {
        let names: Vec<&str> = asked.iter().map(|change| change.name.as_str()).collect();
        check_known(&self.named(&names).await?, &asked, &self.of, cluster_id)?;
        self.alter(asked, validate_only).await
    }

    /// Makes all of the changes, or none. Without a change Kafka is not asked.
    ///
    /// # Errors
    /// [`Code::KafkaInvalidRequest`] with Kafka's text for what it refuses.
    pub(super) async fn alter(&self, asked: Vec<v3::ConfigChange>, validate_only: bool) -> Result<()> {
        let changes = changes(asked)?;
        if changes.is_empty() {
            return Ok(());
        }
        self.admin.alter_configs(&self.of, &changes, validate_only, self.deadline).await
    }
}

/// A topic as that which has settings. What else is wrong with a name, Kafka says in its own words.
///
/// # Errors
/// [`Code::KafkaInvalidRequest`] for a name that cannot even be asked for.
pub(super) fn topic(name: &str) -> Result<ConfigResource> {
    if name.is_empty() || name.len() > topic_name::LONGEST {
        topic_name::check(name)?;
    }
    Ok(ConfigResource::Topic(name.to_owned()))
}

/// The names by which to ask for settings, each once. There is always one: no name would ask for all settings.
pub(super) fn names_to_ask<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    /// A setting that there is not: Kafka's names are of lower case.
    const NONE: &str = "-";
    let mut names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        names.push(NONE);
    }
    names
}

/// Nothing, if each change is of one of the settings that there are.
///
/// # Errors
/// [`Code::NotFound`] with the documented text for the first that is not.
pub(super) fn check_known(known: &[ConfigEntry], asked: &[v3::ConfigChange], of: &ConfigResource, cluster_id: &str) -> Result<()> {
    let known: HashSet<&str> = known.iter().map(|entry| entry.name.as_str()).collect();
    match asked.iter().find(|change| !known.contains(change.name.as_str())) {
        Some(change) => Err(not_found(&change.name, of, cluster_id)),
        None => Ok(()),
    }
}

/// The documented error for a setting that is not there.
fn not_found(name: &str, of: &ConfigResource, cluster_id: &str) -> Error {
    let of = match of {
        ConfigResource::Topic(name) => format!("TOPIC {name}"),
        ConfigResource::Broker(id) => format!("BROKER {id}"),
        ConfigResource::AllBrokers => "BROKER ".to_owned(),
    };
    Error::new(Code::NotFound, format!("Config {name} cannot be found for {of} in cluster {cluster_id}."))
}

/// By name.
pub(super) fn sorted(mut entries: Vec<ConfigEntry>) -> Vec<ConfigEntry> {
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// The changes, if Kafka would look at them: it wants each setting once, and a value for each that is set.
///
/// # Errors
/// [`Code::KafkaInvalidRequest`] in Kafka's words; librdkafka would not ask it. [`Code::BadRequest`] for an unknown operation.
pub(super) fn changes(asked: Vec<v3::ConfigChange>) -> Result<Vec<ConfigChange>> {
    let mut names = HashSet::new();
    if !asked.iter().all(|change| names.insert(change.name.as_str())) {
        return Err(refused("Error due to duplicate config keys".to_owned()));
    }
    let mut without_value = Vec::new();
    let mut changes = Vec::with_capacity(asked.len());
    for v3::ConfigChange { name, value, operation } in asked {
        use v3::ConfigOperation::{Delete, Set, Unspecified};
        match (known::<v3::ConfigOperation>(&format!("operation of {name}"), operation)?, value) {
            (Delete, _) => changes.push(ConfigChange { name, change: Change::Delete }),
            (Set | Unspecified, Some(value)) => changes.push(ConfigChange { name, change: Change::Set(value) }),
            (Set | Unspecified, None) => without_value.push(name),
        }
    }
    if without_value.is_empty() {
        Ok(changes)
    } else {
        Err(refused(format!("Null value not supported for : {}", without_value.join(", "))))
    }
}

fn refused(text: String) -> Error {
    Error::new(Code::KafkaInvalidRequest, text).with_kafka_error(INVALID_REQUEST)
}

/// The change that gives a setting a value.
pub(super) fn set(name: String, value: Option<String>) -> v3::ConfigChange {
    v3::ConfigChange { name, value, operation: v3::ConfigOperation::Set.into() }
}

/// The change that takes a setting's value away.
pub(super) fn reset(name: String) -> v3::ConfigChange {
    v3::ConfigChange { name, value: None, operation: v3::ConfigOperation::Delete.into() }
}

pub(super) fn source(source: ConfigSource) -> v3::ConfigSource {
    match source {
        ConfigSource::DynamicTopic => v3::ConfigSource::DynamicTopicConfig,
        ConfigSource::DynamicBroker => v3::ConfigSource::DynamicBrokerConfig,
        ConfigSource::DynamicDefaultBroker => v3::ConfigSource::DynamicDefaultBrokerConfig,
        ConfigSource::StaticBroker => v3::ConfigSource::StaticBrokerConfig,
        ConfigSource::Default => v3::ConfigSource::DefaultConfig,
        ConfigSource::DynamicBrokerLogger => v3::ConfigSource::DynamicBrokerLoggerConfig,
        ConfigSource::DynamicGroup => v3::ConfigSource::DynamicGroupConfig,
        ConfigSource::Unknown => v3::ConfigSource::Unknown,
    }
}

pub(super) fn synonym(synonym: ConfigSynonym) -> v3::ConfigSynonym {
    v3::ConfigSynonym { name: synonym.name, value: synonym.value, source: source(synonym.source).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kafka_would_refuse_is_refused_in_its_words() {
        let delete = |name: &str| reset(name.to_owned());
        let set = |name: &str, value: Option<&str>| set(name.to_owned(), value.map(str::to_owned));
        let said = |asked| changes(asked).map_err(|e| (e.code(), e.message().to_owned(), e.kafka_error()));
        let refused = |text: &str| Err((Code::KafkaInvalidRequest, text.to_owned(), Some(42)));
        assert_eq!(said(vec![set("a", Some("1")), delete("a")]), refused("Error due to duplicate config keys"));
        assert_eq!(said(vec![set("a", None), set("b", Some("")), set("c", None)]), refused("Null value not supported for : a, c"));
        assert_eq!(said(vec![v3::ConfigChange { operation: 9, ..delete("a") }]).map_err(|e| e.0), Err(Code::BadRequest));
        let change = |name: &str, change| ConfigChange { name: name.to_owned(), change };
        let unspecified = v3::ConfigChange { operation: 0, ..set("c", Some("x")) };
        assert_eq!(
            said(vec![delete("a"), set("b", Some("")), unspecified]),
            Ok(vec![change("a", Change::Delete), change("b", Change::Set(String::new())), change("c", Change::Set("x".to_owned()))])
        );
    }

    #[test]
    fn what_is_asked_for_is_never_everything() {
        assert_eq!(names_to_ask(["b", "a", "b"]), ["a", "b"]);
        assert_eq!(names_to_ask([""]).len(), 1);
        assert_eq!(names_to_ask([]).len(), 1);
    }

    #[test]
    fn the_error_names_what_has_no_such_setting() {
        let text = |of| not_found("k", &of, "c").message().to_owned();
        assert_eq!(text(ConfigResource::Topic("t".to_owned())), "Config k cannot be found for TOPIC t in cluster c.");
        assert_eq!(text(ConfigResource::Broker(1)), "Config k cannot be found for BROKER 1 in cluster c.");
        assert_eq!(text(ConfigResource::AllBrokers), "Config k cannot be found for BROKER  in cluster c.");
    }
}
