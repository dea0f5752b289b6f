//! Consumer groups: which there are, what they are doing, who their members are; and their end.
//!
//! Over our own connection, because one request asks a coordinator about any number of groups there, and because librdkafka knows only
//! some of the protocols. What a group is asked about depends on its protocol, which the list of groups tells; where it is not known,
//! one protocol after another is tried. Start with [`Admin::list_groups`] and [`Admin::describe_groups`].

mod answers;
mod assignment;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest, ShareGroupDescribeRequest,
    list_groups_response::ListedGroup,
};

use self::answers::{Answered, answered};
use super::Admin;
use crate::{
    error::{Code, Error, Result},
    kafka::{
        native::Fault,
        record::TopicPartition,
        wire::{self, Coordinator},
    },
};

/// The protocol type of consumers, in groups of the classic protocol.
const CONSUMER: &str = "consumer";
/// How long to wait before a coordinator is looked for again.
const PAUSE: Duration = Duration::from_millis(100);
/// Kafka's errors for a group that is busy with its members: ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS,
/// NON_EMPTY_GROUP, FENCED_INSTANCE_ID, STALE_MEMBER_EPOCH.
pub(super) const HAS_MEMBERS: [i16; 6] = [22, 25, 27, 68, 82, 113];
/// Kafka's error for a topic that members of the group read (GROUP_SUBSCRIBED_TO_TOPIC).
const SUBSCRIBED: i16 = 86;
/// Kafka's error where a group has no coordinator (yet).
const COORDINATOR_NOT_AVAILABLE: i32 = 15;
/// Kafka's error for a group that is not there (GROUP_ID_NOT_FOUND).
pub(super) const NO_SUCH_GROUP: i16 = 69;

/// The protocol of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupType {
    /// Members divide the partitions among themselves.
    Classic,
    /// The coordinator divides the partitions (KIP-848).
    Consumer,
    /// Members share records (KIP-932).
    Share,
}

/// What a group is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupState {
    /// None that is known here.
    Unknown,
    /// Waits for members to join again.
    PreparingRebalance,
    /// Waits for the partitions to be divided.
    CompletingRebalance,
    /// The coordinator divides the partitions.
    Assigning,
    /// Members take their partitions over.
    Reconciling,
    /// Each member has its partitions.
    Stable,
    /// Is being removed.
    Dead,
    /// Has no members.
    Empty,
}

impl GroupState {
    fn named(name: &str) -> Self {
        match name {
            "PreparingRebalance" => Self::PreparingRebalance,
            "CompletingRebalance" => Self::CompletingRebalance,
            "Assigning" => Self::Assigning,
            "Reconciling" => Self::Reconciling,
            "Stable" => Self::Stable,
            "Dead" => Self::Dead,
            "Empty" => Self::Empty,
            _ => Self::Unknown,
        }
    }
}

/// A group in the list of all, or one to ask about: what is absent is found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// The group's id.
    pub id: String,
    /// The protocol; brokers before Kafka 3.8 do not tell it.
    pub kind: Option<GroupType>,
    /// The broker that coordinates the group.
    pub coordinator: Option<i32>,
}

impl GroupListing {
    /// A group of which no more than the id is known.
    pub fn named(id: impl Into<String>) -> Self {
        Self { id: id.into(), kind: None, coordinator: None }
    }
}

/// A group and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group's id.
    pub id: String,
    /// Its protocol.
    pub kind: GroupType,
    /// What it is doing.
    pub state: GroupState,
    /// True if no member has ever joined.
    pub is_simple: bool,
    /// True if a group of the consumer protocol has members of the classic one.
    pub is_mixed: bool,
    /// What divides the partitions; empty without members.
    pub assignor: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// Its members, sorted by id.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The id that the coordinator gave it.
    pub id: String,
    /// `group.instance.id`, if it is static.
    pub instance_id: Option<String>,
    /// `client.id`.
    pub client_id: String,
    /// The partitions that it has, sorted.
    pub assignment: Vec<TopicPartition>,
}

/// A group whose answer is still wanted, and the protocols that are still to be tried.
struct Open {
    id: String,
    coordinator: Option<i32>,
    kinds: &'static [GroupType],
}

