//! The gateway under test: the built binary, with the embedded broker or, if `BARNABAS_TEST_BOOTSTRAP` names brokers, before those.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use barnabas::devbroker;
use serde_json::Value;

/// The bound of every single call; the gateway's own bounds are shorter, or the call is a hang.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The bound from exec to ready, on a machine that is busy with other tests.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// The bound of the drain.
const STOP_TIMEOUT: Duration = Duration::from_secs(40);

/// A gateway that runs until [`Gateway::stop`].
pub struct Gateway {
    process: Child,
    /// The registry that runs as long as the gateway.
    _registry: Option<devbroker::registry::Running>,
    log: PathBuf,
    /// `http://address:port`.
    pub url: String,
    /// The address for raw sockets.
    pub address: String,
    /// The brokers, for native clients.
    pub bootstrap: String,
    /// True if the brokers are the gateway's own one.
    pub embedded: bool,
    /// A client for HTTP/1.1 whose calls end in [`CALL_TIMEOUT`].
    pub http: reqwest::Client,
    /// A connection for gRPC.
    pub channel: tonic::transport::Channel,
    /// The cluster's id.
    pub cluster_id: String,
    /// The brokers' ids, sorted.
    pub brokers: Vec<i64>,
    /// What makes names differ from those of earlier runs on the same brokers.
    pub run: String,
}

impl Gateway {
    /// Starts the gateway with these settings (as in the environment) and waits until it is ready.
    ///
    /// # Errors
    /// The gateway does not become ready; the text has its log.
    pub async fn start(settings: &[(&str, &str)]) -> Result<Self, String> {
        let address = free_address();
        let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("blackbox-{}.log", address.replace(':', "-")));
        let mut command = Command::new(env!("CARGO_BIN_EXE_barnabas"));
        // Nothing but the command line decides: the tests' own variables are no settings, and a developer's must not matter.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BARNABAS_")) {
            command.env_remove(name);
        }
        let mut registry = None;
        let (bootstrap, embedded) = match std::env::var("BARNABAS_TEST_BOOTSTRAP") {
            Ok(bootstrap) => {
                // The tests' own registry, if they are not given another one.
                let url = match std::env::var("BARNABAS_TEST_SCHEMA_REGISTRY") {
                    Ok(url) => url,
                    Err(_) => {
                        let running = devbroker::registry::start("127.0.0.1:0".parse().expect("an address")).await;
                        registry.insert(running.map_err(|e| e.to_string())?).url()
                    }
                };
                command.args(["serve", "--listen", &address, "--bootstrap-servers", &bootstrap, "--schema-registry-url", &url]);
                (bootstrap, false)
            }
            Err(_) => {
                let kafka = free_address();
                command.args(["dev", "--listen", &address, "--kafka-listen", &kafka, "--schema-registry-listen", "127.0.0.1:0"]);
                (kafka, true)
            }
        };
        command.envs(settings.iter().copied());
        let output = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let errors = output.try_clone().map_err(|e| e.to_string())?;
        let process = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().map_err(|e| format!("barnabas: {e}"))?;
        let http = reqwest::Client::builder().timeout(CALL_TIMEOUT).no_proxy().build().map_err(|e| e.to_string())?;
        let url = format!("http://{address}");
        let channel = tonic::transport::Endpoint::from_shared(url.clone()).expect("a URL").timeout(CALL_TIMEOUT).connect_lazy();
        let run = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
        let mut gateway = Self {
            process,
            _registry: registry,
            log,
            url,
            address,
            bootstrap,
            embedded,
            http,
            channel,
            cluster_id: String::new(),
            brokers: Vec::new(),
            run: format!("{:x}", run & 0xff_ffff_ffff),
        };
        gateway.ready().await?;
        Ok(gateway)
    }

    async fn ready(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            let got = self.http.get(format!("{}/readyz", self.url)).send().await;
            if got.as_ref().is_ok_and(|r| r.status() == 200) {
                break;
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("the gateway ended at once, {status}:\n{}", self.log()));
            }
            if begun.elapsed() > READY_TIMEOUT {
                return Err(format!("not ready after {READY_TIMEOUT:?}, last {got:?}:\n{}", self.log()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let clusters = self.json("/v3/clusters").await?;
        self.cluster_id = clusters["data"][0]["cluster_id"].as_str().ok_or_else(|| format!("no cluster id: {clusters}"))?.to_owned();
        let brokers = self.json("/brokers").await?;
        self.brokers = brokers["brokers"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        Ok(())
    }

    /// What is under a path.
    ///
    /// # Errors
    /// There is nothing, or it is no JSON.
    pub async fn json(&self, path: &str) -> Result<Value, String> {
        let response = self.http.get(format!("{}{path}", self.url)).send().await.map_err(|e| format!("GET {path}: {e:?}"))?;
        let (status, text) = (response.status(), response.text().await.map_err(|e| format!("GET {path}: {e:?}"))?);
        if status != 200 {
            return Err(format!("GET {path}: {status} {text}"));
        }
        serde_json::from_str(&text).map_err(|e| format!("GET {path}: {e}: {text}"))
    }

    /// What the gateway has printed so far, of which the last lines.
    pub fn log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// What is in the log and must not be: signs of a defect.
    pub fn complaints(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().filter(|l| ["panicked", "internal error"].iter().any(|sign| l.contains(sign))).map(str::to_owned).collect()
    }

    /// Asks the gateway to end, as an operator does, and waits until it has.
    ///
    /// # Errors
    /// It does not end in time, or not with success.
    pub async fn stop(&mut self) -> Result<(), String> {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        asked.ok().filter(ExitStatus::success).ok_or("kill failed")?;
        let begun = Instant::now();
        while begun.elapsed() < STOP_TIMEOUT {
            match self.process.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the gateway ended with {status}:\n{}", self.log())),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        Err(format!("the gateway did not end within {STOP_TIMEOUT:?} of SIGTERM:\n{}", self.log()))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill, and that is no error.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}
