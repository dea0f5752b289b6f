//! What a record is on its way to Kafka and back, and how large Kafka takes it to be.

use std::sync::Arc;

use bytes::Bytes;

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number, from 0.
    pub partition: i32,
}

/// A record to write. Key and value stay where they are until the record has its result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Where to; absent: by the key's hash as Java clients do it, or anywhere without a key.
    pub partition: Option<i32>,
    /// Absent is not the same as empty.
    pub key: Option<Bytes>,
    /// Absent is a tombstone, which is not the same as empty.
    pub value: Option<Bytes>,
    /// In order; names may repeat.
    pub headers: Vec<Header>,
    /// Milliseconds since 1970; absent: now. A topic with LogAppendTime puts the broker's time in its place.
    pub timestamp_ms: Option<i64>,
}

/// A header of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// UTF-8.
    pub name: Bytes,
    /// Absent is not the same as empty.
    pub value: Option<Bytes>,
}

/// Where a record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The partition.
    pub partition: i32,
    /// The offset in it.
    pub offset: i64,
    /// The record's time in Kafka, milliseconds since 1970, if the broker tells it.
    pub timestamp_ms: Option<i64>,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The topic; records of one topic share the name.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset in it.
    pub offset: i64,
    /// The key; absent is not the same as empty.
    pub key: Option<Bytes>,
    /// The value; absent is a tombstone.
    pub value: Option<Bytes>,
    /// Milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    /// In the record's order.
    pub headers: Vec<Header>,
}

/// Bytes of a record batch before its first record (Kafka's `RECORD_BATCH_OVERHEAD`).
const BATCH_OVERHEAD: usize = 61;
/// The most that a record has beside its contents (Kafka's `MAX_RECORD_OVERHEAD`).
const RECORD_OVERHEAD_BOUND: usize = 21;

impl Record {
    /// The size that the Java producer compares with its `max.request.size`: an upper bound of the record in a batch of its own.
    pub(super) fn size_bound(&self) -> usize {
        BATCH_OVERHEAD + RECORD_OVERHEAD_BOUND + self.contents()
    }

    /// The size of a batch with this record alone, uncompressed, which the broker compares with `max.message.bytes`.
    pub(super) fn batch_size(&self) -> usize {
        // One byte each for the attributes and the differences of timestamp and offset, which are 0 in the first record.
        let record = 3 + self.contents();
        BATCH_OVERHEAD + varint(record) + record
    }

    fn contents(&self) -> usize {
        let field = |bytes: Option<&Bytes>| bytes.map_or(1, |b| varint(b.len()) + b.len());
        let headers = self.headers.iter().map(|h| varint(h.name.len()) + h.name.len() + field(h.value.as_ref()));
        field(self.key.as_ref()) + field(self.value.as_ref()) + varint(self.headers.len()) + headers.sum::<usize>()
    }
}

/// How many bytes a length takes as a zigzag varint.
fn varint(length: usize) -> usize {
    let mut rest = length.saturating_mul(2) >> 7;
    let mut bytes = 1;
    while rest > 0 {
        rest >>= 7;
        bytes += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_bound_is_that_of_the_java_producer() {
        // What Kafka's own producer says of a value of 1,200,002 bytes.
        let record = Record { value: Some(Bytes::from(vec![b'x'; 1_200_002])), ..Record::default() };
        assert_eq!(record.size_bound(), 1_200_090);
    }

    #[test]
    fn lengths_take_as_many_bytes_as_zigzag_needs() {
        for (length, bytes) in [(0, 1), (63, 1), (64, 2), (8191, 2), (8192, 3), (1_048_575, 3), (1_048_576, 4)] {
            assert_eq!(varint(length), bytes, "{length}");
        }
    }
}
