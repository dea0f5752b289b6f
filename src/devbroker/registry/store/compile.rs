//! From a text to a schema that can be compared: references looked up, the text read, and what was read kept for a while.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use super::{Content, Context, Found, MAX_SCHEMA_BYTES, Refusal, Selected, Shown, Store, Subject, Which};
use crate::{
    devbroker::registry::content::{AskedReference, Metadata, ReferenceTo, Submission},
    schema::{
        compiled::Compiled,
        kind::{Kind, Reference},
    },
};

/// How many schemas one may refer to, transitively.
const MAX_REFERENCES: usize = 1_000;
/// How many bytes of text these may have together.
const MAX_REFERENCE_BYTES: usize = 8 * 1024 * 1024;
/// How many schemas are kept as they were read. Reading one again takes less than a request.
const MAX_READ: usize = 1_000;
/// How many bytes of text these may have together; what is read of a text can be many times larger.
const MAX_READ_BYTES: usize = 16 * 1024 * 1024;

/// A schema that a request brings, read and ready to be compared or registered.
pub(super) struct Draft {
    pub content: Content,
    pub compiled: Arc<Compiled>,
}

/// Schemas that have been read; the one that was read first goes first.
#[derive(Default)]
pub(super) struct Cache {
    read: HashMap<(Context, i32), (Arc<Compiled>, usize)>,
    order: VecDeque<(Context, i32)>,
    bytes: usize,
}

impl Cache {
    fn get(&self, context: &Context, id: i32) -> Option<Arc<Compiled>> {
        self.read.get(&(context.clone(), id)).map(|(compiled, _)| compiled.clone())
    }

    fn keep(&mut self, context: &Context, id: i32, compiled: Arc<Compiled>, bytes: usize) {
        let key = (context.clone(), id);
        self.order.push_back(key.clone());
        self.bytes += bytes;
        if let Some((_, replaced)) = self.read.insert(key, (compiled, bytes)) {
            self.bytes = self.bytes.saturating_sub(replaced);
        }
        while self.order.len() > MAX_READ || self.bytes > MAX_READ_BYTES {
            let Some((context, id)) = self.order.pop_front() else { break };
            self.forget(&context, id);
        }
    }

    pub(super) fn forget(&mut self, context: &Context, id: i32) {
        if let Some((_, bytes)) = self.read.remove(&(context.clone(), id)) {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }
}

impl Store {
    /// Reads the schema that a request brings.
    ///
    /// # Errors
    /// If it is none, is too large, or refers to something that is not there.
    pub(super) fn draft(&self, subject: &Subject, submission: &Submission, normalize: bool) -> Result<Draft, Refusal> {
        let kind = match submission.kind.as_deref() {
            None => Kind::Avro,
            Some(name) => name.parse().map_err(|_| Refusal::InvalidSchema(format!("Invalid schema type {name}")))?,
        };
        let text = submission.text().ok_or_else(|| Refusal::InvalidSchema("Empty schema".to_owned()))?;
        if text.len() > MAX_SCHEMA_BYTES {
            return Err(Refusal::Full(format!("The schema has {} bytes; the embedded registry takes {MAX_SCHEMA_BYTES}", text.len())));
        }
        let invalid = |details: String| Refusal::InvalidSchema(described(subject, submission, kind, text, &details));
        let mut references = Vec::with_capacity(submission.references.len());
        for asked in &submission.references {
            references.push(self.reference(&subject.context, asked).map_err(invalid)?);
        }
        let resolved = self.resolve(&subject.context, &references).map_err(invalid)?;
        let compiled = Compiled::parse(kind, text, &resolved).map_err(|e| invalid(e.reason))?;
        let text = if normalize { compiled.normalized() } else { compiled.canonical() };
        if normalize {
            compiled.check_defaults().map_err(|e| invalid(e.reason))?;
            references.sort();
            references.dedup();
        }
        let content = Content { kind, text: text.into(), references, metadata: submission.metadata.clone() };
        Ok(Draft { content, compiled: Arc::new(compiled) })
    }

    /// A registered schema, as it was read.
    pub(super) fn compiled(&mut self, context: &Context, id: i32) -> Option<Arc<Compiled>> {
        if let Some(compiled) = self.cache.get(context, id) {
            return Some(compiled);
        }
        let content = self.contexts.get(context)?.ids.get(&id)?.content.clone();
        let resolved = self.resolve(context, &content.references).ok()?;
        let compiled = Arc::new(Compiled::parse(content.kind, &content.text, &resolved).ok()?);
        let bytes = content.text.len() + resolved.iter().map(|reference| reference.text.len()).sum::<usize>();
        self.cache.keep(context, id, compiled.clone(), bytes);
        Some(compiled)
    }

