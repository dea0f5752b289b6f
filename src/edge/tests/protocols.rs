//! What REST, gRPC and gRPC-Web see: ids, callers, paths, CORS, refusals.

use http::{HeaderValue, header};
use proptest::{
    arbitrary::any,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;

use super::*;

async fn grpc(bench: &Bench) -> Channel {
    Endpoint::from_shared(bench.url.clone()).unwrap().connect().await.unwrap()
}

fn check(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn request_ids_are_echoed_or_made() {
    let bench = bench(Settings::default()).await;
    let http = reqwest::Client::new();
    let sent = http.get(format!("{}/topics/echo", bench.url)).header("x-request-id", "mine").send().await.unwrap();
    assert_eq!(sent.headers()["x-request-id"], "mine");
    let made = http.get(format!("{}/topics/echo", bench.url)).header("x-request-id", "not mine").send().await.unwrap();
    assert_eq!(made.headers()["x-request-id"].len(), 36);
}

#[tokio::test]
async fn the_caller_is_told_and_paths_have_one_form() {
    let bench = bench(Settings::default()).await;
    let http = reqwest::Client::new();
    let host = bench.url.clone();
    for (path, uri, base, why) in [
        ("/v3/caller?a=b", "/v3/caller?a=b", host.clone(), "as it is"),
        ("/v3/caller/", "/v3/caller", host.clone(), "a slash at the end"),
        ("/kafka/v3/caller", "/v3/caller", format!("{host}/kafka"), "the embedded prefix"),
    ] {
        let response = http.get(format!("{host}{path}")).header("x-request-id", "id").header("grpc-timeout", "5S").send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), format!("{uri} {base} id 5"), "{why}");
    }
    assert_eq!(http.get(format!("{host}/v3/caller//")).send().await.unwrap().status(), 404);
    assert_eq!(http.head(format!("{host}/v3/caller")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn grpc_and_rest_share_the_port() {
    let bench = bench(Settings::default()).await;
    let mut health = HealthClient::new(grpc(&bench).await);
    assert_eq!(health.check(check("barnabas")).await.unwrap().into_inner().status, 1);
    let unknown = health.check(check("nobody")).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    assert_eq!(reqwest::get(format!("{}/topics/echo", bench.url)).await.unwrap().text().await.unwrap(), "echo");
}

#[tokio::test]
async fn grpc_is_refused_in_grpc() {
    let bench = bench(Settings { buffered_max_bytes: 1500, ..small() }).await;
    let mut health = HealthClient::new(grpc(&bench).await);
    let too_large = health.check(check(&"x".repeat(1001))).await.unwrap_err();
    assert_eq!(too_large.code(), tonic::Code::ResourceExhausted);
    assert_eq!(too_large.get_details_error_info().unwrap().reason, "BODY_TOO_LARGE");

    let held = tokio::spawn(reqwest::Client::new().post(format!("{}/v3/wait", bench.url)).body("x".repeat(1000)).send());
    bench.arrived.notified().await;
    let no_room = health.check(check(&"x".repeat(900))).await.unwrap_err();
    assert_eq!(no_room.code(), tonic::Code::ResourceExhausted);
    assert_eq!(no_room.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(no_room.get_details_retry_info().unwrap().retry_delay, Some(Duration::from_secs(1)));
    bench.release.notify_one();
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_grpc_client_s_own_deadline_holds() {
    let bench = bench(Settings::default()).await;
    // Not with tonic's client, which would not wait for the answer.
    let late = reqwest::Client::new().post(format!("{}/slow.Service/Wait", bench.url)).header("content-type", "application/grpc-web");
    let late = late.header("grpc-timeout", "1m").send().await.unwrap();
    assert_eq!((late.status().as_u16(), &late.headers()["grpc-status"]), (200, &"4".parse().unwrap()));
}

#[tokio::test]
async fn grpc_web_reaches_the_same_service() {
    let bench = bench(Settings::default()).await;
    let message = [&[0, 0, 0, 0, 10, 10, 8][..], b"barnabas"].concat();
    let response = reqwest::Client::new()
        .post(format!("{}/grpc.health.v1.Health/Check", bench.url))
        .header("content-type", "application/grpc-web+proto")
        .body(message)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "application/grpc-web+proto");
    let body = response.bytes().await.unwrap();
    assert!(body.starts_with(&[0, 0, 0, 0, 2, 8, 1]), "{body:?}");
    assert!(body.windows(13).any(|part| part == b"grpc-status:0"), "{body:?}");

    let refused = reqwest::Client::new()
        .post(format!("{}/{}", bench.url, "x".repeat(20_000)))
        .header("content-type", "application/grpc-web+proto")
        .send()
        .await
        .unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["content-type"]), (200, &"application/grpc-web+proto".parse().unwrap()));
    assert_eq!(refused.headers()["grpc-status"], "3");
}

#[test]
fn every_grpc_web_body_is_answered_with_a_status() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bench = runtime.block_on(bench(small()));
    let http = reqwest::Client::new();
    let frames = prop::collection::vec((any::<u8>(), 0u32..20, prop::collection::vec(any::<u8>(), 0..20)), 0..4);
    let bodies = (frames, any::<bool>()).prop_map(|(frames, text)| {
        let frames = frames.into_iter().flat_map(|(flags, length, bytes)| [&[flags][..], &length.to_be_bytes(), &bytes].concat());
        (frames.collect::<Vec<u8>>(), if text { "application/grpc-web-text" } else { "application/grpc-web+proto" })
    });
    let answered = TestRunner::new(Config { cases: 64, ..Config::default() }).run(&bodies, |(body, content_type)| {
        let request = http.post(format!("{}/grpc.health.v1.Health/Check", bench.url)).header("content-type", content_type).body(body);
        let (status, in_head, body) = runtime.block_on(async {
            let response = request.send().await.unwrap();
            (response.status(), response.headers().contains_key("grpc-status"), response.bytes().await.unwrap())
        });
        prop_assert_eq!(status, 200);
        prop_assert!(in_head || !body.is_empty(), "no status");
        Ok(())
    });
    answered.unwrap();
}

#[tokio::test]
async fn cors_is_off_until_it_is_configured() {
    let http = reqwest::Client::new();
    let preflight = |url: &str| {
        let asked = http.request(reqwest::Method::OPTIONS, format!("{url}/topics/echo"));
        asked.header("origin", "http://page").header("access-control-request-method", "POST").send()
    };
    let off = bench(Settings::default()).await;
    let response = preflight(&off.url).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers().get("access-control-allow-origin")), (405, None), "REST answers");

    let on = bench(Settings { cors_allow_origins: vec!["http://page".to_owned()], ..small() }).await;
    let response = preflight(&on.url).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["access-control-allow-origin"]), (200, &"http://page".parse().unwrap()));
    let refused = http.post(format!("{}/v3/echo", on.url)).header("origin", "http://page").body("x".repeat(2000)).send().await.unwrap();
    assert_eq!(refused.headers()["access-control-allow-origin"], "http://page", "a page can read why");
    assert!(refused.headers()["access-control-expose-headers"].to_str().unwrap().contains("grpc-status"));
    let plain_options = http.request(reqwest::Method::OPTIONS, format!("{}/topics/echo", on.url)).header("origin", "http://page");
    assert_eq!(plain_options.send().await.unwrap().status(), 405, "REST answers other OPTIONS");
    let wrong = Settings { cors_allow_methods: vec!["NO METHOD".to_owned()], cors_allow_origins: vec!["*".to_owned()], ..small() };
    assert!(super::super::cors::configured(&wrong).is_err_and(|e| e.contains("edge.cors.allow.methods")));
}

