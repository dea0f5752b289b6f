//! API v3: transactions and producers. What an open transaction looks like, and how it is aborted, is in `checks::transactions`: no RPC opens
//! one.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.TransactionService/ListTransactions";
const DESCRIBE: &str = "v3.TransactionService/DescribeTransaction";
const PRODUCERS: &str = "v3.TransactionService/DescribeProducers";
const ABORT: &str = "v3.TransactionService/AbortTransaction";

fn with(topic: &str, more: Value) -> Value {
    let mut request = json!({"cluster_id": "<cluster>", "topic_name": topic, "partition_id": 0});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

pub fn cases() -> Vec<Case> {
    let unheard = "it keeps no producers, and cannot end a transaction";
    vec![
        case("transactions/of nobody")
            .call(LIST, json!({"cluster_id": "<cluster>", "producer_id": 4_711_000_000_000_i64}))
            .gives(json!({"data": []}))
            .rest(json!({"kind": "KafkaTransactionList", "metadata": {"self": "<url>/v3/clusters/<cluster>/transactions", "next": null}}))
            .call(LIST, json!({"cluster_id": "<cluster>", "producer_id": 4_711_000_000_000_i64, "state": "TRANSACTION_STATE_ONGOING", "page_size": 1}))
            .gives(json!({"data": []})),
        case("transactions/that have lasted")
            .only_kafka("it knows no durations")
            .call(LIST, json!({"cluster_id": "<cluster>", "min_duration_ms": 86_400_000}))
            .gives(json!({"data": []})),
        case("transactions/a duration before its beginning")
            .call(LIST, json!({"cluster_id": "<cluster>", "min_duration_ms": -1}))
            .fails("BAD_REQUEST")
            .saying("min_duration_ms must not be negative"),
        case("transactions/an unknown one")
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "transactional_id": "<group>"}))
            .fails("NOT_FOUND")
            .saying("Transaction <group> cannot be found.")
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "transactional_id": "a/b <group>"}))
            .fails("NOT_FOUND")
            .saying("Transaction a/b <group> cannot be found."),
        case("transactions/in an unknown cluster")
            .call(LIST, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(DESCRIBE, json!({"cluster_id": "nowhere", "transactional_id": "t"}))
            .fails("NOT_FOUND")
            .call(PRODUCERS, json!({"cluster_id": "nowhere", "topic_name": "t", "partition_id": 0}))
            .fails("NOT_FOUND")
            .call(ABORT, json!({"cluster_id": "nowhere", "topic_name": "t", "partition_id": 0, "start_offset": 0}))
            .fails("NOT_FOUND"),
        case("producers/of a partition that nobody wrote to").topic("", 1).call(PRODUCERS, with("<topic>", json!({}))).gives(json!({"data": []})),
        case("producers/the gateway's own")
            .only_kafka(unheard)
            .topic("", 1)
            .call("v3.RecordService/ProduceBatch", json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "entries": [{"id": "a"}]}))
            .gives(json!({"failures": []}))
            .call(PRODUCERS, with("<topic>", json!({})))
            .gives(json!({"data": [{"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 0, "producer_id": "*", "producer_epoch": "*",
                "last_sequence": 0, "last_time": "*", "coordinator_epoch": null, "current_transaction_start_offset": null}]}))
            .call(PRODUCERS, with("<topic>", json!({"producer_id": 4_711_000_000_000_i64})))
            .gives(json!({"data": []})),
        case("producers/of what is not there")
            .topic("", 1)
            .call(PRODUCERS, with("<topic:none>", json!({})))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(PRODUCERS, with("<topic>", json!({"partition_id": 7})))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(PRODUCERS, with("a b", json!({})))
            .fails("KAFKA_INVALID_REQUEST"),
        case("transactions/abort what does not hang")
            .topic("", 1)
            .call(ABORT, with("<topic>", json!({"start_offset": 3})))
            .fails("NOT_FOUND")
            .saying("No open transaction begins at offset 3 of partition 0 of topic <topic>.")
            .call(ABORT, with("<topic:none>", json!({"start_offset": 3})))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(ABORT, with("<topic:none>", json!({"producer_id": 1, "producer_epoch": 0})))
            .fails("UNKNOWN_TOPIC_OR_PARTITION"),
        case("transactions/abort by producer")
            .only_kafka(unheard)
            .topic("", 1)
            .call(ABORT, with("<topic>", json!({"producer_id": 4711, "producer_epoch": 3})))
            .gives(json!({}))
            .call(ABORT, with("<topic>", json!({"producer_id": 4711, "producer_epoch": 2})))
            .fails("KAFKA")
            .saying("old epoch"),
        case("transactions/abort what is named in no way")
            .call(ABORT, with("<topic>", json!({})))
            .fails("INVALID_PAYLOAD")
            .saying("either start_offset or producer_id and producer_epoch are needed")
            .call(ABORT, with("<topic>", json!({"start_offset": 0, "producer_id": 1, "producer_epoch": 0})))
            .fails("INVALID_PAYLOAD")
            .call(ABORT, with("<topic>", json!({"producer_id": 1, "producer_epoch": 32_768})))
            .fails("INVALID_PAYLOAD")
            .saying("producer_epoch must be 0 to 32767, not 32768."),
    ]
}
