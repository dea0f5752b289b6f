//! What a client that Kafka lets in may not do: every operation of API v3 is tried as a user who may do nothing at all.
//!
//! The operations are those of `tests/golden/routes.txt`; one without a row here is a failure. A user without rights must get an answer
//! of each, at once, and the gateway must live on: librdkafka has ended the process at an answer that it got only then.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, SASL_PLAINTEXT},
    gateway::Gateway,
    name,
    requests::{ask, path_of_cluster, write_v2},
};

/// How long a refusal may take: far less than the time-out of a request to Kafka.
const AT_ONCE: Duration = Duration::from_secs(8);

/// What somebody without rights gets.
enum Gets {
    /// An error of this number.
    Refused(i64),
    /// A success that shows nothing of what is there.
    Nothing,
    /// What everybody may know who is let in.
    Everything,
    /// A success of the request, with this error number in the answer of its only part.
    RefusedInside(i64),
}

use Gets::{Everything, Nothing, Refused, RefusedInside};

/// An operation, the query, the body, and what comes of it.
type Row = (&'static str, &'static str, Value, Gets);

const UNAUTHORIZED: i64 = 40301;

fn rows(topic: &str) -> Vec<Row> {
    let none = || Value::Null;
    let refused = || Refused(UNAUTHORIZED);
    let acl = json!({"resource_type": "TOPIC", "resource_name": "t", "pattern_type": "LITERAL", "principal": "User:alice", "host": "*",
        "operation": "READ", "permission": "ALLOW"});
    let place = || json!({"topic_name": topic, "partition_id": 0});
    let record = || json!({"value": {"type": "STRING", "data": "x"}});
    vec![
        ("GET ", "", none(), Everything),
        ("GET /", "", none(), Everything),
        ("DELETE /acls", "?resource_type=TOPIC&pattern_type=ANY&operation=ANY&permission=ANY", none(), refused()),
        ("GET /acls", "", none(), refused()),
        ("POST /acls", "", acl.clone(), refused()),
        ("POST /acls:batch", "", json!({"data": [acl]}), refused()),
        ("GET /broker-configs", "", none(), refused()),
        ("DELETE /broker-configs/{name}", "", none(), refused()),
        ("GET /broker-configs/{name}", "", none(), refused()),
        ("PUT /broker-configs/{name}", "", json!({"value": "16000"}), refused()),
        ("POST /broker-configs:alter", "", json!({"data": [{"name": "log.cleaner.backoff.ms", "operation": "DELETE"}]}), refused()),
        ("GET /brokers", "", none(), Everything),
        ("GET /brokers/-/configs", "", none(), refused()),
        ("GET /brokers/{broker_id}", "", none(), Everything),
        ("GET /brokers/{broker_id}/configs", "", none(), refused()),
        ("DELETE /brokers/{broker_id}/configs/{name}", "", none(), refused()),
        ("GET /brokers/{broker_id}/configs/{name}", "", none(), refused()),
        ("PUT /brokers/{broker_id}/configs/{name}", "", json!({"value": "16000"}), refused()),
        (
            "POST /brokers/{broker_id}/configs:alter",
            "",
            json!({"data": [{"name": "background.threads", "operation": "DELETE"}]}),
            refused(),
        ),
        ("GET /brokers/{broker_id}/log-dirs", "", none(), refused()),
        ("GET /brokers/{broker_id}/partition-replicas", "", none(), Nothing),
        ("GET /client-quotas", "", none(), refused()),
        (
            "POST /client-quotas:alter",
            "",
            json!({"data": [{"user": "u", "quotas": [{"name": "producer_byte_rate", "value": 1}]}]}),
            RefusedInside(UNAUTHORIZED),
        ),
        ("GET /consumer-groups", "", none(), Nothing),
        ("DELETE /consumer-groups/{consumer_group_id}", "", none(), refused()),
        ("GET /consumer-groups/{consumer_group_id}", "", none(), refused()),
        ("GET /consumer-groups/{consumer_group_id}/consumers", "", none(), refused()),
        ("GET /consumer-groups/{consumer_group_id}/consumers/{consumer_id}", "", none(), refused()),
        ("GET /consumer-groups/{consumer_group_id}/consumers/{consumer_id}/assignments", "", none(), refused()),
        (
            "GET /consumer-groups/{consumer_group_id}/consumers/{consumer_id}/assignments/{topic_name}/partitions/{partition_id}",
            "",
            none(),
            refused(),
        ),
        ("GET /consumer-groups/{consumer_group_id}/lag-summary", "", none(), refused()),
        ("GET /consumer-groups/{consumer_group_id}/lags", "", none(), refused()),
        ("GET /consumer-groups/{consumer_group_id}/lags/{topic_name}/partitions/{partition_id}", "", none(), refused()),
        (
            "POST /consumer-groups/{consumer_group_id}/offsets:alter",
            "",
            json!({"partitions": [place()], "target": {"offset": 0}}),
            refused(),
        ),
        ("POST /consumer-groups/{consumer_group_id}/offsets:delete", "", json!({"partitions": [place()]}), refused()),
        ("GET /quorum", "", none(), refused()),
        ("GET /scram-users", "", none(), refused()),
        ("GET /scram-users/{user_name}", "", none(), refused()),
        ("DELETE /scram-users/{user_name}/credentials/{mechanism}", "", none(), refused()),
        ("PUT /scram-users/{user_name}/credentials/{mechanism}", "", json!({"password": "open sesame"}), refused()),
        ("GET /topics", "", none(), Nothing),
        ("POST /topics", "", json!({"topic_name": "not-to-be", "partitions_count": 1}), refused()),
        ("GET /topics/-/configs", "", none(), Nothing),
        (
            "POST /topics/-/configs:alter",
            "",
            json!({"data": [{"topic_name": topic, "configs": [{"name": "retention.ms", "operation": "DELETE"}]}]}),
            refused(),
        ),
        ("GET /topics/-/partitions/-/reassignment", "", none(), refused()),
        (
            "POST /topics/-/partitions/-/reassignment:alter",
            "",
            json!({"data": [{"topic_name": topic, "partition_id": 0, "operation": "START", "broker_ids": [1]}]}),
            refused(),
        ),
        ("POST /topics/-/partitions:elect-leaders", "", json!({"election_type": "PREFERRED", "partitions": [place()]}), refused()),
        ("DELETE /topics/{topic_name}", "", none(), refused()),
        ("GET /topics/{topic_name}", "", none(), refused()),
        ("PATCH /topics/{topic_name}", "", json!({"partitions_count": 4}), refused()),
        ("GET /topics/{topic_name}/configs", "", none(), refused()),
        ("DELETE /topics/{topic_name}/configs/{name}", "", none(), refused()),
        ("GET /topics/{topic_name}/configs/{name}", "", none(), refused()),
        ("PUT /topics/{topic_name}/configs/{name}", "", json!({"value": "16000"}), refused()),
        ("POST /topics/{topic_name}/configs:alter", "", json!({"data": [{"name": "retention.ms", "operation": "DELETE"}]}), refused()),
        ("GET /topics/{topic_name}/partitions", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/-/reassignment", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/{partition_id}", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/{partition_id}/offset", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/{partition_id}/producers", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/{partition_id}/reassignment", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/{partition_id}/replicas", "", none(), refused()),
        ("GET /topics/{topic_name}/partitions/{partition_id}/replicas/{broker_id}", "", none(), refused()),
        ("POST /topics/{topic_name}/partitions/{partition_id}/transactions:abort", "", json!({"start_offset": 0}), refused()),
        ("POST /topics/{topic_name}/records", "", record(), RefusedInside(UNAUTHORIZED)),
        (
            "POST /topics/{topic_name}/records:batch",
            "",
            json!({"entries": [{"id": "1", "value": record()["value"]}]}),
            RefusedInside(UNAUTHORIZED),
        ),
        ("POST /topics/{topic_name}/records:delete", "", json!({"data": [{"partition_id": 0, "before_offset": 1}]}), refused()),
        ("GET /transactions", "", none(), Nothing),
        ("GET /transactions/{transactional_id}", "", none(), refused()),
    ]
}

