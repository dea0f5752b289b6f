//! Settings of the Kafka clients, and the librdkafka properties that follow from them.
//!
//! What the user sets wins over the gateway's defaults, except where the gateway's promises rest on a value.

use std::{collections::BTreeMap, fmt, time::Duration};

use tokio_util::task::TaskTracker;

use super::native::Conf;
use crate::error::{Code, Error, Result};

/// librdkafka properties by name.
pub type Properties = BTreeMap<String, String>;

/// How Kafka is reached.
#[derive(Clone)]
pub struct Settings {
    /// `host:port` of one or more brokers, separated by commas. Default: `localhost:9092`.
    pub bootstrap_servers: String,
    /// librdkafka properties of all clients. Default: none.
    pub client: Properties,
    /// librdkafka properties of producers, over those of all clients. Default: none.
    pub producer: Properties,
    /// librdkafka properties of consumers, over those of all clients. Default: none.
    pub consumer: Properties,
    /// librdkafka properties for admin requests. They ride on the producer's client, so these are set there, before the
    /// producer's own. Default: none.
    pub admin: Properties,
    /// The longest that an admin or metadata request may take, if its own deadline is not earlier. Default: 30 s.
    pub request_timeout: Duration,
    /// The longest that a record may be under way to Kafka, librdkafka's `delivery.timeout.ms`. Default: 30 s.
    pub delivery_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bootstrap_servers: "localhost:9092".into(),
            client: Properties::new(),
            producer: Properties::new(),
            consumer: Properties::new(),
            admin: Properties::new(),
            request_timeout: Duration::from_secs(30),
            delivery_timeout: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for Settings {
    /// Names of properties only: a value may be a password or a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |p: &Properties| p.keys().cloned().collect::<Vec<_>>();
        f.debug_struct("Settings")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("client", &names(&self.client))
            .field("producer", &names(&self.producer))
            .field("consumer", &names(&self.consumer))
            .field("admin", &names(&self.admin))
            .field("request_timeout", &self.request_timeout)
            .field("delivery_timeout", &self.delivery_timeout)
            .finish()
    }
}

/// What one consumer instance sets for itself.
#[derive(Debug, Clone, Default)]
pub struct ConsumerSettings {
    /// The consumer group.
    pub group_id: String,
    /// Where to begin without a committed offset: `earliest`, `latest` (the default) or `none`, which is an error then.
    pub auto_offset_reset: Option<String>,
    /// Whether stored offsets are committed every 5 s and at close. Default: true.
    pub auto_commit: Option<bool>,
    /// `client.id`. Default: that of the settings.
    pub client_id: Option<String>,
}

/// Defaults of every client.
const CLIENT: &[(&str, &str)] = &[
    ("client.id", "barnabas"),
    // Brokers close idle connections; that is no event.
    ("log.connection.close", "false"),
    // Requests wait for answers: never hold a packet back.
    ("socket.nagle.disable", "true"),
    // A broker that is back is found soon, and records that wait for it are given up in time.
    ("reconnect.backoff.max.ms", "1000"),
    // A topic is looked up before a record is handed over, so a name that librdkafka does not find has just been deleted.
    ("topic.metadata.propagation.max.ms", "3000"),
];

/// Defaults of the producer.
const PRODUCER: &[(&str, &str)] = &[
    ("acks", "all"),
    ("enable.idempotence", "true"),
    // As Java clients do it: keyed records must find the same partition.
    ("partitioner", "murmur2_random"),
    // Clients wait for their answers; batches form while requests are under way.
    ("linger.ms", "0"),
    // While two are under way to a broker the next batch grows: `docs/decisions/0007-two-requests-in-flight.md`.
    ("max.in.flight", "2"),
    ("batch.num.messages", "10000"),
    ("queue.buffering.max.messages", "1000000"),
    // The Java producer's `max.request.size`.
    ("message.max.bytes", "1048576"),
    // Topics are made on first use by a client of its own (see `topics`), not by the refresh of a deleted one.
    ("allow.auto.create.topics", "false"),
];

/// Defaults of consumers.
const CONSUMER: &[(&str, &str)] = &[
    // As the Java consumer.
    ("isolation.level", "read_uncommitted"),
    ("auto.offset.reset", "latest"),
    // Per instance; librdkafka's 64 MB would be gigabytes for a hundred of them.
    ("queued.max.messages.kbytes", "4096"),
    // A fetch without records keeps the connection for so long, and the first fetch after a seek or an assignment waits for it.
    ("fetch.wait.max.ms", "250"),
    // How soon to fetch again after that was full.
    ("fetch.queue.backoff.ms", "10"),
];

/// What clients are made from, and which of those that were made are alive.
pub(super) struct Recipe {
    pub(super) settings: Settings,
    pub(super) alive: TaskTracker,
}

