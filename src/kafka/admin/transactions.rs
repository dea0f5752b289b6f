//! Transactions and producers (KIP-664).
//!
//! A coordinator knows the transactions of its transactional ids; a partition's leader knows the producers that wrote to it.

use std::time::{Duration, Instant};

use kafka_protocol::{
    messages::{
        DescribeProducersRequest, DescribeTransactionsRequest, ListTransactionsRequest, ProducerId, WriteTxnMarkersRequest,
        describe_producers_request::TopicRequest,
        describe_producers_response::{PartitionResponse, ProducerState},
        describe_transactions_response,
        write_txn_markers_request::{WritableTxnMarker, WritableTxnMarkerTopic},
    },
    protocol::{Request, StrBytes},
};

use super::{Admin, Fault, known};
use crate::{
    error::{Code, Error, Result},
    kafka::wire::{self, Coordinator},
};

/// Kafka's error for a transactional id that the coordinator does not know.
const TRANSACTIONAL_ID_NOT_FOUND: i16 = 105;
/// Kafka's errors for a broker that does not lead the partition (any more), or has not heard of it yet.
const NOT_LEADER: i16 = 6;
const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
const LEADER_NOT_AVAILABLE: i16 = 5;
/// How long a new leader is waited for before it is looked for again.
const PAUSE: Duration = Duration::from_millis(100);
/// Kafka's number for transactions of any duration.
const ANY_DURATION: i64 = -1;

/// Where a transaction is, by Kafka's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionState {
    /// None has begun.
    Empty,
    /// Under way.
    Ongoing,
    /// Being committed.
    PrepareCommit,
    /// Being aborted.
    PrepareAbort,
    /// Committed.
    CompleteCommit,
    /// Aborted.
    CompleteAbort,
    /// The transactional id has expired.
    Dead,
    /// Being aborted for a fenced producer.
    PrepareEpochFence,
}

/// A transaction, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionListing {
    /// The transactional id.
    pub id: String,
    /// The producer's id.
    pub producer_id: i64,
    /// Absent for a state that is not known here.
    pub state: Option<TransactionState>,
    /// The broker that coordinates it.
    pub coordinator: i32,
}

/// Which transactions. Absent: any.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransactionFilter {
    /// In this state.
    pub state: Option<TransactionState>,
    /// Of this producer.
    pub producer_id: Option<i64>,
    /// Under way for longer, in milliseconds.
    pub min_duration_ms: Option<i64>,
}

/// A transaction with its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionDescription {
    /// What lists show.
    pub listing: TransactionListing,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// After how many milliseconds the coordinator aborts it.
    pub timeout_ms: i32,
    /// When it began, in milliseconds since 1970, if it is under way.
    pub start_time_ms: Option<i64>,
    /// Its partitions, in no order.
    pub partitions: Vec<(String, i32)>,
}

/// A producer that has written to a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerDescription {
    /// Its id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i32,
    /// The sequence number of its last record, if there is one.
    pub last_sequence: Option<i32>,
    /// When it last wrote, in milliseconds since 1970, if it did.
    pub last_time_ms: Option<i64>,
    /// The epoch of the coordinator that last ended a transaction of it, if one did.
    pub coordinator_epoch: Option<i32>,
    /// The first offset of its open transaction, if one is open.
    pub current_transaction_start_offset: Option<i64>,
}

/// Which transaction of a partition is to be aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abortion {
    /// The producer's id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// On behalf of which coordinator.
    pub coordinator_epoch: i32,
}

