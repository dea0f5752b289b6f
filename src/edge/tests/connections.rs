//! HTTP/1.1 by hand, time limits, and the end.

use tokio::time::timeout;

use super::*;

#[tokio::test]
async fn an_answer_survives_the_unread_body_before_it() {
    let bench = bench(Settings::default()).await;
    let size = 8 * 1024 * 1024;
    let head = format!("POST /v3/ignores-body HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n");
    let answer = raw(&bench, &[head.as_bytes(), &vec![b'x'; size]].concat()).await;
    assert!(answer.ends_with("unread"), "{answer}");
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_is_told_so() {
    let bench = bench(Settings::default()).await;
    let mut socket = TcpStream::connect(bench.edge.addr()).await.unwrap();
    let head = "POST /v3/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 25];
    socket.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"hello").await.unwrap();
    let mut rest = String::new();
    socket.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("hello"), "{rest}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let quick = Duration::from_millis(50);
    let settings = Settings { first_byte_timeout: quick, header_timeout: quick, idle_timeout: quick, ..Settings::default() };
    let bench = bench(settings).await;
    for (sent, why) in [("", "no byte at all"), ("GET / HT", "half a head"), ("PRI * HTTP/2.0\r\n", "half a preface")] {
        timeout(PATIENCE, raw(&bench, sent.as_bytes())).await.unwrap_or_else(|_| panic!("{why}: still open"));
    }
}

#[tokio::test]
async fn a_uri_that_is_too_long_is_refused() {
    let bench = bench(Settings::default()).await;
    let ours = reqwest::get(format!("{}/topics/{}", bench.url, "x".repeat(60_000))).await.unwrap();
    assert_eq!(error_of(ours).await, (414, "application/vnd.kafka.v2+json".to_owned(), 414));
    let hypers = raw(&bench, format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(70_000)).as_bytes()).await;
    assert!(hypers.starts_with("HTTP/1.1 414"), "{hypers}");
}

#[tokio::test]
async fn requests_over_their_deadline_are_answered_so() {
    let bench = bench(Settings { request_timeout: Duration::from_millis(1), ..Settings::default() }).await;
    let late = reqwest::get(format!("{}/v3/wait", bench.url)).await.unwrap();
    assert_eq!(error_of(late).await, (504, "application/json".to_owned(), 504));
}

#[tokio::test]
async fn more_requests_than_allowed_are_refused() {
    let bench = bench(Settings { requests_max: 1, ..Settings::default() }).await;
    let http = reqwest::Client::new();
    let first = tokio::spawn(http.get(format!("{}/v3/wait", bench.url)).send());
    bench.arrived.notified().await;
    let second = http.get(format!("{}/topics/echo", bench.url)).send().await.unwrap();
    assert_eq!(second.headers()["retry-after"], "1");
    assert_eq!(error_of(second).await.0, 429);
    assert_eq!(http.get(format!("{}/livez", bench.url)).send().await.unwrap().status(), 200, "probes are not limited");
    bench.release.notify_one();
    assert_eq!(first.await.unwrap().unwrap().text().await.unwrap(), "released");
}

#[tokio::test]
async fn a_drain_finishes_what_is_under_way() {
    let bench = bench(Settings::default()).await;
    let http = reqwest::Client::new();
    let idle = TcpStream::connect(bench.edge.addr()).await.unwrap();
    let under_way = tokio::spawn(http.get(format!("{}/v3/wait", bench.url)).send());
    bench.arrived.notified().await;
    let address = bench.edge.addr();
    let drained = tokio::spawn(bench.edge.shutdown(PATIENCE));
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    bench.release.notify_one();
    assert_eq!(under_way.await.unwrap().unwrap().text().await.unwrap(), "released");
    drop(idle);
    assert!(drained.await.unwrap());
}

#[tokio::test]
async fn a_drain_ends_streams_with_a_reason() {
    let bench = bench(Settings::default()).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let body = reqwest::Body::wrap_stream(tokio_stream::wrappers::ReceiverStream::new(receiver));
    let sent = tokio::spawn(reqwest::Client::new().post(format!("{}/v3/records", bench.url)).body(body).send());
    sender.send(Ok::<_, std::io::Error>("record")).await.unwrap();
    let mut response = sent.await.unwrap().unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "record");
    let drained = tokio::spawn(bench.edge.shutdown(PATIENCE));
    assert_eq!(response.chunk().await.unwrap().unwrap(), "error: The gateway is shutting down.");
    assert_eq!(response.chunk().await.unwrap(), None);
    drop((sender, response));
    assert!(drained.await.unwrap());
}

