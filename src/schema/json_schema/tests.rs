//! What schemas allow, by keyword and draft; each row says why it is there.

use super::*;

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
const DRAFT_6: &str = "http://json-schema.org/draft-06/schema#";
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2019: &str = "https://json-schema.org/draft/2019-09/schema";
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema with its draft.
fn of(draft: &str, schema: &str) -> Schema {
    let rest = schema.strip_prefix('{').unwrap();
    let comma = if rest.trim() == "}" { "" } else { "," };
    Schema::parse(&format!(r#"{{"$schema":"{draft}"{comma}{rest}"#), &[]).unwrap_or_else(|e| panic!("{schema}: {e}"))
}

fn encoded(schema: &Schema, json: &str) -> Result<String, String> {
    let mut out = b"before ".to_vec();
    schema.encode(json.as_bytes(), &mut out).map_err(|e| e.to_string())?;
    Ok(String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned())
}

/// Rows of schema, values that fit, values that do not, and the reason for the row.
type Rows<'a> = &'a [(&'a str, &'a [&'a str], &'a [&'a str], &'a str)];

fn judge(drafts: &[&str], rows: Rows<'_>) {
    for draft in drafts {
        for (text, good, bad, why) in rows {
            let schema = of(draft, text);
            for value in *good {
                assert_eq!(encoded(&schema, value).err(), None, "{why}: {draft} {text} {value}");
            }
            for value in *bad {
                assert!(encoded(&schema, value).is_err(), "{why}: {draft} {text} {value}");
            }
        }
    }
}

#[test]
fn keywords_of_all_drafts() {
    judge(
        &[DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020],
        &[
            (r#"{}"#, &["1", "null", "{}", "\"x\""], &[], "no keyword"),
            (r#"{"type":"string"}"#, &["\"\""], &["1", "null", "{}", "[]", "true"], "a type"),
            (r#"{"type":["integer","null"]}"#, &["1", "-5", "null", "123456789012345678901234567890"], &["1.5", "\"1\""], "types"),
            (r#"{"type":"number"}"#, &["1", "1.5", "1e3", "-0"], &["\"1\""], "all numbers"),
            (r#"{"enum":["a",1,null,{"b":[1.0]}]}"#, &["\"a\"", "1.0", "null", r#"{"b":[1]}"#], &["\"b\"", "true", "{}"], "values"),
            (r#"{"minimum":1.5,"maximum":3}"#, &["1.5", "3", "3.0", "\"x\""], &["1.4999", "3.00000000000000000000001"], "limits"),
            (r#"{"maximum":9007199254740992}"#, &["9007199254740992"], &["9007199254740993"], "no floats"),
            (r#"{"multipleOf":0.01}"#, &["1.1", "19.99", "1e10"], &["0.001"], "multiples of decimals"),
            (
                r#"{"minLength":2,"maxLength":3}"#,
                &["\"ab\"", "\"🐈é\\u0041\"", "1"],
                &["\"a\"", "\"abcd\"", "\"🐈\""],
                "lengths in characters",
            ),
            (r#"{"pattern":"^a"}"#, &["\"ab\"", "1"], &["\"ba\""], "a pattern"),
            (r#"{"minItems":1,"maxItems":2}"#, &["[1]", "[1,2]", "{}"], &["[]", "[1,2,3]"], "numbers of items"),
            (
                r#"{"uniqueItems":true}"#,
                &["[1,true,\"1\",[1],{\"a\":1}]", "[]"],
                &["[1,1.0]", r#"[{"a":1,"b":2},{"b":2,"a":1}]"#],
                "no item twice",
            ),
            (r#"{"minProperties":1,"maxProperties":2}"#, &[r#"{"a":1}"#, "[]"], &["{}", r#"{"a":1,"b":1,"c":1}"#], "numbers of properties"),
            (r#"{"required":["a","b"]}"#, &[r#"{"b":1,"a":null}"#, "1"], &["{}", r#"{"a":1}"#], "properties that must be there"),
            (
                r#"{"properties":{"a":{"type":"string"}},"patternProperties":{"^x":{"type":"number"}},"additionalProperties":false}"#,
                &[r#"{"a":"s","x1":1}"#, "{}"],
                &[r#"{"a":1}"#, r#"{"x1":"s"}"#, r#"{"b":1}"#],
                "properties by name, by pattern, and others",
            ),
            (
                r#"{"properties":{"xa":{"minimum":1}},"patternProperties":{"^x":{"maximum":2}}}"#,
                &[r#"{"xa":1}"#],
                &[r#"{"xa":0}"#, r#"{"xa":3}"#],
                "both a name and a pattern",
            ),
            (r#"{"additionalProperties":{"type":"null"}}"#, &[r#"{"a":null}"#], &[r#"{"a":1}"#], "other properties"),
            (r#"{"properties":{"\u0061\"":{"type":"string"}}}"#, &[r#"{"a\"":"x"}"#], &[r#"{"a\u0022":1}"#], "escapes in names"),
            (r#"{"allOf":[{"minimum":1},{"maximum":2}]}"#, &["1", "2"], &["0", "3"], "all of"),
            (r#"{"anyOf":[{"minimum":2},{"type":"integer"}]}"#, &["2.5", "1"], &["1.5"], "any of"),
            (r#"{"oneOf":[{"minimum":2},{"type":"integer"}]}"#, &["2.5", "1"], &["1.5", "3"], "one of"),
            (r#"{"not":{"type":"string"}}"#, &["1"], &["\"x\""], "not"),
            (r#"{"not":{"not":{"type":"string"}}}"#, &["\"x\""], &["1"], "not not"),
            (
                r##"{"properties":{"n":{"$ref":"#"}},"additionalProperties":false}"##,
                &[r#"{"n":{"n":{}}}"#],
                &[r#"{"n":{"x":1}}"#],
                "a reference to itself",
            ),
            (r##"{"$ref":"#/definitions/a%20b","definitions":{"a b":{"type":"null"}}}"##, &["null"], &["1"], "a pointer"),
        ],
    );
}

#[test]
fn keywords_that_came_with_draft_6() {
    judge(
        &[DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020],
        &[
            (r#"{"const":{"a":[1]}}"#, &[r#"{"a":[1.0]}"#], &["1", r#"{"a":[2]}"#], "one value"),
            (r#"{"contains":{"minimum":5}}"#, &["[1,5]", "1"], &["[]", "[1]"], "an item that fits"),
            (r#"{"propertyNames":{"maxLength":2}}"#, &[r#"{"ab":1}"#], &[r#"{"abc":1}"#], "names"),
            (r#"{"exclusiveMinimum":1,"exclusiveMaximum":2}"#, &["1.5"], &["1", "2.0"], "limits that are outside"),
            (r#"{"properties":{"a":true,"b":false}}"#, &[r#"{"a":1}"#, "{}"], &[r#"{"b":1}"#], "schemas that are booleans"),
        ],
    );
    judge(&[DRAFT_4], &[(r#"{"const":1,"contains":{"minimum":5},"propertyNames":false}"#, &["2", "[1]", r#"{"a":1}"#], &[], "not yet")]);
}

#[test]
fn keywords_that_changed() {
    judge(
        &[DRAFT_4],
        &[(r#"{"minimum":1,"exclusiveMinimum":true,"maximum":2}"#, &["1.5", "2"], &["1"], "limits are outside by a boolean")],
    );
    judge(
        &[DRAFT_4, DRAFT_6, DRAFT_7],
        &[
            (r#"{"type":"integer"}"#, &["1"], &["1.0", "1e2"], "integers are written as such"),
            (
                r#"{"dependencies":{"a":["b"],"c":{"minProperties":2}}}"#,
                &[r#"{"a":1,"b":1}"#, r#"{"b":1}"#, r#"{"c":1,"d":1}"#],
                &[r#"{"a":1}"#, r#"{"c":1}"#],
                "dependencies",
            ),
            (
                r##"{"$ref":"#/definitions/a","maximum":1,"definitions":{"a":{"type":"number"}}}"##,
                &["2"],
                &["\"x\""],
                "nothing counts beside a reference",
            ),
            (r#"{"dependentRequired":{"a":["b"]},"unevaluatedProperties":false}"#, &[r#"{"a":1}"#], &[], "not yet"),
        ],
    );
    judge(
        &[DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019],
        &[
            (
                r#"{"items":[{"type":"string"},{"type":"null"}],"additionalItems":{"type":"number"}}"#,
                &[r#"["a",null,1,2]"#, "[]"],
                &["[1]", r#"["a",1]"#, r#"["a",null,"b"]"#],
                "tuples",
            ),
            (r#"{"additionalItems":false}"#, &["[1]"], &[], "without a list of items it says nothing"),
            (r#"{"items":[{}],"additionalItems":false}"#, &["[1]"], &["[1,2]"], "no other items"),
        ],
    );
    judge(
        &[DRAFT_2019, DRAFT_2020],
        &[
            (r#"{"type":"integer"}"#, &["1", "1.0", "1e2"], &["1.5", "1e-1"], "integers by value"),
            (
                r#"{"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":{"minProperties":2}}}"#,
                &[r#"{"a":1,"b":1}"#, r#"{"c":1,"d":1}"#],
                &[r#"{"a":1}"#, r#"{"c":1}"#],
                "dependencies in two",
            ),
            (r#"{"dependencies":{"a":["b"]}}"#, &[r#"{"a":1}"#], &[], "no more"),
            (r##"{"$ref":"#/$defs/a","maximum":1,"$defs":{"a":{"type":"number"}}}"##, &["1"], &["2"], "what is beside a reference counts"),
            (
                r#"{"contains":{"minimum":5},"minContains":2,"maxContains":3}"#,
                &["[5,6]", "[5,6,7,1]"],
                &["[5]", "[5,6,7,8]"],
                "how many fit",
            ),
            (r#"{"contains":{"minimum":5},"minContains":0}"#, &["[]"], &[], "none is enough"),
            (r##"{"$ref":"#A","$defs":{"a":{"$anchor":"A","type":"null"}}}"##, &["null"], &["1"], "anchors"),
            (r#"{"format":"date-time"}"#, &["\"yesterday\""], &[], "formats are notes"),
        ],
    );
    judge(
        &[DRAFT_2020],
        &[(r#"{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}"#, &[r#"["a",1,2]"#], &["[1]", r#"["a","b"]"#], "tuples")],
    );
    judge(
        &[DRAFT_7, DRAFT_2019, DRAFT_2020],
        &[
            (r#"{"if":{"minimum":10},"then":{"multipleOf":10},"else":{"multipleOf":2}}"#, &["20", "4"], &["15", "3"], "conditions"),
            (r#"{"then":{"type":"null"}}"#, &["1"], &[], "no condition"),
        ],
    );
    judge(&[DRAFT_7], &[(r#"{"format":"date-time"}"#, &["\"2023-11-14T22:13:20Z\"", "5"], &["\"yesterday\""], "formats are checked")]);
}

#[test]
fn what_nobody_has_evaluated() {
    judge(
        &[DRAFT_2019, DRAFT_2020],
        &[
            (
                r#"{"properties":{"a":{}},"allOf":[{"properties":{"b":{}}}],"unevaluatedProperties":false}"#,
                &[r#"{"a":1,"b":1}"#],
                &[r#"{"c":1}"#],
                "all of",
            ),
            (
                r#"{"anyOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":{"const":1}},"required":["b"]}],"unevaluatedProperties":false}"#,
                &[r#"{"a":1}"#, r#"{"a":1,"b":1}"#],
                &[r#"{"a":1,"b":2}"#],
                "only branches that fit",
            ),
            (
                r#"{"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"properties":{"b":{}}},"else":{"properties":{"c":{}}},"unevaluatedProperties":false}"#,
                &[r#"{"a":1,"b":1}"#, r#"{"c":1}"#],
                &[r#"{"a":2}"#, r#"{"a":1,"c":1}"#],
                "conditions",
            ),
            (r#"{"not":{"not":{"properties":{"a":{}}}},"unevaluatedProperties":false}"#, &["{}"], &[r#"{"a":1}"#], "not evaluates nothing"),
            (
                r##"{"$ref":"#/$defs/a","unevaluatedProperties":{"type":"null"},"$defs":{"a":{"patternProperties":{"^x":{}}}}}"##,
                &[r#"{"x1":1,"b":null}"#],
                &[r#"{"b":1}"#],
                "through references",
            ),
            (
                r#"{"allOf":[{"unevaluatedProperties":true}],"unevaluatedProperties":false}"#,
                &[r#"{"a":1}"#],
                &[],
                "one inside evaluates all",
            ),
            (
                r#"{"properties":{"o":{"properties":{"a":{}}}},"unevaluatedProperties":false}"#,
                &[r#"{"o":{"z":1}}"#],
                &[r#"{"z":1}"#],
                "other levels do not count",
            ),
            (
                r#"{"dependentSchemas":{"a":{"properties":{"a":{},"b":{}}}},"unevaluatedProperties":false}"#,
                &[r#"{"a":1,"b":1}"#],
                &[r#"{"b":1}"#],
                "dependencies",
            ),
            (r#"{"unevaluatedItems":false}"#, &["[]", "{}"], &["[1]"], "no item"),
        ],
    );
    judge(
        &[DRAFT_2019],
        &[
            (r#"{"items":[{}],"unevaluatedItems":false}"#, &["[1]"], &["[1,2]"], "tuples"),
            (r#"{"contains":{"const":1},"unevaluatedItems":false}"#, &[], &["[1]"], "contains evaluates nothing yet"),
        ],
    );
    judge(
        &[DRAFT_2020],
        &[
            (
                r#"{"prefixItems":[{}],"anyOf":[{"prefixItems":[{},{"const":2}]},true],"unevaluatedItems":false}"#,
                &["[1]", "[1,2]"],
                &["[1,3]"],
                "tuples",
            ),
            (r#"{"contains":{"const":1},"unevaluatedItems":false}"#, &["[1,1]"], &["[1,2]"], "contains evaluates"),
        ],
    );
}

#[test]
fn references_that_depend_on_the_way() {
    let tree = |draft: &str, anchor: &str, reference: &str| {
        format!(
            r#"{{"$schema":"{draft}","$id":"http://x/strict","$ref":"tree",{anchor},"unevaluatedProperties":false,
            "$defs":{{"tree":{{"$id":"http://x/tree",{anchor},"properties":{{"data":true,"children":{{"type":"array","items":{{{reference}}}}}}}}}}}}}"#
        )
    };
    for (text, why) in [
        (tree(DRAFT_2020, r#""$dynamicAnchor":"node""#, r##""$dynamicRef":"#node""##), "$dynamicRef"),
        (tree(DRAFT_2019, r#""$recursiveAnchor":true"#, r##""$recursiveRef":"#""##), "$recursiveRef"),
    ] {
        let schema = Schema::parse(&text, &[]).unwrap();
        assert_eq!(encoded(&schema, r#"{"children":[{"data":1}]}"#).err(), None, "{why}");
        assert!(encoded(&schema, r#"{"children":[{"daat":1}]}"#).is_err(), "{why}: the strict one is meant on all levels");
    }
    let plain = tree(DRAFT_2020, r#""$anchor":"node""#, r##""$dynamicRef":"#node""##);
    assert!(encoded(&Schema::parse(&plain, &[]).unwrap(), r#"{"children":[{"daat":1}]}"#).is_ok(), "a plain anchor is not dynamic");
}

#[test]
fn schemas_are_referred_to_by_name() {
    let references = [
        Reference { name: "leaf.json".to_owned(), text: r#"{"type":"integer"}"#.into() },
        Reference { name: "in.json".to_owned(), text: r#"{"items":{"$ref":"leaf.json"},"definitions":{"d":{"type":"null"}}}"#.into() },
    ];
    for id in ["", r#""$id":"http://x/y/root.json","#] {
        let schema = Schema::parse(
            &format!(r#"{{{id}"properties":{{"a":{{"$ref":"in.json"}},"b":{{"$ref":"in.json#/definitions/d"}}}}}}"#),
            &references,
        )
        .unwrap();
        assert_eq!(encoded(&schema, r#"{"a":[1],"b":null}"#).err(), None);
        assert_eq!(encoded(&schema, r#"{"a":["x"]}"#), Err("$.a[0]: expected integer, found a string".to_owned()));
    }
}

#[test]
fn what_is_no_schema_is_refused_with_its_place() {
    for (text, told) in [
        ("nope", "no JSON"),
        (r#"{"type":"#, "no JSON"),
        ("null", "#: a schema is an object or a boolean"),
        (r#"{"type":"nope"}"#, "#/type: nope is no type"),
        (r#"{"type":5}"#, "#/type: 5 is no type"),
        (r#"{"type":[]}"#, "#/type: a list of types is empty"),
        (r#"{"properties":[]}"#, "#/properties: an object is expected"),
        (r#"{"properties":{"a":1}}"#, "#/properties/a: a schema is"),
        (r#"{"required":"a"}"#, "#/required: a list of names"),
        (r#"{"required":[1]}"#, "#/required: a list of names"),
        (r#"{"minimum":"1"}"#, "#/minimum: a number"),
        (r#"{"exclusiveMinimum":true}"#, "#/exclusiveMinimum: a number"),
        (r#"{"maxLength":-1}"#, "#/maxLength: an integer"),
        (r#"{"maxLength":1.5}"#, "#/maxLength: an integer"),
        (r#"{"multipleOf":0}"#, "#/multipleOf: a number above 0"),
        (r#"{"pattern":"["}"#, "#/pattern: [ is no regular expression"),
        (r#"{"patternProperties":{"[":{}}}"#, "#/patternProperties: [ is no"),
        (r##"{"items":{"$ref":"#/definitions/x"}}"##, "#/items/$ref: #/definitions/x is neither in the schema nor"),
        (r#"{"$ref":"http://json-schema.org/draft-07/schema#"}"#, "nothing is fetched"),
        (r#"{"enum":"a"}"#, "#/enum: a list of values"),
        (r#"{"allOf":[]}"#, "#/allOf: a list of schemas"),
        (r#"{"anyOf":{}}"#, "#/anyOf: a list of schemas"),
        (r#"{"not":5}"#, "#/not: a schema is"),
        (r#"{"dependencies":{"a":["b",1]}}"#, "#/dependencies: a list of names"),
        (r#"{"uniqueItems":1}"#, "#/uniqueItems: a boolean"),
        (r#"{"title":1}"#, "#/title: a string"),
        (r##"{"definitions":{"d":{"type":1}},"$ref":"#/definitions/d"}"##, "#/definitions/d/type: 1 is no type"),
    ] {
        let reason = Schema::parse(text, &[]).map(|_| ()).unwrap_err().reason;
        assert!(reason.contains(told), "{text}: {reason}");
    }
    for text in ["true", "false", "{}", r#"{"$schema":"http://example.com/none","type":"string"}"#, r#"{"nope":1}"#] {
        assert!(Schema::parse(text, &[]).is_ok(), "{text}");
    }
}

#[test]
fn failures_are_told_with_path_and_reason() {
    let schema = r#"{"properties":{"a":{"type":"integer"},"b c":{"items":{"enum":["x","y"]}},"c":{"oneOf":[{"type":"null"},{"properties":{"d":{"maxLength":1}}}]},
        "e":{"minimum":3,"multipleOf":2},"f":{"pattern":"^a+$"},"g":{"not":{}},"h":{"oneOf":[{},{"minimum":0}]},"i":{"uniqueItems":true},"j":false,
        "k":{"minItems":2},"l":{"dependencies":{"x":["y"]}},"m":{"format":"date"}},"required":["a"],"propertyNames":{"maxLength":3}}"#;
    let schema = Schema::parse(schema, &[]).unwrap();
    for (value, told) in [
        ("5.", "$: expected a digit at byte 2"),
        (r#"{"a":"x"}"#, "$.a: expected integer, found a string"),
        (r#"{"a":5.0}"#, "$.a: expected integer, found the number 5.0, which is not written as an integer"),
        ("{}", "$: the property a is missing"),
        (r#"{"a":1,"b c":["x","z"]}"#, "$[\"b c\"][1]: expected one of \"x\",\"y\""),
        (
            r#"{"a":1,"c":{"d":"xx"}}"#,
            "$.c: fits none of the 2 schemas of oneOf; the nearest: $.c.d: expected 1 characters or less, found 2",
        ),
        (r#"{"a":1,"e":1}"#, "$.e: expected a number not less than 3; $.e: expected a multiple of 2"),
        (r#"{"a":1,"f":"b"}"#, "$.f: does not match the pattern ^a+$"),
        (r#"{"a":1,"g":1}"#, "$.g: fits the schema of not"),
        (r#"{"a":1,"h":1}"#, "$.h: fits more than one of the 2 schemas of oneOf"),
        (r#"{"a":1,"i":[1,1]}"#, "$.i: two items are the same"),
        (r#"{"a":1,"j":1}"#, "$.j: nothing is allowed here"),
        (r#"{"a":1,"k":[1]}"#, "$.k: expected 2 items or more, found 1"),
        (r#"{"a":1,"l":{"x":1}}"#, "$.l: the property y is missing, which x needs"),
        (r#"{"a":1,"m":"x"}"#, "$.m: is no date"),
        (r#"{"a":1,"long":1}"#, "$.long: expected 3 characters or less, found 4"),
        (
            r#"{"a":null,"f":"b","g":1,"j":1}"#,
            "$.a: expected integer, found null; $.f: does not match the pattern ^a+$; $.g: fits the schema of not",
        ),
    ] {
        assert_eq!(encoded(&schema, value), Err(told.to_owned()), "{value}");
    }
}

#[test]
fn defaults_are_written_into_objects_that_lack_them() {
    let schema = r##"{"properties":{"a":{"default":7},"o":{"properties":{"b":{"type":"string","default":"x"}}},"l":{"items":{"$ref":"#/definitions/d"}},
        "w":{"type":"integer","default":"no integer"}},"definitions":{"d":{"allOf":[{"properties":{"c":{"default":[1, 2]}}},{"properties":{"c":{"default":3}}}]}}}"##;
    let schema = Schema::parse(schema, &[]).unwrap();
    for (value, want, why) in [
        ("{}", r#"{"a":7}"#, "an empty object"),
        (r#"{ "z" : 1.50 }"#, r#"{"z":1.50,"a":7}"#, "behind what is there"),
        (r#"{"a":null}"#, r#"{"a":null}"#, "null is a value"),
        (r#"{"o":{},"a":1}"#, r#"{"o":{"b":"x"},"a":1}"#, "in objects inside"),
        (
            r#"{"a":1,"l":[{},{"c":0},{"k":1}]}"#,
            r#"{"a":1,"l":[{"c":[1,2]},{"c":0},{"k":1,"c":[1,2]}]}"#,
            "in items, the first default counts",
        ),
        (r#"{"l":[{}],"o":{}}"#, r#"{"l":[{"c":[1,2]}],"o":{"b":"x"},"a":7}"#, "in several places"),
        ("[1, 2]", "[1,2]", "not an object"),
    ] {
        assert_eq!(encoded(&schema, value).as_deref(), Ok(want), "{why}");
    }
    let branches = r#"{"oneOf":[{"required":["n"],"properties":{"a":{"default":1}}},{"properties":{"b":{"default":2},"c":{"default":3}},"not":{"required":["n"]}}],
        "if":{"properties":{"i":{"default":4}}}}"#;
    let schema = Schema::parse(branches, &[]).unwrap();
    assert_eq!(encoded(&schema, "{}").as_deref(), Ok(r#"{"b":2,"c":3}"#), "of the branch that fits");
    assert_eq!(encoded(&schema, r#"{"n":0}"#).as_deref(), Ok(r#"{"n":0,"a":1}"#));
    let required = Schema::parse(r#"{"properties":{"a":{"default":1}},"required":["a"]}"#, &[]).unwrap();
    assert!(encoded(&required, "{}").is_err(), "what is required must be sent");
}

#[test]
fn the_datum_is_the_text_made_compact() {
    let schema = Schema::parse("{}", &[]).unwrap();
    let text = r#" {"b" : 1.0, "a" : [ 1e3, "\u00e9\/" ], "b": 12345678901234567890123 } "#;
    let compact = r#"{"b":1.0,"a":[1e3,"é/"],"b":12345678901234567890123}"#;
    assert_eq!(encoded(&schema, text).as_deref(), Ok(compact));
    let mut out = Vec::new();
    schema.decode(text.as_bytes(), &mut out).unwrap();
    assert_eq!(out, compact.as_bytes());
    assert!(schema.decode(b"{", &mut out).is_err() && schema.decode(b"\"\xff\"", &mut out).is_err());
}

#[test]
fn names_and_texts() {
    let schema = Schema::parse(r#" {"title":"T","b":1.0,"a":0.10,"b":"é\u00e9"} "#, &[]).unwrap();
    assert_eq!(schema.name().as_deref(), Some("T"));
    assert_eq!(schema.canonical(), r#"{"title":"T","b":"éé","a":0.10}"#);
    assert_eq!(schema.normalized(), r#"{"a":0.10,"b":"éé","title":"T"}"#);
    assert!(schema.same(&Schema::parse(r#"{"title":"T","b":"éé","a":0.10}"#, &[]).unwrap()));
    assert!(!schema.same(&Schema::parse(r#"{"title":"T","b":"éé","a":0.1}"#, &[]).unwrap()));
    assert_eq!(Schema::parse("true", &[]).unwrap().name(), None);
}

#[test]
fn threads_share_a_schema() {
    fn shared<T: Send + Sync>() {}
    shared::<Schema>();
}

#[test]
fn hostile_schemas_and_values_are_held() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let doubling = Schema::parse(r##"{"items":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}"##, &[]).unwrap();
    assert!(encoded(&doubling, &nested(10)).is_ok());
    assert!(encoded(&doubling, &nested(100)).unwrap_err().contains("too many steps"), "work that doubles with each level");
    let doubling = Schema::parse(
        r##"{"anyOf":[{"items":{"anyOf":[{"$ref":"#"},{"$ref":"#"}]},"maxItems":0},{"items":{"oneOf":[{"$ref":"#"},{"$ref":"#"}]}}]}"##,
        &[],
    )
    .unwrap();
    assert!(encoded(&doubling, &nested(100)).is_err());
    for (text, why) in [
        (r##"{"$ref":"#"}"##, "itself"),
        (r##"{"not":{"$ref":"#"}}"##, "not itself"),
        (r##"{"anyOf":[{"$ref":"#"}]}"##, "a choice of itself"),
    ] {
        let schema = Schema::parse(text, &[]).unwrap();
        assert!(encoded(&schema, "1").unwrap_err().contains("too deeply"), "{why}");
    }
    let list = Schema::parse(r##"{"items":{"anyOf":[{"type":"integer"},{"$ref":"#"}]}}"##, &[]).unwrap();
    assert!(encoded(&list, &nested(300)).is_ok(), "honest depth");
    assert!(encoded(&list, &nested(900)).is_err(), "more than the stack has");
    let deep = Schema::parse("{\"enum\":[1],\"uniqueItems\":true}", &[]).unwrap();
    assert!(encoded(&deep, &nested(1000)).is_err(), "comparing deep values");
    let pattern = Schema::parse(r#"{"pattern":"^(a+)+\\1b$"}"#, &[]).unwrap();
    assert!(encoded(&pattern, &format!("\"{}\"", "a".repeat(100))).unwrap_err().contains("pattern takes too many steps"));
    assert!(
        Schema::parse(&format!(r#"{{"allOf":[{}{{"pattern":"b"}}]}}"#, r#"{"pattern":"a"},"#.repeat(600)), &[]).is_err(),
        "many patterns"
    );
    let chain: Vec<_> = (0..5000).map(|i| format!(r##""d{i}":{{"items":{{"$ref":"#/definitions/d{}"}}}}"##, (i + 1) % 5000)).collect();
    assert!(
        Schema::parse(&format!(r##"{{"$ref":"#/definitions/d0","definitions":{{{}}}}}"##, chain.join(",")), &[]).is_ok(),
        "long chains"
    );
}