impl TransactionState {
    const NAMES: [(Self, &'static str); 8] = [
        (Self::Empty, "Empty"),
        (Self::Ongoing, "Ongoing"),
        (Self::PrepareCommit, "PrepareCommit"),
        (Self::PrepareAbort, "PrepareAbort"),
        (Self::CompleteCommit, "CompleteCommit"),
        (Self::CompleteAbort, "CompleteAbort"),
        (Self::Dead, "Dead"),
        (Self::PrepareEpochFence, "PrepareEpochFence"),
    ];

    fn of(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }
}

impl Admin {
    /// The transactions that pass the filter, of all coordinators, in no order.
    ///
    /// # Errors
    /// [`Code::UnsupportedProtocol`](crate::error::Code::UnsupportedProtocol) for `min_duration_ms` where the brokers do not know it.
    pub async fn list_transactions(&self, filter: TransactionFilter, deadline: Instant) -> Result<Vec<TransactionListing>> {
        let request = ListTransactionsRequest::default()
            .with_state_filters(filter.state.map(|s| StrBytes::from_static_str(s.name())).into_iter().collect())
            .with_producer_id_filters(filter.producer_id.map(ProducerId).into_iter().collect())
            .with_duration_filter(filter.min_duration_ms.unwrap_or(ANY_DURATION));
        let mut all = Vec::new();
        for (coordinator, answer) in self.wire.every(request, |a| a.error_code, deadline).await? {
            Fault::answered(answer.error_code, None)?;
            all.extend(answer.transaction_states.into_iter().map(|t| TransactionListing {
                id: t.transactional_id.to_string(),
                producer_id: t.producer_id.0,
                state: TransactionState::of(&t.transaction_state),
                coordinator,
            }));
        }
        // A broker that does not know the state that it is to filter by does not filter.
        all.retain(|t| filter.state.is_none() || t.state == filter.state);
        Ok(all)
    }

    /// The transaction; absent if its coordinator does not know the id.
    pub async fn describe_transaction(&self, id: &str, deadline: Instant) -> Result<Option<TransactionDescription>> {
        let request = DescribeTransactionsRequest::default().with_transactional_ids(vec![wire::transactional_id(id)?]);
        let fault = |a: &kafka_protocol::messages::DescribeTransactionsResponse| a.transaction_states.first().map_or(0, |t| t.error_code);
        let answer = self.wire.coordinator(Coordinator::Transaction, id, request, fault, deadline).await?;
        let Some(found) = answer.transaction_states.into_iter().next() else { return Ok(None) };
        if found.error_code == TRANSACTIONAL_ID_NOT_FOUND {
            return Ok(None);
        }
        Fault::answered(found.error_code, None)?;
        let coordinators = self.wire.coordinators(Coordinator::Transaction, &[id.to_owned()], deadline).await?;
        let coordinator = coordinators.into_iter().next().map_or_else(|| Err(Error::internal("no coordinator")), |(_, found)| found)?;
        Ok(Some(described(found, coordinator)))
    }

    /// The producers that the partition's leader remembers, in no order.
    ///
    /// # Errors
    /// [`Code::UnknownTopicOrPartition`](crate::error::Code::UnknownTopicOrPartition).
    pub async fn describe_producers(&self, topic: &str, partition: i32, deadline: Instant) -> Result<Vec<ProducerDescription>> {
        let asked = TopicRequest::default().with_name(wire::topic_name(topic)?).with_partition_indexes(vec![partition]);
        let request = DescribeProducersRequest::default().with_topics(vec![asked]);
        let fault = |a: &kafka_protocol::messages::DescribeProducersResponse| {
            a.topics.first().and_then(|t| t.partitions.first()).map_or(0, |p| p.error_code)
        };
        let answer = self.on_leader(topic, partition, request, fault, deadline).await?;
        let found = answer.topics.into_iter().flat_map(|t| t.partitions).next();
        let PartitionResponse { error_code, error_message, active_producers, .. } =
            found.ok_or_else(|| Error::internal("no answer for the partition"))?;
        Fault::answered(error_code, error_message.as_deref())?;
        Ok(active_producers.into_iter().map(producer).collect())
    }

