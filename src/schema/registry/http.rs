//! Requests to a registry: which URL, with which credentials, and what an answer may be.
//!
//! Knows paths and statuses, nothing of schemas. Start with [`Http::call`]. Of several URLs the one that answered last is asked
//! first; all requests are such that they may be made twice.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};
use serde::Deserialize;

use super::{
    fault::Fault,
    settings::{HostCheck, Settings},
};
use crate::error::{Error, Result};

/// What we send and like to get.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.schemaregistry.v1+json");
const ACCEPTED: HeaderValue = HeaderValue::from_static("application/vnd.schemaregistry.v1+json, application/json;q=0.9");
/// How long a connection may take to be there. One that takes longer counts as an URL that does not answer.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an unused connection is kept: less than the time after which servers close theirs.
const IDLE: Duration = Duration::from_secs(25);
/// The largest answer. Registries refuse schemas above a megabyte, which is what their topic takes.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The characters that stay as they are in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A client of one registry, which may have several URLs.
pub(super) struct Http {
    client: Client,
    places: Vec<Place>,
    /// The place that answered last.
    current: AtomicUsize,
    timeout: Duration,
}

/// One URL, and who we are there.
struct Place {
    /// Without credentials and without a slash at its end.
    base: String,
    login: Login,
}

#[derive(Clone)]
enum Login {
    Nobody,
    Basic { user: String, password: String },
    Bearer(String),
}

/// What stands in the body of an answer that is no success.
#[derive(Deserialize)]
struct Refusal {
    error_code: i32,
    #[serde(default)]
    message: String,
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The parts of the path; each is encoded.
    pub(super) path: &'a [&'a str],
    /// The query as it stands in the URL; empty for none.
    pub(super) query: &'static str,
    pub(super) body: Option<Vec<u8>>,
}

impl Http {
    /// Reads the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) naming the key of the setting.
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT.min(settings.request_timeout))
            .pool_idle_timeout(IDLE)
            // Credentials must not go where nobody sent them.
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("barnabas/", env!("CARGO_PKG_VERSION")));
        let client = tls(client, settings)?.build().map_err(|why| refused("schema.registry.url", why))?;
        let login = login(settings)?;
        let places = settings.urls.iter().map(|url| place(url, &login)).collect::<Result<Vec<_>>>()?;
        Ok(Self { client, places, current: AtomicUsize::new(0), timeout: settings.request_timeout })
    }

    /// The body of the answer of the first URL that answers.
    ///
    /// # Errors
    /// [`Fault::Refused`] as the registry has it, [`Fault::Unreachable`] with what the last URL did.
    pub(super) async fn call(&self, call: Call<'_>) -> std::result::Result<Vec<u8>, Fault> {
        if let Some(subject) = call.path.iter().find(|part| matches!(**part, "" | "." | "..")) {
            // No path can have it, so no subject of this name can be asked for.
            return Err(Fault::no_subject(subject));
        }
        let path: String = call.path.iter().map(|part| format!("/{}", utf8_percent_encode(part, SEGMENT))).collect();
        let first = self.current.load(Ordering::Relaxed);
        let mut last = Fault::Unreachable("there is no URL".to_owned());
        let order = self.places.iter().enumerate().cycle().skip(first).take(self.places.len());
        for (number, place) in order {
            let answer = self.ask(place, &path, &call).await;
            count(&answer);
            match answer {
                Err(fault @ Fault::Unreachable(_)) => {
                    tracing::debug!(url = place.base, %fault, "a Schema Registry does not answer");
                    last = fault;
                }
                answer => {
                    self.current.store(number, Ordering::Relaxed);
                    return answer;
                }
            }
        }
        Err(last)
    }

    async fn ask(&self, place: &Place, path: &str, call: &Call<'_>) -> std::result::Result<Vec<u8>, Fault> {
        let url = format!("{}{path}{}", place.base, call.query);
        let mut request = self.client.request(call.method.clone(), url).timeout(self.timeout).header(ACCEPT, ACCEPTED);
        request = match &place.login {
            Login::Nobody => request,
            Login::Basic { user, password } => request.basic_auth(user, Some(password)),
            Login::Bearer(token) => request.bearer_auth(token),
        };
        if let Some(body) = &call.body {
            // Copied for each URL that is tried: a schema, once.
            request = request.header(CONTENT_TYPE, MEDIA_TYPE).body(body.clone());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = read(response).await?;
        if status.is_success() {
            return Ok(body);
        }
        let refusal = serde_json::from_slice::<Refusal>(&body).ok();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let message = refusal.map(|r| r.message).unwrap_or_default();
            return Err(Fault::Unreachable(format!("it answers {status} {message}").trim_end().to_owned()));
        }
        let code = i32::from(status.as_u16());
        let Refusal { error_code: code, message } = refusal.unwrap_or(Refusal { error_code: code, message: format!("HTTP {status}") });
        Err(Fault::Refused { status: status.as_u16(), code, message })
    }
}

