//! A consumer that follows a script: what polls bring is given by the test, what it was told can be looked at.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::timeout};

use super::{Source, Sources};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{CommitOffset, CommittedOffset, ConsumerSettings, Fetched, Position, TopicPartition},
};

/// Partition `partition` of topic `topic`.
pub fn at(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition { topic: topic.into(), partition }
}

/// What one consumer was told and what it has.
#[derive(Default)]
pub struct Script {
    state: Mutex<State>,
    arrived: Notify,
}

/// The script's state.
#[derive(Default)]
pub struct State {
    /// The calls, in order, but for polls and questions.
    pub calls: Vec<String>,
    /// How many polls there were.
    pub polls: usize,
    /// What the group has given the consumer.
    pub assigned: Vec<TopicPartition>,
    /// The cluster's topics.
    pub topics: Vec<String>,
    /// What is to be committed automatically.
    pub stored: BTreeMap<TopicPartition, i64>,
    /// What is committed.
    pub committed: Vec<CommittedOffset>,
    /// True once it was closed.
    pub closed: bool,
    fetched: VecDeque<Result<Fetched>>,
}

impl Script {
    /// Looks at the state, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock())
    }

    /// The calls since the last time.
    pub fn calls(&self) -> Vec<String> {
        self.with(|s| std::mem::take(&mut s.calls))
    }

    /// Lets records arrive: `(partition, offset, value)` of one topic.
    pub fn arrive(&self, topic: &str, records: &[(i32, i64, &str)]) {
        let topic: Arc<str> = topic.into();
        for (partition, offset, value) in records {
            let value = Some(bytes::Bytes::copy_from_slice(value.as_bytes()));
            let (topic, partition, offset) = (topic.clone(), *partition, *offset);
            self.with(|s| {
                s.fetched.push_back(Ok(Fetched { topic, partition, offset, key: None, value, timestamp_ms: None, headers: vec![] }))
            });
        }
        self.arrived.notify_one();
    }

    /// Lets a poll fail, after what has arrived before.
    pub fn fail(&self, code: Code) {
        self.with(|s| s.fetched.push_back(Err(Error::of(code))));
        self.arrived.notify_one();
    }

    fn told(&self, call: impl Into<String>) -> Result<()> {
        self.with(|s| s.calls.push(call.into()));
        Ok(())
    }

    fn fetch(&self, max: usize) -> Result<Vec<Fetched>> {
        self.with(|s| {
            if matches!(s.fetched.front(), Some(Err(_))) {
                return s.fetched.pop_front().unwrap().map(|r| vec![r]);
            }
            let count = s.fetched.iter().take_while(|f| f.is_ok()).count().min(max);
            s.fetched.drain(..count).collect()
        })
    }
}

fn list<T>(items: impl IntoIterator<Item = T>, show: impl Fn(T) -> String) -> String {
    items.into_iter().map(show).collect::<Vec<_>>().join(" ")
}

#[tonic::async_trait]
impl Source for Script {
    async fn subscribe(&self, topics: Vec<String>) -> Result<()> {
        self.told(format!("subscribe {}", topics.join(" ")))
    }

    async fn unsubscribe(&self) -> Result<()> {
        self.told("unsubscribe")
    }

    async fn assign(&self, partitions: Vec<TopicPartition>) -> Result<()> {
        self.told(format!("assign {}", list(partitions, |p| format!("{}-{}", p.topic, p.partition))))
    }

    async fn assignment(&self) -> Result<Vec<TopicPartition>> {
        Ok(self.with(|s| s.assigned.clone()))
    }

    async fn seek(&self, positions: Vec<(TopicPartition, Position)>) -> Result<()> {
        self.told(format!("seek {}", list(positions, |(p, to)| format!("{}-{} {to:?}", p.topic, p.partition))))
    }

    async fn poll(&self, max: usize, wait: Duration) -> Result<Vec<Fetched>> {
        self.with(|s| s.polls += 1);
        let got = self.fetch(max)?;
        if got.is_empty() && timeout(wait, self.arrived.notified()).await.is_ok() {
            return self.fetch(max);
        }
        Ok(got)
    }

    async fn commit(&self, offsets: Vec<CommitOffset>) -> Result<()> {
        let show = |o: CommitOffset| {
            format!("{}-{}@{}{}", o.topic, o.partition, o.offset, o.metadata.map(|m| format!(" {m}")).unwrap_or_default())
        };
        self.told(format!("commit {}", list(offsets, show)))
    }

    async fn committed(&self, partitions: Vec<TopicPartition>, _timeout: Duration) -> Result<Vec<CommittedOffset>> {
        let has = |c: &CommittedOffset| partitions.iter().any(|p| *p.topic == *c.topic && p.partition == c.partition);
        Ok(self.with(|s| s.committed.iter().filter(|c| has(c)).cloned().collect()))
    }

    fn store(&self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        self.with(|s| s.stored.extend(offsets.iter().cloned()));
        Ok(())
    }

    async fn topics(&self, _timeout: Duration) -> Result<Vec<String>> {
        Ok(self.with(|s| s.topics.clone()))
    }

    async fn close(&self, _timeout: Duration) -> Result<()> {
        self.with(|s| s.closed = true);
        Ok(())
    }
}

/// Hands out one script after the other, and remembers what they were opened with.
#[derive(Default)]
pub struct Scripts {
    /// The scripts that were handed out, with their settings.
    pub opened: Mutex<Vec<(Arc<Script>, ConsumerSettings)>>,
    /// What opening fails with.
    pub refuse: Mutex<Option<Error>>,
}

#[tonic::async_trait]
impl Sources for Arc<Scripts> {
    async fn open(&self, _caller: &Caller, settings: ConsumerSettings) -> Result<Arc<dyn Source>> {
        if let Some(error) = self.refuse.lock().take() {
            return Err(error);
        }
        let script = Arc::new(Script::default());
        self.opened.lock().push((script.clone(), settings));
        Ok(script)
    }
}
