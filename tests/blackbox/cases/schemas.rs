//! Records with schemas, produced and read: which schema, what stands in answers, what is refused. Ids are the registry's, which all
//! cases share, so that only their being there can be told.

use serde_json::{Value, json};

use super::{
    consumers::{deleted, instance, partitions, with_instance},
    reading::read_as,
};
use crate::case::{Case, case};

const PRODUCE: &str = "v2.ProduceService/Produce";
const BATCH: &str = "v3.RecordService/ProduceBatch";
const STREAM: &str = "v3.RecordService/ProduceRecords";
const ASSIGN: &str = "v2.ConsumerService/Assign";
const SEEK: &str = "v2.ConsumerService/Seek";
const READ: &str = "v2.ConsumerService/ReadRecords";

const AVRO: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"u","type":["null","string"]}]}"#;
const OBJECT: &str = r#"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#;
const PROTO: &str = "syntax = \"proto3\"; message One { int32 a = 1; int64 big = 2; } message Two { One one = 1; }";

pub fn cases() -> Vec<Case> {
    let mut cases = round_trips();
    cases.extend(undecodable());
    cases.extend(refused_v2());
    cases.extend(v3());
    cases.extend(of_grpc());
    cases
}

fn request(format: &str, schemas: Value, records: Value) -> Value {
    let mut request = json!({"topic_name": "<topic>", "format": format!("EMBEDDED_FORMAT_{format}"), "records": records});
    request.as_object_mut().unwrap().extend(schemas.as_object().unwrap().clone());
    request
}

fn row(offset: i32, key: &Value, value: &Value) -> Value {
    let data = |data: &Value| if data.is_null() { Value::Null } else { json!({ "json": data }) };
    json!({"topic": "<topic>", "partition": 0, "offset": offset, "key": data(key), "value": data(value)})
}

/// Records in a format, which come back as they were sent, nulls among them.
fn round_trips() -> Vec<Case> {
    let rows = [
        ("AVRO", "\"string\"", json!("k"), AVRO, json!({"a": 1, "u": {"string": "x"}})),
        ("JSONSCHEMA", "{\"type\":\"string\"}", json!("k"), OBJECT, json!({"a": 12_345_678_901_i64, "b": [1, null]})),
        (
            "PROTOBUF",
            "syntax = \"proto3\"; message K { string k = 1; }",
            json!({"k": "k"}),
            PROTO,
            json!({"a": 1, "big": "9007199254740993"}),
        ),
    ];
    let cases = rows.into_iter().map(|(format, key_schema, key, value_schema, value)| {
        let data = |data: &Value| json!({ "json": data });
        let records = json!([{"key": data(&key), "value": data(&value)}, {"key": data(&key)}, {"value": data(&value)}, {"value": {"json": null}}]);
        let null = Value::Null;
        deleted(
            with_instance(&format!("schemas/there and back, {format}"), 1, json!({"format": format.to_lowercase()}))
                .call(PRODUCE, request(format, json!({"key_schema": key_schema, "value_schema": value_schema}), records))
                .gives(json!({"offsets": [{"offset": 0}, {"offset": 1}, {"offset": 2}, {"offset": 3}], "key_schema_id": "*", "value_schema_id": "*"}))
                .call(ASSIGN, instance(partitions(&[0])))
                .call(READ, read_as(format))
                .collects("records", json!([row(0, &key, &value), row(1, &key, &null), row(2, &null, &value), row(3, &null, &null)])),
        )
    });
    cases.collect()
}

/// One record of three that has no frame: its neighbours come, and it is an error until it is sought past.
fn undecodable() -> Vec<Case> {
    let avro = |a: i32| request("AVRO", json!({"value_schema": AVRO}), json!([{"value": {"json": {"a": a, "u": null}}}]));
    let plain = json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": [{"value": {"json": "plain"}}]});
    let value = |a: i32| json!({"a": a, "u": null});
    let text =
        "Error deserializing VALUE for partition <topic>-0 at offset 1. If needed, please seek past the record to continue consumption.";
    vec![deleted(
        with_instance("schemas/a record without a frame", 1, json!({"format": "avro"}))
            .call(PRODUCE, avro(1))
            .call(PRODUCE, plain)
            .call(PRODUCE, avro(3))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, read_as("AVRO"))
            .collects("records", json!([row(0, &Value::Null, &value(1))]))
            .call(READ, read_as("AVRO"))
            .fails_in_the_end("UNDECODABLE")
            .saying(text)
            .call(READ, read_as("AVRO"))
            .fails("UNDECODABLE")
            .call(SEEK, instance(json!({"offsets": [{"topic": "<topic>", "partition": 0, "offset": 2}]})))
            .call(READ, read_as("AVRO"))
            .collects("records", json!([row(2, &Value::Null, &value(3))])),
    )]
}