/// Counts a request by what came of it.
fn count(answer: &std::result::Result<Vec<u8>, Fault>) {
    let outcome = match answer {
        Ok(_) => "success",
        Err(Fault::Refused { .. }) => "refused",
        Err(Fault::Unreachable(_) | Fault::Unusable(_) | Fault::Late) => "failed",
    };
    metrics::counter!("barnabas_schema_registry_requests_total", "outcome" => outcome).increment(1);
}

/// The whole body, within its bound.
async fn read(mut response: Response) -> std::result::Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len().saturating_add(chunk.len()) > MOST_BYTES {
            return Err(Fault::Unusable(format!("Schema Registry's answer is larger than {MOST_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What happened, from the inside: the outer text repeats the URL, which is the operator's business.
fn unreachable(why: reqwest::Error) -> Fault {
    if why.is_timeout() {
        return Fault::Unreachable("no answer in time".to_owned());
    }
    let mut cause: &dyn std::error::Error = &why;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Fault::Unreachable(if cause.is::<reqwest::Error>() { why.without_url().to_string() } else { cause.to_string() })
}

fn login(settings: &Settings) -> Result<Login> {
    if let Some(token) = &settings.token {
        return Ok(Login::Bearer(token.clone()));
    }
    let Some(info) = &settings.user_info else { return Ok(Login::Nobody) };
    let (user, password) = info.split_once(':').ok_or_else(|| refused("schema.registry.basic.auth.user.info", "it is no user:password"))?;
    Ok(Login::Basic { user: user.to_owned(), password: password.to_owned() })
}

fn place(text: &str, login: &Login) -> Result<Place> {
    // The text itself may have a password in it and is not repeated.
    let named = |why: &dyn std::fmt::Display| refused("schema.registry.url", why);
    let mut url = Url::parse(text).map_err(|why| named(&why))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(named(&"it does not begin with http:// or https://"));
    }
    if cfg!(not(feature = "ssl")) && url.scheme() == "https" {
        return Err(named(&"this build has no TLS (Cargo feature `ssl`)"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(named(&"it has more than scheme, host, port and path"));
    }
    let own = (!url.username().is_empty()).then(|| {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Login::Basic { user: decoded(url.username()), password: decoded(url.password().unwrap_or_default()) }
    });
    // Both cannot fail: the URL has a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let login = match (login, own) {
        (Login::Nobody, Some(own)) => own,
        (given, _) => given.clone(),
    };
    Ok(Place { base: url.as_str().trim_end_matches('/').to_owned(), login })
}

/// A setting that cannot be used.
pub(super) fn refused(key: &str, why: impl std::fmt::Display) -> Error {
    Error::bad_request(format_args!("`{key}` cannot be used: {why}"))
}

#[cfg(feature = "ssl")]
fn tls(client: reqwest::ClientBuilder, settings: &Settings) -> Result<reqwest::ClientBuilder> {
    let client = client.danger_accept_invalid_hostnames(settings.host_check == HostCheck::None);
    super::tls::trust_and_identity(client, settings)
}

#[cfg(not(feature = "ssl"))]
fn tls(client: reqwest::ClientBuilder, settings: &Settings) -> Result<reqwest::ClientBuilder> {
    let given = [&settings.ca, &settings.certificate, &settings.key].into_iter().any(Option::is_some);
    if given || settings.host_check != HostCheck::default() {
        return Err(refused("schema.registry.ssl.*", "this build has no TLS (Cargo feature `ssl`)"));
    }
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_cannot_be_asked_are_refused_without_repeating_them() {
        for (url, want, why) in [
            ("localhost:8081", "does not begin with http", "no scheme"),
            ("ftp://host", "does not begin with http", "another scheme"),
            ("http://", "empty host", "no host"),
            ("http://host/?a=b", "more than scheme", "a query"),
        ] {
            let settings = Settings { urls: vec![url.to_owned()], ..Settings::default() };
            let Err(error) = Http::new(&settings) else { panic!("{why}: accepted") };
            assert!(error.message().contains(want) && error.message().contains("schema.registry.url"), "{why}: {error}");
        }
        let settings = Settings { urls: vec!["http://user:geheim@host:x".to_owned()], ..Settings::default() };
        assert!(Http::new(&settings).err().is_some_and(|error| !error.message().contains("geheim")));
    }

    #[test]
    fn credentials_of_the_settings_win_over_those_of_the_url() {
        let basic = |place: Place| match place.login {
            Login::Basic { user, password } => format!("{user}:{password}"),
            Login::Bearer(token) => token,
            Login::Nobody => String::new(),
        };
        let given = Login::Basic { user: "a".into(), password: "b".into() };
        for (url, login, want, base) in [
            ("http://host:1/path/", &Login::Nobody, "", "http://host:1/path"),
            ("http://u:p%40@host", &Login::Nobody, "u:p@", "http://host"),
            ("http://u:p@host", &given, "a:b", "http://host"),
            ("https://host", &Login::Bearer("t".into()), "t", "https://host"),
        ] {
            let place = place(url, login).unwrap();
            assert_eq!((place.base.clone(), basic(place)), (base.to_owned(), want.to_owned()));
        }
        let settings = Settings { user_info: Some("user".into()), ..Settings::default() };
        assert!(Http::new(&settings).is_err(), "no password");
    }
}
