//! API v3, extensions: electing leaders, deleting records.

use serde_json::{Value, json};

use crate::case::{Case, case};

const ELECT: &str = "v3.PartitionService/ElectLeaders";
const DELETE: &str = "v3.PartitionService/DeleteRecords";
const OFFSET: &str = "v3.PartitionService/GetPartitionOffset";
const PRODUCE: &str = "v2.ProduceService/Produce";

const NOT_EMBEDDED: &str = "the embedded broker elects nothing: it is alone";

fn elect(partitions: Value) -> Value {
    json!({"cluster_id": "<cluster>", "partitions": partitions})
}

fn place(topic: &str, partition: i32) -> Value {
    json!({"topic_name": topic, "partition_id": partition})
}

fn delete(data: Value) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "data": data})
}

fn up_to(partition: i32, offset: i64) -> Value {
    json!({"partition_id": partition, "before_offset": offset})
}

fn five_records() -> Value {
    let record = json!({"partition": 0, "value": {"payload": "YQ=="}});
    json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_BINARY", "records": [record, record, record, record, record]})
}

pub fn cases() -> Vec<Case> {
    let mut cases = elections();
    cases.extend(deletions());
    cases
}

fn elections() -> Vec<Case> {
    vec![
        case("elections/of a leader that is right already")
            .only_kafka(NOT_EMBEDDED)
            .topic("", 2)
            .call(ELECT, elect(json!([place("<topic>", 1), place("<topic>", 0)])))
            .gives(json!({"data": [
                {"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 0, "is_elected": false},
                {"topic_name": "<topic>", "partition_id": 1, "is_elected": false}], "failures": []}))
            .rest(json!({"kind": "KafkaLeaderElectionList", "data": [{
                "kind": "KafkaLeaderElection", "metadata": {"self": "<url>/v3/clusters/<cluster>/topics/<topic>/partitions/0"}}, {}]}))
            .call(ELECT, json!({"cluster_id": "<cluster>", "election_type": "ELECTION_TYPE_UNCLEAN", "partitions": [place("<topic>", 0)]}))
            .gives(json!({"data": [{"partition_id": 0, "is_elected": false}]})),
        case("elections/of all leaders")
            .only_kafka(NOT_EMBEDDED)
            .call(ELECT, json!({"cluster_id": "<cluster>"}))
            .gives(json!({"data": "*"})),
        case("elections/some that cannot be")
            .only_kafka(NOT_EMBEDDED)
            .topic("", 1)
            .call(ELECT, elect(json!([place("<topic>", 0), place("<topic>", 7)])))
            .gives(json!({"data": [{"partition_id": 0}], "failures": [{"topic_name": "<topic>", "partition_id": 7, "error_code": 40403}]}))
            .rest_status(207)
            .call(ELECT, elect(json!([place("<topic>", 7), place("<topic:none>", 0)])))
            .fails("UNKNOWN_TOPIC_OR_PARTITION"),
        case("elections/what is asked wrongly")
            .call(ELECT, elect(json!([place("t", 0), place("t", 0)])))
            .fails("BAD_REQUEST")
            .saying("twice")
            .call(ELECT, elect(json!([place("t", -1)])))
            .fails("BAD_REQUEST")
            .saying("partition_id")
            .call(ELECT, elect(json!([place("a b", 0)])))
            .fails("KAFKA_INVALID_REQUEST")
            .call(ELECT, json!({"cluster_id": "nowhere", "partitions": [place("t", 0)]}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
    ]
}

fn deletions() -> Vec<Case> {
    let place = json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 0});
    vec![
        case("deleted records/up to an offset, then all")
            .topic("", 2)
            .call(PRODUCE, five_records())
            .call(DELETE, delete(json!([up_to(1, 0), up_to(0, 3)])))
            .gives(json!({"data": [
                {"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 1, "low_watermark": 0},
                {"topic_name": "<topic>", "partition_id": 0, "low_watermark": 3}], "failures": []}))
            .rest(json!({"kind": "KafkaDeletedRecordsList", "data": [{}, {
                "kind": "KafkaDeletedRecords", "metadata": {"self": "<url>/v3/clusters/<cluster>/topics/<topic>/partitions/0"}}]}))
            .call(OFFSET, place.clone())
            .gives(json!({"partition": {"earliest_offset": 3, "latest_offset": 5}}))
            // Once more changes nothing.
            .call(DELETE, delete(json!([up_to(0, 3)])))
            .gives(json!({"data": [{"low_watermark": 3}]}))
            .call(DELETE, delete(json!([up_to(0, -1)])))
            .gives(json!({"data": [{"low_watermark": 5}]}))
            .call(OFFSET, place)
            .gives(json!({"partition": {"earliest_offset": 5, "latest_offset": 5}})),
        case("deleted records/some that are not there")
            .topic("", 1)
            .call(DELETE, delete(json!([up_to(9, -1), up_to(0, -1)])))
            .gives(json!({"data": [{"partition_id": 0, "low_watermark": 0}], "failures": [
                {"topic_name": "<topic>", "partition_id": 9, "error_code": 40402}]}))
            .rest_status(207)
            .call(DELETE, delete(json!([up_to(9, -1)])))
            .fails("PARTITION_NOT_FOUND"),
        case("deleted records/beyond the end").topic("", 1).call(DELETE, delete(json!([up_to(0, 1)]))).fails("KAFKA_INVALID_REQUEST"),
        case("deleted records/of a topic that is only compacted")
            .only_kafka("the embedded broker deletes records of any topic")
            .call(
                "v3.TopicService/CreateTopic",
                json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partitions_count": 1, "replication_factor": 1,
                    "configs": [{"name": "cleanup.policy", "value": "compact"}]}),
            )
            .call("v3.TopicService/GetTopic", json!({"cluster_id": "<cluster>", "topic_name": "<topic>"}))
            .gives_in_the_end(json!({"topic": {"partitions_count": 1}}))
            .call(DELETE, delete(json!([up_to(0, 0)])))
            .fails_in_the_end("KAFKA_INVALID_REQUEST"),
        case("deleted records/what is asked wrongly")
            .topic("", 1)
            .call(DELETE, delete(json!([up_to(0, -2)])))
            .fails("BAD_REQUEST")
            .saying("before_offset")
            .call(DELETE, delete(json!([up_to(0, 0), up_to(0, 1)])))
            .fails("BAD_REQUEST")
            .saying("twice")
            .call(DELETE, delete(json!([])))
            .fails("INVALID_PAYLOAD")
            .call(DELETE, json!({"cluster_id": "<cluster>", "topic_name": "<topic:none>", "data": [up_to(0, -1)]}))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(DELETE, json!({"cluster_id": "nowhere", "topic_name": "<topic>", "data": [up_to(0, -1)]}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
    ]
}
