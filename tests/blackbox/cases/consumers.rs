//! API v2: consumer instances: making and deleting them, subscriptions and assignments.

use serde_json::{Value, json};

use crate::case::{Case, case};

const CREATE: &str = "v2.ConsumerService/CreateConsumer";
const DELETE: &str = "v2.ConsumerService/DeleteConsumer";
const SUBSCRIBE: &str = "v2.ConsumerService/Subscribe";
const SUBSCRIPTION: &str = "v2.ConsumerService/GetSubscription";
const UNSUBSCRIBE: &str = "v2.ConsumerService/Unsubscribe";
const ASSIGN: &str = "v2.ConsumerService/Assign";
const ASSIGNMENT: &str = "v2.ConsumerService/GetAssignment";

/// A request for the case's instance, with whatever else it needs.
pub fn instance(more: Value) -> Value {
    let mut request = json!({"group_id": "<group>", "instance_id": "i"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// Partitions of the case's topic.
pub fn partitions(numbers: &[i32]) -> Value {
    json!({"partitions": numbers.iter().map(|n| json!({"topic": "<topic>", "partition": n})).collect::<Vec<_>>()})
}

/// A case that begins with an instance `i` of the group, which reads from the beginning and returns as soon as it has something.
pub fn with_instance(name: &str, topic_partitions: i32, settings: Value) -> Case {
    let mut request = json!({"group_id": "<group>", "name": "i", "auto_offset_reset": "earliest", "fetch_min_bytes": 1});
    request.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let case = case(name);
    let case = if topic_partitions > 0 { case.topic("", topic_partitions) } else { case };
    case.call(CREATE, request).gives(json!({"instance_id": "i", "base_uri": "*"}))
}

/// Ends a case: instances are not left to expire.
pub fn deleted(case: Case) -> Case {
    case.call(DELETE, instance(json!({}))).gives(json!({}))
}

pub fn cases() -> Vec<Case> {
    let mut cases = life();
    cases.extend(settings());
    cases.extend(subscriptions().into_iter().map(deleted));
    cases.extend(nobody());
    cases
}

fn life() -> Vec<Case> {
    vec![
        case("consumers/create, create again, delete")
            .call(CREATE, json!({"group_id": "<group>", "name": "i"}))
            .gives(json!({"instance_id": "i", "base_uri": "<url>/consumers/<group>/instances/i"}))
            .call(CREATE, json!({"group_id": "<group>", "name": "i", "format": "json"}))
            .fails("CONSUMER_ALREADY_EXISTS")
            .call(CREATE, json!({"group_id": "<group:other>", "name": "i"}))
            .gives(json!({"instance_id": "i"}))
            .call(DELETE, instance(json!({})))
            .call(DELETE, instance(json!({})))
            .fails("CONSUMER_INSTANCE_NOT_FOUND")
            .call(CREATE, json!({"group_id": "<group>", "name": "i"}))
            .call(DELETE, instance(json!({})))
            .call(DELETE, json!({"group_id": "<group:other>", "instance_id": "i"})),
        case("consumers/a name of the gateway's making")
            .call(CREATE, json!({"group_id": "<group>"}))
            .gives(json!({"instance_id": "*", "base_uri": "*"})),
        case("consumers/id wins over name")
            .call(CREATE, json!({"group_id": "<group>", "id": "i", "name": "n"}))
            .gives(json!({"instance_id": "i"}))
            .call(DELETE, instance(json!({}))),
        case("consumers/names are encoded in links")
            .call(CREATE, json!({"group_id": "<group> ž", "name": "an instance"}))
            .gives(json!({"instance_id": "an instance", "base_uri": "<url>/consumers/<group>%20%C5%BE/instances/an%20instance"}))
            .call(DELETE, json!({"group_id": "<group> ž", "instance_id": "an instance"})),
        case("consumers/a group with a slash")
            .call(CREATE, json!({"group_id": "<group>/a", "name": "i"}))
            .call(DELETE, json!({"group_id": "<group>/a", "instance_id": "i"})),
    ]
}

fn settings() -> Vec<Case> {
    let mut cases = Vec::new();
    for (label, settings) in [
        ("format json", json!({"format": "json"})),
        ("format in any case", json!({"format": "BiNaRy"})),
        ("format avro", json!({"format": "avro"})),
        ("format jsonschema", json!({"format": "jsonschema"})),
        ("format protobuf", json!({"format": "protobuf"})),
        ("reset latest", json!({"auto_offset_reset": "latest"})),
        ("reset none", json!({"auto_offset_reset": "none"})),
        ("no automatic commit", json!({"auto_commit_enable": "false"})),
        ("least bytes 0", json!({"fetch_min_bytes": 0})),
        ("most bytes", json!({"fetch_min_bytes": 10_000_000})),
        ("the whole time", json!({"fetch_min_bytes": -1})),
        ("time", json!({"consumer_request_timeout_ms": 100})),
    ] {
        cases.push(deleted(with_instance(&format!("consumers/settings: {label}"), 0, settings)));
    }
    for (label, settings, reason) in [
        ("an unknown format", json!({"format": "xml"}), "CONSTRAINT_VIOLATION"),
        ("an unknown reset", json!({"auto_offset_reset": "sometimes"}), "INVALID_CONSUMER_CONFIG"),
        ("too many bytes", json!({"fetch_min_bytes": 10_000_001}), "CONSUMER_CONFIG_OUT_OF_RANGE"),
        ("too few bytes", json!({"fetch_min_bytes": -2}), "CONSUMER_CONFIG_OUT_OF_RANGE"),
    ] {
        let mut request = json!({"group_id": "<group>", "name": "i"});
        request.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        cases.push(
            case(format!("consumers/refused: {label}"))
                .call(CREATE, request)
                .fails(reason)
                .call(DELETE, instance(json!({})))
                .fails("CONSUMER_INSTANCE_NOT_FOUND"),
        );
    }
    cases
}

fn subscriptions() -> Vec<Case> {
    vec![
        with_instance("subscriptions/replace each other", 0, json!({}))
            .call(SUBSCRIPTION, instance(json!({})))
            .gives(json!({"topics": []}))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic:a>", "<topic:b>"]})))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic:b>"]})))
            .call(SUBSCRIPTION, instance(json!({})))
            .gives(json!({"topics": ["<topic:b>"]}))
            .call(UNSUBSCRIBE, instance(json!({})))
            .call(SUBSCRIPTION, instance(json!({})))
            .gives(json!({"topics": []}))
            .call(UNSUBSCRIBE, instance(json!({}))),
        with_instance("subscriptions/a list wins over a pattern", 0, json!({}))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic:a>"], "topic_pattern": "x.*"})))
            .call(SUBSCRIPTION, instance(json!({})))
            .gives(json!({"topics": ["<topic:a>"]})),
        with_instance("subscriptions/a name that cannot be is told by the read", 0, json!({}))
            .call(SUBSCRIBE, instance(json!({"topics": ["no such"]})))
            .gives(json!({}))
            .call("v2.ConsumerService/ReadRecords", instance(json!({})))
            .fails("KAFKA_INVALID_REQUEST")
            .saying("Invalid topics: [no such]"),
        with_instance("subscriptions/nothing is no change", 0, json!({}))
            .call(SUBSCRIBE, instance(json!({})))
            .gives(json!({}))
            .call(SUBSCRIPTION, instance(json!({})))
            .gives(json!({"topics": []})),
        with_instance("subscriptions/a pattern matches whole names", 0, json!({}))
            .topic("x", 1)
            .topic("xy", 1)
            .call(SUBSCRIBE, instance(json!({"topic_pattern": "<topic:x>"})))
            .call(SUBSCRIPTION, instance(json!({})))
            .gives_in_the_end(json!({"topics": ["<topic:x>"]})),
        with_instance("subscriptions/list and pattern exclude each other", 0, json!({}))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .call(SUBSCRIBE, instance(json!({"topic_pattern": "x.*"})))
            .fails("ILLEGAL_STATE")
            .call(UNSUBSCRIBE, instance(json!({})))
            .call(SUBSCRIBE, instance(json!({"topic_pattern": "x.*"})))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .fails("ILLEGAL_STATE"),
        with_instance("subscriptions/and assignments exclude each other", 1, json!({}))
            .call(ASSIGN, instance(partitions(&[0])))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .fails("ILLEGAL_STATE")
            .saying("Subscription to topics, partitions and pattern are mutually exclusive")
            .call(UNSUBSCRIBE, instance(json!({})))
            .call(ASSIGNMENT, instance(json!({})))
            .gives(json!({"partitions": []}))
            .call(SUBSCRIBE, instance(json!({"topics": ["<topic>"]})))
            .call(ASSIGN, instance(partitions(&[0])))
            .fails("ILLEGAL_STATE"),
        with_instance("subscriptions/topics without a name", 0, json!({}))
            .call(SUBSCRIBE, instance(json!({"topics": [""]})))
            .fails("BAD_REQUEST")
            .call(SUBSCRIBE, instance(json!({"topic_pattern": "a(b"})))
            .fails("BAD_REQUEST"),
        with_instance("assignments/replace each other", 3, json!({}))
            .call(ASSIGNMENT, instance(json!({})))
            .gives(json!({"partitions": []}))
            .call(ASSIGN, instance(partitions(&[0, 2])))
            .call(ASSIGNMENT, instance(json!({})))
            .gives(partitions(&[0, 2]))
            .call(ASSIGN, instance(partitions(&[1])))
            .call(ASSIGNMENT, instance(json!({})))
            .gives(partitions(&[1]))
            .call(ASSIGN, instance(json!({"partitions": []})))
            .call(ASSIGNMENT, instance(json!({})))
            .gives(json!({"partitions": []})),
        with_instance("assignments/partitions need topic and number", 0, json!({}))
            .call(ASSIGN, instance(json!({"partitions": [{"topic": "x"}]})))
            .fails("BAD_REQUEST")
            .call(ASSIGN, instance(json!({"partitions": [{"partition": 0}]})))
            .fails("BAD_REQUEST")
            .call(ASSIGN, instance(json!({"partitions": [{"topic": "", "partition": 0}]})))
            .fails("BAD_REQUEST"),
    ]
}

