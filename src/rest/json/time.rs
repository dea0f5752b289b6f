//! Times: ISO 8601 in UTC with a fraction of 0, 3, 6 or 9 digits on the way out; with any offset, or as seconds, on the way in.

use prost_types::Timestamp;

const SECONDS_A_DAY: i64 = 86_400;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
/// The first and the last second that the documented API can name (`Instant.MIN` and `Instant.MAX` of Java).
const SECONDS: std::ops::RangeInclusive<i64> = -31_557_014_167_219_200..=31_556_889_864_403_199;
/// A day has up to this many seconds more or less than in UTC.
const OFFSET_MAX: i64 = 18 * 3600;

/// A time with its zone, or a number of seconds as text.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let decimal = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if decimal { from_seconds(text) } else { from_iso(text) }
}

/// A decimal number of seconds, with an exponent perhaps. What is finer than a nanosecond is cut.
pub(super) fn from_seconds(text: &str) -> Option<Timestamp> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, number) = signed(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // More digits than a nanosecond needs only make the number longer than the integer is.
    let fraction = fraction.get(..fraction.len().min(18))?;
    let digits: i128 = unsigned(&[whole, fraction].concat())?;
    let shift = 9_i32.checked_add(exponent)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    let nanos = match power {
        Some(power) if shift >= 0 => digits.checked_mul(power)?,
        Some(power) => digits / power,
        None if shift < 0 || digits == 0 => 0,
        None => return None,
    };
    let nanos = if negative { -nanos } else { nanos };
    timestamp(i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?, i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?)
}

fn timestamp(seconds: i64, nanos: i32) -> Option<Timestamp> {
    SECONDS.contains(&seconds).then_some(Timestamp { seconds, nanos })
}

/// As Java's `DateTimeFormatter.ISO_INSTANT` reads it: seconds must be there, a comma or a space must not.
fn from_iso(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', 't'])?;
    let days = date_in_days(date)?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = (time.get(..zone)?, time.get(zone..)?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let nanos = i32::try_from(unsigned(fraction)?)
        .ok()?
        .checked_mul(10_i32.checked_pow(9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?)?)?;
    let second = match clock_in_seconds(clock)? {
        // The end of the day, and a leap second, which is taken for the one before.
        SECONDS_A_DAY if nanos > 0 => return None,
        second => second,
    };
    timestamp(days * SECONDS_A_DAY + second - offset_in_seconds(zone)?, nanos)
}

/// `2023-11-14`, or a year of more digits with its sign, in days since 1970-01-01.
fn date_in_days(date: &str) -> Option<i64> {
    let (rest, day) = date.rsplit_once('-')?;
    let (year, month) = rest.rsplit_once('-')?;
    let (negative, digits) = signed(year);
    let plain = digits.len() == year.len();
    let width = if plain {
        4..=4
    } else if negative {
        4..=10
    } else {
        5..=10
    };
    if !width.contains(&digits.len()) {
        return None;
    }
    let year = i64::try_from(unsigned(digits)?).ok()?;
    let (year, month, day) = (if negative { -year } else { year }, two(month)?, two(day)?);
    let days = days(year, month, day);
    // A day that the month does not have would be one of the next.
    (civil(days) == (year, month, day)).then_some(days)
}

/// `22:13:20` in seconds. 24:00:00 is the end of the day.
fn clock_in_seconds(clock: &str) -> Option<i64> {
    let mut parts = clock.splitn(3, ':').map(two);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    match (hour, minute, second) {
        (24, 0, 0) => Some(SECONDS_A_DAY),
        (23, 59, 60) => Some(SECONDS_A_DAY - 1),
        (0..24, 0..60, 0..60) => Some(hour * 3600 + minute * 60 + second),
        _ => None,
    }
}

/// `Z`, `+01:00` or `-01:00:30` in seconds; `+00` and `+0000` are UTC too.
fn offset_in_seconds(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z" | "+00" | "+0000") {
        return Some(0);
    }
    let (negative, zone) = signed(zone);
    let mut parts = zone.splitn(3, ':').map(two);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let offset = hours * 3600 + minutes * 60 + seconds;
    let right = minutes < 60 && seconds < 60 && offset <= OFFSET_MAX;
    right.then_some(if negative { -offset } else { offset })
}

