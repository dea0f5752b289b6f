//! The examples of the OpenAPI document, `proto/examples/`: each is sent, and the answer must be what the document shows.
//!
//! A file is one check; its steps run in order. What stands for something else in them is put in its place before a request is sent,
//! and put back in the answer: the cluster's id, the gateway's address, and the names that the file says it uses, which become names of
//! its own. CONTRIBUTING.md tells how an example is written.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::transactions;
use crate::{Check, gateway::Gateway, kafka};

/// The cluster's id and the gateway's address in examples: those of `barnabas dev`.
const CLUSTER: &str = "barnabas-dev";
const URL: &str = "http://localhost:8082";

/// Members that differ from run to run wherever they stand: only their kind is compared.
const VARIES: &[&str] = &["host", "port", "timestamp"];

/// How long what an example calls `eventually` may take.
const IN_THE_END: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let mut files = Vec::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("proto/examples"), &mut files);
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    let check = |(name, content): (String, Value)| -> Check {
        let gateway = gateway.clone();
        (format!("examples: {name}"), Box::pin(async move { run(&gateway, &name, &content).await }))
    };
    files.into_iter().map(check).collect()
}

fn find(folder: &Path, found: &mut Vec<(String, Value)>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            find(&path, found);
        } else {
            let part = |path: Option<&std::ffi::OsStr>| path.unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{}/{}", part(path.parent().and_then(Path::file_name)), part(path.file_stem()));
            let text = fs::read_to_string(&path).unwrap();
            found.push((name, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))));
        }
    }
}

