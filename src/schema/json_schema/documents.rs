//! The texts that make up a schema, its own and those that it refers to, and what their URIs and anchors name.
//!
//! All names are collected when the texts are read; [`Documents::find`] then follows a reference without any network. Knows where schemas
//! stand in schemas, but not what keywords mean. Start with [`Documents::read`].

use std::collections::HashMap;

use super::{
    draft::Draft,
    tape::{Kind, Tape, View},
    uri,
};
use crate::schema::{
    json::writer,
    kind::{Invalid, Reference},
};

/// How deep a schema may nest. People's schemas stay below 30.
const MAX_LEVELS: usize = 200;

/// The most text that a schema and its references may have, in bytes: what fits into one record of a registry's topic.
const MAX_BYTES: usize = 1 << 20;

/// From how many items or members on an array or object is indexed.
const LARGE: usize = 32;

/// Keywords that hold one schema, a list of schemas, or an object of schemas by name, each in some draft. One that a draft does not know
/// does no harm here: only names are collected.
const HOLDS_ONE: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const HOLDS_LIST: &[&str] = &["allOf", "anyOf", "items", "oneOf", "prefixItems"];
const HOLDS_NAMED: &[&str] = &["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// A place where a schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) document: usize,
    /// On the document's tape.
    pub(super) place: usize,
    pub(super) resource: usize,
}

/// A schema with a URI of its own, and all in it that has none.
#[derive(Debug)]
pub(super) struct Resource {
    uri: String,
    pub(super) draft: Draft,
    document: usize,
    root: usize,
    /// By name; true for those of `$dynamicAnchor`.
    anchors: HashMap<String, (usize, bool)>,
    /// `$recursiveAnchor` of draft 2019-09.
    pub(super) recursive: bool,
}

/// All texts and names of a schema.
#[derive(Debug)]
pub(super) struct Documents {
    own: Tape,
    /// What it refers to: document 1 and on.
    others: Vec<Tape>,
    resources: Vec<Resource>,
    by_uri: HashMap<String, usize>,
    /// The resource of each place at which a schema is known to stand.
    places: HashMap<(usize, usize), usize>,
    /// Where things are in the large arrays and objects: thousands of references into one must not search it each time.
    large: HashMap<(usize, usize), Inside>,
}

/// What a large array or object holds, as places on the tape.
#[derive(Debug)]
enum Inside {
    Items(Vec<usize>),
    /// By name, as compact text writes it; of repeated members the last one.
    Members(HashMap<Box<[u8]>, usize>),
}

impl Documents {
    /// Reads the schema's own text and those that it refers to.
    pub(super) fn read(text: &str, references: &[Reference]) -> Result<Self, Invalid> {
        if references.iter().map(|r| r.text.len()).sum::<usize>().saturating_add(text.len()) > MAX_BYTES {
            return Err(Invalid::new(format_args!("the schema and what it refers to are larger than {MAX_BYTES} bytes")));
        }
        let own = Tape::read(text.as_bytes(), MAX_LEVELS).map_err(|e| Invalid::new(format_args!("no JSON: {e}")))?;
        let mut documents = Documents {
            own,
            others: Vec::new(),
            resources: Vec::new(),
            by_uri: HashMap::new(),
            places: HashMap::new(),
            large: HashMap::new(),
        };
        documents.name(0, "");
        let base = documents.resources.first().map(|r| r.uri.clone()).unwrap_or_default();
        for reference in references {
            let tape = Tape::read(reference.text.as_bytes(), MAX_LEVELS)
                .map_err(|e| Invalid::new(format_args!("the schema {} is no JSON: {e}", reference.name)))?;
            documents.others.push(tape);
            // The name is what `$ref` says, which means something else below an `$id`.
            let (name, _) = uri::without_fragment(&reference.name);
            let resource = documents.name(documents.others.len(), &uri::resolve(&base, name));
            documents.by_uri.entry(name.to_owned()).or_insert(resource);
        }
        Ok(documents)
    }

