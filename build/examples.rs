//! Reads the examples of operations, `proto/examples/*/*.json`, for the OpenAPI document. That they are true is shown by the black-box
//! tests, which send each of them (`tests/blackbox/checks/examples.rs`). CONTRIBUTING.md tells how one is written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    model::{Binding, Method, Model},
    openapi::JSON,
    options::Media,
    template::{Part, Template},
};

/// A request and its answer.
pub struct Example {
    /// `GET /v3/clusters`.
    pub request: String,
    /// What it shows.
    pub about: Option<String>,
    /// Media type and value.
    pub body: Option<(String, Value)>,
    pub answer: Option<(String, Value)>,
    /// Of the answer.
    pub status: u16,
}

/// All examples, by verb and template of the path; and what path variables stand for in them.
#[derive(Default)]
pub struct Examples {
    operations: BTreeMap<(String, String), Vec<Example>>,
    pub variables: BTreeMap<String, String>,
}

type Failure = Box<dyn std::error::Error>;

impl Examples {
    /// # Errors
    /// A file is no JSON, or an example is for no operation or lacks a member; the error names the place.
    pub fn read(folder: &Path, model: &Model) -> Result<Self, Failure> {
        let mut examples = Self::default();
        let mut files = Vec::new();
        find(folder, &mut files)?;
        files.sort();
        for file in files {
            let place = file.display();
            let content: Value = serde_json::from_str(&fs::read_to_string(&file)?).map_err(|e| format!("{place}: {e}"))?;
            for step in content["steps"].as_array().ok_or_else(|| format!("{place}: no list `steps`"))? {
                if let Some(request) = step["request"].as_str() {
                    examples.add(request, step, model).map_err(|e| format!("{place}: {request}: {e}"))?;
                }
            }
        }
        Ok(examples)
    }

    /// The examples of an operation, in the order of the files.
    pub fn of(&self, binding: &Binding) -> &[Example] {
        self.operations.get(&key(binding)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, request: &str, step: &Value, model: &Model) -> Result<(), Failure> {
        let (verb, target) = request.split_once(' ').ok_or("no verb and path")?;
        let path = target.split('?').next().unwrap_or_default();
        let bindings = model.services.iter().flat_map(|s| &s.methods).flat_map(|m| m.bindings.iter().map(move |b| (m, b)));
        // Of two templates the one with fewer variables is meant: `topics/-/configs` before `topics/{topic_name}/configs`.
        let matching = bindings.filter(|(_, b)| b.verb == verb).filter_map(|(m, b)| Some((m, b, matched(&b.path, path)?)));
        let (method, binding, values) = matching.min_by_key(|(.., values)| values.len()).ok_or("there is no such operation")?;
        for (name, value) in values {
            self.variables.entry(name).or_insert(value);
        }
        let media = |member: &str, declared: Option<&Vec<Media>>| {
            let first = || declared.and_then(|d| d.first()).map_or(JSON, |m| m.name.as_str());
            step[member].as_str().unwrap_or_else(first).to_owned()
        };
        let part = |member: &str, media: String| step.get(member).map(|value| (media, value.clone()));
        let answer = part("answer", media("accept", method.produces.as_ref()));
        let status = step["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(method.success);
        if status != method.success && Some(status) != method.other_success {
            return Err(format!("it does not answer {status} with success").into());
        }
        if answer.is_none() && method.answers_body_with(status) {
            return Err("it has no `answer`".into());
        }
        self.operations.entry(key(binding)).or_default().push(Example {
            request: request.to_owned(),
            about: step["about"].as_str().map(str::to_owned),
            body: part("body", media("content_type", method.consumes.as_ref())),
            answer,
            status,
        });
        Ok(())
    }
}

/// The operations without an example, one a line, for the test that wants none.
pub fn missing(model: &Model, examples: &Examples) -> String {
    let bindings = model.services.iter().flat_map(|s| &s.methods).flat_map(|m: &Method| &m.bindings);
    bindings.filter(|b| examples.of(b).is_empty()).map(|b| format!("{} {}\n", b.verb, b.path.text)).collect()
}

fn key(binding: &Binding) -> (String, String) {
    (binding.verb.to_owned(), binding.path.text.clone())
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "json") {
            found.push(path);
        }
    }
    Ok(())
}

/// What the variables of a template are in a path; `None` if the path is another one.
fn matched(template: &Template, path: &str) -> Option<Vec<(String, String)>> {
    let mut rest = path;
    let mut values = Vec::new();
    for part in &template.parts {
        match part {
            Part::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            Part::Variable(name) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let (value, after) = rest.split_at_checked(end).filter(|(value, _)| !value.is_empty())?;
                values.push((name.clone(), value.to_owned()));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(values)
}
