//! Requests through librdkafka, and when they are made again: the one place that decides it.
//!
//! librdkafka waits for a controller or a broker, but once a request is on its way it is made only once: the end of a connection,
//! and a broker that is no controller any more, are reported. Here such a request is made again until the time is over.
//!
//! After some errors nothing was done ([`is_refused`]); after others nobody knows ([`is_lost`]). Repeating is without harm in both cases,
//! because all requests here say what is to be, not what is to happen once more. But a repeated request may find its own work done,
//! and report that as an error: [`Outcome::done_already`] is for these. It takes the error for the success that it most likely is.
//! Were the work somebody else's, done in the moment of the failure, what the caller asked for is there all the same.
//! Start with [`Admin::request`].

use std::time::{Duration, Instant};

use super::Admin;
use crate::{
    error::{Code, Error, Result},
    kafka::{
        errors::{BROKER_GONE, TIMED_OUT, TRANSPORT},
        native::{Answer, Fault, Options, Requests},
    },
};

/// The pause before a request is made again: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How much longer than librdkafka to wait for its own time-out.
const MARGIN: Duration = Duration::from_secs(1);

/// What came of a request.
#[derive(Debug)]
pub(super) struct Outcome<T> {
    /// The last answer.
    pub(super) result: Result<T, Fault>,
    /// True if an earlier try may have been carried out, though its answer was lost.
    pub(super) is_repeated: bool,
}

impl Outcome<()> {
    /// Takes this error of a repeated request for the success of an earlier try.
    pub(super) fn done_already(self, code: i32) -> Result<(), Fault> {
        match self.result {
            Err(fault) if self.is_repeated && fault.code == code => Ok(()),
            result => result,
        }
    }
}

impl<T> Outcome<T> {
    /// The last answer, for requests whose repetition answers the same.
    pub(super) fn same(self) -> Result<T, Fault> {
        self.result
    }
}

impl Admin {
    /// Makes a request, again where that may help, until the deadline or the settings' time-out. Check only: `validate_only` and
    /// `authorized_operations` of `with`.
    ///
    /// # Errors
    /// [`Code::DeadlineExceeded`] for the caller's own deadline; [`Code::Unauthenticated`] as soon as it is known that no broker lets the
    /// gateway in. What Kafka reports is in the outcome.
    pub(super) async fn request<T>(
        &self,
        with: Options,
        deadline: Instant,
        mut submit: impl FnMut(&Requests, Options) -> Result<Answer<T>, Fault> + Send,
    ) -> Result<Outcome<T>> {
        let end = deadline.min(Instant::now() + with.timeout);
        let (mut options, mut pause, mut is_repeated) = (with, PAUSE.0, false);
        loop {
            let answer = submit(self.lane.requests(), options);
            let result = tokio::select! {
                result = finish(answer, options, deadline) => result?,
                refused = self.refused() => return Err(refused),
            };
            let left = end.saturating_duration_since(Instant::now());
            match &result {
                Err(Fault { code, .. }) if left > pause && (is_refused(*code) || is_lost(*code)) => {
                    is_repeated |= is_lost(*code);
                    tracing::debug!(code, ?pause, "an admin request is made again");
                }
                Ok(_) | Err(_) => return Ok(Outcome { result, is_repeated }),
            }
            tokio::time::sleep(pause).await;
            options.timeout = left - pause;
            pause = PAUSE.1.min(pause * 2);
        }
    }

    /// Waits until no broker lets the gateway in: why. librdkafka would go on trying until the time is over, and say that it is over.
    ///
    /// One broker that refuses says little, as it may not have heard of a user yet. So an own connection tries all of them.
    async fn refused(&self) -> Error {
        loop {
            let seen = self.lane.refusal().await;
            match self.wire.is_let_in().await {
                Err(error) if error.code() == Code::Unauthenticated => return error,
                // A mechanism that only librdkafka has: nobody else can find out.
                Err(error) if error.code() == Code::NotImplemented => return seen.into(),
                // By one of them at least, or nobody knows; librdkafka will report the next refusal.
                Ok(()) | Err(_) => self.lane.is_let_in(),
            }
        }
    }

    /// Options for a request that begins now.
    ///
    /// # Errors
    /// [`Code::DeadlineExceeded`] if the deadline is over.
    pub(super) fn options(&self, deadline: Instant) -> Result<Options> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::of(Code::DeadlineExceeded));
        }
        Ok(Options { timeout: left.min(self.timeout), validate_only: false, authorized_operations: false, read_committed: false })
    }
}

/// True if the request went to somebody who did nothing with it: not the controller or the leader (any more), or of an old epoch.
pub(super) fn is_refused(code: i32) -> bool {
    matches!(code, 6 | 11 | 41 | 74 | 75)
}

/// True if the request may have been carried out, but the answer did not come: the connection ended, to the broker or behind it, the
/// broker left the cluster, or its own time for the request is over. librdkafka's own time-out is not among them, as no time is left then.
pub(super) fn is_lost(code: i32) -> bool {
    matches!(code, TRANSPORT | BROKER_GONE | 7 | 13)
}

/// Waits for an answer. The outer error is the request's, the inner one Kafka's.
pub(super) async fn finish<T>(answer: Result<Answer<T>, Fault>, options: Options, deadline: Instant) -> Result<Result<T, Fault>> {
    match tokio::time::timeout(options.timeout + MARGIN, answer?).await {
        Ok(Ok(result)) => in_time(result, deadline),
        Ok(Err(_)) => Err(Error::of(Code::ShuttingDown)),
        Err(_) => in_time(Err(Fault { code: TIMED_OUT, text: None }), deadline),
    }
}

/// Tells the end of the caller's own deadline from Kafka's silence.
fn in_time<T>(result: Result<T, Fault>, deadline: Instant) -> Result<Result<T, Fault>> {
    match result {
        Err(Fault { code: TIMED_OUT | TRANSPORT, .. }) if deadline <= Instant::now() => Err(Error::of(Code::DeadlineExceeded)),
        // librdkafka's text tells of its own steps; the Java client's is the one that users know.
        Err(fault) if fault.code == TIMED_OUT => Ok(Err(Fault { text: None, ..fault })),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_done_or_may_have_been_is_made_again() {
        for (code, refused, lost, why) in [
            (41, true, false, "not the controller"),
            (6, true, false, "not the leader"),
            (TRANSPORT, false, true, "the connection ended"),
            (BROKER_GONE, false, true, "the broker left the cluster"),
            (7, false, true, "the broker's time is over"),
            (13, false, true, "a connection behind the broker ended"),
            (TIMED_OUT, false, false, "no time is left"),
            (36, false, false, "an answer"),
            (54, false, false, "an answer"),
            (80, false, false, "an answer: a replica is away"),
        ] {
            assert_eq!((is_refused(code), is_lost(code)), (refused, lost), "{why}");
        }
    }

    #[test]
    fn a_repeated_request_takes_its_own_work_for_success() {
        let outcome = |code, is_repeated| Outcome { result: Err(Fault { code, text: None }), is_repeated };
        assert_eq!(outcome(36, true).done_already(36), Ok(()));
        for (code, is_repeated, why) in [(36, false, "a first request"), (37, true, "another error")] {
            assert!(outcome(code, is_repeated).done_already(36).is_err(), "{why}");
        }
        assert!(outcome(36, true).same().is_err());
    }
}
