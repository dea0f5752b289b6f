//! The table of keys: what can be set, in which range, to what effect. `docs/configuration.md` is written from it.
//!
//! A key is added here and in the settings struct of the part that it is for; a test holds the defaults of both against each other.

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; empty is the same as absent.
    Text,
    /// Texts separated by commas; in the file also an array.
    List,
    /// `address:port`.
    Address,
    /// `address:port`, or [`OFF`].
    AddressOrOff,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number of this unit, from the first to the second number.
    Whole(&'static str, i64, i64),
}

/// What stands for no address.
pub const OFF: &str = "off";

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name, with dots; dots are tables in the file.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Its value where nothing is given; empty is none.
    pub default: &'static str,
    /// What it does.
    pub text: &'static str,
}

impl Key {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        // The customary name of a log filter has no further word.
        if self.name == "log.filter" { format!("{PREFIX}LOG") } else { variable(self.name) }
    }
}

/// How our environment variables begin.
pub const PREFIX: &str = "BARNABAS_";
/// The environment variable that names the file; it is no key.
pub const FILE_VARIABLE: &str = "BARNABAS_CONFIG";

/// True for the variables that Kubernetes gives to every container beside a Service called `barnabas`: its address, in two old forms.
pub fn is_service_link(variable: &str) -> bool {
    let Some(rest) = variable.strip_prefix(PREFIX) else { return false };
    let of_a_port = |rest: &str| {
        let (number, rest) = rest.split_once('_').unwrap_or_default();
        let (protocol, rest) = rest.split_once('_').unwrap_or((rest, ""));
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        is_number && ["TCP", "UDP", "SCTP"].contains(&protocol) && ["", "PROTO", "PORT", "ADDR"].contains(&rest)
    };
    match rest {
        "SERVICE_HOST" | "SERVICE_PORT" | "PORT" => true,
        _ => rest.starts_with("SERVICE_PORT_") || rest.strip_prefix("PORT_").is_some_and(of_a_port),
    }
}

/// The environment variable for a name with dots.
pub fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "_").to_uppercase())
}

/// Keys that begin so are followed by the name of a librdkafka property.
pub const PASSED_ON: [(&str, &str); 4] = [
    ("kafka.client.", "all of the gateway's Kafka clients"),
    ("kafka.producer.", "the producer, over those of all clients"),
    ("kafka.consumer.", "consumers, over those of all clients"),
    ("kafka.admin.", "admin and metadata requests, over those of all clients"),
];

/// The largest number of milliseconds: a day.
const DAY: i64 = 86_400_000;
/// The largest number of bytes or things: what fits everywhere.
const MANY: i64 = i32::MAX as i64;
/// The largest size of buffers: 1 TiB.
const TERA: i64 = 1 << 40;

const fn key(name: &'static str, kind: Kind, default: &'static str, text: &'static str) -> Key {
    Key { name, kind, default, text }
}

/// How subjects of schemas are named.
const STRATEGIES: &[&str] = &["TOPIC_NAME", "RECORD_NAME", "TOPIC_RECORD_NAME"];

