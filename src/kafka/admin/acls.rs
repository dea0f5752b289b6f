//! Access control lists.
//!
//! They go over the gateway's own connections: librdkafka knows no ACLs of delegation tokens, and shows whatever a newer broker has
//! beyond its own enumerations as unknown. Enumerations are Kafka's numbers here; what they mean is the service's to know.

use std::{collections::HashSet, time::Instant};

use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse,
    create_acls_request::AclCreation, delete_acls_request::DeleteAclsFilter, delete_acls_response::DeleteAclsMatchingAcl,
};

use super::Admin;
use crate::{
    error::{Code, Result},
    kafka::{native::Fault, wire},
};

/// An ACL. Enumerations are Kafka's numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acl {
    /// Kind of resource.
    pub resource_type: i8,
    /// Name of resources, or the beginning of their names.
    pub resource_name: String,
    /// How the name is meant.
    pub pattern_type: i8,
    /// Type and name of who.
    pub principal: String,
    /// From which address.
    pub host: String,
    /// What it is about.
    pub operation: i8,
    /// Whether it allows.
    pub permission: i8,
}

/// Which ACLs. Enumerations are Kafka's numbers; an absent text matches every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclFilter {
    /// Kind of resource.
    pub resource_type: i8,
    /// Name of resources, or the beginning of their names.
    pub resource_name: Option<String>,
    /// How the name is meant.
    pub pattern_type: i8,
    /// Type and name of who.
    pub principal: Option<String>,
    /// From which address.
    pub host: Option<String>,
    /// What it is about.
    pub operation: i8,
    /// Whether it allows.
    pub permission: i8,
}

impl Admin {
    /// The ACLs that match, in no order.
    ///
    /// # Errors
    /// As all here: [`Code::KafkaInvalidRequest`] if the cluster has no authorizer.
    pub async fn acls(&self, filter: AclFilter, deadline: Instant) -> Result<Vec<Acl>> {
        let request = DescribeAclsRequest::default()
            .with_resource_type_filter(filter.resource_type)
            .with_resource_name_filter(wire::optional("resource_name", filter.resource_name)?)
            .with_pattern_type_filter(filter.pattern_type)
            .with_principal_filter(wire::optional("principal", filter.principal)?)
            .with_host_filter(wire::optional("host", filter.host)?)
            .with_operation(filter.operation)
            .with_permission_type(filter.permission);
        let answer = self.wire.any(request, |a: &DescribeAclsResponse| a.error_code, deadline).await?;
        Fault::answered(answer.error_code, answer.error_message.as_deref())?;
        let acls = answer.resources.into_iter().flat_map(|resource| {
            let acl = move |of: kafka_protocol::messages::describe_acls_response::AclDescription| Acl {
                resource_type: resource.resource_type,
                resource_name: resource.resource_name.to_string(),
                pattern_type: resource.pattern_type,
                principal: of.principal.to_string(),
                host: of.host.to_string(),
                operation: of.operation,
                permission: of.permission_type,
            };
            resource.acls.into_iter().map(acl)
        });
        Ok(acls.collect())
    }

    /// Creates ACLs, with one request; those that are there already are a success, so it may be repeated.
    ///
    /// # Errors
    /// The first refusal, with the controller's text; the other ACLs are created.
    pub async fn create_acls(&self, acls: Vec<Acl>, deadline: Instant) -> Result<()> {
        let creations = acls.into_iter().map(creation).collect::<Result<_>>()?;
        let request = CreateAclsRequest::default().with_creations(creations);
        let fault = |a: &CreateAclsResponse| a.results.iter().map(|r| r.error_code).find(|code| *code != 0).unwrap_or(0);
        let answer = self.wire.controller(request, fault, deadline).await?;
        for result in answer.results {
            Fault::answered(result.error_code, result.error_message.as_deref())?;
        }
        Ok(())
    }

    /// Deletes the ACLs that match and tells which they were.
    ///
    /// If an answer is lost, the request is made again, and its answer does not tell what the first one deleted. So they are looked at
    /// before; what was there then and is gone counts as deleted.
    ///
    /// # Errors
    /// The controller's; also if one of the ACLs cannot be deleted, though others are.
    pub async fn delete_acls(&self, filter: AclFilter, deadline: Instant) -> Result<Vec<Acl>> {
        // Whoever may delete ACLs may see them, unless that is denied; then a lost answer is an error.
        let before = match self.acls(filter.clone(), deadline).await {
            Ok(found) => Some(found),
            Err(error) if error.code() == Code::Unauthorized => None,
            Err(error) => return Err(error),
        };
        let filter = DeleteAclsFilter::default()
            .with_resource_type_filter(filter.resource_type)
            .with_resource_name_filter(wire::optional("resource_name", filter.resource_name)?)
            .with_pattern_type_filter(filter.pattern_type)
            .with_principal_filter(wire::optional("principal", filter.principal)?)
            .with_host_filter(wire::optional("host", filter.host)?)
            .with_operation(filter.operation)
            .with_permission_type(filter.permission);
        let request = DeleteAclsRequest::default().with_filters(vec![filter]);
        let fault = |a: &DeleteAclsResponse| a.filter_results.first().map_or(0, |r| r.error_code);
        let Some(before) = before else { return deleted(self.wire.controller(request, fault, deadline).await?) };
        let told = self.wire.controller_again(request, fault, deadline).await?;
        let mut deleted = deleted(told.answer)?;
        if told.is_repeated {
            let known: HashSet<_> = deleted.iter().cloned().collect();
            deleted.extend(before.into_iter().filter(|acl| !known.contains(acl)));
        }
        Ok(deleted)
    }
}

fn deleted(answer: DeleteAclsResponse) -> Result<Vec<Acl>> {
    let mut deleted = Vec::new();
    for result in answer.filter_results {
        Fault::answered(result.error_code, result.error_message.as_deref())?;
        for acl in result.matching_acls {
            Fault::answered(acl.error_code, acl.error_message.as_deref())?;
            deleted.push(Acl::from(acl));
        }
    }
    Ok(deleted)
}

fn creation(acl: Acl) -> Result<AclCreation> {
    Ok(AclCreation::default()
        .with_resource_type(acl.resource_type)
        .with_resource_name(wire::string("resource_name", acl.resource_name)?)
        .with_resource_pattern_type(acl.pattern_type)
        .with_principal(wire::string("principal", acl.principal)?)
        .with_host(wire::string("host", acl.host)?)
        .with_operation(acl.operation)
        .with_permission_type(acl.permission))
}

impl From<DeleteAclsMatchingAcl> for Acl {
    fn from(acl: DeleteAclsMatchingAcl) -> Self {
        Self {
            resource_type: acl.resource_type,
            resource_name: acl.resource_name.to_string(),
            pattern_type: acl.pattern_type,
            principal: acl.principal.to_string(),
            host: acl.host.to_string(),
            operation: acl.operation,
            permission: acl.permission_type,
        }
    }
}
