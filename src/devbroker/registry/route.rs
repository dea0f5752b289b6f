//! The table of paths: which method of which path is which operation. Start with [`ROUTES`].

use percent_encoding::percent_decode_str;

use super::{name::Context, refusal::Refusal};

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Root,
    Subjects,
    Versions,
    Version,
    VersionText,
    Referrers,
    VersionByMetadata,
    Register,
    Lookup,
    DeleteVersion,
    DeleteSubject,
    ById,
    TextById,
    SubjectsById,
    VersionsById,
    Kinds,
    Schemas,
    CheckVersion,
    CheckVersions,
    Config,
    SetConfig,
    DeleteConfig,
    Mode,
    SetMode,
    DeleteMode,
    Contexts,
    Identity,
    Software,
    Deployment,
}

/// Method, path, operation. `*` is any one part of a path.
const ROUTES: &[(&str, &str, Operation)] = &[
    ("GET", "", Operation::Root),
    ("POST", "", Operation::Root),
    ("GET", "subjects", Operation::Subjects),
    ("POST", "subjects/*", Operation::Lookup),
    ("DELETE", "subjects/*", Operation::DeleteSubject),
    ("GET", "subjects/*/metadata", Operation::VersionByMetadata),
    ("GET", "subjects/*/versions", Operation::Versions),
    ("POST", "subjects/*/versions", Operation::Register),
    ("GET", "subjects/*/versions/*", Operation::Version),
    ("DELETE", "subjects/*/versions/*", Operation::DeleteVersion),
    ("GET", "subjects/*/versions/*/schema", Operation::VersionText),
    ("GET", "subjects/*/versions/*/referencedby", Operation::Referrers),
    ("GET", "schemas", Operation::Schemas),
    ("GET", "schemas/types", Operation::Kinds),
    ("GET", "schemas/ids/*", Operation::ById),
    ("GET", "schemas/ids/*/schema", Operation::TextById),
    ("GET", "schemas/ids/*/subjects", Operation::SubjectsById),
    ("GET", "schemas/ids/*/versions", Operation::VersionsById),
    ("POST", "compatibility/subjects/*/versions", Operation::CheckVersions),
    ("POST", "compatibility/subjects/*/versions/*", Operation::CheckVersion),
    ("GET", "config", Operation::Config),
    ("PUT", "config", Operation::SetConfig),
    ("DELETE", "config", Operation::DeleteConfig),
    ("GET", "config/*", Operation::Config),
    ("PUT", "config/*", Operation::SetConfig),
    ("DELETE", "config/*", Operation::DeleteConfig),
    ("GET", "mode", Operation::Mode),
    ("PUT", "mode", Operation::SetMode),
    ("DELETE", "mode", Operation::DeleteMode),
    ("GET", "mode/*", Operation::Mode),
    ("PUT", "mode/*", Operation::SetMode),
    ("DELETE", "mode/*", Operation::DeleteMode),
    ("GET", "contexts", Operation::Contexts),
    ("GET", "v1/metadata/id", Operation::Identity),
    ("GET", "v1/metadata/version", Operation::Software),
    ("GET", "v1/metadata/deployment", Operation::Deployment),
];

/// A path that is there, and what stands in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub operation: Operation,
    /// The context that the path names.
    pub context: Option<Context>,
    /// What stands for the asterisks.
    pub parameters: Vec<String>,
}

impl Route {
    /// Finds what a request asks. Slashes may be doubled, and stand at the end.
    ///
    /// # Errors
    /// If there is no such path, or it does not have the method.
    pub fn find(method: &str, path: &str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (context, parts) = match parts.as_slice() {
            ["contexts", context, rest @ ..] => (Some(Context::parse(&decoded(context)?)), rest),
            parts => (None, parts),
        };
        let wanted = if method == "HEAD" { "GET" } else { method };
        let mut allowed: Vec<&str> = Vec::new();
        for (method, pattern, operation) in ROUTES {
            let Some(parameters) = matched(pattern, parts) else { continue };
            if *method == wanted {
                let parameters = parameters.into_iter().map(decoded).collect::<Result<_, _>>()?;
                return Ok(Self { operation: *operation, context, parameters });
            }
            allowed.extend(if *method == "GET" { &["GET", "HEAD"][..] } else { std::slice::from_ref(method) });
        }
        Err(if allowed.is_empty() { Refusal::NoPath } else { Refusal::Method(allowed.join(", ")) })
    }
}

/// What stands for the asterisks of a pattern, if the path fits it.
fn matched<'a>(pattern: &str, parts: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut parameters = Vec::new();
    let mut left = parts.iter();
    for wanted in pattern.split('/').filter(|part| !part.is_empty()) {
        let part = left.next()?;
        match wanted {
            "*" => parameters.push(*part),
            name if name == *part => {}
            _ => return None,
        }
    }
    left.next().is_none().then_some(parameters)
}

fn decoded(part: &str) -> Result<String, Refusal> {
    let decoded = percent_decode_str(part).decode_utf8();
    decoded.map(Into::into).map_err(|_| Refusal::Unreadable(format!("{part} is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_as_clients_write_them() {
        for (method, path, operation, context, parameters, why) in [
            ("GET", "/subjects/a/versions/1", Operation::Version, None, &["a", "1"][..], "as documented"),
            ("HEAD", "/config", Operation::Config, None, &[], "HEAD is GET without a body"),
            ("GET", "//config/", Operation::Config, None, &[], "slashes too many"),
            ("GET", "/subjects/a%2Fb+c%20%C3%A9/versions", Operation::Versions, None, &["a/b+c é"], "escapes"),
            ("GET", "/schemas/types", Operation::Kinds, None, &[], "no id is called types"),
            ("GET", "/contexts/.c/subjects", Operation::Subjects, Some(".c"), &[], "in a context"),
            ("GET", "/contexts/c/config/a", Operation::Config, Some(".c"), &["a"], "its dot may be missing"),
            ("GET", "/contexts", Operation::Contexts, None, &[], "the list of them"),
            ("POST", "/", Operation::Root, None, &[], "the root"),
        ] {
            let found = Route::find(method, path).unwrap();
            let parameters = parameters.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(found, Route { operation, context: context.map(Context::parse), parameters }, "{why}");
        }
    }

    #[test]
    fn other_paths_and_methods_are_told_apart() {
        for (method, path, refusal, why) in [
            ("GET", "/none", Refusal::NoPath, "no such path"),
            ("GET", "/Subjects", Refusal::NoPath, "case counts"),
            ("GET", "/schemas/ids", Refusal::NoPath, "an id is missing"),
            ("GET", "/subjects/a", Refusal::Method("POST, DELETE".to_owned()), "a subject is not got"),
            ("DELETE", "/subjects/", Refusal::Method("GET, HEAD".to_owned()), "no subject"),
        ] {
            assert_eq!(Route::find(method, path), Err(refusal), "{why}");
        }
    }
}
