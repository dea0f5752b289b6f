//! What the gateway costs beside librdkafka itself: CPU per record of the whole process, latency at a fixed rate, memory, start.
//!
//! `cargo bench --bench load -- --bootstrap HOST:PORT` starts the gateway, drives each surface in turn, each right after the native
//! client that it is compared with, and prints a table of ratios. Records with schemas are compared with the same records in JSON, in a
//! table of their own. Compare ratios of one run only: the machine's speed drifts.
//! `--only TEXT` picks scenarios, `--seconds N` sets their length (5). The topic is made anew for each scenario, with three partitions.

mod grpc;
mod http;
mod native;
mod process;
mod rest;
mod schemas;

use std::time::Duration;

use process::Gateway;

/// What one scenario did.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    /// Records that were acknowledged or read.
    pub records: u64,
    /// CPU seconds of the measured process.
    pub cpu: f64,
    /// Of each request, if the scenario is about them.
    pub latencies: Vec<Duration>,
}

impl Outcome {
    /// CPU microseconds per record.
    fn cost(&self) -> f64 {
        self.cpu * 1e6 / (self.records.max(1) as f64)
    }

    fn quantile(&mut self, q: f64) -> Duration {
        self.latencies.sort_unstable();
        let at = ((self.latencies.len() as f64 - 1.0).max(0.0) * q) as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// How the run was asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The brokers.
    pub bootstrap: String,
    /// How long a scenario lasts.
    pub seconds: f64,
    only: String,
    /// Bytes of a record's value.
    pub size: usize,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;
/// What can go wrong is for people to read.
pub type Result<T> = std::result::Result<T, Failure>;

fn settings() -> Result<Settings> {
    let mut settings = Settings { bootstrap: "127.0.0.1:9092".into(), seconds: 5.0, only: String::new(), size: 100 };
    let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
    while let Some(flag) = args.next() {
        let mut value = || args.next().ok_or(format!("{flag} needs a value"));
        match flag.as_str() {
            "--bootstrap" => settings.bootstrap = value()?,
            "--seconds" => settings.seconds = value()?.parse()?,
            "--size" => settings.size = value()?.parse()?,
            "--only" => settings.only = value()?,
            other => return Err(format!("unknown argument {other}: --bootstrap, --seconds, --size, --only").into()),
        }
    }
    Ok(settings)
}

/// A record's value of this many bytes.
pub fn payload(size: usize, i: usize) -> String {
    let text = format!("{i:08}-");
    text.chars().chain("abcdefghijklmnopqrstuvwxyz0123456789".chars().cycle()).take(size).collect()
}

fn main() -> Result<()> {
    let settings = settings()?;
    if let Ok(what) = std::env::var(native::CHILD) {
        return native::child(&what, &settings);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::task::LocalSet::new().run_until(run(settings)))
}

async fn run(settings: Settings) -> Result<()> {
    table("native", "gateway");
    let wanted = |name: &str| name.contains(&settings.only);
    for (name, drive) in rest::SCENARIOS {
        if wanted(name) {
            produce(&settings, name, *drive).await?;
        }
    }
    for (name, kind) in grpc::SCENARIOS {
        if wanted(name) {
            let native = native::run("produce", &settings, &native::topic(&settings, "native").await?)?;
            let gateway = Gateway::start(&settings.bootstrap).await?;
            let topic = native::topic(&settings, "grpc").await?;
            row(name, &native, &grpc::run(*kind, &settings, &gateway, &topic).await?);
        }
    }
    if wanted("v2 binary read") {
        let topic = native::filled(&settings).await?;
        let native = native::run("consume", &settings, &topic)?;
        let gateway = Gateway::start(&settings.bootstrap).await?;
        row("v2 binary read", &native, &rest::read(&gateway, "binary", &topic).await?);
    }
    if wanted("schemas") {
        schemas::run(&settings).await?;
    }
    println!();
    if wanted("rate") {
        let topic = native::topic(&settings, "rate").await?;
        let mut native = native::run("rate", &settings, &topic)?;
        let gateway = Gateway::start(&settings.bootstrap).await?;
        let mut ours = rest::rate(&settings, &gateway, &topic)?;
        for (name, q) in [("p50", 0.5), ("p99", 0.99)] {
            let (native, ours) = (native.quantile(q), ours.quantile(q));
            println!(
                "500 records a second, one a request, {name}: native {native:.2?}, gateway {ours:.2?}, ratio {:.2}",
                ours.as_secs_f64() / native.as_secs_f64()
            );
        }
    }
    if wanted("memory") {
        let gateway = Gateway::start(&settings.bootstrap).await?;
        println!("resident memory, idle: {:.1} MB", gateway.resident()?);
        let topic = native::topic(&settings, "memory").await?;
        rest::instances(&gateway, &topic, 100).await?;
        println!("resident memory, 100 consumer instances: {:.1} MB", gateway.resident()?);
    }
    if wanted("start") {
        let mut times = Vec::new();
        for _ in 0..7 {
            times.push(Gateway::start(&settings.bootstrap).await?.started_in);
        }
        times.sort_unstable();
        println!("from exec to the first 200 on /v3/clusters: median {:.0?} of 7", times[times.len() / 2]);
    }
    Ok(())
}

async fn produce(settings: &Settings, name: &str, drive: rest::Drive) -> Result<()> {
    let native = native::run("produce", settings, &native::topic(settings, "native").await?)?;
    let gateway = Gateway::start(&settings.bootstrap).await?;
    let topic = native::topic(settings, "rest").await?;
    row(name, &native, &rest::produce(drive, settings, &gateway, &topic).await?);
    Ok(())
}

/// The head of a table: what is compared with what.
pub fn table(base: &str, measured: &str) {
    println!("| scenario | {base}, µs CPU a record | {measured}, µs CPU a record | ratio | records |");
    println!("|---|---|---|---|---|");
}

/// A line of the table: what something costs beside its base.
pub fn row(name: &str, base: &Outcome, measured: &Outcome) {
    let (b, m) = (base.cost(), measured.cost());
    println!("| {name} | {b:.2} | {m:.2} | {:.2} | {} |", m / b, measured.records);
}
