//! Users who log in with SCRAM.
//!
//! They are described over the own connection: librdkafka 2.12 frees what it did not allocate when the broker refuses the whole request,
//! as it does for whoever may not describe the cluster, and the process ends. Credentials are set and deleted through librdkafka, which
//! hashes the password.

use std::{fmt, time::Instant};

use bytes::Bytes;
use kafka_protocol::messages::{
    DescribeUserScramCredentialsRequest,
    describe_user_scram_credentials_request::UserName,
    describe_user_scram_credentials_response::{CredentialInfo, DescribeUserScramCredentialsResult},
};

use super::Admin;
use crate::{
    error::{Code, Error, Result},
    kafka::{native::Fault, wire},
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

impl Mechanism {
    /// By Kafka's number; `None` for one that is not known here.
    fn numbered(number: i8) -> Option<Self> {
        match number {
            1 => Some(Self::Sha256),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }
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
    ///
    /// # Errors
    /// [`Code::Unauthorized`] for a principal that may not describe the cluster.
    pub async fn scram_users(&self, deadline: Instant) -> Result<Vec<ScramUser>> {
        self.described_scram_users(Vec::new(), deadline).await?.into_iter().map(described).collect()
    }

    /// A user who has credentials.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there are none, [`Code::Unauthorized`].
    pub async fn scram_user(&self, name: &str, deadline: Instant) -> Result<ScramUser> {
        let asked = UserName::default().with_name(wire::string("user_name", name)?);
        let found = self.described_scram_users(vec![asked], deadline).await?.into_iter().next();
        found.map_or_else(|| Err(told(Fault { code: RESOURCE_NOT_FOUND, text: None }, name)), described)
    }

    /// All users if none is named.
    async fn described_scram_users(&self, users: Vec<UserName>, deadline: Instant) -> Result<Vec<DescribeUserScramCredentialsResult>> {
        // Not null, which the protocol allows too: a broker that refuses such a request fails at it, and closes the connection.
        let request = DescribeUserScramCredentialsRequest::default().with_users(Some(users));
        let answer = self.wire.controller(request, |a| a.error_code, deadline).await?;
        Fault::answered(answer.error_code, answer.error_message.as_deref())?;
        Ok(answer.results)
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

fn described(user: DescribeUserScramCredentialsResult) -> Result<ScramUser> {
    let name = user.user.to_string();
    Fault::answered(user.error_code, user.error_message.as_deref()).map_err(|fault| told(fault, &name))?;
    let credential = |of: CredentialInfo| Mechanism::numbered(of.mechanism).map(|mechanism| (mechanism, of.iterations));
    Ok(ScramUser { name, credentials: user.credential_infos.into_iter().filter_map(credential).collect() })
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
    fn a_user_is_shown_with_the_mechanisms_that_are_known() {
        let credential = |mechanism| CredentialInfo::default().with_mechanism(mechanism).with_iterations(4096);
        let user = DescribeUserScramCredentialsResult::default().with_user(wire::string("user", "alice").unwrap());
        let shown = described(user.clone().with_credential_infos([1, 2, 0, 7].map(credential).to_vec())).unwrap();
        assert_eq!((shown.name.as_str(), shown.credentials), ("alice", vec![(Mechanism::Sha256, 4096), (Mechanism::Sha512, 4096)]));
        assert_eq!(described(user.with_error_code(91)).unwrap_err().code(), Code::NotFound);
    }

    #[test]
    fn errors_of_credentials_are_the_clients() {
        let of = |code| told(Fault { code, text: None }, "u").code();
        assert_eq!([91, 93, 54, 31].map(of), [Code::NotFound, Code::KafkaInvalidRequest, Code::KafkaInvalidRequest, Code::Unauthorized]);
    }
}
