//! What the gateway offers beside the operations, and what holds for every answer.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use serde_json::Value;

use crate::{Check, gateway::Gateway, kafka, surfaces::grpc};

/// A request, and what its answer must be.
struct Row {
    why: &'static str,
    verb: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
    /// Headers of the answer; `""` is any value, and `"-"` none at all.
    has: &'static [(&'static str, &'static str)],
    /// What the body contains.
    says: &'static str,
}

const PREFLIGHT: &[(&str, &str)] = &[("origin", "https://example.com"), ("access-control-request-method", "POST")];
const V2: &str = "application/vnd.kafka.v2+json";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { why: "alive", verb: "GET", path: "/livez", headers: &[], status: 200, has: &[], says: "" },
    Row { why: "ready", verb: "GET", path: "/readyz", headers: &[], status: 200, has: &[], says: "" },
    Row { why: "metrics", verb: "GET", path: "/metrics", headers: &[], status: 200, has: &[("content-type", "")], says: "# TYPE" },
    Row { why: "the description", verb: "GET", path: "/openapi.json", headers: &[], status: 200, has: &[("content-type", "application/json")], says: "\"openapi\"" },
    Row { why: "the description may be kept", verb: "GET", path: "/openapi.json", headers: &[("if-none-match", "*")], status: 304, has: &[("etag", ""), ("content-length", "-")], says: "" },
    Row { why: "the description below the prefix", verb: "GET", path: "/kafka/openapi.json", headers: &[], status: 200, has: &[("etag", "")], says: "\"openapi\"" },
    Row { why: "the pages' folder", verb: "GET", path: "/docs/", headers: &[], status: 200, has: &[("content-type", "text/html"), ("content-security-policy", ""), ("etag", ""), ("cache-control", "no-cache")], says: "swagger-ui" },
    Row { why: "the pages below the prefix", verb: "GET", path: "/kafka/docs/index.html", headers: &[], status: 200, has: &[("content-type", "text/html")], says: "swagger-ui" },
    Row { why: "the pages' settings", verb: "GET", path: "/docs/swagger-initializer.js", headers: &[], status: 200, has: &[], says: "../openapi.json" },
    Row { why: "the pages' script, unpacked", verb: "GET", path: "/docs/swagger-ui-bundle.js", headers: &[], status: 200, has: &[("content-type", "text/javascript"), ("content-encoding", "-")], says: "SwaggerUIBundle" },
    Row { why: "the pages' script, packed", verb: "HEAD", path: "/docs/swagger-ui-bundle.js", headers: &[("accept-encoding", "gzip")], status: 200, has: &[("content-encoding", "gzip"), ("vary", "")], says: "" },
    Row { why: "pages may be kept", verb: "GET", path: "/docs/swagger-ui.css", headers: &[("if-none-match", "*")], status: 304, has: &[("etag", "")], says: "" },
    Row { why: "no such page", verb: "GET", path: "/docs/nothing", headers: &[], status: 404, has: &[("content-type", "application/json")], says: "HTTP 404 Not Found" },
    Row { why: "pages are not written", verb: "POST", path: "/docs/", headers: &[], status: 405, has: &[("allow", "GET, HEAD")], says: "405" },
    Row { why: "a request's id comes back", verb: "GET", path: "/topics", headers: &[("x-request-id", "mine-1")], status: 200, has: &[("x-request-id", "mine-1")], says: "[" },
    Row { why: "a request without an id gets one", verb: "GET", path: "/topics", headers: &[], status: 200, has: &[("x-request-id", ""), ("content-type", V2)], says: "[" },
    Row { why: "errors have ids too", verb: "GET", path: "/nothing", headers: &[("x-request-id", "mine-2")], status: 404, has: &[("x-request-id", "mine-2")], says: "404" },
    Row { why: "CORS is off for preflights", verb: "OPTIONS", path: "/topics", headers: PREFLIGHT, status: 200, has: &[("access-control-allow-origin", "-"), ("allow", "")], says: "" },
    Row { why: "CORS is off for requests", verb: "GET", path: "/topics", headers: PREFLIGHT, status: 200, has: &[("access-control-allow-origin", "-")], says: "[" },
    Row { why: "HEAD is GET without its body", verb: "HEAD", path: "/topics", headers: &[], status: 200, has: &[("content-type", V2)], says: "" },
    Row { why: "nothing is there", verb: "GET", path: "/v3/nothing", headers: &[], status: 404, has: &[("content-type", "application/json")], says: "HTTP 404 Not Found" },
    Row { why: "the embedded form's prefix stays in links", verb: "GET", path: "/kafka/v3/clusters", headers: &[], status: 200, has: &[], says: "/kafka/v3/clusters/" },
    Row { why: "the client's parameters come back", verb: "GET", path: "/v3/clusters", headers: &[("accept", "application/json;charset=utf-8")], status: 200, has: &[("content-type", "application/json;charset=utf-8")], says: "" },
    Row { why: "parameters of pages are ignored", verb: "GET", path: "/v3/clusters?page_size=1&page_token=x", headers: &[], status: 200, has: &[], says: "KafkaClusterList" },
];

