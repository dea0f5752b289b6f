//! Times: RFC 3339 in UTC with a fraction of 0, 3, 6 or 9 digits on the way out; with any offset, or as seconds, on the way in.

use prost_types::Timestamp;

const SECONDS_A_DAY: i64 = 86_400;

/// A time with its zone, or a number of seconds as text.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(Timestamp { seconds, nanos: 0 });
    }
    if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')) && !text[1..].contains('-') {
        return text.parse().ok().and_then(from_seconds);
    }
    let time: jiff::Timestamp = text.parse().ok()?;
    let (mut seconds, mut nanos) = (time.as_second(), time.subsec_nanosecond());
    if nanos < 0 {
        (seconds, nanos) = (seconds - 1, nanos + 1_000_000_000);
    }
    Some(Timestamp { seconds, nanos })
}

/// Seconds with a fraction, which is kept to the nanosecond as far as a double has it.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first; a fraction of a nanosecond is cut")]
pub(super) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let whole = seconds.floor();
    if !whole.is_finite() || whole.abs() >= 9e15 {
        return None;
    }
    // Through the millionth: 0.25 stays 0.25, and 0.1 does not become 0.099999999.
    let micros = ((seconds - whole) * 1e6).round() as i64;
    let carry = micros / 1_000_000;
    i32::try_from(micros % 1_000_000 * 1000).ok().map(|nanos| Timestamp { seconds: whole as i64 + carry, nanos })
}

/// Appends the time as a JSON string. Years beyond 9999 have a sign, as ISO 8601 wants it.
pub(super) fn write(time: &Timestamp, out: &mut Vec<u8>) {
    let (days, second) = (time.seconds.div_euclid(SECONDS_A_DAY), time.seconds.rem_euclid(SECONDS_A_DAY));
    let (year, month, day) = civil(days);
    out.push(b'"');
    match year {
        0..=9999 => {}
        10_000.. => out.push(b'+'),
        _ => out.push(b'-'),
    }
    digits(out, year.abs(), 4);
    for (mark, value) in [(b'-', month), (b'-', day), (b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
        out.push(mark);
        digits(out, value, 2);
    }
    let nanos = i64::from(time.nanos.clamp(0, 999_999_999));
    let (fraction, width) = match nanos {
        0 => (0, 0),
        n if n % 1_000_000 == 0 => (n / 1_000_000, 3),
        n if n % 1000 == 0 => (n / 1000, 6),
        n => (n, 9),
    };
    if width > 0 {
        out.push(b'.');
        digits(out, fraction, width);
    }
    out.extend_from_slice(b"Z\"");
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar without an end in either direction.
/// Counts years from March on, so that the day that leap years add comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    // Days in 400 years, after which the calendar repeats; and from 0000-03-01 to 1970-01-01.
    const ERA: i64 = 146_097;
    const EPOCH: i64 = 719_468;
    let days = days.saturating_add(EPOCH);
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn digits(out: &mut Vec<u8>, value: i64, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(value).as_bytes();
    out.resize(out.len() + width.saturating_sub(text.len()), b'0');
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: i64, nanos: i32) -> Timestamp {
        Timestamp { seconds, nanos }
    }

    #[test]
    fn times_are_read_in_each_of_their_forms() {
        for (text, want, why) in [
            ("2023-11-14T22:13:20.123Z", Some(stamp(1_700_000_000, 123_000_000)), "milliseconds"),
            ("2023-11-14T22:13:20Z", Some(stamp(1_700_000_000, 0)), "no fraction"),
            ("2023-11-14T23:13:20.5+01:00", Some(stamp(1_700_000_000, 500_000_000)), "another zone"),
            ("1969-12-31T23:59:59.5Z", Some(stamp(-1, 500_000_000)), "before 1970"),
            ("1700000000", Some(stamp(1_700_000_000, 0)), "seconds as text"),
            ("1700000000.25", Some(stamp(1_700_000_000, 250_000_000)), "seconds with a fraction as text"),
            ("-1", Some(stamp(-1, 0)), "negative seconds"),
            ("2023-11-14", None, "no time of day"),
            ("2023-11-14T22:13:20", None, "no zone"),
            ("yesterday", None, "a word"),
            ("-", None, "no digits"),
        ] {
            assert_eq!(parse(text), want, "{why}");
        }
    }

    #[test]
    fn times_are_written_with_as_few_digits_as_the_api_does() {
        for (time, want) in [
            (stamp(1_700_000_000, 0), "\"2023-11-14T22:13:20Z\""),
            (stamp(1_700_000_000, 120_000_000), "\"2023-11-14T22:13:20.120Z\""),
            (stamp(1_700_000_000, 120_450_000), "\"2023-11-14T22:13:20.120450Z\""),
            (stamp(1_700_000_000, 1), "\"2023-11-14T22:13:20.000000001Z\""),
            (stamp(0, 0), "\"1970-01-01T00:00:00Z\""),
            (stamp(951_782_400, 0), "\"2000-02-29T00:00:00Z\""),
            (stamp(-1, 500_000_000), "\"1969-12-31T23:59:59.500Z\""),
            (stamp(1_700_000_000_000, 0), "\"+55840-11-08T22:13:20Z\""),
            (stamp(-62_198_755_200, 0), "\"-0001-01-01T00:00:00Z\""),
        ] {
            let mut out = Vec::new();
            write(&time, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), want);
        }
    }

    #[test]
    fn seconds_beyond_every_calendar_are_refused() {
        assert_eq!(from_seconds(f64::MAX), None);
        assert_eq!(from_seconds(f64::NAN), None);
    }
}
