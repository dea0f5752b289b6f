//! A gateway as a process of its own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::brokers::{Cluster, Properties};

/// Longer than a gateway takes to start, or a request to fail.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway before the brokers, as a process of its own; killed when it is dropped.
pub struct Gateway {
    process: Child,
    url: String,
    client: reqwest::Client,
    _settings: tempfile::TempDir,
}

impl Gateway {
    pub async fn start(cluster: &Cluster, listener: u16, properties: &Properties) -> Self {
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

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &Value::Null).await
    }

    /// Status and body; null where an answer has none.
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = timeout(PATIENCE, request.send()).await.expect("an answer in time").unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { text.parse().unwrap() })
    }

    /// Writes a record over API v2.
    pub async fn write_v2(&self, topic: &str) -> (u16, Value) {
        let records = json!({"records": [{"value": {"a": 1}}]});
        let request = self.client.post(format!("{}/topics/{topic}", self.url)).header("content-type", "application/vnd.kafka.json.v2+json");
        let answer = timeout(PATIENCE, request.body(records.to_string()).send()).await.expect("an answer in time").unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The path of the cluster.
    pub async fn cluster(&self) -> String {
        let (_, clusters) = self.get("/v3/clusters").await;
        format!("/v3/clusters/{}", clusters["data"][0]["cluster_id"].as_str().unwrap_or_else(|| panic!("{clusters}")))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Fails only if the process is over, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
