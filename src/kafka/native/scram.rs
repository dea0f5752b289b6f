//! Requests about SCRAM credentials: set, delete.
//!
//! None that describes them: its answer is not read safely by librdkafka 2.12 (`rd_kafka_DescribeUserScramCredentialsResponse_parse`
//! hands a text on the stack to whoever frees it).

use std::ptr;

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, Fault, Options, Requests, c_string, items, number, requests::Own};
use crate::kafka::admin::{Mechanism, Upsertion};

impl Requests {
    /// Sets a credential.
    pub(in crate::kafka) fn upsert_scram_credential(&self, credential: &Upsertion, options: Options) -> Result<Answer<()>, Fault> {
        let user = c_string(&credential.user)?;
        let password = credential.password.as_bytes();
        let (salt, salt_size) = credential.salt.as_ref().map_or((ptr::null(), 0), |salt| (salt.as_ptr(), salt.len()));
        let (mechanism, iterations) = (mechanism_of(credential.mechanism), credential.iterations);
        // SAFETY: a terminated name, and two arrays of the given lengths; all is copied. Without a salt librdkafka makes a random one.
        let object = unsafe {
            sys::rd_kafka_UserScramCredentialUpsertion_new(
                user.as_ptr(),
                mechanism,
                iterations,
                password.as_ptr(),
                password.len(),
                salt,
                salt_size,
            )
        };
        self.alter(object, options)
    }

    /// Deletes a credential.
    pub(in crate::kafka) fn delete_scram_credential(&self, user: &str, of: Mechanism, options: Options) -> Result<Answer<()>, Fault> {
        let user = c_string(user)?;
        // SAFETY: a terminated name, which is copied.
        let object = unsafe { sys::rd_kafka_UserScramCredentialDeletion_new(user.as_ptr(), mechanism_of(of)) };
        self.alter(object, options)
    }

    /// Takes the alteration over.
    fn alter(&self, alteration: *mut sys::rd_kafka_UserScramCredentialAlteration_t, options: Options) -> Result<Answer<()>, Fault> {
        let request = Own::new(alteration, sys::rd_kafka_UserScramCredentialAlteration_destroy)?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_AlterUserScramCredentials(rk, &mut request.as_ptr(), 1, options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; the error belongs to it and is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_AlterUserScramCredentials_result(event.as_ptr());
                let mut count = 0;
                let answers = items(sys::rd_kafka_AlterUserScramCredentials_result_responses(result, &mut count), count);
                let &answer = answers.first().ok_or_else(|| Fault::argument("an answer without a result"))?;
                fault_of(sys::rd_kafka_AlterUserScramCredentials_result_response_error(answer)).map_or(Ok(()), Err)
            },
        )
    }
}

fn mechanism_of(mechanism: Mechanism) -> sys::rd_kafka_ScramMechanism_t {
    match mechanism {
        Mechanism::Sha256 => sys::rd_kafka_ScramMechanism_t::RD_KAFKA_SCRAM_MECHANISM_SHA_256,
        Mechanism::Sha512 => sys::rd_kafka_ScramMechanism_t::RD_KAFKA_SCRAM_MECHANISM_SHA_512,
    }
}

/// # Safety
/// Null or a live error object.
unsafe fn fault_of(error: *const sys::rd_kafka_error_t) -> Option<Fault> {
    // SAFETY: by the contract; null is left out before anything is read.
    unsafe { (!error.is_null() && number(sys::rd_kafka_error_code(error)) != 0).then(|| Fault::read(error)) }
}
