//! The controller dies while the cluster is changed in every way that only a controller can.

use std::time::{Duration, Instant};

use barnabas::pb::v3::{AlterClientQuotasRequest, ClientQuotaAlteration, ClientQuotaChange, quota_service_client::QuotaServiceClient};
use serde_json::{Value, json};
use tokio::time::timeout;
use tonic::{Code, transport::Endpoint};

use crate::{
    BROKERS, PATIENCE,
    cluster::Cluster,
    gateway,
    load::Load,
    operator::{Operator, replicas},
    others,
    rounds::{Kind, Request, Rounds, State, repeated, set, step, text, whole},
    unique,
};

/// Shorter than controllers take to notice that theirs is dead (`controller.quorum.fetch.timeout.ms`, 2 s); in milliseconds.
const IMPATIENT: &str = "500";
/// How often somebody asks who does not wait.
const HASTE: Duration = Duration::from_millis(50);
/// Values that configs are given: this and the following.
const RETENTION: usize = 100_000;
/// A config of all brokers that changes nothing while the test runs.
const CLUSTER_CONFIG: &str = "log.cleaner.backoff.ms";
/// What stands for something that has no value.
const THERE: &str = "there";

#[tokio::test(flavor = "multi_thread")]
async fn dead_controller_leaves_nothing_half_done() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let gateway = gateway(&cluster, None).await;
    let impatient = crate::gateway(&cluster, Some(IMPATIENT)).await;
    let operator = Operator::of(&gateway).await;
    let hasty = Operator::of(&impatient).await;
    let controller = operator.controller().await;
    let [one, two, _] = others(controller);
    let (topic, changed) = (unique("controller"), unique("changed"));
    cluster.create_topic(&topic, &[&[one, two, controller], &[two, one, controller], &[controller, one, two]]).await;
    cluster.create_topic(&changed, &[&[one, two]]).await;

    let mut load = Load::start(&gateway, &topic);
    load.flows().await;
    let mut rounds = Rounds::start(&operator, kinds(&topic, &changed, [one, two]));
    rounds.succeed().await;
    let quota = unique("hasty");
    let wanted = json!({"data": [{"client_id": quota, "quotas": [{"name": "producer_byte_rate", "value": 1}]}]});
    let over_rest = tokio::spawn(refusal(hasty.clone(), wanted.clone()));
    let over_grpc = tokio::spawn(refusal_over_grpc(impatient.url.clone(), hasty.cluster_id, quota));
    let dead = cluster.kill(controller);
    let begin = Instant::now();
    // Who does not wait for the next controller is told to come again, on either surface.
    let told = timeout(PATIENCE, async { (over_rest.await.unwrap(), over_grpc.await.unwrap()) });
    let ((status, answer), code) = told.await.expect("somebody is refused");
    assert_eq!((status, &answer["error_code"]), (500, &json!(50003)), "{answer}");
    assert_eq!(code, Code::Unavailable);
    rounds.succeed().await;
    println!("every kind of request has succeeded after {:?}", begin.elapsed());
    assert_eq!(operator.done("POST", "/client-quotas:alter", &wanted).await["failures"], json!([]));
    assert_ne!(operator.controller().await, controller);
    rounds.finish().await;
    operator.done("DELETE", &format!("/broker-configs/{CLUSTER_CONFIG}"), &Value::Null).await;
    load.flows().await;
    drop(dead);
    operator.is_in_sync(&topic, 0, &[1, 2, 3]).await;
    load.flows_to_its_end(&cluster, &topic).await;
}

/// Alters quotas until that is refused.
async fn refusal(operator: Operator, wanted: Value) -> (u16, Value) {
    let mut haste = tokio::time::interval(HASTE);
    loop {
        haste.tick().await;
        let (status, answer) = operator.ask("POST", "/client-quotas:alter", &wanted).await;
        if status >= 300 {
            return (status, answer);
        }
    }
}

/// The same over gRPC.
async fn refusal_over_grpc(url: String, cluster_id: String, client_id: String) -> Code {
    let mut grpc = QuotaServiceClient::new(Endpoint::from_shared(url).unwrap().connect_lazy());
    let change = ClientQuotaChange { name: "producer_byte_rate".to_owned(), value: Some(2.0), ..ClientQuotaChange::default() };
    let of_client = ClientQuotaAlteration { client_id: Some(client_id), quotas: vec![change], ..ClientQuotaAlteration::default() };
    let request = AlterClientQuotasRequest { cluster_id, data: vec![of_client], validate_only: None };
    let mut haste = tokio::time::interval(HASTE);
    loop {
        haste.tick().await;
        if let Err(status) = grpc.alter_client_quotas(request.clone()).await {
            return status.code();
        }
    }
}

