//! Media types: which of ours an answer has, and which bodies are read.
//!
//! Start with [`answer_type`].

use super::refusal::Refusal;

/// What answers can have, the first wherever the client does not mind.
const OFFERED: [&str; 3] = ["application/vnd.schemaregistry.v1+json", "application/vnd.schemaregistry+json", "application/json"];
/// What else is read.
const UNNAMED: &str = "application/octet-stream";

/// The type of answers for which none was agreed on.
pub(super) const ANY: &str = "application/json";

/// The media type that the client likes most, of those that there are; on a tie ours decides. No header is any type.
///
/// # Errors
/// If the client takes none of them.
pub(super) fn answer_type(accept: &[&str]) -> Result<&'static str, Refusal> {
    let ranges: Vec<Range> = accept.iter().flat_map(|header| header.split(',')).filter_map(Range::parse).collect();
    if ranges.is_empty() {
        return Ok(OFFERED[0]);
    }
    let mut best: Option<(&'static str, f32)> = None;
    for offered in OFFERED {
        let quality = ranges.iter().filter(|range| range.has(offered)).max_by_key(|range| range.precision()).map(|range| range.quality);
        if let Some(quality) = quality.filter(|quality| *quality > best.map_or(0.0, |(_, best)| best)) {
            best = Some((offered, quality));
        }
    }
    best.map(|(offered, _)| offered).ok_or(Refusal::NotAcceptable)
}

/// Refuses bodies of other types; one without a type is read.
///
/// # Errors
/// If it is none that is read.
pub(super) fn check_body_type(content_type: Option<&str>) -> Result<(), Refusal> {
    let Some(content_type) = content_type else { return Ok(()) };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let read = OFFERED.iter().chain([&UNNAMED]).any(|known| known.eq_ignore_ascii_case(essence));
    if read { Ok(()) } else { Err(Refusal::MediaType) }
}

/// Media types that a client takes, and how much it likes them.
struct Range {
    /// In lower case.
    essence: String,
    quality: f32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next().filter(|essence| !essence.is_empty())?.to_ascii_lowercase();
        let quality = parts.find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")));
        let quality = quality.and_then(|quality| quality.trim().parse().ok()).unwrap_or(1.0);
        Some(Self { essence, quality })
    }

    fn has(&self, offered: &str) -> bool {
        ["*/*", "application/*", offered].contains(&self.essence.as_str())
    }

    /// The more precise of two ranges counts.
    fn precision(&self) -> u8 {
        match self.essence.as_str() {
            "*/*" => 0,
            "application/*" => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses_and_we_break_ties() {
        let [v1, unversioned, json] = OFFERED;
        for (accept, expected, why) in [
            (&[][..], Some(v1), "no header"),
            (&["*/*"], Some(v1), "anything"),
            (&["application/*"], Some(v1), "anything of application"),
            (&["application/json, application/vnd.schemaregistry.v1+json"], Some(v1), "a tie"),
            (&["application/json;q=0.5, application/vnd.schemaregistry+json"], Some(unversioned), "the liked one"),
            (&["text/html,application/xhtml+xml,*/*;q=0.8"], Some(v1), "a browser"),
            (&["text/plain", "APPLICATION/JSON"], Some(json), "two headers, any case"),
            (&["*/*, application/vnd.schemaregistry.v1+json;q=0"], Some(unversioned), "all but one"),
            (&["text/plain"], None, "none of ours"),
            (&["application/octet-stream"], None, "read, but not written"),
        ] {
            assert_eq!(answer_type(accept).ok(), expected, "{why}");
        }
    }

    #[test]
    fn bodies_of_our_types_are_read() {
        for (content_type, read, why) in [
            (None, true, "no type"),
            (Some("application/json; charset=utf-8"), true, "parameters"),
            (Some("APPLICATION/JSON"), true, "any case"),
            (Some("application/octet-stream"), true, "what some clients send"),
            (Some("text/json"), false, "another type"),
            (Some("*/*"), false, "no type at all"),
        ] {
            assert_eq!(check_body_type(content_type).is_ok(), read, "{why}");
        }
    }
}
