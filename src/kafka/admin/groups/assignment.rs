//! The partitions of a member, as members of the classic protocol write them for one another (`ConsumerProtocolAssignment`).
//!
//! Brokers hand the bytes on unread, so any client can have put anything there. They are read here by hand: the generated decoder takes
//! memory for as many entries as the bytes claim.

use std::sync::Arc;

use bytes::{Buf, Bytes};

use crate::kafka::record::TopicPartition;

/// The partitions, sorted. Bytes that are no assignment have none.
pub(super) fn partitions(bytes: &Bytes) -> Vec<TopicPartition> {
    let mut partitions = read(bytes.clone()).unwrap_or_default();
    partitions.sort_unstable();
    partitions
}

/// A version, then topics with their partitions, then what the assignor wrote for itself. Later versions add at the end, if at all.
fn read(mut bytes: Bytes) -> Option<Vec<TopicPartition>> {
    let version = bytes.try_get_i16().ok()?;
    let topics = bytes.try_get_i32().ok()?;
    if version < 0 {
        return None;
    }
    let mut partitions = Vec::new();
    for _ in 0..topics {
        let length = usize::try_from(bytes.try_get_i16().ok()?).ok()?;
        let name = (length <= bytes.remaining()).then(|| bytes.split_to(length))?;
        let topic: Arc<str> = Arc::from(std::str::from_utf8(&name).ok()?);
        for _ in 0..bytes.try_get_i32().ok()? {
            partitions.push(TopicPartition { topic: topic.clone(), partition: bytes.try_get_i32().ok()? });
        }
    }
    Some(partitions)
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};
    use kafka_protocol::{
        messages::{ConsumerProtocolAssignment, TopicName, consumer_protocol_assignment},
        protocol::{Encodable, StrBytes},
    };

    use super::*;

    fn topic(name: &'static str, partitions: &[i32]) -> consumer_protocol_assignment::TopicPartition {
        let name = TopicName(StrBytes::from_static_str(name));
        consumer_protocol_assignment::TopicPartition::default().with_topic(name).with_partitions(partitions.to_vec())
    }

    fn written(version: i16) -> BytesMut {
        let assignment = ConsumerProtocolAssignment::default().with_assigned_partitions(vec![topic("b", &[1, 0]), topic("a", &[7])]);
        let mut bytes = BytesMut::new();
        bytes.put_i16(version);
        assignment.encode(&mut bytes, version.clamp(0, 3)).unwrap();
        bytes
    }

    fn shown(bytes: impl Into<Bytes>) -> Vec<(String, i32)> {
        partitions(&bytes.into()).into_iter().map(|p| (p.topic.to_string(), p.partition)).collect()
    }

    #[test]
    fn every_version_is_read_also_those_to_come() {
        for version in [0, 1, 3, 9] {
            assert_eq!(shown(written(version)), [("a".to_owned(), 7), ("b".to_owned(), 0), ("b".to_owned(), 1)], "{version}");
        }
    }

    #[test]
    fn what_is_no_assignment_has_no_partitions() {
        let claims = |topics: i32| {
            let mut bytes = BytesMut::new();
            bytes.put_i16(0);
            bytes.put_i32(topics);
            bytes.freeze()
        };
        assert!(shown(Bytes::new()).is_empty());
        assert!(shown(Bytes::from_static(b"{\"worker\": 1}")).is_empty());
        assert!(shown(claims(i32::MAX)).is_empty(), "more topics than there are bytes");
        assert!(shown(claims(-1)).is_empty());
        assert!(shown(written(-1)).is_empty());
        let whole = written(0).freeze();
        // The last four bytes are the length of what the assignor wrote for itself.
        for end in 0..whole.len() - 4 {
            assert!(shown(whole.slice(..end)).is_empty(), "cut off after {end} bytes");
        }
    }
}
