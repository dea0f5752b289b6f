//! The only code that calls C: safe owners for librdkafka's objects.
//!
//! Each owner frees what it holds exactly once and keeps alive what it needs (a queue or a topic handle holds its client).
//! Nothing here knows requests, deadlines or clients of the gateway, and nothing here makes an [`Error`](crate::error::Error):
//! failures are [`Fault`]s. Start with [`Client`]; then `produce` and `consume`, the data path, and `requests`, the admin calls.

mod client;
mod committed;
mod conf;
mod configs;
mod consume;
mod describe;
mod elections;
mod epoch;
mod partitions;
mod produce;
mod queue;
mod records;
mod requests;
mod scram;
mod topics;

use std::{
    ffi::{CStr, CString, c_char},
    fmt,
    time::Duration,
};

use rdkafka_sys as sys;

pub(super) use client::{Client, ListedTopic};
pub(super) use committed::NO_OFFSET;
pub(super) use conf::Conf;
pub(super) use configs::{Configured, OfResource};
pub(super) use consume::{Drained, Inbox};
pub(super) use partitions::{Entry, Partitions};
pub(super) use produce::{Batch, Outcome, TopicHandle, submit};
pub(super) use queue::Queue;
pub(super) use requests::{Answer, Options, Requests, serve};

/// What librdkafka or a broker reports: the number of the error, and the text if there is one beside the number's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The broker's error code if positive, librdkafka's own if negative.
    pub code: i32,
    /// The text that came with it.
    pub text: Option<String>,
}

impl Fault {
    /// An error that has no more to say than its number.
    pub(super) fn of(code: sys::rd_kafka_resp_err_t) -> Self {
        Self { code: number(code), text: None }
    }

    /// `Ok` for "no error".
    fn check(code: sys::rd_kafka_resp_err_t) -> Result<(), Self> {
        if number(code) == 0 { Ok(()) } else { Err(Self::of(code)) }
    }

    fn check_with(code: sys::rd_kafka_resp_err_t, text: Option<String>) -> Result<(), Self> {
        if number(code) == 0 { Ok(()) } else { Err(Self { code: number(code), text }) }
    }

    /// A fault of the arguments, found before librdkafka sees them.
    fn argument(text: impl fmt::Display) -> Self {
        Self { code: number(sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__INVALID_ARG), text: Some(text.to_string()) }
    }

    /// Takes over an error object.
    ///
    /// # Safety
    /// `error` is null or an error object that nobody else frees.
    unsafe fn take(error: *mut sys::rd_kafka_error_t) -> Result<(), Self> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: not null, and ours by the contract.
        let fault = unsafe { Self::read(error) };
        // SAFETY: the same; it is not used again.
        unsafe { sys::rd_kafka_error_destroy(error) };
        Err(fault)
    }

    /// `Ok` for null and for "no error"; somebody else frees the object.
    ///
    /// # Safety
    /// `error` is null or a live error object.
    unsafe fn look(error: *const sys::rd_kafka_error_t) -> Result<(), Self> {
        // SAFETY: by the contract; null is left out before anything is read.
        let fault = unsafe { (!error.is_null()).then(|| Self::read(error)) };
        fault.filter(|fault| fault.code != 0).map_or(Ok(()), Err)
    }

    /// Reads an error object that somebody else frees.
    ///
    /// # Safety
    /// `error` is a live error object.
    unsafe fn read(error: *const sys::rd_kafka_error_t) -> Self {
        // SAFETY: alive by the contract; the string belongs to the object and is copied.
        unsafe { Self { code: number(sys::rd_kafka_error_code(error)), text: text(sys::rd_kafka_error_string(error)) } }
    }
}

/// The number of a librdkafka error.
pub(super) fn number(code: sys::rd_kafka_resp_err_t) -> i32 {
    code as i32
}

/// True if the linked librdkafka has a name for this error number.
#[cfg(test)]
pub(super) fn is_known(code: i32) -> bool {
    let (mut list, mut count) = (std::ptr::null(), 0);
    // SAFETY: two places; the table is static, and its rows without a name are not errors.
    unsafe {
        sys::rd_kafka_get_err_descs(&mut list, &mut count);
        items(list, count).iter().any(|row| !row.name.is_null() && number(row.code) == code)
    }
}

/// Copies a C string; `None` for null.
///
/// # Safety
/// `text` is null or a live, terminated string.
unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: by the contract.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// The longest string of the protocol, in bytes.
pub(super) const LONGEST_STRING: usize = 32_767;

/// Rust's string for C and for a request: librdkafka does not look at the length, and the broker hangs up on one that is too long.
fn c_string(text: &str) -> Result<CString, Fault> {
    if text.len() > LONGEST_STRING {
        return Err(Fault::argument(format_args!("A name or value has {} bytes; Kafka takes {LONGEST_STRING}.", text.len())));
    }
    c_text(text)
}

/// Rust's string for C. An inner NUL cannot be told to librdkafka.
fn c_text(text: &str) -> Result<CString, Fault> {
    CString::new(text).map_err(|_| Fault::argument("a NUL character inside a name or value"))
}

/// Milliseconds for C, rounded up, so that a deadline is over when librdkafka says so. At least 1: 0 would mean "do not wait" or
/// "the default".
fn millis(wait: Duration) -> i32 {
    i32::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX).max(1)
}

/// The buffer that librdkafka writes error texts to.
struct ErrorText([c_char; 512]);

impl ErrorText {
    fn new() -> Self {
        Self([0; 512])
    }

    fn parts(&mut self) -> (*mut c_char, usize) {
        (self.0.as_mut_ptr(), self.0.len())
    }
}

impl fmt::Display for ErrorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: librdkafka terminates what it writes, and the array begins as all zeroes.
        f.write_str(&unsafe { CStr::from_ptr(self.0.as_ptr()) }.to_string_lossy())
    }
}

/// The slice that librdkafka gives as pointer and count.
///
/// # Safety
/// Null or a live array of `count` items that outlives `'a`.
unsafe fn items<'a, T>(first: *const T, count: usize) -> &'a [T] {
    if first.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: by the contract.
    unsafe { std::slice::from_raw_parts(first, count) }
}
