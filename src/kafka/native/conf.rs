//! Owner of a configuration. It ends in a client, or is freed.

use std::ptr::NonNull;

use rdkafka_sys as sys;

use super::{ErrorText, Fault, c_string};

/// A set of librdkafka properties.
pub(in crate::kafka) struct Conf(NonNull<sys::rd_kafka_conf_t>);

impl Conf {
    /// librdkafka's defaults.
    pub(in crate::kafka) fn new() -> Result<Self, Fault> {
        // SAFETY: no arguments; the result is ours.
        NonNull::new(unsafe { sys::rd_kafka_conf_new() }).map(Self).ok_or_else(|| Fault::argument("no memory"))
    }

    /// Sets one property, global or of topics.
    pub(in crate::kafka) fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let (name, value) = (c_string(name)?, c_string(value)?);
        let mut why = ErrorText::new();
        let (buffer, size) = why.parts();
        // SAFETY: the configuration is ours, the strings live until the call returns, the buffer has `size` bytes.
        let result = unsafe { sys::rd_kafka_conf_set(self.0.as_ptr(), name.as_ptr(), value.as_ptr(), buffer, size) };
        match result {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_INVALID | sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN => Err(Fault::argument(why)),
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_conf_t {
        self.0.as_ptr()
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        // SAFETY: still ours: a configuration that became a client is forgotten, not dropped.
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) }
    }
}
