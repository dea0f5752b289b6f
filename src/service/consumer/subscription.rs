//! What an instance reads from: topics, topics of a pattern, or partitions assigned by hand, one of them at a time.
//!
//! Kafka knows nothing of the pattern: the gateway matches the names of the topics itself and subscribes to those that match, again
//! whenever they change.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

use super::{instance::Open, pattern::Pattern, requests::Wanted};
use crate::{
    error::{Code, Error, Result},
    kafka::{Position, TopicPartition},
    service::topic_name,
};

/// How often reads look for topics that are new to a pattern.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How long looking may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// What an instance reads from.
#[derive(Debug)]
pub enum Target {
    /// Nothing yet, or any more.
    Nothing,
    /// Topics by name.
    Topics(Vec<String>),
    /// Topics by pattern.
    Pattern(Following),
    /// Partitions, without the group's help.
    Partitions(Vec<TopicPartition>),
}

/// A pattern, and the topics that it has led to.
#[derive(Debug)]
pub struct Following {
    pattern: Pattern,
    /// Sorted.
    topics: Vec<String>,
    /// When to look again; absent: it was never done.
    next_look: Option<Instant>,
}

impl Target {
    /// A name that no topic can have: Kafka's consumer takes it, and every read is refused from then on.
    pub(super) fn illegal_topic(&self) -> Option<&str> {
        let illegal = |name: &&str| !topic_name::is_legal(name);
        match self {
            Self::Nothing | Self::Pattern(_) => None,
            Self::Topics(topics) => topics.iter().map(String::as_str).find(illegal),
            Self::Partitions(partitions) => partitions.iter().map(|at| &*at.topic).find(illegal),
        }
    }
}

impl Open {
    /// Subscribes in place of what was subscribed to before.
    ///
    /// # Errors
    /// [`Code::IllegalState`] if it reads from something of another kind.
    pub async fn subscribe(&mut self, wanted: Wanted) -> Result<()> {
        match wanted {
            Wanted::Nothing => Ok(()),
            Wanted::Topics(topics) => {
                exclusive(matches!(self.target, Target::Nothing | Target::Topics(_)))?;
                self.source.subscribe(topics.clone()).await?;
                self.forget_other_topics(&topics);
                self.target = Target::Topics(topics);
                Ok(())
            }
            Wanted::Pattern(pattern) => {
                exclusive(matches!(self.target, Target::Nothing | Target::Pattern(_)))?;
                let topics = match &mut self.target {
                    Target::Pattern(before) => std::mem::take(&mut before.topics),
                    Target::Nothing | Target::Topics(_) | Target::Partitions(_) => Vec::new(),
                };
                self.target = Target::Pattern(Following { pattern, topics, next_look: None });
                Ok(())
            }
        }
    }

    /// The topics that it is subscribed to; those that match now.
    pub async fn subscription(&mut self) -> Result<Vec<String>> {
        match &self.target {
            Target::Nothing | Target::Partitions(_) => Ok(Vec::new()),
            Target::Topics(topics) => Ok(topics.clone()),
            Target::Pattern(following) => matching(&following.pattern, self.source.topics(LOOK_TIMEOUT).await?),
        }
    }

    /// Ends the subscription or the assignment by hand.
    pub async fn unsubscribe(&mut self) -> Result<()> {
        if matches!(self.target, Target::Nothing) {
            return Ok(());
        }
        self.source.unsubscribe().await?;
        self.target = Target::Nothing;
        self.buffer.clear();
        self.positions.clear();
        (self.failure, self.stuck) = (None, None);
        Ok(())
    }

