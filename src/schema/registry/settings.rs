//! What can be set of the client. The keys, their ranges and their texts stand in `config/keys.rs`.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer};

/// The settings of the client, `schema.registry.*` in the file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the registry is; of several URLs one that answers is used. A URL may hold user and password. Default: none, which
    /// turns schemas off.
    #[serde(rename = "url", deserialize_with = "list")]
    pub urls: Vec<String>,
    /// `user:password` for Basic authentication. Default: that of the URL, if it has one.
    #[serde(rename = "basic.auth.user.info")]
    pub user_info: Option<String>,
    /// A token for Bearer authentication, which wins over Basic. Default: none.
    #[serde(rename = "bearer.auth.token")]
    pub token: Option<String>,
    /// A file of PEM certificates that are believed, beside those of the system. Default: none.
    #[serde(rename = "ssl.ca.location")]
    pub ca: Option<String>,
    /// A file with the gateway's own certificate and its chain, PEM. Default: none.
    #[serde(rename = "ssl.certificate.location")]
    pub certificate: Option<String>,
    /// A file with the key of the certificate, PEM. Default: none.
    #[serde(rename = "ssl.key.location")]
    pub key: Option<String>,
    /// The password of the key. Default: none.
    #[serde(rename = "ssl.key.password")]
    pub key_password: Option<String>,
    /// `https` to check that the certificate is of the host of the URL, `none` to leave that out. Default: `https`.
    #[serde(rename = "ssl.endpoint.identification.algorithm")]
    pub host_check: HostCheck,
    /// How long one request to one URL may take. Default: 10 s.
    #[serde(rename = "request.timeout.ms", deserialize_with = "milliseconds")]
    pub request_timeout: Duration,
    /// How long a subject's latest version is remembered. Default: 10 s.
    #[serde(rename = "latest.cache.ttl.ms", deserialize_with = "milliseconds")]
    pub latest_ttl: Duration,
    /// How many schemas are remembered, each with what was made of it; 1 or more. Default: 10,000.
    #[serde(rename = "cache.max.schemas")]
    pub max_schemas: u64,
    /// Whether schemas that requests give as text are registered if they are not yet. Default: true.
    #[serde(rename = "auto.register.schemas")]
    pub auto_register: bool,
    /// Whether, where nothing is registered, the subject's latest version is used in place of a schema that a request gives as text.
    /// Default: false.
    #[serde(rename = "use.latest.version")]
    pub use_latest: bool,
    /// Whether the registry is asked to normalize schemas when it looks for them and registers them. Default: false.
    #[serde(rename = "normalize.schemas")]
    pub normalize: bool,
    /// How the subjects of keys are named, where a record does not say it. Default: by the topic.
    #[serde(rename = "key.subject.name.strategy")]
    pub key_strategy: Strategy,
    /// How the subjects of values are named, where a record does not say it. Default: by the topic.
    #[serde(rename = "value.subject.name.strategy")]
    pub value_strategy: Strategy,
    /// How Avro unions stand in JSON. Default: tagged.
    #[serde(rename = "avro.json")]
    pub avro_json: AvroJson,
}

/// Whether the name in a certificate matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostCheck {
    /// It must be the host's.
    #[default]
    Https,
    /// Any is taken.
    None,
}

/// How the subject of a schema is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Strategy {
    /// The topic's name with `-key` or `-value`.
    #[default]
    TopicName,
    /// The full name of the record's type.
    RecordName,
    /// The topic's name, `-` and the full name of the record's type.
    TopicRecordName,
}

impl Strategy {
    /// Its name in requests and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::TopicName => "TOPIC_NAME",
            Self::RecordName => "RECORD_NAME",
            Self::TopicRecordName => "TOPIC_RECORD_NAME",
        }
    }
}

/// How Avro unions stand in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AvroJson {
    /// `{"string": "x"}`, as Avro has it.
    #[default]
    Tagged,
    /// `"x"`: the first branch that fits; absent fields have their defaults.
    Lenient,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            user_info: None,
            token: None,
            ca: None,
            certificate: None,
            key: None,
            key_password: None,
            host_check: HostCheck::default(),
            request_timeout: Duration::from_secs(10),
            latest_ttl: Duration::from_secs(10),
            max_schemas: 10_000,
            auto_register: true,
            use_latest: false,
            normalize: false,
            key_strategy: Strategy::default(),
            value_strategy: Strategy::default(),
            avro_json: AvroJson::default(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Without what is secret: a URL can hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("urls", &self.urls.len())
            .field("user_info", &self.user_info.is_some())
            .field("token", &self.token.is_some())
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .field("host_check", &self.host_check)
            .field("request_timeout", &self.request_timeout)
            .field("latest_ttl", &self.latest_ttl)
            .field("max_schemas", &self.max_schemas)
            .field("auto_register", &self.auto_register)
            .field("use_latest", &self.use_latest)
            .field("normalize", &self.normalize)
            .field("key_strategy", &self.key_strategy)
            .field("value_strategy", &self.value_strategy)
            .field("avro_json", &self.avro_json)
            .finish_non_exhaustive()
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_millis)
}

/// Text of items separated by commas: an array of the file arrives here joined.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(from)?;
    Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let secret = || Some("geheim".to_owned());
        let urls = vec!["http://user:geheim@host".to_owned()];
        let settings = Settings { urls, user_info: secret(), token: secret(), key_password: secret(), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("geheim"));
    }
}
