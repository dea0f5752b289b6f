//! From a body's members to what the store is asked.
//!
//! Only their form is checked here; whether names mean anything, the store knows. Start with [`submission`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::{
    body::{self, Members},
    content::{AskedReference, Metadata, Submission},
    refusal::Refusal,
    settings::{Change, ConfigChange, Level, Mode},
};

/// What rules do with a record; the registry keeps no rules, but refuses what clients would not understand.
const RULE_KINDS: [&str; 2] = ["CONDITION", "TRANSFORM"];
/// When rules are used.
const RULE_MODES: [&str; 6] = ["UPGRADE", "DOWNGRADE", "UPDOWN", "WRITE", "READ", "WRITEREAD"];
/// The lists of rules that a rule set has.
const RULE_LISTS: [&str; 3] = ["migrationRules", "domainRules", "encodingRules"];

/// A schema to register, to look up or to check.
///
/// # Errors
/// If a member has a value that cannot be taken for what it should be.
pub(super) fn submission(members: &Members) -> Result<Submission, Refusal> {
    let references = members.get("references").map(|raw| body::items(raw)).transpose()?.flatten().unwrap_or_default();
    let metadata = members.get("metadata").map(|raw| metadata(raw)).transpose()?.flatten();
    rule_set(members, "ruleSet")?;
    Ok(Submission {
        text: optional(members, "schema", body::text)?,
        kind: optional(members, "schemaType", body::text)?,
        references: references.iter().map(|raw| reference(raw)).collect::<Result<_, _>>()?,
        metadata,
        id: optional(members, "id", body::integer)?,
        version: optional(members, "version", body::integer)?,
    })
}

/// What is to be changed of a config.
///
/// # Errors
/// As [`submission`], and if there is no such level.
pub(super) fn config_change(members: &Members) -> Result<ConfigChange, Refusal> {
    rule_set(members, "defaultRuleSet")?;
    rule_set(members, "overrideRuleSet")?;
    let level = match change(members, "compatibility", body::text)? {
        Change::Keep => Change::Keep,
        Change::Remove => Change::Remove,
        Change::Set(name) => Change::Set(Level::parse(&name)?),
    };
    let alias = match change(members, "alias", body::text)? {
        // An alias without a name would mean a context.
        Change::Set(name) if name.is_empty() => Change::Remove,
        other => other,
    };
    Ok(ConfigChange {
        alias,
        normalize: change(members, "normalize", body::boolean)?,
        validate_fields: change(members, "validateFields", body::boolean)?,
        level,
        group: change(members, "compatibilityGroup", body::text)?,
        default_metadata: change(members, "defaultMetadata", metadata)?,
        override_metadata: change(members, "overrideMetadata", metadata)?,
    })
}

/// A mode to set, and its name as it was written; `None` removes it.
///
/// # Errors
/// If there is no such mode, or none is named.
pub(super) fn mode(members: &Members) -> Result<Option<(Mode, String)>, Refusal> {
    let name = body::text(members.get("mode").ok_or(Refusal::InvalidMode)?)?;
    name.map(|name| Ok((Mode::parse(&name)?, name))).transpose()
}

fn optional<T>(members: &Members, name: &str, read: fn(&RawValue) -> Result<Option<T>, Refusal>) -> Result<Option<T>, Refusal> {
    Ok(members.get(name).map(|raw| read(raw)).transpose()?.flatten())
}

fn change<T>(members: &Members, name: &str, read: fn(&RawValue) -> Result<Option<T>, Refusal>) -> Result<Change<T>, Refusal> {
    let Some(raw) = members.get(name) else { return Ok(Change::Keep) };
    Ok(read(raw)?.map_or(Change::Remove, Change::Set))
}

fn reference(raw: &RawValue) -> Result<AskedReference, Refusal> {
    let members = body::members(raw)?.unwrap_or_default();
    Ok(AskedReference {
        name: optional(&members, "name", body::text)?,
        subject: optional(&members, "subject", body::text)?,
        version: optional(&members, "version", body::integer)?,
    })
}

