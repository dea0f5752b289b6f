//! Users who log in with SCRAM.

use std::{fmt, time::Instant};

use bytes::Bytes;

use super::Admin;
use crate::{
    error::{Code, Error, Result},
    kafka::native::Fault,
};

/// Kafka's number for a user or a credential that is not there.
const RESOURCE_NOT_FOUND: i32 = 91;
/// Kafka's number for a credential that it does not take.
const UNACCEPTABLE_CREDENTIAL: i32 = 93;

/// A SCRAM mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// SCRAM-SHA-256.
    Sha256,
    /// SCRAM-SHA-512.
    Sha512,
}

/// A user's credentials, as far as Kafka shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScramUser {
    /// The user's name.
    pub name: String,
    /// Mechanism and iterations of each credential.
    pub credentials: Vec<(Mechanism, i32)>,
}

/// A credential to set.
#[derive(Clone, PartialEq, Eq)]
pub struct Upsertion {
    /// The user's name.
    pub user: String,
    /// The mechanism.
    pub mechanism: Mechanism,
    /// How often the password is hashed.
    pub iterations: i32,
    /// The password.
    pub password: String,
    /// What the password is hashed with; absent: random bytes.
    pub salt: Option<Bytes>,
}

/// Without the secrets.
impl fmt::Debug for Upsertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, mechanism, iterations, .. } = self;
        f.debug_struct("Upsertion")
            .field("user", user)
            .field("mechanism", mechanism)
            .field("iterations", iterations)
            .finish_non_exhaustive()
    }
}

impl Admin {
    /// The users who have credentials, in no order.
    pub async fn scram_users(&self, deadline: Instant) -> Result<Vec<ScramUser>> {
        let options = self.options(deadline)?;
        let answer = self.request(options, deadline, |requests, options| requests.describe_scram_users(&[], options)).await?;
        answer.same()?.into_iter().map(|(name, user)| user.map_err(|fault| told(fault, &name))).collect()
    }

    /// A user who has credentials.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there are none.
    pub async fn scram_user(&self, name: &str, deadline: Instant) -> Result<ScramUser> {
        let (options, names) = (self.options(deadline)?, [name.to_owned()]);
        let answer = self.request(options, deadline, |requests, options| requests.describe_scram_users(&names, options)).await?;
        let found = answer.same().map_err(|fault| told(fault, name))?.into_iter().next().map(|(_, user)| user);
        found.unwrap_or(Err(Fault { code: RESOURCE_NOT_FOUND, text: None })).map_err(|fault| told(fault, name))
    }

    /// Sets a credential. Asked a second time, it changes nothing but the salt.
    ///
    /// # Errors
    /// [`Code::KafkaInvalidRequest`] if Kafka does not take the credential.
    pub async fn upsert_scram_credential(&self, credential: &Upsertion, deadline: Instant) -> Result<()> {
        let options = self.options(deadline)?;
        let answer = self.request(options, deadline, |requests, options| requests.upsert_scram_credential(credential, options)).await?;
        answer.same().map_err(|fault| told(fault, &credential.user))
    }

    /// Deletes a credential. Asked a second time because the first answer was lost, it finds nothing, which is a success.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none.
    pub async fn delete_scram_credential(&self, user: &str, mechanism: Mechanism, deadline: Instant) -> Result<()> {
        let options = self.options(deadline)?;
        let submit = |requests: &super::Requests, options| requests.delete_scram_credential(user, mechanism, options);
        self.request(options, deadline, submit).await?.done_already(RESOURCE_NOT_FOUND).map_err(|fault| told(fault, user))
    }
}

/// Elsewhere these two numbers are any errors of Kafka; here they are the client's.
fn told(fault: Fault, user: &str) -> Error {
    let number = i16::try_from(fault.code).unwrap_or(-1);
    match fault.code {
        RESOURCE_NOT_FOUND => {
            let text = format!("User {user} has no such SCRAM credential.");
            Error::new(Code::NotFound, text).with_kafka_error(number)
        }
        UNACCEPTABLE_CREDENTIAL => {
            let text = Error::from(fault).message().to_owned();
            Error::new(Code::KafkaInvalidRequest, text).with_kafka_error(number)
        }
        _ => fault.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let secret = Upsertion {
            user: "alice".into(),
            mechanism: Mechanism::Sha256,
            iterations: 4096,
            password: "open sesame".into(),
            salt: Some(Bytes::from_static(b"pepper")),
        };
        let printed = format!("{secret:?}");
        assert!(printed.contains("alice") && !printed.contains("sesame") && !printed.contains("pepper"), "{printed}");
    }

    #[test]
    fn errors_of_credentials_are_the_clients() {
        let of = |code| told(Fault { code, text: None }, "u").code();
        assert_eq!([91, 93, 54, 31].map(of), [Code::NotFound, Code::KafkaInvalidRequest, Code::KafkaInvalidRequest, Code::Unauthorized]);
    }
}