fn refused_v2() -> Vec<Case> {
    let one = json!([{"value": {"json": {"a": 1, "u": null}}}]);
    let key = json!([{"key": {"json": "k"}, "value": {"json": null}}]);
    let rows: [(&str, &str, Value, Value, &str, &str); 10] = [
        ("values without a schema", "AVRO", json!({}), one.clone(), "VALUE_SCHEMA_MISSING", "does not include value schema"),
        ("keys without a schema", "AVRO", json!({"value_schema": AVRO}), key, "KEY_SCHEMA_MISSING", "does not include key schema"),
        ("no schema", "AVRO", json!({"value_schema": "nonsense ("}), one.clone(), "INVALID_SCHEMA", "format = AVRO, schema = nonsense ("),
        (
            "no JSON Schema",
            "JSONSCHEMA",
            json!({"value_schema": "{\"type\":\"nothing\"}"}),
            one.clone(),
            "SCHEMA_REGISTRY",
            "format = JSONSCHEMA",
        ),
        (
            "no file",
            "PROTOBUF",
            json!({"value_schema": "message {"}),
            one.clone(),
            "INVALID_SCHEMA",
            "format = PROTOBUF, schema = message {",
        ),
        ("an unknown id", "AVRO", json!({"value_schema_id": 999_999}), one.clone(), "SCHEMA_REGISTRY", "schemaId = 999999"),
        (
            "id and text",
            "AVRO",
            json!({"value_schema": AVRO, "value_schema_id": 1}),
            one,
            "BAD_REQUEST",
            "only one of schema id and schema",
        ),
        (
            "data that does not fit, AVRO",
            "AVRO",
            json!({"value_schema": AVRO}),
            json!([{"value": {"json": {"a": 1.5, "u": null}}}]),
            "BAD_REQUEST",
            "$.a",
        ),
        (
            "data that does not fit, JSONSCHEMA",
            "JSONSCHEMA",
            json!({"value_schema": OBJECT}),
            json!([{"value": {"json": {"a": "x"}}}]),
            "BAD_REQUEST",
            "a",
        ),
        (
            "data that does not fit, PROTOBUF",
            "PROTOBUF",
            json!({"value_schema": PROTO}),
            json!([{"value": {"json": {"a": "x"}}}]),
            "BAD_REQUEST",
            "$.a",
        ),
    ];
    let cases = rows.into_iter().map(|(why, format, schemas, records, reason, text)| {
        case(format!("schemas/refused: {why}"))
            .topic("", 1)
            .call(PRODUCE, request(format, schemas, records))
            .fails(reason)
            .saying(text)
            .stored("<topic>", 0, json!([]))
    });
    let incompatible = case("schemas/an incompatible schema")
        .topic("", 1)
        .call(PRODUCE, request("AVRO", json!({"value_schema": "\"int\""}), json!([{"value": {"json": 1}}])))
        .call(PRODUCE, request("AVRO", json!({"value_schema": "\"string\""}), json!([{"value": {"json": "x"}}])))
        .fails("SCHEMA_REGISTRY")
        .saying("TYPE_MISMATCH");
    cases.chain([incompatible]).collect()
}

fn to_batch(entries: Value) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "entries": entries})
}

fn text(format: &str, schema: &str, data: Value) -> Value {
    json!({"type": format!("RECORD_FORMAT_{format}"), "schema": schema, "data": data})
}

fn described(format: &str, subject: &str, version: i32, size: i32) -> Value {
    json!({"type": format!("RECORD_FORMAT_{format}"), "subject": subject, "schema_id": "*", "schema_version": version, "size": size})
}

