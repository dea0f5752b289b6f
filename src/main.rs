//! The `barnabas` binary: command line → settings → logs → gateway → signal → drain → exit code.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use barnabas::{
    app::App,
    cli::{Cli, greeting::greeting},
    config::Config,
    telemetry,
};
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};

/// One allocator for Rust and, through its unprefixed symbols, for librdkafka, which allocates on one thread and frees on another:
/// the system's allocator contends there, and keeps its memory after bursts.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Something went wrong while running.
const FAILURE: u8 = 1;
/// The command line or the settings cannot be used; clap exits with the same.
const USAGE: u8 = 2;
/// What may still hold threads after the drain gets this long.
const LAST_THREADS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let config = match Cli::of_process().config(environment()) {
        Ok(config) => config,
        Err(e) => return exit(USAGE, &e),
    };
    if let Err(e) = telemetry::start(&config.log) {
        return exit(USAGE, &e);
    }
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(e) => return exit(FAILURE, &e),
    };
    let code = runtime.block_on(run(config));
    runtime.shutdown_timeout(LAST_THREADS);
    code
}

/// Runs the gateway until it is told to stop.
async fn run(config: Config) -> ExitCode {
    // Before the start: a signal that comes meanwhile must not be lost.
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(e) => return exit(FAILURE, &e),
    };
    let app = match App::start(config).await {
        Ok(app) => app,
        Err(e) => return exit(if e.is_of_settings() { USAGE } else { FAILURE }, &e),
    };
    tracing::info!(address = %app.addr(), version = env!("CARGO_PKG_VERSION"), "taking requests");
    if let Some(broker) = app.embedded() {
        // Whoever does not read it does not need it.
        let _ = io::stdout().write_all(greeting(broker.gateway, broker.address, broker.registry, broker.cluster_id).as_bytes());
    }
    signals.next().await;
    tracing::info!("draining; a second signal ends at once");
    tokio::select! {
        () = app.shutdown() => ExitCode::SUCCESS,
        () = signals.next() => ExitCode::from(FAILURE),
    }
}

/// The variables that are text; ours all are.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn exit(code: u8, reason: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("barnabas: {reason}");
    ExitCode::from(code)
}

/// The signals that mean "stop".
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
