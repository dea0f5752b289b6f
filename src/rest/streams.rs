//! Which requests are streams: those whose method has a framing in the protos.

use super::generated::STREAMS;

/// True for a verb and a path (without its query) that stream.
pub fn streams(verb: &str, path: &str) -> bool {
    STREAMS.iter().any(|(v, template)| *v == verb && matches(template, path))
}

/// True if the path is of this template, whose variables are one segment each.
fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let known =
        template.split('/').all(|part| segments.next().is_some_and(|s| if part.starts_with('{') { !s.is_empty() } else { s == part }));
    known && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_of_a_template_segment_by_segment() {
        for (path, expected, why) in [
            ("/a/x/b", true, "one segment for the variable"),
            ("/a/x%2Fy/b", true, "an encoded slash is none"),
            ("/a//b", false, "an empty segment"),
            ("/a/x/c", false, "another name"),
            ("/a/x/b/c", false, "longer"),
            ("/a/x", false, "shorter"),
        ] {
            assert_eq!(matches("/a/{name}/b", path), expected, "{path}: {why}");
        }
    }
}
