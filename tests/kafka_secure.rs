//! Every way in which Kafka lets a client in, on a real Kafka: each must work for librdkafka and for the gateway's own connections
//! alike, from the same properties, and each must be refused alike.
//!
//! `make test-kafka` starts brokers with `--secure` and sets `BARNABAS_TEST_BOOTSTRAP` and `BARNABAS_TEST_KAFKA_DIR`; without them
//! the tests say that they are skipped. Start reading at the tests at the end.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::time::timeout;

/// Longer than a gateway takes to start, or a request to fail.
const PATIENCE: Duration = Duration::from_secs(60);
/// What `tests/kafka/kafka` adds to the port of the plain listener.
const SASL_PLAINTEXT: u16 = 200;
const SASL_SSL: u16 = 300;
const SSL: u16 = 400;

/// Properties of librdkafka.
type Properties = Vec<(&'static str, String)>;

/// The brokers that `tests/kafka/kafka` started.
struct Cluster {
    ports: Vec<u16>,
    certificates: PathBuf,
}

impl Cluster {
    /// None, with a message, outside of `make test-kafka`.
    fn of_environment() -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        let folder = variable("BARNABAS_TEST_KAFKA_DIR").map(|dir| Path::new(&dir).join("certs")).filter(|certs| certs.exists());
        let Some((bootstrap, certificates)) = variable("BARNABAS_TEST_BOOTSTRAP").zip(folder) else {
            eprintln!("skipped: needs an Apache Kafka with secure listeners, run `make test-kafka`");
            return None;
        };
        let ports = bootstrap.split(',').map(|server| server.rsplit(':').next().unwrap().parse().unwrap()).collect();
        Some(Self { ports, certificates })
    }

    fn file(&self, name: &str) -> String {
        self.certificates.join(name).to_str().unwrap().to_owned()
    }

    /// By user name and password.
    fn sasl(&self, listener: u16, mechanism: &'static str, password: &str) -> Properties {
        let mut properties = vec![
            ("security.protocol", if listener == SASL_SSL { "SASL_SSL" } else { "SASL_PLAINTEXT" }.to_owned()),
            ("sasl.mechanisms", mechanism.to_owned()),
            ("sasl.username", "admin".to_owned()),
            ("sasl.password", password.to_owned()),
        ];
        if listener == SASL_SSL {
            properties.push(("ssl.ca.location", self.file("ca.pem")));
        }
        properties
    }

    /// By a certificate, whose CA is the one that signs here if it is `ca.pem`.
    fn ssl(&self, ca: &str, more: &[(&'static str, String)]) -> Properties {
        let mut properties = vec![("security.protocol", "SSL".to_owned()), ("ssl.ca.location", self.file(ca))];
        properties.extend(more.iter().cloned());
        properties
    }
}

/// A gateway before the brokers, as a process of its own; killed when it is dropped.
struct Gateway {
    process: Child,
    url: String,
    client: reqwest::Client,
    _settings: tempfile::TempDir,
}

impl Gateway {
    async fn start(cluster: &Cluster, listener: u16, properties: &Properties) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let servers: Vec<_> = cluster.ports.iter().map(|port| format!("127.0.0.1:{}", port + listener)).collect();
        let folder = tempfile::tempdir().unwrap();
        let lines: String = properties.iter().map(|(name, value)| format!("client.{name} = {}\n", json!(value))).collect();
        let file = folder.path().join("barnabas.toml");
        std::fs::write(&file, format!("[kafka]\nrequest.timeout.ms = 20000\n{lines}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_barnabas"));
        // The tests' own variables are not the gateway's: it refuses those that it does not know.
        std::env::vars().filter(|(name, _)| name.starts_with("BARNABAS_")).for_each(|(name, _)| {
            command.env_remove(name);
        });
        command.env("BARNABAS_LOG", "error,librdkafka=off");
        command.args(["serve", "--config", file.to_str().unwrap(), "--listen", &address, "--bootstrap-servers", &servers.join(",")]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut gateway = Self { process, url: format!("http://{address}"), client: reqwest::Client::new(), _settings: folder };
        timeout(PATIENCE, gateway.serves()).await.expect("the gateway serves in time");
        gateway
    }

    async fn serves(&mut self) {
        let mut asked = tokio::time::interval(Duration::from_millis(50));
        loop {
            asked.tick().await;
            assert!(self.process.try_wait().unwrap().is_none(), "the gateway ended before it served");
            if self.client.get(format!("{}/livez", self.url)).send().await.is_ok() {
                return;
            }
        }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = timeout(PATIENCE, self.client.get(format!("{}{path}", self.url)).send()).await.expect("an answer in time").unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Asks by librdkafka and by an own connection, and writes a record.
    async fn works(&self, topic: &str, why: &str) {
        let (status, clusters) = self.get("/v3/clusters").await;
        assert_eq!(status, 200, "{why}: {clusters}");
        let cluster = format!("{}/v3/clusters/{}", self.url, clusters["data"][0]["cluster_id"].as_str().unwrap());
        let (status, quorum) = self.get(cluster.strip_prefix(&self.url).map(|path| format!("{path}/quorum")).unwrap().as_str()).await;
        assert!(status == 200 && quorum["leader_id"].is_i64(), "{why}: {quorum}");
        let created = self.client.post(format!("{cluster}/topics")).json(&json!({"topic_name": topic, "partitions_count": 1}));
        let created = created.send().await.unwrap();
        assert_eq!(created.status(), 201, "{why}");
        let records = json!({"records": [{"value": {"why": why}}]});
        let kind = "application/vnd.kafka.json.v2+json";
        let written = self.client.post(format!("{}/topics/{topic}", self.url)).header("content-type", kind).body(records.to_string());
        let written: Value = written.send().await.unwrap().json().await.unwrap();
        assert_eq!(written["offsets"][0]["offset"], 0, "{why}: {written}");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Fails only if the process is over, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn name(what: &str) -> String {
    format!("secure-{what}-{}", std::process::id())
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
        ("plain", SASL_PLAINTEXT, cluster.sasl(SASL_PLAINTEXT, "PLAIN", "admin-secret")),
        ("plain-tls", SASL_SSL, cluster.sasl(SASL_SSL, "PLAIN", "admin-secret")),
        ("scram-256", SASL_PLAINTEXT, cluster.sasl(SASL_PLAINTEXT, "SCRAM-SHA-256", "admin-secret")),
        ("scram-512-tls", SASL_SSL, cluster.sasl(SASL_SSL, "SCRAM-SHA-512", "admin-secret")),
        ("oauthbearer", SASL_PLAINTEXT, unsigned),
        ("certificate", SSL, cluster.ssl("ca.pem", &pem)),
        ("keystore", SSL, cluster.ssl("ca.pem", &store)),
    ];
    for (what, listener, properties) in rows {
        Gateway::start(&cluster, listener, &properties).await.works(&name(what), what).await;
    }
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let pem = [("ssl.certificate.location", cluster.file("admin.pem")), ("ssl.key.location", cluster.file("admin.key"))];
    let rows = [
        ("a wrong password", SASL_PLAINTEXT, cluster.sasl(SASL_PLAINTEXT, "PLAIN", "wrong")),
        ("a wrong password, SCRAM", SASL_SSL, cluster.sasl(SASL_SSL, "SCRAM-SHA-256", "wrong")),
        ("a CA that did not sign", SSL, cluster.ssl("other.pem", &pem)),
    ];
    // librdkafka tries until the time is over.
    let refused = rows.iter().map(async |(why, listener, properties)| {
        let gateway = Gateway::start(&cluster, *listener, properties).await;
        let (status, answer) = gateway.get("/v3/clusters").await;
        assert!(status >= 400, "{why}: {answer}");
    });
    futures::future::join_all(refused).await;
}

#[tokio::test]
async fn a_session_that_ends_is_renewed_without_an_error() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let gateway = Gateway::start(&cluster, SASL_PLAINTEXT, &cluster.sasl(SASL_PLAINTEXT, "PLAIN", "admin-secret")).await;
    let (_, clusters) = gateway.get("/v3/clusters").await;
    let path = format!("/v3/clusters/{}/quorum", clusters["data"][0]["cluster_id"].as_str().unwrap());
    // The brokers end a session after 3 s.
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        let (status, answer) = gateway.get(&path).await;
        assert_eq!(status, 200, "{answer}");
    }
}
