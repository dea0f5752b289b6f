//! Applies rules to a value: what does not fit is told with its place, and defaults of absent properties are collected.
//!
//! Each schema that is applied is a step, and a value may take only so many: schemas can be written whose work doubles with each level
//! of the value. Within branches (`anyOf`, `not`, …) the first failure ends the work and is not told. Arrays and objects are in files
//! of their own, failures and their texts in `failure`. Start with [`Validator::run`].

mod arrays;
mod evaluated;
mod failure;
mod objects;
mod scalars;

use std::collections::HashSet;

use super::{
    rules::{Dynamic, Id, InPlace, Rules},
    tape::{Kind, Tape, View},
};
use crate::schema::kind::Mismatch;
use evaluated::Evaluated;
use failure::{Cause, Failure};

/// Steps that every value may take: a few milliseconds.
const STEPS: u64 = 100_000;

/// Steps more for each value that is in it: an item that a hundred branches judge is unusual, but honest.
const STEPS_EACH: u64 = 100;

/// How many schemas may be applied inside each other. A list linked 200 deep with a choice and a reference at each link takes 600; more
/// would not fit into the stack of a thread.
const MAX_DEPTH: usize = 1000;

/// How many failures are told.
const MAX_TOLD: usize = 3;

/// How many branches are looked at again for the reason why none fits.
const MAX_EXPLAINED: usize = 16;

/// Applies one list of rules to one value.
pub(super) struct Validator<'s, 'v> {
    rules: &'s [Rules],
    tape: &'v Tape,
    steps: u64,
    depth: usize,
    /// Above zero inside of branches: their failures do not count.
    quiet: usize,
    failures: Vec<Failure<'s>>,
    /// Why the work was ended before its time.
    given_up: Option<&'static str>,
    defaults: Vec<Default<'s>>,
    /// The objects and names in them: several schemas may have a default for one property, of which the first counts.
    defaulted: HashSet<(usize, &'s [u8])>,
}

/// A property to write into an object that lacks it.
pub(super) struct Default<'s> {
    /// The object's place on the tape.
    object: usize,
    pub(super) name: &'s [u8],
    pub(super) value: &'s [u8],
    /// Where the object ends in the text.
    pub(super) end: usize,
    pub(super) empty: bool,
}

/// The resources that the validator is in, from the inside out.
pub(super) struct Scope<'a> {
    resource: usize,
    around: Option<&'a Scope<'a>>,
}

impl<'s, 'v> Validator<'s, 'v> {
    pub(super) fn new(rules: &'s [Rules], tape: &'v Tape) -> Self {
        let values = u64::try_from(tape.len()).unwrap_or(u64::MAX);
        let steps = STEPS.saturating_add(values.saturating_mul(STEPS_EACH));
        Validator {
            rules,
            tape,
            steps,
            depth: 0,
            quiet: 0,
            failures: Vec::new(),
            given_up: None,
            defaults: Vec::new(),
            defaulted: HashSet::new(),
        }
    }

