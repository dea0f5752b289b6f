//! API v3: settings of single brokers. A setting that a case changes is no other surface's.

use serde_json::{Value, json};

use crate::{
    case::{Case, case},
    surfaces::Surface,
};

const LIST: &str = "v3.BrokerConfigService/ListBrokerConfigs";
const LIST_ALL: &str = "v3.BrokerConfigService/ListAllBrokersConfigs";
const GET: &str = "v3.BrokerConfigService/GetBrokerConfig";
const UPDATE: &str = "v3.BrokerConfigService/UpdateBrokerConfig";
const RESET: &str = "v3.BrokerConfigService/ResetBrokerConfig";
const ALTER: &str = "v3.BrokerConfigService/AlterBrokerConfigs";

const REFUSED: &str = "KAFKA_INVALID_REQUEST";

fn of(more: Value) -> Value {
    let mut request = json!({"cluster_id": "<cluster>", "broker_id": "<broker>"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn named(name: &str) -> Value {
    of(json!({ "name": name }))
}

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/brokers/<broker>/configs";
    let mut cases = vec![
        case("broker-configs/list and get")
            .call(LIST, of(json!({})))
            .gives(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaBrokerConfigList", "metadata": {"self": link, "next": null}}))
            .call(LIST, of(json!({"page_size": 1})))
            .gives(json!({"data": [{"cluster_id": "<cluster>", "broker_id": "<broker>"}]}))
            .call(GET, named("num.partitions"))
            .gives(json!({"config": {"cluster_id": "<cluster>", "broker_id": "<broker>", "name": "num.partitions", "value": "*", "is_sensitive": false}}))
            .rest(json!({"kind": "KafkaBrokerConfig", "metadata": {"self": format!("{link}/num.partitions"),
                "resource_name": "crn:///kafka=<cluster>/broker=<broker>/config=num.partitions"}})),
        case("broker-configs/of all brokers")
            .call(LIST_ALL, json!({"cluster_id": "<cluster>"}))
            .gives(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaBrokerConfigList", "metadata": {"self": "<url>/v3/clusters/<cluster>/brokers/-/configs", "next": null}}))
            .call(LIST_ALL, json!({"cluster_id": "<cluster>", "page_size": 1}))
            .gives(json!({"data": [{"cluster_id": "<cluster>"}]}))
            .call(LIST_ALL, json!({"cluster_id": "<cluster>", "page_size": 10_001}))
            .fails("BAD_REQUEST"),
        case("broker-configs/secrets and what cannot be changed")
            .only_kafka("the embedded broker has few settings")
            .call(GET, named("ssl.keystore.password"))
            .gives(json!({"config": {"value": null, "is_sensitive": true, "is_read_only": false}}))
            .call(GET, named("node.id"))
            .gives(json!({"config": {"value": "*", "is_read_only": true, "source": "CONFIG_SOURCE_STATIC_BROKER_CONFIG"}}))
            .call(UPDATE, of(json!({"name": "node.id", "value": "7"})))
            .fails(REFUSED)
            .saying("Cannot update these configs dynamically: [node.id]")
            .call(UPDATE, of(json!({"name": "max.connections", "value": "many"})))
            .fails(REFUSED)
            .saying("Invalid value many for configuration max.connections")
            .call(ALTER, of(json!({"data": [{"name": "max.connections", "value": "7"}, {"name": "node.id", "value": "7"}]})))
            .fails(REFUSED),
        case("broker-configs/what cannot be changed is not changed")
            .call(UPDATE, of(json!({"name": "default.replication.factor", "value": "7"})))
            .fails(REFUSED)
            .saying("Cannot update these configs dynamically: [default.replication.factor]"),
        case("broker-configs/unknown settings")
            .call(GET, named("no.such.key"))
            .fails("NOT_FOUND")
            .call(UPDATE, of(json!({"name": "no.such.key", "value": "1"})))
            .fails("NOT_FOUND")
            .saying("Config no.such.key cannot be found for BROKER <broker> in cluster <cluster>.")
            .call(RESET, named("no.such.key"))
            .fails("NOT_FOUND")
            .call(ALTER, of(json!({"data": [{"name": "no.such.key", "value": "1"}]})))
            .fails("NOT_FOUND")
            .call(ALTER, of(json!({"data": []})))
            .gives(json!({})),
        case("broker-configs/no value, one setting twice")
            .call(UPDATE, named("num.partitions"))
            .fails(REFUSED)
            .saying("Null value not supported for : num.partitions")
            .call(ALTER, of(json!({"data": [{"name": "num.partitions", "value": "1"}, {"name": "num.partitions", "value": "2"}]})))
            .fails(REFUSED)
            .saying("Error due to duplicate config keys"),
    ];
    for (label, cluster, broker) in
        [("broker", "<cluster>", json!(4711)), ("negative broker", "<cluster>", json!(-1)), ("cluster", "nowhere", json!("<broker>"))]
    {
        let at = |more: Value| {
            let mut request = json!({"cluster_id": cluster, "broker_id": broker});
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            request
        };
        cases.push(
            case(format!("broker-configs/of an unknown {label}"))
                .call(LIST, at(json!({})))
                .fails("NOT_FOUND")
                .call(GET, at(json!({"name": "num.partitions"})))
                .fails("NOT_FOUND")
                .call(UPDATE, at(json!({"name": "num.partitions", "value": "1"})))
                .fails("NOT_FOUND")
                .call(RESET, at(json!({"name": "num.partitions"})))
                .fails("NOT_FOUND")
                .call(ALTER, at(json!({"data": []})))
                .fails("NOT_FOUND"),
        );
    }
    cases.push(case("broker-configs/of all of an unknown cluster").call(LIST_ALL, json!({"cluster_id": "nowhere"})).fails("NOT_FOUND"));
    let surfaces = [
        (Surface::Rest, "log.cleaner.io.buffer.size"),
        (Surface::Grpc, "log.cleaner.delete.retention.ms"),
        (Surface::Web, "log.index.interval.bytes"),
    ];
    for (on, key) in surfaces {
        let changed = json!({"config": {"value": "600000", "source": "CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG", "is_default": false}});
        let case = case(format!("broker-configs/set, get, reset on {on}"))
            .only_kafka("the embedded broker has few settings")
            .call(UPDATE, of(json!({"name": key, "value": "600000"})))
            .gives(json!({}))
            .call(GET, named(key))
            .gives_in_the_end(changed)
            .call(ALTER, of(json!({"data": [{"name": key, "value": "600001"}]})))
            .gives(json!({}))
            .call(GET, named(key))
            .gives_in_the_end(json!({"config": {"value": "600001"}}))
            .call(RESET, named(key))
            .gives(json!({}))
            .call(GET, named(key))
            .gives_in_the_end(json!({"config": {"is_default": true, "source": "CONFIG_SOURCE_DEFAULT_CONFIG"}}));
        let others = surfaces.iter().filter(|(surface, _)| *surface != on);
        cases.push(others.fold(case, |case, (surface, _)| case.not_on(*surface, "another setting is that surface's")));
    }
    cases
}
