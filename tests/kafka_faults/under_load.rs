//! Administration while records flow, seen by Kafka's own tools.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{
    BROKERS,
    cluster::{Cluster, SPREAD},
    gateway,
    load::Load,
    operator::Operator,
    unique,
};

const REASSIGNMENTS: &str = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand";
const GROUPS: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const CONFIGS: &str = "kafka.admin.ConfigCommand";
const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";
/// How fast replicas may copy while the move is watched, in bytes per second; a broker copies up to a megabyte before it looks.
const SLOW: &str = "1";
/// More than a broker copies with one request.
const FILLING: (usize, usize) = (30, 100_000);

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_moves_while_records_flow_into_it() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let gateway = gateway(&cluster, None).await;
    let operator = Operator::of(&gateway).await;
    let topic = unique("moves");
    cluster.create_topic(&topic, &[&[1, 2]]).await;
    fill(&operator, &topic).await;
    let mut load = Load::start(&gateway, &topic);
    load.flows().await;

    throttle(&operator, &topic, "SET").await;
    let start = json!({"topic_name": topic, "partition_id": 0, "operation": "START", "broker_ids": [3, 2]});
    let answer = operator.done("POST", "/topics/-/partitions/-/reassignment:alter", &json!({"data": [start]})).await;
    assert_eq!(answer["failures"], json!([]), "{answer}");
    let path = format!("/topics/{topic}/partitions/0/reassignment");
    let shown = operator.until(&path, "the move", |status, _| status == 200).await;
    assert_eq!((&shown["adding_replicas"], &shown["removing_replicas"]), (&json!([3]), &json!([1])), "{shown}");
    let listed = cluster.tool(REASSIGNMENTS, &["--list"]);
    let line = listed.lines().find(|line| line.contains(&topic)).expect("Kafka's tool sees the move");
    assert!(line.contains("adding: 3.") && line.contains("removing: 1."), "{line}");
    load.flows().await;

    throttle(&operator, &topic, "DELETE").await;
    operator.until(&path, "the end of the move", |status, _| status == 404).await;
    operator.is_in_sync(&topic, 0, &[3, 2]).await;
    let described = cluster.tool(TOPICS, &["--describe", "--topic", &topic]);
    let line = described.lines().find(|line| line.contains("Partition: 0")).unwrap();
    assert!(line.contains("Replicas: 3,2\t") && !line.contains("Adding Replicas: 3"), "{line}");
    load.flows_to_its_end(&cluster, &topic).await;
}

/// Writes records that are large, in requests that are not.
async fn fill(operator: &Operator, topic: &str) {
    let (count, bytes) = FILLING;
    let padding = "x".repeat(bytes);
    for number in 0..count {
        let value = json!({"type": "JSON", "data": {"id": format!("large-{number}"), "padding": padding}});
        let answer = operator.done("POST", &format!("/topics/{topic}/records"), &json!({"partition_id": 0, "value": value})).await;
        assert_eq!(answer["error_code"], 200, "{answer}");
    }
}

