//! `barnabas.v3.ScramUserService`: users who log in with SASL/SCRAM. Passwords are handed on and shown to nobody.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, page::Page};
use crate::{
    caller::Caller,
    error::{Error, Result},
    kafka::{self, Kafka, Mechanism, Upsertion},
    pb::v3::{
        self, DeleteScramCredentialRequest, DeleteScramCredentialResponse, GetScramUserRequest, GetScramUserResponse,
        ListScramUsersRequest, ListScramUsersResponse, ScramCredential, ScramMechanism, ScramUser, UpsertScramCredentialRequest,
        UpsertScramCredentialResponse,
    },
};

/// How often a password may be hashed, as brokers have it.
const ITERATIONS: std::ops::RangeInclusive<i32> = 4_096..=16_384;

/// Shows and changes SCRAM credentials.
pub struct ScramUserService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl ScramUserService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

fn shown(cluster_id: &str, user: kafka::ScramUser) -> ScramUser {
    let mut credentials = user.credentials;
    credentials.sort_unstable();
    let credential = |(mechanism, iterations)| {
        let mechanism = match mechanism {
            Mechanism::Sha256 => ScramMechanism::ScramSha256,
            Mechanism::Sha512 => ScramMechanism::ScramSha512,
        };
        ScramCredential { mechanism: mechanism.into(), iterations }
    };
    ScramUser { cluster_id: cluster_id.to_owned(), user_name: user.name, credentials: credentials.into_iter().map(credential).collect() }
}

/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) if none is given.
fn mechanism(asked: ScramMechanism) -> Result<Mechanism> {
    match asked {
        ScramMechanism::Unspecified => Err(Error::bad_request("mechanism must be given")),
        ScramMechanism::ScramSha256 => Ok(Mechanism::Sha256),
        ScramMechanism::ScramSha512 => Ok(Mechanism::Sha512),
    }
}

/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) for a name that no user has.
fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.contains('\0') { Err(Error::bad_request("user_name must be text without a NUL character")) } else { Ok(()) }
}

/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) naming the field, never its value.
fn upsertion(asked: UpsertScramCredentialRequest) -> Result<Upsertion> {
    check_name(&asked.user_name)?;
    let mechanism = mechanism(asked.mechanism())?;
    let iterations = asked.iterations.unwrap_or(*ITERATIONS.start());
    if !ITERATIONS.contains(&iterations) {
        let text = format!("iterations must be {} to {}, not {iterations}", ITERATIONS.start(), ITERATIONS.end());
        return Err(Error::bad_request(text));
    }
    if asked.password.is_empty() {
        return Err(Error::bad_request("password must not be empty"));
    }
    if asked.salt.as_ref().is_some_and(bytes::Bytes::is_empty) {
        return Err(Error::bad_request("salt must not be empty"));
    }
    Ok(Upsertion { user: asked.user_name, mechanism, iterations, password: asked.password, salt: asked.salt })
}

#[tonic::async_trait]
impl v3::scram_user_service_server::ScramUserService for ScramUserService {
    async fn list_scram_users(&self, request: Request<ListScramUsersRequest>) -> Result<Response<ListScramUsersResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let mut users = self.kafka.admin(&caller)?.scram_users(caller.deadline).await?;
        users.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let (users, next_page_token) = page.cut(users, |user| user.name.clone());
        let data = users.into_iter().map(|user| shown(&asked.cluster_id, user)).collect();
        Ok(Response::new(ListScramUsersResponse { data, next_page_token }))
    }

    async fn get_scram_user(&self, request: Request<GetScramUserRequest>) -> Result<Response<GetScramUserResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        check_name(&asked.user_name)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let user = self.kafka.admin(&caller)?.scram_user(&asked.user_name, caller.deadline).await?;
        Ok(Response::new(GetScramUserResponse { user: Some(shown(&asked.cluster_id, user)) }))
    }

    async fn upsert_scram_credential(
        &self,
        request: Request<UpsertScramCredentialRequest>,
    ) -> Result<Response<UpsertScramCredentialResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let cluster_id = asked.cluster_id.clone();
        let credential = upsertion(asked)?;
        self.cluster.check(&caller, &cluster_id).await?;
        self.kafka.admin(&caller)?.upsert_scram_credential(&credential, caller.deadline).await?;
        Ok(Response::new(UpsertScramCredentialResponse {}))
    }

    async fn delete_scram_credential(
        &self,
        request: Request<DeleteScramCredentialRequest>,
    ) -> Result<Response<DeleteScramCredentialResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        check_name(&asked.user_name)?;
        let mechanism = mechanism(asked.mechanism())?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        self.kafka.admin(&caller)?.delete_scram_credential(&asked.user_name, mechanism, caller.deadline).await?;
        Ok(Response::new(DeleteScramCredentialResponse {}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> UpsertScramCredentialRequest {
        UpsertScramCredentialRequest {
            user_name: "alice".into(),
            mechanism: ScramMechanism::ScramSha512.into(),
            password: "open sesame".into(),
            ..UpsertScramCredentialRequest::default()
        }
    }

    #[test]
    fn a_credential_is_checked_before_kafka_is_asked() {
        let credential = upsertion(asked()).unwrap();
        assert_eq!((credential.iterations, credential.mechanism), (4_096, Mechanism::Sha512));
        for (wrong, part) in [
            (UpsertScramCredentialRequest { user_name: String::new(), ..asked() }, "user_name"),
            (UpsertScramCredentialRequest { user_name: "a\0b".into(), ..asked() }, "user_name"),
            (UpsertScramCredentialRequest { mechanism: 0, ..asked() }, "mechanism"),
            (UpsertScramCredentialRequest { iterations: Some(4_095), ..asked() }, "iterations"),
            (UpsertScramCredentialRequest { iterations: Some(16_385), ..asked() }, "iterations"),
            (UpsertScramCredentialRequest { password: String::new(), ..asked() }, "password"),
            (UpsertScramCredentialRequest { salt: Some(bytes::Bytes::new()), ..asked() }, "salt"),
        ] {
            let e = upsertion(wrong).unwrap_err();
            assert!(e.message().contains(part) && !e.message().contains("sesame"), "{e}");
        }
    }
}
