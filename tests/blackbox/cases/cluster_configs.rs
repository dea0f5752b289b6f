//! API v3: settings of all brokers at once. Cases change only settings of their own, which Kafka does not know but keeps.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.ClusterConfigService/ListClusterConfigs";
const GET: &str = "v3.ClusterConfigService/GetClusterConfig";
const UPDATE: &str = "v3.ClusterConfigService/UpdateClusterConfig";
const RESET: &str = "v3.ClusterConfigService/ResetClusterConfig";
const ALTER: &str = "v3.ClusterConfigService/AlterClusterConfigs";

const REFUSED: &str = "KAFKA_INVALID_REQUEST";
const WHY_KAFKA: &str = "settings of the embedded broker cannot be changed";

fn of(cluster: &str, more: Value) -> Value {
    let mut request = json!({ "cluster_id": cluster });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn named(name: &str) -> Value {
    of("<cluster>", json!({ "name": name }))
}

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/broker-configs";
    vec![
        case("cluster-configs/set, get, reset")
            .only_kafka(WHY_KAFKA)
            .call(UPDATE, of("<cluster>", json!({"name": "<topic>", "value": "1"})))
            .gives(json!({}))
            .call(GET, named("<topic>"))
            .gives_in_the_end(json!({"config": {"cluster_id": "<cluster>", "config_type": "CLUSTER_CONFIG_TYPE_BROKER", "name": "<topic>", "value": null,
                "is_default": false, "is_sensitive": true, "source": "CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG"}}))
            .rest(json!({"kind": "KafkaClusterConfig", "metadata": {"self": format!("{link}/<topic>"),
                "resource_name": "crn:///kafka=<cluster>/broker-config=<topic>"}, "config_type": "BROKER"}))
            .call(LIST, of("<cluster>", json!({})))
            .gives_in_the_end(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaClusterConfigList", "metadata": {"self": link, "next": null}}))
            .call(LIST, of("<cluster>", json!({"page_size": 1})))
            .gives_in_the_end(json!({"data": [{"cluster_id": "<cluster>"}]}))
            .call(RESET, named("<topic>"))
            .gives_in_the_end(json!({}))
            .call(GET, named("<topic>"))
            .fails_in_the_end("NOT_FOUND"),
        case("cluster-configs/change several")
            .only_kafka(WHY_KAFKA)
            .call(ALTER, of("<cluster>", json!({"data": [{"name": "<topic:a>", "value": "1"}, {"name": "<topic:b>", "value": "2"}]})))
            .gives(json!({}))
            .call(GET, named("<topic:b>"))
            .gives_in_the_end(json!({"config": {"name": "<topic:b>"}}))
            .call(ALTER, of("<cluster>", json!({"data": [
                {"name": "<topic:a>", "operation": "CONFIG_OPERATION_DELETE"}, {"name": "<topic:b>", "operation": "CONFIG_OPERATION_DELETE"}]})))
            .gives(json!({}))
            .call(GET, named("<topic:a>"))
            .fails_in_the_end("NOT_FOUND"),
        case("cluster-configs/what cannot be changed is not changed")
            .call(UPDATE, of("<cluster>", json!({"name": "node.id", "value": "7"})))
            .fails(REFUSED)
            .saying("Cannot update these configs dynamically: [node.id]"),
        case("cluster-configs/values that Kafka refuses")
            .only_kafka(WHY_KAFKA)
            .call(UPDATE, of("<cluster>", json!({"name": "max.connections", "value": "many"})))
            .fails(REFUSED)
            .saying("Invalid value many for configuration max.connections"),
        case("cluster-configs/what is not set")
            .call(GET, named("no.such.key"))
            .fails("NOT_FOUND")
            .call(RESET, named("no.such.key"))
            .fails("NOT_FOUND")
            .saying("Config no.such.key cannot be found for BROKER  in cluster <cluster>."),
        case("cluster-configs/no value, one setting twice, nothing to change")
            .call(UPDATE, named("max.connections"))
            .fails(REFUSED)
            .saying("Null value not supported for : max.connections")
            .call(ALTER, of("<cluster>", json!({"data": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]})))
            .fails(REFUSED)
            .saying("Error due to duplicate config keys")
            .call(ALTER, of("<cluster>", json!({"data": []})))
            .gives(json!({})),
        case("cluster-configs/of an unknown cluster")
            .call(LIST, of("nowhere", json!({})))
            .fails("NOT_FOUND")
            .call(GET, of("nowhere", json!({"name": "max.connections"})))
            .fails("NOT_FOUND")
            .call(UPDATE, of("nowhere", json!({"name": "max.connections", "value": "1"})))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(RESET, of("nowhere", json!({"name": "max.connections"})))
            .fails("NOT_FOUND")
            .call(ALTER, of("nowhere", json!({"data": []})))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
    ]
}
