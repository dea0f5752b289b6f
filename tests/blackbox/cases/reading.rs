//! API v2: reading, committing, and who goes on where another stopped.

use serde_json::{Value, json};

use super::consumers::{deleted, instance, partitions, with_instance};
use crate::case::Case;

const PRODUCE: &str = "v2.ProduceService/Produce";
const CREATE: &str = "v2.ConsumerService/CreateConsumer";
const DELETE: &str = "v2.ConsumerService/DeleteConsumer";
const SUBSCRIBE: &str = "v2.ConsumerService/Subscribe";
const ASSIGN: &str = "v2.ConsumerService/Assign";
const READ: &str = "v2.ConsumerService/ReadRecords";
const COMMIT: &str = "v2.ConsumerService/CommitOffsets";
const COMMITTED: &str = "v2.ConsumerService/GetCommittedOffsets";

/// Records `0`, `1`, … in a partition of the case's topic.
pub fn filled(case: Case, partition: i32, count: i32) -> Case {
    let records: Vec<Value> = (0..count).map(|i| json!({"partition": partition, "value": {"json": i}})).collect();
    case.call(PRODUCE, json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": records}))
        .gives(json!({"offsets": (0..count).map(|i| json!({"partition": partition, "offset": i})).collect::<Vec<_>>()}))
}

/// A read in JSON.
pub fn read() -> Value {
    instance(json!({"format": "EMBEDDED_FORMAT_JSON"}))
}

/// A read in a format.
pub fn read_as(format: &str) -> Value {
    instance(json!({ "format": format!("EMBEDDED_FORMAT_{format}") }))
}

/// The records that [`filled`] made, from one offset to another.
pub fn records(partition: i32, offsets: std::ops::Range<i32>) -> Value {
    offsets.map(|i| json!({"topic": "<topic>", "partition": partition, "offset": i, "key": null, "value": {"json": i}})).collect()
}

fn committed(numbers: &[i32]) -> Value {
    instance(partitions(numbers))
}

fn offset(partition: i32, offset: i64) -> Value {
    json!({"topic": "<topic>", "partition": partition, "offset": offset, "metadata": ""})
}

fn commit(offsets: Value) -> Value {
    instance(json!({ "commit": { "offsets": offsets } }))
}

pub fn cases() -> Vec<Case> {
    let mut cases = reads();
    cases.extend(commits());
    cases.extend(refused());
    cases.into_iter().map(deleted).collect()
}

fn reads() -> Vec<Case> {
    let manual = json!({"format": "json", "auto_commit_enable": "false"});
    vec![
        filled(with_instance("reading/a subscription", 2, json!({"format": "json"})), 0, 5)
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .call(READ, read())
            .collects("records", records(0, 0..5))
            .call("v2.ConsumerService/GetAssignment", instance(json!({})))
            .gives(partitions(&[0, 1])),
        filled(with_instance("reading/a pattern", 1, json!({"format": "json"})), 0, 3)
            .call(SUBSCRIBE, instance(json!({"topic_pattern": "(<topic>|nothing-else)"})))
            .call(READ, read())
            .collects("records", records(0, 0..3)),
        filled(with_instance("reading/an assignment", 2, manual.clone()), 1, 4)
            .call(ASSIGN, instance(partitions(&[1])))
            .call(READ, read())
            .collects("records", records(1, 0..4)),
        with_instance("reading/binary", 1, json!({}))
            .call(PRODUCE, json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_BINARY", "records": [
                {"key": {"payload": "aw=="}, "value": {"payload": "AP8="}}, {"value": {"payload": ""}}, {"key": {"payload": "dG9tYg=="}}]}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, instance(json!({"format": "EMBEDDED_FORMAT_BINARY"})))
            .collects("records", json!([
                {"topic": "<topic>", "key": {"payload": "aw=="}, "value": {"payload": "AP8="}, "partition": 0, "offset": 0},
                {"key": null, "value": {"payload": ""}, "offset": 1},
                {"key": {"payload": "dG9tYg=="}, "value": null, "offset": 2}])),
        with_instance("reading/headers and times of gRPC", 1, json!({}))
            .grpc_only("API v2 has neither headers nor times")
            .call(PRODUCE, json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_BINARY", "records": [
                {"value": {"payload": "dg=="}, "timestamp_ms": 1_700_000_000_123_i64, "headers": [{"name": "h", "value": "eA=="}, {"name": "n"}]}]}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, instance(json!({})))
            .collects("records", json!([{"timestamp_ms": 1_700_000_000_123_i64, "headers": [{"name": "h", "value": "eA=="}, {"name": "n", "value": null}]}])),
        with_instance("reading/JSON keys and values", 1, json!({"format": "json"}))
            .call(PRODUCE, json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": [
                {"key": {"json": {"id": 1}}, "value": {"json": [1, "zwei", null, 12_345_678_901_234_i64]}}, {"key": {"json": "k"}}]}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, read())
            .collects("records", json!([
                {"key": {"json": {"id": 1}}, "value": {"json": [1, "zwei", null, 12_345_678_901_234_i64]}}, {"key": {"json": "k"}, "value": null}])),
        filled(with_instance("reading/what was not returned comes next", 1, manual), 0, 10)
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, instance(json!({"format": "EMBEDDED_FORMAT_JSON", "max_bytes": 4})))
            .collects("records", records(0, 0..10)),
        with_instance("reading/nothing is no error", 1, json!({"consumer_request_timeout_ms": 100}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, instance(json!({"timeout_ms": 50})))
            .gives(json!({"records": []})),
    ]
}

