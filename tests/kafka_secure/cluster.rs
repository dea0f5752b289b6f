//! The brokers that are there, and the properties of librdkafka that they let in.

use std::path::PathBuf;

use serde_json::json;

use crate::{brokers::Brokers, gateway::Gateway};

/// What `tests/kafka/kafka` adds to the port of the plain listener.
pub const SASL_PLAINTEXT: u16 = 200;
pub const SASL_SSL: u16 = 300;
pub const SSL: u16 = 400;

/// Properties of librdkafka.
pub type Properties = Vec<(&'static str, String)>;

/// The brokers that `tests/kafka/kafka` started.
pub struct Cluster {
    ports: Vec<u16>,
    certificates: PathBuf,
}

impl Cluster {
    /// None, with a message, outside of `make test-kafka`.
    pub fn of_environment() -> Option<Self> {
        let Brokers { bootstrap, folder } = Brokers::of_environment("an Apache Kafka with secure listeners", "certs")?;
        let ports = bootstrap.split(',').map(|server| server.rsplit(':').next().unwrap().parse().unwrap()).collect();
        Some(Self { ports, certificates: folder.join("certs") })
    }

    /// A gateway with these properties. It answers, also if the brokers do not let it in.
    pub async fn gateway(&self, listener: u16, properties: &Properties) -> Gateway {
        let servers: Vec<_> = self.ports.iter().map(|port| format!("127.0.0.1:{}", port + listener)).collect();
        let lines: String = properties.iter().map(|(name, value)| format!("client.{name} = {}\n", json!(value))).collect();
        // Read once, at the start.
        let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        std::fs::write(&file, format!("[kafka]\nrequest.timeout.ms = 20000\n{lines}")).unwrap();
        let arguments = ["--config", file.path().to_str().unwrap(), "--bootstrap-servers", &servers.join(",")];
        Gateway::start(&arguments, &[("BARNABAS_LOG", "error,librdkafka=off")], "/livez").await
    }

    pub fn file(&self, name: &str) -> String {
        self.certificates.join(name).to_str().unwrap().to_owned()
    }

    /// As the one who may do everything.
    pub fn admin(&self, listener: u16, mechanism: &'static str, password: &str) -> Properties {
        self.sasl(listener, mechanism, "admin", password)
    }

    /// By user name and password.
    pub fn sasl(&self, listener: u16, mechanism: &'static str, user: &str, password: &str) -> Properties {
        let mut properties = vec![
            ("security.protocol", if listener == SASL_SSL { "SASL_SSL" } else { "SASL_PLAINTEXT" }.to_owned()),
            ("sasl.mechanisms", mechanism.to_owned()),
            ("sasl.username", user.to_owned()),
            ("sasl.password", password.to_owned()),
        ];
        if listener == SASL_SSL {
            properties.push(("ssl.ca.location", self.file("ca.pem")));
        }
        properties
    }

    /// By a certificate, whose CA is the one that signs here if it is `ca.pem`.
    pub fn ssl(&self, ca: &str, more: &[(&'static str, String)]) -> Properties {
        let mut properties = vec![("security.protocol", "SSL".to_owned()), ("ssl.ca.location", self.file(ca))];
        properties.extend(more.iter().cloned());
        properties
    }
}
