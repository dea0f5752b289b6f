//! The client against a registry of a few lines: what it asks for, how often, and what it makes of the answers.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::AUTHORIZATION},
};
use futures::future::join_all;
use parking_lot::Mutex;

use super::*;

/// A registry with fixed answers, which counts what it is asked.
#[derive(Clone, Default)]
struct Scripted {
    answers: Arc<Mutex<HashMap<String, (u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
    logins: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Starts it, and a client of it.
    async fn start(settings: Settings) -> (Self, Registry) {
        let scripted = Self::default();
        let url = scripted.serve().await;
        let registry = Registry::new(Settings { urls: vec![url], ..settings }).unwrap();
        (scripted, registry)
    }

    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn on(&self, request: &str, status: u16, answer: &str) -> &Self {
        self.answers.lock().insert(request.to_owned(), (status, answer.to_owned()));
        self
    }

    fn times(&self, request: &str) -> usize {
        self.asked.lock().iter().filter(|asked| *asked == request).count()
    }
}

async fn answer(State(of): State<Scripted>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let request = format!("{method} {uri}");
    of.asked.lock().push(request.clone());
    of.logins.lock().extend(headers.get(AUTHORIZATION).map(|login| login.to_str().unwrap().to_owned()));
    let with_body = format!("{request} {}", String::from_utf8_lossy(&body));
    let answers = of.answers.lock();
    match answers.get(&with_body).or_else(|| answers.get(&request)) {
        Some((status, answer)) => (StatusCode::from_u16(*status).unwrap(), answer.clone()),
        None => (StatusCode::NOT_FOUND, r#"{"error_code":40403,"message":"Schema not found"}"#.to_owned()),
    }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

fn refused(code: i32) -> impl Fn(&Fault) -> bool {
    move |fault| matches!(fault, Fault::Refused { code: got, .. } if *got == code)
}

const STRING: &str = r#"{"schema":"\"string\""}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_first_uses_of_a_schema_are_one_request() {
    let (scripted, registry) = Scripted::start(Settings::default()).await;
    scripted.on("GET /schemas/ids/7", 200, STRING);
    let uses = (0..1_000).map(|_| {
        let registry = registry.clone();
        tokio::spawn(async move { registry.by_id(7, later()).await.map(|schema| schema.id) })
    });
    let uses: Vec<_> = uses.collect();
    assert!(join_all(uses).await.into_iter().all(|id| id.unwrap() == Ok(7)));
    assert_eq!(scripted.times("GET /schemas/ids/7"), 1);
    assert_eq!(registry.known(7).map(|schema| schema.kind), Some(Kind::Avro));
}

#[tokio::test]
async fn what_a_schema_refers_to_is_read_once_and_dependencies_come_first() {
    let (scripted, registry) = Scripted::start(Settings::default()).await;
    let link = |name: &str| format!(r#"{{"name":"{name}","subject":"{name}","version":1}}"#);
    let stored = |name: &str, links: &[&str]| {
        let links: Vec<String> = links.iter().map(|name| link(name)).collect();
        format!(r#"{{"subject":"{name}","id":1,"version":1,"schema":"\"string\"","references":[{}]}}"#, links.join(","))
    };
    scripted.on("GET /subjects/a/versions/1", 200, &stored("a", &["b", "c"]));
    scripted.on("GET /subjects/b/versions/1", 200, &stored("b", &["c"]));
    // A circle, which no registry makes, does not hold the client.
    scripted.on("GET /subjects/c/versions/1", 200, &stored("c", &["a"]));
    let links = [Link { name: "a".into(), subject: "a".into(), version: 1 }];
    let names: Vec<String> = registry.0.resolve(&links).await.unwrap().into_iter().map(|r| r.name).collect();
    assert_eq!(names, ["c", "b", "a"]);
    assert_eq!(scripted.asked.lock().len(), 3);
}

#[tokio::test]
async fn a_schema_with_too_many_references_is_refused() {
    let (scripted, registry) = Scripted::start(Settings::default()).await;
    for n in 0..=1_000 {
        let next = format!(r#"[{{"name":"{n}","subject":"s","version":{}}}]"#, n + 1);
        let answer = format!(r#"{{"id":{n},"version":1,"schema":"\"string\"","references":{next}}}"#);
        scripted.on(&format!("GET /subjects/s/versions/{n}"), 200, &answer);
    }
    let first = [Link { name: "first".into(), subject: "s".into(), version: 0 }];
    let fault = registry.0.resolve(&first).await.unwrap_err();
    assert!(matches!(&fault, Fault::Unusable(text) if text.contains("1000 others")), "{fault}");
}

#[tokio::test]
async fn a_text_is_looked_for_and_then_registered() {
    let (scripted, registry) = Scripted::start(Settings::default()).await;
    let (subject, text): (Arc<str>, Arc<str>) = ("t/x-value".into(), "{}".into());
    let schema = registry.parse(Kind::Json, &text, later()).await.unwrap();
    let body = r#"{"schema":"{}","schemaType":"JSON"}"#;
    let register = "POST /subjects/t%2Fx-value/versions";
    scripted.on(&format!("{register} {body}"), 409, r#"{"error_code":409,"message":"incompatible: why"}"#);
    let fault = registry.given(&subject, &text, &schema, later()).await.err().unwrap();
    assert_eq!(fault.to_string(), "incompatible: why; error code: 409");
    scripted.on("POST /subjects/t%2Fx-value", 200, r#"{"subject":"t/x-value","version":3,"id":9,"schema":"x"}"#);
    for _ in 0..2 {
        let version = registry.given(&subject, &text, &schema, later()).await.unwrap();
        assert_eq!((version.number, version.schema.id), (3, 9));
    }
    assert_eq!((scripted.times("POST /subjects/t%2Fx-value"), scripted.times(register)), (2, 1));
}

#[tokio::test]
async fn nothing_is_registered_where_that_is_turned_off_and_normalizing_is_asked_for() {
    let (scripted, registry) = Scripted::start(Settings { auto_register: false, normalize: true, ..Settings::default() }).await;
    let text: Arc<str> = "\"string\"".into();
    let schema = registry.parse(Kind::Avro, &text, later()).await.unwrap();
    let fault = registry.given(&"s".into(), &text, &schema, later()).await.err().unwrap();
    assert!(refused(40403)(&fault), "{fault}");
    assert_eq!(*scripted.asked.lock(), ["POST /subjects/s?normalize=true"]);
}

#[tokio::test]
async fn the_latest_version_is_remembered_for_a_while_and_survives_the_registry() {
    let (scripted, registry) = Scripted::start(Settings { latest_ttl: Duration::from_millis(20), ..Settings::default() }).await;
    let path = "GET /subjects/s/versions/latest";
    let version = |n: i32| format!(r#"{{"subject":"s","version":{n},"id":{n},"schema":"\"string\""}}"#);
    let latest = || async { registry.latest(&"s".into(), later()).await.map(|v| v.number) };
    assert!(latest().await.is_err_and(|f| refused(40403)(&f)), "what is not there is not remembered");
    scripted.on(path, 200, &version(1));
    assert_eq!((latest().await, latest().await), (Ok(1), Ok(1)));
    assert_eq!(scripted.times(path), 2);
    let until = |number| {
        let latest = &latest;
        async move {
            while latest().await != Ok(number) {
                tokio::task::yield_now().await;
            }
        }
    };
    scripted.on(path, 200, &version(2));
    until(2).await;
    scripted.on(path, 503, "");
    let before = scripted.times(path);
    while scripted.times(path) == before {
        assert_eq!(latest().await, Ok(2), "while the registry does not answer");
    }
    scripted.on(path, 200, &version(3));
    until(3).await;
}

#[tokio::test]
async fn another_url_is_tried_when_one_does_not_answer() {
    let (dead, ill, well) = (tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(), Scripted::default(), Scripted::default());
    let dead_url = format!("http://{}", dead.local_addr().unwrap());
    drop(dead);
    let urls = vec![dead_url, ill.serve().await, well.serve().await];
    let registry = Registry::new(Settings { urls, ..Settings::default() }).unwrap();
    ill.on("GET /schemas/ids/1", 500, r#"{"error_code":50001,"message":"store"}"#);
    well.on("GET /schemas/ids/1", 200, STRING).on("GET /schemas/ids/2", 200, STRING);
    assert!(registry.by_id(1, later()).await.is_ok());
    assert!(registry.by_id(2, later()).await.is_ok());
    assert_eq!((ill.asked.lock().len(), well.asked.lock().len()), (1, 2), "the one that answered is asked first the next time");
    well.on("GET /schemas/ids/3", 503, "");
    ill.on("GET /schemas/ids/3", 500, r#"{"error_code":50001,"message":"store"}"#);
    let fault = registry.by_id(3, later()).await.err().unwrap();
    assert!(matches!(&fault, Fault::Unreachable(text) if text.ends_with("500 Internal Server Error store")), "{fault}");
    assert!(registry.by_id(1, later()).await.is_ok(), "what is known keeps working");
}

#[tokio::test]
async fn a_registry_that_hangs_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let urls = vec![format!("http://{}", listener.local_addr().unwrap())];
    let registry = Registry::new(Settings { urls, request_timeout: Duration::from_millis(50), ..Settings::default() }).unwrap();
    let fault = registry.by_id(1, later()).await.err().unwrap();
    assert_eq!(fault, Fault::Unreachable("no answer in time".to_owned()));
    assert_eq!(registry.by_id(1, Instant::now()).await.err(), Some(Fault::Late), "the caller's time may be over first");
}

#[tokio::test]
async fn answers_that_are_no_registrys_are_faults() {
    let (scripted, registry) = Scripted::start(Settings::default()).await;
    for (status, answer, want, why) in [
        (200, "<html>", "not that of a Schema Registry", "another server"),
        (200, "{}", "not that of a Schema Registry", "no schema in it"),
        (200, r#"{"schema":"x","schemaType":"XML"}"#, "type XML", "a kind that is not known"),
        (404, "nothing", "HTTP 404 Not Found; error code: 404", "a refusal without a body"),
        (301, "", "HTTP 301 Moved Permanently", "a redirection is not followed"),
        (401, r#"{"error_code":40101,"message":"who?"}"#, "who?; error code: 40101", "credentials that are not taken"),
    ] {
        scripted.on("GET /schemas/ids/1", status, answer);
        let fault = registry.by_id(1, later()).await.err().unwrap();
        assert!(fault.to_string().contains(want), "{why}: {fault}");
    }
    scripted.on("GET /schemas/ids/1", 200, &format!("{{\"schema\":\"{}\"}}", " ".repeat(17 * 1024 * 1024)));
    assert!(registry.by_id(1, later()).await.err().unwrap().to_string().contains("larger than"));
}

#[tokio::test]
async fn credentials_are_sent() {
    for (settings, want) in [
        (Settings { user_info: Some("user:pass:word".into()), ..Settings::default() }, "Basic dXNlcjpwYXNzOndvcmQ="),
        (Settings { token: Some("abc".into()), user_info: Some("user:x".into()), ..Settings::default() }, "Bearer abc"),
    ] {
        let (scripted, registry) = Scripted::start(settings).await;
        assert!(registry.by_id(1, later()).await.is_err());
        assert_eq!(*scripted.logins.lock(), [want]);
    }
}

#[tokio::test]
async fn subjects_that_no_path_can_have_are_not_asked_for() {
    let (scripted, registry) = Scripted::start(Settings::default()).await;
    for subject in ["", ".", ".."] {
        let fault = registry.latest(&subject.into(), later()).await.err().unwrap();
        assert!(refused(40401)(&fault), "{subject}: {fault}");
    }
    assert!(scripted.asked.lock().is_empty());
}

#[tokio::test]
async fn a_thousand_schemas_stay_within_the_bound() {
    let (scripted, registry) = Scripted::start(Settings { max_schemas: 100, ..Settings::default() }).await;
    for id in 1..=1_000 {
        scripted.on(&format!("GET /schemas/ids/{id}"), 200, STRING);
        assert!(registry.by_id(id, later()).await.is_ok());
    }
    assert!(registry.0.by_id.size().1 <= 100, "{:?}", registry.0.by_id.size());
    assert_eq!(units("x"), 1);
    assert_eq!(units(&"x".repeat(1024 * 1024)), 257);
}
