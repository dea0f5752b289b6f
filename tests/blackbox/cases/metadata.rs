//! API v2: topics and partitions.

use serde_json::json;

use crate::case::{Case, case};

const TOPIC: &str = "v2.MetadataService/GetTopic";
const PARTITIONS: &str = "v2.MetadataService/ListPartitions";
const PARTITION: &str = "v2.MetadataService/GetPartition";
const OFFSETS: &str = "v2.MetadataService/GetPartitionOffsets";

pub fn cases() -> Vec<Case> {
    let partition = |n: i32| json!({"partition": n, "leader": "*", "replicas": [{"broker": "*", "leader": true, "in_sync": true}]});
    vec![
        case("metadata/topics").topic("", 1).call("v2.MetadataService/ListTopics", json!({})).gives(json!({"topics": "*"})),
        case("metadata/topic")
            .topic("", 2)
            .call(TOPIC, json!({"topic_name": "<topic>"}))
            .gives(json!({"topic": {"name": "<topic>", "configs": "*", "partitions": [partition(0), partition(1)]}}))
            .rest(json!({"configs": {"cleanup.policy": "delete", "retention.ms": "*", "max.message.bytes": "*"}})),
        case("metadata/partitions")
            .topic("", 2)
            .call(PARTITIONS, json!({"topic_name": "<topic>"}))
            .gives(json!({"partitions": [partition(0), partition(1)]}))
            .call(PARTITION, json!({"topic_name": "<topic>", "partition_id": 1}))
            .gives(json!({"partition": partition(1)})),
        case("metadata/offsets")
            .topic("", 1)
            .call(
                "v2.ProduceService/Produce",
                json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_JSON", "records": [{"value": {"json": 1}}]}),
            )
            .call(OFFSETS, json!({"topic_name": "<topic>", "partition_id": 0}))
            .gives_in_the_end(json!({"beginning_offset": 0, "end_offset": 1})),
        case("metadata/unknown topics")
            .call(TOPIC, json!({"topic_name": "<topic>"}))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(PARTITIONS, json!({"topic_name": "<topic>"}))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(PARTITION, json!({"topic_name": "<topic>", "partition_id": 0}))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(OFFSETS, json!({"topic_name": "<topic>", "partition_id": 0}))
            .fails("UNKNOWN_TOPIC_OR_PARTITION"),
        case("metadata/unknown partitions")
            .topic("", 1)
            .call(PARTITION, json!({"topic_name": "<topic>", "partition_id": 1}))
            .fails("PARTITION_NOT_FOUND")
            .call(PARTITION, json!({"topic_name": "<topic>", "partition_id": -1}))
            .fails("PARTITION_NOT_FOUND")
            .call(OFFSETS, json!({"topic_name": "<topic>", "partition_id": 1}))
            .fails("PARTITION_NOT_FOUND"),
    ]
}
