//! What requests about ACLs may ask for: words that only filters have, words that must be given.
//!
//! The order of the checks and their texts are those of the documented API.

use crate::{
    error::{Code, Error, Result},
    kafka,
    pb::v3::{AclOperation, AclPatternType, AclPermission, AclResourceType, CreateAclRequest, DeleteAclsRequest, ListAclsRequest, NewAcl},
    service::known,
};

/// An ACL that can be created: particular in everything.
#[derive(Debug)]
pub(super) struct Binding(NewAcl);

/// Which ACLs are meant; an empty text matches every one.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) resource_type: AclResourceType,
    pub(super) resource_name: String,
    pub(super) pattern_type: AclPatternType,
    pub(super) principal: String,
    pub(super) host: String,
    pub(super) operation: AclOperation,
    pub(super) permission: AclPermission,
}

impl Binding {
    /// # Errors
    /// [`Code::BadRequest`] naming a field that is not particular.
    pub(super) fn of(acl: impl Into<NewAcl>) -> Result<Self> {
        let acl = acl.into();
        let kind = acl.resource_type();
        if matches!(kind, AclResourceType::Unspecified | AclResourceType::Unknown | AclResourceType::Any) {
            return Err(refused("resource_type", kind.as_str_name()));
        }
        let pattern = acl.pattern_type();
        if !matches!(pattern, AclPatternType::Literal | AclPatternType::Prefixed) {
            return Err(refused("pattern_type", pattern.as_str_name()));
        }
        let operation = acl.operation();
        if matches!(operation, AclOperation::Unspecified | AclOperation::Unknown | AclOperation::Any) {
            return Err(refused("operation", operation.as_str_name()));
        }
        let permission = acl.permission();
        if !matches!(permission, AclPermission::Deny | AclPermission::Allow) {
            return Err(refused("permission", permission.as_str_name()));
        }
        Ok(Self(acl))
    }
}

/// `name` is the value's full one: the enum's own name, which has two words or three, ends where the field's does.
fn refused(field: &str, name: &str) -> Error {
    let prefix = format!("ACL_{}_", field.to_uppercase());
    Error::new(Code::BadRequest, format!("{field} cannot be {}", name.strip_prefix(&prefix).unwrap_or(name)))
}

impl Filter {
    /// For a search: what is not given matches everything.
    ///
    /// # Errors
    /// [`Code::BadRequest`] naming a field that is UNKNOWN, or has a number that is not known here.
    pub(super) fn to_find(asked: ListAclsRequest) -> Result<Self> {
        let mut filter = Self {
            resource_type: known("resource_type", asked.resource_type)?,
            pattern_type: known("pattern_type", asked.pattern_type)?,
            operation: known("operation", asked.operation)?,
            permission: known("permission", asked.permission)?,
            resource_name: asked.resource_name,
            principal: asked.principal,
            host: asked.host,
        };
        if let Some(field) = filter.unknown() {
            return Err(Error::new(Code::BadRequest, format!("{field} cannot be UNKNOWN")));
        }
        if filter.resource_type == AclResourceType::Unspecified {
            filter.resource_type = AclResourceType::Any;
        }
        if filter.pattern_type == AclPatternType::Unspecified {
            filter.pattern_type = AclPatternType::Any;
        }
        if filter.operation == AclOperation::Unspecified {
            filter.operation = AclOperation::Any;
        }
        if filter.permission == AclPermission::Unspecified {
            filter.permission = AclPermission::Any;
        }
        Ok(filter)
    }

    /// For a deletion: everything but names must be given.
    ///
    /// # Errors
    /// [`Code::BadRequest`] naming a field that is not given or UNKNOWN.
    pub(super) fn to_delete(asked: DeleteAclsRequest) -> Result<Self> {
        let filter = Self {
            resource_type: asked.resource_type(),
            pattern_type: asked.pattern_type(),
            operation: asked.operation(),
            permission: asked.permission(),
            resource_name: asked.resource_name,
            principal: asked.principal,
            host: asked.host,
        };
        let absent = [
            ("resource_type", filter.resource_type == AclResourceType::Unspecified),
            ("pattern_type", filter.pattern_type == AclPatternType::Unspecified),
            ("operation", filter.operation == AclOperation::Unspecified),
            ("permission", filter.permission == AclPermission::Unspecified),
        ];
        let absent = absent.into_iter().find(|(_, absent)| *absent).map(|(field, _)| field);
        match absent.or_else(|| filter.unknown()) {
            Some(field) => Err(Error::new(Code::BadRequest, format!("{field} cannot be unspecified or UNKNOWN"))),
            None => Ok(filter),
        }
    }

