//! `barnabas.v3.AclService`: finds, creates and deletes access control lists. `check` says what a request may ask for.

mod check;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, page::Page};
use crate::{
    caller::Caller,
    kafka::{self, Kafka},
    pb::v3::{
        self, Acl, AclOperation, AclPatternType, AclPermission, AclResourceType, CreateAclRequest, CreateAclResponse, CreateAclsRequest,
        CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, ListAclsRequest, ListAclsResponse,
    },
};
use check::{Binding, Filter};

/// What an ACL is sorted by: type, name, pattern, principal, host, operation, permission.
type Key = (i8, String, i8, String, String, i8, i8);

/// Shows and changes the ACLs of the cluster.
pub struct AclService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl AclService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

fn key(acl: &kafka::Acl) -> Key {
    let kafka::Acl { resource_type, resource_name, pattern_type, principal, host, operation, permission } = acl.clone();
    (resource_type, resource_name, pattern_type, principal, host, operation, permission)
}

/// An ACL as the API shows it. What it has no name for is UNKNOWN.
fn shown(cluster_id: &str, acl: kafka::Acl) -> Acl {
    // The API's enums begin one later than Kafka's, because 0 is "not given".
    let number = |kafka: i8| i32::from(kafka) + 1;
    Acl {
        cluster_id: cluster_id.to_owned(),
        resource_type: AclResourceType::try_from(number(acl.resource_type)).unwrap_or(AclResourceType::Unknown).into(),
        resource_name: acl.resource_name,
        pattern_type: AclPatternType::try_from(number(acl.pattern_type)).unwrap_or(AclPatternType::Unknown).into(),
        principal: acl.principal,
        host: acl.host,
        operation: AclOperation::try_from(number(acl.operation)).unwrap_or(AclOperation::Unknown).into(),
        permission: AclPermission::try_from(number(acl.permission)).unwrap_or(AclPermission::Unknown).into(),
    }
}

#[tonic::async_trait]
impl v3::acl_service_server::AclService for AclService {
    async fn list_acls(&self, request: Request<ListAclsRequest>) -> Result<Response<ListAclsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        let (cluster_id, filter) = (asked.cluster_id.clone(), Filter::to_find(asked)?);
        self.cluster.check(&caller, &cluster_id).await?;
        let mut acls = self.kafka.admin(&caller)?.acls(filter.clone().into(), caller.deadline).await?;
        acls.sort_unstable();
        let (acls, next_page_token) = page.cut(acls, key);
        let data = acls.into_iter().map(|acl| shown(&cluster_id, acl)).collect();
        Ok(Response::new(ListAclsResponse {
            data,
            next_page_token,
            cluster_id,
            resource_type: filter.resource_type.into(),
            resource_name: filter.resource_name,
            pattern_type: filter.pattern_type.into(),
            principal: filter.principal,
            host: filter.host,
            operation: filter.operation.into(),
            permission: filter.permission.into(),
        }))
    }

    async fn create_acl(&self, request: Request<CreateAclRequest>) -> Result<Response<CreateAclResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let (cluster_id, binding) = (asked.cluster_id.clone(), Binding::of(asked)?);
        self.cluster.check(&caller, &cluster_id).await?;
        let acl = kafka::Acl::from(binding);
        self.kafka.admin(&caller)?.create_acls(vec![acl.clone()], caller.deadline).await?;
        Ok(Response::new(CreateAclResponse { acl: Some(shown(&cluster_id, acl)) }))
    }

    async fn create_acls(&self, request: Request<CreateAclsRequest>) -> Result<Response<CreateAclsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let CreateAclsRequest { cluster_id, data } = request.into_inner();
        let bindings = data.into_iter().map(Binding::of).collect::<Result<Vec<_>, _>>()?;
        self.cluster.check(&caller, &cluster_id).await?;
        let acls = bindings.into_iter().map(kafka::Acl::from).collect();
        self.kafka.admin(&caller)?.create_acls(acls, caller.deadline).await?;
        Ok(Response::new(CreateAclsResponse {}))
    }

    async fn delete_acls(&self, request: Request<DeleteAclsRequest>) -> Result<Response<DeleteAclsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let (cluster_id, filter) = (asked.cluster_id.clone(), Filter::to_delete(asked)?);
        self.cluster.check(&caller, &cluster_id).await?;
        let mut deleted = self.kafka.admin(&caller)?.delete_acls(filter.into(), caller.deadline).await?;
        deleted.sort_unstable();
        Ok(Response::new(DeleteAclsResponse { data: deleted.into_iter().map(|acl| shown(&cluster_id, acl)).collect() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_has_no_name_for_is_unknown() {
        let acl = |resource_type, operation| kafka::Acl {
            resource_type,
            resource_name: "n".into(),
            pattern_type: 3,
            principal: "User:u".into(),
            host: "*".into(),
            operation,
            permission: 3,
        };
        let of = |acl| {
            let acl = shown("c", acl);
            (acl.resource_type(), acl.pattern_type(), acl.operation(), acl.permission())
        };
        let (literal, allow) = (AclPatternType::Literal, AclPermission::Allow);
        assert_eq!(of(acl(2, 3)), (AclResourceType::Topic, literal, AclOperation::Read, allow));
        // USER and CREATE_TOKENS, which API v3 leaves out.
        assert_eq!(of(acl(7, 13)), (AclResourceType::Unknown, literal, AclOperation::Unknown, allow));
    }
}