/// `{"records":[{"value":1},{"value":2}]}`, as gzip.
#[rustfmt::skip]
const ZIPPED: &[u8] = &[0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x2a, 0x4a, 0x4d, 0xce, 0x2f, 0x4a, 0x29, 0x56, 0xb2, 0x8a, 0xae, 0x56, 0x2a, 0x4b, 0xcc, 0x29, 0x4d, 0x55, 0xb2, 0x32, 0xac, 0xd5, 0x81, 0xb3, 0x8d, 0x6a, 0x63, 0x6b, 0x01, 0x75, 0x53, 0x67, 0x84, 0x25, 0x00, 0x00, 0x00];

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for row in ROWS {
        let gateway = gateway.clone();
        checks.push((format!("endpoints: {}", row.why), Box::pin(async move { answered(&gateway, row).await })));
    }
    let (one, two, three) = (gateway.clone(), gateway.clone(), gateway.clone());
    checks.push(("endpoints: grpc.health.v1 says SERVING".to_owned(), Box::pin(async move { healthy(&one).await })));
    checks.push(("endpoints: reflection names every service".to_owned(), Box::pin(async move { reflected(&two).await })));
    checks.push(("endpoints: gzip in both directions".to_owned(), Box::pin(async move { zipped(&three).await })));
    checks
}

async fn zipped(gateway: &Gateway) -> Result<(), String> {
    let topic = format!("gzip-{}", gateway.run);
    kafka::create_topic(gateway, &topic, 1).await?;
    let url = format!("{}/topics/{topic}", gateway.url);
    let request = gateway.http.post(&url).header("content-type", "application/vnd.kafka.json.v2+json").header("content-encoding", "gzip");
    let response = request.body(ZIPPED).send().await.map_err(|e| format!("no answer: {e:?}"))?;
    let (status, text) = (response.status(), response.text().await.map_err(|e| e.to_string())?);
    if status != 200 || !text.contains("\"offset\":1") {
        return Err(format!("a request as gzip: {status} {text}"));
    }
    let response = gateway.http.get(&url).header("accept-encoding", "gzip").send().await.map_err(|e| format!("no answer: {e:?}"))?;
    match response.headers().get("content-encoding") {
        Some(encoding) if encoding == "gzip" => Ok(()),
        other => Err(format!("a large answer: want gzip, got {other:?}")),
    }
}

async fn answered(gateway: &Gateway, row: &Row) -> Result<(), String> {
    let mut request = gateway.http.request(row.verb.parse().unwrap(), format!("{}{}", gateway.url, row.path));
    for (name, value) in row.headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.map_err(|e| format!("no answer: {e:?}"))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.map_err(|e| format!("the body broke off: {e:?}"))?;
    let text = String::from_utf8_lossy(&body);
    if status != row.status || !text.contains(row.says) {
        return Err(format!("want {} with {:?}, got {status} with {text:.300}", row.status, row.says));
    }
    for (name, want) in row.has {
        let got = headers.get(*name).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
        let right = match *want {
            "-" => got.is_none(),
            "" => got.is_some(),
            want => got.as_deref() == Some(want),
        };
        if !right {
            return Err(format!("{name}: want {want:?}, got {got:?}"));
        }
    }
    Ok(())
}

async fn healthy(gateway: &Gateway) -> Result<(), String> {
    let answer = grpc::unary(gateway, "/grpc.health.v1.Health/Check", Bytes::new()).await.map_err(|e| e.to_string())?;
    // Field 1, the enum value SERVING.
    if answer[..] == [0x08, 0x01] { Ok(()) } else { Err(format!("want SERVING, got {answer:?}")) }
}

async fn reflected(gateway: &Gateway) -> Result<(), String> {
    // Field 7, `list_services`, with any text.
    let request = Bytes::from_static(&[0x3a, 0x01, b'*']);
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let mut answers = grpc::open(gateway, path, futures::stream::iter([request])).await.map_err(|e| e.to_string())?;
    let answer = answers.next().await.ok_or("no answer")?.map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let services: std::collections::BTreeSet<String> =
        crate::protos::methods().filter_map(|m| Some(format!("barnabas.{}", m.split_once('/')?.0))).collect();
    let missing: Vec<&String> = services.iter().filter(|s| !text.contains(s.as_str())).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("reflection does not name {missing:?}")) }
}

/// What an error of REST looks like: `None` if it does not.
pub fn error_of(text: &str) -> Option<(i64, String)> {
    let body: Value = serde_json::from_str(text).ok()?;
    Some((body["error_code"].as_i64()?, body["message"].as_str()?.to_owned()))
}
