//! Owner of an event queue, and of the events that come out of it.
//!
//! librdkafka calls back when a queue is no longer empty; the callback only wakes whoever waits in [`Queue::filled`]. One who
//! is woken takes events until there are none: the next wake-up comes only after that.

use std::{ffi::c_void, marker::PhantomData, ptr::NonNull, sync::Arc};

use rdkafka_sys as sys;
use tokio::sync::Notify;

use super::{Client, Fault, text};

/// A queue of events.
pub(in crate::kafka) struct Queue {
    queue: NonNull<sys::rd_kafka_queue_t>,
    wake: Arc<Notify>,
    client: Arc<Client>,
}

// SAFETY: librdkafka's queues lock for themselves and may be used from any thread.
unsafe impl Send for Queue {}
// SAFETY: the same.
unsafe impl Sync for Queue {}

impl Queue {
    /// The queue that delivery reports and answers to requests come to.
    pub(in crate::kafka) fn main(client: Arc<Client>) -> Result<Self, Fault> {
        // SAFETY: a live client; the reference is ours.
        let queue = unsafe { sys::rd_kafka_queue_get_main(client.as_ptr()) };
        Self::own(client, queue)
    }

    /// The queue that a consumer's records and rebalances come to.
    pub(in crate::kafka) fn consumer(client: Arc<Client>) -> Result<Self, Fault> {
        // SAFETY: a live consumer; the reference is ours.
        let queue = unsafe { sys::rd_kafka_queue_get_consumer(client.as_ptr()) };
        Self::own(client, queue)
    }

    fn own(client: Arc<Client>, queue: *mut sys::rd_kafka_queue_t) -> Result<Self, Fault> {
        let queue = NonNull::new(queue).ok_or_else(|| Fault::argument("the client has no such queue"))?;
        let wake = Arc::new(Notify::new());
        // SAFETY: the queue is alive; `wake` outlives the callback, which `drop` takes away first.
        unsafe { sys::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(on_filled), Arc::as_ptr(&wake).cast_mut().cast()) };
        Ok(Self { queue, wake, client })
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_queue_t {
        self.queue.as_ptr()
    }

    /// Whose queue it is.
    pub(in crate::kafka) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Waits until the queue was filled since the last wait. Wakes one waiter; may wake for nothing.
    pub(in crate::kafka) async fn filled(&self) {
        self.wake.notified().await;
    }

    /// True if there is something to take.
    pub(in crate::kafka) fn is_filled(&self) -> bool {
        // SAFETY: a live queue.
        unsafe { sys::rd_kafka_queue_length(self.as_ptr()) > 0 }
    }

    /// Takes the next event, without waiting.
    pub(super) fn take(&self) -> Option<Event<'_>> {
        // SAFETY: a live queue; the event is ours.
        NonNull::new(unsafe { sys::rd_kafka_queue_poll(self.as_ptr(), 0) }).map(|event| Event(event, PhantomData))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: a live queue. Taking the callback away locks the queue, so that no call is under way afterwards.
        unsafe {
            sys::rd_kafka_queue_cb_event_enable(self.as_ptr(), None, std::ptr::null_mut());
            sys::rd_kafka_queue_destroy(self.as_ptr());
        }
    }
}

/// # Safety
/// Called by librdkafka with the queue's `Notify`.
unsafe extern "C" fn on_filled(_: *mut sys::rd_kafka_t, wake: *mut c_void) {
    // SAFETY: alive, see `Queue::own`.
    unsafe { &*wake.cast::<Notify>() }.notify_one();
}

/// One event, freed on drop; not longer than its queue, and with it the client.
pub(super) struct Event<'q>(NonNull<sys::rd_kafka_event_t>, PhantomData<&'q Queue>);

impl Event<'_> {
    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_event_t {
        self.0.as_ptr()
    }

    pub(super) fn kind(&self) -> i32 {
        // SAFETY: a live event.
        unsafe { sys::rd_kafka_event_type(self.as_ptr()) }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        // SAFETY: a live event; the text is copied.
        unsafe { Fault::check_with(sys::rd_kafka_event_error(self.as_ptr()), text(sys::rd_kafka_event_error_string(self.as_ptr()))) }
    }
}

impl Drop for Event<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, freed once.
        unsafe { sys::rd_kafka_event_destroy(self.as_ptr()) }
    }
}