fn signed(text: &str) -> (bool, &str) {
    (text.starts_with('-'), text.strip_prefix(['-', '+']).unwrap_or(text))
}

/// Digits and nothing else, at least one.
fn unsigned(text: &str) -> Option<i128> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn two(text: &str) -> Option<i64> {
    (text.len() == 2).then(|| unsigned(text)).flatten().and_then(|n| i64::try_from(n).ok())
}

/// Days since 1970-01-01; the inverse of [`civil`]. A month of more than 12 or a day beyond its month is counted on.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era - EPOCH
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
            ("1700000000.1239999", Some(stamp(1_700_000_000, 123_999_900)), "no digit is rounded"),
            ("2023-11-14t22:13:20z", Some(stamp(1_700_000_000, 0)), "small letters"),
            ("2023-11-14T22:13:20+0000", Some(stamp(1_700_000_000, 0)), "UTC as an offset"),
            ("2023-11-14T14:13:20-08:00:00", Some(stamp(1_700_000_000, 0)), "an offset with seconds"),
            ("2023-11-14T24:00:00Z", Some(stamp(1_700_006_400, 0)), "the end of a day"),
            ("2016-12-31T23:59:60Z", Some(stamp(1_483_228_799, 0)), "a leap second"),
            ("2024-02-29T00:00:00.123456789Z", Some(stamp(1_709_164_800, 123_456_789)), "a leap day"),
            ("9999-12-31T23:59:59.999Z", Some(stamp(253_402_300_799, 999_000_000)), "the last year without a sign"),
            ("+55840-11-08T22:13:20Z", Some(stamp(1_700_000_000_000, 0)), "as it is written"),
            ("-0001-01-01T00:00:00Z", Some(stamp(-62_198_755_200, 0)), "before our era"),
            ("2023-11-14T22:13Z", None, "no seconds"),
            ("2023-11-14T22:13:20+01", None, "an offset without minutes"),
            ("2023-11-14T22:13:20+0100", None, "an offset without a colon"),
            ("2023-11-14T22:13:20+19:00", None, "an offset that is no zone's"),
            ("2023-11-14 22:13:20Z", None, "a space"),
            ("2023-11-14T22:13:20,5Z", None, "a comma"),
            ("2023-02-29T00:00:00Z", None, "a day that the year does not have"),
            ("2023-13-01T00:00:00Z", None, "a month too many"),
            ("2023-00-01T00:00:00Z", None, "no month"),
            ("2023-1-1T00:00:00Z", None, "a month of one digit"),
            ("2023-11-14T24:00:01Z", None, "beyond the day"),
            ("2023-11-14T22:13:60Z", None, "no leap second"),
            ("2023-11-14T22:13:20.1234567891Z", None, "finer than nanoseconds"),
            ("12023-11-14T22:13:20Z", None, "a long year without a sign"),
            ("+2023-11-14T22:13:20Z", None, "a short year with a sign"),
            ("1e9", None, "text with an exponent"),
            ("1.2.3", None, "two points"),
            ("", None, "nothing"),
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
    fn seconds_are_read_with_all_their_digits() {
        for (text, want, why) in [
            ("1700000000.123", Some(stamp(1_700_000_000, 123_000_000)), "a fraction"),
            ("1.7E9", Some(stamp(1_700_000_000, 0)), "an exponent"),
            ("17e+8", Some(stamp(1_700_000_000, 0)), "one with a sign"),
            ("1700000000123e-3", Some(stamp(1_700_000_000, 123_000_000)), "a negative one"),
            ("-0.5", Some(stamp(-1, 500_000_000)), "half a second before 1970"),
            ("0.12345678901234567890123456789012345678901", Some(stamp(0, 123_456_789)), "too fine"),
            ("1e-400", Some(stamp(0, 0)), "next to nothing"),
            ("0e400", Some(stamp(0, 0)), "nothing, at length"),
            ("31556889864403199", Some(stamp(31_556_889_864_403_199, 0)), "the last second"),
            ("31556889864403200", None, "beyond every calendar"),
            ("99999999999999999999999999999999999999999", None, "far beyond"),
            ("1e400", None, "farther still"),
            ("1e99999999999", None, "an exponent that is no number"),
        ] {
            assert_eq!(from_seconds(text), want, "{why}");
        }
    }
}
