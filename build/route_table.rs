//! Writes the table of routes as text, for people and for the test that shows when a route has changed.

use crate::{
    model::{Body, Model},
    openapi::JSON,
    options::Media,
};

/// One line for each binding, sorted by path: verb, path, method, status, media types of the body and of the answer. A media type that
/// sets a field of the request shows what it sets.
pub fn routes(model: &Model) -> String {
    let mut lines = Vec::new();
    for service in &model.services {
        for method in &service.methods {
            for binding in &method.bindings {
                let consumes = if binding.body == Body::None { String::new() } else { types(method.consumes.as_ref()) };
                let produces = if method.answers_body() { types(method.produces.as_ref()) } else { String::new() };
                let (verb, path, status) = (binding.verb, &binding.path.text, method.success);
                let rpc = format!("{}.{}/{}", service.package, service.name, method.name);
                lines.push((path, verb, format!("{verb} {path} -> {rpc} {status} [{consumes}] [{produces}]\n")));
            }
        }
    }
    lines.sort();
    lines.into_iter().map(|(.., line)| line).collect()
}

fn types(media: Option<&Vec<Media>>) -> String {
    let Some(media) = media else { return JSON.to_owned() };
    let shown = media.iter().map(|m| match (&m.field, &m.value) {
        (Some(field), Some(value)) => format!("{} {field}={value}", m.name),
        _ => m.name.clone(),
    });
    shown.collect::<Vec<_>>().join(", ")
}
