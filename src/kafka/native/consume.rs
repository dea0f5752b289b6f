//! A consumer's side of the C interface. Every call here may block for a moment, those with a wait for as long: blocking threads.

use std::{
    collections::{BTreeSet, HashMap},
    ffi::c_void,
    ops::Range,
    ptr,
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use rdkafka_sys as sys;

use super::{Client, Fault, Partitions, Queue, TopicHandle, committed, millis, number, text};
use crate::kafka::record::{Fetched, Header};

/// The consumer queue with what is needed to read from it.
pub(in crate::kafka) struct Inbox {
    queue: Queue,
}

/// What one drain brought.
#[derive(Default)]
pub(in crate::kafka) struct Drained {
    /// In the order of each partition.
    pub records: Vec<Fetched>,
    /// What the consumer reports beside them.
    pub faults: Vec<Fault>,
}

impl Inbox {
    /// The inbox of a consumer.
    pub(in crate::kafka) fn new(client: Arc<Client>) -> Result<Self, Fault> {
        Ok(Self { queue: Queue::consumer(client)? })
    }

    /// The queue, for waiting.
    pub(in crate::kafka) fn queue(&self) -> &Queue {
        &self.queue
    }

    fn rk(&self) -> *mut sys::rd_kafka_t {
        self.queue.client().as_ptr()
    }

    /// Takes what is there, at most `max` records, and serves rebalances. Not while another call on this consumer is under way.
    /// `names` keeps one name a topic.
    pub(in crate::kafka) fn drain(&self, max: usize, names: &mut HashMap<String, Arc<str>>) -> Drained {
        let mut messages: Vec<*mut sys::rd_kafka_message_t> = vec![ptr::null_mut(); max.min(MOST_AT_ONCE)];
        // SAFETY: a live queue and room for as many messages as are asked for. A time-out of 0 takes what is there.
        let count = unsafe { sys::rd_kafka_consume_batch_queue(self.queue.as_ptr(), 0, messages.as_mut_ptr(), messages.len()) };
        messages.truncate(usize::try_from(count).unwrap_or(0));
        // SAFETY: the messages are ours and alive; they are freed below, when everything has been copied.
        let drained = unsafe { copy(&messages, names) };
        for message in messages {
            // SAFETY: ours, freed once.
            unsafe { sys::rd_kafka_message_destroy(message) };
        }
        drained
    }

    /// Asks to be a member of the group for these topics.
    pub(in crate::kafka) fn subscribe(&self, topics: &Partitions) -> Result<(), Fault> {
        // SAFETY: a live consumer and list.
        Fault::check(unsafe { sys::rd_kafka_subscribe(self.rk(), topics.as_ptr()) })
    }

    /// Leaves the group.
    pub(in crate::kafka) fn unsubscribe(&self) -> Result<(), Fault> {
        // SAFETY: a live consumer.
        Fault::check(unsafe { sys::rd_kafka_unsubscribe(self.rk()) })
    }

    /// Replaces the assignment; what was fetched before is dropped. Partitions without an offset begin at what is committed.
    pub(in crate::kafka) fn assign(&self, partitions: Option<&mut Partitions>) -> Result<(), Fault> {
        let Some(partitions) = partitions else {
            // SAFETY: a live consumer; null gives everything up.
            return Fault::check(unsafe { sys::rd_kafka_assign(self.rk(), ptr::null()) });
        };
        let _topics = self.prepare(partitions)?;
        // SAFETY: a live consumer and list.
        Fault::check(unsafe { sys::rd_kafka_assign(self.rk(), partitions.as_ptr()) })
    }

    /// Assigns these partitions beside those that are assigned, which go on undisturbed. Those without an offset begin at what is
    /// committed.
    pub(in crate::kafka) fn assign_more(&self, partitions: &mut Partitions) -> Result<(), Fault> {
        let _topics = self.prepare(partitions)?;
        // SAFETY: a live consumer and list; the error is ours.
        unsafe { Fault::take(sys::rd_kafka_incremental_assign(self.rk(), partitions.as_ptr())) }
    }

    /// What comes before partitions are assigned: finds where they begin, and has their leaders asked for at once, since of topics that
    /// are only assigned librdkafka finds out with its next look at all topics, within a second. The handles keep the topics until
    /// they are assigned.
    fn prepare(&self, partitions: &mut Partitions) -> Result<Vec<TopicHandle>, Fault> {
        let topics: BTreeSet<String> = partitions.entries().into_iter().map(|entry| entry.topic).collect();
        let handles = topics.iter().map(|topic| TopicHandle::new(self.queue.client().clone(), topic)).collect::<Result<_, _>>()?;
        // SAFETY: a live consumer, and a live list that is borrowed alone.
        unsafe { committed::fill_in(self.rk(), partitions.as_ptr())? };
        Ok(handles)
    }

    /// Gives these partitions up, with what was fetched of them; the others go on undisturbed.
    pub(in crate::kafka) fn give_up(&self, partitions: &Partitions) -> Result<(), Fault> {
        // SAFETY: a live consumer and list; the error is ours.
        unsafe { Fault::take(sys::rd_kafka_incremental_unassign(self.rk(), partitions.as_ptr())) }
    }

    /// What is assigned now.
    pub(in crate::kafka) fn assignment(&self) -> Result<Partitions, Fault> {
        let mut list = ptr::null_mut();
        // SAFETY: a live consumer and a place for the list, which is ours.
        Fault::check(unsafe { sys::rd_kafka_assignment(self.rk(), &mut list) })?;
        Partitions::own(list)
    }

    /// Moves the positions; what was fetched of these partitions is dropped. Each row has its own result.
    pub(in crate::kafka) fn seek(&self, to: &mut Partitions, wait: Duration) -> Result<(), Fault> {
        // SAFETY: a live consumer and list; the error is ours.
        unsafe { Fault::take(sys::rd_kafka_seek_partitions(self.rk(), to.as_ptr(), millis(wait))) }
    }

    /// Commits, and waits for the answer. Each row has its own result.
    pub(in crate::kafka) fn commit(&self, offsets: &Partitions) -> Result<(), Fault> {
        // SAFETY: a live consumer and list.
        Fault::check(unsafe { sys::rd_kafka_commit(self.rk(), offsets.as_ptr(), 0) })
    }

    /// Fills in what is committed.
    pub(in crate::kafka) fn committed(&self, of: &mut Partitions, wait: Duration) -> Result<(), Fault> {
        // SAFETY: a live consumer and list.
        Fault::check(unsafe { sys::rd_kafka_committed(self.rk(), of.as_ptr(), millis(wait)) })
    }

    /// Notes what to commit next. Each row has its own result.
    pub(in crate::kafka) fn store(&self, offsets: &mut Partitions) {
        // SAFETY: a live consumer and list. The overall result only says that no row succeeded.
        unsafe { sys::rd_kafka_offsets_store(self.rk(), offsets.as_ptr()) };
    }
}

/// The largest number of records that one drain takes, so that its list of pointers stays small.
const MOST_AT_ONCE: usize = 10_000;

/// Where a record's parts lie in the shared copy.
struct Layout {
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Vec<(Range<usize>, Option<Range<usize>>)>,
}

/// Copies the messages into one allocation, of which every key and value is a slice. librdkafka's own memory is not kept: a
/// slice of it would hold the whole fetch and the client.
///
/// # Safety
/// The messages are alive and were given by `rd_kafka_consume_batch_queue`.
unsafe fn copy(messages: &[*mut sys::rd_kafka_message_t], names: &mut HashMap<String, Arc<str>>) -> Drained {
    let mut drained = Drained::default();
    // SAFETY (of the reads below): the messages are alive by the contract, and everything is copied.
    let live: Vec<&sys::rd_kafka_message_t> = messages.iter().filter_map(|m| unsafe { m.as_ref() }).collect();
    let size = live.iter().map(|m| m.len + m.key_len).sum();
    let mut memory = BytesMut::with_capacity(size);
    let mut layouts = Vec::with_capacity(live.len());
    for message in &live {
        if number(message.err) != 0 {
            // SAFETY: an error's payload is its text.
            let text = unsafe { text(sys::rd_kafka_message_errstr(ptr::from_ref(*message))) };
            drained.faults.push(Fault { code: number(message.err), text });
            continue;
        }
        // SAFETY: pointers and lengths belong together.
        unsafe {
            let key = append(&mut memory, message.key, message.key_len);
            let value = append(&mut memory, message.payload, message.len);
            layouts.push((*message, Layout { key, value, headers: append_headers(&mut memory, message) }));
        }
    }
    let memory = memory.freeze();
    drained.records = layouts.into_iter().map(|(message, layout)| unsafe { fetched(message, layout, &memory, names) }).collect();
    drained
}

/// Copies a part; null stays absent.
///
/// # Safety
/// `from` is null or has `len` readable bytes.
unsafe fn append(memory: &mut BytesMut, from: *const c_void, len: usize) -> Option<Range<usize>> {
    if from.is_null() {
        return None;
    }
    let start = memory.len();
    // SAFETY: by the contract.
    memory.extend_from_slice(unsafe { super::items(from.cast::<u8>(), len) });
    Some(start..memory.len())
}

/// # Safety
/// The message is alive.
unsafe fn append_headers(memory: &mut BytesMut, message: &sys::rd_kafka_message_t) -> Vec<(Range<usize>, Option<Range<usize>>)> {
    let mut headers = Vec::new();
    let mut list = ptr::null_mut();
    // SAFETY: the list belongs to the message; names and values to the list.
    unsafe {
        if number(sys::rd_kafka_message_headers(message, &mut list)) != 0 {
            return headers;
        }
        let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
        while number(sys::rd_kafka_header_get_all(list, headers.len(), &mut name, &mut value, &mut size)) == 0 {
            let name = std::ffi::CStr::from_ptr(name).to_bytes();
            let start = memory.len();
            memory.extend_from_slice(name);
            headers.push((start..memory.len(), append(memory, value, size)));
        }
    }
    headers
}

/// # Safety
/// The message is alive.
unsafe fn fetched(message: &sys::rd_kafka_message_t, layout: Layout, memory: &Bytes, names: &mut HashMap<String, Arc<str>>) -> Fetched {
    let slice = |range: Range<usize>| memory.slice(range);
    // SAFETY: the message is alive and has a topic.
    let (topic, timestamp) = unsafe {
        let name = std::ffi::CStr::from_ptr(sys::rd_kafka_topic_name(message.rkt)).to_string_lossy();
        let topic = match names.get(&*name) {
            Some(known) => known.clone(),
            None => names.entry(name.into_owned()).or_insert_with_key(|name| Arc::from(name.as_str())).clone(),
        };
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        (topic, sys::rd_kafka_message_timestamp(message, &mut kind))
    };
    Fetched {
        topic,
        partition: message.partition,
        offset: message.offset,
        key: layout.key.map(slice),
        value: layout.value.map(slice),
        timestamp_ms: (timestamp >= 0).then_some(timestamp),
        headers: layout.headers.into_iter().map(|(name, value)| Header { name: slice(name), value: value.map(slice) }).collect(),
    }
}