fn v3() -> Vec<Case> {
    let value = json!({"a": 1, "u": null});
    let all = json!([
        {"id": "text", "value": text("AVRO", AVRO, value.clone())},
        {"id": "latest", "key": text("JSONSCHEMA", OBJECT, json!({"a": 1})), "value": {"data": value}},
        {"id": "version", "value": {"schema_version": 1, "data": value}},
        {"id": "subject", "value": {"subject": "<topic>-value", "data": value}},
        {"id": "null", "value": {"data": null}},
        {"id": "unfit", "value": text("AVRO", AVRO, json!({"a": "x", "u": null}))},
        {"id": "id", "value": {"schema_id": 999_999, "data": value}},
        {"id": "none", "value": {"schema_version": 9, "data": value}},
    ]);
    let avro = |size| described("AVRO", "<topic>-value", 1, size);
    let successes = json!([
        {"id": "text", "value": avro(7)},
        {"id": "latest", "key": described("JSONSCHEMA", "<topic>-key", 1, 12), "value": avro(7)},
        {"id": "version", "value": avro(7)},
        {"id": "subject", "value": avro(7)},
        {"id": "null", "value": avro(-1)},
    ]);
    let failures = json!([
        {"id": "unfit", "error_code": 400, "message": "*"}, {"id": "id", "error_code": 422, "message": "*"},
        {"id": "none", "error_code": 400, "message": "Bad Request: Schema does not exist for subject: <topic>-value, version: 9"},
    ]);
    let to = |record: Value| {
        let mut record = record;
        record.as_object_mut().unwrap().extend([("cluster_id".into(), json!("<cluster>")), ("topic_name".into(), json!("<topic>"))]);
        record
    };
    let stream = vec![
        to(json!({"value": text("PROTOBUF", PROTO, json!({"a": 1}))})),
        to(json!({"value": text("PROTOBUF", PROTO, json!({"a": {}}))})),
        to(json!({"value": {"data": {"a": 2}}})),
        to(json!({"value": {"type": "RECORD_FORMAT_STRING", "data": "plain"}})),
        to(json!({"value": {"schema_id": 999_999, "data": {}}})),
    ];
    let proto = described("PROTOBUF", "<topic>-value", 1, 8);
    let strategy = |name: &str| {
        let mut value = text("AVRO", AVRO, json!({"a": 1, "u": null}));
        value["subject_name_strategy"] = format!("SUBJECT_NAME_STRATEGY_{name}").into();
        value
    };
    vec![
        case("schemas/a batch").topic("", 1).call(BATCH, to_batch(all)).gives(json!({"successes": successes, "failures": failures})),
        case("schemas/a stream").streams().topic("", 1).call_with(STREAM, stream).gives_all(vec![
            json!({"error_code": 200, "offset": 0, "value": proto}),
            json!({"error_code": 400}),
            json!({"error_code": 200, "offset": 1, "value": proto}),
            json!({"error_code": 200, "offset": 2, "value": {"type": "RECORD_FORMAT_STRING", "size": 5}}),
            json!({"error_code": 422}),
        ]),
        case("schemas/subjects by strategy")
            .topic("", 1)
            .call(
                BATCH,
                to_batch(json!([{"id": "1", "value": strategy("TOPIC_RECORD_NAME")}, {"id": "2", "value": strategy("TOPIC_NAME")}])),
            )
            .gives(json!({"failures": [], "successes": [
                {"value": described("AVRO", "<topic>-R", 1, 7)}, {"value": described("AVRO", "<topic>-value", 1, 7)}]})),
    ]
}

/// What only messages can say: data that is encoded already.
fn of_grpc() -> Vec<Case> {
    let proto = |message: Option<&str>, payload: &str| {
        let mut value = json!({"type": "RECORD_FORMAT_PROTOBUF", "schema": PROTO, "payload": payload});
        if let Some(message) = message {
            value["message_name"] = message.into();
        }
        value
    };
    let batch = json!([
        {"id": "1", "value": proto(None, "CAE=")},
        {"id": "2", "value": proto(Some("Two"), "CgIIAQ==")},
        {"id": "3", "value": proto(Some("Three"), "")},
    ]);
    let why = "REST has JSON only";
    vec![
        deleted(
            with_instance("schemas/data that is encoded already", 1, json!({"format": "protobuf"}))
                .grpc_only(why)
                .call(BATCH, to_batch(batch.clone()))
                .gives(json!({"successes": [{"id": "1", "value": {"size": 8}}, {"id": "2", "value": {"size": 11}}], "failures": [{"id": "3", "error_code": 400}]}))
                .call(ASSIGN, instance(partitions(&[0])))
                .call(READ, read_as("PROTOBUF"))
                .collects("records", json!([
                    {"value": {"json": {"a": 1, "big": "0"}}, "value_schema_id": "*", "key_schema_id": null},
                    {"value": {"json": {"one": {"a": 1, "big": "0"}}}, "value_schema_id": "*"}])),
        ),
        deleted(
            with_instance("schemas/data read as bytes", 1, json!({"format": "protobuf", "payloads": true}))
                .grpc_only(why)
                .call(BATCH, to_batch(batch))
                .call(ASSIGN, instance(partitions(&[0])))
                .call(READ, read_as("PROTOBUF"))
                .collects("records", json!([
                    {"value": {"payload": "CAE="}, "value_schema_id": "*", "value_message_indexes": [0]},
                    {"value": {"payload": "CgIIAQ=="}, "value_schema_id": "*", "value_message_indexes": [1]}])),
        ),
        case("schemas/v2 data that is encoded already")
            .grpc_only(why)
            .topic("", 1)
            .call(PRODUCE, request("AVRO", json!({"value_schema": "\"int\""}), json!([{"value": {"payload": "Ag=="}}])))
            .gives(json!({"offsets": [{"offset": 0}], "value_schema_id": "*", "key_schema_id": null})),
    ]
}
