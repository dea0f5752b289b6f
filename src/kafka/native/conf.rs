//! Owner of a configuration. It ends in a client, or is freed.

use std::ptr::NonNull;

use rdkafka_sys as sys;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{ErrorText, Fault, c_text};

/// A set of librdkafka properties, for one client.
pub(in crate::kafka) struct Conf {
    properties: Properties,
    alive: TaskTrackerToken,
}

/// What librdkafka has of it.
pub(super) struct Properties(NonNull<sys::rd_kafka_conf_t>);

impl Conf {
    /// librdkafka's defaults. The token lives until the client that this becomes is freed.
    pub(in crate::kafka) fn new(alive: TaskTrackerToken) -> Result<Self, Fault> {
        // SAFETY: no arguments; the result is ours.
        let properties = NonNull::new(unsafe { sys::rd_kafka_conf_new() }).map(Properties);
        Ok(Self { properties: properties.ok_or_else(|| Fault::argument("no memory"))?, alive })
    }

    /// Sets one property, global or of topics.
    pub(in crate::kafka) fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let (name, value) = (c_text(name)?, c_text(value)?);
        let mut why = ErrorText::new();
        let (buffer, size) = why.parts();
        // SAFETY: the configuration is ours, the strings live until the call returns, the buffer has `size` bytes.
        let result = unsafe { sys::rd_kafka_conf_set(self.as_ptr(), name.as_ptr(), value.as_ptr(), buffer, size) };
        match result {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_INVALID | sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN => Err(Fault::argument(why)),
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_conf_t {
        self.properties.0.as_ptr()
    }

    /// For the client that it has become, which owns the properties from then on.
    pub(super) fn into_parts(self) -> (Properties, TaskTrackerToken) {
        (self.properties, self.alive)
    }
}

impl Drop for Properties {
    fn drop(&mut self) {
        // SAFETY: still ours: a configuration that became a client is forgotten, not dropped.
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) }
    }
}
