//! The bytes that JSON becomes in Kafka, for texts that are not compact: white space between tokens goes, strings keep only the escapes
//! that JSON needs, and numbers, members and their repetition stay as they were sent.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{Check, compare, gateway::Gateway, kafka};

/// As it is sent, and as it is stored.
const TEXTS: &[(&str, &str)] = &[
    (r#" { "b" : 1 ,  "a" : [ 1 , 2 ] } "#, r#"{"b":1,"a":[1,2]}"#),
    ("[\n\t1,\r\n 2 ]", "[1,2]"),
    (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#),
    ("1.0", "1.0"),
    ("1e3", "1e3"),
    ("1.5E-10", "1.5E-10"),
    ("-0", "-0"),
    ("0.1234567890123456789012345", "0.1234567890123456789012345"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    (r#""white  space  in text""#, r#""white  space  in text""#),
    (r#""\u00e9\/A\u0041""#, r#""é/AA""#),
    (r#""\ud83d\ude00""#, r#""😀""#),
    (r#""\"\\ \n \t \u0000 \u001f""#, r#""\"\\ \n \t \u0000 \u001F""#),
    ("\"žluťoučký 猫 🐈\"", "\"žluťoučký 猫 🐈\""),
    ("true", "true"),
    ("{}", "{}"),
    (r#"{"":{"":[]}}"#, r#"{"":{"":[]}}"#),
];

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (form, content_type) in [
        ("v2", "application/vnd.kafka.json.v2+json"),
        ("v2 keys", "application/vnd.kafka.json.v2+json"),
        ("v3", "application/json"),
        ("v3 batch", "application/json"),
    ] {
        let gateway = gateway.clone();
        checks.push((format!("rest: JSON bytes, {form}"), Box::pin(async move { stored(&gateway, form, content_type).await })));
    }
    checks
}

async fn stored(gateway: &Gateway, form: &str, content_type: &str) -> Result<(), String> {
    let topic = format!("json-bytes-{}-{}", form.replace(' ', "-"), gateway.run);
    kafka::create_topic(gateway, &topic, 1).await?;
    let (v2, v3) = (format!("/topics/{topic}"), format!("/v3/clusters/{}/topics/{topic}/records", gateway.cluster_id));
    let texts = || TEXTS.iter().map(|(sent, _)| *sent);
    let join = |parts: Vec<String>| parts.join(",");
    let requests: Vec<(String, String)> = match form {
        "v2" => vec![(v2, format!("{{\"records\":[{}]}}", join(texts().map(|t| format!("{{\"value\":{t}}}")).collect())))],
        "v2 keys" => vec![(v2, format!("{{\"records\":[{}]}}", join(texts().map(|t| format!("{{\"key\":{t}}}")).collect())))],
        "v3" => vec![(v3, texts().map(|t| format!("{{\"value\":{{\"type\":\"JSON\",\"data\":{t}}}}}")).collect::<Vec<_>>().join("\n"))],
        // A batch has ten entries at most, and promises no order among them.
        _ => texts()
            .enumerate()
            .map(|(i, t)| {
                (format!("{v3}:batch"), format!("{{\"entries\":[{{\"id\":\"{i}\",\"value\":{{\"data\":{t},\"type\":\"JSON\"}}}}]}}"))
            })
            .collect(),
    };
    for (path, body) in requests {
        let request = gateway.http.post(format!("{}{path}", gateway.url)).header("content-type", content_type).body(body.clone());
        let response = request.send().await.map_err(|e| format!("no answer: {e:?}"))?;
        let (status, text) = (response.status(), response.text().await.map_err(|e| e.to_string())?);
        if !status.is_success() {
            return Err(format!("{status} {text} to {body}"));
        }
    }
    let member = if form == "v2 keys" { "key" } else { "value" };
    let want: Value = TEXTS.iter().map(|(_, stored)| json!({member: stored})).collect();
    let got = kafka::read(gateway, &topic, 0, TEXTS.len()).await?;
    compare::holds(&want, &Value::Array(got))
}