/// Every key but the librdkafka properties, in the order of the documentation.
pub const KEYS: &[Key] = &[
    key(
        "listen",
        Kind::Address,
        "0.0.0.0:8082",
        "Where the gateway takes requests, all protocols on one port. Port 0 takes a free one. `barnabas dev` listens on 127.0.0.1:8082 if nothing else is said. Also `--listen`.",
    ),
    key(
        "bootstrap_servers",
        Kind::Text,
        "",
        "`host:port` of one or more Kafka brokers, separated by commas. `barnabas serve` needs it; `barnabas dev` uses its own broker. Also `--bootstrap-servers`.",
    ),
    key(
        "kafka_listen",
        Kind::Address,
        "127.0.0.1:9092",
        "Where the embedded broker of `barnabas dev` listens, loopback only. Port 0 takes a free one. Also `--kafka-listen`.",
    ),
    key(
        "schema_registry_listen",
        Kind::AddressOrOff,
        "127.0.0.1:8081",
        "Where the embedded Schema Registry of `barnabas dev` listens, loopback only; `off` is none. Port 0 takes a free one. With `schema.registry.url` there is none either. Also `--schema-registry-listen`.",
    ),
    key(
        "shutdown.timeout.ms",
        Kind::Whole("ms", 0, DAY),
        "30000",
        "How long requests under way, unsent records and consumer groups have to finish after SIGTERM or SIGINT, in all. What is left then is dropped.",
    ),
    key(
        "schema.registry.url",
        Kind::List,
        "",
        "The URL of Schema Registry, or several of one registry, of which one that answers is used. A URL may hold `user:password@`. Without it the formats with schemas are refused. Also `--schema-registry-url`.",
    ),
    key("schema.registry.basic.auth.user.info", Kind::Text, "", "`user:password` for Schema Registry. Without it those of the URL."),
    key("schema.registry.bearer.auth.token", Kind::Text, "", "A token for Schema Registry, in place of user and password."),
    key(
        "schema.registry.ssl.ca.location",
        Kind::Text,
        "",
        "A file with the certificates (PEM) that are believed for Schema Registry, beside those of the system.",
    ),
    key(
        "schema.registry.ssl.certificate.location",
        Kind::Text,
        "",
        "A file with the gateway's own certificate and its chain (PEM), if Schema Registry wants one.",
    ),
    key("schema.registry.ssl.key.location", Kind::Text, "", "A file with the key of that certificate (PEM)."),
    key("schema.registry.ssl.key.password", Kind::Text, "", "The password of the key."),
    key(
        "schema.registry.ssl.endpoint.identification.algorithm",
        Kind::Choice(&["https", "none"]),
        "https",
        "`none` takes a certificate of Schema Registry that is another host's.",
    ),
    key(
        "schema.registry.request.timeout.ms",
        Kind::Whole("ms", 1, DAY),
        "10000",
        "How long one request to one URL of Schema Registry may take. A request of a client waits no longer than its own deadline.",
    ),
    key(
        "schema.registry.latest.cache.ttl.ms",
        Kind::Whole("ms", 0, DAY),
        "10000",
        "How long the latest version of a subject is remembered; if Schema Registry does not answer then, as long again.",
    ),
    key(
        "schema.registry.cache.max.schemas",
        Kind::Whole("schemas", 1, MANY),
        "10000",
        "How many schemas are remembered, ready for use. One with more than 4 KiB of text counts as several.",
    ),
    key(
        "schema.registry.auto.register.schemas",
        Kind::Flag,
        "true",
        "Whether schemas that requests give as text are registered if their subject does not have them.",
    ),
    key(
        "schema.registry.use.latest.version",
        Kind::Flag,
        "false",
        "Whether the latest version of the subject is used in place of a schema that a request gives as text. Needs `schema.registry.auto.register.schemas` to be `false`.",
    ),
    key(
        "schema.registry.normalize.schemas",
        Kind::Flag,
        "false",
        "Whether Schema Registry is asked to normalize schemas when it looks for them and registers them.",
    ),
    key(
        "schema.registry.key.subject.name.strategy",
        Kind::Choice(STRATEGIES),
        "TOPIC_NAME",
        "How the subjects of keys are named: by the topic, by the record's type, by both. API v3 can say it for each record.",
    ),
    key(
        "schema.registry.value.subject.name.strategy",
        Kind::Choice(STRATEGIES),
        "TOPIC_NAME",
        "As `schema.registry.key.subject.name.strategy`, of values.",
    ),
    key(
        "schema.registry.avro.json",
        Kind::Choice(&["tagged", "lenient"]),
        "tagged",
        "How Avro stands in JSON, both ways: `tagged` is Avro's own encoding, `{\"string\": \"x\"}` for a value of a union; `lenient` is `\"x\"`, and fields that are left out have their defaults.",
    ),
    key("id", Kind::Text, "", "Stands in the names that the gateway makes for consumer instances: `rest-consumer-<id>-<uuid>`."),
    key(
        "consumer.request.timeout.ms",
        Kind::Whole("ms", 0, MANY),
        "1000",
        "How long a read of a consumer instance waits at most. Keep it below `edge.request.timeout.ms`.",
    ),
    key(
        "consumer.request.max.bytes",
        Kind::Whole("bytes", 1, TERA),
        "67108864",
        "How many bytes of keys and values a read returns at most, but for a single record that is larger.",
    ),
    key(
        "fetch.min.bytes",
        Kind::Whole("bytes", -1, 10_000_000),
        "-1",
        "How many bytes a read waits for, where the instance does not say it. -1: a read lasts its whole time.",
    ),
    key(
        "consumer.instance.timeout.ms",
        Kind::Whole("ms", 1, MANY),
        "300000",
        "A consumer instance that is not used for so long is deleted.",
    ),
    key(
        "consumer.instances.max",
        Kind::Whole("instances", 0, MANY),
        "500",
        "How many consumer instances there may be at a time. Each has a Kafka client of its own. Beyond it creating one is refused with 429.",
    ),
    key("api.v3.produce.batch.maximum.entries", Kind::Whole("entries", 1, 50), "10", "How many records `records:batch` takes."),
    key(
        "edge.advertised.url",
        Kind::Text,
        "",
        "Scheme, host and port that links in answers begin with, such as `https://kafka.example.com`. Without it they begin with `http://` and the request's `Host`.",
    ),
    key(
        "edge.body.max.bytes",
        Kind::Whole("bytes", 1, TERA),
        "67108864",
        "The largest body of one request, unpacked. A larger one is refused with 413. Streams are not limited as a whole.",
    ),
    key(
        "edge.buffered.max.bytes",
        Kind::Whole("bytes", 1, TERA),
        "536870912",
        "How many bytes of request bodies the gateway holds at a time. Beyond it requests are refused with 429 and `Retry-After`, gRPC with RESOURCE_EXHAUSTED.",
    ),
    key("edge.uri.max.bytes", Kind::Whole("bytes", 256, 65_534), "16384", "The longest path and query. A longer one is refused with 414."),
    key(
        "edge.request.timeout.ms",
        Kind::Whole("ms", 1, DAY),
        "60000",
        "How long a request may take, if its `grpc-timeout` is not shorter. Then it is answered with 504 or DEADLINE_EXCEEDED. Not for streams.",
    ),
    key(
        "edge.requests.max",
        Kind::Whole("requests", 1, MANY),
        "10000",
        "How many requests may be under way at a time. Beyond it they are refused with 429.",
    ),
    key(
        "edge.connections.max",
        Kind::Whole("connections", 1, MANY),
        "10000",
        "How many connections may be open at a time. Beyond it new ones wait until another closes.",
    ),
    key("edge.first.byte.timeout.ms", Kind::Whole("ms", 1, DAY), "10000", "How long a new connection may stay without its first byte."),
    key(
        "edge.header.timeout.ms",
        Kind::Whole("ms", 1, DAY),
        "60000",
        "HTTP/1.1: how long the head of a request may take, counted from the end of the one before. An unused connection is closed after it.",
    ),
    key(
        "edge.idle.timeout.ms",
        Kind::Whole("ms", 1, DAY),
        "300000",
        "How long a connection may go without a byte in either direction. Keep it above `edge.request.timeout.ms`.",
    ),
    key("edge.access.log", Kind::Flag, "true", "Whether the log has a line (target `barnabas::access`) for each request."),
    key("edge.cors.allow.origins", Kind::List, "", "The origins whose web pages may use the gateway; `*` is all. Empty turns CORS off."),
    key("edge.cors.allow.methods", Kind::List, "GET,HEAD,POST,PUT,PATCH,DELETE", "The methods that such pages may use."),
    key(
        "edge.cors.allow.headers",
        Kind::List,
        "",
        "The request headers that such pages may send. Empty allows those that the page asks for.",
    ),
    key("edge.cors.max.age.ms", Kind::Whole("ms", 0, DAY), "3600000", "How long browsers may remember what is allowed."),
    key(
        "log.filter",
        Kind::Text,
        "info",
        "What is logged: a level, or directives of the crate tracing-subscriber such as `info,barnabas::kafka=debug`.",
    ),
    key("log.format", Kind::Choice(&["text", "json"]), "text", "How log lines look. They go to standard error."),
    key(
        "kafka.request.timeout.ms",
        Kind::Whole("ms", 1, DAY),
        "30000",
        "How long an admin or metadata request to Kafka may take, if the request's own deadline is not earlier.",
    ),
    key(
        "kafka.delivery.timeout.ms",
        Kind::Whole("ms", 1, DAY),
        "30000",
        "How long a record may be on its way to Kafka before it is answered with an error (librdkafka's `delivery.timeout.ms`).",
    ),
];

