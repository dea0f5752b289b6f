//! `barnabas.v3.QuotaService`: client quotas.

use std::{collections::HashSet, sync::Arc};

use tonic::{Request, Response, Status};

use super::{ClusterService, failure, known, page::Page, with_status};
use crate::{
    caller::Caller,
    error::{Error, Result},
    kafka::{Kafka, QuotaChanges, QuotaEntity, QuotaName, Quotas},
    pb::v3::{
        self, AlterClientQuotasRequest, AlterClientQuotasResponse, ClientQuota, ClientQuotaAlteration, ClientQuotaChange,
        ClientQuotaFailure, ClientQuotaOperation, ClientQuotaValue, DescribeClientQuotasRequest, DescribeClientQuotasResponse,
    },
};

/// Shows and changes client quotas.
pub struct QuotaService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl QuotaService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

/// The names of an entity as the API has them: absent, empty for the default, or the name.
type Names = (Option<String>, Option<String>, Option<String>);

fn entity((user, client_id, ip): Names) -> QuotaEntity {
    let name = |text: String| if text.is_empty() { QuotaName::Default } else { QuotaName::Of(text) };
    QuotaEntity { user: user.map(name), client_id: client_id.map(name), ip: ip.map(name) }
}

fn names(entity: QuotaEntity) -> Names {
    let text = |name: QuotaName| match name {
        QuotaName::Default => String::new(),
        QuotaName::Of(name) => name,
    };
    (entity.user.map(text), entity.client_id.map(text), entity.ip.map(text))
}

fn shown(cluster_id: &str, found: Quotas) -> ClientQuota {
    let (user, client_id, ip) = names(found.entity);
    let mut quotas: Vec<_> = found.values.into_iter().map(|(name, value)| ClientQuotaValue { name, value }).collect();
    quotas.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    ClientQuota { cluster_id: cluster_id.to_owned(), user, client_id, ip, quotas }
}

/// What Kafka is to be asked for.
///
/// # Errors
/// [`Code::InvalidPayload`](crate::error::Code::InvalidPayload) for what Kafka need not be asked about: nothing to change, something twice, a
/// value that is none.
fn changes(asked: Vec<ClientQuotaAlteration>) -> Result<Vec<QuotaChanges>> {
    if asked.is_empty() {
        return Err(Error::payload("Empty input provided. Data is required."));
    }
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(asked.len());
    for ClientQuotaAlteration { user, client_id, ip, quotas } in asked {
        let entity = entity((user, client_id, ip));
        if entity == QuotaEntity::default() {
            return Err(Error::payload("one of user, client_id and ip is needed."));
        }
        if !seen.insert(entity.clone()) {
            return Err(Error::payload(format_args!("{} is named twice.", told(&entity))));
        }
        if quotas.is_empty() {
            return Err(Error::payload(format_args!("{} has nothing to change.", told(&entity))));
        }
        let mut once = HashSet::new();
        let changes = quotas.into_iter().map(|quota| {
            if !once.insert(quota.name.clone()) {
                return Err(Error::payload(format_args!("{} of {} is named twice.", quota.name, told(&entity))));
            }
            change(quota)
        });
        let changes = changes.collect::<Result<_>>()?;
        all.push(QuotaChanges { entity, changes });
    }
    Ok(all)
}

fn change(quota: ClientQuotaChange) -> Result<(String, Option<f64>)> {
    let operation = known::<ClientQuotaOperation>(&format!("operation of {}", quota.name), quota.operation)?;
    let ClientQuotaChange { name, value, .. } = quota;
    match (operation, value) {
        (ClientQuotaOperation::Delete, None) => Ok((name, None)),
        (ClientQuotaOperation::Delete, Some(_)) => Err(Error::payload(format_args!("{name}: DELETE takes no value."))),
        (ClientQuotaOperation::Set | ClientQuotaOperation::Unspecified, None) => {
            Err(Error::payload(format_args!("{name}: a value is needed.")))
        }
        (ClientQuotaOperation::Set | ClientQuotaOperation::Unspecified, Some(value)) if value.is_finite() => Ok((name, Some(value))),
        (ClientQuotaOperation::Set | ClientQuotaOperation::Unspecified, Some(value)) => {
            Err(Error::payload(format_args!("{name}: {value} is not a finite number.")))
        }
    }
}

