//! The store by itself: what each command does to it, and what is refused.

use super::*;
use crate::devbroker::registry::{
    content::{AskedReference, Metadata, Submission},
    name::Prefix,
    settings::{Change, ConfigChange, Level},
};

const ONE: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#;
const TWO: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]}"#;
const OTHER: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}"#;

fn subject(name: &str) -> Subject {
    Subject::parse(name, &Context::default())
}

fn schema(text: &str) -> Submission {
    Submission { text: Some(text.to_owned()), ..Submission::default() }
}

fn referring(text: &str, name: &str, to: &str) -> Submission {
    let reference = AskedReference { name: Some(name.to_owned()), subject: Some(to.to_owned()), version: Some(1) };
    Submission { references: vec![reference], ..schema(text) }
}

fn nothing() -> ConfigChange {
    ConfigChange {
        alias: Change::Keep,
        normalize: Change::Keep,
        validate_fields: Change::Keep,
        level: Change::Keep,
        group: Change::Keep,
        default_metadata: Change::Keep,
        override_metadata: Change::Keep,
    }
}

impl Store {
    fn put(&mut self, name: &str, submission: &Submission) -> Result<i32, u32> {
        match self.register(&subject(name), submission, false, Shown::Kept) {
            Ok(Registered::Id(id)) => Ok(id),
            Ok(Registered::Whole(found)) => Ok(found.id),
            Err(refusal) => Err(refusal.code()),
        }
    }

    fn level(&mut self, name: &str, level: Level) {
        self.set_config(&subject(name), ConfigChange { level: Change::Set(level), ..nothing() }).unwrap();
    }

    fn list(&self, name: &str, which: Which) -> Vec<i32> {
        self.versions_of(&subject(name), which).unwrap_or_default()
    }

    fn delete(&mut self, name: &str, version: i32, permanent: bool) -> Result<i32, u32> {
        self.delete_version(&subject(name), Selected::Number(version), permanent).map_err(|refusal| refusal.code())
    }
}

#[test]
fn a_schema_has_one_id_in_its_context_and_one_version_in_its_subject() {
    let mut store = Store::default();
    for (name, text, id, versions, why) in [
        ("a", ONE, 1, 1, "the first"),
        ("a", ONE, 1, 1, "again"),
        ("b", ONE, 1, 1, "in another subject"),
        ("a", TWO, 2, 2, "another schema"),
        ("a", ONE, 1, 2, "an earlier one again"),
        (":.c:a", TWO, 1, 1, "in another context"),
    ] {
        assert_eq!(store.put(name, &schema(text)), Ok(id), "{why}");
        assert_eq!(store.list(name, Which::Live).len(), versions, "{why}");
    }
    assert_eq!(store.contexts(""), [".", ".c"]);
    let subjects = store.subjects(&Prefix::parse(None, None), Which::Live);
    assert_eq!(subjects.iter().map(Subject::to_string).collect::<Vec<_>>(), ["a", "b", ":.c:a"]);
}

#[test]
fn what_is_read_finds_a_subject_in_any_context_and_what_is_changed_does_not() {
    let mut store = Store::default();
    store.put(":.c:a", &schema(ONE)).unwrap();
    let found = store.version(&subject("a"), Selected::Latest, false, Shown::Kept).unwrap();
    assert_eq!(found.subject.to_string(), ":.c:a");
    assert!(store.lookup(&subject("a"), &schema(ONE), false, false, Shown::Kept).is_ok());
    assert_eq!(store.delete("a", 1, false), Err(40401));
}

#[test]
fn deleting_is_soft_and_then_for_good() {
    let mut store = Store::default();
    store.put("a", &schema(ONE)).unwrap();
    store.put("a", &schema(TWO)).unwrap();
    for (version, permanent, expected, why) in [
        (2, true, Err(40407), "not softly deleted yet"),
        (2, false, Ok(2), "softly"),
        (2, false, Err(40406), "softly, again"),
        (3, false, Err(40402), "no such version"),
        (2, true, Ok(2), "for good"),
        (2, true, Err(40402), "gone"),
    ] {
        assert_eq!(store.delete("a", version, permanent), expected, "{why}");
    }
    assert_eq!(store.by_id(&subject(""), 2, Shown::Kept).unwrap_err(), Refusal::NoId(2), "the last version took the id with it");
    assert_eq!(store.put("a", &schema(TWO)), Ok(3), "an id is never given again");
    assert_eq!(store.list("a", Which::All), [1, 2], "the number of the highest version is");
}

