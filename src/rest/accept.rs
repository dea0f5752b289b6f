//! Media types: which of those that a method takes and gives the request names.

use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT, CONTENT_TYPE},
};

use super::reply::{JSON, V2_JSON};

/// A media type in a header: its name, and the parameters as they were written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Named<'a> {
    name: &'a str,
    parameters: &'a str,
}

impl<'a> Named<'a> {
    fn parse(text: &'a str) -> Self {
        let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
        Self { name: name.trim(), parameters: parameters.trim() }
    }

    fn parameters(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.parameters.split(';').filter_map(|p| p.split_once('=')).map(|(key, value)| (key.trim(), value.trim().trim_matches('"')))
    }
}

/// Which of the accepted types the request's body has: its place in the list. No Content-Type is the first.
/// `None` if it is another type.
pub(super) fn consumed(headers: &HeaderMap, accepted: &[&str]) -> Option<usize> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Some(0) };
    let name = Named::parse(value.to_str().ok()?).name;
    accepted.iter().position(|a| a.eq_ignore_ascii_case(name))
}

/// The `charset` parameter of the request's Content-Type.
pub(super) fn charset(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Named::parse(value).parameters().find(|(key, _)| key.eq_ignore_ascii_case("charset")).map(|(_, value)| value)
}

/// Which of the types that a method gives the client likes best: its place in the list, and the answer's Content-Type, which
/// repeats the parameters of the client's range. `None` if it likes none.
pub(super) fn produced(headers: &HeaderMap, offered: &[&'static str]) -> Option<(usize, HeaderValue)> {
    let named = headers.get_all(ACCEPT).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let mut named = named.filter(|range| !range.trim().is_empty()).peekable();
    if named.peek().is_none() {
        return offered.first().map(|name| (0, HeaderValue::from_static(name)));
    }
    let ranges: Vec<Named<'_>> = named.map(Named::parse).collect();
    // The best quality wins; of equals the server's order does.
    let mut best: Option<(f32, usize, Named<'_>)> = None;
    for (place, offer) in offered.iter().enumerate() {
        let range = ranges.iter().filter_map(|r| specificity(*r, offer).map(|s| (s, *r))).max_by_key(|(s, _)| *s);
        if let Some((_, range)) = range {
            let quality = quality(range);
            if best.is_none_or(|(q, ..)| quality > q) {
                best = Some((quality, place, range));
            }
        }
    }
    let (_, place, range) = best?;
    Some((place, content_type(offered.get(place)?, range)))
}

/// How exactly a range names a type: 2 by name, 1 by its first half, 0 by `*/*`.
fn specificity(range: Named<'_>, offer: &str) -> Option<u8> {
    if range.name.eq_ignore_ascii_case(offer) {
        return Some(2);
    }
    let (kind, _) = offer.split_once('/')?;
    if range.name == "*" {
        // Some HTTP clients have written `*` for `*/*` since long ago.
        return Some(0);
    }
    match range.name.split_once('/')? {
        ("*", "*") => Some(0),
        (range, "*") if range.eq_ignore_ascii_case(kind) => Some(1),
        _ => None,
    }
}

fn quality(range: Named<'_>) -> f32 {
    range.parameters().find(|(key, _)| key.eq_ignore_ascii_case("q")).and_then(|(_, q)| q.parse().ok()).unwrap_or(1.0)
}

fn content_type(offer: &'static str, range: Named<'_>) -> HeaderValue {
    let kept: Vec<String> =
        range.parameters().filter(|(key, _)| !key.eq_ignore_ascii_case("q")).map(|(key, value)| format!(";{key}={value}")).collect();
    if kept.is_empty() {
        return HeaderValue::from_static(offer);
    }
    HeaderValue::try_from(format!("{offer}{}", kept.concat())).unwrap_or(HeaderValue::from_static(offer))
}

/// The type of an answer that says that the request's own type is not accepted: the first of the API's general types that the
/// client names, else JSON, also if the request's own type cannot be read at all.
pub(super) fn general(headers: &HeaderMap) -> HeaderValue {
    let readable = headers.get(CONTENT_TYPE).is_none_or(|t| t.as_bytes().contains(&b'/'));
    if !readable {
        return HeaderValue::from_static(JSON);
    }
    produced(headers, &[JSON, V2_JSON]).map_or(HeaderValue::from_static(JSON), |(_, t)| t)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: &[&str] =
        &["application/vnd.kafka.binary.v2+json", "application/vnd.kafka.json.v2+json", "application/vnd.kafka.v2+json"];

    fn accept(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))])
    }

    #[test]
    fn the_client_chooses_among_what_is_offered() {
        for (header, want, why) in [
            ("*/*", Some(0), "anything is the first"),
            ("application/*", Some(0), "so is any application type"),
            ("application/vnd.kafka.json.v2+json", Some(1), "by name"),
            ("APPLICATION/VND.KAFKA.JSON.V2+JSON", Some(1), "in any case"),
            ("application/vnd.kafka.binary.v2+json;q=0.5, application/vnd.kafka.json.v2+json", Some(1), "by quality"),
            ("text/html, application/vnd.kafka.v2+json;q=0.1", Some(2), "what is not offered does not count"),
            ("text/html,*/*;q=0.8", Some(0), "as browsers ask"),
            ("*", Some(0), "as old clients ask"),
            ("", Some(0), "nothing is anything"),
            ("application/vnd.kafka.json.v2+json, ", Some(1), "an empty range is none"),
            ("application/json", None, "not offered"),
            ("nonsense", None, "no media type"),
        ] {
            assert_eq!(produced(&accept(header), OFFERED).map(|(place, _)| place), want, "{why}: {header}");
        }
        assert_eq!(produced(&HeaderMap::new(), OFFERED).map(|(place, _)| place), Some(0), "no Accept is anything");
    }

    #[test]
    fn parameters_of_accept_are_repeated() {
        let (_, content_type) = produced(&accept("application/json; charset=utf-8; q=0.5"), &["application/json"]).expect("offered");
        assert_eq!(content_type, "application/json;charset=utf-8");
    }

    #[test]
    fn a_content_type_counts_without_its_parameters() {
        for (value, want) in [("Application/JSON; charset=utf-8", Some(0)), ("text/plain", None), ("nonsense", None)] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(consumed(&headers, &["application/json"]), want, "{value}");
        }
        assert_eq!(consumed(&HeaderMap::new(), &["application/json"]), Some(0), "none is the first");
    }

    #[test]
    fn the_charset_is_found_in_quotes_too() {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json; Charset=\"UTF-8\""))]);
        assert_eq!(charset(&headers), Some("UTF-8"));
    }
}
