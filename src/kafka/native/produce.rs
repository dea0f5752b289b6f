//! Records in, reports out.
//!
//! A [`Batch`] holds the records of one request and a slot for the result of each. librdkafka gets the payloads as pointers into
//! the batch and each slot's address as the record's opaque; a report writes its slot, the last one wakes the request.
//!
//! **What makes this sound:** each slot is completed exactly once, by [`Batch::refuse`] or by the one report that librdkafka owes
//! for a record that it accepted. Until the last slot is completed, librdkafka's own share of the batch (one strong count) keeps
//! it alive, whatever became of the request.

use std::{
    ffi::c_void,
    ptr::{self, NonNull},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicUsize, Ordering},
    },
    task::Waker,
};

use futures::task::AtomicWaker;
use rdkafka_sys as sys;

use super::{Client, Fault, c_string, epoch, number, queue::Event};
use crate::{
    error::Error,
    kafka::record::{Record, Written},
};

/// `RD_KAFKA_PARTITION_UA`: the partitioner chooses.
const ANY_PARTITION: i32 = -1;
/// A slot that waits for its report. No error of Kafka has this number.
const PENDING: i32 = i32::MIN;
/// A slot whose error was found here and stands in `refusal`.
const REFUSED: i32 = i32::MIN + 1;

/// A topic as librdkafka knows it.
pub(in crate::kafka) struct TopicHandle {
    topic: NonNull<sys::rd_kafka_topic_t>,
    client: Arc<Client>,
}

// SAFETY: librdkafka's topic handles lock for themselves and may be used from any thread.
unsafe impl Send for TopicHandle {}
// SAFETY: the same.
unsafe impl Sync for TopicHandle {}

impl TopicHandle {
    /// The handle of a topic. librdkafka remembers the name for the client's life: only for topics that exist, or in a client
    /// that does not live long.
    pub(in crate::kafka) fn new(client: Arc<Client>, name: &str) -> Result<Self, Fault> {
        let name = c_string(name)?;
        // SAFETY: a live client, a terminated name, the client's default configuration for topics.
        match NonNull::new(unsafe { sys::rd_kafka_topic_new(client.as_ptr(), name.as_ptr(), ptr::null_mut()) }) {
            Some(topic) => Ok(Self { topic, client }),
            // SAFETY: no requirements; the error is this thread's.
            None => Err(Fault::of(unsafe { sys::rd_kafka_last_error() })),
        }
    }

    /// Blocks for the topic's metadata, which makes the brokers create the topic if the client and they allow it.
    pub(in crate::kafka) fn ask(&self, wait: std::time::Duration) -> Result<(), Fault> {
        let mut answer: *const sys::rd_kafka_metadata = ptr::null();
        // SAFETY: a live client, its topic, a place for the answer, which is freed at once.
        unsafe {
            Fault::check(sys::rd_kafka_metadata(self.client.as_ptr(), 0, self.topic.as_ptr(), &mut answer, super::millis(wait)))?;
            sys::rd_kafka_metadata_destroy(answer);
        }
        Ok(())
    }
}

impl Drop for TopicHandle {
    fn drop(&mut self) {
        // SAFETY: ours, freed once, before the client.
        unsafe { sys::rd_kafka_topic_destroy(self.topic.as_ptr()) }
    }
}

/// What became of a record.
#[derive(Debug, Clone)]
pub(in crate::kafka) enum Outcome {
    /// No report yet.
    Pending,
    /// It is in Kafka.
    Written(Written),
    /// librdkafka or the broker did not take it.
    Faulty(Fault),
    /// It was not handed to librdkafka at all.
    Refused(Error),
}

/// The records of one request, and the results.
pub(in crate::kafka) struct Batch {
    records: Vec<Record>,
    slots: Box<[Slot]>,
    left: AtomicUsize,
    waker: AtomicWaker,
}

struct Slot {
    batch: AtomicPtr<Batch>,
    /// Written last, read first: what it says is published with it.
    state: AtomicI32,
    partition: AtomicI32,
    offset: AtomicI64,
    timestamp: AtomicI64,
    refusal: OnceLock<Error>,
}

impl Batch {
    /// A batch without any result yet. Every record must get one, or the batch is never freed.
    pub(in crate::kafka) fn new(records: Vec<Record>) -> Arc<Self> {
        let slot = |_| Slot {
            batch: AtomicPtr::new(ptr::null_mut()),
            state: AtomicI32::new(PENDING),
            partition: AtomicI32::new(ANY_PARTITION),
            offset: AtomicI64::new(-1),
            timestamp: AtomicI64::new(-1),
            refusal: OnceLock::new(),
        };
        let slots: Box<[Slot]> = (0..records.len()).map(slot).collect();
        let batch = Arc::new(Self { left: AtomicUsize::new(slots.len()), records, slots, waker: AtomicWaker::new() });
        if !batch.slots.is_empty() {
            // librdkafka's share; `Slot::complete` gives it back.
            let share = Arc::into_raw(batch.clone()).cast_mut();
            batch.slots.iter().for_each(|slot| slot.batch.store(share, Ordering::Relaxed));
        }
        batch
    }