impl From<GroupListing> for Open {
    fn from(group: GroupListing) -> Self {
        let kinds: &[_] = match group.kind {
            // By far the most groups are classic; a coordinator says at once that one is not.
            None => &[GroupType::Classic, GroupType::Consumer, GroupType::Share],
            Some(GroupType::Classic) => &[GroupType::Classic],
            Some(GroupType::Consumer) => &[GroupType::Consumer],
            Some(GroupType::Share) => &[GroupType::Share],
        };
        Self { id: group.id, coordinator: group.coordinator, kinds }
    }
}

impl Admin {
    /// All consumer groups that the principal may see, sorted by id: of the classic protocol, if their members are consumers or they have
    /// never had any; of the consumer protocol; share groups.
    ///
    /// One request to each broker, all at the same time. Only reads.
    pub async fn list_groups(&self, deadline: Instant) -> Result<Vec<GroupListing>> {
        // While a coordinator moves, two brokers may have the same group.
        let mut by_id = BTreeMap::new();
        for (broker, answer) in self.wire.every(ListGroupsRequest::default(), |a| a.error_code, deadline).await? {
            Fault::answered(answer.error_code, None)?;
            by_id.extend(answer.groups.into_iter().filter_map(|group| listing(group, broker)).map(|group| (group.id.clone(), group)));
        }
        Ok(by_id.into_values().collect())
    }

    /// The groups, in the order asked for: each with its answer, which is nothing if there is no such consumer group.
    ///
    /// One request to each coordinator for each protocol, those of a round at the same time; one more before for all coordinators that are
    /// not known. Only reads.
    ///
    /// # Errors
    /// Of a single group: [`Code::Unauthorized`] and others.
    pub async fn describe_groups(&self, groups: Vec<GroupListing>, deadline: Instant) -> Result<Vec<(String, Result<Option<Group>>)>> {
        let ids: Vec<_> = groups.iter().map(|group| group.id.clone()).collect();
        let mut found: HashMap<String, Result<Option<Group>>> = HashMap::with_capacity(ids.len());
        // An id may be asked for twice. No group is without one: Kafka calls that a wrong request.
        let once: BTreeMap<_, _> = groups.into_iter().filter(|g| !g.id.is_empty()).map(|group| (group.id.clone(), group)).collect();
        let mut open: Vec<Open> = once.into_values().map(Open::from).collect();
        while !open.is_empty() {
            self.find_coordinators(&mut open, &mut found, deadline).await?;
            let mut moved = false;
            let mut again = Vec::new();
            for (mut group, answer) in self.ask(open, deadline).await? {
                match answer {
                    Answered::Found(description) => drop(found.insert(group.id, Ok(Some(description)))),
                    Answered::Failed(fault) => drop(found.insert(group.id, Err(fault.into()))),
                    Answered::Foreign => drop(found.insert(group.id, Ok(None))),
                    Answered::OfAnotherKind => match group.kinds {
                        [_, rest @ ..] if !rest.is_empty() => {
                            group.kinds = rest;
                            again.push(group);
                        }
                        _ => drop(found.insert(group.id, Ok(None))),
                    },
                    Answered::Elsewhere(fault) if deadline.saturating_duration_since(Instant::now()) <= PAUSE => {
                        drop(found.insert(group.id, Err(fault.into())));
                    }
                    Answered::Elsewhere(_) => {
                        group.coordinator = None;
                        moved = true;
                        again.push(group);
                    }
                }
            }
            open = again;
            if moved {
                tokio::time::sleep(PAUSE).await;
            }
        }
        let of = |id: String| {
            let answer = found.get(&id).cloned().unwrap_or(Ok(None));
            (id, answer)
        };
        Ok(ids.into_iter().map(of).collect())
    }

    /// One group; nothing if there is none.
    ///
    /// # Errors
    /// [`Code::Unauthorized`] and others.
    pub async fn describe_group(&self, id: &str, deadline: Instant) -> Result<Option<Group>> {
        let found = self.describe_groups(vec![GroupListing::named(id)], deadline).await?;
        found.into_iter().next().map_or(Ok(None), |(_, group)| group)
    }

