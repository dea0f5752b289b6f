//! Client quotas (KIP-546).

use std::time::Instant;

use kafka_protocol::{
    messages::{
        AlterClientQuotasRequest, DescribeClientQuotasRequest,
        alter_client_quotas_request::{EntityData, EntryData, OpData},
        describe_client_quotas_request::ComponentData,
        describe_client_quotas_response,
    },
    protocol::StrBytes,
};

use super::{Admin, Fault};
use crate::{
    error::{Code, Error, Result},
    kafka::wire,
};

/// Kafka's words for the parts of an entity.
const USER: &str = "user";
const CLIENT_ID: &str = "client-id";
const IP: &str = "ip";
/// How a part is matched: the name, or the default (`ClientQuotaFilter`).
const EXACT: i8 = 0;
const DEFAULT: i8 = 1;

/// Whom a part of an entity stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuotaName {
    /// Those that have no quota of their own.
    Default,
    /// The one of this name.
    Of(String),
}

/// For whom quotas are set. An absent name is no part of the entity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuotaEntity {
    /// A user, without `User:`.
    pub user: Option<QuotaName>,
    /// A client id.
    pub client_id: Option<QuotaName>,
    /// An address.
    pub ip: Option<QuotaName>,
}

/// The quotas of an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Quotas {
    /// Whose.
    pub entity: QuotaEntity,
    /// Names and values, in no order.
    pub values: Vec<(String, f64)>,
}

/// What is to be changed of an entity's quotas.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaChanges {
    /// Whose.
    pub entity: QuotaEntity,
    /// Names and new values; without a value the quota is removed.
    pub changes: Vec<(String, Option<f64>)>,
}

impl QuotaEntity {
    /// The parts that are there, with Kafka's word for each.
    fn parts(&self) -> impl Iterator<Item = (&'static str, &QuotaName)> {
        let all = [(USER, &self.user), (CLIENT_ID, &self.client_id), (IP, &self.ip)];
        all.into_iter().filter_map(|(kind, name)| Some((kind, name.as_ref()?)))
    }

    /// From Kafka's words and names; `None` if a part is of a kind that the gateway does not know.
    fn from_parts(parts: impl Iterator<Item = (StrBytes, Option<StrBytes>)>) -> Option<Self> {
        let mut entity = Self::default();
        for (kind, name) in parts {
            let part = match kind.as_str() {
                USER => &mut entity.user,
                CLIENT_ID => &mut entity.client_id,
                IP => &mut entity.ip,
                _ => return None,
            };
            *part = Some(name.map_or(QuotaName::Default, |name| QuotaName::Of(name.to_string())));
        }
        Some(entity)
    }
}

impl QuotaName {
    /// `kind` is what the part is called.
    fn named(&self, kind: &str) -> Result<Option<StrBytes>> {
        match self {
            Self::Default => Ok(None),
            Self::Of(name) => wire::string(kind, name).map(Some),
        }
    }
}

impl Admin {
    /// The quotas of the entities that have at least these parts, or with `strict` just these, in no order.
    pub async fn describe_client_quotas(&self, parts: &QuotaEntity, strict: bool, deadline: Instant) -> Result<Vec<Quotas>> {
        let component = |(kind, name): (&'static str, &QuotaName)| {
            let how = if *name == QuotaName::Default { DEFAULT } else { EXACT };
            let component = ComponentData::default().with_entity_type(StrBytes::from_static_str(kind)).with_match_type(how);
            Ok(component.with_match(name.named(kind)?))
        };
        let components = parts.parts().map(component).collect::<Result<_>>()?;
        let request = DescribeClientQuotasRequest::default().with_components(components).with_strict(strict);
        let answer = self.wire.any(request, |a| a.error_code, deadline).await?;
        Fault::answered(answer.error_code, answer.error_message.as_deref())?;
        // An entity of a kind that is not known here could be taken for another one: it is left out.
        Ok(answer.entries.into_iter().flatten().filter_map(quotas).collect())
    }

    /// Sets and removes quotas; each entity at most once, each quota of it at most once. Returns the entities that were refused, and why.
    pub async fn alter_client_quotas(
        &self,
        changes: Vec<QuotaChanges>,
        validate_only: bool,
        deadline: Instant,
    ) -> Result<Vec<(QuotaEntity, Error)>> {
        let mut unanswered: Vec<QuotaEntity> = changes.iter().map(|c| c.entity.clone()).collect();
        let entries = changes.into_iter().map(entry).collect::<Result<_>>()?;
        let request = AlterClientQuotasRequest::default().with_entries(entries).with_validate_only(validate_only);
        // An error that concerns all entities is told with each of them.
        let answer = self.wire.controller(request, |a| a.entries.first().map_or(0, |e| e.error_code), deadline).await?;
        let mut refused = Vec::new();
        for entry in answer.entries {
            let entity = QuotaEntity::from_parts(entry.entity.into_iter().map(|e| (e.entity_type, e.entity_name)));
            let Some(entity) = entity else { continue };
            unanswered.retain(|asked| *asked != entity);
            if let Err(why) = Fault::answered(entry.error_code, entry.error_message.as_deref()) {
                refused.push((entity, why.into()));
            }
        }
        let silence = || Error::new(Code::Kafka, "The controller did not answer for this entity.");
        refused.extend(unanswered.into_iter().map(|entity| (entity, silence())));
        Ok(refused)
    }
}

fn quotas(found: describe_client_quotas_response::EntryData) -> Option<Quotas> {
    let entity = QuotaEntity::from_parts(found.entity.into_iter().map(|e| (e.entity_type, e.entity_name)))?;
    Some(Quotas { entity, values: found.values.into_iter().map(|v| (v.key.to_string(), v.value)).collect() })
}

fn entry(wanted: QuotaChanges) -> Result<EntryData> {
    let part = |(kind, name): (&'static str, &QuotaName)| {
        Ok(EntityData::default().with_entity_type(StrBytes::from_static_str(kind)).with_entity_name(name.named(kind)?))
    };
    let entity = wanted.entity.parts().map(part).collect::<Result<_>>()?;
    let change = |(name, value): (String, Option<f64>)| {
        let key = wire::string("name", name)?;
        Ok(OpData::default().with_key(key).with_value(value.unwrap_or_default()).with_remove(value.is_none()))
    };
    let ops = wanted.changes.into_iter().map(change).collect::<Result<_>>()?;
    Ok(EntryData::default().with_entity(entity).with_ops(ops))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> StrBytes {
        StrBytes::from_string(text.to_owned())
    }

    #[test]
    fn an_entity_keeps_its_parts_and_defaults_on_the_way_to_kafka_and_back() {
        let all = [
            QuotaEntity { user: Some(QuotaName::Of("alice".into())), ..Default::default() },
            QuotaEntity { user: Some(QuotaName::Default), client_id: Some(QuotaName::Of("c".into())), ip: None },
            QuotaEntity { ip: Some(QuotaName::Default), ..Default::default() },
        ];
        for entity in all {
            let parts = entity.parts().map(|(kind, name)| (text(kind), name.named(kind).unwrap()));
            assert_eq!(QuotaEntity::from_parts(parts), Some(entity.clone()));
        }
    }

    #[test]
    fn an_entity_of_an_unknown_kind_is_not_taken_for_another() {
        let parts = [(text("user"), Some(text("a"))), (text("planet"), None)];
        assert_eq!(QuotaEntity::from_parts(parts.into_iter()), None);
    }
}
