//! A transaction that is open: what is told of it, and that it can be aborted. A native client opens it; no RPC does.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    ClientConfig,
    producer::{BaseProducer, BaseRecord, Producer},
};
use serde_json::{Value, json};

use crate::{
    Check,
    gateway::Gateway,
    kafka,
    surfaces::{Answer, RestDetails, Surface},
};

/// How long the native client may take for each step.
const NATIVE_TIMEOUT: Duration = Duration::from_secs(10);

pub fn checks(gateway: &Arc<Gateway>) -> Vec<Check> {
    // The embedded broker keeps no producers of a partition, and takes no end of a transaction but from its producer.
    let surfaces = Surface::ALL.into_iter().filter(|_| !gateway.embedded);
    surfaces
        .map(|surface| {
            let gateway = gateway.clone();
            let check: Check =
                (format!("{surface}: transactions/one that hangs"), Box::pin(async move { hanging(&gateway, surface).await }));
            check
        })
        .collect()
}

async fn hanging(gateway: &Gateway, surface: Surface) -> Result<(), String> {
    let name = format!("hanging-{surface}-{}", gateway.run);
    kafka::create_topic(gateway, &name, 1).await?;
    let (bootstrap, id) = (gateway.bootstrap.clone(), name.clone());
    // Kept until the end: without it the coordinator would abort the transaction.
    let producer = tokio::task::spawn_blocking(move || open(&bootstrap, &id, &id)).await.map_err(|e| e.to_string())??;
    let told = tell(gateway, surface, &name).await;
    tokio::task::spawn_blocking(move || drop(producer)).await.map_err(|e| e.to_string())?;
    told
}

/// Begins a transaction of this id and writes one record to partition 0 of the topic. It is open as long as the producer is kept.
pub fn open(bootstrap: &str, id: &str, topic: &str) -> Result<BaseProducer, String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("transactional.id", id).set("transaction.timeout.ms", "60000");
    let producer: BaseProducer = config.create().map_err(|e| e.to_string())?;
    producer.init_transactions(NATIVE_TIMEOUT).map_err(|e| e.to_string())?;
    producer.begin_transaction().map_err(|e| e.to_string())?;
    producer.send(BaseRecord::<(), _>::to(topic).partition(0).payload("open")).map_err(|(e, _)| e.to_string())?;
    producer.flush(NATIVE_TIMEOUT).map_err(|e| e.to_string())?;
    Ok(producer)
}

async fn tell(gateway: &Gateway, surface: Surface, name: &str) -> Result<(), String> {
    const DESCRIBE: &str = "v3.TransactionService/DescribeTransaction";
    const LIST: &str = "v3.TransactionService/ListTransactions";
    const PRODUCERS: &str = "v3.TransactionService/DescribeProducers";
    const ABORT: &str = "v3.TransactionService/AbortTransaction";
    let cluster = gateway.cluster_id.as_str();
    let call = async |rpc: &str, request: Value| surface.call(gateway, rpc, &[request], &RestDetails::default()).await;
    let partition = |more: Value| {
        let mut request = json!({"cluster_id": cluster, "topic_name": name, "partition_id": 0});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };

    let described = one(call(DESCRIBE, json!({"cluster_id": cluster, "transactional_id": name})).await?)?;
    let want = json!({"transaction": {"cluster_id": cluster, "transactional_id": name, "producer_id": "*", "state": "TRANSACTION_STATE_ONGOING",
        "producer_epoch": "*", "timeout_ms": 60_000, "start_time": "*", "partitions": [{"topic_name": name, "partition_id": 0}]}});
    surface.holds(DESCRIBE, &want, &described)?;
    let transaction = if surface == Surface::Rest { &described } else { &described["transaction"] };
    let producer_id = transaction["producer_id"].as_i64().ok_or_else(|| format!("no producer in {described}"))?;

    let by_state = |state: &str| json!({"cluster_id": cluster, "producer_id": producer_id, "state": state});
    let listed = one(call(LIST, by_state("TRANSACTION_STATE_ONGOING")).await?)?;
    surface.holds(
        LIST,
        &json!({"data": [{"transactional_id": name, "state": "TRANSACTION_STATE_ONGOING", "producer_epoch": null}]}),
        &listed,
    )?;
    surface.holds(LIST, &json!({"data": []}), &one(call(LIST, by_state("TRANSACTION_STATE_DEAD")).await?)?)?;

    let open = one(call(PRODUCERS, partition(json!({"producer_id": producer_id}))).await?)?;
    surface.holds(PRODUCERS, &json!({"data": [{"producer_id": producer_id, "current_transaction_start_offset": 0}]}), &open)?;

    one(call(ABORT, partition(json!({"start_offset": 0}))).await?)?;
    let ended = one(call(PRODUCERS, partition(json!({}))).await?)?;
    surface.holds(PRODUCERS, &json!({"data": [{"producer_id": producer_id, "current_transaction_start_offset": null}]}), &ended)?;
    match call(ABORT, partition(json!({"start_offset": 0}))).await? {
        Err(refused) => surface.is_refused(ABORT, "NOT_FOUND", &refused),
        Ok(got) => Err(format!("want no transaction to abort any more, got {got:?}")),
    }
}

fn one(answer: Answer) -> Result<Value, String> {
    answer.map_err(|e| format!("got {e:?}"))?.into_iter().next().ok_or_else(|| "no answer".to_owned())
}