    /// The whole schema.
    pub(super) fn root(&self) -> Place {
        Place { document: 0, place: 0, resource: 0 }
    }

    /// What stands at a place.
    pub(super) fn view(&self, place: Place) -> View<'_> {
        self.tape(place.document).view(place.place)
    }

    /// The text of the schema itself.
    pub(super) fn own(&self) -> &Tape {
        &self.own
    }

    pub(super) fn draft(&self, place: Place) -> Draft {
        self.resources.get(place.resource).map_or(Draft::Seven, |r| r.draft)
    }

    /// The schema that stands below another one, at this place of the same document.
    pub(super) fn below(&self, around: Place, view: View<'_>) -> Place {
        let place = view.place();
        let resource = self.places.get(&(around.document, place)).copied().unwrap_or(around.resource);
        Place { place, resource, ..around }
    }

    /// What a reference at a place names, if that is among the texts.
    pub(super) fn find(&self, from: Place, reference: &str) -> Option<Place> {
        let (name, fragment) = uri::without_fragment(reference);
        let resource = if name.is_empty() {
            from.resource
        } else {
            let base = self.resources.get(from.resource).map_or("", |r| r.uri.as_str());
            self.by_uri.get(&uri::resolve(base, name)).or_else(|| self.by_uri.get(name)).copied()?
        };
        let root = self.root_of(resource)?;
        match uri::pointer(fragment) {
            Some(steps) => steps.iter().try_fold(root, |place, step| self.step(place, step)),
            None => {
                let (place, _) = self.resources.get(resource)?.anchors.get(fragment)?;
                Some(Place { place: *place, ..root })
            }
        }
    }

    /// The root of a resource.
    pub(super) fn root_of(&self, resource: usize) -> Option<Place> {
        self.resources.get(resource).map(|r| Place { document: r.document, place: r.root, resource })
    }

    /// The place that a resource gives a `$dynamicAnchor`.
    pub(super) fn dynamic_anchor(&self, resource: usize, name: &str) -> Option<Place> {
        let found = self.resources.get(resource)?;
        let (place, dynamic) = found.anchors.get(name)?;
        dynamic.then_some(Place { document: found.document, place: *place, resource })
    }

    /// True if the resource says `$recursiveAnchor`.
    pub(super) fn is_recursive(&self, resource: usize) -> bool {
        self.resources.get(resource).is_some_and(|r| r.recursive)
    }

    /// How many schemas have a URI of their own.
    pub(super) fn resources(&self) -> usize {
        self.resources.len()
    }

    fn tape(&self, document: usize) -> &Tape {
        document.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.own)
    }

    fn step(&self, from: Place, step: &str) -> Option<Place> {
        let view = self.view(from);
        let found = match view.kind() {
            Kind::Object => {
                let mut name = Vec::new();
                writer::string(&mut name, step);
                let name = name.get(1..name.len().saturating_sub(1))?;
                match self.large.get(&(from.document, from.place)) {
                    Some(Inside::Members(places)) => self.tape(from.document).view(*places.get(name)?),
                    _ => view.get(name)?,
                }
            }
            Kind::Array => {
                let number = step.parse().ok()?;
                match self.large.get(&(from.document, from.place)) {
                    Some(Inside::Items(places)) => self.tape(from.document).view(*places.get::<usize>(number)?),
                    _ => view.items().nth(number)?,
                }
            }
            _ => return None,
        };
        Some(self.below(from, found))
    }

    /// Collects the names in a document that is known by this URI, and returns the resource that it is.
    fn name(&mut self, document: usize, base: &str) -> usize {
        let root = self.tape(document).root();
        let draft = declared(root).unwrap_or(Draft::Seven);
        let mut found = Names { document, resources: Vec::new(), first: self.resources.len(), places: Vec::new() };
        let uri = uri::resolve(base, &id(root, draft).map_or(String::new(), |(uri, _)| uri));
        let resource = found.resource(root, uri, draft);
        found.schema(root, resource);
        let Names { resources, places, .. } = found;
        let tape = self.tape(document);
        let large = (0..tape.len()).map(|place| tape.view(place)).filter(|view| view.len() > LARGE);
        let large: Vec<_> = large.map(|view| ((document, view.place()), Inside::of(view))).collect();
        self.large.extend(large);
        self.places.extend(places.into_iter().map(|(place, resource)| ((document, place), resource)));
        for found in resources {
            self.by_uri.entry(found.uri.clone()).or_insert(self.resources.len());
            self.resources.push(found);
        }
        self.by_uri.entry(base.to_owned()).or_insert(resource);
        resource
    }
}

