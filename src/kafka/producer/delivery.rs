//! The future of a batch that was handed over.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use futures::{FutureExt, future::BoxFuture};
use tokio::time::Sleep;

use crate::{
    error::{Code, Error, Result},
    kafka::{
        errors,
        native::{Batch, Outcome, submit},
        record::Written,
        topics::{self, Topic, Topics},
    },
};

/// Resolves when each record of a batch has its result, at the latest at the deadline.
#[must_use = "the results are only known when it is awaited"]
pub struct Delivery {
    batch: Arc<Batch>,
    topic: Arc<Topic>,
    topics: Arc<Topics>,
    begun: Instant,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    /// What is still to be done for records that could not be handed over at once.
    rest: Option<BoxFuture<'static, ()>>,
}

impl Delivery {
    /// `no_room` and `beyond` are the records that still have to be handed over: those that the queue had no room for, and
    /// those for partitions which the topic is not known to have.
    pub(super) fn new(
        batch: Arc<Batch>,
        topic: Arc<Topic>,
        topics: Arc<Topics>,
        deadline: Instant,
        no_room: Vec<usize>,
        beyond: Vec<usize>,
    ) -> Self {
        let rest = (!no_room.is_empty() || !beyond.is_empty()).then(|| {
            let unsent = Unsent { batch: batch.clone(), no_room, beyond };
            unsent.hand_over(topic.clone(), topics.clone(), deadline).boxed()
        });
        Self { batch, topic, topics, begun: Instant::now(), deadline, timer: None, rest }
    }

    fn results(&self) -> Vec<Result<Written>> {
        let mut gone = false;
        let result = |outcome| match outcome {
            Outcome::Written(written) => Ok(written),
            Outcome::Refused(error) => Err(error),
            Outcome::Pending => Err(Error::of(Code::DeadlineExceeded)),
            // This has the client, so what was freed is a partition: its topic was deleted while the record was handed over.
            Outcome::Faulty(fault) if errors::is_gone(fault.code) || fault.code == errors::FREED => {
                gone = true;
                Err(topics::not_found(self.topic.name(), self.begun.elapsed()))
            }
            // The producer's end says nothing to a client; what it came from does: a principal that may not produce at all.
            Outcome::Faulty(fault) if fault.code == errors::FATAL => Err(self.topic.lane.client().cause().unwrap_or(fault).into()),
            Outcome::Faulty(fault) => Err(fault.into()),
        };
        let results = self.batch.outcomes().map(result).collect();
        if gone {
            self.topics.forget(self.topic.name());
        }
        results
    }
}

impl Future for Delivery {
    type Output = Vec<Result<Written>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.batch.wake_when_done(cx.waker());
        if let Some(rest) = &mut this.rest
            && rest.poll_unpin(cx).is_ready()
        {
            this.rest = None;
        }
        if this.batch.is_done() {
            return Poll::Ready(this.results());
        }
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(this.deadline.into())));
        if timer.as_mut().poll(cx).is_ready() {
            return Poll::Ready(this.results());
        }
        Poll::Pending
    }
}

/// Records that are not with librdkafka yet. Whatever is left when it is dropped is refused, so that the batch comes to its end.
struct Unsent {
    batch: Arc<Batch>,
    no_room: Vec<usize>,
    beyond: Vec<usize>,
}

impl Unsent {
    async fn hand_over(mut self, topic: Arc<Topic>, topics: Arc<Topics>, deadline: Instant) {
        self.find_partitions(&topic, &topics, deadline).await;
        while !self.no_room.is_empty() {
            let room = topic.lane.room().notified();
            let mut room = std::pin::pin!(room);
            // Before trying again: room that appears in between is not missed.
            room.as_mut().enable();
            self.no_room = submit(&topic.handle, &self.batch, &self.no_room);
            if !self.no_room.is_empty() && tokio::time::timeout_at(deadline.into(), room).await.is_err() {
                // `drop` refuses what is left.
                return;
            }
        }
    }

    /// The topic may have got more partitions since it was asked for.
    async fn find_partitions(&mut self, topic: &Topic, topics: &Arc<Topics>, deadline: Instant) {
        if self.beyond.is_empty() {
            return;
        }
        let begun = Instant::now();
        let now = topics.refresh(topic.name(), deadline).await;
        for i in std::mem::take(&mut self.beyond) {
            let partition = self.batch.records().get(i).and_then(|r| r.partition).unwrap_or_default();
            match &now {
                Ok(now) if partition < now.partition_count() => self.no_room.push(i),
                Ok(now) => {
                    let (name, count, after) = (now.name(), now.partition_count(), begun.elapsed().as_millis());
                    let text = format!(
                        "Partition {partition} of topic {name} with partition count {count} is not present in metadata after {after} ms."
                    );
                    self.batch.refuse(i, Error::new(Code::TopicNotFound, text));
                }
                Err(error) => self.batch.refuse(i, error.clone()),
            }
        }
        self.no_room.sort_unstable();
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        for i in self.no_room.drain(..).chain(self.beyond.drain(..)) {
            self.batch.refuse(i, Error::of(Code::Overloaded));
        }
    }
}