    /// The records, in the request's order.
    pub(in crate::kafka) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Refuses a record that was not submitted.
    pub(in crate::kafka) fn refuse(&self, index: usize, why: Error) {
        if let Some(slot) = self.slots.get(index)
            && slot.refusal.set(why).is_ok()
        {
            // SAFETY: alive with `self`; a record that was not submitted has no other who completes it, and `set` succeeds once.
            unsafe { Slot::complete(slot, REFUSED) };
        }
    }

    /// True if every record has its result.
    pub(in crate::kafka) fn is_done(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// Wakes this waker when the last result is there.
    pub(in crate::kafka) fn wake_when_done(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// What is known now, in the request's order.
    pub(in crate::kafka) fn outcomes(&self) -> impl Iterator<Item = Outcome> + '_ {
        self.slots.iter().map(Slot::outcome)
    }
}

impl Slot {
    fn outcome(&self) -> Outcome {
        match self.state.load(Ordering::Acquire) {
            PENDING => Outcome::Pending,
            0 => {
                let timestamp = self.timestamp.load(Ordering::Relaxed);
                Outcome::Written(Written {
                    partition: self.partition.load(Ordering::Relaxed),
                    offset: self.offset.load(Ordering::Relaxed),
                    timestamp_ms: (timestamp >= 0).then_some(timestamp),
                })
            }
            REFUSED => self.refusal.get().cloned().map_or(Outcome::Pending, Outcome::Refused),
            code => Outcome::Faulty(Fault { code, text: None }),
        }
    }

