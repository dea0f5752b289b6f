//! Why a value does not fit, as the validator finds it, and the text for it.
//!
//! A failure only points to a rule and to a place: most are thrown away, as those of branches are. Texts and paths are made at the end.

use super::super::{
    equal::Choices,
    pattern::Pattern,
    rules::{Name, Types},
    tape::{Kind, Tape, View, unescape},
};
use crate::schema::kind::Mismatch;

/// Where what fails.
pub(super) struct Failure<'s> {
    /// On the tape.
    pub(super) place: usize,
    pub(super) cause: Cause<'s>,
}

/// What fails.
pub(super) enum Cause<'s> {
    Never,
    Type { types: Types, found: Kind, whole: bool },
    Choice(&'s Choices),
    Bound { wanted: &'static str, bound: &'s str },
    Multiple(&'s str),
    Short { least: u64, length: u64 },
    Long { most: u64, length: u64 },
    Pattern(&'s Pattern),
    Format(&'static str),
    Few { least: u64, count: u64, what: &'static str },
    Many { most: u64, count: u64, what: &'static str },
    Repeated,
    Missing(&'s Name),
    Dependent { name: &'s Name, missing: &'s Name },
    Not,
    SeveralFit { schemas: usize },
    NoneFits { keyword: &'static str, schemas: usize, nearest: Option<Box<Failure<'s>>> },
}

/// The first failure, and what else was found, in its reason.
pub(super) fn told(tape: &Tape, failures: &[Failure<'_>]) -> Mismatch {
    let mut all = failures.iter().map(|f| f.told(tape));
    let mut first = all.next().unwrap_or_else(|| Mismatch::here("it does not fit the schema"));
    for more in all {
        first.reason.push_str(&format!("; {more}"));
    }
    first
}

impl Failure<'_> {
    fn told(&self, tape: &Tape) -> Mismatch {
        place(tape.root(), self.place, self.reason(tape))
    }

    fn reason(&self, tape: &Tape) -> String {
        match &self.cause {
            Cause::Never => "nothing is allowed here".to_owned(),
            Cause::Type { types, found: Kind::Number, whole } if types.allow_integers_only() => {
                let written = String::from_utf8_lossy(tape.view(self.place).raw());
                let hint = if *whole { ", which is not written as an integer" } else { "" };
                format!("expected {}, found the number {written}{hint}", types.told())
            }
            Cause::Type { types, found, .. } => format!("expected {}, found {}", types.told(), kind(*found)),
            Cause::Choice(choices) if choices.len() == 1 => format!("expected {}", choices.told()),
            Cause::Choice(choices) => format!("expected one of {}", choices.told()),
            Cause::Bound { wanted, bound } => format!("expected a number {wanted} {bound}"),
            Cause::Multiple(divisor) => format!("expected a multiple of {divisor}"),
            Cause::Short { least, length } => format!("expected {least} characters or more, found {length}"),
            Cause::Long { most, length } => format!("expected {most} characters or less, found {length}"),
            Cause::Pattern(pattern) => format!("does not match the pattern {}", pattern.text()),
            Cause::Format(name) => format!("is no {name}"),
            Cause::Few { least, count, what } => format!("expected {least} {what} or more, found {count}"),
            Cause::Many { most, count, what } => format!("expected {most} {what} or less, found {count}"),
            Cause::Repeated => "two items are the same".to_owned(),
            Cause::Missing(name) => format!("the property {} is missing", unescape(name)),
            Cause::Dependent { name, missing } => {
                format!("the property {} is missing, which {} needs", unescape(missing), unescape(name))
            }
            Cause::Not => "fits the schema of not".to_owned(),
            Cause::SeveralFit { schemas } => format!("fits more than one of the {schemas} schemas of oneOf"),
            Cause::NoneFits { keyword, schemas, nearest } => {
                let nearest = nearest.as_ref().map(|n| format!("; the nearest: {}", n.told(tape))).unwrap_or_default();
                format!("fits none of the {schemas} schemas of {keyword}{nearest}")
            }
        }
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::False | Kind::True => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

/// The reason with the path from the root to a place. The name of a member counts as the member.
fn place(root: View<'_>, wanted: usize, reason: String) -> Mismatch {
    let mut steps = Vec::new();
    let mut around = root;
    while around.place() != wanted {
        let holds = |from: usize, part: View<'_>| (from..part.place() + part.size()).contains(&wanted);
        let found = match around.kind() {
            Kind::Array => around.items().enumerate().find(|(_, item)| holds(item.place(), *item)).map(|(i, item)| (Step::Item(i), item)),
            _ => around
                .entries()
                .find(|(name, member)| holds(name.place(), *member))
                .map(|(name, member)| (Step::Member(name.string().into_owned()), member)),
        };
        let Some((step, inside)) = found else { break };
        steps.push(step);
        if inside.place() > wanted {
            break;
        }
        around = inside;
    }
    steps.into_iter().rev().fold(Mismatch::here(reason), |wrong, step| match step {
        Step::Item(index) => wrong.in_item(index),
        Step::Member(name) => wrong.in_member(&name),
    })
}

/// A step of a path.
enum Step {
    Item(usize),
    Member(String),
}
