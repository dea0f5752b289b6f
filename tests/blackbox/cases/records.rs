//! API v3: the stream of records.

use serde_json::{Value, json};

use crate::case::{Case, case};

const PRODUCE: &str = "v3.RecordService/ProduceRecords";

/// The messages of a stream: the first names the topic.
fn to(topic: &str, records: Vec<Value>) -> Vec<Value> {
    let mut records = records;
    let first = records.first_mut().expect("a record").as_object_mut().expect("an object");
    first.insert("cluster_id".to_owned(), "<cluster>".into());
    first.insert("topic_name".to_owned(), topic.into());
    records
}

fn data(format: &str, data: impl Into<Value>) -> Value {
    json!({"type": format!("RECORD_FORMAT_{format}"), "data": data.into()})
}

fn ok(partition: i32, offset: i64) -> Value {
    json!({"error_code": 200, "message": null, "cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": partition, "offset": offset, "timestamp": "*"})
}

fn failed(error_code: i32) -> Value {
    json!({"error_code": error_code, "message": "*", "offset": null})
}

pub fn cases() -> Vec<Case> {
    let mut cases = written();
    cases.extend(errors());
    cases
}

fn written() -> Vec<Case> {
    vec![
        case("records/the plain formats")
            .streams()
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![
                json!({"key": data("STRING", "k"), "value": data("JSON", json!({"a": [1, null]}))}),
                json!({"value": data("BINARY", "AP8B")}),
                json!({"key": data("BINARY", "eA"), "value": data("STRING", "ž")}),
                json!({"value": data("JSON", "text")}),
            ]))
            .gives_all(vec![
                json!({"error_code": 200, "offset": 0, "key": {"type": "RECORD_FORMAT_STRING", "size": 1}, "value": {"type": "RECORD_FORMAT_JSON", "size": 14}}),
                json!({"error_code": 200, "offset": 1, "key": null, "value": {"type": "RECORD_FORMAT_BINARY", "size": 3}}),
                json!({"error_code": 200, "offset": 2, "value": {"type": "RECORD_FORMAT_STRING", "size": 2}}),
                json!({"error_code": 200, "offset": 3, "value": {"type": "RECORD_FORMAT_JSON", "size": 6}}),
            ])
            .stored("<topic>", 0, json!([
                {"key": "k", "value": "{\"a\":[1,null]}"}, {"key": null, "value": "0x00ff01"}, {"key": "x", "value": "ž"}, {"value": "\"text\""}])),
        case("records/tombstones and empty records")
            .streams()
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![
                json!({"key": data("STRING", "k")}),
                json!({}),
                json!({"key": data("STRING", "k"), "value": null}),
                json!({"key": data("STRING", ""), "value": data("STRING", "")}),
            ]))
            .gives_all(vec![ok(0, 0), ok(0, 1), ok(0, 2), ok(0, 3)])
            .stored("<topic>", 0, json!([{"key": "k", "value": null}, {"key": null, "value": null}, {"key": "k", "value": null}, {"key": "", "value": ""}])),
        case("records/null data has the size -1")
            .rest_only("gRPC says null by leaving the value out")
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![json!({"value": data("STRING", Value::Null)})]))
            .gives_all(vec![json!({"error_code": 200, "value": {"type": "RECORD_FORMAT_STRING", "size": -1}})]),
        case("records/payloads")
            .streams()
            .grpc_only("REST has data only")
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![json!({"key": {"payload": "AA=="}, "value": {"payload": "/w=="}})]))
            .gives_all(vec![ok(0, 0)])
            .stored("<topic>", 0, json!([{"key": "\u{0}", "value": "0xff"}])),
        case("records/headers and time")
            .streams()
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![json!({"timestamp": "2023-11-14T22:13:20.123Z", "value": data("STRING", "v"), "headers": [
                {"name": "a", "value": "eA=="}, {"name": "n", "value": null}, {"name": "e", "value": ""}]})]))
            .gives_all(vec![json!({"error_code": 200, "timestamp": "2023-11-14T22:13:20.123Z"})])
            .stored("<topic>", 0, json!([{"timestamp_ms": 1_700_000_000_123_i64, "headers": [["a", "x"], ["n", null], ["e", ""]]}])),
        case("records/partitions by hand and in order")
            .streams()
            .topic("", 3)
            .call_with(PRODUCE, to("<topic>", (0..60).map(|i| json!({"partition_id": i % 3, "value": data("JSON", i)})).collect()))
            .gives_all((0..60).map(|i| ok(i % 3, i64::from(i / 3))).collect()),
        case("records/any cluster id is echoed")
            .streams()
            .topic("", 1)
            .call_with(PRODUCE, vec![json!({"cluster_id": "elsewhere", "topic_name": "<topic>", "value": data("JSON", 1)})])
            .gives_all(vec![json!({"error_code": 200, "cluster_id": "elsewhere"})]),
        case("records/later messages may repeat the topic")
            .streams()
            .grpc_only("in REST the path names the topic")
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![
                json!({"value": data("JSON", 1)}),
                json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "value": data("JSON", 2)}),
            ]))
            .gives_all(vec![ok(0, 0), ok(0, 1)]),
    ]
}

