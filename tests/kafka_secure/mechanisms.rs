//! Who is let in, and who is not.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    cluster::{Cluster, SASL_PLAINTEXT, SASL_SSL, SSL},
    gateway::Gateway,
    name,
    requests::{ask, path_of_cluster, write_v2},
};

/// Asks by librdkafka and by an own connection, and writes a record.
async fn works(gateway: &Gateway, topic: &str, why: &str) {
    let cluster = path_of_cluster(gateway).await;
    let (status, quorum) = gateway.get(&format!("{cluster}/quorum")).await;
    assert!(status == 200 && quorum["leader_id"].is_i64(), "{why}: {quorum}");
    let (status, created) = ask(gateway, "POST", &format!("{cluster}/topics"), &json!({"topic_name": topic, "partitions_count": 1})).await;
    assert_eq!(status, 201, "{why}: {created}");
    let (_, written) = write_v2(gateway, topic).await;
    assert_eq!(written["offsets"][0]["offset"], 0, "{why}: {written}");
}

#[tokio::test]
async fn every_mechanism_lets_both_clients_in() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let pem = [("ssl.certificate.location", cluster.file("admin.pem")), ("ssl.key.location", cluster.file("admin.key"))];
    let store = [("ssl.keystore.location", cluster.file("admin.p12")), ("ssl.keystore.password", "secret".to_owned())];
    let unsigned = vec![
        ("security.protocol", "SASL_PLAINTEXT".to_owned()),
        ("sasl.mechanisms", "OAUTHBEARER".to_owned()),
        ("enable.sasl.oauthbearer.unsecure.jwt", "true".to_owned()),
        ("sasl.oauthbearer.config", "principal=admin".to_owned()),
    ];
    let rows = [
        ("plain", SASL_PLAINTEXT, cluster.admin(SASL_PLAINTEXT, "PLAIN", "admin-secret")),
        ("plain-tls", SASL_SSL, cluster.admin(SASL_SSL, "PLAIN", "admin-secret")),
        ("scram-256", SASL_PLAINTEXT, cluster.admin(SASL_PLAINTEXT, "SCRAM-SHA-256", "admin-secret")),
        ("scram-512-tls", SASL_SSL, cluster.admin(SASL_SSL, "SCRAM-SHA-512", "admin-secret")),
        ("oauthbearer", SASL_PLAINTEXT, unsigned),
        ("certificate", SSL, cluster.ssl("ca.pem", &pem)),
        ("keystore", SSL, cluster.ssl("ca.pem", &store)),
    ];
    for (what, listener, properties) in rows {
        works(&cluster.gateway(listener, &properties).await, &name(what), what).await;
    }
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let pem = [("ssl.certificate.location", cluster.file("admin.pem")), ("ssl.key.location", cluster.file("admin.key"))];
    let rows = [
        ("a wrong password", SASL_PLAINTEXT, cluster.admin(SASL_PLAINTEXT, "PLAIN", "wrong"), 40101),
        ("a wrong password, SCRAM", SASL_SSL, cluster.admin(SASL_SSL, "SCRAM-SHA-256", "wrong"), 40101),
        ("a CA that did not sign", SSL, cluster.ssl("other.pem", &pem), 50003),
    ];
    let refused = rows.iter().map(async |(why, listener, properties, number)| {
        let gateway = cluster.gateway(*listener, properties).await;
        // The second time it is known already.
        for _ in 0..2 {
            let begun = Instant::now();
            let (status, answer) = gateway.get("/v3/clusters").await;
            assert_eq!((i64::from(status), answer["error_code"].as_i64()), (number / 100, Some(*number)), "{why}: {answer}");
            // librdkafka goes on trying until the time is over; that a certificate is not good is not told apart from a lost connection.
            assert!(*number != 40101 || begun.elapsed() < Duration::from_secs(10), "{why}: after {:?}", begun.elapsed());
        }
    });
    futures::future::join_all(refused).await;
}

#[tokio::test]
async fn a_session_that_ends_is_renewed_without_an_error() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let gateway = cluster.gateway(SASL_PLAINTEXT, &cluster.admin(SASL_PLAINTEXT, "PLAIN", "admin-secret")).await;
    let path = format!("{}/quorum", path_of_cluster(&gateway).await);
    // The brokers end a session after 3 s.
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        let (status, answer) = gateway.get(&path).await;
        assert_eq!(status, 200, "{answer}");
    }
}
