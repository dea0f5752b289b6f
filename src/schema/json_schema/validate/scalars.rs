//! The keywords that look at a value itself: its type, its value, a number's size, a string's text.

use std::cmp::Ordering;

use super::{
    super::{
        number::Number,
        pattern::Pattern,
        rules::{Bound, NumberRules, Rules, StringRules, Types},
        tape::{Kind, View},
    },
    Cause, Validator,
};

/// How many bytes of text a pattern may look at for a step.
const BYTES_A_STEP: usize = 32;

/// A bound, what it wants of a number in words, and which orderings of number and bound hold.
type Limit<'s> = (&'s Option<Bound>, &'static str, fn(Ordering) -> bool);

impl<'s, 'v> Validator<'s, 'v> {
    pub(super) fn scalars(&mut self, rules: &'s Rules, value: View<'v>) -> bool {
        if let Some(types) = rules.types.filter(|types| !has_type(*types, value, rules.integers_are_written_whole)) {
            // What the other keywords say of a value of a wrong type helps nobody.
            return self.fail(value, Cause::Type { types, found: value.kind(), whole: rules.integers_are_written_whole });
        }
        let mut fits = true;
        for choices in &rules.choices {
            if !self.step(value.size()) {
                return false;
            }
            fits &= choices.contain(value) || self.fail(value, Cause::Choice(choices));
        }
        match value.kind() {
            Kind::Number => fits &= rules.number.as_deref().is_none_or(|r| self.number(r, value)),
            Kind::String => fits &= rules.string.as_deref().is_none_or(|r| self.string(r, value)),
            Kind::Null | Kind::False | Kind::True | Kind::Array | Kind::Object => {}
        }
        fits
    }

    fn number(&mut self, rules: &'s NumberRules, value: View<'v>) -> bool {
        let number = Number::read(value.raw());
        let bounds: [Limit<'s>; 4] = [
            (&rules.minimum, "not less than", Ordering::is_ge),
            (&rules.maximum, "not more than", Ordering::is_le),
            (&rules.exclusive_minimum, "more than", Ordering::is_gt),
            (&rules.exclusive_maximum, "less than", Ordering::is_lt),
        ];
        let mut fits = true;
        for (bound, wanted, holds) in bounds {
            if let Some(bound) = bound.as_ref().filter(|b| !holds(number.cmp(&b.number))) {
                fits = self.fail(value, Cause::Bound { wanted, bound: &bound.text });
            }
        }
        if let Some((text, divisor)) = &rules.multiple_of {
            fits &= divisor.divides(&number) || self.fail(value, Cause::Multiple(text));
        }
        fits
    }

    fn string(&mut self, rules: &'s StringRules, value: View<'v>) -> bool {
        let mut fits = true;
        if rules.min_length.is_some() || rules.max_length.is_some() {
            let length = length(value);
            if let Some(least) = rules.min_length.filter(|least| length < *least) {
                fits = self.fail(value, Cause::Short { least, length });
            }
            if let Some(most) = rules.max_length.filter(|most| length > *most) {
                fits = self.fail(value, Cause::Long { most, length });
            }
        }
        if let Some(pattern) = &rules.pattern {
            match self.matches(pattern, &value.string()) {
                None => return false,
                Some(false) => fits = self.fail(value, Cause::Pattern(pattern)),
                Some(true) => {}
            }
        }
        if let Some(format) = rules.format.filter(|f| !(f.fits)(&value.string())) {
            fits = self.fail(value, Cause::Format(format.name));
        }
        fits
    }

    /// Whether the text matches; `None` if that was given up.
    pub(super) fn matches(&mut self, pattern: &Pattern, text: &str) -> Option<bool> {
        if !self.step(1 + text.len() / BYTES_A_STEP) {
            return None;
        }
        let found = pattern.matches(text);
        if found.is_none() {
            self.give_up("matching a pattern takes too many steps");
        }
        found
    }
}

fn has_type(types: Types, value: View<'_>, written_whole: bool) -> bool {
    if value.kind() != Kind::Number || !types.allow_integers_only() {
        return types.allow(value.kind());
    }
    let text = value.raw();
    let plain = !text.iter().any(|b| matches!(b, b'.' | b'e' | b'E'));
    plain || (!written_whole && Number::read(text).is_whole())
}

/// The length of a string in characters.
fn length(value: View<'_>) -> u64 {
    let raw = value.raw();
    let length = if memchr::memchr(b'\\', raw).is_some() {
        value.string().chars().count()
    } else {
        // Bytes that go on with a character do not count.
        raw.iter().filter(|b| **b & 0xc0 != 0x80).count()
    };
    u64::try_from(length).unwrap_or(u64::MAX)
}
