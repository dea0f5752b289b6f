//! Logical types: what values of a type mean to people. A logical type that the type cannot carry counts for nothing, as Avro wants it.

use super::{tree::Tree, types::Shape};

/// What a value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    /// An unscaled integer in two's complement; so many digits in all, so many of them behind the point.
    Decimal { precision: usize, scale: usize },
    /// A UUID: text, or 16 bytes.
    Uuid,
    /// Days since 1970-01-01.
    Date,
    /// Since midnight.
    Time(Unit),
    /// Since 1970-01-01T00:00:00Z.
    Timestamp(Unit),
    /// Since 1970-01-01T00:00:00 of no time zone.
    LocalTimestamp(Unit),
    /// Months, days and milliseconds, each in four bytes.
    Duration,
}

/// What times are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    /// How many make a second.
    pub(super) fn per_second(self) -> i64 {
        10_i64.pow(self.digits())
    }

    /// How many digits a fraction of a second has.
    pub(super) fn digits(self) -> u32 {
        match self {
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }
}

/// The bytes of a duration.
pub(super) const DURATION_SIZE: usize = 12;

/// The bytes of a UUID.
pub(super) const UUID_SIZE: usize = 16;

impl Logical {
    /// What the properties say, if the type can carry it.
    pub(super) fn of(shape: &Shape, properties: &[(String, Tree)]) -> Option<Self> {
        let property = |name: &str| properties.iter().find(|(n, _)| n == name).map(|(_, value)| value);
        match (property("logicalType")?.text()?, shape) {
            ("decimal", Shape::Bytes | Shape::Fixed(_)) => {
                let precision: usize = property("precision")?.integer()?;
                let scale = property("scale").map_or(Some(0), Tree::integer)?;
                let most = match shape {
                    Shape::Fixed(fixed) => digits_in(fixed.size),
                    _ => usize::MAX,
                };
                (precision > 0 && scale <= precision && precision <= most).then_some(Self::Decimal { precision, scale })
            }
            ("uuid", Shape::String) => Some(Self::Uuid),
            ("uuid", Shape::Fixed(fixed)) if fixed.size == UUID_SIZE => Some(Self::Uuid),
            ("duration", Shape::Fixed(fixed)) if fixed.size == DURATION_SIZE => Some(Self::Duration),
            ("date", Shape::Int) => Some(Self::Date),
            ("time-millis", Shape::Int) => Some(Self::Time(Unit::Millis)),
            ("time-micros", Shape::Long) => Some(Self::Time(Unit::Micros)),
            ("timestamp-millis", Shape::Long) => Some(Self::Timestamp(Unit::Millis)),
            ("timestamp-micros", Shape::Long) => Some(Self::Timestamp(Unit::Micros)),
            ("timestamp-nanos", Shape::Long) => Some(Self::Timestamp(Unit::Nanos)),
            ("local-timestamp-millis", Shape::Long) => Some(Self::LocalTimestamp(Unit::Millis)),
            ("local-timestamp-micros", Shape::Long) => Some(Self::LocalTimestamp(Unit::Micros)),
            ("local-timestamp-nanos", Shape::Long) => Some(Self::LocalTimestamp(Unit::Nanos)),
            _ => None,
        }
    }
}

/// How many decimal digits any number of so many bytes in two's complement can have.
fn digits_in(bytes: usize) -> usize {
    // log10(2) with more digits than any size that there is needs; the sign takes a bit.
    let bits = bytes.saturating_mul(8).saturating_sub(1);
    bits.saturating_mul(301_029_995) / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_of_a_size_has_room_for_so_many_digits() {
        for (bytes, digits) in [(0, 0), (1, 2), (2, 4), (4, 9), (8, 18), (16, 38), (100, 240)] {
            assert_eq!(digits_in(bytes), digits, "{bytes} bytes");
        }
    }
}
