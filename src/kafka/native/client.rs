//! Owner of a client: a producer or a consumer, with its threads and connections.
//!
//! Logs go to `tracing` from whichever thread librdkafka has. A client is thread-safe; the last owner's drop hands it to a
//! thread of its own, because freeing it waits for its threads.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem::ManuallyDrop,
    ptr::{self, NonNull},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use rdkafka_sys as sys;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{Conf, ErrorText, Fault, committed, epoch, millis, number, partitions::Partitions, text};
use crate::kafka::admin::PartitionDescription;

/// A topic of the list of all: its name, and its partitions or why they cannot be told.
pub(in crate::kafka) type ListedTopic = (String, Result<Vec<PartitionDescription>, Fault>);

/// A native client.
pub(in crate::kafka) struct Client(ManuallyDrop<Raw>);

/// What goes to the freeing thread.
struct Raw {
    rk: NonNull<sys::rd_kafka_t>,
    /// The opaque of a consumer's callbacks; at a fixed address, and alive until the client is gone. No `Box`: moving one claims
    /// that nobody else has a pointer to what it owns.
    membership: Option<Arc<Membership>>,
    /// Dropped after the rest of it.
    _alive: TaskTrackerToken,
}

// SAFETY: librdkafka's handle may be used from any thread, also for freeing it.
unsafe impl Send for Raw {}
// SAFETY: the same; all functions on a handle lock for themselves.
unsafe impl Sync for Raw {}

/// What a consumer's callbacks leave for the one who polls.
#[derive(Default)]
struct Membership {
    /// Partitions taken away since the last look, with their topics.
    revoked: Mutex<Vec<(String, i32)>>,
    /// An error that concerns the whole client.
    failure: Mutex<Option<Fault>>,
}

impl Client {
    /// A producer whose delivery reports, statistics and errors come as events on the main queue.
    pub(in crate::kafka) fn producer(conf: Conf) -> Result<Self, Fault> {
        // SAFETY: the configuration is alive; events are a plain setting.
        unsafe {
            sys::rd_kafka_conf_set_events(conf.as_ptr(), sys::RD_KAFKA_EVENT_DR | sys::RD_KAFKA_EVENT_STATS | sys::RD_KAFKA_EVENT_ERROR)
        };
        epoch::allow(&conf)?;
        Self::new(conf, sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, None)
    }

    /// A consumer that answers rebalances while it is polled.
    pub(in crate::kafka) fn consumer(conf: Conf) -> Result<Self, Fault> {
        let membership = Arc::<Membership>::default();
        // SAFETY: the configuration is alive; the opaque outlives the client (see `Raw`).
        unsafe {
            sys::rd_kafka_conf_set_opaque(conf.as_ptr(), Arc::as_ptr(&membership).cast_mut().cast());
            sys::rd_kafka_conf_set_rebalance_cb(conf.as_ptr(), Some(on_rebalance));
            sys::rd_kafka_conf_set_error_cb(conf.as_ptr(), Some(on_error));
        }
        let client = Self::new(conf, sys::rd_kafka_type_t::RD_KAFKA_CONSUMER, Some(membership))?;
        // SAFETY: a live consumer. Its main queue joins the consumer queue, so that one poll serves both.
        Fault::check(unsafe { sys::rd_kafka_poll_set_consumer(client.as_ptr()) })?;
        Ok(client)
    }

