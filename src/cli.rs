//! The command line: a contract with users and their scripts. Turns it into a [`Config`]; starts nothing.

pub mod greeting;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Error, Mode, Sources};

/// gRPC and REST gateway for Apache Kafka.
#[derive(Debug, Parser)]
#[command(name = "barnabas", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a Kafka cluster.
    Serve(Serve),
    /// Try it out: an embedded broker and the gateway before it, with nothing else to install.
    Dev(Dev),
}

#[derive(Debug, Args)]
struct Shared {
    /// Where to take requests, as address:port [default: 0.0.0.0:8082 for serve, 127.0.0.1:8082 for dev]
    #[arg(long, value_name = "ADDR", env = "BARNABAS_LISTEN")]
    listen: Option<String>,
    /// URL of Schema Registry
    #[arg(long, value_name = "URL", env = "BARNABAS_SCHEMA_REGISTRY_URL")]
    schema_registry_url: Option<String>,
    /// TOML file with settings (docs/configuration.md)
    #[arg(long, value_name = "FILE", env = "BARNABAS_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    shared: Shared,
    /// host:port of Kafka brokers, separated by commas
    #[arg(long, value_name = "LIST", env = "BARNABAS_BOOTSTRAP_SERVERS")]
    bootstrap_servers: Option<String>,
}

#[derive(Debug, Args)]
struct Dev {
    #[command(flatten)]
    shared: Shared,
    /// Where the embedded broker listens [default: 127.0.0.1:9092]
    #[arg(long, value_name = "ADDR", env = "BARNABAS_KAFKA_LISTEN")]
    kafka_listen: Option<String>,
    /// Where the embedded Schema Registry listens, or `off` [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR", env = "BARNABAS_SCHEMA_REGISTRY_LISTEN")]
    schema_registry_listen: Option<String>,
}

impl Cli {
    /// The process's command line. Ends the process where it asks for help (exit code 0) or cannot be used (2).
    pub fn of_process() -> Self {
        Self::parse()
    }

    /// The settings of the command, from the file, the environment and the flags.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn config(self, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config, Error> {
        let (mode, shared, own) = match self.command {
            Command::Serve(serve) => (Mode::Serve, serve.shared, vec![("bootstrap_servers", serve.bootstrap_servers)]),
            Command::Dev(dev) => {
                let own = vec![("kafka_listen", dev.kafka_listen), ("schema_registry_listen", dev.schema_registry_listen)];
                (Mode::Dev, dev.shared, own)
            }
        };
        let flags = [("listen", shared.listen), ("schema.registry.url", shared.schema_registry_url)];
        let flags = flags.into_iter().chain(own).filter_map(|(key, value)| Some((key, value?))).collect();
        Config::load(mode, Sources { file: shared.config.as_deref(), environment, flags })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::config::Brokers;

    fn config(line: &str) -> Result<Config, String> {
        Cli::try_parse_from(line.split(' ')).map_err(|e| e.to_string())?.config([]).map_err(|e| e.to_string())
    }

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_lines_are_taken() {
        let serve = config("barnabas serve --listen 127.0.0.1:1 --bootstrap-servers a:1,b:2 --schema-registry-url http://sr")
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((serve.listen.port(), serve.brokers), (1, Brokers::Remote("a:1,b:2".to_owned())));
        assert_eq!(serve.schema_registry.urls, ["http://sr"]);
        let dev = config("barnabas dev --kafka-listen 127.0.0.1:0").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((dev.listen.to_string(), dev.brokers), ("127.0.0.1:8082".to_owned(), Brokers::Embedded("127.0.0.1:0".parse().unwrap())));
        for (line, registry, why) in [
            ("barnabas dev", Some("127.0.0.1:8081"), "its usual port"),
            ("barnabas dev --schema-registry-listen 127.0.0.1:0", Some("127.0.0.1:0"), "another one"),
            ("barnabas dev --schema-registry-listen off", None, "none"),
            ("barnabas dev --schema-registry-url http://sr", None, "another registry"),
            ("barnabas serve --bootstrap-servers a:1", None, "only for trying out"),
        ] {
            let config = config(line).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(config.schema_registry_listen, registry.map(|address| address.parse().unwrap()), "{why}");
        }
    }

    #[test]
    fn a_wrong_line_is_refused() {
        for (line, expected) in [
            ("barnabas serve", "no brokers"),
            ("barnabas dev --bootstrap-servers a:1", "unexpected argument"),
            ("barnabas dev --listen here", "not an address"),
            ("barnabas dev --schema-registry-listen no", "not an address"),
            ("barnabas dev --config /nowhere.toml", "/nowhere.toml"),
            ("barnabas", "Usage"),
        ] {
            let Err(error) = config(line) else { panic!("{line}: accepted") };
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
