//! Objects and arrays: what is added to them or removed from them depends on whether their content is open.
//!
//! Content is open if other properties or items may be anything: then a new one may have been there before, as something else. It is
//! closed if there may be none, and partly open if others must fit a schema, which then covers what is added or removed.

use super::{
    super::{
        documents::Place,
        draft::Draft,
        pattern::Pattern,
        tape::{Kind, View},
    },
    Comparison, Incompatibility, below, limits,
    model::{Group, Model},
    wrong,
};

/// What other properties or items may be.
enum Others {
    Open,
    Closed,
    /// The schema of the one that is asked about, if there is any.
    Partly(Option<Place>),
}

impl<'d> Comparison<'d, '_> {
    pub(super) fn objects(&mut self, reader: &Group<'d>, writer: &Group<'d>, path: &str) -> Vec<Incompatibility> {
        let mut found = limits::limits(limits::PROPERTIES, reader, writer, path);
        found.extend(self.additional(
            properties_beside(reader),
            properties_beside(writer),
            &below(path, "additionalProperties"),
            &PROPERTIES,
        ));
        found.extend(self.dependencies(reader, writer, path));
        for (name, schema) in entries(writer, "properties") {
            let path = below(path, &format!("properties/{}", name.string()));
            let written = writer.below(schema);
            match reader.get("properties").and_then(|p| p.get(name.raw())) {
                Some(read) => found.extend(self.schemas(reader.below(read), written, &path)),
                None => found.extend(self.removed(covering(reader, &name.string()), written, &path, &PROPERTIES)),
            }
        }
        for (name, schema) in entries(reader, "properties") {
            if writer.get("properties").and_then(|p| p.get(name.raw())).is_none() {
                found.extend(self.property_added(reader, writer, name, schema, path));
            }
        }
        for name in names(reader, "required") {
            let known = writer.get("properties").is_some_and(|p| p.get(name.raw()).is_some());
            if known && !has_name(writer, "required", name) && !has_default(reader, name) {
                let path = below(path, &format!("required/{}", name.string()));
                found.push(wrong("REQUIRED_ATTRIBUTE_ADDED", &path, "requires more"));
            }
        }
        found
    }

    fn property_added(
        &mut self,
        reader: &Group<'d>,
        writer: &Group<'d>,
        name: View<'d>,
        schema: View<'d>,
        path: &str,
    ) -> Vec<Incompatibility> {
        let others = covering(writer, &name.string());
        let open = matches!(others, Others::Open);
        let path = below(path, &format!("properties/{}", name.string()));
        let found = self.added(others, reader.below(schema), &path, &PROPERTIES);
        let required = has_name(reader, "required", name) && !has_default(reader, name);
        if found.is_empty() && required && !open {
            return vec![wrong("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", &path, "requires more")];
        }
        found
    }

    pub(super) fn arrays(&mut self, reader: &Group<'d>, writer: &Group<'d>, path: &str) -> Vec<Incompatibility> {
        let mut found = limits::limits(limits::ITEMS, reader, writer, path);
        let unique = |group: &Group<'d>| group.get("uniqueItems").is_some_and(|v| v.kind() == Kind::True);
        if unique(reader) && !unique(writer) {
            found.push(wrong("UNIQUE_ITEMS_ADDED", &below(path, "uniqueItems"), "limits more"));
        }
        let (read, written) = (Tuple::of(reader), Tuple::of(writer));
        if read.first.is_empty() && written.first.is_empty() {
            found.extend(self.items(read.rest, written.rest, &below(path, "items")));
            return found;
        }
        found.extend(self.additional(read.rest, written.rest, &below(path, "additionalItems"), &ITEMS));
        for number in 0..read.first.len().max(written.first.len()) {
            let path = below(path, &format!("items/{number}"));
            found.extend(match (read.first.get(number), written.first.get(number)) {
                (Some(r), Some(w)) => self.schemas(*r, *w, &path),
                (None, Some(w)) => self.removed(others(reader, read.rest), *w, &path, &ITEMS),
                (Some(r), None) => self.added(others(writer, written.rest), *r, &path, &ITEMS),
                (None, None) => Vec::new(),
            });
        }
        found
    }

    /// The one schema of all items.
    fn items(&mut self, reader: Option<Place>, writer: Option<Place>, path: &str) -> Vec<Incompatibility> {
        match (reader, writer) {
            (None, _) => Vec::new(),
            (Some(r), Some(w)) => self.schemas(r, w, path),
            (Some(r), None) if self.reader_allows_everything(r) => Vec::new(),
            (Some(_), None) => vec![wrong("SCHEMA_ADDED", path, "demands more")],
        }
    }

    /// What other properties or items may be, beside what they might have been.
    fn additional(&mut self, reader: Option<Place>, writer: Option<Place>, path: &str, words: &Words) -> Vec<Incompatibility> {
        let (read, written) = (Model::Everything, Model::Everything);
        let read = reader.map_or(read, |r| Model::Schema(r).open(self.reader));
        let written = writer.map_or(written, |w| Model::Schema(w).open(self.writer));
        match (read, written) {
            (Model::Everything, _) | (_, Model::Nothing) => Vec::new(),
            (Model::Nothing, _) => vec![wrong(words.others_removed, path, "allows nothing any more, which is less")],
            (_, Model::Everything) => vec![wrong(words.others_narrowed, path, "allows less")],
            (read, written) => self.models(&read, &written, path),
        }
    }

    /// Something that the reader names and the writer did not.
    fn added(&mut self, others: Others, reader: Place, path: &str, words: &Words) -> Vec<Incompatibility> {
        match others {
            Others::Closed => Vec::new(),
            _ if self.reader_allows_everything(reader) => Vec::new(),
            Others::Open => {
                vec![wrong(words.added_to_open, path, "names something that could have been there as something else, which is more")]
            }
            Others::Partly(cover) => {
                let inside = cover.map(|cover| self.schemas(reader, cover, path));
                uncovered(inside, words.added_not_covered, path)
            }
        }
    }

    /// Something that the writer named and the reader does not.
    fn removed(&mut self, others: Others, writer: Place, path: &str, words: &Words) -> Vec<Incompatibility> {
        match others {
            Others::Open => Vec::new(),
            _ if self.writer_allows_nothing(writer) => Vec::new(),
            Others::Closed => vec![wrong(words.removed_from_closed, path, "is missing, and others are not allowed, which is less")],
            Others::Partly(cover) => {
                let inside = cover.map(|cover| self.schemas(cover, writer, path));
                uncovered(inside, words.removed_not_covered, path)
            }
        }
    }

    fn dependencies(&mut self, reader: &Group<'d>, writer: &Group<'d>, path: &str) -> Vec<Incompatibility> {
        let keywords: &[&str] = if reader.draft() <= Draft::Seven { &["dependencies"] } else { &["dependentRequired", "dependentSchemas"] };
        let mut found = Vec::new();
        for (keyword, (name, value)) in keywords.iter().flat_map(|k| entries(reader, k).map(move |entry| (k, entry))) {
            let path = below(path, &format!("{keyword}/{}", name.string()));
            let list = value.kind() == Kind::Array;
            let written = ["dependencies", "dependentRequired", "dependentSchemas"]
                .iter()
                .filter_map(|k| writer.get(k)?.get(name.raw()))
                .find(|w| (w.kind() == Kind::Array) == list);
            found.extend(match written {
                None if list => vec![wrong("DEPENDENCY_ARRAY_ADDED", &path, "requires more")],
                None => vec![wrong("DEPENDENCY_SCHEMA_ADDED", &path, "requires more")],
                Some(written) if list => lists(value, written, &path),
                Some(written) => self.schemas(reader.below(value), writer.below(written), &path),
            });
        }
        found
    }
}