/// Every kind of request for the controller. `led` is a topic whose first partitions have their leaders; `changed` has its replicas on
/// the two brokers.
fn kinds(led: &str, changed: &str, brokers: [i32; 2]) -> Vec<Kind> {
    let run = unique("run");
    let of_run = |what: &str| what.replace("RUN", &run);
    let elect: Vec<_> = [0, 1].iter().map(|partition| json!({"topic_name": led, "partition_id": partition})).collect();
    vec![
        made_and_deleted("topics", "/topics".to_owned(), "topic_name", &run, |name| {
            let topic = json!({"topic_name": name, "partitions_count": 1, "replication_factor": 1});
            [("POST", "/topics".to_owned(), topic), ("DELETE", format!("/topics/{name}"), Value::Null)]
        }),
        made_and_deleted("ACLs", of_run("/acls?principal=User:RUN"), "resource_name", &run, |name| {
            let (run, _) = name.rsplit_once('-').unwrap();
            let acl = json!({
                "resource_type": "TOPIC", "resource_name": name, "pattern_type": "LITERAL", "principal": format!("User:{run}"),
                "host": "*", "operation": "READ", "permission": "ALLOW",
            });
            let filter = format!("/acls?resource_type=TOPIC&resource_name={name}&pattern_type=LITERAL&operation=READ&permission=ALLOW");
            [("POST", "/acls".to_owned(), acl), ("DELETE", filter, Value::Null)]
        }),
        made_and_deleted("SCRAM users", "/scram-users".to_owned(), "user_name", &run, |name| {
            let path = format!("/scram-users/{name}/credentials/SCRAM_SHA_256");
            [("PUT", path.clone(), json!({"password": "open sesame"})), ("DELETE", path, Value::Null)]
        }),
        set("quotas", of_run("/client-quotas?client_id=RUN"), |shown| whole(&shown["data"][0]["quotas"][0]["value"]), {
            let client = run.clone();
            move |number| {
                let quota = json!({"name": "producer_byte_rate", "value": number + 1});
                let body = json!({"data": [{"client_id": client, "quotas": [quota]}]});
                (("POST", "/client-quotas:alter".to_owned(), body), (number + 1).to_string())
            }
        }),
        set("topic configs", format!("/topics/{changed}/configs/retention.ms"), |shown| text(&shown["value"]), {
            let path = format!("/topics/{changed}/configs/retention.ms");
            move |number| (("PUT", path.clone(), json!({"value": (RETENTION + number).to_string()})), (RETENTION + number).to_string())
        }),
        set(
            "cluster configs",
            format!("/broker-configs/{CLUSTER_CONFIG}"),
            |shown| text(&shown["value"]),
            |number| {
                let value = (RETENTION + number).to_string();
                (("PUT", format!("/broker-configs/{CLUSTER_CONFIG}"), json!({"value": value})), value)
            },
        ),
        set("more partitions", format!("/topics/{changed}"), |shown| whole(&shown["partitions_count"]), {
            let path = format!("/topics/{changed}");
            move |number| (("PATCH", path.clone(), json!({"partitions_count": number + 2})), (number + 2).to_string())
        }),
        // From the first place to the second and back, which is done at once. A replica that is sent back while it is on its way can hang
        // in Kafka: both brokers then stay replicas, as its own client shows, too.
        set("moves", replicas(changed, 0), |shown| whole(&shown["data"].as_array().filter(|rows| rows.len() == 2)?[0]["broker_id"]), {
            let changed = changed.to_owned();
            move |number| {
                let (first, second) = (brokers[number % 2], brokers[(number + 1) % 2]);
                let start = json!({"topic_name": changed, "partition_id": 0, "operation": "START", "broker_ids": [first, second]});
                (("POST", "/topics/-/partitions/-/reassignment:alter".to_owned(), json!({"data": [start]})), first.to_string())
            }
        }),
        repeated("elections", "POST", "/topics/-/partitions:elect-leaders", json!({"partitions": elect})),
        repeated("moves shown", "GET", "/topics/-/partitions/-/reassignment", Value::Null),
        repeated("quorum", "GET", "/quorum", Value::Null),
        repeated("cluster", "GET", "", Value::Null),
    ]
}

/// Makes things and deletes them again, in turn. The list of all has their names in `member`.
fn made_and_deleted(
    kind: &'static str,
    list: String,
    member: &'static str,
    run: &str,
    pair: impl Fn(&str) -> [Request; 2] + Send + 'static,
) -> Kind {
    let run = run.to_owned();
    let step = move |number: usize| {
        let name = format!("{run}-{}", number / 2);
        let [make, delete] = pair(&name);
        if number.is_multiple_of(2) { step(make, Some((name, Some(THERE.to_owned())))) } else { step(delete, Some((name, None))) }
    };
    let read = move |shown: &Value| -> State {
        let rows = shown["data"].as_array().into_iter().flatten();
        rows.filter_map(|row| Some((text(&row[member])?, THERE.to_owned()))).collect()
    };
    Kind { name: kind, step: Box::new(step), state: Some((list, Box::new(read))) }
}
