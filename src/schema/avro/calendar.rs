//! Dates, times and durations as text (RFC 3339, ISO 8601), and as the numbers that Avro keeps.
//!
//! The Gregorian calendar, without leap seconds, in the years 0000 to 9999: what else can be kept has no text here. A finer fraction
//! than is kept is refused. Start with [`timestamp_text`] and [`timestamp`].

use super::logical::Unit;

const SECONDS_PER_DAY: i64 = 86_400;

/// From 0000-03-01, where a year's leap day is its last one, to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

/// In 400 years, after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;

/// A date, in days since 1970-01-01.
pub(super) fn date_text(days: i64) -> Option<String> {
    let (year, month, day) = civil(days)?;
    (0..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Reads `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<i64> {
    let [year, month, day] = parts(text, '-', [4, 2, 2])?;
    let days = days(year, month, day);
    (civil(days) == Some((year, month, day))).then_some(days)
}

/// A time of day: `10:15:30`, with a fraction if it has one.
pub(super) fn time_text(since_midnight: i64, unit: Unit) -> Option<String> {
    let seconds = since_midnight.div_euclid(unit.per_second());
    if !(0..SECONDS_PER_DAY).contains(&seconds) {
        return None;
    }
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(format!("{hours:02}:{minutes:02}:{rest:02}{}", fraction_text(since_midnight.rem_euclid(unit.per_second()), unit)))
}

/// Reads a time of day; seconds may not be missing.
pub(super) fn time(text: &str, unit: Unit) -> Option<i64> {
    let (text, fraction) = text.split_once('.').map_or((text, None), |(text, fraction)| (text, Some(fraction)));
    let [hours, minutes, seconds] = parts(text, ':', [2, 2, 2])?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60 + seconds;
    Some(seconds * unit.per_second() + fraction.map_or(Some(0), |f| fraction_of(f, unit))?)
}

/// A moment without a time zone: `2026-01-31T10:15:30`, with a fraction if it has one.
pub(super) fn local_timestamp_text(since_1970: i64, unit: Unit) -> Option<String> {
    let per_day = SECONDS_PER_DAY.checked_mul(unit.per_second())?;
    Some(format!("{}T{}", date_text(since_1970.div_euclid(per_day))?, time_text(since_1970.rem_euclid(per_day), unit)?))
}

/// Reads a moment without a time zone.
pub(super) fn local_timestamp(text: &str, unit: Unit) -> Option<i64> {
    let (day, clock) = text.split_once('T')?;
    let seconds = date(day)?.checked_mul(SECONDS_PER_DAY)?;
    seconds.checked_mul(unit.per_second())?.checked_add(time(clock, unit)?)
}

/// A moment: `2026-01-31T10:15:30Z`, with a fraction if it has one.
pub(super) fn timestamp_text(since_1970: i64, unit: Unit) -> Option<String> {
    local_timestamp_text(since_1970, unit).map(|text| text + "Z")
}

/// Reads a moment with its time zone: `Z`, or an offset such as `+01:00`.
pub(super) fn timestamp(text: &str, unit: Unit) -> Option<i64> {
    if let Some(local) = text.strip_suffix('Z') {
        return local_timestamp(local, unit);
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
    let (east, offset) = match (offset.strip_prefix('+'), offset.strip_prefix('-')) {
        (Some(offset), _) => (1, offset),
        (None, Some(offset)) => (-1, offset),
        (None, None) => return None,
    };
    let [hours, minutes] = parts(offset, ':', [2, 2])?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let ahead = east * (hours * 3600 + minutes * 60) * unit.per_second();
    local_timestamp(local, unit)?.checked_sub(ahead)
}

/// A duration of months, days and milliseconds: `P1M2DT3.5S`.
pub(super) fn duration_text([months, days, millis]: [u32; 3]) -> String {
    let (seconds, rest) = (millis / 1000, millis % 1000);
    format!("P{months}M{days}DT{seconds}{}S", fraction_text(rest.into(), Unit::Millis))
}

/// Reads a duration. Years, weeks, hours and minutes may be there too; what is left out is nothing.
pub(super) fn duration(text: &str) -> Option<[u32; 3]> {
    let rest = text.strip_prefix('P')?;
    let (day_part, clock) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None if rest.is_empty() => return None,
        None => (rest, ""),
    };
    let [years, months, weeks, days] = amounts(day_part, ['Y', 'M', 'W', 'D'])?;
    let [hours, minutes, seconds] = amounts(clock, ['H', 'M', 'S'])?;
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let total = |amounts: [(&str, i64); 3]| {
        let sum = amounts.into_iter().try_fold(0_i64, |sum, (amount, each)| digits(amount)?.checked_mul(each)?.checked_add(sum))?;
        u32::try_from(sum).ok()
    };
    let millis = total([(hours, 3_600_000), (minutes, 60_000), (seconds, 1000)])?;
    let fraction = u32::try_from(fraction_of(fraction, Unit::Millis)?).ok()?;
    Some([total([(years, 12), (months, 1), ("0", 0)])?, total([(weeks, 7), (days, 1), ("0", 0)])?, millis.checked_add(fraction)?])
}

/// What stands before each unit; the units in their order, each once or not at all.
fn amounts<const N: usize>(mut text: &str, units: [char; N]) -> Option<[&str; N]> {
    let amounts = units.map(|unit| match text.split_once(unit) {
        Some((amount, rest)) => {
            text = rest;
            amount
        }
        None => "0",
    });
    text.is_empty().then_some(amounts)
}

/// Numbers of so many digits, with a separator between them.
fn parts<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut split = text.split(separator);
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(split.next().filter(|part| part.len() == length)?)?;
    }
    split.next().is_none().then_some(numbers)
}

/// A number of digits only.
fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// What the digits behind a point are in units. Digits beyond those that are kept must be zeros.
fn fraction_of(text: &str, unit: Unit) -> Option<i64> {
    let length = usize::try_from(unit.digits()).ok()?;
    let (kept, beyond) = text.split_at_checked(length.min(text.len()))?;
    let missing = u32::try_from(length - kept.len()).ok()?;
    beyond.bytes().all(|b| b == b'0').then(|| digits(kept)?.checked_mul(10_i64.pow(missing)))?
}

/// The fraction of a second with its point; nothing if there is none.
fn fraction_text(units: i64, unit: Unit) -> String {
    match (units, unit) {
        (0, _) => String::new(),
        (units, Unit::Millis) => format!(".{units:03}"),
        (units, Unit::Micros) => format!(".{units:06}"),
        (units, Unit::Nanos) => format!(".{units:09}"),
    }
}

/// Year, month and day.
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    let days = days.checked_add(DAYS_TO_1970)?;
    let (era, day) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    // Every 4 years there is a leap day, except in the 100th, and yet in the 400th.
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March on have 31, 30, 31, 30, 31 days, over and over.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    Some(if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) })
}

/// Days since 1970-01-01; months and days beyond the calendar give other dates.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * DAYS_PER_ERA + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_000, "2022-01-08"),
            (11_016, "2000-02-29"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (2_932_896, "9999-12-31"),
            (-719_528, "0000-01-01"),
        ] {
            assert_eq!(date_text(days).as_deref(), Some(text));
            assert_eq!(date(text), Some(days));
        }
        for days in [2_932_897, -719_529, i64::MAX, i64::MIN] {
            assert_eq!(date_text(days), None, "{days} has no text");
        }
        for text in ["1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-01", "26-01-01", "2026-01-01Z", "", "+026-01-01"] {
            assert_eq!(date(text), None, "{text} is no date");
        }
    }

    #[test]
    fn moments_have_a_zone_and_no_more_digits_than_are_kept() {
        for (text, unit, want) in [
            ("1970-01-01T00:00:00Z", Unit::Millis, Some(0)),
            ("1970-01-01T00:00:00.5Z", Unit::Millis, Some(500)),
            ("1969-12-31T23:59:59.999Z", Unit::Millis, Some(-1)),
            ("1970-01-01T00:00:00.000001Z", Unit::Micros, Some(1)),
            ("1970-01-01T00:00:00.000000Z", Unit::Millis, Some(0)),
            ("1970-01-01T00:00:00.0001Z", Unit::Millis, None),
            ("1970-01-01T01:30:00+01:30", Unit::Millis, Some(0)),
            ("1969-12-31T23:00:00-01:00", Unit::Millis, Some(0)),
            ("1970-01-01T00:00:00", Unit::Millis, None),
            ("1970-01-01T24:00:00Z", Unit::Millis, None),
            ("9999-12-31T00:00:00Z", Unit::Nanos, None),
            ("1970-01-01T00:00:00é0:00", Unit::Millis, None),
        ] {
            assert_eq!(timestamp(text, unit), want, "{text}");
        }
        assert_eq!(timestamp_text(1_700_000_000_123, Unit::Millis).as_deref(), Some("2023-11-14T22:13:20.123Z"));
        assert_eq!(local_timestamp_text(0, Unit::Micros).as_deref(), Some("1970-01-01T00:00:00"));
        assert_eq!(time_text(3_600_001, Unit::Millis).as_deref(), Some("01:00:00.001"));
        assert_eq!(time_text(86_400_000, Unit::Millis), None, "no time of day");
    }

    #[test]
    fn durations_are_months_days_and_milliseconds() {
        for (text, want) in [
            ("P1M2DT3.5S", Some([1, 2, 3500])),
            ("P1Y2M3W4DT5H6M7.008S", Some([14, 25, 18_367_008])),
            ("PT0S", Some([0, 0, 0])),
            ("P5D", Some([0, 5, 0])),
            ("PT1M", Some([0, 0, 60_000])),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("1D", None),
            ("P1D2M", None),
            ("P-1D", None),
            ("PT1.0001S", None),
            ("P4294967296M", None),
            ("PT99999999999H", None),
        ] {
            assert_eq!(duration(text), want, "{text}");
        }
        assert_eq!(duration_text([1, 2, 3500]), "P1M2DT3.500S");
    }

    proptest! {
        #[test]
        fn what_has_a_text_is_read_back(value: i64, small in -80_000_000_000_000_i64..300_000_000_000_000, length: [u32; 3]) {
            for unit in [Unit::Millis, Unit::Micros, Unit::Nanos] {
                for value in [value, small] {
                    if let Some(text) = timestamp_text(value, unit) {
                        prop_assert_eq!(timestamp(&text, unit), Some(value), "{}", text);
                    }
                    if let Some(text) = time_text(value, unit) {
                        prop_assert_eq!(time(&text, unit), Some(value), "{}", text);
                    }
                }
            }
            prop_assert_eq!(duration(&duration_text(length)), Some(length));
        }
    }
}
