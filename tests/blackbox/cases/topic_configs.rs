//! API v3: settings of topics: show, set, reset, change several, of one topic and of many.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.TopicConfigService/ListTopicConfigs";
const LIST_ALL: &str = "v3.TopicConfigService/ListAllTopicsConfigs";
const GET: &str = "v3.TopicConfigService/GetTopicConfig";
const UPDATE: &str = "v3.TopicConfigService/UpdateTopicConfig";
const RESET: &str = "v3.TopicConfigService/ResetTopicConfig";
const ALTER: &str = "v3.TopicConfigService/AlterTopicConfigs";
const ALTER_ALL: &str = "v3.TopicConfigService/AlterAllTopicsConfigs";

const UNKNOWN: &str = "UNKNOWN_TOPIC_OR_PARTITION";
const REFUSED: &str = "KAFKA_INVALID_REQUEST";

fn of(topic: &str, more: Value) -> Value {
    let mut request = json!({"cluster_id": "<cluster>", "topic_name": topic});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn named(name: &str) -> Value {
    of("<topic>", json!({ "name": name }))
}

fn set(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn delete(name: &str) -> Value {
    json!({"name": name, "operation": "CONFIG_OPERATION_DELETE"})
}

fn all(data: Value) -> Value {
    json!({"cluster_id": "<cluster>", "data": data})
}

fn value(value: &str) -> Value {
    json!({"config": {"value": value}})
}

pub fn cases() -> Vec<Case> {
    let mut cases = one();
    cases.extend(refused());
    cases.extend(many());
    cases
}

fn one() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/topics/<topic>/configs";
    vec![
        case("topic-configs/set, get, reset")
            .topic("", 1)
            .call(UPDATE, of("<topic>", json!({"name": "max.message.bytes", "value": "70000"})))
            .gives(json!({}))
            .call(GET, named("max.message.bytes"))
            .gives_in_the_end(
                json!({"config": {"cluster_id": "<cluster>", "topic_name": "<topic>", "name": "max.message.bytes", "value": "70000",
                "is_default": false, "is_read_only": false, "is_sensitive": false, "source": "CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG"}}),
            )
            .rest(json!({"kind": "KafkaTopicConfig", "metadata": {"self": format!("{link}/max.message.bytes"),
                "resource_name": "crn:///kafka=<cluster>/topic=<topic>/config=max.message.bytes"}, "source": "DYNAMIC_TOPIC_CONFIG"}))
            .call(RESET, named("max.message.bytes"))
            .gives(json!({}))
            .call(GET, named("max.message.bytes"))
            .gives_in_the_end(json!({"config": {"is_default": true, "source": "CONFIG_SOURCE_DEFAULT_CONFIG"}}))
            .call(RESET, named("max.message.bytes"))
            .gives(json!({})),
        case("topic-configs/every place that sets a value")
            .only_kafka("the embedded broker has no settings of its own")
            .topic("", 1)
            .call(UPDATE, of("<topic>", json!({"name": "delete.retention.ms", "value": "5"})))
            .gives(json!({}))
            .call(GET, named("delete.retention.ms"))
            .gives_in_the_end(json!({"config": {"value": "5", "synonyms": [
                {"name": "delete.retention.ms", "value": "5", "source": "CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG"},
                {"name": "log.cleaner.delete.retention.ms", "value": "86400000", "source": "CONFIG_SOURCE_DEFAULT_CONFIG"}]}}))
            .rest(json!({"synonyms": [{"source": "DYNAMIC_TOPIC_CONFIG"}, {"source": "DEFAULT_CONFIG"}]})),
        case("topic-configs/list, whole and in pages")
            .topic("", 1)
            .call(LIST, of("<topic>", json!({})))
            .gives(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaTopicConfigList", "metadata": {"self": link, "next": null}}))
            .call(LIST, of("<topic>", json!({"page_size": 1})))
            .gives(json!({"data": [{"topic_name": "<topic>", "name": "cleanup.policy", "value": "delete"}]}))
            .call(LIST, of("<topic>", json!({"page_size": -1})))
            .fails("BAD_REQUEST")
            .saying("page_size")
            .call(LIST, of("<topic>", json!({"page_token": "nonsense"})))
            .fails("BAD_REQUEST"),
        case("topic-configs/change several")
            .topic("", 1)
            .call(
                ALTER,
                of(
                    "<topic>",
                    json!({"data": [set("retention.bytes", "1000000"), set("cleanup.policy", "compact"), delete("retention.ms")]}),
                ),
            )
            .gives(json!({}))
            .call(GET, named("retention.bytes"))
            .gives_in_the_end(value("1000000"))
            .call(GET, named("cleanup.policy"))
            .gives_in_the_end(value("compact"))
            .call(GET, named("retention.ms"))
            .gives_in_the_end(json!({"config": {"is_default": true}}))
            .call(ALTER, of("<topic>", json!({"data": []})))
            .gives(json!({})),
        case("topic-configs/try a change")
            .topic("", 1)
            .call(ALTER, of("<topic>", json!({"data": [set("retention.bytes", "1000")], "validate_only": true})))
            .gives(json!({}))
            .call(GET, named("retention.bytes"))
            .gives(value("-1"))
            .call(ALTER, of("<topic>", json!({"data": [set("retention.bytes", "1000")], "validate_only": false})))
            .gives(json!({}))
            .call(GET, named("retention.bytes"))
            .gives_in_the_end(value("1000")),
    ]
}

fn refused() -> Vec<Case> {
    let mut cases = vec![
        case("topic-configs/values that Kafka refuses")
            .topic("", 1)
            .call(UPDATE, of("<topic>", json!({"name": "cleanup.policy", "value": "shred"})))
            .fails(REFUSED)
            .saying("Invalid value shred for configuration cleanup.policy")
            .call(ALTER, of("<topic>", json!({"data": [set("retention.bytes", "1000"), set("cleanup.policy", "shred")]})))
            .fails(REFUSED)
            .call(ALTER, of("<topic>", json!({"data": [set("retention.bytes", "many")], "validate_only": true})))
            .fails(REFUSED)
            .saying("Not a number of type LONG")
            .call(GET, named("retention.bytes"))
            .gives(value("-1")),
        case("topic-configs/no value, one setting twice")
            .topic("", 1)
            .call(UPDATE, named("retention.bytes"))
            .fails(REFUSED)
            .saying("Null value not supported for : retention.bytes")
            .call(ALTER, of("<topic>", json!({"data": [{"name": "retention.bytes"}]})))
            .fails(REFUSED)
            .call(ALTER, of("<topic>", json!({"data": [set("retention.bytes", "1"), delete("retention.bytes")]})))
            .fails(REFUSED)
            .saying("Error due to duplicate config keys"),
        case("topic-configs/a value that is too long")
            .topic("", 1)
            .call(UPDATE, of("<topic>", json!({"name": "cleanup.policy", "value": "x".repeat(40_000)})))
            .fails(REFUSED)
            .saying("32767"),
        case("topic-configs/unknown settings")
            .topic("", 1)
            .call(GET, named("no.such.key"))
            .fails("NOT_FOUND")
            .call(UPDATE, of("<topic>", json!({"name": "no.such.key", "value": "1"})))
            .fails("NOT_FOUND")
            .saying("Config no.such.key cannot be found for TOPIC <topic> in cluster <cluster>.")
            .call(RESET, named("no.such.key"))
            .fails("NOT_FOUND")
            .call(ALTER, of("<topic>", json!({"data": [set("retention.bytes", "1000"), set("no.such.key", "1")]})))
            .fails("NOT_FOUND")
            .call(ALTER, of("<topic>", json!({"data": [set("", "1")]})))
            .fails("NOT_FOUND"),
        case("topic-configs/in an unknown cluster")
            .topic("", 1)
            .call(LIST, json!({"cluster_id": "nowhere", "topic_name": "<topic>"}))
            .fails("NOT_FOUND")
            .call(LIST_ALL, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .call(GET, json!({"cluster_id": "nowhere", "topic_name": "<topic>", "name": "cleanup.policy"}))
            .fails("NOT_FOUND")
            .call(RESET, json!({"cluster_id": "nowhere", "topic_name": "<topic>", "name": "cleanup.policy"}))
            .fails("NOT_FOUND")
            .call(UPDATE, json!({"cluster_id": "nowhere", "topic_name": "<topic>", "name": "retention.bytes", "value": "1"}))
            .fails("NOT_FOUND")
            .call(ALTER, json!({"cluster_id": "nowhere", "topic_name": "<topic>", "data": [set("retention.bytes", "1")]}))
            .fails("NOT_FOUND")
            .call(ALTER_ALL, json!({"cluster_id": "nowhere", "data": []}))
            .fails("NOT_FOUND"),
    ];
    for (label, name, error) in
        [("unknown", "<topic>", UNKNOWN), ("a dash", "-", UNKNOWN), ("illegal", "a b", REFUSED), ("long", &"x".repeat(250), REFUSED)]
    {
        let mut case = case(format!("topic-configs/of a topic that is not there: {label}"));
        if name == "a b" {
            case = case.only_kafka("the embedded broker knows no illegal names");
        }
        if name != "-" {
            case = case.call(LIST, of(name, json!({}))).fails(error);
        }
        cases.push(
            case.call(GET, of(name, json!({"name": "cleanup.policy"})))
                .fails(error)
                .call(UPDATE, of(name, json!({"name": "cleanup.policy", "value": "compact"})))
                .fails(error)
                .call(RESET, of(name, json!({"name": "cleanup.policy"})))
                .fails(error),
        );
    }
    cases
}

fn many() -> Vec<Case> {
    let both = |first: Value, second: Value| {
        all(json!([{"topic_name": "<topic:a>", "configs": [first]}, {"topic_name": "<topic:b>", "configs": [second]}]))
    };
    let of_b = |name: &str| json!({"cluster_id": "<cluster>", "topic_name": "<topic:b>", "name": name});
    vec![
        case("topic-configs/of all topics")
            .topic("", 1)
            .call(LIST_ALL, json!({"cluster_id": "<cluster>"}))
            .gives(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaTopicConfigList", "metadata": {"self": "<url>/v3/clusters/<cluster>/topics/-/configs", "next": null}}))
            .call(LIST_ALL, json!({"cluster_id": "<cluster>", "page_size": 2}))
            .gives(json!({"data": [{"cluster_id": "<cluster>", "name": "cleanup.policy"}, {"cluster_id": "<cluster>"}]}))
            .call(LIST_ALL, json!({"cluster_id": "<cluster>", "page_size": 0}))
            .fails("BAD_REQUEST"),
        case("topic-configs/change those of several topics")
            .topic("a", 1)
            .topic("b", 1)
            .call(ALTER_ALL, both(set("retention.bytes", "1000"), set("retention.bytes", "2000")))
            .gives(json!({"failures": []}))
            .call(GET, of_b("retention.bytes"))
            .gives_in_the_end(value("2000"))
            .call(ALTER_ALL, all(json!([])))
            .gives(json!({"failures": []})),
        case("topic-configs/some topics cannot be changed")
            .topic("a", 1)
            .topic("b", 1)
            .call(ALTER_ALL, both(json!({"name": "retention.bytes"}), set("retention.bytes", "3000")))
            .gives(json!({"failures": [{"topic_name": "<topic:a>", "error_code": 40002, "message": "Null value not supported for : retention.bytes"}]}))
            .rest_status(207)
            .call(GET, of_b("retention.bytes"))
            .gives_in_the_end(value("3000")),
        case("topic-configs/Kafka refuses the values of some topics")
            .topic("a", 1)
            .topic("b", 1)
            .call(ALTER_ALL, both(set("retention.bytes", "4000"), set("cleanup.policy", "shred")))
            .gives(json!({"failures": [{"topic_name": "<topic:b>", "error_code": 40002, "message": "*"}]}))
            .rest_status(207),
        case("topic-configs/nothing is changed if something is not there")
            .topic("a", 1)
            .topic("b", 1)
            .call(ALTER_ALL, both(set("retention.bytes", "5000"), set("no.such.key", "1")))
            .fails("NOT_FOUND")
            .call(ALTER_ALL, all(json!([{"topic_name": "<topic:a>", "configs": [set("retention.bytes", "5000")]}, {"topic_name": "<topic:c>", "configs": []}])))
            .fails(UNKNOWN)
            .call(ALTER_ALL, all(json!([{"topic_name": "<topic:a>", "configs": []}, {"topic_name": "<topic:a>", "configs": []}])))
            .fails("INVALID_PAYLOAD")
            .call(GET, json!({"cluster_id": "<cluster>", "topic_name": "<topic:a>", "name": "retention.bytes"}))
            .gives(value("-1")),
    ]
}
