//! What a coordinator answers about one group, the same for all protocols.

use kafka_protocol::{
    messages::{consumer_group_describe_response as consumer, describe_groups_response as classic, share_group_describe_response as share},
    protocol::StrBytes,
};

use super::{CONSUMER, Group, GroupState, GroupType, Member, NO_SUCH_GROUP, assignment};
use crate::kafka::{native::Fault, record::TopicPartition};

/// Kafka's errors after which another broker must be asked, or the same a moment later: the coordinator is loading, is not there, has moved.
const ELSEWHERE: [i16; 3] = [14, 15, 16];
/// Kafka's error for a version or a protocol that the broker does not offer.
const UNSUPPORTED: i16 = 35;
/// A member of the classic protocol in a group of the consumer protocol (`MemberType`).
const CLASSIC_MEMBER: i8 = 0;

/// An answer about one group.
#[derive(Debug)]
pub(super) enum Answered {
    /// The group.
    Found(Group),
    /// There is no group of this protocol.
    OfAnotherKind,
    /// There is a group, but its members are no consumers.
    Foreign,
    /// The broker does not coordinate it (any more), or not yet.
    Elsewhere(Fault),
    /// An error of this group.
    Failed(Fault),
}

/// A description in an answer.
pub(super) trait Described {
    /// The group's id, the error number, and the broker's text for it.
    fn head(&self) -> (String, i16, Option<String>);
    /// The group, of an answer without an error.
    fn group(self, id: String, coordinator: i32) -> Answered;
}

/// The group's id, and what is known of it now.
pub(super) fn answered(described: impl Described, broker: i32) -> (String, Answered) {
    let (id, code, text) = described.head();
    let fault = || Fault { code: code.into(), text };
    let answer = match code {
        0 => described.group(id.clone(), broker),
        NO_SUCH_GROUP | UNSUPPORTED => Answered::OfAnotherKind,
        code if ELSEWHERE.contains(&code) => Answered::Elsewhere(fault()),
        _ => Answered::Failed(fault()),
    };
    (id, answer)
}

fn text(bytes: Option<&StrBytes>) -> Option<String> {
    bytes.map(|text| text.to_string())
}

/// The partitions of topics, sorted.
fn partitions<'a>(topics: impl Iterator<Item = (&'a str, &'a Vec<i32>)>) -> Vec<TopicPartition> {
    let mut all = Vec::new();
    for (topic, partitions) in topics {
        let topic: std::sync::Arc<str> = topic.into();
        all.extend(partitions.iter().map(|p| TopicPartition { topic: topic.clone(), partition: *p }));
    }
    all.sort_unstable();
    all
}

fn sorted(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    members
}

impl Described for classic::DescribedGroup {
    fn head(&self) -> (String, i16, Option<String>) {
        (self.group_id.to_string(), self.error_code, text(self.error_message.as_ref()))
    }

    fn group(self, id: String, coordinator: i32) -> Answered {
        let state = GroupState::named(&self.group_state);
        // So coordinators before Kafka 4.0 say that there is none.
        if state == GroupState::Dead {
            return Answered::OfAnotherKind;
        }
        let is_simple = self.protocol_type.is_empty();
        if !is_simple && self.protocol_type.as_str() != CONSUMER {
            return Answered::Foreign;
        }
        let member = |m: classic::DescribedGroupMember| Member {
            id: m.member_id.to_string(),
            instance_id: text(m.group_instance_id.as_ref()),
            client_id: m.client_id.to_string(),
            assignment: assignment::partitions(&m.member_assignment),
        };
        Answered::Found(Group {
            id,
            kind: GroupType::Classic,
            state,
            is_simple,
            is_mixed: false,
            assignor: self.protocol_data.to_string(),
            coordinator,
            members: sorted(self.members.into_iter().map(member).collect()),
        })
    }
}

impl Described for consumer::DescribedGroup {
    fn head(&self) -> (String, i16, Option<String>) {
        (self.group_id.to_string(), self.error_code, text(self.error_message.as_ref()))
    }

