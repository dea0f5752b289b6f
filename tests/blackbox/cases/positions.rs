//! API v2: moving the positions of instances.

use serde_json::{Value, json};

use super::{
    consumers::{deleted, instance, partitions, with_instance},
    reading::{filled, read, records},
};
use crate::case::Case;

const ASSIGN: &str = "v2.ConsumerService/Assign";
const READ: &str = "v2.ConsumerService/ReadRecords";
const SEEK: &str = "v2.ConsumerService/Seek";
const BEGINNING: &str = "v2.ConsumerService/SeekToBeginning";
const END: &str = "v2.ConsumerService/SeekToEnd";
const PRODUCE: &str = "v2.ProduceService/Produce";

fn assigned(name: &str, count: i32) -> Case {
    filled(with_instance(name, 2, json!({"format": "json", "auto_commit_enable": "false"})), 0, count)
        .call(ASSIGN, instance(partitions(&[0])))
}

fn offset(partition: i32, offset: i64) -> Value {
    instance(json!({"offsets": [{"topic": "<topic>", "partition": partition, "offset": offset}]}))
}

fn time(partition: i32, timestamp: &str) -> Value {
    instance(json!({"timestamps": [{"topic": "<topic>", "partition": partition, "timestamp": timestamp}]}))
}

pub fn cases() -> Vec<Case> {
    let made = (0..4)
        .map(|i| json!({"partition": 0, "value": {"json": i}, "timestamp_ms": 1_700_000_000_000_i64 + 1_000 * i}))
        .collect::<Vec<_>>();
    let cases = vec![
        assigned("positions/offsets", 6)
            .call(READ, read())
            .collects("records", records(0, 0..6))
            .call(SEEK, offset(0, 4))
            .call(READ, read())
            .collects("records", records(0, 4..6))
            .call(SEEK, offset(0, 0))
            .call(READ, read())
            .collects("records", records(0, 0..6)),
        assigned("positions/directly after the assignment", 3)
            .call(SEEK, offset(0, 2))
            .call(READ, read())
            .collects("records", records(0, 2..3)),
        assigned("positions/beginning and end", 3)
            .call(END, instance(partitions(&[0])))
            .call(READ, instance(json!({"format": "EMBEDDED_FORMAT_JSON", "timeout_ms": 300})))
            .gives(json!({"records": []}))
            .call(BEGINNING, instance(partitions(&[0])))
            .call(READ, read())
            .collects("records", records(0, 0..3)),
        assigned("positions/the end is where new records come", 3)
            .call(END, instance(partitions(&[0])))
            .call(
                PRODUCE,
                json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": [{"partition": 0, "value": {"json": 3}}]}),
            )
            .call(READ, read())
            .collects("records", records(0, 3..4)),
        with_instance("positions/times", 1, json!({"format": "json"}))
            .grpc_only("API v2 cannot give records a time over REST")
            .call(PRODUCE, json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": made}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(SEEK, time(0, "2023-11-14T22:13:22Z"))
            .call(READ, read())
            .collects("records", records(0, 2..4))
            .call(SEEK, time(0, "2023-11-14T22:13:20.001Z"))
            .call(READ, read())
            .collects("records", records(0, 1..4))
            .call(SEEK, time(0, "2001-01-01T00:00:00Z"))
            .call(READ, read())
            .collects("records", records(0, 0..4)),
        assigned("positions/a time after the last record is the end", 2)
            .call(SEEK, time(0, "2100-01-01T00:00:00Z"))
            .gives(json!({}))
            .call(READ, instance(json!({"format": "EMBEDDED_FORMAT_JSON", "timeout_ms": 300})))
            .gives(json!({"records": []})),
        assigned("positions/of partitions that it does not have", 1)
            .call(SEEK, offset(1, 0))
            .fails("ILLEGAL_STATE")
            .saying("No current assignment for partition <topic>-1")
            .call(SEEK, time(1, "2023-11-14T22:13:22Z"))
            .fails("ILLEGAL_STATE")
            .call(BEGINNING, instance(partitions(&[1])))
            .fails("ILLEGAL_STATE")
            .call(END, instance(partitions(&[1])))
            .fails("ILLEGAL_STATE"),
        assigned("positions/a negative offset", 1).call(SEEK, offset(0, -1)).fails("BAD_REQUEST"),
        assigned("positions/nothing to move", 1).call(SEEK, instance(json!({}))).gives(json!({})),
    ];
    cases.into_iter().map(deleted).collect()
}
