//! API v3, an extension: SCRAM users. Each case has a user of its own, named after its own topic.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.ScramUserService/ListScramUsers";
const GET: &str = "v3.ScramUserService/GetScramUser";
const UPSERT: &str = "v3.ScramUserService/UpsertScramCredential";
const DELETE: &str = "v3.ScramUserService/DeleteScramCredential";

const SHA_256: &str = "SCRAM_MECHANISM_SCRAM_SHA_256";
const SHA_512: &str = "SCRAM_MECHANISM_SCRAM_SHA_512";
const NOT_EMBEDDED: &str = "the embedded broker keeps no credentials";

fn user() -> Value {
    json!({"cluster_id": "<cluster>", "user_name": "<topic>"})
}

fn credential(mechanism: &str) -> Value {
    json!({"cluster_id": "<cluster>", "user_name": "<topic>", "mechanism": mechanism})
}

fn upsert(mechanism: &str, more: Value) -> Value {
    let mut request = credential(mechanism);
    request.as_object_mut().unwrap().insert("password".to_owned(), json!("open sesame"));
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/scram-users/<topic>";
    let mut cases = vec![
        case("scram-users/set, show, delete")
            .only_kafka(NOT_EMBEDDED)
            .call(UPSERT, upsert(SHA_512, json!({"iterations": 8192, "salt": "c2FsdA=="})))
            .gives(json!({}))
            .call(UPSERT, upsert(SHA_256, json!({})))
            .gives(json!({}))
            .call(GET, user())
            .gives_in_the_end(json!({"user": {"cluster_id": "<cluster>", "user_name": "<topic>", "credentials": [
                {"mechanism": SHA_256, "iterations": 4096}, {"mechanism": SHA_512, "iterations": 8192}]}}))
            .rest(json!({
                "kind": "KafkaScramUser", "metadata": {"self": link, "resource_name": "crn:///kafka=<cluster>/scram-user=<topic>"},
                "credentials": [{"mechanism": "SCRAM_SHA_256", "iterations": 4096}, {"mechanism": "SCRAM_SHA_512", "iterations": 8192}]
            }))
            .call(LIST, json!({"cluster_id": "<cluster>"}))
            .gives_in_the_end(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaScramUserList", "metadata": {"self": "<url>/v3/clusters/<cluster>/scram-users", "next": null}}))
            .call(LIST, json!({"cluster_id": "<cluster>", "page_size": 1}))
            .gives_in_the_end(json!({"data": [{"cluster_id": "<cluster>"}]}))
            .call(UPSERT, upsert(SHA_512, json!({"iterations": 16384})))
            .gives(json!({}))
            .call(DELETE, credential(SHA_256))
            .gives(json!({}))
            .call(GET, user())
            .gives_in_the_end(json!({"user": {"credentials": [{"mechanism": SHA_512, "iterations": 16384}]}}))
            .call(DELETE, credential(SHA_512))
            .gives(json!({}))
            .call(GET, user())
            .fails_in_the_end("NOT_FOUND"),
        case("scram-users/unknown ones")
            .only_kafka(NOT_EMBEDDED)
            .call(GET, user())
            .fails("NOT_FOUND")
            .saying("User <topic> has no such SCRAM credential.")
            .call(DELETE, credential(SHA_256))
            .fails("NOT_FOUND"),
        case("scram-users/in an unknown cluster")
            .call(LIST, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .call(GET, json!({"cluster_id": "nowhere", "user_name": "u"}))
            .fails("NOT_FOUND")
            .call(DELETE, json!({"cluster_id": "nowhere", "user_name": "u", "mechanism": SHA_256}))
            .fails("NOT_FOUND")
            .call(UPSERT, upsert(SHA_256, json!({"cluster_id": "nowhere"})))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
        case("scram-users/without a mechanism")
            .grpc_only("there is no such path")
            .call(DELETE, user())
            .fails("BAD_REQUEST")
            .saying("mechanism"),
    ];
    for (name, wrong, field) in [
        ("too few iterations", json!({"iterations": 4095}), "iterations"),
        ("too many iterations", json!({"iterations": 16385}), "iterations"),
        ("no password", json!({"password": ""}), "password"),
        ("no salt", json!({"salt": ""}), "salt"),
    ] {
        let refused = case(format!("scram-users/{name}")).call(UPSERT, upsert(SHA_256, wrong)).fails("BAD_REQUEST").saying(field);
        cases.push(refused);
    }
    cases
}
