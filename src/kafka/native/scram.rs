//! Requests about SCRAM credentials: describe, set, delete.

use std::ptr;

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, Fault, Options, Requests, c_string, items, number, requests::Own, text};
use crate::kafka::admin::{Mechanism, ScramUser, Upsertion};

/// A user's credentials, or what the controller says instead.
pub(in crate::kafka) type DescribedUser = (String, Result<ScramUser, Fault>);

impl Requests {
    /// The users of these names, each named once; all users if none is named.
    pub(in crate::kafka) fn describe_scram_users(&self, names: &[String], options: Options) -> Result<Answer<Vec<DescribedUser>>, Fault> {
        let names = names.iter().map(|name| c_string(name)).collect::<Result<Vec<_>, _>>()?;
        let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        self.call(
            op::RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe {
                sys::rd_kafka_DescribeUserScramCredentials(rk, pointers.as_mut_ptr(), pointers.len(), options, queue);
            },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_DescribeUserScramCredentials_result(event.as_ptr());
                let mut count = 0;
                let users = items(sys::rd_kafka_DescribeUserScramCredentials_result_descriptions(result, &mut count), count);
                Ok(users.iter().map(|user| described(*user)).collect())
            },
        )
    }

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

/// # Safety
/// A live description.
unsafe fn described(user: *const sys::rd_kafka_UserScramCredentialsDescription_t) -> DescribedUser {
    // SAFETY: everything belongs to the live description and is copied; the places are below the count.
    unsafe {
        let name = text(sys::rd_kafka_UserScramCredentialsDescription_user(user)).unwrap_or_default();
        if let Some(fault) = fault_of(sys::rd_kafka_UserScramCredentialsDescription_error(user)) {
            return (name, Err(fault));
        }
        let count = sys::rd_kafka_UserScramCredentialsDescription_scramcredentialinfo_count(user);
        let credential = |place| {
            let info = sys::rd_kafka_UserScramCredentialsDescription_scramcredentialinfo(user, place);
            let mechanism = match sys::rd_kafka_ScramCredentialInfo_mechanism(info) {
                sys::rd_kafka_ScramMechanism_t::RD_KAFKA_SCRAM_MECHANISM_SHA_256 => Mechanism::Sha256,
                sys::rd_kafka_ScramMechanism_t::RD_KAFKA_SCRAM_MECHANISM_SHA_512 => Mechanism::Sha512,
                _ => return None,
            };
            Some((mechanism, sys::rd_kafka_ScramCredentialInfo_iterations(info)))
        };
        let credentials = (0..count).filter_map(credential).collect();
        (name.clone(), Ok(ScramUser { name, credentials }))
    }
}