impl Gets {
    fn check(&self, status: u16, answer: &Value) -> bool {
        let code = i64::from(status);
        match self {
            Refused(number) => code == number / 100 && answer["error_code"] == *number,
            Nothing => status == 200 && answer["data"] == json!([]),
            Everything => status == 200,
            RefusedInside(number) => status < 300 && (answer["error_code"] == *number || answer["failures"][0]["error_code"] == *number),
        }
    }
}

/// The operations of API v3, each as a row begins.
fn operations() -> BTreeSet<String> {
    let routes = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/routes.txt");
    let routes = std::fs::read_to_string(routes).unwrap();
    let operation = |line: &str| {
        let (method, rest) = line.split_once(' ')?;
        let path = rest.split(' ').next()?.strip_prefix("/v3/clusters")?;
        let path =
            path.strip_prefix("/{cluster_id}").map_or(String::new(), |below| if below.is_empty() { "/".into() } else { below.into() });
        Some(format!("{method} {path}"))
    };
    routes.lines().filter_map(operation).collect()
}

/// Whoever may do everything makes what the others are not to see.
async fn prepare(cluster: &Cluster, topic: &str) -> Gateway {
    let admin = cluster.gateway(SASL_PLAINTEXT, &cluster.admin(SASL_PLAINTEXT, "SCRAM-SHA-512", "admin-secret")).await;
    let path = format!("{}/topics", path_of_cluster(&admin).await);
    let (status, answer) = ask(&admin, "POST", &path, &json!({"topic_name": topic, "partitions_count": 1})).await;
    assert_eq!(status, 201, "{answer}");
    let (status, answer) =
        ask(&admin, "POST", &format!("{path}/{topic}/records"), &json!({"value": {"type": "STRING", "data": "x"}})).await;
    assert_eq!(status, 200, "{answer}");
    admin
}

