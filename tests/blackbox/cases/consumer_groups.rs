//! API v3: consumer groups, their members and lags; offsets altered and deleted by hand.

use serde_json::{Value, json};

use super::consumers::{deleted, instance, with_instance};
use crate::case::{Case, case};

const LIST: &str = "v3.ConsumerGroupService/ListConsumerGroups";
const GET: &str = "v3.ConsumerGroupService/GetConsumerGroup";
const CONSUMERS: &str = "v3.ConsumerGroupService/ListConsumers";
const CONSUMER: &str = "v3.ConsumerGroupService/GetConsumer";
const ASSIGNMENTS: &str = "v3.ConsumerGroupService/ListConsumerAssignments";
const ASSIGNMENT: &str = "v3.ConsumerGroupService/GetConsumerAssignment";
const SUMMARY: &str = "v3.ConsumerGroupService/GetLagSummary";
const LAGS: &str = "v3.ConsumerGroupService/ListConsumerLags";
const LAG: &str = "v3.ConsumerGroupService/GetConsumerLag";
const DELETE: &str = "v3.ConsumerGroupService/DeleteConsumerGroup";
const ALTER: &str = "v3.ConsumerGroupService/AlterOffsets";
const FORGET: &str = "v3.ConsumerGroupService/DeleteOffsets";

/// A request for a group, with whatever else it needs.
fn named(group: &str, more: Value) -> Value {
    let mut request = json!({"cluster_id": "<cluster>", "consumer_group_id": group});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn group(more: Value) -> Value {
    named("<group>", more)
}

fn lag(partition: i32) -> Value {
    group(json!({"topic_name": "<topic>", "partition_id": partition}))
}

/// An alteration of partitions of the case's topic.
fn to(targets: &[(i32, Value)]) -> Value {
    let rows: Vec<_> = targets.iter().map(|(p, target)| json!({"topic_name": "<topic>", "partition_id": p, "target": target})).collect();
    group(json!({ "partitions": rows }))
}

fn offset(offset: i64) -> Value {
    json!({ "offset": offset })
}

fn end() -> Value {
    json!({"position": "PARTITION_END_END"})
}

/// A topic whose partition 0 holds records with times of 1, 2 and 3 seconds after 1970, and whose partition 1 is empty.
fn with_records(name: &str) -> Case {
    let record =
        |second: i32| json!({"value": {"type": "RECORD_FORMAT_STRING", "data": "a"}, "timestamp": format!("1970-01-01T00:00:0{second}Z")});
    let entry = |i: i32| {
        let mut entry = record(i);
        entry["id"] = json!(i.to_string());
        entry["partition_id"] = json!(0);
        entry
    };
    case(name).topic("", 2).call(
        "v3.RecordService/ProduceBatch",
        json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "entries": [entry(1), entry(2), entry(3)]}),
    )
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![life(), of_a_whole_topic(), by_time(), partly(), named_oddly(), in_pages(), with_a_member()];
    cases.extend(refused());
    cases.extend(unknown());
    cases
}

