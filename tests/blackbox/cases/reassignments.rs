//! API v3: partitions on their way between brokers.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.ReassignmentService/ListReassignments";
const OF_TOPIC: &str = "v3.ReassignmentService/ListTopicReassignments";
const GET: &str = "v3.ReassignmentService/GetReassignment";
const ALTER: &str = "v3.ReassignmentService/AlterReassignments";
const REPLICAS: &str = "v3.ReplicaService/ListReplicas";

const UNSUPPORTED: &str = "it does not move partitions";

fn of(topic: &str, partition: i32) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": topic, "partition_id": partition})
}

fn alter(data: Value) -> Value {
    json!({"cluster_id": "<cluster>", "data": data})
}

pub fn cases() -> Vec<Case> {
    let mut cases = seen();
    cases.extend(altered());
    cases.extend(refused());
    cases
}

fn seen() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/topics/<topic>/partitions/-/reassignment";
    vec![
        case("reassignments/of a topic that stays where it is")
            .only_kafka(UNSUPPORTED)
            .topic("", 1)
            .call(OF_TOPIC, json!({"cluster_id": "<cluster>", "topic_name": "<topic>"}))
            .gives(json!({"data": []}))
            .rest(json!({"kind": "KafkaReassignmentList", "metadata": {"self": link, "next": null}, "data": []}))
            .call(GET, of("<topic>", 0))
            .fails("NOT_FOUND")
            .saying("HTTP 404 Not Found"),
        case("reassignments/of what is not there")
            .only_kafka(UNSUPPORTED)
            .topic("", 1)
            .call(OF_TOPIC, json!({"cluster_id": "<cluster>", "topic_name": "<topic:none>"}))
            .gives(json!({"data": []}))
            .call(GET, of("<topic:none>", 0))
            .fails("NOT_FOUND")
            .call(GET, of("<topic>", 7))
            .fails("NOT_FOUND"),
        case("reassignments/all")
            .only_kafka(UNSUPPORTED)
            .call(LIST, json!({"cluster_id": "<cluster>"}))
            .gives(json!({"data": "*"}))
            .call(LIST, json!({"cluster_id": "<cluster>", "page_size": 1}))
            .gives(json!({"data": "*"})),
        case("reassignments/in an unknown cluster")
            .call(LIST, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(OF_TOPIC, json!({"cluster_id": "nowhere", "topic_name": "<topic>"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(GET, json!({"cluster_id": "nowhere", "topic_name": "<topic>", "partition_id": 0}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(ALTER, json!({"cluster_id": "nowhere", "data": [{"topic_name": "t", "partition_id": 0, "broker_ids": [1]}]}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
        case("reassignments/a page of no size")
            .call(LIST, json!({"cluster_id": "<cluster>", "page_size": 0}))
            .fails("BAD_REQUEST")
            .call(OF_TOPIC, json!({"cluster_id": "<cluster>", "topic_name": "t", "page_token": "?"}))
            .fails("BAD_REQUEST"),
    ]
}

fn altered() -> Vec<Case> {
    let moved = |partition: i32, brokers: Value| json!({"topic_name": "<topic>", "partition_id": partition, "operation": "REASSIGNMENT_OPERATION_START", "broker_ids": brokers});
    let cancelled =
        |topic: &str, partition: i32| json!({"topic_name": topic, "partition_id": partition, "operation": "REASSIGNMENT_OPERATION_CANCEL"});
    vec![
        case("reassignments/move, and move again")
            .only_kafka(UNSUPPORTED)
            .topic("", 2)
            .call(ALTER, alter(json!([moved(0, json!(["<broker:1>", "<broker:2>"])), moved(1, json!(["<broker:2>"]))])))
            .gives(json!({"failures": []}))
            .rest(json!({"failures": []}))
            .call(REPLICAS, of("<topic>", 0))
            .gives_in_the_end(
                json!({"data": [{"broker_id": "<broker:1>", "is_in_sync": true}, {"broker_id": "<broker:2>", "is_in_sync": true}]}),
            )
            .call(REPLICAS, of("<topic>", 1))
            .gives_in_the_end(json!({"data": [{"broker_id": "<broker:2>", "is_leader": true}]}))
            .call(ALTER, alter(json!([moved(0, json!(["<broker:0>"])), moved(1, json!(["<broker:2>"]))])))
            .gives(json!({"failures": []}))
            .call(REPLICAS, of("<topic>", 0))
            .gives_in_the_end(json!({"data": [{"broker_id": "<broker:0>", "is_leader": true}]}))
            .call(GET, of("<topic>", 0))
            .fails_in_the_end("NOT_FOUND"),
        case("reassignments/what is refused is told, the rest is done")
            .only_kafka(UNSUPPORTED)
            .topic("", 1)
            .call(
                ALTER,
                alter(json!([moved(7, json!(["<broker>"])), moved(0, json!(["<broker:2>", "<broker:1>"])), cancelled("<topic:none>", 0)])),
            )
            .gives(json!({"failures": [
                {"topic_name": "<topic>", "partition_id": 7, "error_code": 40403, "message": "*"},
                {"topic_name": "<topic:none>", "partition_id": 0, "error_code": 40403, "message": "*"}]}))
            .rest_status(207)
            .call(REPLICAS, of("<topic>", 0))
            .gives_in_the_end(json!({"data": [{"broker_id": "<broker:2>"}, {"broker_id": "<broker:1>"}]})),
        case("reassignments/nothing to cancel, and a broker that is not there")
            .only_kafka(UNSUPPORTED)
            .topic("", 2)
            .call(ALTER, alter(json!([cancelled("<topic>", 0), moved(1, json!([4711]))])))
            .gives(json!({"failures": [
                {"partition_id": 0, "error_code": 50002, "message": "No partition reassignment is in progress."},
                {"partition_id": 1, "error_code": 50002, "message": "*"}]}))
            .rest_status(207),
        case("reassignments/another replication factor can be forbidden")
            .only_kafka(UNSUPPORTED)
            .topic("", 1)
            .call(
                ALTER,
                json!({"cluster_id": "<cluster>", "allow_replication_factor_change": false,
                "data": [moved(0, json!(["<broker:0>", "<broker:1>", "<broker:2>"]))]}),
            )
            .gives(json!({"failures": [{"topic_name": "<topic>", "partition_id": 0, "error_code": 40002, "message": "*"}]}))
            .rest_status(207)
            .call(
                ALTER,
                json!({"cluster_id": "<cluster>", "allow_replication_factor_change": false, "data": [moved(0, json!(["<broker:2>"]))]}),
            )
            .gives(json!({"failures": []}))
            .call(REPLICAS, of("<topic>", 0))
            .gives_in_the_end(json!({"data": [{"broker_id": "<broker:2>", "is_leader": true}]})),
    ]
}

fn refused() -> Vec<Case> {
    let partition = |more: Value| {
        let mut change = json!({"topic_name": "<topic>", "partition_id": 0});
        change.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        change
    };
    let rows = [
        ("no changes", json!([]), "Payload error. Empty input provided. Data is required."),
        ("no brokers", json!([partition(json!({}))]), "partition 0 of topic <topic>: broker_ids must not be empty."),
        ("a broker twice", json!([partition(json!({"broker_ids": [1, 1]}))]), "broker 1 is named twice"),
        (
            "a partition twice",
            json!([partition(json!({"broker_ids": [1]})), partition(json!({"operation": "REASSIGNMENT_OPERATION_CANCEL"}))]),
            "partition 0 of topic <topic> is named twice",
        ),
        (
            "brokers to cancel",
            json!([partition(json!({"operation": "REASSIGNMENT_OPERATION_CANCEL", "broker_ids": [1]}))]),
            "CANCEL takes no broker_ids",
        ),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(label, data, says)| {
            case(format!("reassignments/refused: {label}")).call(ALTER, alter(data)).fails("INVALID_PAYLOAD").saying(says)
        })
        .collect();
    cases.push(
        case("reassignments/refused: members that are missing")
            .rest_only("in gRPC an absent number is 0")
            .call(ALTER, json!({"cluster_id": "<cluster>"}))
            .fails("MALFORMED_BODY")
            .saying("data")
            .call(ALTER, alter(json!([{"topic_name": "t", "broker_ids": [1]}])))
            .fails("MALFORMED_BODY")
            .saying("partition_id"),
    );
    cases
}