    /// Publishes the result. The batch may be gone when this returns, and the slot with it; hence the pointer.
    ///
    /// # Safety
    /// The slot is alive and not yet completed.
    unsafe fn complete(slot: *const Self, state: i32) {
        // SAFETY: librdkafka's share keeps the batch, and so its slots, alive until the last slot is completed, and this one is
        // not yet counted. The share was made by `Arc::into_raw`; whoever counts to the end takes it back, once.
        unsafe {
            let share = (*slot).batch.load(Ordering::Relaxed).cast_const();
            (*slot).state.store(state, Ordering::Release);
            if (*share).left.fetch_sub(1, Ordering::AcqRel) == 1 {
                let batch = Arc::from_raw(share);
                batch.waker.wake();
            }
        }
    }
}

/// Hands records to librdkafka, which takes them without waiting. Returns those for which its queue has no room, in order.
pub(in crate::kafka) fn submit(topic: &TopicHandle, batch: &Batch, indexes: &[usize]) -> Vec<usize> {
    let plain = |r: &Record| r.headers.is_empty() && r.timestamp_ms.is_none();
    if indexes.iter().all(|&i| batch.records.get(i).is_some_and(plain)) {
        submit_plain(topic, batch, indexes)
    } else {
        submit_rich(topic, batch, indexes)
    }
}

/// One call for each run of records to the same place; knows neither headers nor timestamps. A call for several places
/// (`RD_KAFKA_MSG_F_PARTITION`) would leak each record whose partition is not there: it would count as under way for ever.
fn submit_plain(topic: &TopicHandle, batch: &Batch, indexes: &[usize]) -> Vec<usize> {
    let partition = |i: usize| batch.records.get(i).and_then(|r| r.partition).unwrap_or(ANY_PARTITION);
    let mut no_room = Vec::new();
    for run in indexes.chunk_by(|a, b| partition(*a) == partition(*b)) {
        if no_room.is_empty() {
            let to = run.first().map_or(ANY_PARTITION, |i| partition(*i));
            submit_run(topic, batch, run, to, &mut no_room);
        } else {
            // After the first one without room none is tried: the order of the records is kept.
            no_room.extend(run);
        }
    }
    no_room
}

fn submit_run(topic: &TopicHandle, batch: &Batch, indexes: &[usize], partition: i32, no_room: &mut Vec<usize>) {
    let rows = indexes.iter().filter_map(|&i| Some((i, batch.records.get(i)?, batch.slots.get(i)?)));
    let (numbers, mut messages): (Vec<usize>, Vec<sys::rd_kafka_message_t>) = rows
        .map(|(i, record, slot)| {
            let (payload, len) = bytes(record.value.as_deref());
            let (key, key_len) = bytes(record.key.as_deref());
            let message = sys::rd_kafka_message_t {
                err: sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR,
                rkt: ptr::null_mut(),
                partition,
                payload,
                len,
                key,
                key_len,
                offset: 0,
                _private: ptr::from_ref(slot).cast_mut().cast(),
            };
            (i, message)
        })
        .unzip();
    let count = i32::try_from(messages.len()).unwrap_or(i32::MAX);
    // SAFETY: a live topic and `count` messages. Without a copy flag librdkafka keeps pointers to the payloads until their
    // reports, and the batch, which owns them, lives as long (see the module). Keys are copied by the call.
    unsafe { sys::rd_kafka_produce_batch(topic.topic.as_ptr(), partition, 0, messages.as_mut_ptr(), count) };
    for (i, message) in numbers.into_iter().zip(&messages) {
        settle(batch, i, number(message.err), no_room);
    }
}

/// One call a record.
fn submit_rich(topic: &TopicHandle, batch: &Batch, indexes: &[usize]) -> Vec<usize> {
    let mut no_room = Vec::new();
    for &i in indexes {
        // After the first one without room none is tried: the order of the records is kept.
        if !no_room.is_empty() {
            no_room.push(i);
        } else if let (Some(record), Some(slot)) = (batch.records.get(i), batch.slots.get(i)) {
            let code = match submit_one(topic, record, slot) {
                Ok(()) => 0,
                Err(fault) => fault.code,
            };
            settle(batch, i, code, &mut no_room);
        }
    }
    no_room
}

/// What follows from the answer to a submission. An accepted record's slot is librdkafka's from now on.
fn settle(batch: &Batch, index: usize, code: i32, no_room: &mut Vec<usize>) {
    if code == number(sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        no_room.push(index);
    } else if code != 0
        && let Some(slot) = batch.slots.get(index)
    {
        // SAFETY: alive with the batch; librdkafka refused the record and owes no report for it.
        unsafe { Slot::complete(slot, code) };
    }
}

fn submit_one(topic: &TopicHandle, record: &Record, slot: &Slot) -> Result<(), Fault> {
    use sys::{rd_kafka_vtype_t as kind, rd_kafka_vu_s__bindgen_ty_1 as Field, rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 as Memory};
    let field = |vtype, u| sys::rd_kafka_vu_t { vtype, u };
    let memory = |(ptr, size)| Field { mem: Memory { ptr, size } };
    let mut fields = vec![
        field(kind::RD_KAFKA_VTYPE_RKT, Field { rkt: topic.topic.as_ptr() }),
        field(kind::RD_KAFKA_VTYPE_PARTITION, Field { i32_: record.partition.unwrap_or(ANY_PARTITION) }),
        field(kind::RD_KAFKA_VTYPE_VALUE, memory(bytes(record.value.as_deref()))),
        field(kind::RD_KAFKA_VTYPE_KEY, memory(bytes(record.key.as_deref()))),
        field(kind::RD_KAFKA_VTYPE_OPAQUE, Field { ptr: ptr::from_ref(slot).cast_mut().cast() }),
    ];
    if let Some(timestamp) = record.timestamp_ms {
        let timestamp = epoch::stand_in(timestamp)?;
        fields.push(field(kind::RD_KAFKA_VTYPE_TIMESTAMP, Field { i64_: timestamp }));
    }
    let headers = headers_of(record)?;
    if let Some(headers) = headers {
        fields.push(field(kind::RD_KAFKA_VTYPE_HEADERS, Field { headers: headers.as_ptr() }));
    }
    // SAFETY: a live client and `len` fields; payload and slot as in `submit_plain`. After success the headers are librdkafka's,
    // else they are still ours.
    unsafe {
        let result = Fault::take(sys::rd_kafka_produceva(topic.client.as_ptr(), fields.as_ptr(), fields.len()));
        if let (Err(_), Some(headers)) = (&result, headers) {
            sys::rd_kafka_headers_destroy(headers.as_ptr());
        }
        result
    }
}

/// A copy of the record's headers in librdkafka's form, `None` if it has none.
fn headers_of(record: &Record) -> Result<Option<NonNull<sys::rd_kafka_headers_t>>, Fault> {
    if record.headers.is_empty() {
        return Ok(None);
    }
    let signed = |len: usize| isize::try_from(len).unwrap_or(isize::MAX);
    // SAFETY: no requirements; names and values are copied with the sizes given.
    unsafe {
        let list = NonNull::new(sys::rd_kafka_headers_new(record.headers.len())).ok_or_else(|| Fault::argument("no memory"))?;
        for header in &record.headers {
            let (value, size) = bytes(header.value.as_deref());
            let name = header.name.as_ptr().cast();
            sys::rd_kafka_header_add(list.as_ptr(), name, signed(header.name.len()), value, signed(size));
        }
        Ok(Some(list))
    }
}

/// Null stays null, and empty stays empty: Kafka tells them apart.
fn bytes(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    bytes.map_or((ptr::null_mut(), 0), |b| (b.as_ptr().cast_mut().cast(), b.len()))
}

/// Takes the reports out of an event; returns how many there were.
pub(super) fn take_reports(event: &Event<'_>) -> usize {
    let mut count = 0;
    // SAFETY: a live event; its messages live as long.
    while let Some(message) = unsafe { sys::rd_kafka_event_message_next(event.as_ptr()).as_ref() } {
        let slot = message._private.cast::<Slot>().cast_const();
        if slot.is_null() {
            continue;
        }
        let code = number(message.err);
        // SAFETY: the opaque is the slot that was given with the record; it is alive until it is completed, which only its one
        // report does.
        unsafe {
            (*slot).partition.store(message.partition, Ordering::Relaxed);
            (*slot).offset.store(message.offset, Ordering::Relaxed);
            let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            (*slot).timestamp.store(sys::rd_kafka_message_timestamp(message, &mut kind), Ordering::Relaxed);
            Slot::complete(slot, code);
        }
        count += 1;
    }
    count
}