    /// Assigns partitions in place of those before. None at all is the same as [`Self::unsubscribe`]; partitions that stay keep
    /// their position.
    ///
    /// # Errors
    /// [`Code::IllegalState`] if it is subscribed.
    pub async fn assign(&mut self, partitions: Vec<TopicPartition>) -> Result<()> {
        if partitions.is_empty() {
            return self.unsubscribe().await;
        }
        exclusive(matches!(self.target, Target::Nothing | Target::Partitions(_)))?;
        // What was fetched and not returned comes again from Kafka, so the partition goes on before it.
        let mut resume: BTreeMap<TopicPartition, Position> = std::mem::take(&mut self.positions);
        resume.extend(self.buffer.firsts().into_iter().map(|(at, first)| (at, Position::Offset(first))));
        let stay: HashSet<&TopicPartition> = partitions.iter().collect();
        resume.retain(|at, _| stay.contains(at));
        self.source.assign(existing(&partitions)).await?;
        self.buffer.clear();
        (self.failure, self.stuck) = (None, None);
        self.target = Target::Partitions(partitions);
        if !resume.is_empty() {
            self.source.seek(resume.iter().map(|(at, to)| (at.clone(), *to)).collect()).await?;
        }
        self.positions = resume;
        Ok(())
    }

    /// The partitions that it has now.
    pub async fn assignment(&self) -> Result<Vec<TopicPartition>> {
        match &self.target {
            Target::Nothing => Ok(Vec::new()),
            Target::Topics(_) | Target::Pattern(_) => self.source.assignment().await,
            Target::Partitions(partitions) => Ok(partitions.clone()),
        }
    }

    /// Looks for topics that match the pattern, if there is one and it is time. Answers when to look again.
    pub(super) async fn follow_pattern(&mut self) -> Result<Option<Instant>> {
        let Target::Pattern(following) = &self.target else { return Ok(None) };
        if following.next_look.is_some_and(|at| at > Instant::now()) {
            return Ok(following.next_look);
        }
        let found = match self.source.topics(LOOK_TIMEOUT).await {
            Ok(topics) => matching(&following.pattern, topics)?,
            // Topics that are being read go on being read while Kafka does not list them.
            Err(error) if following.next_look.is_some() => {
                tracing::debug!(%error, "the topics of a pattern could not be listed");
                following.topics.clone()
            }
            Err(error) => return Err(error),
        };
        if found != following.topics {
            if found.is_empty() {
                self.source.unsubscribe().await?;
            } else {
                self.source.subscribe(found.clone()).await?;
            }
            self.forget_other_topics(&found);
        }
        let next_look = Some(Instant::now() + LOOK_INTERVAL);
        if let Target::Pattern(following) = &mut self.target {
            (following.topics, following.next_look) = (found, next_look);
        }
        Ok(next_look)
    }

    /// True if there is something that polling can bring.
    pub(super) fn has_topics(&self) -> bool {
        match &self.target {
            Target::Nothing => false,
            Target::Topics(_) | Target::Partitions(_) => true,
            Target::Pattern(following) => !following.topics.is_empty(),
        }
    }

    fn forget_other_topics(&mut self, topics: &[String]) {
        let topics: HashSet<&str> = topics.iter().map(String::as_str).collect();
        self.buffer.keep(|at| topics.contains(&*at.topic));
        self.positions.retain(|at, _| topics.contains(&*at.topic));
    }
}

/// Refuses what does not fit what is there.
fn exclusive(fits: bool) -> Result<()> {
    if fits {
        return Ok(());
    }
    let text = format!("{}Subscription to topics, partitions and pattern are mutually exclusive", Code::IllegalState.text());
    Err(Error::new(Code::IllegalState, text))
}

/// The partitions that can exist: a negative one is kept for the client's view, as in the documented API, and never read.
pub(super) fn existing(partitions: &[TopicPartition]) -> Vec<TopicPartition> {
    partitions.iter().filter(|at| at.partition >= 0).cloned().collect()
}

fn matching(pattern: &Pattern, names: Vec<String>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names {
        if pattern.matches(&name)? {
            found.push(name);
        }
    }
    found.sort_unstable();
    Ok(found)
}
