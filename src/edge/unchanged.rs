//! Answers that a client may keep: it names what it has, and is told whether that is still so.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::{HeaderMap, HeaderValue, header};

/// The tag of a content, which is another one if a new version of the gateway has another content.
pub(super) struct Tag(HeaderValue);

impl Tag {
    /// The tag of these bytes; the same in every process of a build. Weak, as the same content may be sent packed.
    pub(super) fn of(content: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        // Hexadecimal digits are valid in a header.
        Self(HeaderValue::from_str(&format!("W/\"{:016x}\"", hasher.finish())).unwrap_or_else(|_| HeaderValue::from_static("W/\"0\"")))
    }

    /// True if the client has this content.
    pub(super) fn is_known(&self, request: &HeaderMap) -> bool {
        let listed = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
        listed.map(str::trim).any(|tag| tag == "*" || self.0.to_str().is_ok_and(|own| weak(tag) == weak(own)))
    }

    /// Lets the client keep the answer, and ask each time whether it is still the same.
    pub(super) fn put(&self, response: &mut HeaderMap) {
        response.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.insert(header::ETAG, self.0.clone());
    }
}

fn weak(tag: &str) -> &str {
    tag.trim_start_matches("W/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_names_what_it_has() {
        let own = Tag::of(b"x").0;
        let own = own.to_str().unwrap();
        for (named, known) in [(own, true), (weak(own), true), ("\"other\"", false), ("*", true), (&format!("\"other\", {own}"), true)] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(named).unwrap())]);
            assert_eq!(Tag::of(b"x").is_known(&headers), known, "{named}");
        }
        assert!(!Tag::of(b"x").is_known(&HeaderMap::new()));
    }
}
