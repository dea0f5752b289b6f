//! Admin requests, and the one place where a producer's events are taken.
//!
//! Every request is answered exactly once, also on time-out, by one event on the client's main queue. The event's opaque is a
//! boxed reader, which copies what the event says and sends it to whoever asked; the event itself never leaves [`serve`].

use std::{ffi::c_void, ptr::NonNull, sync::Arc, time::Duration};

use rdkafka_sys as sys;
use tokio::sync::oneshot;

use super::{ErrorText, Fault, Queue, millis, number, produce::take_reports, queue::Event, text};

/// What a request's answer comes by. Closed without an answer only when the client ends.
pub(in crate::kafka) type Answer<T> = oneshot::Receiver<Result<T, Fault>>;

/// Reads the answer and sends it on.
type Reader = Box<dyn FnOnce(&Event<'_>) + Send>;

/// How a request is made.
#[derive(Debug, Clone, Copy)]
pub(in crate::kafka) struct Options {
    /// How long until it fails, waiting for a broker included.
    pub timeout: Duration,
    /// Check only.
    pub validate_only: bool,
    /// Ask what the principal may do, too.
    pub authorized_operations: bool,
    /// Offsets as readers of committed records see them: the end is before the first transaction that is open.
    pub read_committed: bool,
}

/// Makes requests; their answers come when the queue is served.
#[derive(Clone)]
pub(in crate::kafka) struct Requests {
    queue: Arc<Queue>,
}

/// Takes every event that is there, without waiting. Returns how many records were reported. `statistics` gets librdkafka's
/// statistics, if they are turned on; `trouble` what librdkafka reports outside of any request.
pub(in crate::kafka) fn serve(queue: &Queue, mut statistics: impl FnMut(&str), mut trouble: impl FnMut(Fault)) -> usize {
    let mut reports = 0;
    while let Some(event) = queue.take() {
        if event.kind() == sys::RD_KAFKA_EVENT_DR {
            reports += take_reports(&event);
            continue;
        }
        if event.kind() == sys::RD_KAFKA_EVENT_STATS {
            // SAFETY: a live event of this kind; the text is copied.
            if let Some(json) = unsafe { text(sys::rd_kafka_event_stats(event.as_ptr())) } {
                statistics(&json);
            }
            continue;
        }
        if event.kind() == sys::RD_KAFKA_EVENT_ERROR {
            if let Err(fault) = event.check() {
                trouble(fault);
            }
            continue;
        }
        // SAFETY: a live event. Only requests of this file have an opaque, and each of them is answered by one event.
        if let Some(reader) = NonNull::new(unsafe { sys::rd_kafka_event_opaque(event.as_ptr()) }) {
            // SAFETY: made by `Box::into_raw` in `call`.
            let reader = unsafe { Box::from_raw(reader.as_ptr().cast::<Reader>()) };
            reader(&event);
        }
    }
    reports
}

impl Requests {
    /// Requests on the client whose main queue this is.
    pub(in crate::kafka) fn new(queue: Arc<Queue>) -> Self {
        Self { queue }
    }

    /// Submits now. `submit` hands the request to librdkafka, which copies it; `read` copies the answer.
    pub(super) fn call<T: Send + 'static>(
        &self,
        operation: sys::rd_kafka_admin_op_t,
        options: Options,
        submit: impl FnOnce(*mut sys::rd_kafka_t, *mut sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
        read: impl FnOnce(&Event<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Answer<T>, Fault> {
        let rk = self.queue.client().as_ptr();
        // SAFETY: a live client; the options are freed by their owner.
        let native = Own::new(unsafe { sys::rd_kafka_AdminOptions_new(rk, operation) }, sys::rd_kafka_AdminOptions_destroy)?;
        options.apply(operation, native.as_ptr())?;
        let (answer, receiver) = oneshot::channel();
        let reader: Reader = Box::new(move |event| {
            let result = event.check().and_then(|()| read(event));
            // Whoever asked may be gone.
            let _ = answer.send(result);
        });
        // SAFETY: live options; `serve` takes the box back.
        unsafe { sys::rd_kafka_AdminOptions_set_opaque(native.as_ptr(), Box::into_raw(Box::new(reader)).cast::<c_void>()) };
        submit(rk, native.as_ptr(), self.queue.as_ptr());
        Ok(receiver)
    }
}

impl Options {
    fn apply(self, operation: sys::rd_kafka_admin_op_t, options: *mut sys::rd_kafka_AdminOptions_t) -> Result<(), Fault> {
        use sys::rd_kafka_admin_op_t as op;
        let mut why = ErrorText::new();
        let (buffer, size) = why.parts();
        let check = |code: sys::rd_kafka_resp_err_t, why: &ErrorText| {
            if number(code) == 0 { Ok(()) } else { Err(Fault::argument(why)) }
        };
        let timeout = millis(self.timeout);
        // SAFETY: live options and a buffer of `size` bytes, in every call.
        unsafe {
            check(sys::rd_kafka_AdminOptions_set_request_timeout(options, timeout, buffer, size), &why)?;
            if matches!(
                operation,
                op::RD_KAFKA_ADMIN_OP_CREATETOPICS
                    | op::RD_KAFKA_ADMIN_OP_DELETETOPICS
                    | op::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS
                    | op::RD_KAFKA_ADMIN_OP_DELETERECORDS
                    | op::RD_KAFKA_ADMIN_OP_ELECTLEADERS
            ) {
                // How long the broker itself waits until the change is known everywhere.
                check(sys::rd_kafka_AdminOptions_set_operation_timeout(options, timeout, buffer, size), &why)?;
            }
            if self.validate_only {
                check(sys::rd_kafka_AdminOptions_set_validate_only(options, 1, buffer, size), &why)?;
            }
            if self.read_committed {
                let level = sys::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
                Fault::take(sys::rd_kafka_AdminOptions_set_isolation_level(options, level))?;
            }
            if self.authorized_operations {
                Fault::take(sys::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1))?;
            }
        }
        Ok(())
    }
}

/// Owner of an object that a request is made of.
pub(super) struct Own<T> {
    object: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Own<T> {
    /// Takes a new object over. `free` must be the function that frees its kind.
    pub(super) fn new(object: *mut T, free: unsafe extern "C" fn(*mut T)) -> Result<Self, Fault> {
        NonNull::new(object).map(|object| Self { object, free }).ok_or_else(|| Fault::argument("an invalid request"))
    }

    pub(super) fn as_ptr(&self) -> *mut T {
        self.object.as_ptr()
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        // SAFETY: ours, freed once, by its own function.
        unsafe { (self.free)(self.object.as_ptr()) }
    }
}
