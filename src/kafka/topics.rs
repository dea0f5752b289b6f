//! What is known of topics that are produced to: that they exist, how many partitions, how large a record may be.
//!
//! Answers come from memory for [`FRESH`]; after that the brokers are asked again, while the old answer still serves. Concurrent
//! first questions for a topic are one request. Topics that are not there are never remembered.

mod scout;

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use parking_lot::Mutex;

use super::{
    admin::{Admin, ConfigResource},
    errors,
    lane::Lane,
    native::TopicHandle,
    producer::Lanes,
    settings::Recipe,
};
use crate::error::{Code, Error, Result};
use scout::Scout;

/// How long an answer is used without asking again.
const FRESH: Duration = Duration::from_secs(30);
/// How long a topic that is not there may still appear: one that was just created is not known everywhere at once.
const GRACE: Duration = Duration::from_millis(1500);
/// The first pause between two questions; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How many topics are remembered.
const MOST: usize = 50_000;
/// The longest name that Kafka takes, in bytes.
const LONGEST_NAME: usize = 249;
/// How long to wait for a topic's `max.message.bytes`; without an answer the broker has to refuse what is too large.
const LIMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// A topic to produce to.
pub struct Topic {
    name: Arc<str>,
    partition_count: i32,
    /// The largest batch that the topic takes, if that is known and compression does not change what a record's size is.
    pub(super) max_batch: Option<usize>,
    pub(super) handle: TopicHandle,
    pub(super) lane: Arc<Lane>,
}

impl Topic {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many partitions it had when the brokers were last asked.
    pub fn partition_count(&self) -> i32 {
        self.partition_count
    }
}

type Question = Shared<BoxFuture<'static, Result<Arc<Topic>>>>;

#[derive(Default)]
struct Entry {
    /// The topic, and when the brokers told it.
    known: Option<(Arc<Topic>, Instant)>,
    question: Option<Question>,
}

/// The topics of one producer.
pub(super) struct Topics {
    entries: Mutex<HashMap<Arc<str>, Entry>>,
    lanes: Arc<Lanes>,
    admin: Admin,
    recipe: Arc<Recipe>,
    scout: Mutex<Weak<Scout>>,
}

impl Topics {
    pub(super) fn new(lanes: Arc<Lanes>, admin: Admin, recipe: Arc<Recipe>) -> Arc<Self> {
        Arc::new(Self { entries: Mutex::default(), lanes, admin, recipe, scout: Mutex::default() })
    }

    /// The topic as it is known, else as the brokers tell it.
    pub(super) async fn get(self: &Arc<Self>, name: &str, deadline: Instant) -> Result<Arc<Topic>> {
        // In a statement of its own: the lock must be free again when `ask` takes it.
        let known = self.entries.lock().get(name).and_then(|e| e.known.clone());
        if let Some((known, since)) = known {
            if since.elapsed() > FRESH {
                // The next answer is of use to whoever comes next.
                drop(self.ask(name));
            }
            return Ok(known);
        }
        check_name(name)?;
        self.refresh(name, deadline).await
    }

