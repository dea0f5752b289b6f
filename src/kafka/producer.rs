//! Writing records: the shared idempotent producer.
//!
//! [`Producer::topic`] finds out about a topic, [`Producer::send`] hands records to librdkafka at once and returns the
//! [`Delivery`], which resolves when each of them has its result. Nothing here copies a payload, and nothing waits for one
//! record at a time.

mod delivery;

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

pub use delivery::Delivery;

use super::{
    admin::Admin,
    lane::Lane,
    native::{Batch, submit},
    record::Record,
    settings::Recipe,
    topics::{Topic, Topics},
    wire::Wire,
};
use crate::error::{Code, Error, Result};

/// librdkafka's `batch.size` if it is not set, in bytes.
const DEFAULT_BATCH_SIZE: usize = 1_000_000;
/// The Java producer's `max.request.size`, if `message.max.bytes` is not set, in bytes.
const DEFAULT_MAX_REQUEST: usize = 1_048_576;

/// The producing clients: one for nearly everything, and one for topics that do not take a full batch.
pub(super) struct Lanes {
    wide: Arc<Lane>,
    /// Every record in a batch of its own. The broker refuses a batch as a whole if it is over the topic's limit, and
    /// librdkafka, unlike the Java producer, does not split it.
    narrow: OnceLock<Arc<Lane>>,
    recipe: Arc<Recipe>,
    batch_size: usize,
}

impl Lanes {
    fn start(recipe: Arc<Recipe>) -> Result<Arc<Self>> {
        let wide = Lane::start(recipe.producer_conf(false)?)?;
        let batch_size = recipe.producer_property("batch.size").and_then(|v| v.parse().ok()).unwrap_or(DEFAULT_BATCH_SIZE);
        Ok(Arc::new(Self { wide, narrow: OnceLock::new(), recipe, batch_size }))
    }

    /// The client for a topic that takes batches of at most `limit` bytes.
    pub(super) fn for_limit(&self, limit: Option<usize>) -> Result<Arc<Lane>> {
        if limit.is_none_or(|limit| limit >= self.batch_size) {
            return Ok(self.wide.clone());
        }
        if let Some(narrow) = self.narrow.get() {
            return Ok(narrow.clone());
        }
        let narrow = Lane::start(self.recipe.producer_conf(true)?)?;
        Ok(self.narrow.get_or_init(|| narrow).clone())
    }

    /// True if records are smaller on their way than they are here.
    pub(super) fn compresses(&self) -> bool {
        ["compression.type", "compression.codec"].iter().any(|name| self.recipe.producer_property(name).is_some_and(|v| v != "none"))
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Lane>> {
        [&self.wide].into_iter().chain(self.narrow.get())
    }
}

/// The producer of one principal. Cheap to share.
pub struct Producer {
    lanes: Arc<Lanes>,
    topics: Arc<Topics>,
    admin: Admin,
    max_request: usize,
}

impl Producer {
    pub(super) fn start(recipe: Arc<Recipe>) -> Result<Arc<Self>> {
        let lanes = Lanes::start(recipe.clone())?;
        let admin = Admin::new(lanes.wide.clone(), Wire::new(&recipe)?, recipe.settings.request_timeout);
        let max_request = recipe.producer_property("message.max.bytes").and_then(|v| v.parse().ok()).unwrap_or(DEFAULT_MAX_REQUEST);
        let topics = Topics::new(lanes.clone(), admin.clone(), recipe);
        Ok(Arc::new(Self { lanes, topics, admin, max_request }))
    }

    /// Admin requests on the producer's client.
    pub(super) fn admin(&self) -> &Admin {
        &self.admin
    }

    /// The topics that the producer knows.
    #[cfg(test)]
    pub(super) fn topics(&self) -> &Topics {
        &self.topics
    }

    /// True if the client has come to an end by itself and has to be replaced.
    pub(super) fn is_broken(&self) -> bool {
        self.lanes.all().any(|lane| lane.client().is_broken())
    }

    /// A topic to send to: from memory, else from the brokers.
    ///
    /// A topic that is not there is asked for again for 1.5 s: it may have been created a moment ago, or be created by the
    /// question (`auto.create.topics.enable`).
    ///
    /// # Errors
    /// [`Code::TopicNotFound`]; [`Code::KafkaInvalidRequest`] for a name that Kafka does not take;
    /// [`Code::Unauthorized`]; [`Code::DeadlineExceeded`]; [`Code::KafkaRetriable`] if no broker answers.
    pub async fn topic(&self, name: &str, deadline: Instant) -> Result<Arc<Topic>> {
        self.topics.get(name, deadline).await
    }

    /// Hands the records over, without waiting. The future's results are in the order of the records; each is the record's place,
    /// or an error:
    /// [`Code::PartitionNotFound`] for a negative partition, [`Code::TopicNotFound`] for one that the topic does not have (the
    /// brokers are asked once more), [`Code::RecordTooLarge`], [`Code::Overloaded`] if the queue had no room until the deadline,
    /// [`Code::DeadlineExceeded`] for what has no report by then, and whatever Kafka reports.
    ///
    /// # Cancel safety
    /// Dropping the future takes back only what the queue had no room for; the rest is written, and nobody learns of it.
    pub fn send(&self, topic: &Arc<Topic>, records: Vec<Record>, deadline: Instant) -> Delivery {
        let batch = Batch::new(records);
        let mut ready = Vec::with_capacity(batch.records().len());
        let mut beyond = Vec::new();
        for (i, record) in batch.records().iter().enumerate() {
            match self.check(topic, record) {
                Err(error) => batch.refuse(i, error),
                Ok(()) if record.partition.is_some_and(|p| p >= topic.partition_count()) => beyond.push(i),
                Ok(()) => ready.push(i),
            }
        }
        let no_room = if ready.is_empty() { Vec::new() } else { submit(&topic.handle, &batch, &ready) };
        Delivery::new(batch, topic.clone(), self.topics.clone(), deadline, no_room, beyond)
    }

    fn check(&self, topic: &Topic, record: &Record) -> Result<()> {
        if record.partition.is_some_and(|p| p < 0) {
            return Err(Error::of(Code::PartitionNotFound));
        }
        let size = record.size_bound();
        if size > self.max_request {
            let limit = self.max_request;
            let text = format!(
                "The message is {size} bytes when serialized which is larger than {limit}, which is the value of the max.request.size configuration."
            );
            return Err(Error::new(Code::RecordTooLarge, text));
        }
        if topic.max_batch.is_some_and(|limit| size > limit && record.batch_size() > limit) {
            return Err(Error::of(Code::RecordTooLarge).with_kafka_error(10));
        }
        Ok(())
    }

    /// Waits until every record has its report, at most `timeout`.
    pub(super) async fn flush(&self, timeout: Duration) -> Result<()> {
        for lane in self.lanes.all() {
            let client = lane.client().clone();
            tokio::task::spawn_blocking(move || client.flush(timeout)).await.map_err(Error::internal)??;
        }
        Ok(())
    }
}