#[tokio::test]
async fn a_drain_has_an_end() {
    let bench = bench(Settings::default()).await;
    let under_way = tokio::spawn(reqwest::get(format!("{}/v3/wait", bench.url)));
    bench.arrived.notified().await;
    assert!(!bench.edge.shutdown(Duration::from_millis(10)).await);
    assert!(under_way.await.unwrap().is_err());
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = bench(Settings::default()).await;
    let surfaces = Surfaces {
        rest: Router::new(),
        grpc: Router::new(),
        streams: Arc::new(|_, _| false),
        ready: Arc::new(|| Box::pin(async { Ok(()) })),
        metrics: Arc::new(String::new),
        openapi: Bytes::new(),
    };
    let Err(error) = Edge::start(first.edge.addr(), Settings::default(), surfaces).await else { panic!("two on one port") };
    assert!(error.to_string().contains(&first.edge.addr().to_string()), "{error}");
}

/// A request that nobody reads to its end, and another behind it on the same connection.
async fn pipelined(bench: &Bench, first: &[u8]) -> String {
    raw(bench, &[first, b"GET /topics/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"].concat()).await
}

#[tokio::test]
async fn a_connection_survives_a_refusal_or_is_told_its_end() {
    let bench = bench(small()).await;
    let post = |path: &str, headers: &str, body: &str| format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}");
    let sized = |size: usize| format!("Content-Length: {size}\r\n");
    let chunked = "Transfer-Encoding: chunked\r\n";
    let (short, long) = ("x".repeat(1001), "x".repeat(100_000));
    for (request, status, survives, why) in [
        (post("/v3/echo", &sized(short.len()), &short), 413, true, "too large, but a short way to the end"),
        (post("/v3/echo", &sized(long.len()), &long), 413, false, "a long way to the end"),
        (post("/v3/echo", chunked, &format!("3e9\r\n{short}\r\n0\r\n\r\n")), 413, true, "an end that was not announced"),
        (post("/v3/echo", chunked, &format!("186a0\r\n{long}\r\n0\r\n\r\n")), 413, false, "an end that is too far"),
        (post("/v3/echo", &format!("{chunked}Content-Encoding: br\r\n"), "3e9\r\nx"), 415, false, "an end that does not come"),
        (post("/v3/echo", "Expect: 100-continue\r\nContent-Length: 1001\r\n", ""), 413, false, "a body that is not sent"),
        (post("/v3/ignores-body", &sized(10), "0123456789"), 200, true, "an operation that takes no body"),
        (post("/livez", &sized(10), "0123456789"), 405, true, "the edge itself"),
        (post("/v3/records", &sized(10), "0123456789"), 200, true, "a stream, read to its end behind the answer's head"),
    ] {
        // Whatever does not come is not waited for: the other request would be its body.
        let answer = if survives { pipelined(&bench, request.as_bytes()).await } else { raw(&bench, request.as_bytes()).await };
        let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{why}: {head}");
        assert_eq!(head.contains("connection: close"), !survives, "{why}: {head}");
        assert_eq!(rest.ends_with("echo"), survives, "{why}: {rest}");
    }
}

#[tokio::test]
async fn a_connection_survives_a_stream_that_is_given_up() {
    let bench = bench(Settings::default()).await;
    let head = "POST /v3/first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n";
    let (chunk, end) = (format!("3e8\r\n{}\r\n", "x".repeat(1000)), "0\r\n\r\n");
    for (rest, survives, why) in [
        (format!("{}{end}", chunk.repeat(3)), true, "a short way to the end"),
        (format!("{}{end}", chunk.repeat(100)), false, "a long way to the end"),
        (chunk, false, "an end that does not come"),
    ] {
        let answer = pipelined(&bench, format!("{head}{rest}").as_bytes()).await;
        assert!(answer.contains("\r\n1\r\n1\r\n0\r\n\r\n"), "{why}: {answer}");
        assert_eq!(answer.ends_with("echo"), survives, "{why}: {answer}");
    }
}