    /// Judges the value by one of the schemas. Returns the defaults to write, in the order of the text.
    pub(super) fn run(mut self, schema: Id) -> Result<Vec<Default<'s>>, Mismatch> {
        let scope = Scope { resource: usize::MAX, around: None };
        let fits = self.apply(schema, self.tape.root(), &scope, None);
        if let Some(reason) = self.given_up {
            return Err(Mismatch::here(reason));
        }
        if !fits {
            return Err(failure::told(self.tape, &self.failures));
        }
        self.defaults.sort_by_key(|d| d.end);
        Ok(self.defaults)
    }

    /// True if the value fits the schema. What of its members or items is judged by it is noted in `seen`.
    fn apply(&mut self, id: Id, value: View<'v>, scope: &Scope<'_>, seen: Option<&mut Evaluated>) -> bool {
        let Some(rules) = self.rules.get(id) else { return true };
        if !self.step(1) {
            return false;
        }
        if self.depth >= MAX_DEPTH {
            return self.give_up("the value or the references of its schema nest too deeply");
        }
        self.depth += 1;
        let fits = if rules.resource == scope.resource {
            self.judge(rules, value, scope, seen)
        } else {
            self.judge(rules, value, &Scope { resource: rules.resource, around: Some(scope) }, seen)
        };
        self.depth -= 1;
        fits
    }

    fn judge(&mut self, rules: &'s Rules, value: View<'v>, scope: &Scope<'_>, mut seen: Option<&mut Evaluated>) -> bool {
        if rules.never {
            return self.fail(value, Cause::Never);
        }
        let container = matches!(value.kind(), Kind::Array | Kind::Object);
        let rest = match value.kind() {
            Kind::Array => rules.unevaluated_items,
            Kind::Object => rules.unevaluated_properties,
            _ => None,
        };
        let mut own = rest.map(|_| Evaluated::of(value));
        let mut noted = if own.is_some() { own.as_mut() } else { seen.as_deref_mut().filter(|_| container) };
        let mut fits = self.scalars(rules, value);
        if !fits && self.stops() {
            return false;
        }
        match value.kind() {
            Kind::Array => fits &= rules.array.as_deref().is_none_or(|r| self.array(r, value, scope, noted.as_deref_mut())),
            Kind::Object => fits &= rules.object.as_deref().is_none_or(|r| self.object(r, value, scope, noted.as_deref_mut())),
            _ => {}
        }
        for keyword in &rules.in_place {
            if !fits && self.stops() {
                return false;
            }
            fits &= self.in_place(keyword, value, scope, noted.as_deref_mut());
        }
        if let (Some(schema), Some(own)) = (rest, &mut own) {
            fits = fits && self.unevaluated(schema, value, scope, own);
            if let Some(seen) = seen {
                seen.add(own);
            }
        }
        fits
    }

    fn in_place(&mut self, keyword: &'s InPlace, value: View<'v>, scope: &Scope<'_>, mut seen: Option<&mut Evaluated>) -> bool {
        match keyword {
            InPlace::Reference(id) => self.apply(*id, value, scope, seen),
            InPlace::Dynamic(dynamic) => self.apply(target(dynamic, scope), value, scope, seen),
            InPlace::All(ids) => {
                let mut fits = true;
                for id in ids {
                    fits &= self.apply(*id, value, scope, seen.as_deref_mut());
                    if !fits && self.stops() {
                        break;
                    }
                }
                fits
            }
            InPlace::Any(ids) => self.any(ids, value, scope, seen),
            InPlace::One(ids) => self.one(ids, value, scope, seen),
            InPlace::Not(id) => !self.fits_aside(*id, value, scope) || self.fail(value, Cause::Not),
            InPlace::Condition { test, then, otherwise } => {
                let mut branch = seen.is_some().then(|| Evaluated::of(value));
                let defaults = self.defaults.len();
                let passed = self.branch(*test, value, scope, branch.as_mut());
                self.forget(defaults);
                if let (true, Some(seen), Some(branch)) = (passed, seen.as_deref_mut(), &branch) {
                    seen.add(branch);
                }
                let next = if passed { then } else { otherwise };
                next.is_none_or(|id| self.apply(id, value, scope, seen))
            }
        }
    }

    fn any(&mut self, ids: &'s [Id], value: View<'v>, scope: &Scope<'_>, mut seen: Option<&mut Evaluated>) -> bool {
        let mut fits = false;
        for id in ids {
            let mut branch = seen.is_some().then(|| Evaluated::of(value));
            if self.branch(*id, value, scope, branch.as_mut()) {
                fits = true;
                match (seen.as_deref_mut(), &branch) {
                    (Some(seen), Some(branch)) => seen.add(branch),
                    // Nobody asks which branches fit.
                    _ => break,
                }
            }
        }
        fits || self.none_fits("anyOf", ids, value, scope)
    }

    fn one(&mut self, ids: &'s [Id], value: View<'v>, scope: &Scope<'_>, seen: Option<&mut Evaluated>) -> bool {
        let mut fitting = None;
        for id in ids {
            let mut branch = seen.is_some().then(|| Evaluated::of(value));
            if self.branch(*id, value, scope, branch.as_mut()) {
                if fitting.is_some() {
                    return self.fail(value, Cause::SeveralFit { schemas: ids.len() });
                }
                fitting = Some(branch);
            }
        }
        let Some(branch) = fitting else { return self.none_fits("oneOf", ids, value, scope) };
        if let (Some(seen), Some(branch)) = (seen, &branch) {
            seen.add(branch);
        }
        true
    }

    /// Takes back all defaults but so many.
    fn forget(&mut self, kept: usize) {
        for default in self.defaults.drain(kept.min(self.defaults.len())..) {
            self.defaulted.remove(&(default.object, default.name));
        }
    }

    /// Applies a schema whose failure is no failure yet. Its defaults stay only if it fits.
    fn branch(&mut self, id: Id, value: View<'v>, scope: &Scope<'_>, seen: Option<&mut Evaluated>) -> bool {
        let defaults = self.defaults.len();
        self.quiet += 1;
        let fits = self.apply(id, value, scope, seen);
        self.quiet -= 1;
        if !fits {
            self.forget(defaults);
        }
        fits
    }

    /// As [`branch`](Self::branch), for a question: nothing of it stays.
    fn fits_aside(&mut self, id: Id, value: View<'v>, scope: &Scope<'_>) -> bool {
        let defaults = self.defaults.len();
        let fits = self.branch(id, value, scope, None);
        self.forget(defaults);
        fits
    }

    /// Fails, for the reason of the branch that the value came furthest in: that is most likely the one that was meant.
    fn none_fits(&mut self, keyword: &'static str, ids: &'s [Id], value: View<'v>, scope: &Scope<'_>) -> bool {
        if self.quiet > 0 {
            return false;
        }
        let told = std::mem::take(&mut self.failures);
        let mut nearest: Option<Failure<'s>> = None;
        for id in ids.iter().take(MAX_EXPLAINED) {
            self.apply(*id, value, scope, None);
            let first = std::mem::take(&mut self.failures).into_iter().next();
            if let Some(first) = first.filter(|f| nearest.as_ref().is_none_or(|n| n.place < f.place)) {
                nearest = Some(first);
            }
        }
        self.failures = told;
        self.fail(value, Cause::NoneFits { keyword, schemas: ids.len(), nearest: nearest.map(Box::new) })
    }

    /// Notes a failure, if those of this part of the work are told. Always false.
    fn fail(&mut self, value: View<'v>, cause: Cause<'s>) -> bool {
        if self.quiet == 0 && self.failures.len() < MAX_TOLD {
            self.failures.push(Failure { place: value.place(), cause });
        }
        false
    }

    /// True if there is no use in looking for more failures.
    fn stops(&self) -> bool {
        self.quiet > 0 || self.given_up.is_some() || self.failures.len() >= MAX_TOLD
    }

    /// Counts work. False if there was too much of it.
    fn step(&mut self, count: usize) -> bool {
        match self.steps.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)) {
            Some(left) => {
                self.steps = left;
                true
            }
            None => self.give_up("checking the value takes too many steps"),
        }
    }

    /// Ends the work: the value is refused, whatever else is found. Always false.
    fn give_up(&mut self, reason: &'static str) -> bool {
        self.steps = 0;
        self.given_up.get_or_insert(reason);
        false
    }
}

/// What a dynamic reference names here: the outermost resource decides.
fn target(dynamic: &Dynamic, scope: &Scope<'_>) -> Id {
    let mut found = dynamic.fallback;
    let mut next = Some(scope);
    while let Some(scope) = next {
        found = dynamic.targets.get(&scope.resource).copied().unwrap_or(found);
        next = scope.around;
    }
    found
}