/// Lists of names that must be there: the reader may have none that the writer has not.
fn lists(reader: View<'_>, writer: View<'_>, path: &str) -> Vec<Incompatibility> {
    let within = |a: View<'_>, b: View<'_>| a.items().all(|x| b.items().any(|y| x.raw() == y.raw()));
    if within(reader, writer) {
        Vec::new()
    } else if within(writer, reader) {
        vec![wrong("DEPENDENCY_ARRAY_EXTENDED", path, "requires more")]
    } else {
        vec![wrong("DEPENDENCY_ARRAY_CHANGED", path, "requires something else")]
    }
}

/// What is wrong with something that a covering schema should cover: that it does not, and why.
fn uncovered(inside: Option<Vec<Incompatibility>>, kind: &'static str, path: &str) -> Vec<Incompatibility> {
    match inside {
        Some(inside) if inside.is_empty() => inside,
        inside => [vec![wrong(kind, path, "is not what others were allowed to be, but less")], inside.unwrap_or_default()].concat(),
    }
}

/// The registry's names for what happens to properties and to items.
struct Words {
    added_to_open: &'static str,
    added_not_covered: &'static str,
    removed_from_closed: &'static str,
    removed_not_covered: &'static str,
    others_removed: &'static str,
    others_narrowed: &'static str,
}

