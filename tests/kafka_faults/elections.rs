//! A broker that was away leads again when its leaders are elected; what cannot be elected is told one by one.

use barnabas::pb::v3::{ElectLeadersRequest, ElectLeadersResponse, TopicPartition, partition_service_client::PartitionServiceClient};
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

use crate::{BROKERS, cluster::Cluster, gateway, load::Load, operator::Operator, others, unique};

const ELECT: &str = "/topics/-/partitions:elect-leaders";
/// The reference's error that may be gone a moment later.
const RETRIABLE: i64 = 50003;

#[tokio::test(flavor = "multi_thread")]
async fn killed_broker_loses_and_doubles_nothing_and_is_elected_when_it_is_back() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let gateway = gateway(&cluster, None).await;
    let operator = Operator::of(&gateway).await;
    let [victim, second, third] = others(operator.controller().await);
    let topic = unique("killed-broker");
    cluster.create_topic(&topic, &[&[victim, second, third], &[second, third, victim], &[third, victim, second]]).await;
    operator.leads(&topic, 0, victim).await;

    let mut load = Load::start(&gateway, &topic);
    load.flows().await;
    let dead = cluster.kill(victim);
    load.flows().await;
    operator.until(&format!("/topics/{topic}/partitions/0"), "another leader", |_, shown| !is_led_by(shown, victim)).await;

    // Whoever is not there cannot lead; the others lead already.
    let (status, answer) = operator.ask("POST", ELECT, &named(&topic, &[0, 1])).await;
    assert_eq!(status, 207, "{answer}");
    assert_eq!(outcomes(&answer, "data", "is_elected"), [(1, json!(false))], "{answer}");
    assert_eq!(outcomes(&answer, "failures", "error_code"), [(0, json!(RETRIABLE))], "{answer}");
    let (status, answer) = operator.ask("POST", ELECT, &named(&topic, &[0])).await;
    assert_eq!((status, &answer["error_code"]), (500, &json!(RETRIABLE)), "{answer}");
    // Of all partitions, those that lack their leader are told, and if there are no others.
    let (status, answer) = operator.ask("POST", ELECT, &json!({})).await;
    assert_eq!(status, 207, "{answer}");
    assert!(answer["failures"].as_array().unwrap().iter().any(|row| row["topic_name"] == topic.as_str()), "{answer}");

    drop(dead);
    operator.is_in_sync(&topic, 0, &[victim, second, third]).await;
    let mut grpc = PartitionServiceClient::new(channel(&gateway.url));
    let elected = elect(&mut grpc, &operator.cluster_id, &topic).await;
    assert_eq!(elected, [(0, true), (1, false), (2, false)]);
    operator.leads(&topic, 0, victim).await;
    let described = cluster.tool("org.apache.kafka.tools.TopicCommand", &["--describe", "--topic", &topic]);
    assert!(described.contains(&format!("Partition: 0\tLeader: {victim}\t")), "{described}");
    assert_eq!(elect(&mut grpc, &operator.cluster_id, &topic).await, [(0, false), (1, false), (2, false)], "nothing is left to do");

    load.flows_to_its_end(&cluster, &topic).await;
}

fn is_led_by(partition: &Value, broker: i32) -> bool {
    partition["leader"]["related"].as_str().is_some_and(|link| link.ends_with(&format!("/{broker}")))
}

fn named(topic: &str, partitions: &[i32]) -> Value {
    let rows: Vec<_> = partitions.iter().map(|partition| json!({"topic_name": topic, "partition_id": partition})).collect();
    json!({"election_type": "PREFERRED", "partitions": rows})
}

fn outcomes(answer: &Value, list: &str, what: &str) -> Vec<(i64, Value)> {
    answer[list].as_array().unwrap().iter().map(|row| (row["partition_id"].as_i64().unwrap(), row[what].clone())).collect()
}

fn channel(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned()).unwrap().connect_lazy()
}

/// Over gRPC, the three partitions of the topic.
async fn elect(grpc: &mut PartitionServiceClient<Channel>, cluster_id: &str, topic: &str) -> Vec<(i32, bool)> {
    let partitions = (0..3).map(|partition_id| TopicPartition { topic_name: topic.to_owned(), partition_id }).collect();
    let request = ElectLeadersRequest { cluster_id: cluster_id.to_owned(), partitions, ..ElectLeadersRequest::default() };
    let ElectLeadersResponse { data, failures } = grpc.elect_leaders(request).await.unwrap().into_inner();
    assert!(failures.is_empty(), "{failures:?}");
    data.into_iter().map(|row| (row.partition_id, row.is_elected)).collect()
}
