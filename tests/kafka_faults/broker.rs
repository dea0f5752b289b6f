//! A broker dies that coordinates a group and leads a partition, while both are asked and changed.

use std::time::{Instant, SystemTime};

use barnabas::pb::v3::{ListBrokerConfigsRequest, broker_config_service_client::BrokerConfigServiceClient};
use serde_json::{Value, json};
use tonic::{Code, transport::Endpoint};

use crate::{
    BROKERS,
    cluster::Cluster,
    gateway,
    load::Load,
    operator::{Operator, replicas},
    others,
    rounds::{Kind, Request, Rounds, State, repeated, set, step, whole},
    unique,
};

/// Shorter than a dead broker stays a member of the cluster (`broker.session.timeout.ms`, 6 s); in milliseconds.
const IMPATIENT: &str = "2000";
/// The group's offsets of this partition are altered, those of the next one deleted.
const ALTERED: i32 = 0;
const DELETED: i32 = 1;
/// Fewer records than each partition has.
const RECORDS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn dead_coordinator_and_leader_leaves_nothing_half_done() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let gateway = gateway(&cluster, None).await;
    let impatient = crate::gateway(&cluster, Some(IMPATIENT)).await;
    let operator = Operator::of(&gateway).await;
    let hasty = Operator::of(&impatient).await;
    let (victim, kept, deleted) = groups(&cluster, &operator).await;
    let [second, third, _] = others(victim);
    let (topic, emptied) = (unique("dead-broker"), unique("emptied"));
    let row: &[i32] = &[victim, second, third];
    cluster.create_topic(&topic, &[row, row]).await;
    cluster.create_topic(&emptied, &[row]).await;

    let mut filling = Load::start(&gateway, &emptied);
    filling.flows().await;
    filling.finish().await;
    let mut load = Load::start(&gateway, &topic);
    load.flows().await;
    let mut rounds = Rounds::start(&operator, kinds(&topic, &emptied, [&kept, &deleted], second));
    rounds.succeed().await;
    let dead = cluster.kill(victim);
    let begin = Instant::now();
    // What only this broker knows cannot be told, on either surface.
    let path = format!("/brokers/{victim}/configs");
    let ((status, answer), told) = tokio::join!(hasty.ask("GET", &path, &Value::Null), configs(&impatient.url, &hasty.cluster_id, victim));
    assert_eq!((status, &answer["error_code"]), (500, &json!(50003)), "{answer}");
    assert_eq!(told, Code::Unavailable);
    let (((status, answer), lost_after), ()) =
        tokio::join!(async { (operator.ask("GET", &path, &Value::Null).await, begin.elapsed()) }, rounds.succeed(),);
    assert_eq!(status, 404, "who waits learns that the cluster has lost it: {answer}");
    println!("the broker was lost after {lost_after:?}; every kind of request has succeeded after {:?}", begin.elapsed());
    rounds.finish().await;
    load.flows().await;
    drop(dead);
    operator.is_in_sync(&topic, 0, &[1, 2, 3]).await;
    load.flows_to_its_end(&cluster, &topic).await;
}

/// A broker that is not the controller, and two groups that it coordinates.
async fn groups(cluster: &Cluster, operator: &Operator) -> (i32, String, String) {
    let topic = unique("groups");
    cluster.create_topic(&topic, &[&[1, 2, 3]]).await;
    // What coordinates groups may have moved away from brokers that were killed before.
    operator.ask("POST", "/topics/-/partitions:elect-leaders", &json!({})).await;
    let controller = operator.controller().await;
    let mut found: Vec<(i32, String)> = Vec::new();
    loop {
        let group = unique("group");
        operator.begins_at(&group, &topic, 0, 0).await;
        let coordinator = operator.coordinator(&group).await;
        match found.iter().position(|(broker, _)| *broker == coordinator) {
            Some(first) => return (coordinator, found.swap_remove(first).1, group),
            None if coordinator != controller => found.push((coordinator, group)),
            None => {}
        }
    }
}

/// Over gRPC.
async fn configs(url: &str, cluster_id: &str, broker_id: i32) -> Code {
    let mut grpc = BrokerConfigServiceClient::new(Endpoint::from_shared(url.to_owned()).unwrap().connect_lazy());
    let request = ListBrokerConfigsRequest { cluster_id: cluster_id.to_owned(), broker_id, ..ListBrokerConfigsRequest::default() };
    grpc.list_broker_configs(request).await.unwrap_err().code()
}

