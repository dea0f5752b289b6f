//! From the text of a schema to its types, by the rules of Avro's Java library, whose sentences about what is wrong people know.
//!
//! Does not look at defaults: the registry takes any. Start with [`Parser::schema`].

use std::collections::HashMap;

use super::{
    logical::Logical,
    name::{self, Name},
    tree::Tree,
    types::{Enum, Field, Fixed, Index, Named, Record, Shape, Type, TypeId, Types, Union},
};
use crate::schema::{json::reader::Reader, kind::Invalid};

/// How long the text of a schema may be, in bytes: more than a registry's topic takes. What grows with it stays small.
const MAX_TEXT: usize = 1 << 20;

/// How deep the text of a schema may nest. Each level of types takes at least one, so that reading them fits any stack.
const MAX_LEVELS: usize = 256;

/// How many types may be inside one another where each is defined before the next one, which no text needs to nest for. Whoever
/// follows types into each other fits any stack.
const MAX_DEPTH: usize = 256;

/// How many types a union may have: its values are tried against all of them in the lenient form.
const MAX_BRANCHES: usize = 1000;

/// Members of a type that are no properties. Those of a field are others.
const OF_TYPES: [&str; 10] = ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];
const OF_FIELDS: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];

/// What has been parsed so far: later schemas may name the types of earlier ones.
#[derive(Default)]
pub(super) struct Parser {
    types: Types,
    names: HashMap<String, TypeId>,
}

impl Parser {
    /// Reads the text of a schema.
    ///
    /// # Errors
    /// If the text is no JSON, too long or too deep, or no schema.
    pub(super) fn schema(&mut self, text: &str) -> Result<TypeId, Invalid> {
        if text.len() > MAX_TEXT {
            return Err(Invalid::new(format_args!("longer than {MAX_TEXT} bytes")));
        }
        let mut r = Reader::over(text, MAX_LEVELS).with_comments();
        let tree = Tree::read(&mut r).map_err(|e| Invalid::new(format_args!("not JSON: {e}")))?;
        if r.end().is_err() {
            let rest = text.get(r.offset()..).unwrap_or_default();
            return Err(Invalid::new(format_args!("dangling content after end of schema: {rest}")));
        }
        self.any(&tree, None)
    }

    /// All types that were read.
    pub(super) fn types(&self) -> &Types {
        &self.types
    }

    /// All types that were read, when nothing more is to come.
    pub(super) fn finish(self) -> Types {
        self.types
    }

    fn any(&mut self, tree: &Tree, namespace: Option<&str>) -> Result<TypeId, Invalid> {
        match tree {
            Tree::String(word) => self
                .word(word, namespace)
                .ok_or_else(|| Invalid::new(format_args!("\"{word}\" is not a defined name. It must be a type that is defined before."))),
            Tree::Object(members) => self.object(tree, members, namespace),
            Tree::Array(branches) => self.union(tree, branches, namespace),
            Tree::Null | Tree::Boolean(_) | Tree::Number(_) => Err(Invalid::new(format_args!("Schema not yet supported: {tree}"))),
        }
    }

    /// A type that is only named.
    fn word(&mut self, word: &str, namespace: Option<&str>) -> Option<TypeId> {
        match primitive(word) {
            Some(shape) => Some(self.types.add(Type { shape, properties: Vec::new(), logical: None, depth: 1 })),
            None => {
                let near = Name::new(word, namespace);
                // Without a namespace it may be meant from inside one.
                self.names.get(near.full()).or_else(|| self.names.get(word)).copied()
            }
        }
    }

    fn object(&mut self, tree: &Tree, members: &[(String, Tree)], namespace: Option<&str>) -> Result<TypeId, Invalid> {
        let word = tree.get("type").and_then(Tree::text).ok_or_else(|| Invalid::new(format_args!("No type: {tree}")))?;
        let shape = match word {
            "array" => {
                let items = tree.get("items").ok_or_else(|| Invalid::new(format_args!("Array has no items type: {tree}")))?;
                Shape::Array(self.any(items, namespace)?)
            }
            "map" => {
                let values = tree.get("values").ok_or_else(|| Invalid::new(format_args!("Map has no values type: {tree}")))?;
                Shape::Map(self.any(values, namespace)?)
            }
            "record" | "error" => return self.record(tree, members, namespace, word == "error"),
            "enum" => {
                let shape = Shape::Enum(symbols(tree, self.named(tree, namespace)?)?);
                return self.add_named(shape, own(members, true));
            }
            "fixed" => {
                let shape = Shape::Fixed(fixed(tree, self.named(tree, namespace)?)?);
                return self.add_named(shape, own(members, false));
            }
            _ => match primitive(word) {
                Some(shape) => shape,
                None => return self.word(word, namespace).ok_or_else(|| Invalid::new(format_args!("Type not supported: {word}"))),
            },
        };
        self.add(shape, own(members, false))
    }

