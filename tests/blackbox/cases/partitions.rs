//! API v3: partitions, their offsets, their replicas.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.PartitionService/ListPartitions";
const GET: &str = "v3.PartitionService/GetPartition";
const OFFSET: &str = "v3.PartitionService/GetPartitionOffset";
const REPLICAS: &str = "v3.ReplicaService/ListReplicas";
const REPLICA: &str = "v3.ReplicaService/GetReplica";

fn of(topic: &str, partition: i32) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": topic, "partition_id": partition})
}

fn replica(topic: &str, partition: i32, broker: Value) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": topic, "partition_id": partition, "broker_id": broker})
}

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/topics/<topic>/partitions";
    vec![
        case("partitions/list and get")
            .topic("", 2)
            .call(LIST, json!({"cluster_id": "<cluster>", "topic_name": "<topic>"}))
            .gives(json!({"data": [{"topic_name": "<topic>", "partition_id": 0}, {"topic_name": "<topic>", "partition_id": 1}]}))
            .rest(json!({"kind": "KafkaPartitionList", "metadata": {"self": link, "next": null}}))
            .call(GET, of("<topic>", 1))
            .gives(json!({"partition": {"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 1}}))
            .rest(json!({
                "kind": "KafkaPartition",
                "metadata": {"self": format!("{link}/1"), "resource_name": "crn:///kafka=<cluster>/topic=<topic>/partition=1"},
                "leader": {"related": "*"}, "replicas": {"related": format!("{link}/1/replicas")},
                "reassignment": {"related": format!("{link}/1/reassignment")}
            })),
        case("partitions/list in pages")
            .topic("", 2)
            .call(LIST, json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "page_size": 1}))
            .gives(json!({"data": [{"topic_name": "<topic>", "partition_id": 0}]}))
            .rest(json!({"metadata": {"self": link, "next": "*"}}))
            // The token's content is the last partition, here 0, as a JSON number.
            .call(LIST, json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "page_size": 1, "page_token": "MA"}))
            .gives(json!({"data": [{"topic_name": "<topic>", "partition_id": 1}]}))
            .rest(json!({"metadata": {"next": null}}))
            .call(LIST, json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "page_size": 0}))
            .fails("BAD_REQUEST")
            .saying("page_size"),
        case("partitions/offsets grow with the records")
            .topic("", 1)
            .call(OFFSET, of("<topic>", 0))
            .gives(json!({"partition": {"earliest_offset": 0, "latest_offset": 0}}))
            .call(
                "v2.ProduceService/Produce",
                json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_BINARY", "records": [
                {"value": {"payload": "YQ=="}}, {"value": {"payload": "Yg=="}}]}),
            )
            .call(OFFSET, of("<topic>", 0))
            .gives_in_the_end(json!({"partition": {"topic_name": "<topic>", "partition_id": 0, "earliest_offset": 0, "latest_offset": 2}}))
            .rest(json!({"kind": "KafkaPartitionWithOffsets", "metadata": {"self": format!("{link}/0/offset")}})),
        case("partitions/offset types")
            .topic("", 1)
            .call(
                OFFSET,
                json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 0, "offset_type": "earliest_and_latest"}),
            )
            .gives(json!({"partition": {"earliest_offset": 0}}))
            .call(OFFSET, json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 0, "offset_type": "middle"}))
            .fails("BAD_REQUEST")
            .saying("offset_type:middle is invalid"),
        case("partitions/unknown ones")
            .topic("", 1)
            .call(GET, of("<topic>", 1))
            .fails("NOT_FOUND")
            .call(GET, of("<topic>", -1))
            .fails("NOT_FOUND")
            .call(OFFSET, of("<topic>", 1))
            .fails("PARTITION_NOT_FOUND")
            .call(GET, of("<topic:none>", 0))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(LIST, json!({"cluster_id": "<cluster>", "topic_name": "<topic:none>"}))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(LIST, json!({"cluster_id": "nowhere", "topic_name": "<topic>"}))
            .fails("NOT_FOUND"),
        case("replicas/list and get")
            .topic("", 1)
            .call(REPLICAS, of("<topic>", 0))
            .gives(json!({"data": [{"topic_name": "<topic>", "partition_id": 0, "is_leader": true, "is_in_sync": true}]}))
            .rest(json!({"kind": "KafkaReplicaList"})),
        case("replicas/of topics with replicas by hand")
            .call(
                "v3.TopicService/CreateTopic",
                json!({"cluster_id": "<cluster>", "topic_name": "<topic>",
                "replicas_assignments": [{"partition_id": 0, "broker_ids": ["<broker>"]}]}),
            )
            .gives(json!({"topic": {"topic_name": "<topic>"}}))
            .call(REPLICA, replica("<topic>", 0, json!("<broker>")))
            .gives_in_the_end(json!({"replica": {"broker_id": "<broker>", "is_leader": true, "is_in_sync": true}}))
            .rest(json!({"kind": "KafkaReplica", "broker": {"related": "<url>/v3/clusters/<cluster>/brokers/<broker>"}})),
        case("replicas/unknown ones")
            .topic("", 1)
            .call(REPLICA, replica("<topic>", 0, json!(4711)))
            .fails("NOT_FOUND")
            .call(REPLICA, replica("<topic>", 7, json!("<broker>")))
            .fails("NOT_FOUND")
            .call(REPLICAS, of("<topic>", 7))
            .fails("NOT_FOUND")
            .call(REPLICAS, of("<topic:none>", 0))
            .fails("UNKNOWN_TOPIC_OR_PARTITION"),
    ]
}
