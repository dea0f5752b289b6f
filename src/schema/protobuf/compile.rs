//! From texts to descriptors: a schema, what it refers to, and the files that everybody may import.
//!
//! protox resolves names and checks; it is handed a plain form of each text (see `lower.rs`), because it refuses things that
//! registries keep. Start with [`compile`].

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, FileDescriptor};
use protox::{
    Compiler, Error,
    file::{File as Source, FileResolver, GoogleFileResolver},
};

use super::{
    builtin, lower,
    lower::Features,
    text::{self, File, Import, Strength},
};
use crate::schema::kind::{Invalid, Reference};

/// The longest text, in bytes. A registry keeps each schema in one Kafka record, whose own limit is 1 MiB by default.
const MAX_TEXT: usize = 1 << 20;

/// The longest texts of a schema and of all that it refers to, together, in bytes.
const MAX_TEXTS: usize = 4 << 20;

/// A schema with all names resolved.
pub(super) struct Compiled {
    /// The schema as its writer wrote it.
    pub(super) tree: File,
    pub(super) pool: DescriptorPool,
    pub(super) file: FileDescriptor,
    /// What descriptors cannot say.
    pub(super) features: Features,
}

/// Resolves a schema.
///
/// # Errors
/// If a text is none, if a type is missing, or if a limit is passed.
pub(super) fn compile(text: &str, references: &[Reference]) -> Result<Compiled, Invalid> {
    let whole = references.iter().map(|r| r.text.len()).sum::<usize>().saturating_add(text.len());
    if text.len() > MAX_TEXT || whole > MAX_TEXTS {
        return Err(Invalid::new(format_args!("the schema is too large: at most {MAX_TEXT} bytes, {MAX_TEXTS} with its references")));
    }
    let tree = read(text)?;
    let mut texts = Texts { plain: BTreeMap::new(), features: Features::default() };
    let mut before = Vec::new();
    for reference in references {
        if !texts.plain.contains_key(&reference.name) {
            let tree = read(&reference.text).map_err(|e| Invalid::new(format_args!("in the reference {}: {e}", reference.name)))?;
            texts.add(&reference.name, &tree, &before);
            before.push(reference.name.as_str());
        }
    }
    // The schema itself has no name; any does that nobody imports.
    let mut name = "default".to_owned();
    while texts.plain.contains_key(&name) || tree.imports.iter().any(|i| i.path == name) {
        name.push('_');
    }
    texts.add(&name, &tree, &before);
    let features = texts.features.clone();
    let mut compiler = Compiler::with_file_resolver(texts);
    compiler.include_imports(true).open_file(&name).map_err(Invalid::new)?;
    let pool = compiler.descriptor_pool();
    let file = pool.get_file_by_name(&name).ok_or_else(|| Invalid::new("the compiled schema has no file"))?;
    Ok(Compiled { tree, pool, file, features })
}

/// The tree of a text, which may also be a `FileDescriptorProto` in base64, as some clients register them.
fn read(text: &str) -> Result<File, Invalid> {
    text::parse(text).or_else(|wrong| text::described(text).ok_or(wrong))
}

/// The texts that imports are looked up in, in their plain form.
struct Texts {
    plain: BTreeMap<String, String>,
    features: Features,
}

impl Texts {
    fn has(&self, name: &str) -> bool {
        self.plain.contains_key(name) || builtin::text(name).is_some() || GoogleFileResolver::new().open_file(name).is_ok()
    }

    /// An import that nobody has is left out: a schema may do without it. Instead the schema sees all that it refers to, for the
    /// names of references need not be those of imports.
    fn add(&mut self, name: &str, tree: &File, before: &[&str]) {
        let mut plain = lower::plain(tree, &mut self.features);
        let mut seen = BTreeSet::new();
        // Each path once: to look for one may be to compile it.
        let imports = tree.imports.iter().filter(|i| i.path != name && seen.insert(i.path.as_str())).cloned();
        let (found, missing): (Vec<_>, Vec<_>) = imports.partition(|i| self.has(&i.path));
        plain.imports = found;
        if !missing.is_empty() {
            let more = before.iter().filter(|path| !seen.contains(**path));
            plain.imports.extend(more.map(|path| Import { strength: Strength::Plain, path: (*path).to_owned() }));
        }
        self.plain.insert(name.to_owned(), plain.to_string());
    }
}

impl FileResolver for Texts {
    fn open_file(&self, name: &str) -> Result<Source, Error> {
        match self.plain.get(name).map(String::as_str).or_else(|| builtin::text(name)) {
            Some(text) => Source::from_source(name, text),
            None => GoogleFileResolver::new().open_file(name),
        }
    }
}
