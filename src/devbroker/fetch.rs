//! Fetch: waits until there is enough to read, and cuts the answer at record-batch borders within the client's byte limits.
//!
//! It reads the engine's logs itself, because the engine's own Fetch neither waits nor knows limits, and copies the rest of the
//! partition each time. It must not change anything. Start at [`fetch`].

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest, FetchResponse, ProducerId};
use noida::kafka::engine::{EngineState, PartitionState};
use noida::kafka::log::batch_last_offset;
use tokio::time::{Instant, timeout_at};

use super::broker::Broker;

const OFFSET_OUT_OF_RANGE: i16 = 1;
const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
/// `isolation_level` of a reader that must not see open or aborted transactions.
const READ_COMMITTED: i8 = 1;

/// A batch as the engine stores it: its base offset and its bytes.
type Batch = (i64, Vec<u8>);

/// Answers when `min_bytes` are there, a partition has an error, or `max_wait_ms` are over.
pub(super) async fn fetch(broker: &Broker, request: &FetchRequest) -> FetchResponse {
    let mut changes = broker.changes();
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let deadline = Instant::now() + wait;
    loop {
        // Before reading, so that no change in between is lost.
        changes.mark_unchanged();
        {
            let state = broker.lock();
            let reads = Reads::of(&state.engine, request);
            if reads.is_due(request) || Instant::now() >= deadline {
                return reads.answer(request);
            }
        }
        // Neither the end of the wait nor the end of the sender needs anything but another look.
        let _ = timeout_at(deadline, changes.changed()).await;
    }
}

/// What a request would read now, by reference: deciding whether to wait copies nothing.
struct Reads<'a> {
    /// One a partition, in the request's order.
    partitions: Vec<Result<Read<'a>, i16>>,
    bytes: usize,
}

struct Read<'a> {
    partition: &'a PartitionState,
    batches: &'a [Batch],
    last_stable_offset: i64,
}

impl<'a> Reads<'a> {
    fn of(engine: &'a EngineState, request: &FetchRequest) -> Self {
        let mut left = usize::try_from(request.max_bytes).unwrap_or(0);
        let mut bytes = 0;
        let mut partitions = Vec::new();
        for topic in &request.topics {
            let known = engine.topics.get(topic.topic.as_str());
            for wanted in &topic.partitions {
                let limit = usize::try_from(wanted.partition_max_bytes).unwrap_or(0).min(left);
                let read = known
                    .and_then(|topic| topic.partitions.get(&wanted.partition))
                    .ok_or(UNKNOWN_TOPIC_OR_PARTITION)
                    .and_then(|partition| Read::of(partition, wanted.fetch_offset, request.isolation_level, limit, left > 0));
                if let Ok(read) = &read {
                    let size: usize = read.batches.iter().map(|(_, batch)| batch.len()).sum();
                    bytes += size;
                    left = left.saturating_sub(size);
                }
                partitions.push(read);
            }
        }
        Self { partitions, bytes }
    }

    fn is_due(&self, request: &FetchRequest) -> bool {
        let enough = usize::try_from(request.min_bytes).unwrap_or(0);
        self.bytes >= enough || self.partitions.is_empty() || self.partitions.iter().any(Result::is_err)
    }

    fn answer(self, request: &FetchRequest) -> FetchResponse {
        let mut reads = self.partitions.into_iter();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().zip(reads.by_ref()).map(|(wanted, read)| {
                let data = PartitionData::default().with_partition_index(wanted.partition);
                match read {
                    Ok(read) => read.answer(data, wanted.fetch_offset, request.isolation_level),
                    // Empty, never null: librdkafka reads null as a size of −1 and logs it as an error.
                    Err(code) => {
                        data.with_error_code(code).with_high_watermark(-1).with_log_start_offset(-1).with_records(Some(Bytes::new()))
                    }
                }
            });
            FetchableTopicResponse::default().with_topic(topic.topic.clone()).with_partitions(partitions.collect())
        });
        FetchResponse::default().with_responses(topics.collect())
    }
}

impl<'a> Read<'a> {
    /// The whole batches from `offset` on that fit into `limit` bytes; at least one if `any` is asked for and there is one.
    fn of(partition: &'a PartitionState, offset: i64, isolation: i8, limit: usize, any: bool) -> Result<Self, i16> {
        if !(partition.log_start_offset..=partition.high_watermark).contains(&offset) {
            return Err(OFFSET_OUT_OF_RANGE);
        }
        let first_open = partition.active_txns.values().copied().min();
        let last_stable_offset = first_open.map_or(partition.high_watermark, |open| open.min(partition.high_watermark));
        let end = if isolation == READ_COMMITTED { last_stable_offset } else { partition.high_watermark };
        let all = partition.record_batches.as_slice();
        // Compaction leaves gaps: the first batch that ends at or after the offset is where the log goes on.
        let start = all.partition_point(|(base, batch)| batch_last_offset(*base, batch) < offset);
        let rest = all.get(start..).unwrap_or_default();
        let mut size = 0;
        let count = rest
            .iter()
            .enumerate()
            .take_while(|(index, (base, batch))| {
                size += batch.len();
                *base < end && (size <= limit || (*index == 0 && any))
            })
            .count();
        Ok(Self { partition, batches: rest.get(..count).unwrap_or_default(), last_stable_offset })
    }

    fn answer(&self, data: PartitionData, offset: i64, isolation: i8) -> PartitionData {
        let mut records = BytesMut::with_capacity(self.batches.iter().map(|(_, batch)| batch.len()).sum());
        for (_, batch) in self.batches {
            records.extend_from_slice(batch);
        }
        let aborted = (isolation == READ_COMMITTED).then(|| self.aborted(offset));
        data.with_high_watermark(self.partition.high_watermark)
            .with_last_stable_offset(self.last_stable_offset)
            .with_log_start_offset(self.partition.log_start_offset)
            .with_aborted_transactions(aborted)
            .with_records(Some(records.freeze()))
    }

    /// The aborted transactions that reach into this read. One that ended before it must be left out: the client would drop all
    /// that the same producer wrote later, waiting for an end that it has missed.
    fn aborted(&self, offset: i64) -> Vec<AbortedTransaction> {
        let Some((last, batch)) = self.batches.last() else { return Vec::new() };
        let last = batch_last_offset(*last, batch);
        let transactions =
            self.partition.aborted_txns.iter().filter(|(producer, first)| *first <= last && self.abort_of(*producer, *first) >= offset);
        transactions
            .map(|(producer, first)| AbortedTransaction::default().with_producer_id(ProducerId(*producer)).with_first_offset(*first))
            .collect()
    }

    /// The offset of the marker that ended the producer's transaction begun at `first`.
    fn abort_of(&self, producer: i64, first: i64) -> i64 {
        let batches = self.partition.record_batches.as_slice();
        let start = batches.partition_point(|(base, _)| *base < first);
        let mut later = batches.get(start..).unwrap_or_default().iter();
        later.find(|(_, batch)| is_control_of(batch, producer)).map_or(i64::MAX, |(base, _)| *base)
    }
}

/// Whether a batch of format 2 is a transaction marker of this producer.
fn is_control_of(batch: &[u8], producer: i64) -> bool {
    const ATTRIBUTES: usize = 21;
    const PRODUCER_ID: usize = 43;
    const IS_CONTROL: u8 = 0x20;
    let control = batch.get(ATTRIBUTES + 1).is_some_and(|low| low & IS_CONTROL != 0);
    control && batch.get(PRODUCER_ID..).and_then(|rest| rest.first_chunk()).is_some_and(|id| i64::from_be_bytes(*id) == producer)
}
