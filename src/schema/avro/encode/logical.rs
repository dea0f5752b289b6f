//! What the lenient form accepts for logical types: the value as people write it.

use uuid::{Uuid, fmt::Hyphenated};

use super::{Encoder, quoted, quoted_text};
use crate::schema::{
    avro::{
        binary, calendar,
        logical::Logical,
        number::{self, Unfit},
        twos,
        types::{Shape, Type},
    },
    json::reader::{Reader, Token},
    kind::Mismatch,
};

impl Encoder<'_> {
    /// Reads a value by its meaning; false if it has to be read as a plain one, and nothing was read.
    pub(super) fn meaning(&mut self, of: &Type, token: Token, r: &mut Reader<'_>) -> Result<bool, Mismatch> {
        let Some(logical) = of.logical else { return Ok(false) };
        match (logical, token) {
            (Logical::Decimal { precision, scale }, Token::Number) => self.decimal(of, r.number()?, precision, scale)?,
            (Logical::Decimal { precision, scale }, Token::String) => {
                let text = r.string()?;
                if !number::is_number(&text) {
                    return Err(wrong(&text, "a decimal number"));
                }
                self.decimal(of, &text, precision, scale)?;
            }
            (Logical::Date, Token::String) => self.moment(of, r, "a date such as 2026-01-31", calendar::date)?,
            (Logical::Time(unit), Token::String) => {
                self.moment(of, r, "a time such as 10:15:30, with no more digits than are kept", |text| calendar::time(text, unit))?;
            }
            (Logical::Timestamp(unit), Token::String) => {
                let wanted = "a time such as 2026-01-31T10:15:30Z, with no more digits than are kept";
                self.moment(of, r, wanted, |text| calendar::timestamp(text, unit))?;
            }
            (Logical::LocalTimestamp(unit), Token::String) => {
                let wanted = "a time without a zone such as 2026-01-31T10:15:30, with no more digits than are kept";
                self.moment(of, r, wanted, |text| calendar::local_timestamp(text, unit))?;
            }
            (Logical::Uuid, Token::String) if matches!(of.shape, Shape::Fixed(_)) => {
                let text = r.string()?;
                // The other forms that the crate reads have other lengths.
                let id = Uuid::try_parse(&text).ok().filter(|_| text.len() == Hyphenated::LENGTH).ok_or_else(|| wrong(&text, "a UUID"))?;
                self.out.extend_from_slice(id.as_bytes());
            }
            (Logical::Duration, Token::String) => {
                let text = r.string()?;
                let parts = calendar::duration(&text).ok_or_else(|| wrong(&text, "a duration such as P1M2DT3.5S"))?;
                for part in parts {
                    self.out.extend_from_slice(&part.to_le_bytes());
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn decimal(&mut self, of: &Type, text: &str, precision: usize, scale: usize) -> Result<(), Mismatch> {
        let whole = number::unscaled(text, scale, precision.min(twos::MAX_DIGITS)).map_err(|e| match e {
            Unfit::Fraction => Mismatch::here(format_args!("{} has more than {scale} digits behind the point", quoted(text))),
            Unfit::Range => Mismatch::here(format_args!("{} has more than {precision} digits", quoted(text))),
        })?;
        let bytes = twos::to_bytes(&whole);
        match &of.shape {
            Shape::Fixed(fixed) => {
                // The precision is one that fits.
                let filler = if whole.negative { 0xff } else { 0 };
                self.out.extend(std::iter::repeat_n(filler, fixed.size.saturating_sub(bytes.len())));
                self.out.extend_from_slice(&bytes);
            }
            _ => binary::write_bytes(self.out, &bytes),
        }
        Ok(())
    }

    fn moment(&mut self, of: &Type, r: &mut Reader<'_>, wanted: &str, read: impl FnOnce(&str) -> Option<i64>) -> Result<(), Mismatch> {
        let text = r.string()?;
        let fits = |value: &i64| !matches!(of.shape, Shape::Int) || i32::try_from(*value).is_ok();
        let value = read(&text).filter(fits).ok_or_else(|| wrong(&text, wanted))?;
        binary::write_long(self.out, value);
        Ok(())
    }
}

fn wrong(text: &str, wanted: &str) -> Mismatch {
    Mismatch::here(format_args!("{} is not {wanted}", quoted_text(text)))
}
