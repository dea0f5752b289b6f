//! API v3: what a broker holds: its replicas, and its log directories.

use serde_json::json;

use crate::case::{Case, case};

const REPLICAS: &str = "v3.ReplicaService/ListBrokerReplicas";
const DIRS: &str = "v3.BrokerService/ListLogDirs";

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/brokers/<broker>";
    vec![
        case("broker replicas/list")
            .topic("", 1)
            .call(REPLICAS, json!({"cluster_id": "<cluster>", "broker_id": "<broker>"}))
            .rest(json!({"kind": "KafkaReplicaList", "metadata": {"self": format!("{link}/partition-replicas"), "next": null}})),
        case("broker replicas/in pages")
            .topic("", 2)
            .call("v3.TopicService/CreateTopic", json!({"cluster_id": "<cluster>", "topic_name": "<topic:here>",
                "replicas_assignments": [{"partition_id": 0, "broker_ids": ["<broker>"]}]}))
            .call(REPLICAS, json!({"cluster_id": "<cluster>", "broker_id": "<broker>", "page_size": 1}))
            .gives_in_the_end(json!({"data": [{"cluster_id": "<cluster>", "topic_name": "*", "partition_id": "*", "broker_id": "<broker>"}]})),
        case("broker replicas/of a broker that is not there")
            .call(REPLICAS, json!({"cluster_id": "<cluster>", "broker_id": 4711}))
            .fails("NOT_FOUND")
            .saying("Broker 4711 cannot be found.")
            .call(REPLICAS, json!({"cluster_id": "nowhere", "broker_id": "<broker>"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(REPLICAS, json!({"cluster_id": "<cluster>", "broker_id": "<broker>", "page_size": 10_001}))
            .fails("BAD_REQUEST"),
        case("log dirs/list")
            .call(DIRS, json!({"cluster_id": "<cluster>", "broker_id": "<broker>"}))
            .gives(json!({"data": [{"cluster_id": "<cluster>", "broker_id": "<broker>", "path": "*", "error_code": null, "error": null, "replicas": "*"}]}))
            .rest(json!({"kind": "KafkaLogDirList", "metadata": {"self": format!("{link}/log-dirs"), "next": null},
                "data": [{"kind": "KafkaLogDir", "metadata": {"self": "*", "resource_name": "*"}}]}))
            .call(DIRS, json!({"cluster_id": "<cluster>", "broker_id": "<broker>", "path": "/no/such/path"}))
            .gives(json!({"data": []})),
        case("log dirs/sizes")
            .only_kafka("it keeps nothing on disk")
            .call(DIRS, json!({"cluster_id": "<cluster>", "broker_id": "<broker>"}))
            .gives(json!({"data": [{"total_bytes": "*", "usable_bytes": "*"}]})),
        case("log dirs/of a broker that is not there")
            .call(DIRS, json!({"cluster_id": "<cluster>", "broker_id": 4711}))
            .fails("NOT_FOUND")
            .saying("Broker 4711 cannot be found.")
            .call(DIRS, json!({"cluster_id": "nowhere", "broker_id": "<broker>"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
    ]
}