fn life() -> Case {
    let link = "<url>/v3/clusters/<cluster>/consumer-groups/<group>";
    let crn = "crn:///kafka=<cluster>/consumer-group=<group>";
    let behind = |lag: i64| {
        json!({"topic_name": "<topic>", "partition_id": 0, "consumer_id": "", "instance_id": null, "client_id": "",
            "current_offset": 3 - lag, "log_end_offset": 3, "lag": lag})
    };
    let nothing_behind = json!({"topic_name": "<topic>", "partition_id": 1, "current_offset": 0, "log_end_offset": 0, "lag": 0});
    let changed =
        |before: Value, after: Value| json!({"topic_name": "<topic>", "partition_id": 0, "offset_before": before, "offset_after": after});
    with_records("groups/offsets without a member")
        .call(ALTER, to(&[(0, offset(1)), (1, end())]))
        .gives(json!({"data": [changed(Value::Null, json!(1)), {"partition_id": 1, "offset_before": null, "offset_after": 0}]}))
        .rest(json!({"kind": "KafkaConsumerOffsetChangeList", "metadata": {"self": format!("{link}/offsets:alter"), "next": null}}))
        .rest_status(200)
        .call(GET, group(json!({})))
        .gives(json!({"consumer_group": {"cluster_id": "<cluster>", "consumer_group_id": "<group>", "is_simple": true, "partition_assignor": "",
            "state": "CONSUMER_GROUP_STATE_EMPTY", "type": "CONSUMER_GROUP_TYPE_CLASSIC", "is_mixed_consumer_group": false}}))
        .rest(json!({"kind": "KafkaConsumerGroup", "metadata": {"self": link, "resource_name": crn}, "coordinator": {"related": "*"},
            "consumers": {"related": format!("{link}/consumers")}, "lag_summary": {"related": format!("{link}/lag-summary")}}))
        .call(LIST, json!({"cluster_id": "<cluster>"}))
        .gives(json!({"data": "*"}))
        .rest(json!({"kind": "KafkaConsumerGroupList", "metadata": {"self": "<url>/v3/clusters/<cluster>/consumer-groups", "next": null}}))
        .call(CONSUMERS, group(json!({})))
        .gives(json!({"data": []}))
        .rest(json!({"kind": "KafkaConsumerList", "metadata": {"self": format!("{link}/consumers"), "next": null}}))
        .call(LAGS, group(json!({})))
        .gives(json!({"data": [behind(2), nothing_behind]}))
        .rest(json!({"kind": "KafkaConsumerLagList", "metadata": {"self": format!("{link}/lags"), "next": null}}))
        .call(LAG, lag(0))
        .gives(json!({"lag": behind(2)}))
        .rest(json!({"kind": "KafkaConsumerLag", "metadata": {"self": format!("{link}/lags/<topic>/partitions/0"),
            "resource_name": format!("{crn}/lag=<topic>/partition=0")}}))
        .call(LAG, lag(7))
        .fails("NOT_FOUND")
        .call(SUMMARY, group(json!({})))
        .gives(json!({"lag_summary": {"max_lag": 2, "total_lag": 2, "max_lag_consumer_id": "", "max_lag_client_id": "", "max_lag_instance_id": null,
            "max_lag_topic_name": "<topic>", "max_lag_partition_id": 0}}))
        .rest(json!({"kind": "KafkaConsumerGroupLagSummary", "max_lag_consumer": {"related": format!("{link}/consumers")},
            "max_lag_partition": {"related": "<url>/v3/clusters/<cluster>/topics/<topic>/partitions/0"}}))
        .call(ALTER, group(json!({"target": end(), "partitions": [{"topic_name": "<topic>", "partition_id": 0}], "dry_run": true})))
        .gives(json!({"data": [changed(json!(1), json!(3))]}))
        .call(LAG, lag(0))
        .gives(json!({"lag": behind(2)}))
        .call(ALTER, group(json!({"target": {"position": "PARTITION_END_END"}})))
        .gives(json!({"data": [changed(json!(1), json!(3)), {"partition_id": 1, "offset_before": 0, "offset_after": 0}]}))
        .call(LAG, lag(0))
        .gives(json!({"lag": behind(0)}))
        .call(FORGET, group(json!({"partitions": [{"topic_name": "<topic>", "partition_id": 0}]})))
        .gives(json!({"data": [changed(json!(3), Value::Null)]}))
        .rest_status(200)
        .call(FORGET, group(json!({"partitions": [{"topic_name": "<topic>", "partition_id": 0}]})))
        .gives(json!({"data": [changed(Value::Null, Value::Null)]}))
        .call(LAGS, group(json!({})))
        .gives(json!({"data": [{"partition_id": 1}]}))
        .call(DELETE, group(json!({})))
        .gives(json!({}))
        .call(GET, group(json!({})))
        .fails_in_the_end("NOT_FOUND")
        .call(DELETE, group(json!({})))
        .fails("NOT_FOUND")
        .saying("Consumer Group <group> does not exist.")
}

