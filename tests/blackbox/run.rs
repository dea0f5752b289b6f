//! Carries cases out: names of their own, step by step, and a text for whoever reads what failed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    case::{Action, Case, Expect, Step},
    compare,
    gateway::Gateway,
    kafka,
    surfaces::{Answer, Surface},
};

/// How long what comes "in the end" may take: joining a group is the longest of it.
const IN_THE_END: Duration = Duration::from_secs(20);
/// The pause between two looks at something that comes in the end.
const PAUSE: Duration = Duration::from_millis(30);

/// Runs a case on a surface.
///
/// # Errors
/// What failed: the step, what was wanted and what came.
pub async fn run(gateway: Arc<Gateway>, case: Case, surface: Surface) -> Result<(), String> {
    let names = Names { gateway: &gateway, stem: format!("{}-{surface}-{}", legal(&case.name), gateway.run) };
    for (label, partitions) in &case.topics {
        kafka::create_topic(&gateway, &names.topic(label), *partitions).await?;
    }
    for (number, step) in case.steps.iter().enumerate() {
        let what = format!("step {} ({})", number + 1, describe(step));
        carry_out(&gateway, &names, step, surface).await.map_err(|e| format!("{what}: {}", shorten(&e)))?;
    }
    Ok(())
}

/// A name that a topic may have.
fn legal(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c), "-")
}

/// A text that a terminal can take.
fn shorten(text: &str) -> String {
    text.chars().take(2_000).collect()
}

fn describe(step: &Step) -> String {
    match &step.action {
        Action::Call { rpc, requests } => {
            let requests: Vec<String> = requests.iter().map(|r| r.to_string().chars().take(300).collect()).collect();
            format!("{rpc} {}", requests.join(" "))
        }
        Action::Stored { topic, partition } => format!("records in {topic}-{partition}"),
    }
}

async fn carry_out(gateway: &Gateway, names: &Names<'_>, step: &Step, surface: Surface) -> Result<(), String> {
    match &step.action {
        Action::Stored { topic, partition } => {
            let Expect::Holds(want) = &step.expect else { return Err("records are expected".to_owned()) };
            let want = names.fill(&Value::Array(want.clone()));
            let got = kafka::read(gateway, &names.text(topic), *partition, want.as_array().map_or(0, Vec::len)).await?;
            compare::holds(&want, &Value::Array(got))
        }
        Action::Call { rpc, requests } => {
            let requests: Vec<Value> = requests.iter().map(|r| names.fill(r)).collect();
            let step = Step { rest: step.rest.as_ref().map(|r| names.fill(r)), ..step.clone() };
            match &step.expect {
                Expect::Collects(field, want) => {
                    let want = names.fill(&Value::Array(want.clone()));
                    collect(gateway, surface, rpc, &requests, field, &want).await
                }
                Expect::InTheEnd(_) | Expect::FailsInTheEnd(_) => in_the_end(gateway, names, &step, surface, rpc, &requests).await,
                _ => {
                    let answer = surface.call(gateway, rpc, &requests, &step.details).await?;
                    check(names, &step, surface, rpc, &answer)
                }
            }
        }
    }
}

