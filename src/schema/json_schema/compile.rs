//! From texts to rules: reads the keywords of each schema that can be reached, once, and refuses those that are no schema.
//!
//! Schemas are compiled from a queue, not by recursion, so that chains of references may be of any length. What a keyword asks for is
//! read in `keywords` (getting at values) and `assertions` (numbers, strings, arrays, objects); here is which schema comes next, and
//! what applies to the same value. Start with [`compile`].

mod assertions;
mod keywords;

use std::collections::{HashMap, VecDeque};

use super::{
    documents::{Documents, Place},
    draft::Draft,
    equal::Choices,
    pattern::Pattern,
    rules::{Dynamic, Id, InPlace, Rules, Types},
    tape::{Kind, Tape, View},
    uri,
};
use crate::schema::kind::Invalid;
use keywords::Keywords;

/// How many patterns a schema may have; each may take a mebibyte.
const MAX_PATTERNS: usize = 500;

/// The rules of all schemas that can be reached from the root, which is the first of them.
pub(super) fn compile(documents: &Documents) -> Result<Vec<Rules>, Invalid> {
    let mut compiler = Compiler { documents, known: HashMap::new(), queue: VecDeque::new(), patterns: 0 };
    compiler.id(documents.root(), "#".to_owned());
    let mut rules = Vec::new();
    while let Some((place, path)) = compiler.queue.pop_front() {
        rules.push(compiler.schema(place, path)?);
    }
    Ok(rules)
}

struct Compiler<'d> {
    documents: &'d Documents,
    /// The rules of each place, by document and place on its tape.
    known: HashMap<(usize, usize), Id>,
    /// The schemas that have a place in the list already, but no rules yet, in the order of the list.
    queue: VecDeque<(Place, String)>,
    patterns: usize,
}

impl<'d> Compiler<'d> {
    /// The place that the rules of a schema have or will have in the list.
    fn id(&mut self, place: Place, path: String) -> Id {
        let next = self.known.len();
        let id = *self.known.entry((place.document, place.place)).or_insert(next);
        if id == next {
            self.queue.push_back((place, path));
        }
        id
    }

    fn schema(&mut self, place: Place, path: String) -> Result<Rules, Invalid> {
        let view = self.documents.view(place);
        let draft = self.documents.draft(place);
        let mut rules =
            Rules { resource: place.resource, integers_are_written_whole: draft.integers_are_written_whole(), ..Rules::default() };
        match view.kind() {
            Kind::True => return Ok(rules),
            Kind::False => {
                rules.never = true;
                return Ok(rules);
            }
            Kind::Object => {}
            Kind::Null | Kind::Number | Kind::String | Kind::Array => {
                return Err(Invalid::new(format_args!("{path}: a schema is an object or a boolean")));
            }
        }
        let from = Keywords { place, view, draft, path };
        if let Some(reference) = from.string("$ref")? {
            let target = self.target(&from, "$ref", &reference)?;
            rules.in_place.push(InPlace::Reference(self.id(target, reference)));
            if draft.reference_stands_alone() {
                return Ok(rules);
            }
        }
        for note in ["title", "description"] {
            from.string(note)?;
        }
        rules.types = types(&from)?;
        rules.choices = choices(&from)?;
        rules.number = assertions::number(&from)?;
        rules.string = self.strings(&from)?;
        rules.array = self.arrays(&from)?;
        rules.object = self.objects(&from)?;
        self.in_place(&from, &mut rules.in_place)?;
        if draft >= Draft::September2019 {
            self.dynamic(&from, &mut rules.in_place)?;
            rules.unevaluated_items = self.one(&from, "unevaluatedItems")?;
            rules.unevaluated_properties = self.one(&from, "unevaluatedProperties")?;
        }
        Ok(rules)
    }

    /// The keywords that apply schemas to the same value.
    fn in_place(&mut self, from: &Keywords<'d>, found: &mut Vec<InPlace>) -> Result<(), Invalid> {
        for (keyword, make) in [("allOf", InPlace::All as fn(Vec<Id>) -> InPlace), ("anyOf", InPlace::Any), ("oneOf", InPlace::One)] {
            let schemas = self.list(from, keyword)?;
            found.extend((!schemas.is_empty()).then(|| make(schemas)));
        }
        found.extend(self.one(from, "not")?.map(InPlace::Not));
        if from.draft >= Draft::Seven {
            let (then, otherwise) = (self.one(from, "then")?, self.one(from, "else")?);
            if let Some(test) = self.one(from, "if")? {
                found.push(InPlace::Condition { test, then, otherwise });
            }
        }
        Ok(())
    }

