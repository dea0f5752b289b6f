//! Records as a stream: read in groups of what is there, sent, answered in order.
//!
//! A group is what the client has sent by now, so that a slow client has each answer at once and a fast one costs little per
//! record. Groups are under way side by side, within a window of unanswered records: at its bound nothing more is read.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{
    FutureExt, Stream, StreamExt,
    future::{Either, ready},
    stream::{self, BoxStream},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    choose::Chooser,
    data::{Described, Parts},
    group::{Group, failure},
};
use crate::{
    caller::Caller,
    error::{Error, Result},
    kafka::{Delivery, Kafka, Record, Written},
    pb::v3::{ProduceRecordsRequest, ProduceRecordsResponse},
    service::{Settings, schemas::Schemas, timestamp::from_millis},
};

/// The most records of a group.
pub(super) const GROUP_RECORDS: usize = 1_000;
/// The bytes of keys and values after which a group takes no further record.
const GROUP_BYTES: usize = 1024 * 1024;

/// What [`RecordService::answers`](super::RecordService::answers) promises.
pub(super) fn answers(
    kafka: Arc<Kafka>,
    schemas: Arc<Schemas>,
    caller: Caller,
    requests: impl Stream<Item = Vec<Result<ProduceRecordsRequest>>> + Send + 'static,
    settings: &Settings,
) -> impl Stream<Item = Vec<ProduceRecordsResponse>> + Send + 'static {
    let window = Window::new(settings);
    let most_groups = usize::try_from(window.records_bound).unwrap_or(usize::MAX);
    let outlet = Outlet { kafka, caller, delivery_timeout: settings.delivery_timeout };
    let requests = Requests::new(requests, Chooser::new(schemas), settings.delivery_timeout);
    let reader = Reader { requests, window, outlet };
    // The room of a group is free again when its answers are taken.
    stream::unfold(reader, Reader::next).buffered(most_groups).map(|(answers, _room)| answers)
}

/// Reads, sends, and leaves the waiting to others.
struct Reader {
    requests: Requests,
    window: Window,
    outlet: Outlet,
}

impl Reader {
    /// The next group, sent: its answers and the room that they take, when they are known.
    async fn next(mut self) -> Option<(impl Future<Output = (Vec<ProduceRecordsResponse>, Room)> + Send, Self)> {
        let mut group = self.requests.next_group().await?;
        let names = self.requests.names.clone();
        let room = self.window.take(&group).await;
        let records = group.take_records();
        let count = records.len();
        let results = match self.outlet.send(&names.topic, records).await {
            Ok(Some(delivery)) => Either::Left(delivery),
            Ok(None) => Either::Right(ready(Vec::new())),
            Err(error) => Either::Right(ready(vec![Err(error); count])),
        };
        let answers = async move {
            let outcomes = group.outcomes(results.await);
            (outcomes.map(|outcome| answer(&names, outcome)).collect(), room)
        };
        Some((answers, self))
    }
}

/// Where records go to.
struct Outlet {
    kafka: Arc<Kafka>,
    caller: Caller,
    delivery_timeout: Duration,
}

impl Outlet {
    /// Hands the records over; nothing for none.
    async fn send(&self, topic: &str, records: Vec<Record>) -> Result<Option<Delivery>> {
        if records.is_empty() {
            return Ok(None);
        }
        // A stream outlives the deadline of its request: each record has its own.
        let deadline = Instant::now() + self.delivery_timeout;
        let producer = self.kafka.producer(&self.caller)?;
        let topic = producer.topic(topic, deadline).await?;
        Ok(Some(producer.send(&topic, records, deadline)))
    }
}

fn answer(names: &Names, outcome: Result<(Described, Written)>) -> ProduceRecordsResponse {
    match outcome {
        Ok((Described { key, value }, written)) => ProduceRecordsResponse {
            error_code: 200,
            message: None,
            cluster_id: Some(names.cluster.clone()),
            topic_name: Some(names.topic.clone()),
            partition_id: Some(written.partition),
            offset: Some(written.offset),
            timestamp: written.timestamp_ms.map(from_millis),
            key,
            value,
        },
        Err(error) => {
            let (error_code, message) = failure(&error);
            ProduceRecordsResponse { error_code, message: Some(message), ..ProduceRecordsResponse::default() }
        }
    }
}

/// What the first record says of all.
#[derive(Default)]
struct Names {
    cluster: String,
    /// Empty until a record has named it.
    topic: String,
}