#[test]
fn a_schema_that_is_deleted_softly_comes_back_as_a_new_version() {
    let mut store = Store::default();
    store.put("a", &schema(ONE)).unwrap();
    store.put("a", &schema(TWO)).unwrap();
    store.delete("a", 2, false).unwrap();
    assert_eq!(store.put("a", &schema(TWO)), Ok(2), "with its id");
    assert_eq!(store.list("a", Which::All), [1, 3], "and the old one is gone");
}

#[test]
fn a_subject_keeps_its_settings_until_it_is_deleted_for_good() {
    let mut store = Store::default();
    store.put("a", &schema(ONE)).unwrap();
    store.level("a", Level::None);
    let a = subject("a");
    assert_eq!(store.delete_subject(&a, true), Err(Refusal::SubjectNotDeleted(a.clone())));
    assert_eq!(store.delete_subject(&a, false), Ok(vec![1]));
    assert_eq!(store.delete_subject(&a, false), Err(Refusal::SubjectDeleted(a.clone())));
    assert!(store.own_config(&a).is_ok());
    assert_eq!(store.delete_subject(&a, true), Ok(vec![1]));
    assert_eq!(store.own_config(&a), Err(Refusal::NoConfig(a)));
    assert_eq!((store.versions, store.bytes), (0, 0), "nothing is left");
}

