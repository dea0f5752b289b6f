//! Reading records: one consumer of its own for each instance.
//!
//! All calls on a consumer come one after the other, behind its lock, and those that may block run on blocking threads. Records
//! are drained in batches; nothing is kept here between two polls. Start with [`Consumer::poll`]; `seek` is in its own file.

mod seek;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

pub use seek::Position;

use super::{
    admin::Admin,
    errors,
    native::{Client, Conf, Drained, Entry, Fault, Inbox, NO_OFFSET, Partitions},
    record::{Fetched, TopicPartition},
};
use crate::error::{Code, Error, Result};

/// An offset to commit: that of the next record to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Committed as it is.
    pub offset: i64,
    /// A text to keep beside it.
    pub metadata: Option<String>,
}

/// An offset that is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// That of the next record to read.
    pub offset: i64,
    /// The text beside it, empty without one.
    pub metadata: String,
}

/// A consumer: a member of a group once it has subscribed and polls, or a reader of partitions assigned by hand.
pub struct Consumer {
    inbox: Arc<Inbox>,
    client: Arc<Client>,
    state: Arc<tokio::sync::Mutex<State>>,
    admin: Admin,
    /// An error that came with records, for the next poll.
    failure: Mutex<Option<Error>>,
    timeout: Duration,
}

/// What is known between two calls.
#[derive(Default)]
struct State {
    /// The assignment by hand, with the next offset to read of each; empty in a group.
    by_hand: HashMap<TopicPartition, i64>,
    /// True if librdkafka has given up a partition since the last assignment, and says no more of it until it is assigned again.
    gave_up: bool,
    /// One name a topic.
    names: HashMap<String, Arc<str>>,
}

impl Consumer {
    pub(super) fn new(conf: Conf, admin: Admin, timeout: Duration) -> Result<Self> {
        let client = Arc::new(Client::consumer(conf)?);
        let inbox = Arc::new(Inbox::new(client.clone())?);
        Ok(Self { inbox, client, state: Arc::default(), admin, failure: Mutex::default(), timeout })
    }

    /// Subscribes to topics in place of those before. The group is joined by polling.
    pub async fn subscribe(&self, topics: Vec<String>) -> Result<()> {
        self.blocking(move |inbox, state| {
            let mut list = Partitions::new()?;
            topics.iter().try_for_each(|topic| list.add(topic, -1, NO_OFFSET, None))?;
            state.by_hand.clear();
            inbox.subscribe(&list)
        })
        .await
    }

    /// Leaves the group, and gives up an assignment by hand.
    pub async fn unsubscribe(&self) -> Result<()> {
        self.blocking(|inbox, state| {
            state.by_hand.clear();
            inbox.unsubscribe()?;
            inbox.assign(None)
        })
        .await
    }

    /// Assigns partitions by hand in place of those before. Partitions that are assigned already keep their position.
    pub async fn assign(&self, partitions: Vec<TopicPartition>) -> Result<()> {
        self.blocking(move |inbox, state| {
            let wanted: HashSet<TopicPartition> = partitions.into_iter().collect();
            let (stay, gone) = std::mem::take(&mut state.by_hand).into_iter().partition::<HashMap<_, _>, _>(|(p, _)| wanted.contains(p));
            let new: HashMap<_, _> = wanted.into_iter().filter(|p| !stay.contains_key(p)).map(|p| (p, NO_OFFSET)).collect();
            state.by_hand = stay;
            state.by_hand.extend(new.clone());
            change_by_hand(inbox, state, &gone, &new)
        })
        .await
    }

    /// What is assigned now, in no order.
    pub async fn assignment(&self) -> Result<Vec<TopicPartition>> {
        let entries = self.blocking(|inbox, _| Ok(inbox.assignment()?.entries())).await?;
        Ok(entries.into_iter().map(|e| partition(&e)).collect())
    }

    /// Waits until there are records or `wait` is over, and returns what is there, at most `max`. Joins the group, and stays in
    /// it: must be called at least every `max.poll.interval.ms`.
    ///
    /// # Errors
    /// [`Code::Unauthorized`] for topic or group, [`Code::Unauthenticated`], and [`Code::Kafka`] where there is no offset to begin
    /// at. Everything else librdkafka repairs by itself.
    ///
    /// # Cancel safety
    /// Records that were drained while the future was dropped are lost for this consumer until it seeks or joins again.
    pub async fn poll(&self, max: usize, wait: Duration) -> Result<Vec<Fetched>> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            if let Some(error) = self.failure.lock().take() {
                return Err(error);
            }
            let records = self.drain(max).await?;
            if !records.is_empty() || self.failure.lock().is_some() {
                if records.is_empty() {
                    continue;
                }
                return Ok(records);
            }
            if tokio::time::timeout_at(deadline, self.inbox.queue().filled()).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    /// Takes what is there and keeps an error for the next call.
    async fn drain(&self, max: usize) -> Result<Vec<Fetched>> {
        let client = self.client.clone();
        let drain = move |inbox: &Inbox, state: &mut State| {
            let mut drained = inbox.drain(max, &mut state.names);
            // Records of partitions that were taken away by the same call are another member's now.
            let revoked = client.take_revoked();
            drained.records.retain(|r| !revoked.iter().any(|(topic, p)| *p == r.partition && **topic == *r.topic));
            for record in &drained.records {
                let key = TopicPartition { topic: record.topic.clone(), partition: record.partition };
                if let Some(next) = state.by_hand.get_mut(&key) {
                    *next = record.offset + 1;
                }
            }
            state.gave_up |= drained.faults.iter().any(|fault| errors::ends_a_read(fault.code));
            drained
        };
        let drained: Drained = if self.inbox.queue().is_filled() {
            self.blocking(move |inbox, state| Ok(drain(inbox, state))).await?
        } else {
            // Nothing to serve: tells librdkafka only that the application is alive.
            drain(&self.inbox, &mut *self.state.lock().await)
        };
        let faults = drained.faults.into_iter().chain(self.client.take_failure());
        for fault in faults {
            if errors::ends_a_read(fault.code) {
                *self.failure.lock() = Some(fault.into());
            } else {
                tracing::debug!(?fault, "a consumer reports");
            }
        }
        Ok(drained.records)
    }