/// The key of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kubernetes_links_are_known_by_their_forms() {
        for (variable, expected) in [
            ("BARNABAS_SERVICE_HOST", true),
            ("BARNABAS_SERVICE_PORT", true),
            ("BARNABAS_SERVICE_PORT_HTTP", true),
            ("BARNABAS_PORT", true),
            ("BARNABAS_PORT_8082_TCP", true),
            ("BARNABAS_PORT_8082_TCP_PROTO", true),
            ("BARNABAS_PORT_8082_TCP_PORT", true),
            ("BARNABAS_PORT_8082_TCP_ADDR", true),
            ("BARNABAS_PORT_8082_UDP_ADDR", true),
            ("BARNABAS_SERVICE", false),
            ("BARNABAS_SERVICE_HOSTS", false),
            ("BARNABAS_PORTS", false),
            ("BARNABAS_PORT_", false),
            ("BARNABAS_PORT_8082", false),
            ("BARNABAS_PORT_TCP", false),
            ("BARNABAS_PORT_8082_HTTP", false),
            ("BARNABAS_PORT_8082_TCP_HOST", false),
            ("BARNABAS_LISTEN", false),
            ("OTHER_SERVICE_HOST", false),
        ] {
            assert_eq!(is_service_link(variable), expected, "{variable}");
        }
        assert!(KEYS.iter().all(|key| !is_service_link(&key.variable())), "no key hides behind a link");
    }

    #[test]
    fn names_and_variables_are_unique() {
        assert_eq!(KEYS.iter().map(|key| key.name).collect::<BTreeSet<_>>().len(), KEYS.len());
        assert_eq!(KEYS.iter().map(Key::variable).collect::<BTreeSet<_>>().len(), KEYS.len());
    }
}