fn of_a_whole_topic() -> Case {
    with_records("groups/offsets of a whole topic")
        .call(ALTER, group(json!({"partitions": [{"topic_name": "<topic>", "target": end()}]})))
        .gives(json!({"data": [{"partition_id": 0, "offset_after": 3}, {"partition_id": 1, "offset_after": 0}]}))
        .call(ALTER, group(json!({"partitions": [{"topic_name": "<topic>", "target": {"position": "PARTITION_END_BEGINNING"}}]})))
        .gives(json!({"data": [{"partition_id": 0, "offset_before": 3, "offset_after": 0}, {"partition_id": 1, "offset_before": 0, "offset_after": 0}]}))
        .call(FORGET, group(json!({"partitions": [{"topic_name": "<topic>"}]})))
        .gives(json!({"data": [{"partition_id": 0, "offset_before": 0, "offset_after": null}, {"partition_id": 1, "offset_before": 0, "offset_after": null}]}))
        .call(ALTER, group(json!({"partitions": [{"topic_name": "<topic:none>", "target": end()}]})))
        .fails("UNKNOWN_TOPIC_OR_PARTITION")
        .call(ALTER, group(json!({"partitions": [{"topic_name": "<topic:none>", "partition_id": 0, "target": end()}]})))
        .gives(json!({"data": [{"topic_name": "<topic:none>", "partition_id": 0, "offset_after": null, "error_code": 40403}]}))
        .rest_status(207)
}

fn by_time() -> Case {
    let at = |time: &str| json!({ "timestamp": time });
    with_records("groups/offsets by time")
        .call(ALTER, to(&[(0, at("1970-01-01T00:00:02Z")), (1, at("1970-01-01T00:00:02Z"))]))
        .gives(json!({"data": [{"partition_id": 0, "offset_after": 1}, {"partition_id": 1, "offset_after": 0}]}))
        .call(ALTER, to(&[(0, at("1970-01-01T00:00:02.500Z"))]))
        .gives(json!({"data": [{"partition_id": 0, "offset_before": 1, "offset_after": 2}]}))
        .call(ALTER, to(&[(0, at("2100-01-01T00:00:00Z"))]))
        .gives(json!({"data": [{"partition_id": 0, "offset_before": 2, "offset_after": 3}]}))
}

fn partly() -> Case {
    with_records("groups/offsets some of which cannot be")
        .call(ALTER, to(&[(7, end()), (0, offset(4)), (1, offset(0)), (-1, end())]))
        .gives(json!({"data": [
            {"partition_id": 7, "offset_before": null, "offset_after": null, "error_code": 40402, "message": "Partition not found."},
            {"partition_id": 0, "offset_after": null, "error_code": 400, "message": "Bad Request: offset 4 is not within 0 to 3"},
            {"partition_id": 1, "offset_after": 0, "error_code": null},
            {"partition_id": -1, "offset_after": null, "error_code": 40402}]}))
        .rest_status(207)
        .call(LAGS, group(json!({})))
        .gives(json!({"data": [{"partition_id": 1}]}))
}

fn named_oddly() -> Case {
    let odd = "<group> ž/a%b?c#d";
    let encoded = "<group>%20%C5%BE%2Fa%25b%3Fc%23d";
    with_records("groups/an odd name")
        .call(ALTER, named(odd, json!({"partitions": [{"topic_name": "<topic>", "target": offset(0)}], "dry_run": false})))
        .gives(json!({"data": [{"consumer_group_id": odd}, {"consumer_group_id": odd}]}))
        .call(GET, named(odd, json!({})))
        .gives(json!({"consumer_group": {"consumer_group_id": odd}}))
        .rest(json!({"metadata": {"self": format!("<url>/v3/clusters/<cluster>/consumer-groups/{encoded}")}}))
        .call(LAG, named(odd, json!({"topic_name": "<topic>", "partition_id": 0})))
        .gives(json!({"lag": {"consumer_group_id": odd, "lag": 3}}))
        .call(DELETE, named(odd, json!({})))
}