    fn group(self, id: String, coordinator: i32) -> Answered {
        let is_mixed = self.members.iter().any(|m| m.member_type == CLASSIC_MEMBER);
        let member = |m: consumer::Member| Member {
            id: m.member_id.to_string(),
            instance_id: text(m.instance_id.as_ref()),
            client_id: m.client_id.to_string(),
            assignment: partitions(m.assignment.topic_partitions.iter().map(|t| (t.topic_name.as_str(), &t.partitions))),
        };
        Answered::Found(Group {
            id,
            kind: GroupType::Consumer,
            state: GroupState::named(&self.group_state),
            is_simple: false,
            is_mixed,
            assignor: self.assignor_name.to_string(),
            coordinator,
            members: sorted(self.members.into_iter().map(member).collect()),
        })
    }
}

impl Described for share::DescribedGroup {
    fn head(&self) -> (String, i16, Option<String>) {
        (self.group_id.to_string(), self.error_code, text(self.error_message.as_ref()))
    }

    fn group(self, id: String, coordinator: i32) -> Answered {
        let member = |m: share::Member| Member {
            id: m.member_id.to_string(),
            instance_id: None,
            client_id: m.client_id.to_string(),
            assignment: partitions(m.assignment.topic_partitions.iter().map(|t| (t.topic_name.as_str(), &t.partitions))),
        };
        Answered::Found(Group {
            id,
            kind: GroupType::Share,
            state: GroupState::named(&self.group_state),
            is_simple: false,
            is_mixed: false,
            assignor: self.assignor_name.to_string(),
            coordinator,
            members: sorted(self.members.into_iter().map(member).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kafka_protocol::messages::GroupId;

    use super::*;

    fn classic(state: &'static str, protocol: &'static str) -> classic::DescribedGroup {
        let member = classic::DescribedGroupMember::default().with_member_assignment(Bytes::from_static(b"garbage of somebody's own"));
        classic::DescribedGroup::default()
            .with_group_id(GroupId(StrBytes::from_static_str("g")))
            .with_group_state(StrBytes::from_static_str(state))
            .with_protocol_type(StrBytes::from_static_str(protocol))
            .with_members(vec![member])
    }

    #[test]
    fn a_group_of_consumers_is_found_whatever_its_members_have_written() {
        let (id, Answered::Found(group)) = answered(classic("Stable", "consumer"), 3) else { panic!("not found") };
        assert_eq!((id.as_str(), group.coordinator, group.state, group.is_simple), ("g", 3, GroupState::Stable, false));
        assert!(group.members.iter().all(|m| m.assignment.is_empty()));
    }

    #[test]
    fn what_is_no_consumer_group_is_told_apart() {
        assert!(matches!(answered(classic("Dead", ""), 1).1, Answered::OfAnotherKind));
        assert!(matches!(answered(classic("Stable", "connect"), 1).1, Answered::Foreign));
        assert!(matches!(answered(classic("Empty", ""), 1).1, Answered::Found(Group { is_simple: true, .. })));
        for (code, elsewhere) in [(14, true), (15, true), (16, true), (30, false)] {
            match answered(classic("", "").with_error_code(code), 1).1 {
                Answered::Elsewhere(_) => assert!(elsewhere, "{code}"),
                Answered::Failed(fault) => assert!(!elsewhere && fault.code == i32::from(code), "{code}"),
                other => panic!("{code}: {other:?}"),
            }
        }
        assert!(matches!(answered(classic("", "").with_error_code(69), 1).1, Answered::OfAnotherKind));
    }

    #[test]
    fn one_member_of_the_classic_protocol_makes_a_group_mixed() {
        let with = |types: &[i8]| {
            let members = types.iter().map(|t| consumer::Member::default().with_member_type(*t)).collect();
            answered(consumer::DescribedGroup::default().with_members(members), 1).1
        };
        assert!(matches!(with(&[1, 0]), Answered::Found(Group { is_mixed: true, .. })));
        assert!(matches!(with(&[1, -1]), Answered::Found(Group { is_mixed: false, .. })), "-1: a broker that does not tell");
    }
}