    fn add(&mut self, shape: Shape, properties: Vec<(String, Tree)>) -> Result<TypeId, Invalid> {
        let depth = match &shape {
            Shape::Array(inside) | Shape::Map(inside) => self.depth([*inside])?,
            Shape::Union(union) => self.depth(union.branches.iter().copied())?,
            _ => 1,
        };
        Ok(self.types.add(Type { logical: Logical::of(&shape, &properties), shape, properties, depth }))
    }

    /// How deep a type is that has these in it.
    fn depth(&self, inside: impl IntoIterator<Item = TypeId>) -> Result<usize, Invalid> {
        match inside.into_iter().map(|id| self.types.at(id).depth).max().unwrap_or(0) + 1 {
            depth @ 0..=MAX_DEPTH => Ok(depth),
            _ => Err(Invalid::new(format_args!("more than {MAX_DEPTH} types inside one another"))),
        }
    }

    /// Name, doc and aliases of a type. The name must be a new one.
    fn named(&self, tree: &Tree, namespace: Option<&str>) -> Result<Named, Invalid> {
        let namespace = tree.get("namespace").and_then(Tree::text).or(namespace);
        let name = tree.get("name").and_then(Tree::text).ok_or_else(|| Invalid::new(format_args!("No name in schema: {tree}")))?;
        let name = Name::new(name, namespace);
        name.check()?;
        if self.names.contains_key(name.full()) {
            return Err(Invalid::new(format_args!("Can't redefine: {name}")));
        }
        let mut aliases = Vec::new();
        for alias in aliases_of(tree)? {
            let alias = Name::new(&alias, name.namespace());
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        Ok(Named { doc: text_of(tree, "doc"), name, aliases })
    }

    fn add_named(&mut self, shape: Shape, properties: Vec<(String, Tree)>) -> Result<TypeId, Invalid> {
        let name = shape.named().map(|named| named.name.full().to_owned()).unwrap_or_default();
        let id = self.add(shape, properties)?;
        self.names.insert(name, id);
        Ok(id)
    }

    fn record(&mut self, tree: &Tree, members: &[(String, Tree)], namespace: Option<&str>, error: bool) -> Result<TypeId, Invalid> {
        let named = self.named(tree, namespace)?;
        let name = named.name.clone();
        let Some(Tree::Array(list)) = tree.get("fields") else {
            return Err(Invalid::new(format_args!("Record has no fields: {tree}")));
        };
        let record = Record { named, error, fields: Vec::new(), names: Index::default() };
        let id = self.add_named(Shape::Record(record), own(members, false))?;
        let mut fields = Vec::with_capacity(list.len());
        for field in list {
            fields.push(self.field(field, name.namespace())?);
        }
        let names = Index::new(fields.iter().map(|f| f.name.as_str())).map_err(|(field, first, second)| {
            Invalid::new(format_args!("Duplicate field {field} in record {name}: at {second} and at {first}"))
        })?;
        let inside = self.depth(fields.iter().map(|field| field.of))?;
        if let Some(Type { shape: Shape::Record(record), depth, .. }) = self.types.at_mut(id) {
            (record.fields, record.names, *depth) = (fields, names, inside);
        }
        Ok(id)
    }

    fn field(&mut self, tree: &Tree, namespace: Option<&str>) -> Result<Field, Invalid> {
        let Tree::Object(members) = tree else { return Err(Invalid::new(format_args!("No field name: {tree}"))) };
        let name = text_of(tree, "name").ok_or_else(|| Invalid::new(format_args!("No field name: {tree}")))?;
        name::check(&name)?;
        let of = match tree.get("type") {
            None => return Err(Invalid::new(format_args!("No field type: {tree}"))),
            Some(Tree::String(word)) => self.word(word, namespace).ok_or_else(|| {
                Invalid::new(format_args!(
                    "\"{word}\" is not a defined name. The type of the \"{name}\" field must be a defined name or a {{\"type\": ...}} expression."
                ))
            })?,
            Some(other) => self.any(other, namespace)?,
        };
        let default = match (self.types.at(of), tree.get("default")) {
            // A decimal given as text is taken as the decimal.
            (Type { shape: Shape::Float | Shape::Double, .. }, Some(Tree::String(text))) => Some(decimal(text)),
            (_, default) => default.cloned(),
        };
        Ok(Field {
            of,
            doc: text_of(tree, "doc"),
            default,
            encoded: None,
            order: order(tree)?,
            aliases: aliases_of(tree)?,
            properties: members.iter().filter(|(member, _)| !OF_FIELDS.contains(&member.as_str())).cloned().collect(),
            name,
        })
    }

    fn union(&mut self, tree: &Tree, list: &[Tree], namespace: Option<&str>) -> Result<TypeId, Invalid> {
        if list.len() > MAX_BRANCHES {
            return Err(Invalid::new(format_args!("a union of more than {MAX_BRANCHES} types")));
        }
        let mut branches = Vec::with_capacity(list.len());
        for branch in list {
            branches.push(self.any(branch, namespace)?);
        }
        let shapes = || branches.iter().map(|branch| &self.types.at(*branch).shape);
        if shapes().any(|shape| matches!(shape, Shape::Union(_))) {
            return Err(Invalid::new(format_args!("Nested union: {tree}")));
        }
        let names = Index::new(shapes().map(Shape::tag)).map_err(|(tag, _, _)| Invalid::new(format_args!("Duplicate in union:{tag}")))?;
        let null = shapes().position(|shape| matches!(shape, Shape::Null));
        let tags = shapes().map(|shape| shape.tag().to_owned()).collect();
        self.add(Shape::Union(Union { tags, names, null, branches }), Vec::new())
    }
}

fn primitive(word: &str) -> Option<Shape> {
    Some(match word {
        "null" => Shape::Null,
        "boolean" => Shape::Boolean,
        "int" => Shape::Int,
        "long" => Shape::Long,
        "float" => Shape::Float,
        "double" => Shape::Double,
        "bytes" => Shape::Bytes,
        "string" => Shape::String,
        _ => return None,
    })
}

fn symbols(tree: &Tree, named: Named) -> Result<Enum, Invalid> {
    let Some(Tree::Array(list)) = tree.get("symbols") else {
        return Err(Invalid::new(format_args!("Enum has no symbols: {tree}")));
    };
    let mut symbols = Vec::with_capacity(list.len());
    for symbol in list {
        let symbol = symbol.text().ok_or_else(|| Invalid::new(format_args!("Illegal symbol: {symbol}")))?;
        name::check(symbol)?;
        symbols.push(symbol.to_owned());
    }
    let names = Index::new(symbols.iter().map(String::as_str))
        .map_err(|(twice, _, _)| Invalid::new(format_args!("Duplicate enum symbol: {twice}")))?;
    let default = text_of(tree, "default");
    if let Some(unknown) = default.as_deref().filter(|d| names.find(d).is_none()) {
        let known = symbols.join(", ");
        return Err(Invalid::new(format_args!("The Enum Default: {unknown} is not in the enum symbol set: [{known}]")));
    }
    Ok(Enum { named, symbols, names, default })
}

fn fixed(tree: &Tree, named: Named) -> Result<Fixed, Invalid> {
    let size: i32 = tree.get("size").and_then(Tree::integer).ok_or_else(|| Invalid::new(format_args!("Invalid or no size: {tree}")))?;
    let size = usize::try_from(size).map_err(|_| Invalid::new(format_args!("Malformed data. Length is negative: {size}")))?;
    Ok(Fixed { named, size })
}

/// What a type has beyond the members that Avro knows. An enum's default is one of those.
fn own(members: &[(String, Tree)], default_is_known: bool) -> Vec<(String, Tree)> {
    let known = |name: &str| OF_TYPES.contains(&name) || (default_is_known && name == "default");
    members.iter().filter(|(name, _)| !known(name)).cloned().collect()
}

fn text_of(tree: &Tree, member: &str) -> Option<String> {
    tree.get(member).and_then(Tree::text).map(str::to_owned)
}

fn aliases_of(tree: &Tree) -> Result<Vec<String>, Invalid> {
    match tree.get("aliases") {
        None => Ok(Vec::new()),
        Some(Tree::Array(list)) => list
            .iter()
            .map(|alias| alias.text().map(str::to_owned).ok_or_else(|| Invalid::new(format_args!("alias not a string: {alias}"))))
            .collect(),
        Some(other) => Err(Invalid::new(format_args!("aliases not an array: {other}"))),
    }
}

fn order(tree: &Tree) -> Result<Option<&'static str>, Invalid> {
    match tree.get("order").and_then(Tree::text) {
        None => Ok(None),
        Some(order) if order.eq_ignore_ascii_case("ascending") => Ok(None),
        Some(order) if order.eq_ignore_ascii_case("descending") => Ok(Some("descending")),
        Some(order) if order.eq_ignore_ascii_case("ignore") => Ok(Some("ignore")),
        Some(other) => Err(Invalid::new(format_args!("the order of a field is ascending, descending or ignore, not {other}"))),
    }
}

/// A default that is text for a decimal type.
fn decimal(text: &str) -> Tree {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Tree::Number(super::tree::double(value)),
        Ok(_) | Err(_) => Tree::String(text.to_owned()),
    }
}