fn errors() -> Vec<Case> {
    let mut cases = vec![
        case("records/errors stand in their places")
            .streams()
            .topic("", 1)
            .call_with(
                PRODUCE,
                to(
                    "<topic>",
                    vec![
                        json!({"value": data("STRING", "a")}),
                        json!({"value": data("BINARY", "%%")}),
                        json!({"partition_id": -1, "value": data("STRING", "b")}),
                        json!({"value": data("STRING", "c")}),
                        json!({"partition_id": 9, "value": data("STRING", "d")}),
                        json!({"value": data("STRING", "e")}),
                    ],
                ),
            )
            .gives_all(vec![ok(0, 0), failed(400), failed(40402), ok(0, 1), failed(40401), ok(0, 2)])
            .stored("<topic>", 0, json!([{"value": "a"}, {"value": "c"}, {"value": "e"}])),
        case("records/one that is too large")
            .streams()
            .call(
                "v3.TopicService/CreateTopic",
                json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partitions_count": 1,
                "replication_factor": 1, "configs": [{"name": "max.message.bytes", "value": "1000"}]}),
            )
            .gives(json!({"topic": {"topic_name": "<topic>"}}))
            .call("v3.PartitionService/ListPartitions", json!({"cluster_id": "<cluster>", "topic_name": "<topic>"}))
            .gives_in_the_end(json!({"data": [{"partition_id": 0}]}))
            .call_with(
                PRODUCE,
                to(
                    "<topic>",
                    vec![
                        json!({"value": data("STRING", "a")}),
                        json!({"value": data("STRING", "x".repeat(2_000))}),
                        json!({"value": data("STRING", "b")}),
                    ],
                ),
            )
            .gives_all(vec![ok(0, 0), failed(413), ok(0, 1)]),
    ];
    for (label, value) in [
        ("text for BINARY that is none", data("BINARY", "%%")),
        ("a number for BINARY", data("BINARY", 5)),
        ("a number for STRING", data("STRING", 5)),
        ("a type with a schema id", json!({"type": "RECORD_FORMAT_JSON", "data": 1, "schema_id": 1})),
        ("a type with a subject", json!({"type": "RECORD_FORMAT_JSON", "data": 1, "subject": "s"})),
        ("a schema format without its schema", data("AVRO", "x")),
        (
            "subject and strategy",
            json!({"data": 1, "schema_id": 1, "subject": "s", "subject_name_strategy": "SUBJECT_NAME_STRATEGY_RECORD_NAME"}),
        ),
    ] {
        cases.push(
            case(format!("records/refused: {label}"))
                .streams()
                .topic("", 1)
                .call_with(PRODUCE, to("<topic>", vec![json!({"value": value}), json!({"value": data("JSON", 2)})]))
                .gives_all(vec![failed(400), ok(0, 0)]),
        );
    }
    cases.push(
        case("records/a schema that is not there")
            .streams()
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![json!({"value": {"data": "x", "schema_id": 999_999}}), json!({"value": {"data": "x"}})]))
            .gives_all(vec![failed(422), failed(422)]),
    );
    cases.push(
        case("records/data and payload")
            .streams()
            .grpc_only("REST has data only")
            .topic("", 1)
            .call_with(PRODUCE, to("<topic>", vec![json!({"value": {"type": "RECORD_FORMAT_JSON", "data": 1, "payload": "MQ=="}})]))
            .gives_all(vec![failed(400)]),
    );
    cases
}
