//! Sizes, the budget, compression.

use tokio_stream::wrappers::ReceiverStream;
use tower::ServiceExt;
use tower_http::compression::{Compression, predicate::SizeAbove};

use super::*;

#[tokio::test]
async fn a_body_over_the_limit_is_refused_in_the_dialect_of_its_path() {
    let bench = bench(small()).await;
    let http = reqwest::Client::new();
    for (path, content_type) in [("/topics/echo", "application/vnd.kafka.v2+json"), ("/v3/echo", "application/json")] {
        let announced = http.post(format!("{}{path}", bench.url)).body("x".repeat(1001)).send().await.unwrap();
        assert_eq!(error_of(announced).await, (413, content_type.to_owned(), 413));
        let pieces = (0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(100)));
        let unannounced = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
        let unannounced = http.post(format!("{}{path}", bench.url)).body(unannounced).send().await.unwrap();
        assert_eq!(error_of(unannounced).await, (413, content_type.to_owned(), 413), "the handler said 400");
    }
    let fits = http.post(format!("{}/v3/echo", bench.url)).body("x".repeat(1000)).send().await.unwrap();
    assert_eq!(fits.text().await.unwrap().len(), 1000);
}

#[tokio::test]
async fn bytes_beyond_the_budget_are_refused_and_come_back_with_the_answer() {
    let bench = bench(small()).await;
    let http = reqwest::Client::new();
    let body = || "x".repeat(1000);
    let held = |path: &str| tokio::spawn(http.post(format!("{}{path}", bench.url)).body(body()).send());
    let (first, second) = (held("/v3/wait"), held("/v3/wait"));
    bench.arrived.notified().await;
    bench.arrived.notified().await;
    let refused = http.post(format!("{}/v3/echo", bench.url)).body(body()).send().await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(error_of(refused).await, (429, "application/json".to_owned(), 429));
    bench.release.notify_one();
    bench.release.notify_one();
    first.await.unwrap().unwrap().text().await.unwrap();
    second.await.unwrap().unwrap().text().await.unwrap();
    let taken = http.post(format!("{}/v3/echo", bench.url)).body(body()).send().await.unwrap();
    assert_eq!(taken.status(), 200);
}

#[tokio::test]
async fn a_stream_has_no_size_and_no_deadline_and_answers_as_it_goes() {
    let bench = bench(Settings { request_timeout: Duration::from_millis(1), ..small() }).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let body = reqwest::Body::wrap_stream(ReceiverStream::new(receiver));
    let request = reqwest::Client::new().post(format!("{}/v3/records", bench.url)).header("accept-encoding", "gzip").body(body);
    let sent = tokio::spawn(request.send());
    sender.send(Ok::<_, std::io::Error>("x".repeat(900))).await.unwrap();
    let mut response = sent.await.unwrap().unwrap();
    assert_eq!(response.headers().get("content-encoding"), None);
    let mut received = response.chunk().await.unwrap().unwrap().len();
    for _ in 0..9 {
        sender.send(Ok("x".repeat(900))).await.unwrap();
        received += response.chunk().await.unwrap().unwrap().len();
    }
    drop(sender);
    while let Some(chunk) = response.chunk().await.unwrap() {
        received += chunk.len();
    }
    assert_eq!(received, 9000);
}

async fn gzip(plain: Vec<u8>) -> Vec<u8> {
    let answer = tower::service_fn(move |_: Request| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Body::from(plain.clone()))))
    });
    let request = Request::builder().header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let packed = Compression::new(answer).compress_when(SizeAbove::new(0)).oneshot(request).await.unwrap();
    packed.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_measured_unpacked() {
    let bench = bench(small()).await;
    let http = reqwest::Client::new();
    let send = |body: Vec<u8>, encoding| http.post(format!("{}/v3/echo", bench.url)).header("content-encoding", encoding).body(body).send();
    assert_eq!(send(gzip(b"hello".to_vec()).await, "gzip").await.unwrap().text().await.unwrap(), "hello");
    let bomb = gzip(vec![b'x'; 1_000_000]).await;
    assert_eq!(error_of(send(bomb, "gzip").await.unwrap()).await, (413, "application/json".to_owned(), 413));
    assert_eq!(error_of(send(b"x".to_vec(), "br").await.unwrap()).await, (415, "application/json".to_owned(), 415));
}

#[tokio::test]
async fn large_answers_are_packed_for_those_who_take_it() {
    let bench = bench(Settings::default()).await;
    let http = reqwest::Client::new();
    let packed = http.get(format!("{}/v3/large", bench.url)).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().len() < 10_000);
    let plain = http.get(format!("{}/v3/large", bench.url)).send().await.unwrap();
    assert_eq!(plain.text().await.unwrap().len(), 100_000);
    let own = http.get(format!("{}/openapi.json", bench.url)).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(own.headers()["content-encoding"], "gzip", "what the edge answers itself is packed as well");
    let small = http.get(format!("{}/topics/echo", bench.url)).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(small.headers().get("content-encoding"), None);
}
