//! Records of the time 0, the first moment of 1970, which librdkafka takes for "no time given" and replaces by now.
//!
//! Such a record is handed over with [`STAND_IN`], and an interceptor, which librdkafka calls inside that same call, before anybody
//! else sees the record, puts 0 in its place. librdkafka has no function for that, so this file knows where the time stands in a
//! record of one version; with any other version [`stand_in`] says that it cannot be done, and nothing is touched.

use std::{
    ffi::{c_int, c_void},
    ptr,
};

use rdkafka_sys as sys;

use super::{Conf, Fault};

/// A time that no record has, as Kafka's calendar ends before.
const STAND_IN: i64 = i64::MAX;
/// The version whose record has the layout of [`Inside`]: 2.12.1.
const KNOWN_VERSION: c_int = 0x020c_01ff;

/// The beginning of `rd_kafka_msg_t`. Its first field is what librdkafka shows of a record.
#[repr(C)]
struct Inside {
    shown: sys::rd_kafka_message_t,
    link: [*mut c_void; 2],
    flags: c_int,
    kind: sys::rd_kafka_timestamp_type_t,
    timestamp: i64,
}

fn is_known_version() -> bool {
    // SAFETY: no requirements.
    unsafe { sys::rd_kafka_version() == KNOWN_VERSION }
}

/// What to hand over for the time of a record.
pub(super) fn stand_in(timestamp: i64) -> Result<i64, Fault> {
    match timestamp {
        0 if is_known_version() => Ok(STAND_IN),
        0 => Err(Fault::argument("the time 0 cannot be written with this version of librdkafka")),
        // It would become 0. Brokers refuse times so far ahead, unless they are told not to.
        STAND_IN => Err(Fault::of(sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)),
        other => Ok(other),
    }
}

/// Lets a producer of this configuration write the time 0.
pub(super) fn allow(conf: &Conf) -> Result<(), Fault> {
    if !is_known_version() {
        return Ok(());
    }
    // SAFETY: the configuration is alive, the name is copied, the callback has the right type.
    Fault::check(unsafe { sys::rd_kafka_conf_interceptor_add_on_new(conf.as_ptr(), c"epoch".as_ptr(), Some(on_new), ptr::null_mut()) })
}

unsafe extern "C" fn on_new(
    rk: *mut sys::rd_kafka_t,
    _conf: *const sys::rd_kafka_conf_t,
    _opaque: *mut c_void,
    _text: *mut std::ffi::c_char,
    _size: usize,
) -> sys::rd_kafka_resp_err_t {
    // SAFETY: this is the only place where an interceptor of records may be added; the name is copied.
    unsafe { sys::rd_kafka_interceptor_add_on_send(rk, c"epoch".as_ptr(), Some(on_send), ptr::null_mut()) }
}

unsafe extern "C" fn on_send(
    _rk: *mut sys::rd_kafka_t,
    message: *mut sys::rd_kafka_message_t,
    _opaque: *mut c_void,
) -> sys::rd_kafka_resp_err_t {
    let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: `message` is the first field of a record that librdkafka has made in this call and shows to nobody else yet. The
    // version, checked before this function was installed, says that `Inside` is how the record begins; that the field holds what
    // the public function reads is checked once more.
    unsafe {
        if sys::rd_kafka_message_timestamp(message, &mut kind) == STAND_IN {
            let record = message.cast::<Inside>();
            if (*record).timestamp == STAND_IN {
                (*record).timestamp = 0;
            }
        }
    }
    sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
}