async fn run(gateway: &Gateway, name: &str, content: &Value) -> Result<(), String> {
    let topics = content["topics"].as_object().cloned().unwrap_or_default();
    let names = content["names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let transactions = content["open_transactions"].as_object().cloned().unwrap_or_default();
    let all = topics.keys().chain(transactions.keys()).map(String::as_str).chain(names);
    let mut names = Names::new(gateway, name, all)?;
    for (topic, partitions) in &topics {
        let partitions = partitions.as_i64().and_then(|p| i32::try_from(p).ok()).ok_or("a topic without a number of partitions")?;
        kafka::create_topic(gateway, &names.fill(topic), partitions).await?;
    }
    for topic in content["filled"].as_array().into_iter().flatten().filter_map(Value::as_str).filter(|_| !gateway.embedded) {
        let (bootstrap, topic) = (gateway.bootstrap.clone(), names.fill(topic));
        tokio::task::spawn_blocking(move || kafka::fill(&bootstrap, &topic)).await.map_err(|e| e.to_string())??;
    }
    let mut producers = Vec::new();
    for (id, topic) in transactions.iter().filter(|_| !gateway.embedded) {
        let topic = topic.as_str().ok_or("a transaction without a topic")?;
        let (bootstrap, id, topic) = (gateway.bootstrap.clone(), names.fill(id), names.fill(topic));
        let opened = tokio::task::spawn_blocking(move || transactions::open(&bootstrap, &id, &topic)).await;
        producers.push(opened.map_err(|e| e.to_string())??);
    }
    let outcome = walk(gateway, &mut names, content).await;
    // Closing a producer waits for brokers.
    tokio::task::spawn_blocking(move || drop(producers)).await.map_err(|e| e.to_string())?;
    outcome
}

async fn walk(gateway: &Gateway, names: &mut Names<'_>, content: &Value) -> Result<(), String> {
    let steps = content["steps"].as_array().ok_or("no list `steps`")?;
    for step in steps.iter().filter(|step| step["needs_kafka"] != true || !gateway.embedded) {
        let request = step["request"].as_str().or(step["prepare"].as_str()).ok_or("a step with neither `request` nor `prepare`")?;
        carry_out(gateway, names, request, step).await.map_err(|e| format!("{request}: {e}"))?;
    }
    Ok(())
}

async fn carry_out(gateway: &Gateway, names: &mut Names<'_>, request: &str, step: &Value) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match once(gateway, names, request, step).await {
            Err(_) if step["eventually"] == true && begun.elapsed() < IN_THE_END => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
}

async fn once(gateway: &Gateway, names: &mut Names<'_>, request: &str, step: &Value) -> Result<(), String> {
    let (verb, path) = request.split_once(' ').ok_or("no verb and path")?;
    let mut call = gateway.http.request(verb.parse().map_err(|_| "no verb")?, format!("{}{}", gateway.url, names.fill(path)));
    if let Some(body) = step.get("body") {
        let media = if path.starts_with("/v3/") { "application/json" } else { "application/vnd.kafka.v2+json" };
        call = call.header("content-type", step["content_type"].as_str().unwrap_or(media));
        // No operation takes a JSON text: a text is a body of another kind.
        call = call.body(names.fill(&body.as_str().map_or_else(|| body.to_string(), str::to_owned)));
    }
    if let Some(media) = step["accept"].as_str() {
        call = call.header("accept", media);
    }
    let response = call.send().await.map_err(|e| format!("no answer: {e:?}"))?;
    let status = response.status();
    let text = response.text().await.map_err(|e| format!("the body broke off: {e:?}"))?;
    for (shown, place) in step["capture"].as_object().into_iter().flatten() {
        let got: Value = serde_json::from_str(&text).map_err(|e| format!("no JSON ({e}): {text}"))?;
        let own =
            got.pointer(place.as_str().unwrap_or_default()).and_then(Value::as_str).ok_or_else(|| format!("no text at {place}: {text}"))?;
        names.own.push((shown.clone(), own.to_owned()));
    }
    let text = names.put_back(&text);
    let right = step["status"].as_u64().map_or(status.is_success(), |want| want == u64::from(status.as_u16()));
    if !right {
        return Err(format!("{status}: {text}"));
    }
    let Some(want) = step.get("answer") else {
        return if text.is_empty() || step.get("prepare").is_some() {
            Ok(())
        } else {
            Err(format!("no answer is shown, but it is {text}"))
        };
    };
    let got = match want {
        Value::String(_) => Value::String(text.clone()),
        _ => serde_json::from_str(&text).map_err(|e| format!("no JSON ({e}): {text}"))?,
    };
    let varies = step["varies"].as_array().into_iter().flatten().filter_map(Value::as_str).chain(VARIES.iter().copied()).collect();
    // A cluster of several brokers has other numbers than the embedded one, which the example shows.
    let compare = Compare { varies, numbers: gateway.embedded || step["needs_kafka"] == true };
    compare.same("", want, &got).map_err(|e| format!("{e}; the answer is {text}"))
}

/// How examples are compared.
struct Compare<'a> {
    /// Members of which only the kind counts.
    varies: Vec<&'a str>,
    /// Whether numbers count, alone and in texts.
    numbers: bool,
}

impl Compare<'_> {
    fn same(&self, at: &str, want: &Value, got: &Value) -> Result<(), String> {
        let differs = || Err(format!("at {at}/: the example shows {want}, the gateway {got}"));
        match (want, got) {
            (Value::Object(want), Value::Object(got)) => {
                if let Some(name) = got.keys().find(|name| !want.contains_key(*name)) {
                    return Err(format!("at {at}/{name}: the example does not have it"));
                }
                for (name, want) in want {
                    let at = format!("{at}/{name}");
                    let got = got.get(name).ok_or_else(|| format!("at {at}: only the example has it"))?;
                    if !self.varies.contains(&name.as_str()) {
                        self.same(&at, want, got)?;
                    } else if std::mem::discriminant(want) != std::mem::discriminant(got) {
                        return Err(format!("at {at}: of another kind: the example shows {want}, the gateway {got}"));
                    }
                }
                Ok(())
            }
            // Others may be there too: other tests' topics, other brokers. What is shown must be there, in its order.
            (Value::Array(want), Value::Array(got)) => {
                let mut rest = got.iter();
                for (i, want) in want.iter().enumerate() {
                    let mut reason = "nothing is left".to_owned();
                    let found =
                        rest.by_ref().any(|got| self.same(&format!("{at}/{i}"), want, got).inspect_err(|e| reason.clone_from(e)).is_ok());
                    if !found {
                        return Err(format!("at {at}: the example's element {i} is not there, or in another order ({reason})"));
                    }
                }
                Ok(())
            }
            (Value::Number(_), Value::Number(_)) if !self.numbers => Ok(()),
            (Value::String(want), Value::String(got)) if !self.numbers && without_numbers(want) == without_numbers(got) => Ok(()),
            (want, got) if want == got => Ok(()),
            _ => differs(),
        }
    }
}

