//! What the lenient form writes for logical types: the value as people write it. What has no such text is written plain.

use uuid::Uuid;

use super::Decoder;
use crate::schema::{
    avro::{
        calendar,
        logical::{DURATION_SIZE, Logical, UUID_SIZE},
        twos,
        types::Shape,
    },
    json::writer,
    kind::Mismatch,
};

impl Decoder<'_> {
    /// Reads a value with a meaning.
    pub(super) fn meaning(&mut self, logical: Logical, shape: &Shape) -> Result<(), Mismatch> {
        match (logical, shape) {
            (Logical::Decimal { scale, .. }, Shape::Fixed(fixed)) => {
                let bytes = self.input.take(fixed.size)?;
                self.decimal(bytes, scale)
            }
            (Logical::Decimal { scale, .. }, _) => {
                let bytes = self.input.bytes()?;
                self.decimal(bytes, scale)
            }
            (Logical::Uuid, Shape::Fixed(_)) => {
                let bytes: [u8; UUID_SIZE] = self.input.array()?;
                self.quoted(&Uuid::from_bytes(bytes).to_string());
                Ok(())
            }
            (Logical::Uuid, _) => {
                let text = self.text()?;
                writer::string(self.out, text);
                Ok(())
            }
            (Logical::Duration, _) => {
                let bytes: [u8; DURATION_SIZE] = self.input.array()?;
                let mut parts = [0; 3];
                for (part, bytes) in parts.iter_mut().zip(bytes.chunks(4)) {
                    *part = bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u32::from(*byte));
                }
                self.quoted(&calendar::duration_text(parts));
                Ok(())
            }
            (Logical::Date, _) => self.moment(shape, calendar::date_text),
            (Logical::Time(unit), _) => self.moment(shape, |value| calendar::time_text(value, unit)),
            (Logical::Timestamp(unit), _) => self.moment(shape, |value| calendar::timestamp_text(value, unit)),
            (Logical::LocalTimestamp(unit), _) => self.moment(shape, |value| calendar::local_timestamp_text(value, unit)),
        }
    }

    fn decimal(&mut self, bytes: &[u8], scale: usize) -> Result<(), Mismatch> {
        if bytes.len() > twos::MAX_BYTES || scale > twos::MAX_DIGITS {
            return Err(Mismatch::here(format_args!("a decimal of {} bytes and scale {scale} is too long", bytes.len())));
        }
        let whole = twos::from_bytes(bytes);
        if whole.negative {
            self.out.push(b'-');
        }
        // One digit at least before the point.
        let digits = format!("{:0>1$}", whole.digits, scale + 1);
        let (before, behind) = digits.split_at(digits.len() - scale);
        self.out.extend_from_slice(before.as_bytes());
        if !behind.is_empty() {
            self.out.push(b'.');
            self.out.extend_from_slice(behind.as_bytes());
        }
        Ok(())
    }

    fn moment(&mut self, shape: &Shape, text: impl FnOnce(i64) -> Option<String>) -> Result<(), Mismatch> {
        let value = if matches!(shape, Shape::Int) { self.input.int()?.into() } else { self.input.long()? };
        match text(value) {
            Some(text) => self.quoted(&text),
            None => writer::integer(self.out, value),
        }
        Ok(())
    }
}