fn in_pages() -> Case {
    let next = "<url>/v3/clusters/<cluster>/consumer-groups";
    with_records("groups/in pages")
        .call(ALTER, to(&[(0, offset(0)), (1, offset(0))]))
        .call(LIST, json!({"cluster_id": "<cluster>", "page_size": 1}))
        .gives(json!({"data": "*"}))
        .rest(json!({"metadata": {"self": next}}))
        .call(LAGS, group(json!({"page_size": 1})))
        .gives(json!({"data": [{"partition_id": 0, "lag": 3}]}))
        .rest(json!({"metadata": {"next": "*"}}))
        .call(LAGS, group(json!({"page_size": 2})))
        .gives(json!({"data": [{"partition_id": 0}, {"partition_id": 1}]}))
        .rest(json!({"metadata": {"next": null}}))
        .call(CONSUMERS, group(json!({"page_size": 0})))
        .fails("BAD_REQUEST")
        .saying("page_size")
        .call(ASSIGNMENTS, group(json!({"consumer_id": "c", "page_token": "nonsense"})))
        .fails("BAD_REQUEST")
        .saying("page_token")
}

/// What only a group with a member answers. The member's id is Kafka's making: what is below it is in `checks::groups`.
fn with_a_member() -> Case {
    let joined = with_instance("groups/with a member", 1, json!({}))
        .call(
            "v2.ProduceService/Produce",
            json!({"topic_name": "<topic>", "format": "EMBEDDED_FORMAT_BINARY", "records": [{"value": {"payload": "YQ=="}}]}),
        )
        .call("v2.ConsumerService/Subscribe", instance(json!({"topics": ["<topic>"]})))
        .call("v2.ConsumerService/ReadRecords", instance(json!({"format": "EMBEDDED_FORMAT_BINARY"})))
        .collects("records", json!([{"offset": 0}]))
        .call(GET, group(json!({})))
        .gives_in_the_end(
            json!({"consumer_group": {"is_simple": false, "partition_assignor": "range", "state": "CONSUMER_GROUP_STATE_STABLE",
            "type": "CONSUMER_GROUP_TYPE_CLASSIC"}}),
        )
        .call(CONSUMERS, group(json!({})))
        .gives(json!({"data": [{"consumer_group_id": "<group>", "consumer_id": "*", "client_id": "*", "instance_id": null}]}))
        .call(CONSUMER, group(json!({"consumer_id": "nobody"})))
        .fails("NOT_FOUND")
        .call(ASSIGNMENTS, group(json!({"consumer_id": "nobody"})))
        .fails("NOT_FOUND")
        .saying("Consumer nobody does not exist.")
        .call(ASSIGNMENT, group(json!({"consumer_id": "nobody", "topic_name": "<topic>", "partition_id": 0})))
        .fails("NOT_FOUND")
        .saying("Consumer nobody does not exist.")
        .call(ALTER, to(&[(0, offset(0))]))
        .fails("ILLEGAL_STATE")
        .saying("consumer group <group> has members. Stop them first.")
        .call(ALTER, group(json!({"target": end(), "dry_run": true})))
        .fails("ILLEGAL_STATE")
        .call(DELETE, group(json!({})))
        .fails("ILLEGAL_STATE")
        .saying("Stop them first");
    deleted(joined)
        .call(GET, group(json!({})))
        .gives_in_the_end(json!({"consumer_group": {"is_simple": false, "state": "CONSUMER_GROUP_STATE_EMPTY"}}))
        .call(ALTER, to(&[(0, offset(0))]))
        .gives(json!({"data": [{"offset_after": 0}]}))
        .call(DELETE, group(json!({})))
}