/// Every call for an instance that is not there.
fn nobody() -> Vec<Case> {
    let offsets = json!({"offsets": [{"topic": "x", "partition": 0, "offset": 1}]});
    let some = json!({"partitions": [{"topic": "x", "partition": 0}]});
    [
        (DELETE, json!({})),
        (SUBSCRIBE, json!({"topics": ["x"]})),
        (SUBSCRIPTION, json!({})),
        (UNSUBSCRIBE, json!({})),
        (ASSIGN, some.clone()),
        (ASSIGNMENT, json!({})),
        ("v2.ConsumerService/Seek", offsets.clone()),
        ("v2.ConsumerService/SeekToBeginning", some.clone()),
        ("v2.ConsumerService/SeekToEnd", some.clone()),
        ("v2.ConsumerService/ReadRecords", json!({})),
        ("v2.ConsumerService/CommitOffsets", json!({ "commit": offsets })),
        ("v2.ConsumerService/CommitOffsets", json!({})),
        ("v2.ConsumerService/GetCommittedOffsets", some),
    ]
    .into_iter()
    .enumerate()
    .map(|(i, (rpc, more))| {
        let name = rpc.rsplit('/').next().unwrap_or(rpc);
        case(format!("consumers/nobody {i}: {name}")).call(rpc, instance(more)).fails("CONSUMER_INSTANCE_NOT_FOUND")
    })
    .collect()
}
