//! API v3: batches of records.

use serde_json::{Value, json};

use crate::case::{Case, case};

const PRODUCE: &str = "v3.RecordService/ProduceBatch";

fn to(topic: &str, entries: Value) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": topic, "entries": entries})
}

fn text(data: &str) -> Value {
    json!({"type": "RECORD_FORMAT_STRING", "data": data})
}

fn entries(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({"id": id, "value": text("v")})).collect()
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("batch/all are written")
            .topic("", 2)
            .call(PRODUCE, to("<topic>", json!([
                {"id": "a", "partition_id": 0, "key": text("k"), "value": {"type": "RECORD_FORMAT_JSON", "data": {"n": 1}}},
                {"id": "b", "partition_id": 1, "value": {"type": "RECORD_FORMAT_BINARY", "data": "AAE="}, "timestamp": "2023-11-14T22:13:20Z"},
                {"id": "c", "partition_id": 0, "headers": [{"name": "h", "value": "eA=="}]}])))
            .gives(json!({"failures": [], "successes": [
                {"id": "a", "cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 0, "offset": 0, "timestamp": "*",
                    "key": {"type": "RECORD_FORMAT_STRING", "size": 1}, "value": {"type": "RECORD_FORMAT_JSON", "size": 7}},
                {"id": "b", "partition_id": 1, "offset": 0, "timestamp": "2023-11-14T22:13:20Z", "value": {"type": "RECORD_FORMAT_BINARY", "size": 2}},
                {"id": "c", "partition_id": 0, "offset": 1}]}))
            .stored("<topic>", 0, json!([{"key": "k", "value": "{\"n\":1}"}, {"key": null, "value": null, "headers": [["h", "x"]]}])),
        case("batch/successes and failures")
            .topic("", 1)
            .call(PRODUCE, to("<topic>", json!([
                {"id": "good", "value": text("a")}, {"id": "bad", "value": {"type": "RECORD_FORMAT_BINARY", "data": "%%"}},
                {"id": "negative", "partition_id": -1}, {"id": "far", "partition_id": 9}, {"id": "last", "value": text("b")}])))
            .gives(json!({"successes": [{"id": "good", "offset": 0}, {"id": "last", "offset": 1}], "failures": [
                {"id": "bad", "error_code": 400, "message": "*"}, {"id": "negative", "error_code": 40402, "message": "*"},
                {"id": "far", "error_code": 40401, "message": "*"}]})),
        case("batch/any cluster id is echoed")
            .topic("", 1)
            .call(PRODUCE, json!({"cluster_id": "elsewhere", "topic_name": "<topic>", "entries": entries(&["a"])}))
            .gives(json!({"successes": [{"cluster_id": "elsewhere"}]})),
        case("batch/payloads")
            .grpc_only("REST has data only")
            .topic("", 1)
            .call(PRODUCE, to("<topic>", json!([{"id": "a", "value": {"payload": "/w=="}}])))
            .gives(json!({"successes": [{"id": "a", "offset": 0, "value": {"size": 1}}], "failures": []}))
            .stored("<topic>", 0, json!([{"value": "0xff"}])),
        case("batch/ids of any legal kind")
            .topic("", 1)
            .call(PRODUCE, to("<topic>", entries(&["aZ09-_", &"x".repeat(80), "a", "A"])))
            .gives(json!({"successes": [{"offset": 0}, {"offset": 1}, {"offset": 2}, {"offset": 3}], "failures": []})),
    ];
    let eleven: Vec<String> = (0..11).map(|i| i.to_string()).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    for (label, ids, says) in [
        ("no entries", &[][..], "Empty batch."),
        ("too many", &eleven, "Too many entries in batch."),
        ("the same id twice", &["a", "b", "a"], "Batch entry IDs are not distinct."),
        ("an id with a space", &["a b"], "Batch entry identifier is not a valid string."),
        ("an id beyond ASCII", &["ž"], "Batch entry identifier is not a valid string."),
        ("no id", &[""], "Batch entry identifier is not a valid string."),
        ("an id of 81 characters", &[&"x".repeat(81)], "Batch entry identifier is not a valid string."),
    ] {
        let case = case(format!("batch/refused: {label}")).topic("", 1).call(PRODUCE, to("<topic>", entries(ids)));
        cases.push(case.fails("INVALID_BATCH").saying(says).stored("<topic>", 0, json!([])));
    }
    cases
}
