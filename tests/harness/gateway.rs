//! A gateway before real brokers, as a process of its own that a test may stop, and requests to it.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::time::timeout;

/// Longer than a gateway takes to start, or a request to fail.
const PATIENCE: Duration = Duration::from_secs(90);

/// The gateway; killed when it is dropped.
pub struct Gateway {
    pub process: Child,
    pub url: String,
    pub client: reqwest::Client,
}

impl Gateway {
    /// Starts `barnabas serve` with these arguments and variables, and waits until it answers under `path`.
    pub async fn start(arguments: &[&str], variables: &[(&str, &str)], path: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_barnabas"));
        // The tests' own variables are not the gateway's: it refuses those that it does not know.
        std::env::vars().filter(|(name, _)| name.starts_with("BARNABAS_")).for_each(|(name, _)| {
            command.env_remove(name);
        });
        command.envs(variables.iter().copied()).args(["serve", "--listen", &address]).args(arguments);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut gateway = Self { process, url: format!("http://{address}"), client: reqwest::Client::new() };
        timeout(PATIENCE, gateway.answers(path)).await.expect("the gateway answers in time");
        gateway
    }

    async fn answers(&mut self, path: &str) {
        let mut asked = tokio::time::interval(Duration::from_millis(50));
        loop {
            asked.tick().await;
            assert!(self.process.try_wait().unwrap().is_none(), "the gateway ended before it answered");
            let answer = self.client.get(format!("{}{path}", self.url)).send().await;
            if answer.is_ok_and(|it| it.status().is_success()) {
                return;
            }
        }
    }

    /// Status and body of what is under a path.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.client.get(format!("{}{path}", self.url))).await
    }
}

/// Status and body of an answer; null if it has none.
pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = timeout(PATIENCE, request.send()).await.expect("an answer in time").unwrap();
    let (status, body) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Fails only if the process is over, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
