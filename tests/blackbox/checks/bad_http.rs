//! Bad input for every route of the REST API: a documented error in the API's own form, never a 5xx, a hang or a lost connection.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{endpoints::error_of, routes::Route};
use crate::{
    Check, errors,
    gateway::{CALL_TIMEOUT, Gateway},
};

/// Levels of nesting that no reader should follow.
const DEEP: usize = 10_000;
/// A `Content-Length` that no gateway takes.
const HUGE: u64 = 10_000_000_000;

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let routes = super::routes::all();
    let mut checks: Vec<Check> = Vec::new();
    for route in routes.clone() {
        let verbs: BTreeSet<&str> = routes.iter().filter(|r| r.path == route.path).map(|r| r.verb).collect();
        let probe = Probe { gateway: gateway.clone(), route };
        let name = format!("rest: bad input for {} {}", probe.route.verb, probe.route.path);
        checks.push((name, Box::pin(async move { probe.all(&verbs).await })));
    }
    checks
}

/// What is sent, and which statuses are right; none is any documented answer that is no 5xx.
struct Row {
    why: String,
    request: reqwest::RequestBuilder,
    want: Vec<u16>,
    /// What the message must name.
    names: Option<String>,
}

/// What came: in a stream the first record's `error_code` stands for the status.
struct Got {
    status: u16,
    allow: String,
    text: String,
    message: String,
}

struct Probe {
    gateway: Arc<Gateway>,
    route: Route,
}

impl Probe {
    async fn all(&self, verbs: &BTreeSet<&str>) -> Result<(), String> {
        let mut failures = Vec::new();
        let mut rows = self.paths();
        rows.extend(self.headers());
        if !self.route.consumes.is_empty() {
            rows.extend(self.bodies());
            failures.extend(self.too_large().await.err().map(|e| format!("a body that is too large: {e}")));
        }
        for row in rows {
            failures.extend(self.one(row).await.err());
        }
        failures.extend(self.methods(verbs).await.err());
        if failures.is_empty() { Ok(()) } else { Err(format!("\n    {}", failures.join("\n    "))) }
    }

    async fn one(&self, row: Row) -> Result<(), String> {
        let got = self.send(row.request).await.map_err(|e| format!("{}: {e}", row.why))?;
        if !row.want.is_empty() && !row.want.contains(&got.status) {
            return Err(format!("{}: want {:?}, got {} {:.300}", row.why, row.want, got.status, got.text));
        }
        match row.names {
            Some(name) if got.status >= 400 && !got.message.contains(&name) => {
                Err(format!("{}: the message does not name {name}: {:.300}", row.why, got.message))
            }
            _ => Ok(()),
        }
    }

