//! Starts the logs and the metrics. Must be called once per process, by `main`; tests that only need metrics call [`metrics()`].

use std::{
    io::{IsTerminal, stderr},
    sync::OnceLock,
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Deserialize;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What is logged, `log.*` in the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A level or directives of tracing-subscriber. Default: `info`.
    pub filter: String,
    /// How a line looks. Default: text.
    pub format: Format,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text }
    }
}

/// Sends log lines to standard error from now on; standard output is left to what the user asked for.
///
/// # Errors
/// Text: the filter is not in form, or there is a logger already.
pub fn start(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::builder().parse(&settings.filter).map_err(|e| format!("log.filter: {e}"))?;
    let lines = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(filter);
    tracing_subscriber::registry().with(lines).try_init().map_err(|e| e.to_string())
}

/// The process's metrics; the first call starts them.
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            // Without buckets a histogram keeps every value. The bounds are not empty, which is the only error there is.
            let builder = PrometheusBuilder::new().set_buckets(&SECONDS).unwrap_or_default();
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another part of the process records metrics already: /metrics stays empty");
            }
            handle
        })
        .clone()
}
