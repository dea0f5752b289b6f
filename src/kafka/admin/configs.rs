//! Settings of topics, brokers and the whole cluster: asked for, and changed one by one.
//!
//! A request is for many topics, but for one broker: each broker knows its own settings. What concerns all brokers at once goes over
//! our own connection, as librdkafka cannot say it. Start with [`Admin::configs`].

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{Admin, Options};
use crate::{
    error::{Error, Result},
    kafka::{
        native::{Configured, Fault, OfResource},
        wire::no_broker,
    },
};

/// Kafka's number for an answer that is not what it should be.
const UNKNOWN_SERVER_ERROR: i32 = -1;
/// How often it is looked whether a broker that does not answer is still there.
const LOOK: Duration = Duration::from_secs(1);

/// What has settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigResource {
    /// A topic, by its name.
    Topic(String),
    /// A broker, by its id.
    Broker(i32),
    /// All brokers: what is set for them while they run.
    AllBrokers,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The name.
    pub name: String,
    /// The value; absent if it is secret or null.
    pub value: Option<String>,
    /// True if it cannot be changed while the broker runs.
    pub is_read_only: bool,
    /// True if the value is secret.
    pub is_sensitive: bool,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Every place that sets it, the one that counts first.
    pub synonyms: Vec<ConfigSynonym>,
}

/// The value that a setting has in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// The setting's name in that place.
    pub name: String,
    /// The value; absent if it is secret or null.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

/// Where a value comes from, in the numbers of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set for the topic.
    DynamicTopic,
    /// Set for one broker while it runs.
    DynamicBroker,
    /// Set for all brokers while they run.
    DynamicDefaultBroker,
    /// The broker's properties file.
    StaticBroker,
    /// Kafka's default.
    Default,
    /// Set for the broker's loggers.
    DynamicBrokerLogger,
    /// Set for a group.
    DynamicGroup,
    /// Something else.
    Unknown,
}

impl ConfigSource {
    /// From the protocol's number.
    pub(in crate::kafka) fn of(number: i8) -> Self {
        match number {
            1 => Self::DynamicTopic,
            2 => Self::DynamicBroker,
            3 => Self::DynamicDefaultBroker,
            4 => Self::StaticBroker,
            5 => Self::Default,
            6 => Self::DynamicBrokerLogger,
            8 => Self::DynamicGroup,
            _ => Self::Unknown,
        }
    }
}

/// A change of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// The setting's name.
    pub name: String,
    /// What to do with it.
    pub change: Change,
}

/// What to do with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Give it this value.
    Set(String),
    /// Take its value away.
    Delete,
}

impl Admin {
    /// The settings of a resource in the broker's order: those of these names that it has, or all if there are no names.
    ///
    /// # Errors
    /// [`Code::UnknownTopicOrPartition`](crate::error::Code::UnknownTopicOrPartition);
    /// [`Code::NotFound`](crate::error::Code::NotFound) for a broker that the cluster does not have, or loses before it answers.
    pub async fn configs(&self, of: &ConfigResource, names: &[&str], deadline: Instant) -> Result<Vec<ConfigEntry>> {
        let (key, of) = match of {
            ConfigResource::Topic(name) => (name.clone(), Configured::Topic(name)),
            ConfigResource::Broker(id) => (id.to_string(), Configured::Broker(*id)),
            ConfigResource::AllBrokers => return self.cluster_configs(names, deadline).await,
        };
        let described = [of];
        let answer = self.described(&described, names, deadline);
        let mut answer = match of {
            Configured::Topic(_) => answer.await?,
            // librdkafka would wait for a broker that has left the cluster until the time is over.
            Configured::Broker(id) => tokio::select! {
                answer = answer => answer?,
                () = self.lost(id, deadline) => return Err(no_broker(id)),
            },
        };
        Ok(answer.remove(&key).unwrap_or_else(unanswered)?)
    }

    /// Waits until the cluster does not have this broker.
    async fn lost(&self, id: i32, deadline: Instant) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.describe_cluster(false, deadline).await.is_ok_and(|cluster| cluster.brokers.iter().all(|broker| broker.id != id)) {
                return;
            }
        }
    }

    /// The settings of each topic, in the order of the topics, as [`configs`](Self::configs). One request.
    pub async fn topics_configs(&self, topics: &[String], names: &[&str], deadline: Instant) -> Result<Vec<Result<Vec<ConfigEntry>>>> {
        if topics.is_empty() {
            return Ok(Vec::new());
        }
        let of: Vec<_> = topics.iter().map(|name| Configured::Topic(name)).collect();
        let mut answer = self.described(&of, names, deadline).await?;
        Ok(topics.iter().map(|name| answer.remove(name).unwrap_or_else(unanswered).map_err(Error::from)).collect())
    }

    /// Changes settings of a resource: all of them, or none. No name may be there twice.
    ///
    /// # Errors
    /// [`Code::KafkaInvalidRequest`](crate::error::Code::KafkaInvalidRequest) with the broker's text.
    pub async fn alter_configs(&self, of: &ConfigResource, changes: &[ConfigChange], validate_only: bool, deadline: Instant) -> Result<()> {
        let (key, of) = match of {
            ConfigResource::Topic(name) => (name.clone(), Configured::Topic(name)),
            ConfigResource::Broker(id) => (id.to_string(), Configured::Broker(*id)),
            ConfigResource::AllBrokers => return self.alter_cluster_configs(changes, validate_only, deadline).await,
        };
        let mut answer = self.altered(&[(of, changes)], validate_only, deadline).await?;
        Ok(answer.remove(&key).unwrap_or_else(unanswered)?)
    }

    /// Changes settings of several topics, of each all or none, in one request; the results in the order of the topics. No topic may
    /// be there twice.
    pub async fn alter_topics_configs(
        &self,
        changes: &[(String, Vec<ConfigChange>)],
        validate_only: bool,
        deadline: Instant,
    ) -> Result<Vec<Result<()>>> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let of: Vec<_> = changes.iter().map(|(name, changes)| (Configured::Topic(name), changes.as_slice())).collect();
        let mut answer = self.altered(&of, validate_only, deadline).await?;
        Ok(changes.iter().map(|(name, _)| answer.remove(name).unwrap_or_else(unanswered).map_err(Error::from)).collect())
    }

    async fn described(&self, of: &[Configured<'_>], names: &[&str], deadline: Instant) -> Result<Answers<Vec<ConfigEntry>>> {
        let options = self.options(deadline)?;
        let answer = self.request(options, deadline, |requests, options| requests.describe_configs(of, names, options)).await?;
        Ok(by_name(answer.same()?))
    }

    async fn altered(&self, of: &[(Configured<'_>, &[ConfigChange])], validate_only: bool, deadline: Instant) -> Result<Answers<()>> {
        let options = Options { validate_only, ..self.options(deadline)? };
        let answer = self.request(options, deadline, |requests, options| requests.alter_configs(of, options)).await?;
        Ok(by_name(answer.same()?))
    }
}

/// The answers, by the name of the resource. One request is about topics, or about one broker.
type Answers<T> = HashMap<String, Result<T, Fault>>;

fn by_name<T>(answer: Vec<OfResource<T>>) -> Answers<T> {
    answer.into_iter().collect()
}

/// For a resource that the answer does not have.
pub(super) fn unanswered<T>() -> Result<T, Fault> {
    Err(Fault { code: UNKNOWN_SERVER_ERROR, text: None })
}