fn refused() -> Vec<Case> {
    let mut cases = Vec::new();
    let at = |target: Value| group(json!({"partitions": [{"topic_name": "t", "partition_id": 0, "target": target}]}));
    for (label, request, reason) in [
        ("nothing", group(json!({"dry_run": true})), "INVALID_PAYLOAD"),
        ("no target", group(json!({"partitions": [{"topic_name": "t"}]})), "INVALID_PAYLOAD"),
        ("two targets", at(json!({"offset": 1, "position": "PARTITION_END_END"})), "INVALID_PAYLOAD"),
        ("an empty target", at(json!({})), "INVALID_PAYLOAD"),
        ("a negative offset", at(offset(-1)), "INVALID_PAYLOAD"),
        ("a time before 1970", at(json!({"timestamp": "1969-12-31T23:59:59Z"})), "BAD_REQUEST"),
        ("an illegal topic", group(json!({"target": end(), "partitions": [{"topic_name": "a b"}]})), "KAFKA_INVALID_REQUEST"),
        (
            "a topic twice",
            group(json!({"target": end(), "partitions": [{"topic_name": "t"}, {"topic_name": "t", "partition_id": 0}]})),
            "INVALID_PAYLOAD",
        ),
    ] {
        cases.push(case(format!("groups/alter: {label}")).call(ALTER, request).fails(reason));
    }
    for (label, request, reason) in [
        ("nothing", group(json!({"partitions": []})), "INVALID_PAYLOAD"),
        ("an illegal topic", group(json!({"partitions": [{"topic_name": "a b"}]})), "KAFKA_INVALID_REQUEST"),
        (
            "a partition twice",
            group(json!({"partitions": [{"topic_name": "t", "partition_id": 0}, {"topic_name": "t", "partition_id": 0}]})),
            "INVALID_PAYLOAD",
        ),
    ] {
        cases.push(case(format!("groups/forget: {label}")).call(FORGET, request).fails(reason));
    }
    cases
}

fn unknown() -> Vec<Case> {
    let elsewhere = |more: Value| {
        let mut request = json!({"cluster_id": "nowhere", "consumer_group_id": "g"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let below = json!({"consumer_id": "c", "topic_name": "t", "partition_id": 0});
    let of = |names: &[&str]| Value::Object(names.iter().map(|n| ((*n).to_owned(), below[n].clone())).collect());
    let mut cases = Vec::new();
    for (rpc, more, text) in [
        (GET, json!({}), ""),
        (CONSUMERS, json!({}), "Consumer Group <group> does not exist."),
        (CONSUMER, of(&["consumer_id"]), "Consumer Group <group> does not exist."),
        (ASSIGNMENTS, of(&["consumer_id"]), "Consumer Group <group> does not exist."),
        (ASSIGNMENT, of(&["consumer_id", "topic_name", "partition_id"]), "Consumer Group <group> does not exist."),
        (SUMMARY, json!({}), "Consumer Group <group> could not be found."),
        (LAGS, json!({}), "Consumer Group <group> could not be found."),
        (LAG, of(&["topic_name", "partition_id"]), "Consumer Group <group> could not be found."),
        (DELETE, json!({}), "Consumer Group <group> does not exist."),
        (ALTER, json!({"target": end()}), "Consumer Group <group> could not be found."),
        (FORGET, json!({"partitions": [{"topic_name": "t"}]}), "Consumer Group <group> could not be found."),
    ] {
        let name = rpc.rsplit('/').next().unwrap();
        cases.push(
            case(format!("groups/unknown: {name}"))
                .call(rpc, group(more.clone()))
                .fails("NOT_FOUND")
                .saying(text)
                .call(rpc, elsewhere(more))
                .fails("NOT_FOUND")
                .saying("Cluster nowhere could not be found."),
        );
    }
    cases.push(
        case("groups/no id")
            .grpc_only("a path has no empty segment")
            .call(GET, named("", json!({})))
            .fails("NOT_FOUND")
            .call(LAGS, named("", json!({})))
            .fails("NOT_FOUND")
            .call(DELETE, named("", json!({})))
            .fails("NOT_FOUND")
            .call(ALTER, named("", json!({"partitions": [{"topic_name": "t", "partition_id": 0, "target": end()}]})))
            .fails("KAFKA_INVALID_REQUEST"),
    );
    cases.push(
        case("groups/list of an unknown cluster")
            .call(LIST, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("could not be found."),
    );
    cases
}
