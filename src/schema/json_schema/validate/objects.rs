//! The keywords for objects and their members.

use super::{
    super::{
        rules::{ObjectRules, Properties},
        tape::{View, unescape},
    },
    Cause, Default, Evaluated, Scope, Validator,
};

/// The properties of a schema that an object has. The first 128 are noted on the way; for later ones the object is searched again.
#[derive(Default)]
struct Present(u128);

impl Present {
    fn note(&mut self, property: usize) {
        self.0 |= u32::try_from(property).ok().and_then(|bit| 1_u128.checked_shl(bit)).unwrap_or_default();
    }

    fn has(&self, property: usize) -> Option<bool> {
        let bit = u32::try_from(property).ok().and_then(|bit| 1_u128.checked_shl(bit))?;
        Some(self.0 & bit != 0)
    }
}

impl<'s, 'v> Validator<'s, 'v> {
    pub(super) fn object(&mut self, rules: &'s ObjectRules, value: View<'v>, scope: &Scope<'_>, mut seen: Option<&mut Evaluated>) -> bool {
        let mut fits = true;
        let count = u64::try_from(value.len()).unwrap_or(u64::MAX);
        if let Some(least) = rules.min_properties.filter(|least| count < *least) {
            fits = self.fail(value, Cause::Few { least, count, what: "properties" });
        }
        if let Some(most) = rules.max_properties.filter(|most| count > *most) {
            fits = self.fail(value, Cause::Many { most, count, what: "properties" });
        }
        let mut present = Present::default();
        let mut guess = 0;
        for (number, (name, member)) in value.entries().enumerate() {
            if !fits && self.stops() {
                return false;
            }
            let mut judged = false;
            if let Some((at, property)) = rules.properties.find(name.raw(), guess) {
                guess = at + 1;
                present.note(at);
                if let Some(schema) = property.schema {
                    judged = true;
                    fits &= self.apply(schema, member, scope, None);
                }
            }
            if !rules.patterns.is_empty() {
                let text = unescape(name.raw());
                for (pattern, schema) in &rules.patterns {
                    match self.matches(pattern, &text) {
                        None => return false,
                        Some(false) => {}
                        Some(true) => {
                            judged = true;
                            fits &= self.apply(*schema, member, scope, None);
                        }
                    }
                }
            }
            if let Some(schema) = rules.additional.filter(|_| !judged) {
                judged = true;
                fits &= self.apply(schema, member, scope, None);
            }
            if let Some(schema) = rules.names {
                fits &= self.apply(schema, name, scope, None);
            }
            if let Some(seen) = seen.as_deref_mut().filter(|_| judged) {
                seen.note(number);
            }
        }
        fits &= self.required(&rules.properties, &present, value);
        for (name, needed) in &rules.dependent_required {
            if !self.has(value, name) {
                continue;
            }
            for missing in needed {
                fits &= self.has(value, missing) || self.fail(value, Cause::Dependent { name, missing });
            }
        }
        for (name, schema) in &rules.dependent_schemas {
            if !fits && self.stops() {
                return false;
            }
            fits &= !self.has(value, name) || self.apply(*schema, value, scope, seen.as_deref_mut());
        }
        fits
    }

    /// Fails for properties that must be there, and notes the defaults of others that are not.
    fn required(&mut self, properties: &'s Properties, present: &Present, value: View<'v>) -> bool {
        let mut fits = true;
        for (at, property) in properties.all().iter().enumerate() {
            if !property.required && property.default.is_none() {
                continue;
            }
            if present.has(at).unwrap_or_else(|| self.has(value, &property.name)) {
                continue;
            }
            if property.required {
                fits = self.fail(value, Cause::Missing(&property.name));
                if self.stops() {
                    return false;
                }
            } else if let Some(default) = &property.default {
                self.default(value, &property.name, default);
            }
        }
        fits
    }

    fn default(&mut self, object: View<'v>, name: &'s [u8], text: &'s [u8]) {
        let place = object.place();
        if self.defaulted.insert((place, name)) {
            self.defaults.push(Default { object: place, name, value: text, end: object.end(), empty: object.len() == 0 });
        }
    }

    /// True if the object has a member of the name.
    fn has(&mut self, object: View<'v>, name: &[u8]) -> bool {
        // A search is not for nothing.
        self.step(1 + object.len() / 8) && object.members().any(|(n, _)| n == name)
    }
}