impl Recipe {
    /// The producer's properties in force, for `name`.
    pub(super) fn producer_property(&self, name: &str) -> Option<&str> {
        let set = [&self.settings.producer, &self.settings.admin, &self.settings.client]
            .into_iter()
            .find_map(|p| p.get(name))
            .map(String::as_str);
        set.or_else(|| PRODUCER.iter().find(|(n, _)| *n == name).map(|(_, value)| *value))
    }

    /// The property in force for admin requests, for `name`.
    pub(super) fn admin_property(&self, name: &str) -> Option<&str> {
        let set = [&self.settings.admin, &self.settings.client].into_iter().find_map(|p| p.get(name)).map(String::as_str);
        set.or_else(|| CLIENT.iter().find(|(n, _)| *n == name).map(|(_, value)| *value))
    }

    /// The configuration of a producer. `alone`: every record in a batch of its own.
    pub(super) fn producer_conf(&self, alone: bool) -> Result<Conf> {
        let mut conf = self.conf(PRODUCER)?;
        set(&mut conf, "delivery.timeout.ms", &self.settings.delivery_timeout.as_millis().to_string())?;
        set_all(&mut conf, &self.settings.admin)?;
        set_all(&mut conf, &self.settings.producer)?;
        set(&mut conf, "allow.auto.create.topics", "false")?;
        if alone {
            set(&mut conf, "batch.num.messages", "1")?;
        }
        Ok(conf)
    }

    /// The configuration of the client that makes brokers create a topic.
    pub(super) fn scout_conf(&self) -> Result<Conf> {
        let mut conf = self.conf(&[("allow.auto.create.topics", "true")])?;
        set_all(&mut conf, &self.settings.admin)?;
        Ok(conf)
    }

    /// The configuration of a consumer.
    pub(super) fn consumer_conf(&self, own: &ConsumerSettings) -> Result<Conf> {
        let mut conf = self.conf(CONSUMER)?;
        set_all(&mut conf, &self.settings.consumer)?;
        let reset = match own.auto_offset_reset.as_deref() {
            Some("none") => Some("error"),
            Some("earliest") => Some("earliest"),
            Some("latest") => Some("latest"),
            Some(other) => {
                let text = format!("Invalid consumer configuration: Invalid value {other} for configuration auto.offset.reset");
                return Err(Error::new(Code::InvalidConsumerConfig, text));
            }
            None => None,
        };
        if let Some(reset) = reset {
            set(&mut conf, "auto.offset.reset", reset)?;
        }
        if let Some(auto_commit) = own.auto_commit {
            set(&mut conf, "enable.auto.commit", if auto_commit { "true" } else { "false" })?;
        }
        if let Some(id) = &own.client_id {
            set(&mut conf, "client.id", id)?;
        }
        set(&mut conf, "group.id", &own.group_id)?;
        // Offsets are stored when a record has been answered, not when it has been fetched.
        set(&mut conf, "enable.auto.offset.store", "false")?;
        Ok(conf)
    }

    fn conf(&self, defaults: &[(&str, &str)]) -> Result<Conf> {
        let mut conf = Conf::new(self.alive.token())?;
        for (name, value) in CLIENT.iter().chain(defaults) {
            set(&mut conf, name, value)?;
        }
        set(&mut conf, "bootstrap.servers", &self.settings.bootstrap_servers)?;
        set_all(&mut conf, &self.settings.client)?;
        Ok(conf)
    }
}

fn set_all(conf: &mut Conf, properties: &Properties) -> Result<()> {
    properties.iter().try_for_each(|(name, value)| set(conf, name, value))
}

fn set(conf: &mut Conf, name: &str, value: &str) -> Result<()> {
    conf.set(name, value).map_err(|fault| Error::bad_request(format!("Kafka property {name}: {}", fault.text.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(settings: Settings) -> Recipe {
        Recipe { settings, alive: TaskTracker::new() }
    }

    #[test]
    fn a_property_that_librdkafka_does_not_know_is_named() {
        let settings = Settings { producer: [("lingr.ms".to_owned(), "1".to_owned())].into(), ..Settings::default() };
        let error = recipe(settings).producer_conf(false).err().unwrap();
        assert_eq!(error.code(), Code::BadRequest);
        assert!(error.message().contains("lingr.ms"), "{error}");
    }

    #[test]
    fn secrets_are_not_printed() {
        let settings = Settings { client: [("sasl.password".to_owned(), "hunter2".to_owned())].into(), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn an_unknown_reset_policy_is_an_invalid_consumer_config() {
        let own = ConsumerSettings { group_id: "g".into(), auto_offset_reset: Some("middle".into()), ..ConsumerSettings::default() };
        assert_eq!(recipe(Settings::default()).consumer_conf(&own).err().unwrap().code(), Code::InvalidConsumerConfig);
    }
}
