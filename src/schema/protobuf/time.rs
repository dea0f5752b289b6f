//! Timestamps and durations between their texts in JSON and their seconds and nanoseconds.

use std::io::Write as _;

/// 0001-01-01T00:00:00Z, in seconds since 1970.
const FIRST_SECOND: i64 = -62_135_596_800;

/// 9999-12-31T23:59:59Z, in seconds since 1970.
const LAST_SECOND: i64 = 253_402_300_799;

/// Ten thousand years in seconds: the longest duration.
const LONGEST: i64 = 315_576_000_000;

const SECONDS_OF_DAY: i64 = 86_400;

const NANOS_OF_SECOND: i32 = 1_000_000_000;

/// Seconds since 1970 and nanoseconds of `2006-01-02T15:04:05.678Z` (RFC 3339; any offset).
pub(super) fn timestamp(text: &str) -> Option<(i64, i32)> {
    let b = text.as_bytes();
    let number = |from: usize, digits: usize| digits_of(b.get(from..from + digits)?);
    let sign = |at: usize, c: u8| (b.get(at) == Some(&c)).then_some(());
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    for (at, c) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
        sign(at, c)?;
    }
    if !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, rest) = fraction(b.get(19..)?)?;
    let offset = match rest {
        b"Z" => 0,
        [plus @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits_of(&[*h1, *h2])?, digits_of(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = (hours * 60 + minutes) * 60;
            if *plus == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let seconds = days_to(year, month, day) * SECONDS_OF_DAY + (hour * 60 + minute) * 60 + second - offset;
    (FIRST_SECOND..=LAST_SECOND).contains(&seconds).then_some((seconds, nanos))
}

/// Seconds and nanoseconds of `-3.5s`; both have the same sign.
pub(super) fn duration(text: &str) -> Option<(i64, i32)> {
    let text = text.strip_suffix('s')?;
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let seconds = text.get(..end)?.parse::<i64>().ok()?;
    let (nanos, rest) = fraction(text.as_bytes().get(end..)?)?;
    if !rest.is_empty() || seconds > LONGEST || seconds == LONGEST && nanos > 0 {
        return None;
    }
    Some(if negative { (-seconds, -nanos) } else { (seconds, nanos) })
}

/// Appends a timestamp as a string, with as many digits of the second as needed: none, three, six or nine. False if it is outside
/// the years 1 to 9999.
pub(super) fn write_timestamp(out: &mut Vec<u8>, seconds: i64, nanos: i32) -> bool {
    if !(FIRST_SECOND..=LAST_SECOND).contains(&seconds) || !(0..NANOS_OF_SECOND).contains(&nanos) {
        return false;
    }
    let (year, month, day) = date_of(seconds.div_euclid(SECONDS_OF_DAY));
    let second = seconds.rem_euclid(SECONDS_OF_DAY);
    // Writing into memory cannot fail.
    let _ = write!(out, "\"{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    write_fraction(out, nanos.unsigned_abs());
    out.extend_from_slice(b"Z\"");
    true
}

/// Appends a duration as a string. False if it is longer than ten thousand years, or if its parts have different signs.
pub(super) fn write_duration(out: &mut Vec<u8>, seconds: i64, nanos: i32) -> bool {
    let range = -NANOS_OF_SECOND + 1..NANOS_OF_SECOND;
    let crosswise = seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0;
    if !(-LONGEST..=LONGEST).contains(&seconds) || !range.contains(&nanos) || crosswise {
        return false;
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let _ = write!(out, "\"{sign}{}", seconds.unsigned_abs());
    write_fraction(out, nanos.unsigned_abs());
    out.extend_from_slice(b"s\"");
    true
}

fn write_fraction(out: &mut Vec<u8>, nanos: u32) {
    let _ = match nanos {
        0 => Ok(()),
        n if n % 1_000_000 == 0 => write!(out, ".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => write!(out, ".{:06}", n / 1_000),
        n => write!(out, ".{n:09}"),
    };
}

fn digits_of(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// Nanoseconds of `.678`, if there is a point, and what follows.
fn fraction(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let Some((b'.', digits)) = bytes.split_first() else { return Some((0, bytes)) };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let (digits, rest) = digits.split_at_checked(count)?;
    let zeros = u32::try_from(9 - count).ok()?;
    Some((i32::try_from(digits_of(digits)? * 10_i64.pow(zeros)).ok()?, rest))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of January.
fn days_to_year(year: i64) -> i64 {
    let before = year - 1;
    // 719,162 days lie between the year 1 and 1970.
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 719_162
}

fn days_to(year: i64, month: i64, day: i64) -> i64 {
    days_to_year(year) + (1..month).map(|m| days_of(year, m)).sum::<i64>() + day - 1
}

fn date_of(days: i64) -> (i64, i64, i64) {
    // An estimate that is at most one year too early.
    let mut year = 1970 + (days * 400).div_euclid(146_097);
    while days_to_year(year + 1) <= days {
        year += 1;
    }
    while days_to_year(year) > days {
        year -= 1;
    }
    let mut day = days - days_to_year(year);
    let mut month = 1;
    while day >= days_of(year, month) {
        day -= days_of(year, month);
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: fn(&mut Vec<u8>, i64, i32) -> bool, (seconds, nanos): (i64, i32)) -> String {
        let mut out = Vec::new();
        assert!(write(&mut out, seconds, nanos));
        String::from_utf8(out).unwrap().trim_matches('"').to_owned()
    }

    #[test]
    fn timestamps_are_rfc_3339() {
        for (text, want, back, why) in [
            ("1970-01-01T00:00:00Z", (0, 0), "1970-01-01T00:00:00Z", "the epoch"),
            ("2023-11-14T22:13:20.123Z", (1_700_000_000, 123_000_000), "2023-11-14T22:13:20.123Z", "milliseconds"),
            ("2023-11-14T22:13:20.1Z", (1_700_000_000, 100_000_000), "2023-11-14T22:13:20.100Z", "three digits are written"),
            ("2023-11-15T00:13:20.000001+02:00", (1_700_000_000, 1_000), "2023-11-14T22:13:20.000001Z", "an offset is taken away"),
            ("1969-12-31T23:59:59.999999999Z", (-1, 999_999_999), "1969-12-31T23:59:59.999999999Z", "before the epoch"),
            ("2024-02-29T12:00:00Z", (1_709_208_000, 0), "2024-02-29T12:00:00Z", "a leap day"),
            ("0001-01-01T00:00:00Z", (FIRST_SECOND, 0), "0001-01-01T00:00:00Z", "the first second"),
            ("9999-12-31T23:59:59Z", (LAST_SECOND, 0), "9999-12-31T23:59:59Z", "the last second"),
        ] {
            assert_eq!(timestamp(text), Some(want), "{why}");
            assert_eq!(written(write_timestamp, want), back, "{why}");
        }
        for (text, why) in [
            ("yesterday", "a word"),
            ("2023-11-14", "a day"),
            ("2023-11-14T22:13:20", "no offset"),
            ("2023-11-14t22:13:20z", "small letters"),
            ("2023-02-29T00:00:00Z", "no leap year"),
            ("2023-13-01T00:00:00Z", "no such month"),
            ("2023-11-14T24:00:00Z", "no such hour"),
            ("2023-11-14T22:13:20.Z", "a point without digits"),
            ("2023-11-14T22:13:20.1234567890Z", "ten digits"),
            ("0001-01-01T00:00:00+00:01", "before the first second"),
            ("2023-11-14T22:13:20Z ", "white space"),
            ("２023-11-14T22:13:20Z", "digits of another script"),
        ] {
            assert_eq!(timestamp(text), None, "{why}");
        }
    }

    #[test]
    fn every_day_is_found_again() {
        for day in (FIRST_SECOND / SECONDS_OF_DAY..=LAST_SECOND / SECONDS_OF_DAY).step_by(97) {
            let text = written(write_timestamp, (day * SECONDS_OF_DAY, 0));
            assert_eq!(timestamp(&text), Some((day * SECONDS_OF_DAY, 0)), "{text}");
        }
    }

    #[test]
    fn durations_are_seconds() {
        for (text, want, back) in [
            ("0s", (0, 0), "0s"),
            ("3.5s", (3, 500_000_000), "3.500s"),
            ("-0.000001s", (0, -1_000), "-0.000001s"),
            ("-1.5s", (-1, -500_000_000), "-1.500s"),
            ("315576000000s", (LONGEST, 0), "315576000000s"),
        ] {
            assert_eq!(duration(text), Some(want), "{text}");
            assert_eq!(written(write_duration, want), back);
        }
        for text in ["3", "3.5", "s", ".5s", "1.s", "--1s", "315576000000.1s", "315576000001s", "1e3s", "+1s"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert!(!write_duration(&mut Vec::new(), 1, -1), "signs that differ");
    }
}