    /// Sends, and checks what holds for every answer.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Got, String> {
        let response = request.send().await.map_err(|e| format!("no answer: {e:?}"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(|e| format!("the body broke off: {e:?}"))?;
        let allow = headers.get("allow").map(|a| String::from_utf8_lossy(a.as_bytes()).into_owned()).unwrap_or_default();
        if status < 400 {
            let first = text.lines().next().filter(|_| self.route.streams()).and_then(error_of);
            let (status, message) = match first {
                Some((code, message)) => (u16::try_from(if code > 999 { code / 100 } else { code }).unwrap_or_default(), message),
                None => (status, String::new()),
            };
            return if status < 500 { Ok(Got { status, allow, text, message }) } else { Err(format!("a 5xx for the record: {text:.300}")) };
        }
        let Some((error_code, message)) = error_of(&text) else {
            return Err(format!("{status} without error_code and message: {text:.300}"));
        };
        // What the embedded broker cannot do at all is told as that.
        let beyond_it = self.gateway.embedded && status == 502;
        if (status >= 500 && !beyond_it) || !errors::is_documented(status, error_code) {
            return Err(format!("not a documented 4xx: {status} {text:.300}"));
        }
        if !headers.get("content-type").is_some_and(|t| t.to_str().is_ok_and(|t| t.contains("json"))) {
            return Err(format!("{status} without a JSON Content-Type: {headers:?}"));
        }
        Ok(Got { status, allow, text, message })
    }

    fn row(&self, why: impl Into<String>, request: reqwest::RequestBuilder, want: &[u16]) -> Row {
        Row { why: why.into(), request, want: want.to_vec(), names: None }
    }

    fn path(&self) -> String {
        let run = &self.gateway.run;
        self.route.fill(&self.gateway.cluster_id, &format!("bad-input-{run}"), &format!("bad-input-{run}"), "0")
    }

    fn request(&self, verb: &str, path: &str) -> reqwest::RequestBuilder {
        self.gateway.http.request(verb.parse().unwrap(), format!("{}{path}", self.gateway.url))
    }

    /// The route's own request with this body.
    fn with_body(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.request(self.route.verb, &self.path()).header("content-type", self.route.media_type()).body(body)
    }

    /// A request at another path, with the body that the route wants.
    fn at(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.request(self.route.verb, path);
        if self.route.consumes.is_empty() {
            request
        } else {
            request.header("content-type", self.route.media_type()).body(self.route.body().to_string())
        }
    }

    fn bodies(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for broken in ["{\"a\":", "{'a':1}", "nonsense", "{\"a\":1,}", "{\"a\" 1}", "\"open", "{\"a\":\"\n\"}", "{\"a\":01}"] {
            rows.push(self.row(format!("broken JSON {broken:?}"), self.with_body(broken), &[400]));
        }
        rows.push(self.row("no UTF-8", self.with_body(&b"{\"\xff\xfe\":1}"[..]), &[400, 422]));
        for shape in ["[]", "\"x\"", "5", "true"] {
            rows.push(self.row(format!("no object but {shape}"), self.with_body(shape), &[400]));
        }
        let deep = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
        rows.push(self.row("nothing but nesting", self.with_body(deep.clone()), &[400]));
        rows.push(self.row("nesting without an end", self.with_body("{\"a\":".repeat(DEEP)), &[400]));
        let body = self.route.body();
        let members = body.as_object().unwrap();
        let takes_anything = self.route.path == "/";
        for name in members.keys() {
            let with = |value: Value| {
                let mut changed = members.clone();
                changed.insert(name.clone(), value);
                Value::Object(changed).to_string()
            };
            let wrong = if members[name].is_array() || members[name].is_object() { json!("x") } else { json!({"x": [1]}) };
            let mut row = self.row(format!("{name} of a wrong type"), self.with_body(with(wrong)), &[400, 422]);
            row.names = Some(name.clone());
            rows.push(row);
            rows.push(self.row(format!("{name} is nested"), self.with_body(with(json!("DEEP")).replace("\"DEEP\"", &deep)), &[400, 422]));
            let mut without = members.clone();
            without.remove(name);
            rows.push(self.row(format!("no {name}"), self.with_body(Value::Object(without).to_string()), &[]));
        }
        let mut more = members.clone();
        more.insert("nonsense".to_owned(), json!(1));
        let want: &[u16] = if takes_anything {
            &[200]
        } else if self.route.streams() {
            &[400]
        } else {
            &[422]
        };
        let mut row = self.row("an unknown member", self.with_body(Value::Object(more).to_string()), want);
        row.names = Some("nonsense".to_owned());
        rows.push(row);
        if !self.route.streams() {
            rows.push(self.row("text behind the value", self.with_body(format!("{body} x")), &[400]));
        }
        for blank in ["", "  \n", "null"] {
            rows.push(self.row(format!("a body of {blank:?}"), self.with_body(blank), &[]));
        }
        rows
    }

    fn headers(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let accept = self.at(&self.path()).header("accept", "image/png");
        let want: &[u16] = if self.route.produces.is_empty() { &[] } else { &[406] };
        rows.push(self.row("an Accept that nothing satisfies", accept, want));
        if !self.route.consumes.is_empty() {
            for kind in ["text/plain", "nonsense", "application/xml", "multipart/form-data; boundary=x"] {
                let request = self.request(self.route.verb, &self.path()).header("content-type", kind).body(self.route.body().to_string());
                rows.push(self.row(format!("Content-Type {kind}"), request, &[415]));
            }
        }
        rows
    }

    fn paths(&self) -> Vec<Row> {
        let (cluster, run) = (self.gateway.cluster_id.as_str(), self.gateway.run.as_str());
        let name = format!("bad-input-{run}");
        let fill = |topic: &str, partition: &str| self.route.fill(cluster, topic, topic, partition);
        let mut rows = Vec::new();
        let (head, tail) = self.path().rsplit_once('/').map(|(h, t)| (h.to_owned(), t.to_owned())).unwrap();
        rows.push(self.row("an empty segment", self.at(&format!("{head}//{tail}")), &[404]));
        if self.route.path.contains('{') {
            for odd in ["a%2Fb", "%2F", "%00", "a%20b", "%C5%BE", "..%2F..", "-"] {
                rows.push(self.row(format!("the name {odd}"), self.at(&fill(odd, "0")), &[]));
            }
            let long: Vec<u16> = (400..500).collect();
            // In one variable only: all together would be longer than any client can send.
            let named = self.route.path.contains("_name}") || self.route.path.contains("group_id}");
            let text = "x".repeat(60_000);
            let (own, cluster) = if named { (text.as_str(), cluster) } else { (name.as_str(), text.as_str()) };
            let group = if self.route.path.contains("{topic_name}") { name.as_str() } else { own };
            rows.push(self.row("a name of 60 KB", self.at(&self.route.fill(cluster, own, group, "0")), &long));
            rows.push(self.row(
                "a name that is no UTF-8",
                self.at(&fill("%ff%fe", "0")),
                if self.route.path.contains("_name}") || self.route.path.contains("group_id}") { &[400, 404] } else { &[] },
            ));
        }
        if self.route.path.contains("{partition_id}") || self.route.path.contains("{broker_id}") {
            for number in ["-1", "x", "1.5", "99999999999999999999", "2147483648", "%31x", "-2147483649"] {
                rows.push(self.row(format!("the number {number}"), self.at(&fill(&name, number)), &[404]));
            }
        }
        rows
    }

    /// Other verbs, `OPTIONS`, and the same behind a trailing slash.
    async fn methods(&self, verbs: &BTreeSet<&str>) -> Result<(), String> {
        let path = self.path();
        for verb in ["PUT", "DELETE", "PATCH", "POST", "GET", "TRACE"].into_iter().filter(|v| !verbs.contains(v)) {
            let got = self.send(self.request(verb, &path)).await.map_err(|e| format!("{verb}: {e}"))?;
            if got.status != 405 || !verbs.iter().all(|v| got.allow.contains(v)) {
                return Err(format!("{verb}: want 405 that allows {verbs:?}, got {} that allows {:?}", got.status, got.allow));
            }
        }
        let slash = if path == "/" { path.clone() } else { format!("{path}/") };
        for path in [path, slash] {
            let got = self.send(self.request("OPTIONS", &path)).await.map_err(|e| format!("OPTIONS {path}: {e}"))?;
            if got.status != 200 || !verbs.iter().all(|v| got.allow.contains(v)) {
                return Err(format!("OPTIONS {path}: want 200 that allows {verbs:?}, got {} that allows {:?}", got.status, got.allow));
            }
        }
        Ok(())
    }

    /// A body that says that it is too large is refused before it comes.
    async fn too_large(&self) -> Result<(), String> {
        if self.route.streams() {
            return Ok(());
        }
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {}\r\nContent-Length: {HUGE}\r\n\r\n{{\"a\":",
            self.route.verb,
            self.path(),
            self.gateway.address,
            self.route.media_type()
        );
        let answer = async {
            let mut socket = TcpStream::connect(&self.gateway.address).await?;
            socket.write_all(head.as_bytes()).await?;
            let mut answer = vec![0; 4096];
            let length = socket.read(&mut answer).await?;
            answer.truncate(length);
            Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = timeout(CALL_TIMEOUT, answer).await.map_err(|_| "no answer")?.map_err(|e| e.to_string())?;
        if answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"error_code\":413") {
            Ok(())
        } else {
            Err(format!("want 413, got {answer:?}"))
        }
    }
}