/// Every kind of request for a coordinator, a leader, or all brokers. Records are deleted in `emptied`; `alive` is a broker.
fn kinds(topic: &str, emptied: &str, [kept, deleted]: [&str; 2], alive: i32) -> Vec<Kind> {
    let group = format!("/consumer-groups/{kept}");
    let lag = format!("{group}/lags/{topic}/partitions/{ALTERED}");
    let partition = format!("/topics/{topic}/partitions/{ALTERED}");
    let now = prost_types::Timestamp::from(SystemTime::now()).to_string();
    let by_time = json!({"partitions": [{"topic_name": topic}], "target": {"timestamp": now}, "dry_run": true});
    vec![
        set("offsets altered", lag, |shown| whole(&shown["current_offset"]), {
            let (topic, group) = (topic.to_owned(), kept.to_owned());
            move |number| (begins_at(&group, &topic, ALTERED, number % RECORDS), (number % RECORDS).to_string())
        }),
        offsets_deleted(topic, kept),
        group_deleted(topic, deleted),
        set("records deleted", format!("/topics/{emptied}/partitions/0/offset"), |shown| whole(&shown["earliest_offset"]), {
            let path = format!("/topics/{emptied}/records:delete");
            move |number| {
                let before = number.min(RECORDS);
                (("POST", path.clone(), json!({"data": [{"partition_id": 0, "before_offset": before}]})), before.to_string())
            }
        }),
        repeated("offsets by time", "POST", &format!("{group}/offsets:alter"), by_time),
        repeated("group", "GET", &group, Value::Null),
        repeated("groups", "GET", "/consumer-groups", Value::Null),
        repeated("lags", "GET", &format!("{group}/lags"), Value::Null),
        repeated("lag summary", "GET", &format!("{group}/lag-summary"), Value::Null),
        repeated("partition's offsets", "GET", &format!("{partition}/offset"), Value::Null),
        repeated("producers", "GET", &format!("{partition}/producers"), Value::Null),
        repeated("replicas", "GET", &replicas(topic, ALTERED), Value::Null),
        repeated("topic", "GET", &format!("/topics/{topic}"), Value::Null),
        repeated("topics' configs", "GET", "/topics/-/configs", Value::Null),
        repeated("brokers' configs", "GET", "/brokers/-/configs", Value::Null),
        repeated("transactions", "GET", "/transactions", Value::Null),
        repeated("log directories", "GET", &format!("/brokers/{alive}/log-dirs"), Value::Null),
    ]
}

fn begins_at(group: &str, topic: &str, partition: i32, offset: usize) -> Request {
    let row = json!({"topic_name": topic, "partition_id": partition, "target": {"offset": offset}});
    ("POST", format!("/consumer-groups/{group}/offsets:alter"), json!({"partitions": [row]}))
}

/// Commits and deletes an offset in turn.
fn offsets_deleted(topic: &str, group: &str) -> Kind {
    let name = "offsets deleted";
    let lags = format!("/consumer-groups/{group}/lags");
    let (topic, group) = (topic.to_owned(), group.to_owned());
    let made = move |number: usize| match number % 2 {
        0 => step(begins_at(&group, &topic, DELETED, 1), Some((name.to_owned(), Some("1".to_owned())))),
        _ => {
            let body = json!({"partitions": [{"topic_name": topic, "partition_id": DELETED}]});
            step(("POST", format!("/consumer-groups/{group}/offsets:delete"), body), Some((name.to_owned(), None)))
        }
    };
    let read = move |shown: &Value| -> State {
        let rows = shown["data"].as_array().into_iter().flatten();
        let ours = rows.filter(|row| row["partition_id"] == DELETED).filter_map(|row| whole(&row["current_offset"]));
        ours.map(|offset| (name.to_owned(), offset)).collect()
    };
    Kind { name, step: Box::new(made), state: Some((lags, Box::new(read))) }
}

/// Makes and deletes a group in turn.
fn group_deleted(topic: &str, group: &str) -> Kind {
    let (topic, made, found) = (topic.to_owned(), group.to_owned(), group.to_owned());
    let made = move |number: usize| match number % 2 {
        0 => step(("DELETE", format!("/consumer-groups/{made}"), Value::Null), Some((made.clone(), None))),
        _ => step(begins_at(&made, &topic, ALTERED, 1), Some((made.clone(), Some(made.clone())))),
    };
    let read = move |shown: &Value| -> State {
        let rows = shown["data"].as_array().into_iter().flatten();
        rows.filter(|row| row["consumer_group_id"] == found.as_str()).map(|_| (found.clone(), found.clone())).collect()
    };
    Kind { name: "groups deleted", step: Box::new(made), state: Some(("/consumer-groups".to_owned(), Box::new(read))) }
}
