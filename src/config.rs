//! Loads and checks the settings, once, at start: defaults, then a TOML file, the environment, the command line.
//!
//! Must not start anything. `keys` has the table of what can be set, `layers` puts the sources over each other; the settings
//! structs stand with the parts that they are for.

#[cfg(test)]
mod document;
pub mod keys;
mod layers;
mod sections;

#[cfg(test)]
mod tests;

use std::{net::SocketAddr, path::Path, time::Duration};

use layers::Layers;
pub use sections::Services;

use crate::{edge, kafka, schema, telemetry};

/// What the gateway runs with.
#[derive(Clone)]
pub struct Config {
    /// Where requests are taken.
    pub listen: SocketAddr,
    /// The brokers.
    pub brokers: Brokers,
    /// How Schema Registry is used, if there is one. The embedded one is used if there is that.
    pub schema_registry: schema::registry::Settings,
    /// Where the embedded Schema Registry listens, if there is to be one.
    pub schema_registry_listen: Option<SocketAddr>,
    /// How long a shutdown may take in all.
    pub shutdown_timeout: Duration,
    /// The edge's settings.
    pub edge: edge::Settings,
    /// The services' settings.
    pub services: Services,
    /// The Kafka clients' settings; the brokers are filled in when they are known.
    pub kafka: kafka::Settings,
    /// What is logged, and how.
    pub log: telemetry::Settings,
}

/// Which brokers the gateway stands before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brokers {
    /// Those of a cluster: `host:port`, separated by commas.
    Remote(String),
    /// The embedded one, which listens here.
    Embedded(SocketAddr),
}

/// The commands that run a gateway: they differ in defaults and in where the brokers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Before a cluster.
    Serve,
    /// With the embedded broker.
    Dev,
}

/// Where settings come from, besides the defaults.
pub struct Sources<'a, E> {
    /// The file, if one is named.
    pub file: Option<&'a Path>,
    /// The environment's variables; those that do not begin with `BARNABAS_` are not looked at.
    pub environment: E,
    /// What the command line says: key and value.
    pub flags: Vec<(&'static str, String)>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read, or is no TOML.
    #[error("{0}: {1}")]
    File(String, String),
    /// There is no such key.
    #[error("{origin}: there is no key `{key}`; the nearest is `{nearest}`")]
    Unknown {
        /// The file, or `environment`.
        origin: String,
        /// The name that is unknown.
        key: String,
        /// The known name that is most like it.
        nearest: String,
    },
    /// A key has a value that it cannot have.
    #[error("{origin}: `{key}` cannot be `{value}`: {reason}")]
    Value {
        /// The file, the variable or `command line`.
        origin: String,
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What it should be.
        reason: String,
    },
    /// Values do not fit their settings struct.
    #[error("{0}")]
    Section(String),
    /// `serve` was not told where Kafka is.
    #[error("no brokers: give --bootstrap-servers, BARNABAS_BOOTSTRAP_SERVERS or `bootstrap_servers` in the file (or try `barnabas dev`)")]
    NoBrokers,
}

/// `barnabas dev` is for this machine only, unless somebody says otherwise.
const DEV_LISTEN: &str = "127.0.0.1:8082";

impl Config {
    /// Loads the settings of a command.
    ///
    /// # Errors
    /// An unknown key or a value out of its range, with its origin; a file that cannot be read; no brokers to serve.
    pub fn load(mode: Mode, sources: Sources<'_, impl IntoIterator<Item = (String, String)>>) -> Result<Self, Error> {
        let mut layers = Layers::defaults();
        if mode == Mode::Dev {
            layers.set("listen", DEV_LISTEN.to_owned(), "defaults")?;
        }
        if let Some(file) = sources.file {
            layers.file(file)?;
        }
        layers.environment(sources.environment)?;
        for (key, value) in sources.flags {
            layers.set(key, value, "command line")?;
        }
        let brokers = match mode {
            Mode::Dev => Brokers::Embedded(address(&layers, "kafka_listen")?),
            Mode::Serve => Brokers::Remote(layers.get("bootstrap_servers").ok_or(Error::NoBrokers)?.to_owned()),
        };
        let schema_registry: schema::registry::Settings = layers.section("schema.registry.", |_| true)?;
        // Whoever names a registry wants that one.
        let embedded = mode == Mode::Dev && schema_registry.urls.is_empty() && layers.get("schema_registry_listen") != Some(keys::OFF);
        let schema_registry_listen = embedded.then(|| address(&layers, "schema_registry_listen")).transpose()?;
        Ok(Self {
            listen: address(&layers, "listen")?,
            brokers,
            schema_registry,
            schema_registry_listen,
            shutdown_timeout: milliseconds(&layers, "shutdown.timeout.ms")?,
            edge: layers.section("edge.", |_| true)?,
            services: layers.section("", Services::has)?,
            kafka: kafka::Settings {
                bootstrap_servers: String::new(),
                client: layers.properties("kafka.client."),
                producer: layers.properties("kafka.producer."),
                consumer: layers.properties("kafka.consumer."),
                admin: layers.properties("kafka.admin."),
                request_timeout: milliseconds(&layers, "kafka.request.timeout.ms")?,
                delivery_timeout: milliseconds(&layers, "kafka.delivery.timeout.ms")?,
            },
            log: layers.section("log.", |_| true)?,
        })
    }
}

/// The value of a key that the table calls an address.
fn address(layers: &Layers, key: &str) -> Result<SocketAddr, Error> {
    let address = layers.get(key).and_then(|text| text.parse().ok());
    address.ok_or_else(|| Error::Section(format!("`{key}` has no address")))
}

/// The value of a key that the table calls a number of milliseconds.
fn milliseconds(layers: &Layers, key: &str) -> Result<Duration, Error> {
    let number = layers.get(key).and_then(|text| text.parse().ok());
    number.map(Duration::from_millis).ok_or_else(|| Error::Section(format!("`{key}` has no number")))
}
