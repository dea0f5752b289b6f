//! Makes the [`Caller`] of a request, and brings its path into the one form that the routers know.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{extract::Request, response::Response};
use http::{HeaderMap, Uri, header, request::Parts, uri::PathAndQuery};

use super::{observe::RequestId, surface::Surface};
use crate::{
    caller::{BaseUrl, Caller, Principal},
    error::{Code, Error},
};

/// The prefix under which the documented API stands when it is embedded in another server; served beside the plain one.
pub(super) const EMBEDDED_PREFIX: &str = "/kafka";

/// What the layer needs to know.
pub(super) struct Identify {
    pub(super) uri_max_bytes: usize,
    pub(super) request_timeout: Duration,
    /// Scheme and authority of links where the operator has set them.
    pub(super) advertised_url: Option<Arc<str>>,
    /// Scheme and authority of links for requests without a usable `Host`.
    pub(super) own_url: Arc<str>,
}

/// The layer.
pub(super) async fn identify<F>(settings: &Identify, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let (mut parts, body) = request.into_parts();
    if let Some(surface) = parts.extensions.get::<Surface>()
        && parts.uri.path_and_query().is_some_and(|uri| uri.as_str().len() > settings.uri_max_bytes)
    {
        return surface.refuse(Error::of(Code::UriTooLong));
    }
    let prefix = routable(&mut parts);
    let caller = settings.caller(&parts, prefix);
    parts.extensions.insert(caller);
    next(Request::from_parts(parts, body)).await
}

impl Identify {
    fn caller(&self, parts: &Parts, prefix: &str) -> Caller {
        let now = Instant::now();
        // A timeout that the clock cannot add is as good as none.
        let wanted = grpc_timeout(&parts.headers).map_or(self.request_timeout, |wanted| wanted.min(self.request_timeout));
        Caller {
            principal: Principal::Anonymous,
            request_id: parts.extensions.get::<RequestId>().map_or_else(|| "".into(), |id| id.0.clone()),
            deadline: now.checked_add(wanted).unwrap_or(now),
            base_url: self.base_url(parts, prefix),
        }
    }

    fn base_url(&self, parts: &Parts, prefix: &str) -> BaseUrl {
        let origin = match (&self.advertised_url, authority(parts)) {
            (Some(advertised), _) => advertised.clone(),
            (None, Some(authority)) => format!("http://{authority}{prefix}").into(),
            (None, None) => self.own_url.clone(),
        };
        if prefix.is_empty() || origin.ends_with(prefix) { BaseUrl::new(origin) } else { BaseUrl::new(format!("{origin}{prefix}")) }
    }
}

/// HTTP/2 has the authority in the URI, HTTP/1.1 in `Host`. Text that is no authority would end up in links: it is not used.
fn authority(parts: &Parts) -> Option<&str> {
    if let Some(authority) = parts.uri.authority() {
        return Some(authority.as_str());
    }
    let host = parts.headers.get(header::HOST)?.to_str().ok()?;
    host.parse::<http::uri::Authority>().is_ok().then_some(host)
}

/// The embedded prefix of a path, and what the routers get of it: without the prefix and without one trailing slash.
pub(super) fn parted(path: &str) -> (&'static str, &str) {
    let embedded = path.strip_prefix(EMBEDDED_PREFIX).filter(|rest| *rest == "/v3" || rest.starts_with("/v3/"));
    let prefix = if embedded.is_some() { EMBEDDED_PREFIX } else { "" };
    let kept = embedded.unwrap_or(path);
    // `//` at the end is no trailing slash but an empty segment, which no route has.
    let kept = kept.strip_suffix('/').filter(|kept| !kept.is_empty() && !kept.ends_with('/')).unwrap_or(kept);
    (prefix, kept)
}

