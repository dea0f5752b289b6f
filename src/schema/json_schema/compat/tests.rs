//! Which schema may follow which; each row says why it is there. Forward is backward with the schemas swapped.

use crate::schema::json_schema::Schema;

fn kinds(reader: &Schema, writer: &Schema) -> Vec<&'static str> {
    let mut kinds: Vec<_> = reader.incompatibilities(writer).into_iter().map(|i| i.kind).collect();
    kinds.sort_unstable();
    kinds
}

/// Rows of the old schema, the new one, what is wrong if the new one reads old data, and what if the old one reads new data.
type Rows<'a> = &'a [(&'a str, &'a str, &'a [&'static str], &'a [&'static str], &'a str)];

fn judge(draft: &str, rows: Rows<'_>) {
    let parse = |text: &str| {
        let rest = text.strip_prefix('{').map(|rest| if rest == "}" { rest.to_owned() } else { format!(",{rest}") });
        let text = rest.map_or(text.to_owned(), |rest| format!(r#"{{"$schema":"{draft}"{rest}"#));
        Schema::parse(&text, &[]).unwrap_or_else(|e| panic!("{text}: {e}"))
    };
    for (old, new, backward, forward, why) in rows {
        let (old, new) = (parse(old), parse(new));
        assert_eq!(kinds(&new, &old), *backward, "{why}, backward");
        assert_eq!(kinds(&old, &new), *forward, "{why}, forward");
    }
}

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";

#[test]
fn types_and_limits() {
    judge(
        DRAFT_7,
        &[
            (r#"{"type":"string"}"#, r#"{"type":"string","title":"t","format":"date","default":"x"}"#, &[], &[], "notes"),
            (r#"{"type":"string"}"#, r#"{"type":"integer"}"#, &["TYPE_CHANGED"], &["TYPE_CHANGED"], "another type"),
            (r#"{"type":"integer"}"#, r#"{"type":"number"}"#, &[], &["TYPE_NARROWED"], "a wider type"),
            (r#"{"type":"string"}"#, "{}", &[], &["TYPE_CHANGED"], "anything"),
            ("false", r#"{"type":"string"}"#, &[], &["TYPE_CHANGED"], "nothing before"),
            (r#"{"type":"string","maxLength":5}"#, r#"{"type":"string","maxLength":6}"#, &[], &["MAX_LENGTH_DECREASED"], "a limit moved"),
            (r#"{"type":"string"}"#, r#"{"type":"string","pattern":"a"}"#, &["PATTERN_ADDED"], &[], "a pattern added"),
            (r#"{"maximum":5}"#, r#"{"maximum":5.0,"minimum":1}"#, &["MINIMUM_ADDED"], &[], "numbers by value, and types by keyword"),
            (r#"{"multipleOf":0.2}"#, r#"{"multipleOf":0.1}"#, &[], &["MULTIPLE_OF_EXPANDED"], "a finer multiple"),
            (r#"{"enum":[1,"a"]}"#, r#"{"enum":["a",1.0,2]}"#, &[], &["ENUM_ARRAY_NARROWED"], "more values, in any order"),
            (r#"{"const":1}"#, r#"{"enum":[1]}"#, &["TYPE_CHANGED"], &["TYPE_CHANGED"], "a constant is no enumeration"),
            (r#"{"not":{"type":["string","null"]}}"#, r#"{"not":{"type":"string"}}"#, &[], &["NOT_TYPE_EXTENDED"], "less is excluded"),
            (
                r#"{"if":{"type":"object"},"then":{"maxProperties":1}}"#,
                r#"{"if":{"type":"object"},"then":{"maxProperties":2}}"#,
                &[],
                &["MAX_PROPERTIES_DECREASED"],
                "a wider branch",
            ),
            (
                r#"{"if":{"type":"object"},"then":false}"#,
                r#"{"if":{"type":"array"},"then":false}"#,
                &["COMBINED_TYPE_CHANGED"],
                &["COMBINED_TYPE_CHANGED"],
                "another question",
            ),
        ],
    );
    judge(
        DRAFT_4,
        &[(
            r#"{"minimum":1,"exclusiveMinimum":true}"#,
            r#"{"minimum":1}"#,
            &["MINIMUM_ADDED"],
            &["EXCLUSIVE_MINIMUM_ADDED"],
            "a boolean says what a limit is",
        )],
    );
}

#[test]
fn combinations() {
    judge(
        DRAFT_7,
        &[
            (
                r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#,
                r#"{"oneOf":[{"type":"null"},{"type":"boolean"},{"type":"string"}]}"#,
                &[],
                &["SUM_TYPE_NARROWED"],
                "more choices",
            ),
            (
                r#"{"oneOf":[{"type":"string"}]}"#,
                r#"{"anyOf":[{"type":"string"}]}"#,
                &[],
                &["COMBINED_TYPE_CHANGED"],
                "any is wider than one",
            ),
            (r#"{"type":"string"}"#, r#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#, &[], &["TYPE_CHANGED"], "one of the choices"),
            (
                r#"{"allOf":[{"maxLength":1},{"minLength":1}]}"#,
                r#"{"allOf":[{"minLength":1}]}"#,
                &[],
                &["PRODUCT_TYPE_EXTENDED"],
                "fewer demands",
            ),
            (
                r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#,
                r#"{"anyOf":[{"type":"string"},{"type":"boolean"}]}"#,
                &["COMBINED_TYPE_SUBSCHEMAS_CHANGED"],
                &["COMBINED_TYPE_SUBSCHEMAS_CHANGED"],
                "another choice",
            ),
            (
                r#"{"type":"string","enum":["a"]}"#,
                r#"{"type":["string","null"]}"#,
                &[],
                &["COMBINED_TYPE_CHANGED"],
                "demands become a choice",
            ),
            (r#"{"type":["string","null"]}"#, r#"{"type":"string"}"#, &["TYPE_CHANGED"], &[], "a choice is lost"),
        ],
    );
}

#[test]
fn objects_by_their_content() {
    judge(
        DRAFT_7,
        &[
            (
                r#"{"properties":{"a":{"type":"string"}}}"#,
                r#"{"properties":{"a":{"type":"string"},"b":{"type":"null"}}}"#,
                &["PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"],
                &[],
                "open",
            ),
            (r#"{"properties":{}}"#, r#"{"properties":{"b":{}},"required":["b"]}"#, &[], &[], "open, and anything goes"),
            (
                r#"{"additionalProperties":false}"#,
                r#"{"properties":{"b":{"type":"null"}},"additionalProperties":false}"#,
                &[],
                &["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"],
                "closed",
            ),
            (
                r#"{"additionalProperties":false}"#,
                r#"{"properties":{"b":{"type":"null"}},"required":["b"],"additionalProperties":false}"#,
                &["REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"],
                &["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"],
                "closed, required",
            ),
            (
                r#"{"additionalProperties":{"type":"string"}}"#,
                r#"{"properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}}"#,
                &[],
                &[],
                "covered by others",
            ),
            (
                r#"{"patternProperties":{"^b":{"type":"string"}},"additionalProperties":false}"#,
                r#"{"properties":{"b":{"type":"null"}},"patternProperties":{"^b":{"type":"string"}},"additionalProperties":false}"#,
                &["PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "TYPE_CHANGED"],
                &["PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "TYPE_CHANGED"],
                "not covered by a pattern",
            ),
            (
                r#"{"properties":{"a":false},"additionalProperties":false}"#,
                r#"{"properties":{},"additionalProperties":false}"#,
                &[],
                &[],
                "what was never there",
            ),
            (r#"{"properties":{"a":{}}}"#, r#"{"properties":{"a":{}},"required":["a"]}"#, &["REQUIRED_ATTRIBUTE_ADDED"], &[], "required"),
            (r#"{"properties":{"a":{}}}"#, r#"{"properties":{"a":{"default":1}},"required":["a"]}"#, &[], &[], "required with a default"),
            (
                r#"{"type":"object"}"#,
                r#"{"type":"object","additionalProperties":{"type":"null"}}"#,
                &["ADDITIONAL_PROPERTIES_NARROWED"],
                &[],
                "others narrowed",
            ),
            (
                r#"{"type":"object"}"#,
                r#"{"type":"object","additionalProperties":false}"#,
                &["ADDITIONAL_PROPERTIES_REMOVED"],
                &[],
                "others gone",
            ),
            (
                r#"{"dependencies":{"a":["b"]}}"#,
                r#"{"dependencies":{"a":["b","c"],"d":{"maxProperties":1}}}"#,
                &["DEPENDENCY_ARRAY_EXTENDED", "DEPENDENCY_SCHEMA_ADDED"],
                &[],
                "dependencies",
            ),
        ],
    );
    judge(
        DRAFT_2020,
        &[
            (
                r#"{"type":"object","unevaluatedProperties":false}"#,
                r#"{"type":"object"}"#,
                &[],
                &["ADDITIONAL_PROPERTIES_REMOVED"],
                "unevaluated ones are others",
            ),
            (
                r#"{"dependentRequired":{"a":["b"]}}"#,
                r#"{"dependentRequired":{"a":["c"]}}"#,
                &["DEPENDENCY_ARRAY_CHANGED"],
                &["DEPENDENCY_ARRAY_CHANGED"],
                "dependencies",
            ),
        ],
    );
}

#[test]
fn arrays_by_their_content() {
    judge(
        DRAFT_7,
        &[
            (r#"{"type":"array"}"#, r#"{"type":"array","items":{"type":"null"}}"#, &["SCHEMA_ADDED"], &[], "items get a type"),
            (
                r#"{"items":{"type":"integer"}}"#,
                r#"{"items":{"type":"number"},"uniqueItems":true}"#,
                &["UNIQUE_ITEMS_ADDED"],
                &["TYPE_NARROWED"],
                "items",
            ),
            (
                r#"{"items":[{"type":"null"}]}"#,
                r#"{"items":[{"type":"null"},{"type":"null"}]}"#,
                &["ITEM_ADDED_TO_OPEN_CONTENT_MODEL"],
                &[],
                "open",
            ),
            (
                r#"{"items":[{"type":"null"}],"additionalItems":false}"#,
                r#"{"items":[{"type":"null"},{"type":"null"}],"additionalItems":false}"#,
                &[],
                &["ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL"],
                "closed",
            ),
            (
                r#"{"items":[{}],"additionalItems":{"type":"integer"}}"#,
                r#"{"items":[{},{"type":"number"}],"additionalItems":{"type":"integer"}}"#,
                &[],
                &["ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "TYPE_NARROWED"],
                "partly open",
            ),
            (r#"{"items":[{}]}"#, r#"{"items":[{}],"additionalItems":false}"#, &["ADDITIONAL_ITEMS_REMOVED"], &[], "others gone"),
        ],
    );
    judge(
        DRAFT_2020,
        &[(
            r#"{"prefixItems":[{}],"items":false}"#,
            r#"{"prefixItems":[{},{"type":"null"}],"items":false}"#,
            &[],
            &["ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL"],
            "the later keywords",
        )],
    );
}

#[test]
fn references_are_followed_even_in_circles() {
    let list = |inside: &str| {
        format!(
            r##"{{"$ref":"#/definitions/n","definitions":{{"n":{{"properties":{{"v":{inside},"next":{{"$ref":"#/definitions/n"}}}}}}}}}}"##
        )
    };
    judge(
        DRAFT_7,
        &[
            (
                &list(r#"{"type":"integer"}"#),
                &list(r#"{"type":"number"}"#),
                &[],
                &["TYPE_NARROWED", "TYPE_NARROWED"],
                "a list: at its head and at its links",
            ),
            (r##"{"$ref":"#"}"##, r#"{"type":"null"}"#, &["TYPE_CHANGED"], &[], "itself is anything"),
        ],
    );
}

#[test]
fn reasons_tell_where() {
    let parse = |text| Schema::parse(text, &[]).unwrap();
    let old = parse(r#"{"properties":{"a":{"items":{"type":"string"}}}}"#);
    let new = parse(r#"{"properties":{"a":{"items":{"type":"null"}}}}"#);
    let found = new.incompatibilities(&old);
    let [reason] = &found[..] else { panic!("{found:?}") };
    assert_eq!((reason.kind, reason.path.as_str()), ("TYPE_CHANGED", "#/properties/a/items"));
    assert!(reason.description.contains("'#/properties/a/items'"), "{}", reason.description);
}

#[test]
fn endless_comparisons_are_ended() {
    let nested = |depth: usize| {
        let inside =
            (0..depth).fold(r#"{"type":"string"}"#.to_owned(), |s, _| format!(r#"{{"anyOf":[{s},{{"items":{{"maxItems":1}}}}]}}"#));
        Schema::parse(&inside, &[]).unwrap()
    };
    let wide = |last: &str| {
        let branches: Vec<_> =
            (0..400).map(|i| format!(r#"{{"anyOf":[{{"properties":{{"a":{{"const":{i}}}}}}},{{"type":"{last}"}}]}}"#)).collect();
        Schema::parse(&format!(r#"{{"oneOf":[{}]}}"#, branches.join(",")), &[]).unwrap()
    };
    nested(60).incompatibilities(&nested(59));
    assert!(!wide("null").incompatibilities(&wide("boolean")).is_empty());
    let deep =
        |kind: &str| Schema::parse(&format!("{}{{\"type\":\"{kind}\"}}{}", r#"{"items":"#.repeat(190), "}".repeat(190)), &[]).unwrap();
    assert_eq!(kinds(&deep("null"), &deep("boolean")), ["TYPE_CHANGED"]);
}
