//! Records with schemas beside the same records in JSON, through the same surface: what the codecs cost.
//!
//! The registry is that of an embedded gateway, in a process of its own. Each format is produced and read back.

use serde_json::{Value, json};

use crate::{
    Outcome, Result, Settings,
    http::Connection,
    native,
    process::{Gateway, free_address},
    rest, row, table,
};

/// Ten fields, of types that all formats have.
const RECORD: &str = r#"{"id":9007199254740,"name":"Barnabas","email":"barnabas@castle.example","street":"Bridge Inn 1","city":"Village","country":"Bohemia","active":true,"score":0.75,"visits":42,"created":1700000000000}"#;

const AVRO: &str = r#"{"type":"record","name":"Person","fields":[{"name":"id","type":"long"},{"name":"name","type":"string"},
{"name":"email","type":"string"},{"name":"street","type":"string"},{"name":"city","type":"string"},{"name":"country","type":"string"},
{"name":"active","type":"boolean"},{"name":"score","type":"double"},{"name":"visits","type":"int"},{"name":"created","type":"long"}]}"#;

const JSON_SCHEMA: &str = r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","additionalProperties":false,
"required":["id","name","email","street","city","country","active","score","visits","created"],"properties":{"id":{"type":"integer"},
"name":{"type":"string","maxLength":100},"email":{"type":"string"},"street":{"type":"string"},"city":{"type":"string"},"country":{"type":"string"},
"active":{"type":"boolean"},"score":{"type":"number","minimum":0},"visits":{"type":"integer","minimum":0},"created":{"type":"integer"}}}"#;

const PROTOBUF: &str = r#"syntax = "proto3"; message Person { int64 id = 1; string name = 2; string email = 3; string street = 4; string city = 5;
string country = 6; bool active = 7; double score = 8; int32 visits = 9; int64 created = 10; }"#;

/// The embedded format of API v2, the registry's name of it, and the schema.
const FORMATS: [(&str, &str, &str); 3] = [("avro", "AVRO", AVRO), ("protobuf", "PROTOBUF", PROTOBUF), ("jsonschema", "JSON", JSON_SCHEMA)];

/// Prints a table with two lines for each format: producing and reading.
pub async fn run(settings: &Settings) -> Result<()> {
    let registry = free_address()?;
    let broker = free_address()?;
    let _embedded = Gateway::start_with(&["dev", "--kafka-listen", &broker, "--schema-registry-listen", &registry]).await?;
    let url = format!("http://{registry}");
    let gateway = Gateway::start_with(&["serve", "--bootstrap-servers", &settings.bootstrap, "--schema-registry-url", &url]).await?;
    println!();
    table("JSON", "with a schema");
    for (format, kind, schema) in FORMATS {
        let topic = native::topic(settings, "json").await?;
        let json = produced(settings, &gateway, "json", "", topic).await?;
        let topic = native::topic(settings, format).await?;
        let id = register(&registry, &format!("{topic}-value"), kind, schema).await?;
        let ours = produced(settings, &gateway, format, &format!("\"value_schema_id\":{id},"), topic).await?;
        row(&format!("v2 {format}, 100 a request"), &json.outcome, &ours.outcome);
        let json = rest::read(&gateway, "json", &json.topic).await?;
        let ours = rest::read(&gateway, format, &ours.topic).await?;
        row(&format!("v2 {format} read"), &json, &ours);
    }
    Ok(())
}

/// A topic, and what it cost to write it.
struct Produced {
    topic: String,
    outcome: Outcome,
}

async fn produced(settings: &Settings, gateway: &Gateway, format: &str, schema: &str, topic: String) -> Result<Produced> {
    let outcome = rest::produce_as(format, RECORD, schema, settings, gateway, &topic).await?;
    Ok(Produced { topic, outcome })
}

async fn register(registry: &str, subject: &str, kind: &str, schema: &str) -> Result<i64> {
    let mut connection = Connection::open(registry).await?;
    let body = json!({ "schemaType": kind, "schema": schema }).to_string();
    let headers = "Content-Type: application/json\r\n";
    let (status, answer) = connection.call("POST", &format!("/subjects/{subject}/versions"), headers, body.as_bytes()).await?;
    let id = serde_json::from_slice::<Value>(&answer)?["id"].as_i64();
    id.filter(|_| status == 200).ok_or_else(|| format!("register: {status} {}", String::from_utf8_lossy(&answer)).into())
}