#[test]
fn a_schema_that_others_refer_to_is_not_deleted() {
    let mut store = Store::default();
    store.put("in", &schema(r#"{"type":"record","name":"In","fields":[]}"#)).unwrap();
    let user = r#"{"type":"record","name":"U","fields":[{"name":"i","type":"In"}]}"#;
    assert_eq!(store.put("user", &schema(user)), Err(42201), "without the reference it is no schema");
    assert_eq!(store.put("user", &referring(user, "In", "none")), Err(42201), "nor with one to nothing");
    store.put("user", &referring(user, "In", "in")).unwrap();
    assert_eq!(store.referrers_of(&subject("in"), Selected::Number(1)).unwrap(), [2].into());
    assert_eq!(store.delete("in", 1, false), Err(42206));
    store.delete("user", 1, false).unwrap();
    assert_eq!(store.delete("in", 1, false), Ok(1), "one that is deleted does not count");
}

#[test]
fn the_level_decides_what_may_follow() {
    for (level, texts, expected, why) in [
        (Level::Backward, &[ONE][..], Err(409), "cannot read what was written"),
        (Level::None, &[ONE], Ok(()), "nothing is compared"),
        (Level::Backward, &[ONE, OTHER], Ok(()), "the same as the latest"),
        (Level::BackwardTransitive, &[ONE, TWO], Err(409), "no version can be read"),
    ] {
        let mut store = Store::default();
        store.level("a", Level::None);
        for text in texts {
            store.put("a", &schema(text)).unwrap();
        }
        store.level("a", level);
        assert_eq!(store.put("a", &schema(OTHER)).map(|_| ()), expected, "{why}");
        let verdict = store.check(&subject("a"), None, &schema(OTHER), false).unwrap();
        // What is there already goes with itself; a check compares it all the same.
        assert_eq!(verdict.compatible, expected.is_ok(), "{why}");
        assert_eq!(verdict.messages.is_empty(), verdict.compatible, "{why}");
    }
}

#[test]
fn a_check_against_one_version_needs_that_version() {
    let mut store = Store::default();
    let check = |store: &mut Store, selected| store.check(&subject("a"), selected, &schema(ONE), false).map(|verdict| verdict.compatible);
    assert_eq!(check(&mut store, Some(Selected::Number(1))), Err(Refusal::NoVersion(Selected::Number(1))));
    assert_eq!(check(&mut store, Some(Selected::Latest)), Ok(true), "the latest of nothing");
    assert_eq!(check(&mut store, None), Ok(true));
}

#[test]
fn read_only_forbids_what_is_new_and_answers_what_is_there() {
    let mut store = Store::default();
    store.put("a", &schema(ONE)).unwrap();
    store.set_mode(&Subject::of(&Context::default()), Some(Mode::ReadOnly), false).unwrap();
    assert_eq!(store.put("a", &schema(ONE)), Ok(1));
    assert_eq!(store.put("a", &schema(TWO)), Err(42205));
    assert_eq!(store.put("a", &schema("{}")), Err(42201), "whether it is a schema is told first");
    assert_eq!(store.delete("a", 1, false), Err(42205));
    assert_eq!(store.put(":.c:a", &schema(TWO)), Ok(1), "other contexts do not follow");
    store.set_mode(&subject("a"), Some(Mode::ReadWrite), false).unwrap();
    assert_eq!(store.put("a", &schema(TWO)), Ok(2), "the subject's own mode counts");
    store.set_mode(&Subject::of(&Context::default()), Some(Mode::ReadOnlyOverride), false).unwrap();
    assert_eq!(store.delete("a", 1, false), Err(42205), "unless it is overridden");
}

#[test]
fn an_import_brings_ids_and_versions() {
    let mut store = Store::default();
    store.put("b", &schema(OTHER)).unwrap();
    let with = |text, id, version| Submission { id: Some(id), version, ..schema(text) };
    assert_eq!(store.put("a", &with(ONE, 7, None)), Err(42205), "not in this mode");
    store.set_mode(&subject("a"), Some(Mode::Import), false).unwrap();
    for (submission, expected, why) in [
        (schema(ONE), Err(42205), "an id is needed"),
        (with(ONE, 1, None), Err(42205), "the id of another schema"),
        (with(ONE, 0, None), Err(42205), "no id"),
        (with(ONE, 7, Some(5)), Ok(7), "any id and version"),
        (with(OTHER, 1, None), Ok(1), "compatible or not"),
    ] {
        assert_eq!(store.put("a", &submission), expected, "{why}");
    }
    assert_eq!(store.list("a", Which::Live), [5, 6]);
    assert_eq!(store.put("c", &schema(TWO)), Ok(8), "later ids are higher");
    let busy = store.set_mode(&subject("b"), Some(Mode::Import), false).map_err(|refusal| refusal.code());
    assert_eq!(busy, Err(42205), "schemas are in the way");
    assert!(store.set_mode(&subject("b"), Some(Mode::Import), true).is_ok(), "unless it is forced");
}

#[test]
fn metadata_are_inherited_merged_and_part_of_the_schema() {
    let mut store = Store::default();
    let owner = |name: &str| Metadata { properties: [("owner".to_owned(), name.to_owned())].into(), ..Metadata::default() };
    let given = Submission { metadata: Some(owner("x")), ..schema(ONE) };
    assert_eq!(store.put("a", &schema(ONE)), Ok(1));
    assert_eq!(store.put("a", &given), Ok(2), "another schema");
    assert_eq!(store.put("a", &given), Ok(2), "the same");
    assert_eq!(store.put("a", &schema(TWO)), Ok(3));
    let latest = store.version(&subject("a"), Selected::Latest, false, Shown::Kept).unwrap();
    assert_eq!(latest.content.metadata, Some(owner("x")), "inherited");
    let change = ConfigChange { override_metadata: Change::Set(owner("y")), ..nothing() };
    store.set_config(&subject("b"), change).unwrap();
    store.put("b", &given).unwrap();
    let found = store.version_with(&subject("b"), &[("owner", "y")], false, Shown::Kept).unwrap();
    assert_eq!(found.version, 1, "overridden");
    assert!(store.lookup(&subject("b"), &schema(ONE), false, false, Shown::Kept).is_ok(), "found by those who do not know them");
}

#[test]
fn an_alias_stands_for_its_subject() {
    let mut store = Store::default();
    store.put("b", &schema(ONE)).unwrap();
    store.set_config(&subject("a"), ConfigChange { alias: Change::Set("b".to_owned()), ..nothing() }).unwrap();
    assert_eq!(store.put("a", &schema(TWO)), Ok(2));
    assert_eq!(store.list("b", Which::Live), [1, 2]);
    assert_eq!(store.list("a", Which::Live), [1, 2]);
    assert_eq!(store.subjects(&Prefix::parse(None, None), Which::All), [subject("b")]);
}

#[test]
fn what_is_too_large_is_refused_with_a_reason() {
    let mut store = Store::default();
    let long = format!(r#"{{"type":"record","name":"R","doc":"{}","fields":[]}}"#, "x".repeat(MAX_SCHEMA_BYTES));
    assert_eq!(store.put("a", &schema(&long)), Err(42209));
    store.versions = MAX_VERSIONS;
    assert_eq!(store.put("a", &schema(ONE)), Err(42209));
    assert_eq!(store.put("b", &schema(ONE)), Err(42209));
}

#[test]
fn versions_are_named_as_clients_name_them() {
    for (text, expected, why) in [
        ("latest", Some(Selected::Latest), "the name"),
        ("LATEST", Some(Selected::Latest), "in any case"),
        ("-1", Some(Selected::Latest), "the number that stands for it"),
        (" 1", Some(Selected::Number(1)), "white space"),
        ("+01", Some(Selected::Number(1)), "as numbers may be written"),
        ("0", None, "versions begin with 1"),
        ("1.0", None, "a fraction"),
        ("2147483648", None, "more than 32 bits"),
        ("", None, "nothing"),
    ] {
        assert_eq!(Selected::parse(text).ok(), expected, "{why}");
    }
}