/// The stream of requests, and where its records go.
struct Requests {
    stream: BoxStream<'static, Vec<Result<ProduceRecordsRequest>>>,
    /// What is read, but not yet in a group.
    rest: std::vec::IntoIter<Result<ProduceRecordsRequest>>,
    /// The next record, if its schema has to be waited for: those before it do not wait.
    held: Option<Parts>,
    names: Arc<Names>,
    chooser: Chooser,
    /// How long a record may wait for its schema.
    patience: Duration,
}

impl Requests {
    fn new(stream: impl Stream<Item = Vec<Result<ProduceRecordsRequest>>> + Send + 'static, chooser: Chooser, patience: Duration) -> Self {
        Self { stream: stream.fuse().boxed(), rest: Vec::new().into_iter(), held: None, names: Arc::default(), chooser, patience }
    }

    /// Waits for a record and takes those that are there behind it.
    async fn next_group(&mut self) -> Option<Group> {
        while self.held.is_none() && self.rest.as_slice().is_empty() {
            self.rest = self.stream.next().await?.into_iter();
        }
        let mut group = Group::with_capacity(self.rest.len().saturating_add(1).min(GROUP_RECORDS));
        if let Some(parts) = self.held.take() {
            self.add_unresolved(&mut group, parts).await;
        }
        while group.len() < GROUP_RECORDS && group.bytes < GROUP_BYTES {
            match self.rest.next() {
                Some(request) => match request.and_then(|r| self.admit(r)) {
                    Ok(parts) if !self.chooser.is_ready(&parts) => {
                        if group.len() > 0 {
                            self.held = Some(parts);
                            break;
                        }
                        self.add_unresolved(&mut group, parts).await;
                    }
                    parts => group.push(parts, &self.chooser),
                },
                None => match self.stream.next().now_or_never().flatten() {
                    Some(more) => self.rest = more.into_iter(),
                    None => break,
                },
            }
        }
        Some(group)
    }

    /// Adds a record whose schemas the registry may have to be asked for.
    async fn add_unresolved(&mut self, group: &mut Group, parts: Parts) {
        self.chooser.prepare(&self.names.topic, &parts, Instant::now() + self.patience).await;
        group.push(Ok(parts), &self.chooser);
    }

    /// A record of this stream: the first names the topic, the others name the same or none.
    fn admit(&mut self, request: ProduceRecordsRequest) -> Result<Parts> {
        let ProduceRecordsRequest { cluster_id, topic_name, .. } = &request;
        if self.names.topic.is_empty() {
            if topic_name.is_empty() {
                return Err(Error::bad_request("the first record of a stream must name its topic"));
            }
            self.names = Arc::new(Names { cluster: cluster_id.clone(), topic: topic_name.clone() });
        }
        let other = |given: &str, first: &str| !given.is_empty() && given != first;
        if other(topic_name, &self.names.topic) || other(cluster_id, &self.names.cluster) {
            return Err(Error::bad_request("a stream goes to the topic that its first record names"));
        }
        Ok(request.into())
    }
}

/// How much may be without an answer.
struct Window {
    records: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    records_bound: u32,
    bytes_bound: u32,
}

/// What a group has of the window until it is dropped; nothing if the window is closed, which it never is.
struct Room {
    _records: Option<OwnedSemaphorePermit>,
    _bytes: Option<OwnedSemaphorePermit>,
}

impl Window {
    fn new(settings: &Settings) -> Self {
        let (records_bound, bytes_bound) = (settings.stream_window_records.max(1), settings.stream_window_bytes.max(1));
        let semaphore = |bound| Arc::new(Semaphore::new(usize::try_from(bound).unwrap_or(Semaphore::MAX_PERMITS)));
        Self { records: semaphore(records_bound), bytes: semaphore(bytes_bound), records_bound, bytes_bound }
    }

    /// Waits until there is room for the group. One that is larger than the window has all of it.
    async fn take(&self, group: &Group) -> Room {
        let most = |wanted: usize, bound: u32| u32::try_from(wanted).unwrap_or(u32::MAX).min(bound);
        let records = most(group.len(), self.records_bound);
        let bytes = most(group.bytes, self.bytes_bound);
        Room {
            _records: self.records.clone().acquire_many_owned(records).await.ok(),
            _bytes: self.bytes.clone().acquire_many_owned(bytes).await.ok(),
        }
    }
}

#[cfg(test)]
mod tests;
