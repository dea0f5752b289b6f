//! API v3: topics: create, show, enlarge, delete, and whatever is refused.

use serde_json::{Value, json};

use crate::case::{Case, case};

const GET: &str = "v3.TopicService/GetTopic";
const CREATE: &str = "v3.TopicService/CreateTopic";
const ENLARGE: &str = "v3.TopicService/UpdatePartitionCount";
const DELETE: &str = "v3.TopicService/DeleteTopic";

fn named(name: &str) -> Value {
    json!({"cluster_id": "<cluster>", "topic_name": name})
}

fn with(name: &str, more: Value) -> Value {
    let mut request = named(name);
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

pub fn cases() -> Vec<Case> {
    let mut cases = life();
    cases.extend(refused());
    cases
}

fn life() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/topics/<topic>";
    vec![
        case("topics/create, get, delete")
            .call(CREATE, with("<topic>", json!({"partitions_count": 3, "replication_factor": 1})))
            .gives(json!({"topic": {"cluster_id": "<cluster>", "topic_name": "<topic>", "is_internal": false, "replication_factor": 1,
                "partitions_count": 3, "authorized_operations": []}}))
            .rest(json!({"kind": "KafkaTopic", "metadata": {"self": link, "resource_name": "crn:///kafka=<cluster>/topic=<topic>"}}))
            .call(GET, named("<topic>"))
            .gives_in_the_end(json!({"topic": {"topic_name": "<topic>", "partitions_count": 3, "replication_factor": 1}}))
            .rest(json!({
                "kind": "KafkaTopic", "partitions": {"related": format!("{link}/partitions")}, "configs": {"related": format!("{link}/configs")},
                "partition_reassignments": {"related": format!("{link}/partitions/-/reassignment")}
            }))
            .call(DELETE, named("<topic>"))
            .gives(json!({}))
            .call(GET, named("<topic>"))
            .fails_in_the_end("UNKNOWN_TOPIC_OR_PARTITION"),
        case("topics/create with the broker's defaults").call(CREATE, named("<topic>")).gives(json!({"topic": {"topic_name": "<topic>"}})),
        case("topics/settings are kept")
            .call(CREATE, with("<topic>", json!({"partitions_count": 1, "replication_factor": 1, "configs": [
                {"name": "retention.ms", "value": "60000"}, {"name": "cleanup.policy", "value": "compact"}]})))
            .gives(json!({"topic": {"topic_name": "<topic>"}}))
            .call("v2.MetadataService/GetTopic", json!({"topic_name": "<topic>"}))
            .gives_in_the_end(json!({"topic": {"name": "<topic>"}})),
        case("topics/replicas by hand")
            .call(CREATE, with("<topic>", json!({"replicas_assignments": [
                {"partition_id": 0, "broker_ids": ["<broker>"]}, {"partition_id": 1, "broker_ids": ["<broker>"]}]})))
            .gives(json!({"topic": {"topic_name": "<topic>", "partitions_count": 2, "replication_factor": 1}}))
            .call("v3.ReplicaService/ListReplicas", json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partition_id": 1}))
            .gives_in_the_end(json!({"data": [{"broker_id": "<broker>", "is_leader": true, "is_in_sync": true}]})),
        case("topics/create to try")
            .call(CREATE, with("<topic>", json!({"partitions_count": 2, "replication_factor": 1, "validate_only": true})))
            .gives(json!({"topic": {"topic_name": "<topic>", "partitions_count": 2, "replication_factor": 1}}))
            .rest_status(200)
            .call(GET, named("<topic>"))
            .fails("UNKNOWN_TOPIC_OR_PARTITION"),
        case("topics/create to try with the broker's defaults")
            .call(CREATE, with("<topic>", json!({"validate_only": true})))
            .gives(json!({"topic": {"topic_name": "<topic>", "partitions_count": 1}}))
            .rest_status(200),
        case("topics/enlarge")
            .topic("", 1)
            .call(ENLARGE, with("<topic>", json!({"partitions_count": 3})))
            .gives(json!({"topic": {"topic_name": "<topic>"}}))
            .call(GET, named("<topic>"))
            .gives_in_the_end(json!({"topic": {"partitions_count": 3}})),
        case("topics/authorized operations on request")
            .topic("", 1)
            .call(GET, with("<topic>", json!({"include_authorized_operations": true})))
            .gives(json!({"topic": {"authorized_operations": "*"}}))
            .call(GET, with("<topic>", json!({"include_authorized_operations": false})))
            .gives(json!({"topic": {"authorized_operations": []}})),
        case("topics/list")
            .topic("", 1)
            .call("v3.TopicService/ListTopics", json!({"cluster_id": "<cluster>"}))
            .gives(json!({"data": "*"}))
            .rest(json!({"kind": "KafkaTopicList", "metadata": {"self": "<url>/v3/clusters/<cluster>/topics", "next": null}})),
        case("topics/list in pages")
            .topic("", 1)
            .call("v3.TopicService/ListTopics", json!({"cluster_id": "<cluster>", "page_size": 1}))
            .gives(json!({"data": [{"cluster_id": "<cluster>"}]}))
            .rest(json!({"metadata": {"self": "<url>/v3/clusters/<cluster>/topics"}}))
            .call("v3.TopicService/ListTopics", json!({"cluster_id": "<cluster>", "page_size": 0}))
            .fails("BAD_REQUEST")
            .saying("page_size")
            .call("v3.TopicService/ListTopics", json!({"cluster_id": "<cluster>", "page_token": "nonsense"}))
            .fails("BAD_REQUEST")
            .saying("page_token"),
        case("topics/a name of all legal characters")
            .call(CREATE, with("<topic>._-A9", json!({"partitions_count": 1, "replication_factor": 1})))
            .gives(json!({"topic": {"topic_name": "<topic>._-A9"}})),
    ]
}

fn refused() -> Vec<Case> {
    let mut cases = vec![
        case("topics/one that exists")
            .topic("", 1)
            .call(CREATE, named("<topic>"))
            .fails("KAFKA_ALREADY_EXISTS")
            .saying("Topic '<topic>' already exists.")
            .call(CREATE, with("<topic>", json!({"validate_only": true})))
            .fails("KAFKA_ALREADY_EXISTS"),
        case("topics/unknown ones")
            .call(GET, named("<topic>"))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .saying("This server does not host this topic-partition.")
            .call(DELETE, named("<topic>"))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(ENLARGE, with("<topic>", json!({"partitions_count": 3})))
            .fails("UNKNOWN_TOPIC_OR_PARTITION")
            .call(ENLARGE, with("<topic>", json!({"partitions_count": 0})))
            .fails("UNKNOWN_TOPIC_OR_PARTITION"),
        case("topics/in an unknown cluster")
            .topic("", 1)
            .call(GET, json!({"cluster_id": "nowhere", "topic_name": "<topic>"}))
            .fails("NOT_FOUND")
            .call(DELETE, json!({"cluster_id": "nowhere", "topic_name": "<topic>"}))
            .fails("NOT_FOUND")
            .call("v3.TopicService/ListTopics", json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .call(CREATE, json!({"cluster_id": "nowhere", "topic_name": "<topic:new>"}))
            .fails("NOT_FOUND")
            .call(CREATE, json!({"cluster_id": "nowhere", "topic_name": "<topic:new>", "partitions_count": 0}))
            .fails("NOT_FOUND"),
        case("topics/fewer partitions")
            .topic("", 2)
            .call(ENLARGE, with("<topic>", json!({"partitions_count": 1})))
            .fails("KAFKA_INVALID_REQUEST")
            .call(ENLARGE, with("<topic>", json!({"partitions_count": 2})))
            .fails("KAFKA_INVALID_REQUEST")
            .call(ENLARGE, with("<topic>", json!({"partitions_count": 0})))
            .fails("KAFKA_INVALID_REQUEST")
            .saying("The topic <topic> currently has 2 partition(s); 0 would not be an increase."),
        case("topics/more replicas than brokers")
            .call(CREATE, with("<topic>", json!({"partitions_count": 1, "replication_factor": 100})))
            .fails("KAFKA_INVALID_REQUEST"),
        case("topics/no partitions")
            .call(CREATE, with("<topic>", json!({"partitions_count": 0, "replication_factor": 1})))
            .fails("KAFKA_INVALID_REQUEST"),
        case("topics/an unknown setting")
            .call(CREATE, with("<topic>", json!({"configs": [{"name": "no.such.setting", "value": "1"}]})))
            .fails("KAFKA_INVALID_REQUEST"),
        case("topics/a setting twice")
            .call(
                CREATE,
                with("<topic>", json!({"configs": [{"name": "retention.ms", "value": "1"}, {"name": "retention.ms", "value": "2"}]})),
            )
            .fails("INVALID_PAYLOAD"),
    ];
    for (label, name) in
        [("an empty name", ""), ("a dot", "."), ("two dots", ".."), ("a space", "a b"), ("a slash", "a/b"), ("a letter beyond ASCII", "ž")]
    {
        cases.push(case(format!("topics/create {label}")).call(CREATE, named(name)).fails("INVALID_PAYLOAD").saying("Invalid topic name."));
    }
    cases.push(case("topics/create 250 characters").call(CREATE, named(&"x".repeat(250))).fails("INVALID_PAYLOAD"));
    for (label, name) in [("a space", "a b"), ("a slash", "a/b"), ("250 characters", &"x".repeat(250))] {
        cases.push(
            case(format!("topics/illegal: {label}"))
                .call(GET, named(name))
                .fails("KAFKA_INVALID_REQUEST")
                .call(DELETE, named(name))
                .fails("UNKNOWN_TOPIC_OR_PARTITION")
                .call(ENLARGE, with(name, json!({"partitions_count": 3})))
                .fails("UNKNOWN_TOPIC_OR_PARTITION"),
        );
    }
    cases
}
