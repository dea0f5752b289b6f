//! Which schema is meant, on the embedded registry; and what is said when it cannot be had.

use std::time::Duration;

use super::*;
use crate::devbroker::registry::{self, Running};

const RECORD: &str = r#"{"type":"record","name":"R","namespace":"org.test","fields":[{"name":"a","type":"int"}]}"#;
const WIDER: &str =
    r#"{"type":"record","name":"R","namespace":"org.test","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]}"#;

struct Bench {
    registry: Running,
    schemas: Arc<Schemas>,
}

impl Bench {
    async fn new(settings: Settings) -> Self {
        let registry = registry::start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let schemas = Schemas::new(Settings { urls: vec![registry.url()], ..settings }).unwrap();
        Self { registry, schemas }
    }

    async fn resolve(&self, side: Side, choice: Choice, subject: Subject) -> Result<Resolved> {
        self.schemas.resolve("t", side, &choice, &subject, later()).await
    }

    /// The value's, of the topic's subject: subject, version, id.
    async fn value(&self, choice: Choice) -> Result<(String, i32, i32)> {
        self.resolve(Side::Value, choice, Subject::Unsaid).await.map(|r| (r.subject.to_string(), r.version, r.schema.id))
    }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

fn avro(text: &str) -> Choice {
    Choice::Text(Kind::Avro, text.into())
}

fn refused<T>(result: Result<T>) -> (Code, String) {
    let error = result.err().unwrap();
    (error.code(), error.message().lines().next().unwrap_or_default().to_owned())
}

fn value(version: i32, id: i32) -> (String, i32, i32) {
    ("t-value".to_owned(), version, id)
}

#[tokio::test]
async fn a_schema_is_meant_by_text_by_id_by_version_or_not_at_all() {
    let bench = Bench::new(Settings::default()).await;
    for _ in 0..2 {
        assert_eq!(bench.value(avro(RECORD)).await.unwrap(), value(1, 1), "registered once");
    }
    assert_eq!(bench.value(avro(WIDER)).await.unwrap(), value(2, 2));
    assert_eq!(bench.value(Choice::Id(1)).await.unwrap(), value(1, 1));
    assert_eq!(bench.value(Choice::Version(2)).await.unwrap(), value(2, 2));
    assert_eq!(bench.value(Choice::Version(LATEST)).await.unwrap(), value(-1, 2), "the answer repeats what was asked for");
    assert_eq!(bench.value(Choice::Latest).await.unwrap(), value(2, 2));
    let key = bench.resolve(Side::Key, avro("\"string\""), Subject::Unsaid).await.unwrap();
    assert_eq!((&*key.subject, key.version, key.schema.id), ("t-key", 1, 3));
}

#[tokio::test]
async fn subjects_are_named_by_strategies() {
    let settings = Settings { key_strategy: Strategy::TopicRecordName, ..Settings::default() };
    let bench = Bench::new(settings).await;
    for (side, subject, want) in [
        (Side::Value, Subject::Named("mine".into()), "mine"),
        (Side::Value, Subject::By(Strategy::TopicName), "t-value"),
        (Side::Value, Subject::By(Strategy::RecordName), "org.test.R"),
        (Side::Key, Subject::By(Strategy::TopicRecordName), "t-org.test.R"),
        (Side::Key, Subject::Unsaid, "t-org.test.R"),
    ] {
        let by_text = bench.resolve(side, avro(RECORD), subject.clone()).await.unwrap();
        let by_id = bench.resolve(side, Choice::Id(by_text.schema.id), subject).await.unwrap();
        assert_eq!((&*by_text.subject, &*by_id.subject), (want, want));
    }
    let needs = |which: &str, name: &str| {
        (Code::BadRequest, format!("Bad Request: Cannot use {which}schema_subject_strategy={name} without schema_id or schema."))
    };
    let by_record = || Subject::By(Strategy::RecordName);
    assert_eq!(refused(bench.resolve(Side::Value, Choice::Latest, by_record()).await), needs("", "RECORD_NAME"));
    assert_eq!(refused(bench.resolve(Side::Value, Choice::Version(1), by_record()).await), needs("", "RECORD_NAME"));
    assert_eq!(refused(bench.resolve(Side::Key, Choice::Latest, Subject::Unsaid).await), needs("default ", "TOPIC_RECORD_NAME"));
    let text = "Bad Request: Cannot use schema_subject_strategy=RECORD_NAME: the schema has no name.";
    assert_eq!(refused(bench.resolve(Side::Value, avro("\"string\""), by_record()).await), (Code::BadRequest, text.to_owned()));
}

#[tokio::test]
async fn what_cannot_be_had_has_its_documented_code() {
    let bench = Bench::new(Settings::default()).await;
    bench.resolve(Side::Value, avro(RECORD), Subject::Named("other".into())).await.unwrap();
    let json = |text: &str| Choice::Text(Kind::Json, text.into());
    let rows = [
        (Choice::Latest, Code::SchemaRegistry, "Error when fetching latest schema version. subject = t-value"),
        (Choice::Id(999_999), Code::SchemaRegistry, "Error when fetching schema by id. schemaId = 999999"),
        (Choice::Id(-1), Code::SchemaRegistry, "Error when fetching schema by id. schemaId = -1"),
        (Choice::Id(1), Code::SchemaRegistry, "Error when fetching schema version. subject = t-value, schema = {"),
        (Choice::Version(1), Code::BadRequest, "Bad Request: Schema does not exist for subject: t-value, version: 1"),
        (Choice::Version(0), Code::BadRequest, "Bad Request: Schema does not exist for subject: t-value, version: 0"),
        (Choice::Version(LATEST), Code::BadRequest, "Bad Request: Schema does not exist for subject: t-value, version: -1"),
        (avro("nonsense ("), Code::InvalidSchema, "Invalid schema: Error when parsing raw schema. format = AVRO, schema = nonsense ("),
        (avro(""), Code::InvalidSchema, "Invalid schema: Error when parsing raw schema. format = AVRO, schema = "),
        (json("nonsense ("), Code::InvalidSchema, "Invalid schema: Error when parsing raw schema. format = JSONSCHEMA"),
        (json(r#"{"type":"nothing"}"#), Code::SchemaRegistry, "Error when registering schema. format = JSONSCHEMA, subject = t-value"),
        (json(""), Code::SchemaRegistry, "Error when registering schema. format = JSONSCHEMA, subject = t-value, schema = "),
    ];
    for (choice, code, text) in rows {
        let (got, message) = refused(bench.value(choice.clone()).await);
        assert!(got == code && message.contains(text), "{choice:?}: {got:?} {message}");
    }
}

#[tokio::test]
async fn an_incompatible_schema_is_refused_with_the_registrys_text() {
    let bench = Bench::new(Settings::default()).await;
    bench.value(avro("\"int\"")).await.unwrap();
    let error = bench.value(avro("\"string\"")).await.err().unwrap();
    assert_eq!(error.code(), Code::SchemaRegistry);
    assert!(error.message().contains("TYPE_MISMATCH") && error.message().ends_with("; error code: 409"), "{error}");
}

#[tokio::test]
async fn nothing_is_registered_where_the_settings_forbid_it() {
    let bench = Bench::new(Settings::default()).await;
    bench.value(avro(RECORD)).await.unwrap();
    let with = |settings: Settings| Schemas::new(Settings { urls: vec![bench.registry.url()], auto_register: false, ..settings }).unwrap();
    let strict = Bench { schemas: with(Settings::default()), registry: registry::start("127.0.0.1:0".parse().unwrap()).await.unwrap() };
    assert_eq!(strict.value(avro(RECORD)).await.unwrap(), value(1, 1));
    let (code, text) = refused(strict.value(avro(WIDER)).await);
    assert!(code == Code::SchemaRegistry && text.contains("Error when fetching schema version. subject = t-value"), "{text}");
    let latest = Bench { schemas: with(Settings { use_latest: true, ..Settings::default() }), ..strict };
    assert_eq!(latest.value(avro(WIDER)).await.unwrap(), value(1, 1), "the latest is used in place of the text");
    let other = Choice::Text(Kind::Json, "{}".into());
    assert_eq!(refused(latest.value(other).await).1, "Bad Request: the schema is of another format");
}

#[tokio::test]
async fn what_is_known_outlives_the_registry() {
    let bench = Bench::new(Settings { latest_ttl: Duration::ZERO, ..Settings::default() }).await;
    bench.value(avro(RECORD)).await.unwrap();
    bench.value(Choice::Id(1)).await.unwrap();
    bench.value(Choice::Latest).await.unwrap();
    let Bench { registry, schemas } = bench;
    registry.stop().await;
    let known = async |choice: Choice| schemas.resolve("t", Side::Value, &choice, &Subject::Unsaid, later()).await;
    for choice in [avro(RECORD), Choice::Id(1), Choice::Latest] {
        assert!(known(choice.clone()).await.is_ok(), "{choice:?}");
    }
    for choice in [avro(WIDER), Choice::Id(2), Choice::Version(7)] {
        let (code, text) = refused(known(choice.clone()).await);
        assert!(code == Code::SchemaRegistryUnavailable && text.starts_with("Error serializing message. "), "{choice:?}: {text}");
    }
}

#[tokio::test]
async fn a_datum_is_framed() {
    let bench = Bench::new(Settings::default()).await;
    let avro = bench.resolve(Side::Value, avro(RECORD), Subject::Unsaid).await.unwrap();
    assert_eq!(avro.encode(b"{\"a\":1}", None).unwrap(), &b"\0\0\0\0\x01\x02"[..]);
    assert_eq!(avro.frame(b"\x02", None).unwrap(), &b"\0\0\0\0\x01\x02"[..]);
    let error = avro.encode(b"{\"a\":\"x\"}", None).unwrap_err();
    assert!(error.code() == Code::BadRequest && error.message().contains("$.a"), "{error}");
    let file = "syntax = \"proto3\"; message A { int32 a = 1; } message B { message C { int32 c = 1; } }";
    let proto = Choice::Text(Kind::Protobuf, file.into());
    let proto = bench.resolve(Side::Key, proto, Subject::Unsaid).await.unwrap();
    assert_eq!(proto.encode(b"{\"a\":1}", None).unwrap(), &b"\0\0\0\0\x02\0\x08\x01"[..]);
    assert_eq!(proto.encode(b"{\"c\":1}", Some("B.C")).unwrap(), &b"\0\0\0\0\x02\x04\x02\0\x08\x01"[..]);
    assert_eq!(proto.frame(b"\x08\x01", Some("B.C")).unwrap(), &b"\0\0\0\0\x02\x04\x02\0\x08\x01"[..]);
    assert_eq!(proto.frame(b"", Some("D")).unwrap_err().code(), Code::BadRequest);
}

#[tokio::test]
async fn without_a_registry_everything_is_refused() {
    let text = "Payload error. Schema Registry must be configured when using schemas.".to_owned();
    let asked = Schemas::none().resolve("t", Side::Key, &Choice::Latest, &Subject::Unsaid, later()).await;
    assert_eq!(refused(asked), (Code::InvalidPayload, text));
}
