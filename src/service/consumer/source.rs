//! What an instance needs of Kafka, so that its rules can be tried without a broker.
//!
//! Two implementations: Kafka itself, and the scripted one of the tests. Nothing here decides anything.

#[cfg(test)]
pub mod scripted;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    caller::Caller,
    error::{Error, Result},
    kafka::{Admin, CommitOffset, CommittedOffset, Consumer, ConsumerSettings, Fetched, Kafka, Position, TopicPartition},
    service::topic_names,
};

/// Makes the sources of new instances.
#[tonic::async_trait]
pub trait Sources: Send + Sync + 'static {
    /// A new member of a group, which has not joined it yet.
    async fn open(&self, caller: &Caller, settings: ConsumerSettings) -> Result<Arc<dyn Source>>;
}

/// A consumer of one group. One call at a time.
#[tonic::async_trait]
pub trait Source: Send + Sync + 'static {
    /// Subscribes to topics in place of those before; at least one.
    async fn subscribe(&self, topics: Vec<String>) -> Result<()>;
    /// Ends the subscription or the assignment by hand.
    async fn unsubscribe(&self) -> Result<()>;
    /// Assigns partitions in place of those before.
    async fn assign(&self, partitions: Vec<TopicPartition>) -> Result<()>;
    /// The partitions that it has now.
    async fn assignment(&self) -> Result<Vec<TopicPartition>>;
    /// Moves positions of partitions that it has.
    async fn seek(&self, positions: Vec<(TopicPartition, Position)>) -> Result<()>;
    /// What is there, waiting for the first record; joins the group if that is due.
    async fn poll(&self, max: usize, wait: Duration) -> Result<Vec<Fetched>>;
    /// Commits, and waits for the answer.
    async fn commit(&self, offsets: Vec<CommitOffset>) -> Result<()>;
    /// The group's offsets, of those partitions that have one.
    async fn committed(&self, partitions: Vec<TopicPartition>, timeout: Duration) -> Result<Vec<CommittedOffset>>;
    /// Hands over what is to be committed automatically.
    fn store(&self, offsets: &[(TopicPartition, i64)]) -> Result<()>;
    /// The names of the topics that are not internal.
    async fn topics(&self, timeout: Duration) -> Result<Vec<String>>;
    /// Commits what was stored, leaves the group.
    async fn close(&self, timeout: Duration) -> Result<()>;
}

#[tonic::async_trait]
impl Sources for Arc<Kafka> {
    async fn open(&self, caller: &Caller, settings: ConsumerSettings) -> Result<Arc<dyn Source>> {
        let (kafka, caller) = (self.clone(), caller.clone());
        let open = move || Ok::<_, Error>(Native { consumer: Arc::new(kafka.consumer(&caller, settings)?), admin: kafka.admin(&caller)? });
        // A new client starts threads and opens files.
        let native = tokio::task::spawn_blocking(open).await.map_err(Error::internal)??;
        Ok(Arc::new(native))
    }
}

/// A consumer of Kafka, with an admin client for the names of topics.
struct Native {
    consumer: Arc<Consumer>,
    admin: Admin,
}

#[tonic::async_trait]
impl Source for Native {
    async fn subscribe(&self, topics: Vec<String>) -> Result<()> {
        self.consumer.subscribe(topics).await
    }

    async fn unsubscribe(&self) -> Result<()> {
        self.consumer.unsubscribe().await
    }

    async fn assign(&self, partitions: Vec<TopicPartition>) -> Result<()> {
        self.consumer.assign(partitions).await
    }

    async fn assignment(&self) -> Result<Vec<TopicPartition>> {
        self.consumer.assignment().await
    }

    async fn seek(&self, positions: Vec<(TopicPartition, Position)>) -> Result<()> {
        self.consumer.seek(positions).await
    }

    async fn poll(&self, max: usize, wait: Duration) -> Result<Vec<Fetched>> {
        self.consumer.poll(max, wait).await
    }

    async fn commit(&self, offsets: Vec<CommitOffset>) -> Result<()> {
        self.consumer.commit(offsets).await
    }

    async fn committed(&self, partitions: Vec<TopicPartition>, timeout: Duration) -> Result<Vec<CommittedOffset>> {
        self.consumer.committed(partitions, timeout).await
    }

    fn store(&self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        self.consumer.store(offsets)
    }

    async fn topics(&self, timeout: Duration) -> Result<Vec<String>> {
        topic_names(&self.admin, Instant::now() + timeout).await
    }

    async fn close(&self, timeout: Duration) -> Result<()> {
        self.consumer.clone().close(timeout).await
    }
}
