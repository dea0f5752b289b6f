//! A schema as Schema Registries compare it: parts, each about one type or one kind of keyword, and combinations of parts.
//!
//! `{"type":"string","enum":["a"]}` is all of a string and an enumeration, a list of types is any of them. A schema becomes a model when
//! it is compared, one level at a time, as it may contain itself.

use super::super::{
    documents::{Documents, Place},
    draft::Draft,
    tape::{Kind, View},
};

/// A schema.
#[derive(Debug, Clone)]
pub(super) enum Model<'d> {
    /// One that has not been looked at.
    Schema(Place),
    Everything,
    Nothing,
    Part(Part<'d>),
    Combined(Combined<'d>),
}

/// Several schemas for the same value.
#[derive(Debug, Clone)]
pub(super) struct Combined<'d> {
    pub(super) criterion: Criterion,
    pub(super) models: Vec<Model<'d>>,
}

/// How many of them a value must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    All,
    Any,
    One,
}

/// What is said about one type, or in one keyword.
#[derive(Debug, Clone)]
pub(super) enum Part<'d> {
    Null,
    Boolean,
    Number {
        keywords: Group<'d>,
        integer: bool,
    },
    String(Group<'d>),
    Array(Group<'d>),
    Object(Group<'d>),
    /// The list of `enum`.
    Enumeration(View<'d>),
    /// The value of `const`.
    Constant(View<'d>),
    /// The schema of `not`.
    Not(Place),
    /// The schema that has `if`.
    Condition(Place),
}

/// The schema whose keywords a part has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'d> {
    pub(super) documents: &'d Documents,
    pub(super) place: Place,
}

impl<'d> Group<'d> {
    pub(super) fn get(&self, keyword: &str) -> Option<View<'d>> {
        self.documents.view(self.place).get(keyword.as_bytes())
    }

    pub(super) fn draft(&self) -> Draft {
        self.documents.draft(self.place)
    }

    /// The schema that a keyword holds.
    pub(super) fn schema(&self, keyword: &str) -> Option<Place> {
        self.get(keyword).map(|view| self.below(view))
    }

    pub(super) fn below(&self, view: View<'d>) -> Place {
        self.documents.below(self.place, view)
    }
}

/// Keywords that tell the type of a schema that does not name one.
const OBJECT: &[&str] = &[
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
];
const ARRAY: &[&str] = &["items", "prefixItems", "additionalItems", "unevaluatedItems", "minItems", "maxItems", "uniqueItems", "contains"];
const NUMBER: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const STRING: &[&str] = &["minLength", "maxLength", "pattern", "format"];

/// How many references are followed until a schema comes: more are a circle.
const MAX_REFERENCES: usize = 100;

impl<'d> Model<'d> {
    /// The model without references: what the value itself must be.
    pub(super) fn open(&self, documents: &'d Documents) -> Model<'d> {
        let mut model = self.clone();
        for _ in 0..MAX_REFERENCES {
            model = match model {
                Model::Schema(place) => read(documents, place),
                model => return model,
            };
        }
        Model::Everything
    }
}

/// Looks at one schema.
fn read(documents: &Documents, place: Place) -> Model<'_> {
    let view = documents.view(place);
    let group = Group { documents, place };
    let draft = group.draft();
    if view.kind() == Kind::False {
        return Model::Nothing;
    }
    let mut models = Vec::new();
    if let Some(reference) = group.get("$ref").filter(|r| r.kind() == Kind::String) {
        let target = documents.find(place, &reference.string()).map(Model::Schema);
        if draft.reference_stands_alone() {
            return target.unwrap_or(Model::Everything);
        }
        models.extend(target);
    }
    models.extend(typed(group));
    models.extend(group.get("enum").map(|list| Model::Part(Part::Enumeration(list))));
    if draft >= Draft::Six {
        models.extend(group.get("const").map(|value| Model::Part(Part::Constant(value))));
    }
    for (keyword, criterion) in [("allOf", Criterion::All), ("anyOf", Criterion::Any), ("oneOf", Criterion::One)] {
        if let Some(list) = group.get(keyword) {
            let inside = list.items().map(|item| Model::Schema(group.below(item))).collect();
            models.push(Model::Combined(Combined { criterion, models: inside }));
        }
    }
    models.extend(group.schema("not").map(|not| Model::Part(Part::Not(not))));
    if draft >= Draft::Seven && group.get("if").is_some() {
        models.push(Model::Part(Part::Condition(place)));
    }
    match models.len() {
        0 => Model::Everything,
        1 => models.pop().unwrap_or(Model::Everything),
        _ => Model::Combined(Combined { criterion: Criterion::All, models }),
    }
}

/// The part for the schema's type, or those for its types.
fn typed(group: Group<'_>) -> Option<Model<'_>> {
    let Some(types) = group.get("type") else {
        let has = |keywords: &[&str]| keywords.iter().any(|k| group.get(k).is_some());
        let sniffed = [(OBJECT, "object"), (ARRAY, "array"), (NUMBER, "number"), (STRING, "string")];
        let mut models: Vec<_> = sniffed.iter().filter(|(keywords, _)| has(keywords)).filter_map(|(_, name)| part(group, name)).collect();
        return match models.len() {
            0 => None,
            1 => models.pop(),
            _ => Some(Model::Combined(Combined { criterion: Criterion::All, models })),
        };
    };
    match types.kind() {
        Kind::String => part(group, &types.string()),
        _ => {
            let mut models: Vec<_> = types.items().filter_map(|name| part(group, &name.string())).collect();
            if models.len() == 1 { models.pop() } else { Some(Model::Combined(Combined { criterion: Criterion::Any, models })) }
        }
    }
}

fn part<'d>(group: Group<'d>, name: &str) -> Option<Model<'d>> {
    Some(Model::Part(match name {
        "null" => Part::Null,
        "boolean" => Part::Boolean,
        "number" => Part::Number { keywords: group, integer: false },
        "integer" => Part::Number { keywords: group, integer: true },
        "string" => Part::String(group),
        "array" => Part::Array(group),
        "object" => Part::Object(group),
        _ => return None,
    }))
}