    fn unknown(&self) -> Option<&'static str> {
        let fields = [
            ("resource_type", self.resource_type == AclResourceType::Unknown),
            ("pattern_type", self.pattern_type == AclPatternType::Unknown),
            ("operation", self.operation == AclOperation::Unknown),
            ("permission", self.permission == AclPermission::Unknown),
        ];
        fields.into_iter().find(|(_, unknown)| *unknown).map(|(field, _)| field)
    }
}

impl From<CreateAclRequest> for NewAcl {
    fn from(asked: CreateAclRequest) -> Self {
        let CreateAclRequest { cluster_id: _, resource_type, resource_name, pattern_type, principal, host, operation, permission } = asked;
        Self { resource_type, resource_name, pattern_type, principal, host, operation, permission }
    }
}

/// Kafka's number of an enum's value: the API's enums begin one later, because 0 is "not given".
fn number(value: i32) -> i8 {
    i8::try_from(value - 1).unwrap_or_default()
}

impl From<Binding> for kafka::Acl {
    fn from(Binding(acl): Binding) -> Self {
        Self {
            resource_type: number(acl.resource_type),
            resource_name: acl.resource_name,
            pattern_type: number(acl.pattern_type),
            principal: acl.principal,
            host: acl.host,
            operation: number(acl.operation),
            permission: number(acl.permission),
        }
    }
}

impl From<Filter> for kafka::AclFilter {
    fn from(filter: Filter) -> Self {
        let text = |text: String| Some(text).filter(|t| !t.is_empty());
        Self {
            resource_type: number(filter.resource_type.into()),
            resource_name: text(filter.resource_name),
            pattern_type: number(filter.pattern_type.into()),
            principal: text(filter.principal),
            host: text(filter.host),
            operation: number(filter.operation.into()),
            permission: number(filter.permission.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl() -> NewAcl {
        NewAcl {
            resource_type: AclResourceType::Topic.into(),
            resource_name: "t".into(),
            pattern_type: AclPatternType::Literal.into(),
            principal: "User:u".into(),
            host: "*".into(),
            operation: AclOperation::Read.into(),
            permission: AclPermission::Allow.into(),
        }
    }

    #[test]
    fn an_acl_is_particular_in_everything() {
        assert_eq!(kafka::Acl::from(Binding::of(acl()).unwrap()).resource_type, 2);
        for (spoilt, text) in [
            (NewAcl { resource_type: AclResourceType::Any.into(), ..acl() }, "resource_type cannot be ANY"),
            (NewAcl { resource_type: 99, ..acl() }, "resource_type cannot be UNSPECIFIED"),
            (NewAcl { pattern_type: AclPatternType::Match.into(), ..acl() }, "pattern_type cannot be MATCH"),
            (NewAcl { operation: AclOperation::Unknown.into(), ..acl() }, "operation cannot be UNKNOWN"),
            (NewAcl { permission: AclPermission::Any.into(), ..acl() }, "permission cannot be ANY"),
        ] {
            let e = Binding::of(spoilt).unwrap_err();
            assert_eq!((e.code(), e.message()), (Code::BadRequest, text));
        }
    }

    #[test]
    fn a_search_finds_everything_by_default_and_a_deletion_nothing() {
        let filter = kafka::AclFilter::from(Filter::to_find(ListAclsRequest::default()).unwrap());
        assert_eq!((filter.resource_type, filter.pattern_type, filter.operation, filter.permission), (1, 1, 1, 1));
        assert_eq!((filter.resource_name, filter.principal, filter.host), (None, None, None));
        let e = Filter::to_delete(DeleteAclsRequest::default()).unwrap_err();
        assert_eq!(e.message(), "resource_type cannot be unspecified or UNKNOWN");
    }

    #[test]
    fn a_search_for_a_value_that_is_not_known_is_none_for_everything() {
        let asked = ListAclsRequest { operation: 99, ..ListAclsRequest::default() };
        assert_eq!(Filter::to_find(asked).unwrap_err().code(), Code::BadRequest);
    }
}
