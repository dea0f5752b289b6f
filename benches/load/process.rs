//! The gateway as a process of its own, and what /proc tells of a process.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Result, http::Connection};

/// CPU seconds that the process has used.
pub fn cpu(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
    // User and system time, in ticks of 1/100 s.
    Ok((ticks(11) + ticks(12)) / 100.0)
}

/// An address on which nothing listens.
pub fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// A running gateway. Killed when dropped.
pub struct Gateway {
    child: Child,
    pub address: String,
    pub cluster: String,
    /// From exec to the first answer.
    pub started_in: Duration,
}

impl Gateway {
    /// Starts the gateway of this build and waits until it has answered.
    pub async fn start(bootstrap: &str) -> Result<Self> {
        Self::start_with(&["serve", "--bootstrap-servers", bootstrap]).await
    }

    /// As [`start`](Self::start), with a command and flags.
    pub async fn start_with(arguments: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let begin = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_barnabas"))
            .args(arguments)
            .args(["--listen", &address])
            .env("BARNABAS_LOG", "warn")
            // The gateway refuses settings that it does not know; these are for tests and benchmarks.
            .env_remove("BARNABAS_TEST_BOOTSTRAP")
            .env_remove("BARNABAS_TEST_KAFKA_DIR")
            .stdout(Stdio::null())
            .spawn()?;
        let mut gateway = Self { child, address, cluster: String::new(), started_in: Duration::ZERO };
        loop {
            if let Ok(mut connection) = Connection::open(&gateway.address).await
                && let Ok((200, body)) = connection.call("GET", "/v3/clusters", "", &[]).await
            {
                gateway.started_in = begin.elapsed();
                let clusters: serde_json::Value = serde_json::from_slice(&body)?;
                gateway.cluster = clusters["data"][0]["cluster_id"].as_str().unwrap_or_default().to_owned();
                return Ok(gateway);
            }
            if begin.elapsed() > Duration::from_secs(20) {
                return Err("the gateway did not answer in 20 s".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub fn cpu(&self) -> Result<f64> {
        cpu(self.child.id())
    }

    /// Resident memory in MB.
    pub fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.trim().strip_suffix("kB")).ok_or("no VmRSS")?;
        Ok(kib.trim().parse::<f64>()? * 1024.0 / 1e6)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
