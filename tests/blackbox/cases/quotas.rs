//! API v3: client quotas.

use serde_json::{Value, json};

use crate::case::{Case, case};

const DESCRIBE: &str = "v3.QuotaService/DescribeClientQuotas";
const ALTER: &str = "v3.QuotaService/AlterClientQuotas";

const UNSUPPORTED: &str = "it has no quotas";

/// All quotas of the case's own user.
fn own() -> Value {
    json!({"cluster_id": "<cluster>", "user": "<group>"})
}

fn alter(data: Value) -> Value {
    json!({"cluster_id": "<cluster>", "data": data})
}

fn set(name: &str, value: f64) -> Value {
    json!({"name": name, "value": value})
}

fn delete(name: &str) -> Value {
    json!({"name": name, "operation": "CLIENT_QUOTA_OPERATION_DELETE"})
}

pub fn cases() -> Vec<Case> {
    let mut cases = kept();
    cases.extend(refused());
    cases
}

fn kept() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/client-quotas";
    vec![
        case("quotas/set, change, remove")
            .only_kafka(UNSUPPORTED)
            .call(ALTER, alter(json!([{"user": "<group>", "quotas": [
                {"name": "producer_byte_rate", "value": 1_048_576.0, "operation": "CLIENT_QUOTA_OPERATION_SET"}, set("request_percentage", 12.5),
                set("controller_mutation_rate", 3.0)]}])))
            .gives(json!({"failures": []}))
            .call(DESCRIBE, own())
            .gives_in_the_end(json!({"data": [{"cluster_id": "<cluster>", "user": "<group>", "client_id": null, "ip": null, "quotas": [
                set("controller_mutation_rate", 3.0), set("producer_byte_rate", 1_048_576.0), set("request_percentage", 12.5)]}]}))
            .rest(json!({"kind": "KafkaClientQuotaList", "metadata": {"next": null}, "data": [{
                "kind": "KafkaClientQuota", "metadata": {"self": format!("{link}?user=<group>&strict=true")}}]}))
            .call(ALTER, alter(json!([{"user": "<group>", "quotas": [
                delete("controller_mutation_rate"), delete("consumer_byte_rate"), set("request_percentage", 200.0)]}])))
            .gives(json!({"failures": []}))
            .call(DESCRIBE, own())
            .gives_in_the_end(json!({"data": [{"user": "<group>", "quotas": [
                set("producer_byte_rate", 1_048_576.0), set("request_percentage", 200.0)]}]}))
            .call(ALTER, alter(json!([{"user": "<group>", "quotas": [delete("producer_byte_rate"), delete("request_percentage")]}])))
            .gives(json!({"failures": []}))
            .call(DESCRIBE, own())
            .gives_in_the_end(json!({"data": []})),
        case("quotas/entities and filters")
            .only_kafka(UNSUPPORTED)
            .call(ALTER, alter(json!([
                {"user": "<group>", "quotas": [set("consumer_byte_rate", 1000.0)]},
                {"user": "<group>", "client_id": "", "quotas": [set("consumer_byte_rate", 2000.0)]},
                {"user": "<group>", "client_id": "a b", "quotas": [set("consumer_byte_rate", 3000.0)]}])))
            .gives(json!({"failures": []}))
            .call(DESCRIBE, own())
            .gives_in_the_end(json!({"data": [{"client_id": null}, {"client_id": ""}, {"client_id": "a b"}]}))
            .rest(json!({"data": [{}, {"metadata": {"self": format!("{link}?user=<group>&client_id=&strict=true")}},
                {"metadata": {"self": format!("{link}?user=<group>&client_id=a+b&strict=true")}}]}))
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "user": "<group>", "strict": true}))
            .gives_in_the_end(json!({"data": [{"client_id": null, "quotas": [set("consumer_byte_rate", 1000.0)]}]}))
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "user": "<group>", "client_id": ""}))
            .gives_in_the_end(json!({"data": [{"client_id": "", "quotas": [set("consumer_byte_rate", 2000.0)]}]}))
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "user": "<group>", "page_size": 2}))
            .gives_in_the_end(json!({"data": [{"client_id": null}, {"client_id": ""}]}))
            .rest(json!({"metadata": {"next": "*"}}))
            .call(ALTER, alter(json!([
                {"user": "<group>", "quotas": [delete("consumer_byte_rate")]},
                {"user": "<group>", "client_id": "", "quotas": [delete("consumer_byte_rate")]},
                {"user": "<group>", "client_id": "a b", "quotas": [delete("consumer_byte_rate")]}])))
            .gives(json!({"failures": []})),
        case("quotas/addresses")
            .only_kafka(UNSUPPORTED)
            .call(ALTER, alter(json!([{"ip": "192.0.2.1", "quotas": [set("connection_creation_rate", 50.0)]}])))
            .gives(json!({"failures": []}))
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "ip": "192.0.2.1"}))
            .gives_in_the_end(json!({"data": [{"user": null, "ip": "192.0.2.1", "quotas": [set("connection_creation_rate", 50.0)]}]})),
        case("quotas/only to try")
            .only_kafka(UNSUPPORTED)
            .call(ALTER, json!({"cluster_id": "<cluster>", "validate_only": true,
                "data": [{"user": "<group>", "quotas": [set("producer_byte_rate", 1.0)]}]}))
            .gives(json!({"failures": []}))
            .call(DESCRIBE, own())
            .gives(json!({"data": []})),
        case("quotas/what is refused is told, the rest is done")
            .only_kafka(UNSUPPORTED)
            .call(ALTER, alter(json!([
                {"user": "<group>", "quotas": [set("no_such_rate", 1.0)]},
                {"client_id": "<group>", "quotas": [set("producer_byte_rate", 1024.0)]},
                {"ip": "no address", "quotas": [set("connection_creation_rate", 1.0)]},
                {"user": "<group>", "client_id": "<group>", "quotas": [set("producer_byte_rate", -1.0)]}])))
            .gives(json!({"failures": [
                {"user": "<group>", "client_id": null, "ip": null, "error_code": 40002, "message": "*"},
                {"user": null, "ip": "no address", "error_code": 40002, "message": "*"},
                {"user": "<group>", "client_id": "<group>", "error_code": 40002, "message": "*"}]}))
            .rest_status(207)
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "client_id": "<group>"}))
            .gives_in_the_end(json!({"data": [{"user": null, "client_id": "<group>", "quotas": [set("producer_byte_rate", 1024.0)]}]}))
            .call(ALTER, alter(json!([{"client_id": "<group>", "quotas": [delete("producer_byte_rate")]}])))
            .gives(json!({"failures": []})),
        case("quotas/a filter that no entity can pass")
            .only_kafka(UNSUPPORTED)
            .call(DESCRIBE, json!({"cluster_id": "<cluster>", "user": "a", "ip": "192.0.2.1"}))
            .fails("KAFKA_INVALID_REQUEST"),
    ]
}

