//! Settings of all brokers at once: what has no name of its own, which librdkafka cannot say.

use std::time::Instant;

use kafka_protocol::messages::{
    DescribeConfigsRequest, DescribeConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
    describe_configs_request::DescribeConfigsResource,
    describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsSynonym},
    incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
};

use super::{Admin, Change, ConfigChange, ConfigEntry, ConfigSource, ConfigSynonym, configs::unanswered};
use crate::{
    error::Result,
    kafka::{native::Fault, wire},
};

/// The protocol's number for a broker as that which has settings. Without a name it is all of them.
const BROKER: i8 = 4;
/// The protocol's numbers for what to do with a setting.
const SET: i8 = 0;
const DELETE: i8 = 1;

impl Admin {
    /// What is set for all brokers: the settings of these names, or all if there are no names.
    pub(super) async fn cluster_configs(&self, names: &[&str], deadline: Instant) -> Result<Vec<ConfigEntry>> {
        let keys = names.iter().map(|name| wire::string("name", *name)).collect::<Result<Vec<_>>>()?;
        let resource = DescribeConfigsResource::default()
            .with_resource_type(BROKER)
            .with_configuration_keys(Some(keys).filter(|keys| !keys.is_empty()));
        let request = DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
        let fault = |answer: &DescribeConfigsResponse| answer.results.first().map_or(0, |result| result.error_code);
        let answer = self.wire.any(request, fault, deadline).await?;
        let Some(result) = answer.results.into_iter().next() else { return Ok(unanswered()?) };
        Fault::answered(result.error_code, result.error_message.as_deref())?;
        Ok(result.configs.into_iter().map(entry).collect())
    }

    /// Changes what is set for all brokers: all of the changes, or none. May be sent twice: the second time changes nothing.
    pub(super) async fn alter_cluster_configs(&self, changes: &[ConfigChange], validate_only: bool, deadline: Instant) -> Result<()> {
        let configs = changes.iter().map(change).collect::<Result<Vec<_>>>()?;
        let resource = AlterConfigsResource::default().with_resource_type(BROKER).with_configs(configs);
        let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]).with_validate_only(validate_only);
        let fault = |answer: &IncrementalAlterConfigsResponse| answer.responses.first().map_or(0, |result| result.error_code);
        let answer = self.wire.any(request, fault, deadline).await?;
        let Some(result) = answer.responses.into_iter().next() else { return Ok(unanswered()?) };
        Ok(Fault::answered(result.error_code, result.error_message.as_deref())?)
    }
}

fn change(change: &ConfigChange) -> Result<AlterableConfig> {
    let (operation, value) = match &change.change {
        Change::Set(value) => (SET, wire::optional("value", Some(value.as_str()))?),
        Change::Delete => (DELETE, None),
    };
    Ok(AlterableConfig::default().with_name(wire::string("name", change.name.as_str())?).with_config_operation(operation).with_value(value))
}

fn entry(of: DescribeConfigsResourceResult) -> ConfigEntry {
    ConfigEntry {
        name: of.name.to_string(),
        value: of.value.map(|value| value.to_string()),
        is_read_only: of.read_only,
        is_sensitive: of.is_sensitive,
        source: ConfigSource::of(of.config_source),
        synonyms: of.synonyms.into_iter().map(synonym).collect(),
    }
}

fn synonym(of: DescribeConfigsSynonym) -> ConfigSynonym {
    ConfigSynonym { name: of.name.to_string(), value: of.value.map(|value| value.to_string()), source: ConfigSource::of(of.source) }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::protocol::StrBytes;

    use super::*;

    #[test]
    fn a_change_is_told_in_the_protocols_numbers() {
        let told = |of: Change| change(&ConfigChange { name: "a".to_owned(), change: of }).map(|c| (c.config_operation, c.value));
        assert_eq!(told(Change::Set(String::new())).unwrap(), (0, Some(StrBytes::default())));
        assert_eq!(told(Change::Delete).unwrap(), (1, None));
        assert_eq!(told(Change::Set("x".repeat(40_000))).unwrap_err().message(), "value has 40000 bytes; Kafka takes 32767.");
    }

    #[test]
    fn sources_have_the_protocols_numbers() {
        let entry = entry(DescribeConfigsResourceResult::default().with_config_source(3).with_value(None));
        assert_eq!((entry.source, entry.value), (ConfigSource::DynamicDefaultBroker, None));
        assert_eq!([7, 9, -1].map(ConfigSource::of), [ConfigSource::Unknown; 3]);
    }
}
