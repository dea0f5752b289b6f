//! Speaks to Kafka; the only place that knows librdkafka and Kafka's error numbers.
//!
//! [`Kafka`] hands out what the services work with, by the caller's principal: the shared [`Producer`], [`Admin`] requests, and
//! a [`Consumer`] for each instance. It knows nothing of protocols, formats and surfaces. All calls into C stand in `native`.

mod admin;
mod consumer;
mod errors;
mod lane;
mod native;
mod producer;
mod record;
mod requests;
mod settings;
mod statistics;
mod topics;
mod wire;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use settings::Recipe;
use tokio_util::task::TaskTracker;

pub use admin::{
    Abortion, Acl, AclFilter, Admin, Broker, Change, Cluster, CommittedByGroup, ConfigChange, ConfigEntry, ConfigResource, ConfigSource,
    ConfigSynonym, Election, Group, GroupListing, GroupState, GroupType, LogDir, LogDirReplica, Mechanism, Member, NewTopic, OffsetSpec,
    PartitionDescription, ProducerDescription, Quorum, QuorumReplica, QuotaChanges, QuotaEntity, QuotaName, Quotas, Reassignment,
    ReassignmentChange, ScramUser, TopicDescription, TopicListing, TransactionDescription, TransactionFilter, TransactionListing,
    TransactionState, Upsertion,
};
pub use consumer::{CommitOffset, CommittedOffset, Consumer, Position};
pub use producer::{Delivery, Producer};
pub use record::{Fetched, Header, Record, TopicPartition, Written};
pub use settings::{ConsumerSettings, Properties, Settings};
pub use topics::Topic;
pub use wire::no_broker;

use crate::{
    caller::{Caller, Principal},
    error::Result,
};

/// The Kafka clients of the gateway. Shared as an `Arc`.
pub struct Kafka {
    recipe: Arc<Recipe>,
    producers: Mutex<HashMap<Principal, Arc<Producer>>>,
}

impl Kafka {
    /// Makes the anonymous principal's producer, so that it connects at once; does not wait for brokers. Inside a Tokio runtime.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) naming a librdkafka property that is unknown or has a wrong value.
    pub fn new(settings: Settings) -> Result<Arc<Self>> {
        let recipe = Arc::new(Recipe { settings, alive: TaskTracker::new() });
        // Consumers are made later: their properties are checked now.
        recipe.consumer_conf(&ConsumerSettings { group_id: "check".into(), ..ConsumerSettings::default() })?;
        let kafka = Arc::new(Self { recipe, producers: Mutex::default() });
        kafka.producer_of(&Principal::Anonymous)?;
        Ok(kafka)
    }

    /// The caller's producer, shared by all requests of its principal.
    pub fn producer(&self, caller: &Caller) -> Result<Arc<Producer>> {
        self.producer_of(&caller.principal)
    }

    /// Admin requests in the caller's name.
    pub fn admin(&self, caller: &Caller) -> Result<Admin> {
        Ok(self.producer(caller)?.admin().clone())
    }

    /// A consumer of its own, which joins nothing and fetches nothing yet.
    ///
    /// # Errors
    /// [`Code::InvalidConsumerConfig`](crate::error::Code::InvalidConsumerConfig) for an unknown `auto_offset_reset`.
    pub fn consumer(&self, caller: &Caller, settings: ConsumerSettings) -> Result<Consumer> {
        Consumer::new(self.recipe.consumer_conf(&settings)?, self.admin(caller)?, self.recipe.settings.request_timeout)
    }

    /// True if a broker answers within `timeout`.
    pub async fn ping(&self, timeout: Duration) -> Result<()> {
        let admin = self.producer_of(&Principal::Anonymous)?.admin().clone();
        admin.describe_cluster(false, Instant::now() + timeout).await.map(drop)
    }

    /// For the shutdown: waits until every record has its report.
    ///
    /// # Errors
    /// [`Code::KafkaRetriable`](crate::error::Code::KafkaRetriable) if `timeout` is over first.
    pub async fn flush(&self, timeout: Duration) -> Result<()> {
        let producers: Vec<_> = self.producers.lock().values().cloned().collect();
        futures::future::try_join_all(producers.iter().map(|p| p.flush(timeout))).await.map(drop)
    }

    /// For the shutdown, when nobody else has anything of this any more: waits until every client is freed, at most `timeout`.
    /// Returns whether all are.
    pub async fn close(self: Arc<Self>, timeout: Duration) -> bool {
        let alive = self.recipe.alive.clone();
        drop(self);
        alive.close();
        tokio::time::timeout(timeout, alive.wait()).await.is_ok()
    }

    fn producer_of(&self, principal: &Principal) -> Result<Arc<Producer>> {
        let mut producers = self.producers.lock();
        if let Some(producer) = producers.get(principal).filter(|p| !p.is_broken()) {
            return Ok(producer.clone());
        }
        // A broken one gets its last reports in the hands of those who wait for them.
        let producer = Producer::start(self.recipe.clone())?;
        producers.insert(principal.clone(), producer.clone());
        Ok(producer)
    }
}

#[cfg(test)]
#[cfg(feature = "devbroker")]
mod tests;
