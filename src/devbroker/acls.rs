//! The table of access rules: created, described and deleted as in Kafka, but nothing is ever refused because of them.
//!
//! Start at [`Acls`].

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_acls_response::{DeleteAclsFilterResult, DeleteAclsMatchingAcl};
use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse,
};
use kafka_protocol::protocol::StrBytes;

const INVALID_REQUEST: i16 = 42;

/// Resource type, operation and permission that match each; a rule itself cannot have it.
const ANY: i8 = 1;
/// Pattern type of a filter that asks for the rules that apply to a resource.
const MATCH: i8 = 2;
const LITERAL: i8 = 3;
const PREFIXED: i8 = 4;
/// The resource name of a literal rule that applies to all.
const WILDCARD: &str = "*";

/// All rules, in the order of their creation, each once.
#[derive(Default)]
pub(super) struct Acls {
    rules: Vec<Rule>,
}

#[derive(Clone, PartialEq, Eq)]
struct Rule {
    resource_type: i8,
    resource_name: StrBytes,
    pattern_type: i8,
    principal: StrBytes,
    host: StrBytes,
    operation: i8,
    permission: i8,
}

impl Acls {
    /// Adds rules; one that is there already is a success, one that is none (ANY, an unknown number) is an error of its own.
    pub(super) fn create(&mut self, request: &CreateAclsRequest) -> CreateAclsResponse {
        let results = request.creations.iter().map(|creation| {
            let rule = Rule::from(creation);
            if let Some(reason) = rule.fault() {
                let message = Some(StrBytes::from_static_str(reason));
                return AclCreationResult::default().with_error_code(INVALID_REQUEST).with_error_message(message);
            }
            if !self.rules.contains(&rule) {
                self.rules.push(rule);
            }
            AclCreationResult::default().with_error_message(None)
        });
        CreateAclsResponse::default().with_results(results.collect())
    }

    /// The rules that match the filter, by resource.
    pub(super) fn describe(&self, request: &DescribeAclsRequest) -> DescribeAclsResponse {
        let filter = Filter {
            resource_type: request.resource_type_filter,
            resource_name: request.resource_name_filter.as_deref(),
            pattern_type: request.pattern_type_filter,
            principal: request.principal_filter.as_deref(),
            host: request.host_filter.as_deref(),
            operation: request.operation,
            permission: request.permission_type,
        };
        let mut resources: Vec<DescribeAclsResource> = Vec::new();
        for rule in self.rules.iter().filter(|rule| filter.matches(rule)) {
            let acl = AclDescription::default()
                .with_principal(rule.principal.clone())
                .with_host(rule.host.clone())
                .with_operation(rule.operation)
                .with_permission_type(rule.permission);
            let same = |resource: &&mut DescribeAclsResource| {
                resource.resource_type == rule.resource_type
                    && resource.resource_name == rule.resource_name
                    && resource.pattern_type == rule.pattern_type
            };
            match resources.iter_mut().find(same) {
                Some(resource) => resource.acls.push(acl),
                None => resources.push(
                    DescribeAclsResource::default()
                        .with_resource_type(rule.resource_type)
                        .with_resource_name(rule.resource_name.clone())
                        .with_pattern_type(rule.pattern_type)
                        .with_acls(vec![acl]),
                ),
            }
        }
        DescribeAclsResponse::default().with_error_message(None).with_resources(resources)
    }

    /// Deletes the rules that match each filter and tells which they were.
    pub(super) fn delete(&mut self, request: &DeleteAclsRequest) -> DeleteAclsResponse {
        let results = request.filters.iter().map(|filter| {
            let filter = Filter::from(filter);
            let deleted = self.rules.extract_if(.., |rule| filter.matches(rule)).map(DeleteAclsMatchingAcl::from).collect();
            DeleteAclsFilterResult::default().with_error_message(None).with_matching_acls(deleted)
        });
        DeleteAclsResponse::default().with_filter_results(results.collect())
    }
}

impl Rule {
    /// Why this is no rule.
    fn fault(&self) -> Option<&'static str> {
        if self.resource_type <= ANY {
            Some("the resource type of a rule must be a particular one")
        } else if self.pattern_type != LITERAL && self.pattern_type != PREFIXED {
            Some("the pattern type of a rule must be LITERAL or PREFIXED")
        } else if self.operation <= ANY || self.permission <= ANY {
            Some("the operation and the permission of a rule must be particular ones")
        } else {
            None
        }
    }
}

impl From<&AclCreation> for Rule {
    fn from(creation: &AclCreation) -> Self {
        Self {
            resource_type: creation.resource_type,
            resource_name: creation.resource_name.clone(),
            pattern_type: creation.resource_pattern_type,
            principal: creation.principal.clone(),
            host: creation.host.clone(),
            operation: creation.operation,
            permission: creation.permission_type,
        }
    }
}

impl From<Rule> for DeleteAclsMatchingAcl {
    fn from(rule: Rule) -> Self {
        Self::default()
            .with_error_message(None)
            .with_resource_type(rule.resource_type)
            .with_resource_name(rule.resource_name)
            .with_pattern_type(rule.pattern_type)
            .with_principal(rule.principal)
            .with_host(rule.host)
            .with_operation(rule.operation)
            .with_permission_type(rule.permission)
    }
}

/// Which rules are meant; a missing text matches each.
struct Filter<'a> {
    resource_type: i8,
    resource_name: Option<&'a str>,
    pattern_type: i8,
    principal: Option<&'a str>,
    host: Option<&'a str>,
    operation: i8,
    permission: i8,
}

impl<'a> From<&'a DeleteAclsFilter> for Filter<'a> {
    fn from(filter: &'a DeleteAclsFilter) -> Self {
        Self {
            resource_type: filter.resource_type_filter,
            resource_name: filter.resource_name_filter.as_deref(),
            pattern_type: filter.pattern_type_filter,
            principal: filter.principal_filter.as_deref(),
            host: filter.host_filter.as_deref(),
            operation: filter.operation,
            permission: filter.permission_type,
        }
    }
}

impl Filter<'_> {
    fn matches(&self, rule: &Rule) -> bool {
        let number = |wanted: i8, has: i8| wanted == ANY || wanted == has;
        let text = |wanted: Option<&str>, has: &str| wanted.is_none_or(|wanted| wanted == has);
        number(self.resource_type, rule.resource_type)
            && number(self.operation, rule.operation)
            && number(self.permission, rule.permission)
            && text(self.principal, &rule.principal)
            && text(self.host, &rule.host)
            && self.matches_resource(rule)
    }

    fn matches_resource(&self, rule: &Rule) -> bool {
        let has = rule.resource_name.as_str();
        match (self.pattern_type, self.resource_name) {
            (ANY | MATCH, None) => true,
            (ANY, Some(wanted)) => wanted == has,
            (MATCH, Some(wanted)) if rule.pattern_type == PREFIXED => wanted.starts_with(has),
            (MATCH, Some(wanted)) => wanted == has || has == WILDCARD,
            (pattern, wanted) => pattern == rule.pattern_type && wanted.is_none_or(|wanted| wanted == has),
        }
    }
}
