//! API v3: the cluster and its brokers; API v2: the root and the brokers.

use serde_json::json;

use crate::case::{Case, case};

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>";
    vec![
        case("clusters/list").call("v3.ClusterService/ListClusters", json!({})).gives(json!({"data": [{"cluster_id": "<cluster>"}]})).rest(
            json!({"kind": "KafkaClusterList", "metadata": {"self": "<url>/v3/clusters", "next": null}, "data": [{
                "kind": "KafkaCluster", "metadata": {"self": link, "resource_name": "crn:///kafka=<cluster>"},
                "topics": {"related": format!("{link}/topics")}, "brokers": {"related": format!("{link}/brokers")}
            }]}),
        ),
        case("clusters/get")
            .call("v3.ClusterService/GetCluster", json!({"cluster_id": "<cluster>"}))
            .gives(json!({"cluster": {"cluster_id": "<cluster>"}}))
            .rest(json!({"kind": "KafkaCluster", "controller": {"related": "*"}, "acls": {"related": format!("{link}/acls")}})),
        case("clusters/an unknown one").call("v3.ClusterService/GetCluster", json!({"cluster_id": "nowhere"})).fails("NOT_FOUND"),
        case("brokers/list and get")
            .call("v3.BrokerService/ListBrokers", json!({"cluster_id": "<cluster>"}))
            .rest(json!({"kind": "KafkaBrokerList", "metadata": {"self": format!("{link}/brokers"), "next": null}}))
            .call("v3.BrokerService/GetBroker", json!({"cluster_id": "<cluster>", "broker_id": "<broker>"}))
            .gives(json!({"broker": {"cluster_id": "<cluster>", "broker_id": "<broker>", "host": "*", "port": "*", "rack": null}}))
            .rest(json!({
                "kind": "KafkaBroker",
                "metadata": {"self": format!("{link}/brokers/<broker>"), "resource_name": "crn:///kafka=<cluster>/broker=<broker>"},
                "configs": {"related": format!("{link}/brokers/<broker>/configs")},
                "partition_replicas": {"related": format!("{link}/brokers/<broker>/partition-replicas")}
            })),
        case("brokers/unknown ones")
            .call("v3.BrokerService/GetBroker", json!({"cluster_id": "<cluster>", "broker_id": 4711}))
            .fails("NOT_FOUND")
            .call("v3.BrokerService/GetBroker", json!({"cluster_id": "<cluster>", "broker_id": -1}))
            .fails("NOT_FOUND")
            .call("v3.BrokerService/GetBroker", json!({"cluster_id": "nowhere", "broker_id": "<broker>"}))
            .fails("NOT_FOUND")
            .call("v3.BrokerService/ListBrokers", json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
        case("root/says nothing")
            .call("v2.MetadataService/GetRoot", json!({}))
            .gives(json!({}))
            .call("v2.MetadataService/GetRoot", json!({"properties": [{"name": "a", "value": "b"}]}))
            .gives(json!({})),
        case("brokers/ids").call("v2.MetadataService/ListBrokers", json!({})).gives(json!({"brokers": "*"})),
    ]
}