impl Inside {
    fn of(view: View<'_>) -> Self {
        match view.kind() {
            Kind::Object => Inside::Members(view.members().map(|(name, value)| (name.into(), value.place())).collect()),
            _ => Inside::Items(view.items().map(View::place).collect()),
        }
    }
}

/// Collects the names in one document.
struct Names {
    document: usize,
    resources: Vec<Resource>,
    /// The number of the first of them.
    first: usize,
    places: Vec<(usize, usize)>,
}

impl Names {
    fn resource(&mut self, root: View<'_>, uri: String, draft: Draft) -> usize {
        let recursive = draft == Draft::September2019 && root.get(b"$recursiveAnchor").is_some_and(|v| v.kind() == Kind::True);
        let anchors = HashMap::new();
        self.resources.push(Resource { uri, draft, document: self.document, root: root.place(), anchors, recursive });
        self.first + self.resources.len() - 1
    }

    fn schema(&mut self, view: View<'_>, around: usize) {
        if view.kind() != Kind::Object {
            return;
        }
        let mut resource = around;
        let Some((draft, uri, root)) = self.get(around).map(|r| (r.draft, r.uri.clone(), r.root)) else { return };
        if !(draft.reference_stands_alone() && view.get(b"$ref").is_some()) {
            if let Some((name, anchor)) = id(view, draft) {
                if !name.is_empty() && view.place() != root {
                    resource = self.resource(view, uri::resolve(&uri, &name), declared(view).unwrap_or(draft));
                }
                self.anchor(resource, anchor, view, false);
            }
            if draft > Draft::Seven {
                self.anchor(resource, text(view, b"$anchor"), view, false);
            }
            if draft == Draft::December2020 {
                self.anchor(resource, text(view, b"$dynamicAnchor"), view, true);
            }
        }
        self.places.push((view.place(), resource));
        for (name, value) in view.members() {
            let name = std::str::from_utf8(name).unwrap_or_default();
            if HOLDS_ONE.contains(&name) && value.kind() == Kind::Object {
                self.schema(value, resource);
            } else if HOLDS_LIST.contains(&name) {
                value.items().for_each(|item| self.schema(item, resource));
            } else if HOLDS_NAMED.contains(&name) {
                value.members().for_each(|(_, schema)| self.schema(schema, resource));
            }
        }
    }

    fn get(&self, resource: usize) -> Option<&Resource> {
        self.resources.get(resource.checked_sub(self.first)?)
    }

    fn anchor(&mut self, resource: usize, name: Option<String>, view: View<'_>, dynamic: bool) {
        let resource = resource.checked_sub(self.first).and_then(|r| self.resources.get_mut(r));
        if let (Some(resource), Some(name)) = (resource, name) {
            resource.anchors.insert(name, (view.place(), dynamic));
        }
    }
}

/// The draft that a schema says it is of.
fn declared(view: View<'_>) -> Option<Draft> {
    Draft::named(&text(view, b"$schema")?)
}

/// The URI and the anchor in a schema's `$id`; up to draft 7 that is how anchors were written.
fn id(view: View<'_>, draft: Draft) -> Option<(String, Option<String>)> {
    let id = text(view, draft.id())?;
    let (uri, fragment) = uri::without_fragment(&id);
    let anchor = (draft <= Draft::Seven && !fragment.is_empty() && !fragment.starts_with('/')).then(|| fragment.to_owned());
    Some((uri.to_owned(), anchor))
}

