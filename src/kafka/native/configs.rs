//! Requests about settings: what they are, where they come from, and changes of single ones.
//!
//! Settings of all brokers at once are not here: librdkafka takes no resource without a name.

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, Fault, Options, Requests, c_string, items, requests::Own, text};
use crate::kafka::admin::{Change, ConfigChange, ConfigEntry, ConfigSource, ConfigSynonym};

/// What has settings.
#[derive(Debug, Clone, Copy)]
pub(in crate::kafka) enum Configured<'a> {
    /// A topic, by its name.
    Topic(&'a str),
    /// A broker, by its id. Only one in a request, which goes to this broker.
    Broker(i32),
}

/// The name of what has the settings, and its answer.
pub(in crate::kafka) type OfResource<T> = (String, Result<T, Fault>);

unsafe extern "C" {
    /// As librdkafka declares it, but for the type of the result: it hands on whatever number the broker sends, and the enumeration of
    /// `rdkafka_sys` does not have all of them.
    fn rd_kafka_ConfigEntry_source(entry: *const sys::rd_kafka_ConfigEntry_t) -> u32;
}

impl Requests {
    /// The settings of each resource in the broker's order, all of them or those of these names; resources in no order.
    pub(in crate::kafka) fn describe_configs(
        &self,
        of: &[Configured<'_>],
        names: &[&str],
        options: Options,
    ) -> Result<Answer<Vec<OfResource<Vec<ConfigEntry>>>>, Fault> {
        let names = names.iter().map(|name| c_string(name)).collect::<Result<Vec<_>, _>>()?;
        let resources = of.iter().map(|of| resource(*of)).collect::<Result<Vec<_>, _>>()?;
        for resource in &resources {
            for name in &names {
                // SAFETY: a live resource; name and value are terminated, and copied. The value is not sent.
                Fault::check(unsafe { sys::rd_kafka_ConfigResource_set_config(resource.as_ptr(), name.as_ptr(), c"".as_ptr()) })?;
            }
        }
        let mut pointers: Vec<_> = resources.iter().map(Own::as_ptr).collect();
        self.call(
            op::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_DescribeConfigs(rk, pointers.as_mut_ptr(), pointers.len(), options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_DescribeConfigs_result(event.as_ptr());
                let mut count = 0;
                let resources = items(sys::rd_kafka_DescribeConfigs_result_resources(result, &mut count), count);
                let settings = |resource: *const _| {
                    let mut count = 0;
                    items(sys::rd_kafka_ConfigResource_configs(resource, &mut count), count).iter().filter_map(|e| entry(*e)).collect()
                };
                Ok(resources.iter().map(|resource| (name(*resource), checked(*resource).map(|()| settings(*resource)))).collect())
            },
        )
    }

    /// Changes settings of each resource, all of its changes or none; the results are in no order. Each resource and each of its
    /// settings must be there only once.
    pub(in crate::kafka) fn alter_configs(
        &self,
        of: &[(Configured<'_>, &[ConfigChange])],
        options: Options,
    ) -> Result<Answer<Vec<OfResource<()>>>, Fault> {
        let resources = of
            .iter()
            .map(|(of, changes)| {
                let resource = resource(*of)?;
                changes.iter().try_for_each(|change| add(&resource, change))?;
                Ok(resource)
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let mut pointers: Vec<_> = resources.iter().map(Own::as_ptr).collect();
        self.call(
            op::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe {
                sys::rd_kafka_IncrementalAlterConfigs(rk, pointers.as_mut_ptr(), pointers.len(), options, queue)
            },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_IncrementalAlterConfigs_result(event.as_ptr());
                let mut count = 0;
                let resources = items(sys::rd_kafka_IncrementalAlterConfigs_result_resources(result, &mut count), count);
                Ok(resources.iter().map(|resource| (name(*resource), checked(*resource))).collect())
            },
        )
    }
}

fn resource(of: Configured<'_>) -> Result<Own<sys::rd_kafka_ConfigResource_t>, Fault> {
    let (kind, name) = match of {
        Configured::Topic(name) => (sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, c_string(name)?),
        Configured::Broker(id) => (sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_BROKER, c_string(&id.to_string())?),
    };
    // SAFETY: a terminated name, which is copied.
    let object = unsafe { sys::rd_kafka_ConfigResource_new(kind, name.as_ptr()) };
    Own::new(object, sys::rd_kafka_ConfigResource_destroy)
}

fn add(resource: &Own<sys::rd_kafka_ConfigResource_t>, change: &ConfigChange) -> Result<(), Fault> {
    use sys::rd_kafka_AlterConfigOpType_t as kind;
    let name = c_string(&change.name)?;
    let (kind, value) = match &change.change {
        Change::Set(value) => (kind::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, Some(c_string(value)?)),
        Change::Delete => (kind::RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, None),
    };
    let value = value.as_ref().map_or(std::ptr::null(), |value| value.as_ptr());
    // SAFETY: a live resource; name and value are terminated, or the value is null, and both are copied. The error is ours.
    unsafe { Fault::take(sys::rd_kafka_ConfigResource_add_incremental_config(resource.as_ptr(), name.as_ptr(), kind, value)) }
}

/// # Safety
/// A live resource.
unsafe fn name(resource: *const sys::rd_kafka_ConfigResource_t) -> String {
    // SAFETY: by the contract.
    unsafe { text(sys::rd_kafka_ConfigResource_name(resource)) }.unwrap_or_default()
}

/// # Safety
/// A live resource.
unsafe fn checked(resource: *const sys::rd_kafka_ConfigResource_t) -> Result<(), Fault> {
    // SAFETY: by the contract.
    unsafe { Fault::check_with(sys::rd_kafka_ConfigResource_error(resource), text(sys::rd_kafka_ConfigResource_error_string(resource))) }
}

/// # Safety
/// A live entry.
unsafe fn entry(entry: *const sys::rd_kafka_ConfigEntry_t) -> Option<ConfigEntry> {
    // SAFETY: by the contract; the synonyms belong to the entry.
    unsafe {
        let mut count = 0;
        let synonyms = items(sys::rd_kafka_ConfigEntry_synonyms(entry, &mut count), count);
        Some(ConfigEntry {
            name: text(sys::rd_kafka_ConfigEntry_name(entry))?,
            value: text(sys::rd_kafka_ConfigEntry_value(entry)),
            is_read_only: sys::rd_kafka_ConfigEntry_is_read_only(entry) > 0,
            is_sensitive: sys::rd_kafka_ConfigEntry_is_sensitive(entry) > 0,
            source: source(entry),
            synonyms: synonyms.iter().filter_map(|synonym| self::synonym(*synonym)).collect(),
        })
    }
}

/// # Safety
/// A live entry.
unsafe fn synonym(entry: *const sys::rd_kafka_ConfigEntry_t) -> Option<ConfigSynonym> {
    // SAFETY: by the contract.
    unsafe {
        Some(ConfigSynonym {
            name: text(sys::rd_kafka_ConfigEntry_name(entry))?,
            value: text(sys::rd_kafka_ConfigEntry_value(entry)),
            source: source(entry),
        })
    }
}

/// # Safety
/// A live entry.
unsafe fn source(entry: *const sys::rd_kafka_ConfigEntry_t) -> ConfigSource {
    // SAFETY: by the contract. The C enumeration is an integer of this size.
    let number = unsafe { rd_kafka_ConfigEntry_source(entry) };
    i8::try_from(number).map_or(ConfigSource::Unknown, ConfigSource::of)
}