fn metadata(raw: &RawValue) -> Result<Option<Metadata>, Refusal> {
    let Some(members) = body::members(raw)? else { return Ok(None) };
    let mut tags = BTreeMap::new();
    for (path, raw) in optional(&members, "tags", body::members)?.unwrap_or_default() {
        tags.insert(path, texts(&raw)?.unwrap_or_default());
    }
    let mut properties = BTreeMap::new();
    for (name, raw) in optional(&members, "properties", body::members)?.unwrap_or_default() {
        properties.extend(body::text(&raw)?.map(|value| (name, value)));
    }
    let sensitive = optional(&members, "sensitive", texts)?.unwrap_or_default();
    Ok(Some(Metadata { tags, properties, sensitive }))
}

fn texts(raw: &RawValue) -> Result<Option<BTreeSet<String>>, Refusal> {
    let Some(items) = body::items(raw)? else { return Ok(None) };
    let texts = items.iter().filter_map(|raw| body::text(raw).transpose());
    texts.collect::<Result<_, _>>().map(Some)
}

/// Looks a rule set over, which is then dropped.
fn rule_set(members: &Members, name: &str) -> Result<(), Refusal> {
    let rules = optional(members, name, body::members)?.unwrap_or_default();
    for list in RULE_LISTS {
        for raw in optional(&rules, list, body::items)?.unwrap_or_default() {
            let rule = body::members(&raw)?.unwrap_or_default();
            one_of(&rule, "kind", &RULE_KINDS)?;
            one_of(&rule, "mode", &RULE_MODES)?;
        }
    }
    Ok(())
}

fn one_of(rule: &Members, name: &str, words: &[&str]) -> Result<(), Refusal> {
    match optional(rule, name, body::text)? {
        Some(word) if !words.contains(&word.as_str()) => {
            Err(Refusal::Unreadable(format!("The {name} of a rule cannot be \"{word}\": not one of {}", words.join(", "))))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str) -> Members {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_submission_is_read_with_all_that_belongs_to_it() {
        let submission = submission(&members(
            r#"{"schema":5,"references":[{"name":"n","subject":"s","version":"2"},{}],"metadata":{"tags":{"**":["b","a"]},"properties":{"k":1}},"id":"","other":[]}"#,
        ))
        .unwrap();
        assert_eq!(submission.text.as_deref(), Some("5"), "a number is a text");
        assert_eq!(submission.references[0].to_string(), "{name='n', subject='s', version=2}");
        assert_eq!(submission.references[1].to_string(), "{name='null', subject='null', version=null}");
        let metadata = submission.metadata.unwrap();
        assert_eq!(metadata.properties["k"], "1");
        assert_eq!(metadata.tags["**"].iter().map(String::as_str).collect::<Vec<_>>(), ["a", "b"], "sorted");
        assert_eq!(submission.id, None, "an empty text is no id");
    }

    #[test]
    fn what_has_another_form_is_refused() {
        for (json, code, why) in [
            (r#"{"references":{}}"#, 400, "references are a list"),
            (r#"{"references":[1]}"#, 400, "a reference is an object"),
            (r#"{"metadata":"x"}"#, 400, "metadata are an object"),
            (r#"{"metadata":{"properties":[]}}"#, 400, "properties are an object"),
            (r#"{"ruleSet":5}"#, 400, "a rule set is an object"),
            (r#"{"ruleSet":{"domainRules":[{"kind":"NOPE"}]}}"#, 400, "no such kind of rule"),
        ] {
            assert_eq!(submission(&members(json)).map_err(|refusal| refusal.code()).err(), Some(code), "{why}");
        }
        assert!(submission(&members(r#"{"ruleSet":{"domainRules":[{"kind":"CONDITION"}]}}"#)).is_ok());
    }

    #[test]
    fn null_removes_and_absence_keeps() {
        let change = config_change(&members(r#"{"compatibility":"full","normalize":null,"alias":""}"#)).unwrap();
        assert_eq!(change.level, Change::Set(Level::Full));
        assert_eq!((change.normalize, change.alias), (Change::Remove, Change::Remove));
        assert_eq!(change.group, Change::Keep);
        assert!(mode(&members("{}")).is_err(), "a mode must be named");
        assert_eq!(mode(&members(r#"{"mode":null}"#)), Ok(None), "or removed");
    }
}