#[tokio::test]
async fn the_edge_answers_its_own_endpoints() {
    let bench = bench(Settings::default()).await;
    for (path, status, content_type, body) in [
        ("/livez", 200, "text/plain; charset=utf-8", "ok\n"),
        ("/readyz", 200, "application/json", r#"{"ready":true,"reason":"brokers are reachable"}"#),
        ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "a_metric 1\n"),
        ("/openapi.json", 200, "application/json", &openapi()),
    ] {
        let response = reqwest::get(format!("{}{path}", bench.url)).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()[header::CONTENT_TYPE].to_str().unwrap()),
            (status, content_type),
            "{path}"
        );
        assert_eq!(response.text().await.unwrap(), body, "{path}");
        let wrong = reqwest::Client::new().post(format!("{}{path}", bench.url)).send().await.unwrap();
        assert_eq!(wrong.headers()["allow"], "GET, HEAD");
        assert_eq!(error_of(wrong).await, (405, "application/json".to_owned(), 405), "{path}");
    }
    bench.ready.store(false, Ordering::Relaxed);
    let response = reqwest::get(format!("{}/readyz", bench.url)).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &HeaderValue::from_static("1")));
    assert_eq!(response.text().await.unwrap(), r#"{"ready":false,"reason":"no broker answers"}"#);
}
