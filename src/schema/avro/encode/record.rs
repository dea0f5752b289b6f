//! Records: members come in any order, their bytes in the schema's.

use super::{Encoder, Rules, quoted_text};
use crate::schema::{
    avro::types::{Field, Record},
    json::reader::Reader,
    kind::Mismatch,
};

impl Encoder<'_> {
    /// Reads an object as a record. Members in the schema's order are written as they come; the others are found again later.
    pub(super) fn record(&mut self, record: &Record, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        let mut next = 0;
        // Where the values of later fields are, made when the first member is out of order.
        let mut later: Vec<Option<Reader<'_>>> = Vec::new();
        r.enter_object()?;
        while let Some(name) = r.next_member()? {
            next = self.fill(record, next, &mut later)?;
            match record.fields.get(next) {
                Some(field) if field.name == *name => {
                    self.value(field.of, r).map_err(|e| e.in_member(&field.name))?;
                    next += 1;
                }
                _ => self.out_of_order(record, &name, next, &mut later, r)?,
            }
        }
        loop {
            next = self.fill(record, next, &mut later)?;
            let Some(field) = record.fields.get(next) else { return Ok(()) };
            self.absent(field, r).map_err(|e| e.in_member(&field.name))?;
            next += 1;
        }
    }

    /// A member that is not the next field's.
    fn out_of_order<'t>(
        &mut self,
        record: &Record,
        name: &str,
        next: usize,
        later: &mut Vec<Option<Reader<'t>>>,
        r: &mut Reader<'t>,
    ) -> Result<(), Mismatch> {
        let value = *r;
        match record.names.find(name) {
            None if self.rules == Rules::Lenient => {
                return Err(Mismatch::here(format_args!("record {} has no field {}", record.named.name, quoted_text(name))));
            }
            // The reference drops members that it does not know.
            None => r.skip().map_err(|e| Mismatch::from(e).in_member(name))?,
            Some(place) if place < next => return Err(twice(name)),
            Some(place) => {
                if later.is_empty() {
                    self.pass_over(record.fields.len())?;
                    later.resize(record.fields.len(), None);
                }
                match later.get_mut(place) {
                    Some(slot @ None) => *slot = Some(value),
                    Some(Some(_)) | None => return Err(twice(name)),
                }
                r.skip().map_err(|e| Mismatch::from(e).in_member(name))?;
                self.read_again(r.offset() - value.offset())?;
            }
        }
        Ok(())
    }

    /// Writes the next fields whose values have been found before, and returns the first one that has not.
    fn fill(&mut self, record: &Record, mut next: usize, later: &mut [Option<Reader<'_>>]) -> Result<usize, Mismatch> {
        while let Some(mut value) = later.get_mut(next).and_then(Option::take) {
            if let Some(field) = record.fields.get(next) {
                self.value(field.of, &mut value).map_err(|e| e.in_member(&field.name))?;
            }
            next += 1;
        }
        Ok(next)
    }

    /// A field that has no member. Only the lenient form takes the default for it.
    fn absent(&mut self, field: &Field, r: &Reader<'_>) -> Result<(), Mismatch> {
        self.pass_over(1)?;
        let bytes = match (self.rules, &field.default, &field.encoded) {
            (Rules::Tagged, _, _) => return Err(Mismatch::here("missing")),
            (Rules::Lenient | Rules::Default, None, _) => return Err(Mismatch::here("missing, and without a default")),
            (Rules::Lenient, Some(_), None) => return Err(Mismatch::here("missing, and its default does not fit its type")),
            (Rules::Lenient, Some(_), Some(bytes)) => bytes,
            // Defaults are just being encoded, this one may not have been yet.
            (Rules::Default, Some(default), _) => {
                let text = default.to_string();
                self.read_again(text.len())?;
                let levels = r.levels().checked_sub(1).ok_or_else(|| Mismatch::here("defaults nested too deep"))?;
                return self.value(field.of, &mut Reader::over(&text, levels)).and_then(|()| self.check_length());
            }
        };
        self.out.extend_from_slice(bytes);
        self.check_length()
    }
}

fn twice(name: &str) -> Mismatch {
    Mismatch::here("given twice").in_member(name)
}
