//! The keywords for arrays and their items.

use super::{
    super::{
        equal,
        rules::{ArrayRules, Contains, Id},
        tape::{Kind, View},
    },
    Cause, Evaluated, Scope, Validator,
};

impl<'s, 'v> Validator<'s, 'v> {
    pub(super) fn array(&mut self, rules: &'s ArrayRules, value: View<'v>, scope: &Scope<'_>, mut seen: Option<&mut Evaluated>) -> bool {
        let mut fits = true;
        let count = u64::try_from(value.len()).unwrap_or(u64::MAX);
        if let Some(least) = rules.min_items.filter(|least| count < *least) {
            fits = self.fail(value, Cause::Few { least, count, what: "items" });
        }
        if let Some(most) = rules.max_items.filter(|most| count > *most) {
            fits = self.fail(value, Cause::Many { most, count, what: "items" });
        }
        if rules.unique {
            fits &= self.step(value.size()) && (equal::all_differ(value) || self.fail(value, Cause::Repeated));
        }
        for (number, item) in value.items().enumerate() {
            if !fits && self.stops() {
                return false;
            }
            let Some(schema) = rules.prefix.get(number).copied().or(rules.rest) else { break };
            fits &= self.apply(schema, item, scope, None);
            if let Some(seen) = seen.as_deref_mut() {
                seen.note(number);
            }
        }
        if let Some(contains) = &rules.contains {
            fits &= self.contains(contains, value, scope, seen);
        }
        fits
    }

    fn contains(&mut self, rules: &'s Contains, value: View<'v>, scope: &Scope<'_>, mut seen: Option<&mut Evaluated>) -> bool {
        let mut count = 0;
        for (number, item) in value.items().enumerate() {
            if !self.fits_aside(rules.schema, item, scope) {
                continue;
            }
            count += 1;
            if let Some(seen) = seen.as_deref_mut().filter(|_| rules.evaluates) {
                seen.note(number);
            }
        }
        if count < rules.least {
            return self.fail(value, Cause::Few { least: rules.least, count, what: "items that fit contains" });
        }
        match rules.most.filter(|most| count > *most) {
            Some(most) => self.fail(value, Cause::Many { most, count, what: "items that fit contains" }),
            None => true,
        }
    }

    /// Judges what nobody else has, of an array or an object.
    pub(super) fn unevaluated(&mut self, schema: Id, value: View<'v>, scope: &Scope<'_>, seen: &mut Evaluated) -> bool {
        let mut fits = true;
        let names = value.entries();
        let inside: &mut dyn Iterator<Item = View<'v>> =
            if value.kind() == Kind::Array { &mut value.items() } else { &mut names.map(|(_, member)| member) };
        for (number, part) in inside.enumerate() {
            if seen.has(number) {
                continue;
            }
            seen.note(number);
            fits &= self.apply(schema, part, scope, None);
            if !fits && self.stops() {
                return false;
            }
        }
        fits
    }
}
