//! What is below a member of a group: its id is Kafka's making, so that no case can name it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{Check, gateway::Gateway, kafka, surfaces::Surface};

/// How long the member may take to join.
const JOINED_WITHIN: Duration = Duration::from_secs(20);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    let check = |surface: Surface| -> Check {
        let gateway = gateway.clone();
        (format!("{surface}: groups/what a member has"), Box::pin(async move { member(&gateway, surface).await }))
    };
    Surface::ALL.into_iter().map(check).collect()
}

async fn member(gateway: &Gateway, surface: Surface) -> Result<(), String> {
    let name = format!("groups-member-{surface}-{}", gateway.run);
    kafka::create_topic(gateway, &name, 2).await?;
    let ask = async |rpc: &str, request: Value| -> Result<Value, String> {
        let answer = surface.call(gateway, rpc, &[request], &Default::default()).await?;
        Ok(answer.map_err(|refused| format!("{rpc}: {refused:?}"))?.into_iter().next().unwrap_or_default())
    };
    let instance = |more: Value| with(json!({"group_id": name, "instance_id": "i"}), more);
    let group = |more: Value| with(json!({"cluster_id": gateway.cluster_id, "consumer_group_id": name}), more);
    let offsets = json!([{"topic_name": name, "partition_id": 0, "target": {"offset": 0}}]);
    ask("v3.ConsumerGroupService/AlterOffsets", group(json!({ "partitions": offsets }))).await?;
    ask("v2.ConsumerService/CreateConsumer", json!({"group_id": name, "name": "i"})).await?;
    ask("v2.ConsumerService/Subscribe", instance(json!({"topics": [name]}))).await?;

    let begun = Instant::now();
    let id = loop {
        // Reading is what lets it join.
        ask("v2.ConsumerService/ReadRecords", instance(json!({"format": "EMBEDDED_FORMAT_BINARY", "timeout_ms": 100}))).await?;
        let members = ask("v3.ConsumerGroupService/ListConsumers", group(json!({}))).await?;
        if let Some(id) = members["data"][0]["consumer_id"].as_str() {
            let request = group(json!({ "consumer_id": id }));
            let assigned = ask("v3.ConsumerGroupService/ListConsumerAssignments", request).await?;
            if assigned["data"].as_array().is_some_and(|all| all.len() == 2) {
                break id.to_owned();
            }
        }
        if begun.elapsed() > JOINED_WITHIN {
            return Err(format!("no member with both partitions within {JOINED_WITHIN:?}: {members}"));
        }
        tokio::time::sleep(PAUSE).await;
    };

    let holds = |rpc: &str, want: Value, got: &Value| surface.holds(rpc, &want, got).map_err(|e| format!("{rpc}: {e}; it is {got}"));
    let get = "v3.ConsumerGroupService/GetConsumer";
    holds(get, json!({"consumer": {"consumer_id": id, "client_id": "*"}}), &ask(get, group(json!({ "consumer_id": id }))).await?)?;
    let list = "v3.ConsumerGroupService/ListConsumerAssignments";
    let both = json!({"data": [{"topic_name": name, "partition_id": 0, "consumer_id": id}, {"topic_name": name, "partition_id": 1}]});
    holds(list, both, &ask(list, group(json!({ "consumer_id": id }))).await?)?;
    let first = json!({"data": [{"topic_name": name, "partition_id": 0}]});
    holds(list, first, &ask(list, group(json!({ "consumer_id": id, "page_size": 1 }))).await?)?;
    let one = "v3.ConsumerGroupService/GetConsumerAssignment";
    let place = |partition: i32| group(json!({"consumer_id": id, "topic_name": name, "partition_id": partition}));
    holds(one, json!({"assignment": {"consumer_id": id, "topic_name": name, "partition_id": 1}}), &ask(one, place(1)).await?)?;
    let refused = surface.call(gateway, one, &[place(2)], &Default::default()).await?;
    surface.is_refused(one, "NOT_FOUND", &refused.err().ok_or("a partition that nobody has")?)?;
    let lag = "v3.ConsumerGroupService/GetConsumerLag";
    let reader = json!({"lag": {"consumer_id": id, "client_id": "*", "instance_id": null}});
    holds(lag, reader, &ask(lag, group(json!({"topic_name": name, "partition_id": 0}))).await?)?;
    let summary = "v3.ConsumerGroupService/GetLagSummary";
    holds(summary, json!({"lag_summary": {"max_lag_consumer_id": id, "max_lag_client_id": "*"}}), &ask(summary, group(json!({}))).await?)?;
    ask("v2.ConsumerService/DeleteConsumer", instance(json!({}))).await.map(drop)
}

fn with(mut request: Value, more: Value) -> Value {
    if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
        request.extend(more);
    }
    request
}
