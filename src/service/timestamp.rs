//! A record's time: protobuf's `Timestamp` outside, milliseconds since 1970 in Kafka.

use prost_types::Timestamp;

use crate::error::{Error, Result};

const MILLIS_PER_SECOND: i64 = 1_000;
const NANOS_PER_MILLI: i32 = 1_000_000;
const NANOS_PER_SECOND: i32 = 1_000_000_000;

/// Milliseconds since 1970; what is finer is cut off.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) for a time before 1970, beyond what Kafka can write, or that is none.
pub(super) fn to_millis(time: Timestamp) -> Result<i64> {
    if !(0..NANOS_PER_SECOND).contains(&time.nanos) {
        return Err(Error::bad_request(format_args!("Invalid timestamp: {} nanoseconds in a second.", time.nanos)));
    }
    let seconds = time.seconds.checked_mul(MILLIS_PER_SECOND);
    let millis = seconds.and_then(|ms| ms.checked_add(i64::from(time.nanos / NANOS_PER_MILLI)));
    check_millis(millis.ok_or_else(|| Error::bad_request(format_args!("Invalid timestamp: {} seconds.", time.seconds)))?)
}

/// The same time, if a record may have it.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) for a time before 1970.
pub(super) fn check_millis(millis: i64) -> Result<i64> {
    if millis < 0 {
        return Err(Error::bad_request(format_args!("Invalid timestamp: {millis}. Timestamp should always be non-negative or null.")));
    }
    Ok(millis)
}

/// The time that many milliseconds after 1970.
pub(super) fn from_millis(millis: i64) -> Timestamp {
    // The remainder is below 1,000, so that it always fits.
    let nanos = i32::try_from(millis.rem_euclid(MILLIS_PER_SECOND)).unwrap_or_default() * NANOS_PER_MILLI;
    Timestamp { seconds: millis.div_euclid(MILLIS_PER_SECOND), nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_milliseconds() {
        for (seconds, nanos, want, why) in [
            (1_700_000_000, 123_456_789, Some(1_700_000_000_123), "what is finer is cut off"),
            (0, 0, Some(0), "the first time"),
            (1_700_000_000_000, 0, Some(1_700_000_000_000_000), "milliseconds taken for seconds are far in the future"),
            (-1, 0, None, "before 1970"),
            (-1, 999_000_000, None, "just before 1970"),
            (i64::MAX, 0, None, "beyond Kafka"),
            (0, -1, None, "negative nanoseconds"),
            (0, 1_000_000_000, None, "a second of nanoseconds"),
        ] {
            assert_eq!(to_millis(Timestamp { seconds, nanos }).ok(), want, "{why}");
        }
    }

    #[test]
    fn a_negative_time_is_named_in_milliseconds() {
        let e = to_millis(Timestamp { seconds: -1, nanos: 0 }).unwrap_err();
        assert_eq!(e.message(), "Bad Request: Invalid timestamp: -1000. Timestamp should always be non-negative or null.");
    }

    #[test]
    fn milliseconds_become_times() {
        assert_eq!(from_millis(1_700_000_000_123), Timestamp { seconds: 1_700_000_000, nanos: 123_000_000 });
        assert_eq!(from_millis(-1), Timestamp { seconds: -1, nanos: 999_000_000 });
    }
}