    /// A registered schema's text in another form.
    pub(super) fn text(&mut self, context: &Context, id: i32, content: &Content, form: Shown) -> Arc<str> {
        let other = || self.compiled(context, id).and_then(|compiled| compiled.shown(form));
        (form != Shown::Kept).then(other).flatten().map_or_else(|| content.text.clone(), Arc::from)
    }

    /// What a request refers to, if it is there and not deleted.
    fn reference(&self, context: &Context, asked: &AskedReference) -> Result<ReferenceTo, String> {
        let (Some(name), Some(subject), Some(version)) = (&asked.name, &asked.subject, asked.version) else {
            return Err(format!("Invalid reference: {asked}"));
        };
        let selected = match version {
            -1 => Selected::Latest,
            1.. => Selected::Number(version),
            _ => return Err(format!("{version} is not a version")),
        };
        let versions = self.versions(&Subject::parse(subject, context)).into_iter().flatten().rev();
        let mut live = versions.filter(|(_, version)| Which::Live.has(**version)).map(|(number, _)| *number);
        let found = live.find(|number| selected == Selected::Latest || selected == Selected::Number(*number));
        let version = found.ok_or_else(|| missing(subject, version))?;
        Ok(ReferenceTo { name: name.clone(), subject: subject.clone(), version })
    }

    /// The texts that a schema refers to, and those that these refer to, which stand before them.
    fn resolve(&self, context: &Context, references: &[ReferenceTo]) -> Result<Vec<Reference>, String> {
        let mut resolved = Resolved::default();
        self.gather(context, references, &mut resolved)?;
        Ok(resolved.in_order)
    }

    fn gather(&self, context: &Context, references: &[ReferenceTo], resolved: &mut Resolved) -> Result<(), String> {
        for reference in references {
            // One that is being gathered has its name here already: schemas that refer to each other end here, too.
            if !resolved.names.insert(reference.name.clone()) {
                continue;
            }
            let subject = Subject::parse(&reference.subject, context);
            let id = self.versions(&subject).and_then(|versions| versions.get(&reference.version)).map(|version| version.id);
            let entry = id.and_then(|id| self.room(&subject)?.ids.get(&id));
            let content = &entry.ok_or_else(|| missing(&reference.subject, reference.version))?.content;
            resolved.bytes += content.text.len();
            if resolved.names.len() > MAX_REFERENCES || resolved.bytes > MAX_REFERENCE_BYTES {
                return Err(format!("more than {MAX_REFERENCES} references, or {MAX_REFERENCE_BYTES} bytes of them"));
            }
            self.gather(&subject.context, &content.references, resolved)?;
            resolved.in_order.push(Reference { name: reference.name.clone(), text: content.text.clone() });
        }
        Ok(())
    }

    /// A version in an answer.
    pub(super) fn found(&mut self, subject: Subject, version: i32, id: i32, form: Shown) -> Option<Found> {
        let content = self.room(&subject)?.ids.get(&id)?.content.clone();
        let text = self.text(&subject.context, id, &content, form);
        Some(Found { subject, version, id, content, text })
    }
}

#[derive(Default)]
struct Resolved {
    names: HashSet<String>,
    in_order: Vec<Reference>,
    bytes: usize,
}

fn missing(subject: &str, version: i32) -> String {
    format!("No schema reference found for subject \"{subject}\" and version {version}")
}

/// The sentence that clients know for a schema that is none.
fn described(subject: &Subject, submission: &Submission, kind: Kind, text: &str, details: &str) -> String {
    let number = |number: Option<i32>| number.map_or_else(|| "null".to_owned(), |number| number.to_string());
    let (version, id) = (number(submission.version), number(submission.id));
    let references = submission.references.iter().map(AskedReference::to_string).collect::<Vec<_>>().join(", ");
    let metadata = submission.metadata.as_ref().map(Metadata::to_string).unwrap_or_else(|| "null".to_owned());
    format!(
        "Invalid schema {{subject={subject},version={version},id={id},schemaType={kind},references=[{references}],metadata={metadata},\
         ruleSet=null,schema={text},schemaTags=null}} with refs [{references}] of type {kind}, details: {details}"
    )
}