    /// Deletes a group and its offsets.
    ///
    /// Not sent again once a broker may have done it: the second answer would be that there is no such group.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::IllegalState`] if it has members, [`Code::Unauthorized`].
    pub async fn delete_group(&self, id: &str, deadline: Instant) -> Result<()> {
        if id.is_empty() {
            return checked(id, NO_SUCH_GROUP);
        }
        let request = DeleteGroupsRequest::default().with_groups_names(vec![wire::group_id(id)?]);
        let fault = |a: &kafka_protocol::messages::DeleteGroupsResponse| a.results.first().map_or(0, |r| r.error_code);
        let answer = self.wire.coordinator(Coordinator::Group, id, request, fault, deadline).await?;
        let result = answer.results.first().ok_or_else(|| Error::internal("no answer for the group"))?;
        checked(id, result.error_code)
    }

    /// Fills in the coordinators that are not known. A group whose coordinator cannot be found has its answer.
    async fn find_coordinators(
        &self,
        open: &mut Vec<Open>,
        found: &mut HashMap<String, Result<Option<Group>>>,
        deadline: Instant,
    ) -> Result<()> {
        let unknown: Vec<_> = open.iter().filter(|g| g.coordinator.is_none()).map(|g| g.id.clone()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut coordinators: HashMap<_, _> = self.wire.coordinators(Coordinator::Group, &unknown, deadline).await?.into_iter().collect();
        open.retain_mut(|group| {
            if group.coordinator.is_some() {
                return true;
            }
            match coordinators.remove(&group.id) {
                Some(Ok(broker)) => group.coordinator = Some(broker),
                Some(Err(error)) => drop(found.insert(group.id.clone(), Err(error))),
                // Every key is answered.
                None => {}
            }
            group.coordinator.is_some()
        });
        Ok(())
    }

    /// Asks each coordinator about its groups, by the protocol that is next to be tried.
    async fn ask(&self, open: Vec<Open>, deadline: Instant) -> Result<Vec<(Open, Answered)>> {
        let mut batches: BTreeMap<(i32, GroupType), Vec<Open>> = BTreeMap::new();
        for group in open {
            if let (Some(broker), Some(kind)) = (group.coordinator, group.kinds.first()) {
                batches.entry((broker, *kind)).or_default().push(group);
            }
        }
        let answers = try_join_all(batches.into_iter().map(|((broker, kind), groups)| self.ask_one(broker, kind, groups, deadline)));
        Ok(answers.await?.into_iter().flatten().collect())
    }

    async fn ask_one(&self, broker: i32, kind: GroupType, groups: Vec<Open>, deadline: Instant) -> Result<Vec<(Open, Answered)>> {
        let ids = groups.iter().map(|g| wire::group_id(&g.id)).collect::<Result<_>>()?;
        /// Three requests in one form, whose answers have no trait in common. Each group has an error of its own; there is none of the
        /// whole answer.
        macro_rules! describe {
            ($request:expr) => {
                self.wire
                    .broker(broker, $request, |_| 0, deadline)
                    .await
                    .map(|answer| answer.groups.into_iter().map(|group| answered(group, broker)).collect())
            };
        }
        let described = match kind {
            GroupType::Classic => describe!(DescribeGroupsRequest::default().with_groups(ids)),
            GroupType::Consumer => describe!(ConsumerGroupDescribeRequest::default().with_group_ids(ids)),
            GroupType::Share => describe!(ShareGroupDescribeRequest::default().with_group_ids(ids)),
        };
        let mut described: HashMap<String, Answered> = match described {
            Ok(described) => described,
            Err(error) => return unanswered(groups, kind, error),
        };
        let of = |group: Open| {
            let answer = described.remove(&group.id).unwrap_or(Answered::OfAnotherKind);
            (group, answer)
        };
        Ok(groups.into_iter().map(of).collect())
    }
}

/// What is known of groups whose broker did not answer.
fn unanswered(groups: Vec<Open>, kind: GroupType, error: Error) -> Result<Vec<(Open, Answered)>> {
    let answer: fn() -> Answered = match error.code() {
        // A broker that does not know the protocol has no group of it.
        Code::UnsupportedProtocol if kind != GroupType::Classic => || Answered::OfAnotherKind,
        // The broker is not alive any more: another one coordinates them, or will.
        Code::NotFound => || Answered::Elsewhere(Fault { code: COORDINATOR_NOT_AVAILABLE, text: None }),
        _ => return Err(error),
    };
    Ok(groups.into_iter().map(|group| (group, answer())).collect())
}

/// A group of the list, if it is a consumer group.
fn listing(group: ListedGroup, broker: i32) -> Option<GroupListing> {
    let of_consumers = group.protocol_type.is_empty() || group.protocol_type.as_str() == CONSUMER;
    let kind = match group.group_type.to_ascii_lowercase().as_str() {
        // Brokers before Kafka 3.8 do not tell.
        "" if of_consumers => None,
        "classic" if of_consumers => Some(GroupType::Classic),
        "consumer" => Some(GroupType::Consumer),
        "share" => Some(GroupType::Share),
        _ => return None,
    };
    Some(GroupListing { id: group.group_id.to_string(), kind, coordinator: Some(broker) })
}

/// An error number in an answer about a group.
///
/// # Errors
/// [`Code::NotFound`], [`Code::IllegalState`] if its members stand in the way, and all others by Kafka's texts.
pub(super) fn checked(id: &str, code: i16) -> Result<()> {
    let (kind, text) = match code {
        0 => return Ok(()),
        NO_SUCH_GROUP => (Code::NotFound, format!("Consumer Group {id} does not exist.")),
        SUBSCRIBED => {
            (Code::IllegalState, format!("Illegal state: members of consumer group {id} are subscribed to the topic. Stop them first."))
        }
        code if HAS_MEMBERS.contains(&code) => {
            (Code::IllegalState, format!("Illegal state: consumer group {id} has members. Stop them first."))
        }
        code => return Err(Fault { code: code.into(), text: None }.into()),
    };
    Err(Error::new(kind, text).with_kafka_error(code))
}

#[cfg(test)]
mod tests {
    use kafka_protocol::protocol::StrBytes;