/// Brings the path into the form that the routers know. Returns the embedded prefix.
fn routable(parts: &mut Parts) -> &'static str {
    let path = parts.uri.path();
    let (prefix, kept) = parted(path);
    if kept.len() == path.len() {
        return prefix;
    }
    let text = parts.uri.query().map_or_else(|| kept.to_owned(), |query| format!("{kept}?{query}"));
    if let Ok(path_and_query) = PathAndQuery::try_from(text) {
        let mut uri = std::mem::take(&mut parts.uri).into_parts();
        uri.path_and_query = Some(path_and_query);
        parts.uri = Uri::from_parts(uri).unwrap_or_default();
    }
    prefix
}

/// `grpc-timeout`: at most eight digits and a unit. A text that is neither is ignored, as gRPC's own servers do.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str) -> Parts {
        Request::builder().uri(uri).body(()).unwrap().into_parts().0
    }

    #[test]
    fn paths_are_brought_into_one_form() {
        for (given, uri, prefix, why) in [
            ("/topics", "/topics", "", "as it is"),
            ("/topics/", "/topics", "", "one trailing slash is ignored"),
            ("/topics/?a=b", "/topics?a=b", "", "the query stays"),
            ("/topics//", "/topics//", "", "an empty segment"),
            ("/", "/", "", "the root is no trailing slash"),
            ("/kafka/v3/clusters", "/v3/clusters", "/kafka", "embedded"),
            ("/kafka/v3/clusters/?x", "/v3/clusters?x", "/kafka", "embedded, with a slash"),
            ("/kafka/v3x", "/kafka/v3x", "", "another segment"),
            ("/kafka/topics", "/kafka/topics", "", "only v3 is embedded"),
        ] {
            let mut parts = parts(given);
            assert_eq!(routable(&mut parts), prefix, "{given}: {why}");
            assert_eq!(parts.uri.to_string(), uri, "{given}: {why}");
        }
    }

    #[test]
    fn two_slashes_are_not_the_root() {
        let mut parts = parts("/x");
        parts.uri = Uri::builder().path_and_query("//").build().unwrap();
        routable(&mut parts);
        assert_eq!(parts.uri.path(), "//");
    }

    #[test]
    fn grpc_timeouts_are_read() {
        for (text, expected, why) in [
            ("5S", Some(Duration::from_secs(5)), "seconds"),
            ("100m", Some(Duration::from_millis(100)), "milliseconds"),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600)), "the longest"),
            ("100000000S", None, "nine digits"),
            ("5", None, "no unit"),
            ("S", None, "no digits"),
            ("", None, "empty"),
            ("-5S", None, "a sign"),
            ("5x", None, "an unknown unit"),
        ] {
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static("grpc-timeout"), text.parse().unwrap())]);
            assert_eq!(grpc_timeout(&headers), expected, "{text}: {why}");
        }
    }

    #[test]
    fn links_begin_with_what_the_client_used_unless_the_operator_says_otherwise() {
        let mut settings = Identify {
            uri_max_bytes: 100,
            request_timeout: Duration::from_secs(1),
            advertised_url: None,
            own_url: "http://127.0.0.1:1".into(),
        };
        let mut with_host = parts("/x");
        with_host.headers.insert(header::HOST, "gw:8082".parse().unwrap());
        let mut bad_host = parts("/x");
        bad_host.headers.insert(header::HOST, "a\"b".parse().unwrap());
        assert_eq!(settings.base_url(&with_host, "").as_str(), "http://gw:8082");
        assert_eq!(settings.base_url(&with_host, "/kafka").as_str(), "http://gw:8082/kafka");
        assert_eq!(settings.base_url(&parts("http://h2:1/x"), "").as_str(), "http://h2:1");
        assert_eq!(settings.base_url(&bad_host, "/kafka").as_str(), "http://127.0.0.1:1/kafka");
        settings.advertised_url = Some("https://kafka.example.com".into());
        assert_eq!(settings.base_url(&with_host, "/kafka").as_str(), "https://kafka.example.com/kafka");
    }
}