    /// Ends a transaction in one partition, as an abortion.
    ///
    /// # Errors
    /// [`Code::UnknownTopicOrPartition`](crate::error::Code::UnknownTopicOrPartition), and what the leader reports: an epoch that is
    /// too old, a principal that may not.
    pub async fn abort_transaction(&self, topic: &str, partition: i32, of: Abortion, deadline: Instant) -> Result<()> {
        let topics = vec![WritableTxnMarkerTopic::default().with_name(wire::topic_name(topic)?).with_partition_indexes(vec![partition])];
        let marker = WritableTxnMarker::default()
            .with_producer_id(ProducerId(of.producer_id))
            .with_producer_epoch(of.producer_epoch)
            .with_coordinator_epoch(of.coordinator_epoch)
            .with_transaction_result(false)
            .with_topics(topics);
        let request = WriteTxnMarkersRequest::default().with_markers(vec![marker]);
        let told = |a: &kafka_protocol::messages::WriteTxnMarkersResponse| {
            let topic = a.markers.first().and_then(|m| m.topics.first());
            topic.and_then(|t| t.partitions.first()).map(|p| p.error_code)
        };
        let answer = self.on_leader(topic, partition, request, |a| told(a).unwrap_or(0), deadline).await?;
        let code = told(&answer).ok_or_else(|| Error::internal("no answer for the partition"))?;
        Ok(Fault::answered(code, None)?)
    }

    /// Asks the partition's leader, and its successor if it leads no longer.
    async fn on_leader<R: Request + Clone>(
        &self,
        topic: &str,
        partition: i32,
        request: R,
        fault: impl Fn(&R::Response) -> i16 + Copy,
        deadline: Instant,
    ) -> Result<R::Response> {
        loop {
            let described = self.describe_topic(topic, deadline).await??;
            let found = described.partitions.into_iter().find(|p| p.id == partition);
            let found = found.ok_or(Fault { code: UNKNOWN_TOPIC_OR_PARTITION.into(), text: None })?;
            if let Some(leader) = found.leader {
                match self.wire.broker(leader, request.clone(), fault, deadline).await {
                    Ok(answer) if matches!(fault(&answer), NOT_LEADER | LEADER_NOT_AVAILABLE | UNKNOWN_TOPIC_OR_PARTITION) => {}
                    // The leader is not alive any more: there will be another one.
                    Err(error) if error.code() == Code::NotFound => {}
                    other => return other,
                }
            }
            if Instant::now() + PAUSE >= deadline {
                return Err(Fault { code: LEADER_NOT_AVAILABLE.into(), text: None }.into());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn described(found: describe_transactions_response::TransactionState, coordinator: i32) -> TransactionDescription {
    let partitions = found.topics.into_iter().flat_map(|t| {
        let name = t.topic.to_string();
        t.partitions.into_iter().map(move |p| (name.clone(), p))
    });
    TransactionDescription {
        listing: TransactionListing {
            id: found.transactional_id.to_string(),
            producer_id: found.producer_id.0,
            state: TransactionState::of(&found.transaction_state),
            coordinator,
        },
        producer_epoch: found.producer_epoch,
        timeout_ms: found.transaction_timeout_ms,
        start_time_ms: known(found.transaction_start_time_ms),
        partitions: partitions.collect(),
    }
}

fn producer(found: ProducerState) -> ProducerDescription {
    ProducerDescription {
        id: found.producer_id.0,
        epoch: found.producer_epoch,
        last_sequence: known(found.last_sequence),
        last_time_ms: known(found.last_timestamp),
        coordinator_epoch: known(found.coordinator_epoch),
        current_transaction_start_offset: known(found.current_txn_start_offset),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_kafkas_names() {
        for (state, name) in TransactionState::NAMES {
            assert_eq!((TransactionState::of(name), state.name()), (Some(state), name));
        }
        assert_eq!(TransactionState::of("Asleep"), None);
    }

    #[test]
    fn what_a_producer_has_not_done_is_absent() {
        let found = ProducerState::default().with_last_sequence(-1).with_last_timestamp(-1).with_current_txn_start_offset(-1);
        let seen = producer(found.with_producer_id(ProducerId(7)).with_coordinator_epoch(-1));
        assert_eq!((seen.id, seen.last_sequence, seen.last_time_ms), (7, None, None));
        assert_eq!((seen.coordinator_epoch, seen.current_transaction_start_offset), (None, None));
    }
}