fn without_numbers(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// What stands for something else in the examples of a file. No name may be part of another.
struct Names<'a> {
    gateway: &'a Gateway,
    /// The name in examples, and the name in this run.
    own: Vec<(String, String)>,
}

impl<'a> Names<'a> {
    fn new<'n>(gateway: &'a Gateway, file: &str, names: impl Iterator<Item = &'n str>) -> Result<Self, String> {
        let file = file.replace('/', "-");
        let own: Vec<(String, String)> = names.map(|name| (name.to_owned(), format!("{name}-{file}-{}", gateway.run))).collect();
        for (i, (name, _)) in own.iter().enumerate() {
            if let Some((other, _)) =
                own.iter().enumerate().find(|(j, (other, _))| *j != i && other.contains(name.as_str())).map(|(_, o)| o)
            {
                return Err(format!("the name {name} is part of the name {other}"));
            }
        }
        Ok(Self { gateway, own })
    }

    fn fill(&self, text: &str) -> String {
        let text = text.replace(CLUSTER, &self.gateway.cluster_id).replace(URL, &self.gateway.url);
        self.own.iter().rev().fold(text, |text, (shown, own)| text.replace(shown, own))
    }

    fn put_back(&self, text: &str) -> String {
        let text = self.own.iter().rev().fold(text.to_owned(), |text, (shown, own)| text.replace(own, shown));
        text.replace(&self.gateway.url, URL).replace(&self.gateway.cluster_id, CLUSTER)
    }
}

#[test]
fn every_operation_has_an_example() {
    let missing = include_str!(concat!(env!("OUT_DIR"), "/without_example.txt"));
    assert!(missing.is_empty(), "operations without an example in proto/examples (CONTRIBUTING.md tells how to add one):\n{missing}");
}

#[test]
fn an_example_is_compared_in_shape_and_value() {
    use serde_json::json;
    let exact = Compare { varies: vec!["port"], numbers: true };
    let loose = Compare { varies: vec![], numbers: false };
    for (why, compare, want, got, same) in [
        ("equal", &exact, json!({"a": 1}), json!({"a": 1}), true),
        ("another value", &exact, json!({"a": 1}), json!({"a": 2}), false),
        ("a member more", &exact, json!({"a": 1}), json!({"a": 1, "b": 1}), false),
        ("a member less", &exact, json!({"a": null}), json!({}), false),
        ("a member that varies", &exact, json!({"port": 1}), json!({"port": 2}), true),
        ("a member that varies, but not in kind", &exact, json!({"port": 1}), json!({"port": null}), false),
        ("others in the list", &exact, json!([1, 3]), json!([0, 1, 2, 3]), true),
        ("another order", &exact, json!([3, 1]), json!([1, 3]), false),
        ("numbers of another cluster", &loose, json!(["/brokers/1", 1]), json!(["/brokers/23", 2]), true),
        ("texts of another cluster", &loose, json!("/brokers/1"), json!("/topics/1"), false),
    ] {
        assert_eq!(compare.same("", &want, &got).is_ok(), same, "{why}");
    }
}