const PROPERTIES: Words = Words {
    added_to_open: "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    added_not_covered: "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    removed_from_closed: "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    removed_not_covered: "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    others_removed: "ADDITIONAL_PROPERTIES_REMOVED",
    others_narrowed: "ADDITIONAL_PROPERTIES_NARROWED",
};

const ITEMS: Words = Words {
    added_to_open: "ITEM_ADDED_TO_OPEN_CONTENT_MODEL",
    added_not_covered: "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    removed_from_closed: "ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    removed_not_covered: "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    others_removed: "ADDITIONAL_ITEMS_REMOVED",
    others_narrowed: "ADDITIONAL_ITEMS_NARROWED",
};

/// The schema of other properties. Since 2019-09 there are two keywords for it.
fn properties_beside(group: &Group<'_>) -> Option<Place> {
    let later = (group.draft() >= Draft::September2019).then(|| group.schema("unevaluatedProperties")).flatten();
    group.schema("additionalProperties").or(later)
}

/// What an object's content is for a property of this name that it does not name.
fn covering(group: &Group<'_>, name: &str) -> Others {
    let mut patterns = entries(group, "patternProperties").peekable();
    if patterns.peek().is_none() {
        return others(group, properties_beside(group));
    }
    let matching = patterns.find(|(pattern, _)| Pattern::new(&pattern.string()).and_then(|p| p.matches(name)).unwrap_or_default());
    match (matching, others(group, properties_beside(group))) {
        (Some((_, schema)), _) => Others::Partly(Some(group.below(schema))),
        (None, Others::Partly(schema)) => Others::Partly(schema),
        (None, Others::Closed) => Others::Partly(None),
        (None, Others::Open) => Others::Open,
    }
}

/// What content is whose other parts have this schema.
fn others(group: &Group<'_>, schema: Option<Place>) -> Others {
    match schema.map(|schema| Model::Schema(schema).open(group.documents)) {
        None | Some(Model::Everything) => Others::Open,
        Some(Model::Nothing) => Others::Closed,
        Some(_) => Others::Partly(schema),
    }
}

/// The schemas of an array's items.
struct Tuple {
    first: Vec<Place>,
    rest: Option<Place>,
}

impl Tuple {
    fn of(group: &Group<'_>) -> Self {
        let (list, rest) = if group.draft() == Draft::December2020 {
            (group.get("prefixItems"), group.schema("items"))
        } else {
            match group.get("items") {
                Some(list) if list.kind() == Kind::Array => (Some(list), group.schema("additionalItems")),
                _ => (None, group.schema("items")),
            }
        };
        Tuple { first: list.into_iter().flat_map(View::items).map(|item| group.below(item)).collect(), rest }
    }
}

fn entries<'d>(group: &Group<'d>, keyword: &str) -> impl Iterator<Item = (View<'d>, View<'d>)> + use<'d> {
    group.get(keyword).into_iter().flat_map(View::entries)
}

fn names<'d>(group: &Group<'d>, keyword: &str) -> impl Iterator<Item = View<'d>> + use<'d> {
    group.get(keyword).into_iter().flat_map(View::items)
}

fn has_name(group: &Group<'_>, keyword: &str, name: View<'_>) -> bool {
    names(group, keyword).any(|n| n.raw() == name.raw())
}

fn has_default(group: &Group<'_>, name: View<'_>) -> bool {
    group.get("properties").and_then(|p| p.get(name.raw())).is_some_and(|p| p.get(b"default").is_some())
}