fn commits() -> Vec<Case> {
    let manual = json!({"format": "json", "auto_commit_enable": "false"});
    vec![
        filled(with_instance("committing/offsets are raised by one", 2, manual.clone()), 0, 5)
            .call(ASSIGN, instance(partitions(&[0, 1])))
            .call(COMMITTED, committed(&[0, 1]))
            .gives(json!({"offsets": []}))
            .call(COMMIT, commit(json!([{"topic": "<topic>", "partition": 0, "offset": 2}])))
            .gives(json!({"commits": []}))
            .call(COMMITTED, committed(&[0, 1]))
            .gives(json!({"offsets": [offset(0, 3)]}))
            .call(COMMIT, commit(json!([{"topic": "<topic>", "partition": 0, "offset": 0, "metadata": "note"}])))
            .call(COMMITTED, committed(&[0]))
            .gives(json!({"offsets": [{"topic": "<topic>", "partition": 0, "offset": 1, "metadata": "note"}]})),
        filled(with_instance("committing/positions", 1, manual.clone()), 0, 3)
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, read())
            .collects("records", records(0, 0..3))
            .call(COMMIT, instance(json!({})))
            .gives(json!({"commits": []}))
            .call(COMMITTED, committed(&[0]))
            .gives(json!({"offsets": [offset(0, 3)]})),
        filled(with_instance("committing/the next instance goes on there", 1, manual.clone()), 0, 6)
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .call(READ, read())
            .collects("records", records(0, 0..6))
            .call(COMMIT, commit(json!([{"topic": "<topic>", "partition": 0, "offset": 3}])))
            .call(DELETE, instance(json!({})))
            .call(
                CREATE,
                json!({"group_id": "<group>", "name": "i", "format": "json", "auto_offset_reset": "earliest", "fetch_min_bytes": 1}),
            )
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .call(READ, read())
            .collects("records", records(0, 4..6)),
        filled(with_instance("committing/by itself at the end", 1, json!({"format": "json"})), 0, 4)
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .call(READ, read())
            .collects("records", records(0, 0..4))
            .call(DELETE, instance(json!({})))
            .call(CREATE, json!({"group_id": "<group>", "name": "i"}))
            .call(COMMITTED, committed(&[0]))
            .gives(json!({"offsets": [offset(0, 4)]})),
        with_instance("committing/entries need topic, partition and offset", 1, manual)
            .call(COMMIT, commit(json!([{"topic": "<topic>", "partition": 0}])))
            .fails("BAD_REQUEST")
            .call(COMMIT, commit(json!([{"topic": "<topic>", "offset": 0}])))
            .fails("BAD_REQUEST")
            .call(COMMIT, commit(json!([{"partition": 0, "offset": 0}])))
            .fails("BAD_REQUEST")
            .call(COMMIT, commit(json!([{"topic": "<topic>", "partition": 0, "offset": -5}])))
            .fails("BAD_REQUEST")
            .call(COMMITTED, instance(json!({"partitions": [{"topic": "<topic>"}]})))
            .fails("BAD_REQUEST"),
    ]
}

fn refused() -> Vec<Case> {
    vec![
        with_instance("reading/in another format", 1, json!({"format": "json"}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, instance(json!({"format": "EMBEDDED_FORMAT_BINARY"})))
            .fails("FORMAT_MISMATCH"),
        with_instance("reading/nothing is subscribed", 0, json!({})).call(READ, instance(json!({}))).fails("ILLEGAL_STATE"),
        with_instance("reading/what is no JSON", 1, json!({"format": "json"}))
            .call(
                PRODUCE,
                json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_BINARY", "records": [{"value": {"payload": "aGVsbG8="}}]}),
            )
            .call(ASSIGN, instance(partitions(&[0])))
            .call(READ, read())
            .fails_in_the_end("UNDECODABLE")
            // The position stays before it.
            .call(READ, read())
            .fails_in_the_end("UNDECODABLE"),
    ]
}