fn refused() -> Vec<Case> {
    let rows = [
        ("no changes", json!([]), "Payload error. Empty input provided. Data is required."),
        ("no entity", json!([{"quotas": [set("producer_byte_rate", 1.0)]}]), "one of user, client_id and ip is needed"),
        ("no quotas", json!([{"user": "", "quotas": []}]), "the default user has nothing to change"),
        (
            "an entity twice",
            json!([{"user": "a", "quotas": [set("producer_byte_rate", 1.0)]}, {"user": "a", "quotas": [set("consumer_byte_rate", 1.0)]}]),
            "user a is named twice",
        ),
        (
            "a quota twice",
            json!([{"user": "a", "quotas": [set("producer_byte_rate", 1.0), delete("producer_byte_rate")]}]),
            "producer_byte_rate of user a is named twice",
        ),
        ("no value", json!([{"user": "a", "quotas": [{"name": "producer_byte_rate"}]}]), "producer_byte_rate: a value is needed"),
        (
            "a value to remove",
            json!([{"user": "a", "quotas": [{"name": "q", "value": 1.0, "operation": "CLIENT_QUOTA_OPERATION_DELETE"}]}]),
            "q: DELETE takes no value",
        ),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(label, data, says)| case(format!("quotas/refused: {label}")).call(ALTER, alter(data)).fails("INVALID_PAYLOAD").saying(says))
        .collect();
    let with = |value: Value| alter(json!([{"user": "a", "quotas": [{"name": "q", "value": value}]}]));
    cases.extend([
        case("quotas/refused: what is no number, in JSON")
            .rest_only("JSON has no such numbers; gRPC has")
            .call(ALTER, with(json!("NaN")))
            .fails("MALFORMED_BODY")
            .saying("\"NaN\" is not a finite number")
            .call(ALTER, with(json!("-Infinity")))
            .fails("MALFORMED_BODY")
            .saying("\"-Infinity\" is not a finite number")
            .call(ALTER, with(json!(true)))
            .fails("MALFORMED_BODY")
            .saying("\"value\""),
        case("quotas/refused: what is no number")
            .grpc_only("JSON has no such numbers")
            .call(ALTER, with(json!("NaN")))
            .fails("INVALID_PAYLOAD")
            .saying("q: NaN is not a finite number")
            .call(ALTER, with(json!("Infinity")))
            .fails("INVALID_PAYLOAD")
            .saying("q: inf is not a finite number"),
        case("quotas/in an unknown cluster")
            .call(DESCRIBE, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(ALTER, json!({"cluster_id": "nowhere", "data": [{"user": "a", "quotas": [set("q", 1.0)]}]}))
            .fails("NOT_FOUND"),
        case("quotas/a page of no size").call(DESCRIBE, json!({"cluster_id": "<cluster>", "page_size": 0})).fails("BAD_REQUEST"),
    ]);
    cases
}