/// Where an operation is on this gateway.
fn url(cluster: &str, topic: &str, place: &str, query: &str) -> String {
    let path = match place {
        "" => "/v3/clusters".to_owned(),
        "/" => cluster.to_owned(),
        place => format!("{cluster}{place}"),
    };
    let variables = [
        ("{topic_name}", topic),
        ("{broker_id}", "1"),
        ("{partition_id}", "0"),
        ("{consumer_group_id}", "rights-group"),
        ("{consumer_id}", "member"),
        ("{user_name}", "admin"),
        ("{mechanism}", "SCRAM_SHA_256"),
        ("{transactional_id}", "rights-transaction"),
        ("{name}", if place.contains("topic") { "retention.ms" } else { "log.cleaner.backoff.ms" }),
    ];
    variables.iter().fold(format!("{path}{query}"), |url, (variable, value)| url.replace(variable, value))
}

/// Tries all operations; `fine` tells whether an answer is as it should be.
async fn try_all(gateway: &Gateway, topic: &str, fine: impl Fn(&Gets, u16, &Value) -> bool) {
    let cluster = path_of_cluster(gateway).await;
    let mut untried = operations();
    let mut wrong = Vec::new();
    for (operation, query, body, gets) in rows(topic) {
        untried.remove(operation);
        let (method, place) = operation.split_once(' ').unwrap();
        let begun = Instant::now();
        let (status, answer) = ask(gateway, method, &url(&cluster, topic, place, query), &body).await;
        if !fine(&gets, status, &answer) || begun.elapsed() > AT_ONCE {
            wrong.push(format!("{operation}: {status} {answer} after {:?}", begun.elapsed()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(untried.is_empty(), "operations without a row: {untried:?}");
}

/// A gateway in the name of a new user with these rights: kind of resource, its name, operation. The other tests' user has none at all.
async fn with_rights(cluster: &Cluster, admin: &Gateway, user: &str, rights: &[(&str, &str, &str)]) -> Gateway {
    let path = path_of_cluster(admin).await;
    let credential = format!("{path}/scram-users/{user}/credentials/SCRAM_SHA_512");
    let (status, answer) = ask(admin, "PUT", &credential, &json!({"password": "secret"})).await;
    assert_eq!(status, 204, "{answer}");
    for right in rights {
        allow(admin, user, *right).await;
    }
    let mut asked = tokio::time::interval(Duration::from_millis(50));
    while admin.get(&format!("{path}/scram-users/{user}")).await.0 != 200 {
        asked.tick().await;
    }
    cluster.gateway(SASL_PLAINTEXT, &cluster.sasl(SASL_PLAINTEXT, "SCRAM-SHA-512", user, "secret")).await
}

async fn allow(admin: &Gateway, user: &str, (kind, resource, operation): (&str, &str, &str)) {
    let acl = json!({"resource_type": kind, "resource_name": resource, "pattern_type": "LITERAL", "principal": format!("User:{user}"),
        "host": "*", "operation": operation, "permission": "ALLOW"});
    let (status, answer) = ask(admin, "POST", &format!("{}/acls", path_of_cluster(admin).await), &acl).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
async fn every_operation_answers_whoever_may_do_nothing() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let topic = name("rights");
    prepare(&cluster, &topic).await;
    let alice = cluster.sasl(SASL_PLAINTEXT, "SCRAM-SHA-512", "alice", "alice-secret");
    let gateway = cluster.gateway(SASL_PLAINTEXT, &alice).await;
    try_all(&gateway, &topic, |gets, status, answer| gets.check(status, answer)).await;
}

/// Brokers answer such a one in other places of their answers: inside, where whoever may do nothing is refused at once.
#[tokio::test]
async fn every_operation_answers_whoever_may_only_look() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let topic = name("looked-at");
    let admin = prepare(&cluster, &topic).await;
    let look = [
        ("TOPIC", topic.as_str(), "DESCRIBE"),
        ("GROUP", "rights-group", "DESCRIBE"),
        ("TRANSACTIONAL_ID", "rights-transaction", "DESCRIBE"),
        ("CLUSTER", "kafka-cluster", "DESCRIBE"),
    ];
    let gateway = with_rights(&cluster, &admin, &name("looker"), &look).await;
    try_all(&gateway, &topic, |_, status, answer| status < 500 && answer["error_code"].as_i64().is_none_or(|code| code / 100 < 500)).await;
}

#[tokio::test]
async fn writing_to_a_topic_that_may_only_be_seen_is_refused_as_such() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let (topic, writable, user) = (name("seen"), name("writable"), name("writer"));
    let admin = prepare(&cluster, &topic).await;
    let gateway = with_rights(&cluster, &admin, &user, &[("TOPIC", &topic, "DESCRIBE")]).await;
    let records = format!("{}/topics/{topic}/records", path_of_cluster(&gateway).await);
    let refused = async |why: &str| {
        for _ in 0..2 {
            let (status, answer) = ask(&gateway, "POST", &records, &json!({"value": {"type": "STRING", "data": "x"}})).await;
            assert_eq!((status, &answer["error_code"]), (200, &json!(UNAUTHORIZED)), "v3, {why}: {answer}");
            let (status, answer) = write_v2(&gateway, &topic).await;
            assert_eq!((status, &answer["offsets"][0]["error_code"]), (403, &json!(UNAUTHORIZED)), "v2, {why}: {answer}");
        }
    };
    refused("Kafka gives the idempotent producer no id, which is its end").await;
    allow(&admin, &user, ("TOPIC", &writable, "WRITE")).await;
    refused("the producer has an id, and Kafka refuses the records").await;
}