/// Holds down how fast replicas that are not in sync copy this topic, or no longer.
async fn throttle(operator: &Operator, topic: &str, operation: &str) {
    let change = |what: &str, value: &str| match operation {
        "SET" => json!({"name": what, "operation": operation, "value": value}),
        _ => json!({"name": what, "operation": operation}),
    };
    let changes =
        |what: &str, value: &str| json!({"data": [change(&format!("leader.{what}"), value), change(&format!("follower.{what}"), value)]});
    operator.done("POST", &format!("/topics/{topic}/configs:alter"), &changes("replication.throttled.replicas", "*")).await;
    operator.done("POST", "/broker-configs:alter", &changes("replication.throttled.rate", SLOW)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_are_set_and_removed_while_records_flow() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let gateway = gateway(&cluster, None).await;
    let operator = Operator::of(&gateway).await;
    let (topic, client) = (unique("quotas"), unique("client"));
    cluster.create_topic(&topic, &SPREAD.each_ref().map(<[i32; 3]>::as_slice)).await;
    let mut load = Load::start(&gateway, &topic);
    load.flows().await;

    let alter = async |changes: Value| {
        let answer = operator.done("POST", "/client-quotas:alter", &json!({"data": [{"client_id": client, "quotas": changes}]})).await;
        assert_eq!(answer["failures"], json!([]), "{answer}");
    };
    let entity = ["--describe", "--entity-type", "clients", "--entity-name", &client];
    alter(json!([{"name": "producer_byte_rate", "value": 1048576}, {"name": "consumer_byte_rate", "value": 2097152}])).await;
    let described = cluster.tool(CONFIGS, &entity);
    for quota in ["producer_byte_rate=1048576.0", "consumer_byte_rate=2097152.0"] {
        assert!(described.contains(quota), "{described}");
    }
    alter(json!([{"name": "producer_byte_rate", "value": 4096}, {"name": "consumer_byte_rate", "operation": "DELETE"}])).await;
    let described = cluster.tool(CONFIGS, &entity);
    assert!(described.contains("producer_byte_rate=4096.0") && !described.contains("consumer_byte_rate"), "{described}");
    alter(json!([{"name": "producer_byte_rate", "operation": "DELETE"}])).await;
    operator.until(&format!("/client-quotas?client_id={client}"), "no quotas", |_, shown| shown["data"] == json!([])).await;

    load.flows_to_its_end(&cluster, &topic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_set_to_the_beginning_and_to_a_time_while_records_flow() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let gateway = gateway(&cluster, None).await;
    let operator = Operator::of(&gateway).await;
    let (topic, group) = (unique("offsets"), unique("group"));
    cluster.create_topic(&topic, &SPREAD.each_ref().map(<[i32; 3]>::as_slice)).await;
    let mut load = Load::start(&gateway, &topic);
    load.flows().await;
    let time = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    load.flows().await;

    let alter = async |target: Value, is_dry: bool| {
        let body = json!({"partitions": [{"topic_name": topic}], "target": target, "dry_run": is_dry});
        let answer = operator.done("POST", &format!("/consumer-groups/{group}/offsets:alter"), &body).await;
        offsets(&answer)
    };
    let at_the_end = alter(json!({"position": "END"}), false).await;
    assert!(at_the_end.iter().all(|(before, after)| before.is_none() && after.is_some_and(|offset| offset > 0)), "{at_the_end:?}");
    let dry = alter(json!({"position": "BEGINNING"}), true).await;
    let from_end: Vec<_> = at_the_end.iter().map(|(_, end)| (*end, Some(0))).collect();
    assert_eq!(dry, from_end);
    assert_eq!(alter(json!({"position": "BEGINNING"}), false).await, from_end, "the dry run has changed nothing");
    assert_eq!(committed(&cluster, &group), [0, 0, 0]);

    let first_since = cluster.offsets_at(&topic, 3, time);
    let wanted: Vec<_> = first_since.iter().map(|offset| (Some(0), Some(*offset))).collect();
    let target = json!({"timestamp": timestamp(time)});
    assert_eq!(alter(target.clone(), true).await, wanted);
    assert_eq!(alter(target, false).await, wanted, "the dry run has changed nothing");
    assert_eq!(committed(&cluster, &group), first_since);

    load.flows_to_its_end(&cluster, &topic).await;
}

/// Before and after, in the order of the partitions.
fn offsets(answer: &Value) -> Vec<(Option<i64>, Option<i64>)> {
    let rows = answer["data"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["error_code"].is_null()), "{answer}");
    rows.iter().map(|row| (row["offset_before"].as_i64(), row["offset_after"].as_i64())).collect()
}

/// What the group has committed, in the order of the partitions, as Kafka's tool sees it.
fn committed(cluster: &Cluster, group: &str) -> Vec<i64> {
    let described = cluster.tool(GROUPS, &["--describe", "--group", group, "--offsets"]);
    let rows = described.lines().filter(|line| line.starts_with(group)).map(|line| line.split_whitespace().collect::<Vec<_>>());
    // GROUP, TOPIC, PARTITION, CURRENT-OFFSET, …
    let mut offsets: Vec<(i32, i64)> = rows.map(|words| (words[2].parse().unwrap(), words[3].parse().unwrap())).collect();
    offsets.sort_unstable();
    offsets.into_iter().map(|(_, offset)| offset).collect()
}

/// As JSON has it (RFC 3339).
fn timestamp(milliseconds: i64) -> String {
    let time = prost_types::Timestamp { seconds: milliseconds / 1000, nanos: i32::try_from(milliseconds % 1000).unwrap() * 1_000_000 };
    time.to_string()
}