    /// Commits these offsets and waits for the answer.
    ///
    /// # Errors
    /// The first of a partition's errors, else the request's.
    pub async fn commit(&self, offsets: Vec<CommitOffset>) -> Result<()> {
        if offsets.is_empty() {
            return Ok(());
        }
        self.blocking(move |inbox, _| {
            let mut list = Partitions::new()?;
            offsets.iter().try_for_each(|o| list.add(&o.topic, o.partition, o.offset, o.metadata.as_deref()))?;
            let answer = inbox.commit(&list);
            list.entries().into_iter().try_for_each(|e| e.result)?;
            answer
        })
        .await
    }

    /// What the group has committed of these partitions; those without a commit are left out.
    pub async fn committed(&self, partitions: Vec<TopicPartition>, timeout: Duration) -> Result<Vec<CommittedOffset>> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self
            .blocking(move |inbox, _| {
                let mut list = Partitions::new()?;
                partitions.iter().try_for_each(|p| list.add(&p.topic, p.partition, NO_OFFSET, None))?;
                inbox.committed(&mut list, timeout)?;
                Ok(list.entries())
            })
            .await?;
        let committed = |e: Entry| CommittedOffset { topic: e.topic, partition: e.partition, offset: e.offset, metadata: e.metadata };
        Ok(entries.into_iter().filter(|e| e.offset >= 0).map(committed).collect())
    }

    /// Notes the next offsets to commit automatically: every 5 s, and at the close. Partitions that are not assigned are ignored.
    pub fn store(&self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        let mut list = Partitions::new()?;
        offsets.iter().try_for_each(|(p, offset)| list.add(&p.topic, p.partition, *offset, None))?;
        if !offsets.is_empty() {
            self.inbox.store(&mut list);
        }
        Ok(())
    }

    /// Commits what was stored, if it commits automatically, and leaves the group. The consumer is of no use afterwards.
    ///
    /// # Errors
    /// [`Code::DeadlineExceeded`] if that takes longer than `timeout`; it goes on in the background.
    pub async fn close(self: Arc<Self>, timeout: Duration) -> Result<()> {
        let client = self.client.clone();
        self.blocking_for(timeout, move |_, _| client.close_consumer()).await
    }

    /// Runs `f` on a blocking thread, alone with the consumer. It goes on, and keeps others away, when nobody waits for it.
    async fn blocking<T: Send + 'static>(&self, f: impl FnOnce(&Inbox, &mut State) -> Result<T, Fault> + Send + 'static) -> Result<T> {
        self.blocking_for(self.timeout, f).await
    }

    async fn blocking_for<T: Send + 'static>(
        &self,
        timeout: Duration,
        f: impl FnOnce(&Inbox, &mut State) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let deadline = Instant::now() + timeout;
        let late = |_| Error::of(Code::DeadlineExceeded);
        let mut state = tokio::time::timeout_at(deadline.into(), self.state.clone().lock_owned()).await.map_err(late)?;
        let inbox = self.inbox.clone();
        let work = tokio::task::spawn_blocking(move || f(&inbox, &mut state));
        let result = tokio::time::timeout_at(deadline.into(), work).await.map_err(late)?;
        Ok(result.map_err(Error::internal)??)
    }
}

fn partition(entry: &Entry) -> TopicPartition {
    TopicPartition { topic: Arc::from(entry.topic.as_str()), partition: entry.partition }
}

/// Gives up some partitions of the assignment by hand and takes others in, which `state` knows already. Partitions that stay are
/// left alone: one without a committed offset would begin again at the end, behind records that came meanwhile.
fn change_by_hand(
    inbox: &Inbox,
    state: &mut State,
    gone: &HashMap<TopicPartition, i64>,
    new: &HashMap<TopicPartition, i64>,
) -> Result<(), Fault> {
    let is_first = state.by_hand.len() == new.len();
    if std::mem::take(&mut state.gave_up) || is_first {
        return inbox.assign(Some(&mut list(&state.by_hand)?));
    }
    let changed = || {
        if !gone.is_empty() {
            inbox.give_up(&list(gone)?)?;
        }
        if new.is_empty() { Ok(()) } else { inbox.assign_more(&mut list(new)?) }
    };
    // What librdkafka has may not be what is known here, after a call that failed.
    changed().or_else(|_: Fault| inbox.assign(Some(&mut list(&state.by_hand)?)))
}

fn list(positions: &HashMap<TopicPartition, i64>) -> Result<Partitions, Fault> {
    let mut list = Partitions::new()?;
    positions.iter().try_for_each(|(p, offset)| list.add(&p.topic, p.partition, *offset, None))?;
    Ok(list)
}