/// The entity for a text: `user alice, the default client_id`.
fn told(entity: &QuotaEntity) -> String {
    let part = |kind: &str, name: &Option<QuotaName>| {
        name.as_ref().map(|name| match name {
            QuotaName::Default => format!("the default {kind}"),
            QuotaName::Of(name) => format!("{kind} {name}"),
        })
    };
    let parts = [part("user", &entity.user), part("client_id", &entity.client_id), part("ip", &entity.ip)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[tonic::async_trait]
impl v3::quota_service_server::QuotaService for QuotaService {
    async fn describe_client_quotas(
        &self,
        request: Request<DescribeClientQuotasRequest>,
    ) -> Result<Response<DescribeClientQuotasResponse>, Status> {
        let caller = Caller::of(&request)?;
        let DescribeClientQuotasRequest { cluster_id, user, client_id, ip, strict, page_size, page_token } = request.into_inner();
        let page = Page::of(page_size, &page_token)?;
        self.cluster.check(&caller, &cluster_id).await?;
        let parts = entity((user, client_id, ip));
        let mut found = self.kafka.admin(&caller)?.describe_client_quotas(&parts, strict, caller.deadline).await?;
        // Absent before default before named: the order of the names as the API has them.
        found.sort_unstable_by(|a, b| a.entity.cmp(&b.entity));
        let data = found.into_iter().map(|quotas| shown(&cluster_id, quotas)).collect();
        let (data, next_page_token) = page.cut(data, |q: &ClientQuota| (q.user.clone(), q.client_id.clone(), q.ip.clone()));
        Ok(Response::new(DescribeClientQuotasResponse { data, next_page_token }))
    }

    async fn alter_client_quotas(&self, request: Request<AlterClientQuotasRequest>) -> Result<Response<AlterClientQuotasResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let changes = changes(asked.data)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let order: Vec<QuotaEntity> = changes.iter().map(|c| c.entity.clone()).collect();
        let validate_only = asked.validate_only.unwrap_or(false);
        let mut refused = self.kafka.admin(&caller)?.alter_client_quotas(changes, validate_only, caller.deadline).await?;
        refused.sort_by_key(|(entity, _)| order.iter().position(|asked| asked == entity));
        let failures: Vec<_> = refused
            .into_iter()
            .map(|(entity, error)| {
                let (user, client_id, ip) = names(entity);
                let (error_code, message) = failure(&error);
                ClientQuotaFailure { user, client_id, ip, error_code, message }
            })
            .collect();
        let some_failed = !failures.is_empty();
        Ok(with_status(AlterClientQuotasResponse { failures }, some_failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn quota(name: &str, value: Option<f64>, operation: ClientQuotaOperation) -> ClientQuotaChange {
        ClientQuotaChange { name: name.into(), value, operation: operation.into() }
    }

    fn of(user: Option<&str>, quotas: Vec<ClientQuotaChange>) -> ClientQuotaAlteration {
        ClientQuotaAlteration { user: user.map(str::to_owned), client_id: None, ip: None, quotas }
    }

    #[test]
    fn changes_that_make_no_sense_never_reach_kafka() {
        use ClientQuotaOperation::{Delete, Set, Unspecified};
        let set = || quota("request_percentage", Some(1.5), Unspecified);
        for (asked, why) in [
            (vec![], "Data is required"),
            (vec![of(None, vec![set()])], "one of user, client_id and ip is needed"),
            (vec![of(Some("a"), vec![])], "user a has nothing to change"),
            (vec![of(Some(""), vec![set()]), of(Some(""), vec![set()])], "the default user is named twice"),
            (vec![of(Some("a"), vec![set(), set()])], "request_percentage of user a is named twice"),
            (vec![of(Some("a"), vec![quota("q", None, Set)])], "q: a value is needed"),
            (vec![of(Some("a"), vec![quota("q", Some(1.0), Delete)])], "q: DELETE takes no value"),
            (vec![of(Some("a"), vec![quota("q", Some(f64::NAN), Set)])], "q: NaN is not a finite number"),
            (vec![of(Some("a"), vec![quota("q", Some(f64::INFINITY), Set)])], "q: inf is not a finite number"),
        ] {
            let error = changes(asked).expect_err(why);
            assert_eq!(error.code(), Code::InvalidPayload, "{why}");
            assert!(error.message().contains(why), "{error}");
        }
        let one = changes(vec![of(Some("a"), vec![set(), quota("gone", None, Delete)])]).expect("sensible");
        assert_eq!(one[0].changes, [("request_percentage".to_owned(), Some(1.5)), ("gone".to_owned(), None)]);
    }

    #[test]
    fn entities_are_sorted_as_their_names() {
        let mut all = [Some("b"), None, Some(""), Some("a")].map(|user| entity((user.map(str::to_owned), None, None)));
        all.sort_unstable();
        assert_eq!(all.map(|e| names(e).0), [None, Some(String::new()), Some("a".to_owned()), Some("b".to_owned())]);
    }
}
