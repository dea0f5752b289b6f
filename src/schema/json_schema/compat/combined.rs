//! Combinations: `allOf`, `anyOf`, `oneOf`, lists of types, and schemas of several parts.

use super::{
    Comparison, Incompatibility,
    model::{Combined, Criterion, Model},
    wrong,
};

impl<'d> Comparison<'d, '_> {
    /// True if the combination allows all that the plain writer has: one branch of a choice does, or each of several demands.
    pub(super) fn combination_reads(&mut self, reader: &Combined<'d>, writer: &Model<'d>, path: &str) -> bool {
        match reader.criterion {
            Criterion::All => reader.models.iter().all(|r| self.reads(r, writer, path)),
            Criterion::Any | Criterion::One => reader.models.iter().any(|r| self.reads(r, writer, path)),
        }
    }

    /// True if the plain reader allows all that the combination has: each branch of a choice, or one of several demands.
    pub(super) fn reads_combination(&mut self, reader: &Model<'d>, writer: &Combined<'d>, path: &str) -> bool {
        match writer.criterion {
            Criterion::All => writer.models.iter().any(|w| self.reads(reader, w, path)),
            Criterion::Any | Criterion::One => writer.models.iter().all(|w| self.reads(reader, w, path)),
        }
    }

    pub(super) fn combined(&mut self, reader: &Combined<'d>, writer: &Combined<'d>, path: &str) -> Vec<Incompatibility> {
        let (read, written) = (reader.criterion, writer.criterion);
        if read != written && (read == Criterion::All || written == Criterion::All) {
            // Demands on one side, a choice on the other: each side is taken as a whole.
            let fits = if written == Criterion::All {
                self.reads_combination(&Model::Combined(reader.clone()), writer, path)
            } else {
                self.combination_reads(reader, &Model::Combined(writer.clone()), path)
            };
            return if fits { Vec::new() } else { vec![wrong("COMBINED_TYPE_CHANGED", path, "is combined otherwise")] };
        }
        if read == Criterion::One && written == Criterion::Any {
            return vec![wrong("COMBINED_TYPE_CHANGED", path, "is combined otherwise")];
        }
        let mut found = Vec::new();
        if read == Criterion::All && reader.models.len() > writer.models.len() {
            found.push(wrong("PRODUCT_TYPE_EXTENDED", path, "demands more"));
        } else if read != Criterion::All && reader.models.len() < writer.models.len() {
            found.push(wrong("SUM_TYPE_NARROWED", path, "has fewer choices"));
        }
        let fits: Vec<Vec<bool>> = reader.models.iter().map(|r| writer.models.iter().map(|w| self.reads(r, w, path)).collect()).collect();
        if pairs(&fits, writer.models.len()) < reader.models.len().min(writer.models.len()) {
            found.push(wrong("COMBINED_TYPE_SUBSCHEMAS_CHANGED", path, "combines other schemas"));
        }
        found
    }

    fn reads(&mut self, reader: &Model<'d>, writer: &Model<'d>, path: &str) -> bool {
        self.models(reader, writer, path).is_empty()
    }
}

/// How many pairs of a row and a column can be made, each of them once, that the table allows.
fn pairs(table: &[Vec<bool>], columns: usize) -> usize {
    let mut row_of = vec![None; columns];
    (0..table.len()).filter(|row| pair(*row, table, &mut row_of, &mut vec![false; columns])).count()
}

/// Finds a column for the row, if need be by finding other ones for rows that have one.
fn pair(row: usize, table: &[Vec<bool>], row_of: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    let Some(allowed) = table.get(row) else { return false };
    for (column, _) in allowed.iter().enumerate().filter(|(_, fits)| **fits) {
        let Some(tried_here) = tried.get_mut(column).filter(|tried| !**tried) else { continue };
        *tried_here = true;
        let holder = row_of.get(column).copied().flatten();
        if holder.is_none_or(|holder| pair(holder, table, row_of, tried)) {
            if let Some(slot) = row_of.get_mut(column) {
                *slot = Some(row);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_paired_as_often_as_can_be() {
        for (table, want, why) in [
            (vec![vec![true, true], vec![true, false]], 2, "the first row has to give way"),
            (vec![vec![true, false], vec![true, false]], 1, "both want the same"),
            (vec![vec![false, false]], 0, "nothing fits"),
            (vec![vec![true, true, false], vec![true, false, false], vec![false, true, true]], 3, "a chain"),
        ] {
            let columns = table.first().map_or(0, Vec::len);
            assert_eq!(pairs(&table, columns), want, "{why}");
        }
    }
}