    /// The topic as the brokers tell it now.
    pub(super) async fn refresh(self: &Arc<Self>, name: &str, deadline: Instant) -> Result<Arc<Topic>> {
        match tokio::time::timeout_at(deadline.into(), self.ask(name)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::of(Code::DeadlineExceeded)),
        }
    }

    /// Makes what is known of a topic so old that the next call asks again.
    #[cfg(test)]
    pub(super) fn outdate(&self, name: &str) {
        let mut entries = self.entries.lock();
        let known = entries.get_mut(name).and_then(|e| e.known.as_mut());
        known.expect("a topic that is known").1 -= 2 * FRESH;
    }

    /// How long ago the brokers told of the topic.
    #[cfg(test)]
    pub(super) fn age(&self, name: &str) -> Option<Duration> {
        self.entries.lock().get(name)?.known.as_ref().map(|(_, since)| since.elapsed())
    }

    /// Forgets what is known of a topic, because a broker says otherwise.
    pub(super) fn forget(&self, name: &str) {
        self.entries.lock().remove(name);
    }

    /// Joins the question that is under way, or begins one.
    fn ask(self: &Arc<Self>, name: &str) -> Question {
        let mut entries = self.entries.lock();
        if let Some(question) = entries.get(name).and_then(|e| e.question.clone()) {
            return question;
        }
        if entries.len() >= MOST {
            // Which of them go does not matter: they are asked for again.
            let some: Vec<_> = entries.keys().take(MOST / 10).cloned().collect();
            some.iter().for_each(|name| drop(entries.remove(name)));
        }
        let name: Arc<str> = Arc::from(name);
        let (topics, asked_for) = (self.clone(), name.clone());
        let question = async move {
            let answer = topics.look_up(&asked_for).await;
            let mut entries = topics.entries.lock();
            match &answer {
                Ok(topic) => drop(entries.insert(asked_for, Entry { known: Some((topic.clone(), Instant::now())), question: None })),
                Err(e) if e.code() == Code::TopicNotFound => drop(entries.remove(&asked_for)),
                // An old answer is better than none while the brokers are away.
                Err(_) => match entries.get_mut(&asked_for) {
                    Some(entry) if entry.known.is_some() => entry.question = None,
                    Some(_) | None => drop(entries.remove(&asked_for)),
                },
            }
            answer
        };
        let question = question.boxed().shared();
        entries.entry(name).or_default().question = Some(question.clone());
        // Goes on when nobody waits any more: else whoever asks next, an hour later, would get the end of this one.
        tokio::spawn(question.clone());
        question
    }

    async fn look_up(&self, name: &Arc<str>) -> Result<Arc<Topic>> {
        let begun = Instant::now();
        let deadline = begun + self.recipe.settings.request_timeout;
        let mut pause = FIRST_PAUSE;
        let mut may_create = self.recipe.settings.producer.get("allow.auto.create.topics").is_none_or(|v| v != "false");
        loop {
            let answer = self.admin.describe_topic(name, deadline).await?;
            let error = match answer {
                Ok(topic) if !topic.partitions.is_empty() => {
                    let count = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
                    return self.learn(name, count).await;
                }
                Ok(_) => Error::of(Code::KafkaRetriable),
                Err(fault) if errors::is_not_yet(fault.code) => Error::from(fault),
                Err(fault) => return Err(fault.into()),
            };
            if may_create && error.code() == Code::UnknownTopicOrPartition {
                may_create = false;
                // Brokers that create topics on first use do so when a producer asks for one.
                Scout::join(&self.scout, &self.recipe)?.ask(name.clone()).await;
                continue;
            }
            if begun.elapsed() + pause > GRACE {
                let unknown = error.code() == Code::UnknownTopicOrPartition;
                return Err(if unknown { not_found(name, begun.elapsed()) } else { error });
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Completes what is known of a topic that exists.
    async fn learn(&self, name: &Arc<str>, partition_count: i32) -> Result<Arc<Topic>> {
        let limit = self.limit(name).await;
        let lane = self.lanes.for_limit(limit)?;
        let handle = TopicHandle::new(lane.client().clone(), name)?;
        let max_batch = limit.filter(|_| !self.lanes.compresses());
        Ok(Arc::new(Topic { name: name.clone(), partition_count, max_batch, handle, lane }))
    }

    /// `max.message.bytes`, if the broker tells: the principal may not be allowed to ask.
    async fn limit(&self, name: &str) -> Option<usize> {
        let of = ConfigResource::Topic(name.to_owned());
        let configs = self.admin.configs(&of, &["max.message.bytes"], Instant::now() + LIMIT_TIMEOUT).await.ok()?;
        configs.into_iter().find(|c| c.name == "max.message.bytes")?.value?.parse().ok()
    }
}

/// The error for a topic that no broker knows, in the Java producer's words.
pub(super) fn not_found(name: &str, after: Duration) -> Error {
    Error::new(Code::TopicNotFound, format!("Topic {name} not present in metadata after {} ms.", after.as_millis()))
}

/// Refuses what Kafka does not take as a name, without asking: librdkafka would remember it.
fn check_name(name: &str) -> Result<()> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.is_empty() || name == "." || name == ".." || name.len() > LONGEST_NAME || !name.bytes().all(legal) {
        return Err(Error::new(Code::KafkaInvalidRequest, format!("Invalid topics: [{name}]")).with_kafka_error(17));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_kafka_does_not_take_are_refused_at_once() {
        for name in ["", ".", "..", "no such!", "a/b", "é", "nul\0", &"x".repeat(250)] {
            assert_eq!(check_name(name).unwrap_err().code(), Code::KafkaInvalidRequest, "{name:?}");
        }
        for name in ["a", "...", "A.b_c-9", &"x".repeat(249)] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }
}
