//! The registry over HTTP, as its clients meet it.

use super::*;

const V1: &str = "application/vnd.schemaregistry.v1+json";

async fn started() -> Running {
    start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_schema_is_registered_found_and_shown() {
    let registry = started().await;
    let http = reqwest::Client::new();
    let body = r#"{"schema":"{\"type\":\"string\"}"}"#;
    let answer = http.post(format!("{}/subjects/a%2Fb/versions", registry.url())).body(body).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], V1);
    assert_eq!(answer.text().await.unwrap(), r#"{"id":1}"#);
    for (path, expected) in [
        ("/subjects", r#"["a/b"]"#),
        ("/subjects/a%2Fb/versions/latest", r#"{"subject":"a/b","version":1,"id":1,"schema":"\"string\""}"#),
        ("/schemas/ids/1", r#"{"schema":"\"string\""}"#),
        ("/schemas/ids/1/schema", r#""string""#),
        ("/schemas/ids/1/versions", r#"[{"subject":"a/b","version":1}]"#),
        ("/config", r#"{"compatibilityLevel":"BACKWARD"}"#),
        ("/mode", r#"{"mode":"READWRITE"}"#),
        ("//contexts/", r#"["."]"#),
    ] {
        let answer = http.get(format!("{}{path}", registry.url())).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, expected), "{path}");
    }
    registry.stop().await;
}

#[tokio::test]
async fn a_refusal_has_status_code_and_reason() {
    let registry = started().await;
    let http = reqwest::Client::new();
    let too_long = "x".repeat(5 * 1024 * 1024);
    for (method, path, body, status, code, why) in [
        ("GET", "/none", "", 404, 404, "no such path"),
        ("PATCH", "/config", "{}", 405, 405, "no such method"),
        ("GET", "/subjects/a/versions", "", 404, 40401, "no such subject"),
        ("GET", "/subjects/a/versions/0", "", 422, 42202, "no such version can be"),
        ("POST", "/subjects/a/versions", "", 422, 422, "no body"),
        ("POST", "/subjects/a/versions", "{", 400, 400, "half a body"),
        ("POST", "/subjects/a/versions", too_long.as_str(), 413, 413, "too long a body"),
        ("PUT", "/config", r#"{"compatibility":"NO"}"#, 422, 42203, "no such level"),
    ] {
        let url = format!("{}{path}", registry.url());
        let answer = http.request(method.parse().unwrap(), url).body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{why}");
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["error_code"], code, "{why}");
        assert!(answer["message"].as_str().is_some_and(|message| !message.is_empty()), "{why}");
    }
    let answer = http.delete(format!("{}/subjects", registry.url())).send().await.unwrap();
    assert_eq!(answer.headers()["allow"], "GET, HEAD");
    registry.stop().await;
}

#[tokio::test]
async fn what_was_registered_at_a_time_is_registered_once() {
    let registry = started().await;
    let http = reqwest::Client::new();
    let url = format!("{}/subjects/a/versions", registry.url());
    let calls = (0..20).map(|_| tokio::spawn(http.post(&url).body(r#"{"schema":"\"int\""}"#).send()));
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap().text().await.unwrap(), r#"{"id":1}"#);
    }
    assert_eq!(http.get(&url).send().await.unwrap().text().await.unwrap(), "[1]");
    registry.stop().await;
}

#[tokio::test]
async fn it_is_for_this_machine_and_ends_when_it_is_stopped() {
    let elsewhere = start("0.0.0.0:0".parse().unwrap()).await;
    assert_eq!(elsewhere.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    let registry = started().await;
    let url = registry.url();
    // A connection that is kept open does not hold the end up.
    let http = reqwest::Client::new();
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
    registry.stop().await;
    assert!(reqwest::get(&url).await.is_err());
}
