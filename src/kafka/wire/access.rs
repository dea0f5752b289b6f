//! How brokers are reached: what the connection takes from the librdkafka properties of the settings.
//!
//! The names and defaults are librdkafka's, so that nobody configures a second client. Nothing here opens anything.

use std::{fmt, sync::Arc, time::Duration};

use kafka_protocol::protocol::StrBytes;

use super::security::Security;
use crate::{
    error::{Error, Result},
    kafka::settings::Recipe,
};

/// Kafka's port, where an address names none.
const DEFAULT_PORT: u16 = 9092;
/// librdkafka's `socket.connection.setup.timeout.ms`.
const SETUP: Duration = Duration::from_secs(30);
/// The Java client's `connections.max.idle.ms`: a minute before brokers close by themselves.
const IDLE: Duration = Duration::from_secs(540);

/// Where a broker listens.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) host: Arc<str>,
    pub(super) port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

/// Which addresses of a name are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Any,
    V4,
    V6,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// From the first packet until the connection can be used. `socket.connection.setup.timeout.ms`, default 30 s.
    pub(super) setup: Duration,
    /// From the sending of a request until its answer; a connection that lets one wait longer is given up.
    pub(super) answer: Duration,
    /// How long a connection is kept unused; `None` for ever. `connections.max.idle.ms`, default 9 min, 0 for ever.
    pub(super) idle: Option<Duration>,
}

/// All that is needed to connect.
pub(super) struct Access {
    pub(super) bootstrap: Vec<Address>,
    pub(super) client_id: StrBytes,
    pub(super) family: Family,
    pub(super) limits: Limits,
    pub(super) security: Security,
}

impl Access {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) naming a property whose value cannot be understood.
    pub(super) fn new(recipe: &Recipe) -> Result<Self> {
        let of = Properties(recipe);
        let servers = of.text("bootstrap.servers").unwrap_or(&recipe.settings.bootstrap_servers);
        let bootstrap = addresses(servers).map_err(|why| refused("bootstrap.servers", why))?;
        let family = match of.text("broker.address.family") {
            None | Some("any") => Family::Any,
            Some("v4") => Family::V4,
            Some("v6") => Family::V6,
            Some(other) => return Err(refused("broker.address.family", format!("\"{other}\" is none of any, v4, v6"))),
        };
        let limits = Limits {
            setup: of.millis("socket.connection.setup.timeout.ms")?.unwrap_or(SETUP),
            answer: recipe.settings.request_timeout,
            idle: Some(of.millis("connections.max.idle.ms")?.unwrap_or(IDLE)).filter(|idle| !idle.is_zero()),
        };
        let client_id = StrBytes::from_string(of.text("client.id").unwrap_or_default().to_owned());
        Ok(Self { bootstrap, client_id, family, limits, security: Security::new(of)? })
    }
}

/// The error of a property that cannot be understood.
pub(super) fn refused(name: &str, why: impl fmt::Display) -> Error {
    Error::bad_request(format!("Kafka property {name}: {why}"))
}

/// The properties in force for admin requests.
#[derive(Clone, Copy)]
pub(super) struct Properties<'a>(&'a Recipe);

impl<'a> Properties<'a> {
    /// The value, if it is set and not empty. librdkafka has refused a NUL in it already.
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.admin_property(name).filter(|value| !value.is_empty())
    }

    /// A value of `true` or `false`.
    pub(super) fn flag(self, name: &str) -> Result<Option<bool>> {
        let read = |text: &str| match text {
            "true" | "t" | "1" => Ok(true),
            "false" | "f" | "0" => Ok(false),
            other => Err(refused(name, format!("\"{other}\" is none of true, false"))),
        };
        self.text(name).map(read).transpose()
    }

    /// A number of milliseconds.
    pub(super) fn millis(self, name: &str) -> Result<Option<Duration>> {
        let number = |text: &str| text.parse().map(Duration::from_millis).map_err(|_| refused(name, format!("\"{text}\" is no number")));
        self.text(name).map(number).transpose()
    }
}

/// `host:port`, separated by commas. A protocol in front of a host is left out, as librdkafka does.
fn addresses(text: &str) -> Result<Vec<Address>, String> {
    let all = text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(address).collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() { Err("there is no server".to_owned()) } else { Ok(all) }
}

fn address(text: &str) -> Result<Address, String> {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (host, port) = match bare.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match bare.rsplit_once(':') {
            // An IPv6 address without brackets names no port.
            Some((host, _)) if host.contains(':') => (bare, None),
            Some((host, port)) => (host, Some(port)),
            None => (bare, None),
        },
    };
    let port = port.map_or(Ok(DEFAULT_PORT), |port| port.parse().map_err(|_| format!("\"{port}\" in \"{text}\" is no port")))?;
    if host.is_empty() { Err(format!("\"{text}\" names no host")) } else { Ok(Address { host: host.into(), port }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_librdkafka_reads_them() {
        let rows = [
            ("a", "a:9092"),
            ("a:1,b:2", "a:1 b:2"),
            (" a:1 , b ,", "a:1 b:9092"),
            ("PLAINTEXT://a:1", "a:1"),
            ("[::1]:5", "[::1]:5"),
            ("[::1]", "[::1]:9092"),
            ("fe80::1", "[fe80::1]:9092"),
        ];
        for (text, expected) in rows {
            let found = addresses(text).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            assert_eq!(found, expected, "{text}");
        }
        for wrong in ["", " , ", "a:port", "a:70000", ":9092"] {
            assert!(addresses(wrong).is_err(), "{wrong}");
        }
    }
}
