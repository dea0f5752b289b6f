//! Which members of an object or items of an array have been judged: what `unevaluatedProperties` and `unevaluatedItems` ask about.

use super::super::tape::View;

/// The members or items of one value, by number.
pub(super) struct Evaluated(Vec<bool>);

impl Evaluated {
    /// None of the value's have been judged.
    pub(super) fn of(value: View<'_>) -> Self {
        Evaluated(vec![false; value.len()])
    }

    pub(super) fn note(&mut self, number: usize) {
        if let Some(noted) = self.0.get_mut(number) {
            *noted = true;
        }
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number).is_some_and(|noted| *noted)
    }

    /// All that the other one has noted of the same value.
    pub(super) fn add(&mut self, other: &Evaluated) {
        for (noted, more) in self.0.iter_mut().zip(&other.0) {
            *noted |= more;
        }
    }
}