async fn in_the_end(
    gateway: &Gateway,
    names: &Names<'_>,
    step: &Step,
    surface: Surface,
    rpc: &str,
    requests: &[Value],
) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let answer = surface.call(gateway, rpc, requests, &step.details).await?;
        match check(names, step, surface, rpc, &answer) {
            Ok(()) => return Ok(()),
            Err(e) if begun.elapsed() > IN_THE_END => return Err(format!("still after {IN_THE_END:?}: {e}")),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn collect(gateway: &Gateway, surface: Surface, rpc: &str, requests: &[Value], field: &str, want: &Value) -> Result<(), String> {
    let begun = Instant::now();
    let wanted = want.as_array().map_or(0, Vec::len);
    let mut got: Vec<Value> = Vec::new();
    while got.len() < wanted && begun.elapsed() < IN_THE_END {
        let answers = surface.call(gateway, rpc, requests, &Default::default()).await?.map_err(|e| format!("got {e:?}"))?;
        for answer in answers {
            // Where the list is the whole body there is no member of its name.
            let list = answer.get(field).unwrap_or(&answer);
            got.extend(list.as_array().into_iter().flatten().cloned());
        }
    }
    let all = |list: Value| Value::Object([(field.to_owned(), list)].into_iter().collect());
    match surface {
        Surface::Rest => surface.holds(rpc, &all(want.clone()), &Value::Array(got)),
        _ => surface.holds(rpc, &all(want.clone()), &all(Value::Array(got))),
    }
}

fn check(names: &Names<'_>, step: &Step, surface: Surface, rpc: &str, answer: &Answer) -> Result<(), String> {
    match (&step.expect, answer) {
        (Expect::Gives(want) | Expect::InTheEnd(want), Ok(answers)) => {
            let [got] = &answers[..] else { return Err(format!("want one answer, got {answers:?}")) };
            surface.holds(rpc, &names.fill(want), got).map_err(|e| format!("{e}; the whole answer is {got}"))?;
            match &step.rest {
                Some(want) if surface == Surface::Rest => compare::holds(want, got).map_err(|e| format!("{e}; the whole answer is {got}")),
                _ => Ok(()),
            }
        }
        (Expect::Streams(want), Ok(answers)) => {
            if want.len() != answers.len() {
                return Err(format!("want {} answers, got {answers:?}", want.len()));
            }
            for (i, (want, got)) in want.iter().zip(answers).enumerate() {
                surface.holds(rpc, &names.fill(want), got).map_err(|e| format!("answer {i}: {e}; it is {got}"))?;
            }
            Ok(())
        }
        (Expect::Fails(reason) | Expect::FailsInTheEnd(reason), Err(refused)) => {
            surface.is_refused(rpc, reason, refused).map_err(|e| format!("{e}: {}", refused.message))?;
            let want = step.message.as_ref().map(|m| names.text(m)).unwrap_or_default();
            if refused.message.contains(&want) { Ok(()) } else { Err(format!("want text {want:?}, got {:?}", refused.message)) }
        }
        (want, got) => Err(format!("want {want:?}, got {got:?}")),
    }
}

/// The names that stand for a case's own things.
struct Names<'a> {
    gateway: &'a Gateway,
    stem: String,
}

impl Names<'_> {
    fn topic(&self, label: &str) -> String {
        if label.is_empty() { self.stem.clone() } else { format!("{}-{label}", self.stem) }
    }

    /// The id of the broker at this place of the cluster's list; a number that no broker has beyond it.
    fn broker(&self, place: usize) -> i64 {
        self.gateway.brokers.get(place).copied().unwrap_or(4_711)
    }

    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text == "<broker>" => self.broker(0).into(),
            Value::String(text) if text.starts_with("<broker:") => {
                let place = text.trim_start_matches("<broker:").trim_end_matches('>');
                self.broker(place.parse().expect("the place of a broker")).into()
            }
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|v| self.fill(v)).collect(),
            Value::Object(members) => Value::Object(members.iter().map(|(k, v)| (self.text(k), self.fill(v))).collect()),
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        if !text.contains('<') {
            return text.to_owned();
        }
        let mut text = text.replace("<cluster>", &self.gateway.cluster_id).replace("<url>", &self.gateway.url);
        text = text.replace("<broker>", &self.broker(0).to_string());
        for kind in ["topic", "group"] {
            text = text.replace(&format!("<{kind}>"), &self.stem);
            while let Some((before, rest)) = text.split_once(&format!("<{kind}:")) {
                let (label, after) = rest.split_once('>').expect("a closed name");
                text = format!("{before}{}{after}", self.topic(label));
            }
        }
        text
    }
}