    fn new(conf: Conf, kind: sys::rd_kafka_type_t, membership: Option<Arc<Membership>>) -> Result<Self, Fault> {
        // SAFETY: the configuration is alive; the callback has the right type.
        unsafe { sys::rd_kafka_conf_set_log_cb(conf.as_ptr(), Some(on_log)) };
        let mut why = ErrorText::new();
        let (buffer, size) = why.parts();
        // SAFETY: the configuration is alive, the buffer has `size` bytes.
        match NonNull::new(unsafe { sys::rd_kafka_new(kind, conf.as_ptr(), buffer, size) }) {
            Some(rk) => {
                let (properties, alive) = conf.into_parts();
                // The client owns the properties from here on.
                std::mem::forget(properties);
                Ok(Self(ManuallyDrop::new(Raw { rk, membership, _alive: alive })))
            }
            None => Err(Fault::argument(why)),
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_t {
        self.0.rk.as_ptr()
    }

    /// The error after which a producer cannot be used any more.
    pub(in crate::kafka) fn is_broken(&self) -> bool {
        self.cause().is_some()
    }

    /// The error that a broken producer began with; every record after it is refused with a number that says only that.
    pub(in crate::kafka) fn cause(&self) -> Option<Fault> {
        // SAFETY: a live client; no buffer is given.
        let code = number(unsafe { sys::rd_kafka_fatal_error(self.as_ptr(), ptr::null_mut(), 0) });
        (code != 0).then_some(Fault { code, text: None })
    }

    /// Blocks until every record has left the client's queues, at most `wait`. Somebody must drain the reports meanwhile.
    pub(in crate::kafka) fn flush(&self, wait: Duration) -> Result<(), Fault> {
        // SAFETY: a live producer.
        Fault::check(unsafe { sys::rd_kafka_flush(self.as_ptr(), millis(wait)) })
    }

    /// Blocks until the consumer has committed what it must and left its group.
    pub(in crate::kafka) fn close_consumer(&self) -> Result<(), Fault> {
        // SAFETY: a live consumer; rebalance callbacks run on this thread and find the membership alive.
        Fault::check(unsafe { sys::rd_kafka_consumer_close(self.as_ptr()) })
    }

    /// The partitions that were taken away since the last call.
    pub(in crate::kafka) fn take_revoked(&self) -> Vec<(String, i32)> {
        self.0.membership.as_ref().map(|m| std::mem::take(&mut *m.revoked.lock())).unwrap_or_default()
    }

    /// An error that the client reported outside of any call.
    pub(in crate::kafka) fn take_failure(&self) -> Option<Fault> {
        self.0.membership.as_ref().and_then(|m| m.failure.lock().take())
    }

    /// Blocks for all topics and their partitions: one request, whatever their number.
    pub(in crate::kafka) fn topics(&self, wait: Duration) -> Result<Vec<ListedTopic>, Fault> {
        let mut answer: *const sys::rd_kafka_metadata = ptr::null();
        // SAFETY: a live client, no topic, a place for the answer.
        Fault::check(unsafe { sys::rd_kafka_metadata(self.as_ptr(), 1, ptr::null_mut(), &mut answer, millis(wait)) })?;
        // SAFETY: after success the answer is a live object of ours; what it holds is copied before it is freed.
        unsafe {
            let topics = listed((*answer).topics, (*answer).topic_cnt).iter().map(|topic| listed_topic(topic)).collect();
            sys::rd_kafka_metadata_destroy(answer);
            Ok(topics)
        }
    }
}

/// # Safety
/// As [`items`](super::items), with the count as librdkafka's metadata has it.
unsafe fn listed<'a, T>(first: *const T, count: c_int) -> &'a [T] {
    // SAFETY: by the contract.
    unsafe { super::items(first, usize::try_from(count).unwrap_or(0)) }
}

/// # Safety
/// A topic of a live answer.
unsafe fn listed_topic(topic: &sys::rd_kafka_metadata_topic) -> ListedTopic {
    // SAFETY: everything belongs to the live answer and is copied.
    unsafe {
        let partition = |p: &sys::rd_kafka_metadata_partition| PartitionDescription {
            id: p.id,
            leader: Some(p.leader).filter(|id| *id >= 0),
            replicas: listed(p.replicas, p.replica_cnt).to_vec(),
            isr: listed(p.isrs, p.isr_cnt).to_vec(),
        };
        let partitions = listed(topic.partitions, topic.partition_cnt).iter().map(partition).collect();
        (text(topic.topic).unwrap_or_default(), Fault::check(topic.err).map(|()| partitions))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: taken once, here; nothing uses the field afterwards.
        let raw = unsafe { ManuallyDrop::take(&mut self.0) };
        // Without a thread the closure is dropped at once, and the client is freed here.
        if let Err(e) = std::thread::Builder::new().name("kafka-free".into()).spawn(move || drop(raw)) {
            tracing::warn!(error = %e, "no thread to free a Kafka client on");
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the only place that frees it; queues, topics and events hold an `Arc<Client>`, so all of them are gone.
        unsafe { sys::rd_kafka_destroy(self.rk.as_ptr()) }
    }
}

/// # Safety
/// Called by librdkafka with live strings.
unsafe extern "C" fn on_log(_: *const sys::rd_kafka_t, level: c_int, facility: *const c_char, line: *const c_char) {
    // SAFETY: both strings live until the callback returns.
    let (facility, line) = unsafe { (CStr::from_ptr(facility).to_string_lossy(), CStr::from_ptr(line).to_string_lossy()) };
    // syslog's levels: 3 and below are errors, 4 warnings, 5 and 6 notices.
    match level {
        ..=3 => tracing::error!(target: "librdkafka", %facility, "{line}"),
        4 => tracing::warn!(target: "librdkafka", %facility, "{line}"),
        5 | 6 => tracing::info!(target: "librdkafka", %facility, "{line}"),
        _ => tracing::debug!(target: "librdkafka", %facility, "{line}"),
    }
}

/// # Safety
/// Called by librdkafka, on the thread that polls, with the consumer's membership as opaque.
unsafe extern "C" fn on_error(_: *mut sys::rd_kafka_t, code: c_int, reason: *const c_char, opaque: *mut c_void) {
    // SAFETY: the string lives until the callback returns, the membership as long as the client.
    let (reason, membership) = unsafe { (text(reason), &*opaque.cast::<Membership>()) };
    let authentication = number(sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__AUTHENTICATION);
    let fatal = number(sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__FATAL);
    if code == authentication || code == fatal {
        *membership.failure.lock() = Some(Fault { code, text: reason });
    } else {
        // Lost connections and the like: librdkafka goes on by itself.
        tracing::debug!(target: "librdkafka", code, reason, "a consumer's client reports");
    }
}

/// # Safety
/// Called by librdkafka, on the thread that polls or closes, with the consumer's membership as opaque.
unsafe extern "C" fn on_rebalance(
    rk: *mut sys::rd_kafka_t,
    code: sys::rd_kafka_resp_err_t,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: the client and the list live until the callback returns, the membership as long as the client. Assigning is what
    // the callback is for.
    let result = unsafe {
        let membership = &*opaque.cast::<Membership>();
        let cooperative = text(sys::rd_kafka_rebalance_protocol(rk)).is_some_and(|p| p == "COOPERATIVE");
        if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            let filled = committed::fill_in(rk, partitions);
            if cooperative {
                Fault::take(sys::rd_kafka_incremental_assign(rk, partitions)).and(filled)
            } else {
                Fault::check(sys::rd_kafka_assign(rk, partitions)).and(filled)
            }
        } else {
            membership.revoked.lock().extend(Partitions::read(partitions).into_iter().map(|e| (e.topic, e.partition)));
            if cooperative {
                Fault::take(sys::rd_kafka_incremental_unassign(rk, partitions))
            } else {
                Fault::check(sys::rd_kafka_assign(rk, ptr::null()))
            }
        }
    };
    if let Err(fault) = result {
        tracing::warn!(?fault, "a rebalance could not be answered");
    }
}