    use super::*;

    #[test]
    fn only_consumer_groups_are_listed() {
        for (protocol, kind, want, why) in [
            ("consumer", "Classic", Some(Some(GroupType::Classic)), "consumers of the classic protocol"),
            ("", "classic", Some(Some(GroupType::Classic)), "offsets without a member"),
            ("consumer", "", Some(None), "an old broker"),
            ("consumer", "Consumer", Some(Some(GroupType::Consumer)), "KIP-848"),
            ("share", "Share", Some(Some(GroupType::Share)), "KIP-932"),
            ("connect", "Classic", None, "workers of Connect"),
            ("connect", "", None, "workers of Connect, an old broker"),
            ("streams", "Streams", None, "KIP-1071"),
            ("x", "Y", None, "a protocol of the future"),
        ] {
            let listed = ListedGroup::default()
                .with_group_id(wire::group_id("g").unwrap())
                .with_protocol_type(StrBytes::from_static_str(protocol))
                .with_group_type(StrBytes::from_static_str(kind));
            assert_eq!(listing(listed, 1).map(|g| g.kind), want, "{why}");
        }
    }

    #[test]
    fn groups_of_a_broker_that_is_gone_are_looked_for_elsewhere() {
        let told = |code, kind| {
            let answers = unanswered(vec![GroupListing::named("g").into()], kind, Error::of(code))?;
            Ok::<_, Error>(answers.into_iter().map(|(_, answer)| answer).next())
        };
        assert!(matches!(told(Code::NotFound, GroupType::Classic), Ok(Some(Answered::Elsewhere(_)))));
        assert!(matches!(told(Code::UnsupportedProtocol, GroupType::Share), Ok(Some(Answered::OfAnotherKind))));
        assert!(told(Code::UnsupportedProtocol, GroupType::Classic).is_err());
        assert!(told(Code::KafkaRetriable, GroupType::Classic).is_err());
    }

    #[test]
    fn members_in_the_way_are_no_defect() {
        for code in HAS_MEMBERS.into_iter().chain([SUBSCRIBED]) {
            let error = checked("g", code).unwrap_err();
            assert_eq!((error.code(), error.kafka_error()), (Code::IllegalState, Some(code)), "{code}");
            assert!(error.message().contains("Stop them first"), "{code}");
        }
        assert_eq!(checked("g", NO_SUCH_GROUP).unwrap_err().message(), "Consumer Group g does not exist.");
        assert_eq!(checked("g", 30).unwrap_err().code(), Code::Unauthorized);
        assert!(checked("g", 0).is_ok());
    }
}
