//! Settings from each source, and what is refused.

use std::fs;

use super::*;

fn load(mode: Mode, file: &str, environment: &[(&str, &str)], flags: Vec<(&'static str, String)>) -> Result<Config, Error> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("barnabas.toml");
    fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(mode, Sources { file: Some(&path), environment, flags })
}

fn dev(file: &str, environment: &[(&str, &str)]) -> Result<Config, Error> {
    load(Mode::Dev, file, environment, Vec::new())
}

#[test]
fn the_tables_defaults_are_those_of_the_settings() {
    let config = dev("", &[]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.edge, edge::Settings::default());
    assert_eq!(config.services, Services::default());
    let kafka = kafka::Settings::default();
    assert_eq!(config.kafka.request_timeout, kafka.request_timeout);
    assert_eq!(config.kafka.delivery_timeout, kafka.delivery_timeout);
    assert_eq!(config.schema_registry, schema::registry::Settings::default());
    assert_eq!(config.log, telemetry::Settings::default());
    assert_eq!(config.listen, "127.0.0.1:8082".parse().unwrap());
    assert_eq!(config.brokers, Brokers::Embedded("127.0.0.1:9092".parse().unwrap()));
    assert_eq!(config.schema_registry_listen, Some("127.0.0.1:8081".parse().unwrap()));
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nbootstrap_servers = \"file:1\"\n[edge]\nrequests.max = 1\n";
    let environment = [("BARNABAS_LISTEN", "127.0.0.1:2"), ("BARNABAS_BOOTSTRAP_SERVERS", "env:1"), ("HOME", "/")];
    let config = load(Mode::Serve, file, &environment, vec![("listen", "127.0.0.1:3".to_owned())]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.brokers, Brokers::Remote("env:1".to_owned()));
    assert_eq!(config.edge.requests_max, 1);
}

#[test]
fn librdkafka_properties_keep_their_dots() {
    let file =
        "kafka.producer.compression.type = \"zstd\"\n[kafka.client]\n\"ssl.ca.location\" = \"/ca.pem\"\nssl_ca = \"x\"\nretries = 3\n";
    let config = dev(file, &[("BARNABAS_KAFKA_CONSUMER_FETCH_WAIT_MAX_MS", "100")]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.kafka.producer, [("compression.type".to_owned(), "zstd".to_owned())].into());
    let client = [("ssl.ca.location", "/ca.pem"), ("ssl_ca", "x"), ("retries", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(config.kafka.client, client.into());
    assert_eq!(config.kafka.consumer, [("fetch.wait.max.ms".to_owned(), "100".to_owned())].into());
}

#[test]
fn schema_registry_may_have_several_urls() {
    for file in ["[schema.registry]\nurl = [\"http://a\", \"http://b\"]", "schema.registry.url = \"http://a, http://b\""] {
        let config = dev(file, &[("BARNABAS_SCHEMA_REGISTRY_NORMALIZE_SCHEMAS", "true")]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.schema_registry.urls, ["http://a", "http://b"]);
        assert!(config.schema_registry.normalize);
    }
}

#[test]
fn lists_are_arrays_or_text() {
    for file in ["edge.cors.allow.origins = [\"http://a\", \"http://b\"]", "edge.cors.allow.origins = \"http://a, http://b\""] {
        let config = dev(file, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.edge.cors_allow_origins, ["http://a", "http://b"]);
    }
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);
    let cases: &[Case] = &[
        ("lisen = \"127.0.0.1:1\"", &[], "no key `lisen`; the nearest is `listen`", "a slip in the file"),
        ("[edge]\nbody.max.byte = 1", &[], "the nearest is `edge.body.max.bytes`", "a slip in a table"),
        ("kafka.produce.acks = 1", &[], "no key `kafka.produce.acks`", "a wrong prefix"),
        ("", &[("BARNABAS_LISTN", "x")], "no key `BARNABAS_LISTN`; the nearest is `BARNABAS_LISTEN`", "a slip in the environment"),
        ("", &[("BARNABAS_KAFKA_PRODUCER_", "x")], "no key `BARNABAS_KAFKA_PRODUCER_`", "a prefix without a property"),
        ("edge.body.max.bytes = 0", &[], "`edge.body.max.bytes` cannot be `0`: out of range: 1 to", "below the range"),
        ("edge.requests.max = \"many\"", &[], "not a whole number", "no number"),
        ("", &[("BARNABAS_LISTEN", "8082")], "BARNABAS_LISTEN: `listen` cannot be `8082`", "no address"),
        ("log.format = \"xml\"", &[], "not one of text, json", "not a choice"),
        ("edge.access.log = 1", &[], "neither true nor false", "no flag"),
        ("listen = ", &[], "barnabas.toml", "no TOML"),
    ];
    for (file, environment, expected, why) in cases {
        let Err(error) = dev(file, environment) else { panic!("{why}: accepted") };
        assert!(error.to_string().contains(expected), "{why}: {error}");
    }
}

#[test]
fn serving_needs_brokers() {
    assert!(matches!(load(Mode::Serve, "bootstrap_servers = \"\"", &[], Vec::new()), Err(Error::NoBrokers)));
}

#[test]
fn the_log_filter_has_the_customary_variable() {
    let config = dev("", &[("BARNABAS_LOG", "debug"), ("BARNABAS_CONFIG", "x.toml")]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.log.filter, "debug");
}

#[test]
fn the_links_of_a_service_called_barnabas_are_no_settings() {
    let links = [("BARNABAS_PORT", "tcp://10.0.0.1:8082"), ("BARNABAS_SERVICE_HOST", "10.0.0.1"), ("BARNABAS_PORT_8082_TCP_PORT", "8082")];
    dev("", &links).unwrap_or_else(|e| panic!("{e}"));
}
