//! References between schemas: a URI reference against the URI of the schema that it stands in (RFC 3986, section 5), and JSON pointers.
//!
//! Nothing here is ever fetched: URIs are names.

use std::borrow::Cow;

/// The parts of a URI reference before its fragment.
#[derive(Debug, Clone, Copy, Default)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(uri: &'a str) -> Self {
        let (uri, query) = split(uri, '?');
        let (scheme, rest) = match uri.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, uri),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let (authority, path) = rest.split_at(end);
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Parts { scheme, authority, path, query }
    }

    fn written(self, path: &str) -> String {
        let mut uri = String::new();
        if let Some(scheme) = self.scheme {
            uri.push_str(scheme);
            uri.push(':');
        }
        if let Some(authority) = self.authority {
            uri.push_str("//");
            uri.push_str(authority);
        }
        uri.push_str(path);
        if let Some(query) = self.query {
            uri.push('?');
            uri.push_str(query);
        }
        uri
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// A reference without its fragment, and the fragment, as a URI escapes it.
pub(super) fn without_fragment(reference: &str) -> (&str, &str) {
    let (uri, fragment) = split(reference, '#');
    (uri, fragment.unwrap_or_default())
}

/// What a reference without fragment means in a schema with this URI. Either may be relative.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    let (base, asked) = (Parts::of(base), Parts::of(reference));
    if asked.scheme.is_some() {
        return asked.written(&without_dots(asked.path));
    }
    if asked.authority.is_some() {
        return Parts { scheme: base.scheme, ..asked }.written(&without_dots(asked.path));
    }
    let path = if asked.path.is_empty() {
        base.path.to_owned()
    } else if asked.path.starts_with('/') {
        without_dots(asked.path)
    } else {
        let folder = base.path.rfind('/').and_then(|slash| base.path.get(..=slash));
        let folder = folder.unwrap_or(if base.authority.is_some() { "/" } else { "" });
        without_dots(&format!("{folder}{}", asked.path))
    };
    let query = if asked.path.is_empty() { asked.query.or(base.query) } else { asked.query };
    Parts { query, ..base }.written(&path)
}

/// A path without `.` and `..`; one that does not begin with a slash stays so.
fn without_dots(path: &str) -> String {
    if !path.split('/').any(|step| matches!(step, "." | "..")) {
        return path.to_owned();
    }
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut steps = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(step) = steps.next() {
        let last = steps.peek().is_none();
        match step {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            step => kept.push(step),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, kept.join("/"))
}

/// The steps of a JSON pointer that stands in a fragment: `/definitions/a~1b` is `definitions`, `a/b`. `None` for a plain name.
pub(super) fn pointer(fragment: &str) -> Option<Vec<String>> {
    let fragment = unescape(fragment);
    if fragment.is_empty() {
        return Some(Vec::new());
    }
    let steps = fragment.strip_prefix('/')?;
    Some(steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

/// Text without percent escapes.
fn unescape(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        for (base, reference, want, why) in [
            ("http://a/b/c/d", "g", "http://a/b/c/g", "beside"),
            ("http://a/b/c/d", "./g", "http://a/b/c/g", "here"),
            ("http://a/b/c/d", "../g", "http://a/b/g", "above"),
            ("http://a/b/c/d", "../../../g", "http://a/g", "above the root"),
            ("http://a/b/c/d", "/g", "http://a/g", "from the root"),
            ("http://a/b/c/d", "//g/h", "http://g/h", "another host"),
            ("http://a/b/c/d?q", "?y", "http://a/b/c/d?y", "another query"),
            ("http://a/b/c/d?q", "", "http://a/b/c/d?q", "itself"),
            ("http://a", "g", "http://a/g", "below a host"),
            ("http://a/b/", "urn:x:y", "urn:x:y", "an absolute one"),
            ("", "in.json", "in.json", "no base"),
            ("", "../in.json", "in.json", "no base, above"),
            ("dir/a.json", "b.json", "dir/b.json", "a relative base"),
            ("urn:uuid:1", "b.json", "urn:b.json", "no hierarchy"),
        ] {
            assert_eq!(resolve(base, reference), want, "{why}");
        }
    }

    #[test]
    fn pointers_are_read() {
        assert_eq!(pointer(""), Some(vec![]));
        assert_eq!(pointer("/a~1b/c%25d/~01/"), Some(["a/b", "c%d", "~1", ""].map(str::to_owned).to_vec()));
        assert_eq!(pointer("name"), None);
        assert_eq!(without_fragment("a#b"), ("a", "b"));
        assert_eq!(without_fragment("a"), ("a", ""));
    }
}