fn text(view: View<'_>, keyword: &[u8]) -> Option<String> {
    view.get(keyword).filter(|v| v.kind() == Kind::String).map(|v| v.string().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(documents: &Documents, reference: &str) -> Option<String> {
        let place = documents.find(documents.root(), reference)?;
        Some(String::from_utf8_lossy(documents.view(place).written()).into_owned())
    }

    fn reference(name: &str, text: &str) -> Reference {
        Reference { name: name.to_owned(), text: text.into() }
    }

    #[test]
    fn references_name_schemas_in_all_texts() {
        let text = r##"{"$schema":"http://json-schema.org/draft-07/schema#","$id":"http://x/dir/root.json",
            "definitions":{"a b":{"const":1},"c":{"$id":"c.json","const":2,"definitions":{"d":{"const":3}}},"e":{"$id":"#e","const":4},
                "f":{"$ref":"#","$id":"f.json"}},"enum":[{"$id":"http://x/no.json"}],"x":[{"const":5}]}"##;
        let others = [
            reference("in.json", r#"{"const":6,"definitions":{"g":{"const":7}}}"#),
            reference("other.json#/x", r#"{"$id":"urn:o","const":8}"#),
        ];
        let documents = Documents::read(text, &others).unwrap();
        for (reference, want, why) in [
            ("#/definitions/a%20b", Some(r#"{"const":1}"#), "a pointer"),
            ("c.json#/definitions/d", Some(r#"{"const":3}"#), "a pointer in a schema with an id"),
            ("http://x/dir/c.json#/definitions/d", Some(r#"{"const":3}"#), "the same in full"),
            ("#/definitions/c/definitions/d", Some(r#"{"const":3}"#), "the same from outside"),
            ("#e", Some(r##"{"$id":"#e","const":4}"##), "an anchor"),
            ("#/x/0", Some(r#"{"const":5}"#), "in a keyword that nobody knows"),
            ("in.json#/definitions/g", Some(r#"{"const":7}"#), "another text, by name"),
            ("http://x/dir/in.json#/definitions/g", Some(r#"{"const":7}"#), "the same resolved"),
            ("other.json", Some(r#"{"$id":"urn:o","const":8}"#), "a name with a fragment"),
            ("urn:o", Some(r#"{"$id":"urn:o","const":8}"#), "another text, by its id"),
            ("f.json", None, "an id beside a reference"),
            ("http://x/no.json", None, "an id in a value"),
            ("#/definitions/none", None, "nothing there"),
            ("#none", None, "no such anchor"),
            ("http://json-schema.org/draft-07/schema#", None, "never fetched"),
        ] {
            assert_eq!(found(&documents, reference).as_deref(), want, "{why}");
        }
        assert_eq!(found(&documents, "#").as_deref(), std::str::from_utf8(documents.own().text()).ok());
    }

    #[test]
    fn later_drafts_have_keywords_for_anchors() {
        let text = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"a":{"$anchor":"A"},"b":{"$dynamicAnchor":"B"}}}"#;
        let documents = Documents::read(text, &[]).unwrap();
        assert_eq!(found(&documents, "#A").as_deref(), Some(r#"{"$anchor":"A"}"#));
        assert_eq!(found(&documents, "#B").as_deref(), Some(r#"{"$dynamicAnchor":"B"}"#));
        assert!(documents.dynamic_anchor(0, "B").is_some() && documents.dynamic_anchor(0, "A").is_none());
        assert_eq!(documents.draft(documents.root()), Draft::December2020);
    }

    #[test]
    fn what_is_too_large_or_no_json_is_refused() {
        assert!(Documents::read("nope", &[]).is_err());
        assert!(Documents::read("{}", &[reference("a", "nope")]).unwrap_err().reason.contains("the schema a"));
        assert!(Documents::read(&format!("\"{}\"", "x".repeat(MAX_BYTES)), &[]).is_err());
        assert!(Documents::read(&"[".repeat(MAX_LEVELS + 1), &[]).is_err());
    }
}