    /// The references whose target depends on the schemas that the validator has come through.
    fn dynamic(&mut self, from: &Keywords<'d>, found: &mut Vec<InPlace>) -> Result<(), Invalid> {
        let documents = self.documents;
        let keyword = if from.draft == Draft::September2019 { "$recursiveRef" } else { "$dynamicRef" };
        let Some(reference) = from.string(keyword)? else { return Ok(()) };
        let target = self.target(from, keyword, &reference)?;
        let (_, anchor) = uri::without_fragment(&reference);
        let recursive = from.draft == Draft::September2019;
        let named = |resource: usize| {
            if recursive {
                documents.root_of(resource).filter(|_| documents.is_recursive(resource))
            } else {
                documents.dynamic_anchor(resource, anchor)
            }
        };
        let fallback = self.id(target, reference.clone());
        if named(target.resource).is_none_or(|place| place.place != target.place) {
            found.push(InPlace::Reference(fallback));
            return Ok(());
        }
        let places = (0..documents.resources()).filter_map(|resource| Some((resource, named(resource)?)));
        let targets = places.map(|(resource, place)| (resource, self.id(place, reference.clone()))).collect();
        found.push(InPlace::Dynamic(Dynamic { fallback, targets }));
        Ok(())
    }

    fn target(&self, from: &Keywords<'d>, keyword: &str, reference: &str) -> Result<Place, Invalid> {
        self.documents.find(from.place, reference).ok_or_else(|| {
            from.wrong(keyword, format_args!("{reference} is neither in the schema nor among its references; nothing is fetched"))
        })
    }

    /// The schema of a keyword.
    fn one(&mut self, from: &Keywords<'d>, keyword: &str) -> Result<Option<Id>, Invalid> {
        let Some(view) = from.get(keyword) else { return Ok(None) };
        Ok(Some(self.below(from, view, format!("{}/{keyword}", from.path))))
    }

    /// The schemas of a keyword that has a list of them.
    fn list(&mut self, from: &Keywords<'d>, keyword: &str) -> Result<Vec<Id>, Invalid> {
        let Some(view) = from.get(keyword) else { return Ok(Vec::new()) };
        if view.kind() != Kind::Array || view.len() == 0 {
            return Err(from.wrong(keyword, "a list of schemas is expected"));
        }
        Ok(view.items().enumerate().map(|(i, item)| self.below(from, item, format!("{}/{keyword}/{i}", from.path))).collect())
    }

    fn below(&mut self, from: &Keywords<'d>, view: View<'d>, path: String) -> Id {
        self.id(self.documents.below(from.place, view), path)
    }

    fn pattern(&mut self, from: &Keywords<'d>, keyword: &str, text: &str) -> Result<Pattern, Invalid> {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            return Err(from.wrong(keyword, format_args!("the schema has more than {MAX_PATTERNS} patterns")));
        }
        Pattern::new(text).ok_or_else(|| from.wrong(keyword, format_args!("{text} is no regular expression, or too large")))
    }
}

fn types(from: &Keywords<'_>) -> Result<Option<Types>, Invalid> {
    let Some(view) = from.get("type") else { return Ok(None) };
    let named = |view: View<'_>| {
        let name = if view.kind() == Kind::String { view.string() } else { String::from_utf8_lossy(view.written()) };
        Types::named(&name).filter(|_| view.kind() == Kind::String).ok_or_else(|| from.wrong("type", format_args!("{name} is no type")))
    };
    if view.kind() != Kind::Array {
        return named(view).map(Some);
    }
    if view.len() == 0 {
        return Err(from.wrong("type", "a list of types is empty"));
    }
    view.items().try_fold(Types::default(), |all, item| Ok(all.and(named(item)?))).map(Some)
}

fn choices(from: &Keywords<'_>) -> Result<Vec<Choices>, Invalid> {
    let mut found = Vec::new();
    let again = |text: &[u8]| Tape::read(text, usize::MAX).map_err(Invalid::new);
    if let Some(view) = from.get("enum") {
        if view.kind() != Kind::Array {
            return Err(from.wrong("enum", "a list of values is expected"));
        }
        found.push(Choices::new(again(view.written())?));
    }
    if let Some(view) = from.get("const").filter(|_| from.draft >= Draft::Six) {
        found.push(Choices::new(again(&[b"[", view.written(), b"]"].concat())?));
    }
    Ok(found)
}
