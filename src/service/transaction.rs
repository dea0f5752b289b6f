//! `barnabas.v3.TransactionService`: transactions, and the producers that write to partitions.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, known, page::Page, timestamp::from_millis, topic_name};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{self, Abortion, Admin, Kafka, ProducerDescription, TransactionDescription, TransactionFilter, TransactionListing},
    pb::v3::{
        self, AbortTransactionRequest, AbortTransactionResponse, DescribeProducersRequest, DescribeProducersResponse,
        DescribeTransactionRequest, DescribeTransactionResponse, ListTransactionsRequest, ListTransactionsResponse, Producer, Transaction,
        TransactionPartition, TransactionState,
    },
};

/// Shows transactions and producers, and aborts transactions that hang.
pub struct TransactionService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl TransactionService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

fn listed(cluster_id: &str, found: TransactionListing) -> Transaction {
    Transaction {
        cluster_id: cluster_id.to_owned(),
        transactional_id: found.id,
        producer_id: found.producer_id,
        state: found.state.map_or(TransactionState::Unspecified, state).into(),
        coordinator_id: found.coordinator,
        producer_epoch: None,
        timeout_ms: None,
        start_time: None,
        partitions: Vec::new(),
    }
}

fn described(cluster_id: &str, found: TransactionDescription) -> Transaction {
    let TransactionDescription { listing, producer_epoch, timeout_ms, start_time_ms, mut partitions } = found;
    partitions.sort_unstable();
    Transaction {
        producer_epoch: Some(producer_epoch.into()),
        timeout_ms: Some(timeout_ms),
        start_time: start_time_ms.map(from_millis),
        partitions: partitions.into_iter().map(|(topic_name, partition_id)| TransactionPartition { topic_name, partition_id }).collect(),
        ..listed(cluster_id, listing)
    }
}

fn state(of: kafka::TransactionState) -> TransactionState {
    match of {
        kafka::TransactionState::Empty => TransactionState::Empty,
        kafka::TransactionState::Ongoing => TransactionState::Ongoing,
        kafka::TransactionState::PrepareCommit => TransactionState::PrepareCommit,
        kafka::TransactionState::PrepareAbort => TransactionState::PrepareAbort,
        kafka::TransactionState::CompleteCommit => TransactionState::CompleteCommit,
        kafka::TransactionState::CompleteAbort => TransactionState::CompleteAbort,
        kafka::TransactionState::Dead => TransactionState::Dead,
        kafka::TransactionState::PrepareEpochFence => TransactionState::PrepareEpochFence,
    }
}

/// The state to filter by; none where nothing is said.
fn wanted(of: TransactionState) -> Option<kafka::TransactionState> {
    match of {
        TransactionState::Unspecified => None,
        TransactionState::Empty => Some(kafka::TransactionState::Empty),
        TransactionState::Ongoing => Some(kafka::TransactionState::Ongoing),
        TransactionState::PrepareCommit => Some(kafka::TransactionState::PrepareCommit),
        TransactionState::PrepareAbort => Some(kafka::TransactionState::PrepareAbort),
        TransactionState::CompleteCommit => Some(kafka::TransactionState::CompleteCommit),
        TransactionState::CompleteAbort => Some(kafka::TransactionState::CompleteAbort),
        TransactionState::Dead => Some(kafka::TransactionState::Dead),
        TransactionState::PrepareEpochFence => Some(kafka::TransactionState::PrepareEpochFence),
    }
}

fn producer(asked: &DescribeProducersRequest, found: ProducerDescription) -> Producer {
    Producer {
        cluster_id: asked.cluster_id.clone(),
        topic_name: asked.topic_name.clone(),
        partition_id: asked.partition_id,
        producer_id: found.id,
        producer_epoch: found.epoch,
        last_sequence: found.last_sequence,
        last_time: found.last_time_ms.map(from_millis),
        coordinator_epoch: found.coordinator_epoch,
        current_transaction_start_offset: found.current_transaction_start_offset,
    }
}

/// How a request names the transaction that it wants to end.
#[derive(Debug, PartialEq)]
enum Target {
    /// By its first offset in the partition.
    Offset(i64),
    /// By its producer.
    Producer(Abortion),
}

/// # Errors
/// [`Code::InvalidPayload`] if the request names it in no way or in both, or with numbers that Kafka never gives.
fn target(asked: &AbortTransactionRequest) -> Result<Target> {
    let refuse = |text: String| Err(Error::payload(text));
    let AbortTransactionRequest { start_offset, producer_id, producer_epoch, coordinator_epoch, .. } = asked;
    match (start_offset, producer_id, producer_epoch) {
        (Some(offset), None, None) if coordinator_epoch.is_none() => Ok(Target::Offset(*offset)),
        (None, Some(producer_id), Some(epoch)) => {
            let coordinator_epoch = coordinator_epoch.unwrap_or_default();
            let Some(producer_epoch) = i16::try_from(*epoch).ok().filter(|n| *n >= 0) else {
                return refuse(format!("producer_epoch must be 0 to {}, not {epoch}.", i16::MAX));
            };
            if *producer_id < 0 || coordinator_epoch < 0 {
                return refuse("producer_id and coordinator_epoch must not be negative.".to_owned());
            }
            Ok(Target::Producer(Abortion { producer_id: *producer_id, producer_epoch, coordinator_epoch }))
        }
        _ => refuse("either start_offset or producer_id and producer_epoch are needed.".to_owned()),
    }
}

/// The transaction that begins at this offset of the partition.
async fn beginning_at(offset: i64, admin: &Admin, asked: &AbortTransactionRequest, caller: &Caller) -> Result<Abortion> {
    let producers = admin.describe_producers(&asked.topic_name, asked.partition_id, caller.deadline).await?;
    let found = producers.into_iter().find(|p| p.current_transaction_start_offset == Some(offset)).ok_or_else(|| {
        let place = format!("partition {} of topic {}", asked.partition_id, asked.topic_name);
        Error::new(Code::NotFound, format!("No open transaction begins at offset {offset} of {place}."))
    })?;
    let producer_epoch = i16::try_from(found.epoch).map_err(Error::internal)?;
    Ok(Abortion { producer_id: found.id, producer_epoch, coordinator_epoch: found.coordinator_epoch.unwrap_or_default() })
}

#[tonic::async_trait]
impl v3::transaction_service_server::TransactionService for TransactionService {
    async fn list_transactions(&self, request: Request<ListTransactionsRequest>) -> Result<Response<ListTransactionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        if let Some(duration) = asked.min_duration_ms.filter(|ms| *ms < 0) {
            return Err(Error::bad_request(format!("min_duration_ms must not be negative, but is {duration}")).into());
        }
        let state = asked.state.map(|state| known("state", state)).transpose()?.and_then(wanted);
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let filter = TransactionFilter { state, producer_id: asked.producer_id, min_duration_ms: asked.min_duration_ms };
        let mut found = self.kafka.admin(&caller)?.list_transactions(filter, caller.deadline).await?;
        found.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        // While a coordinator moves, two brokers may list the same one.
        found.dedup_by(|a, b| a.id == b.id);
        let (found, next_page_token) = page.cut(found, |t| t.id.clone());
        let data = found.into_iter().map(|t| listed(&asked.cluster_id, t)).collect();
        Ok(Response::new(ListTransactionsResponse { data, next_page_token }))
    }

    async fn describe_transaction(
        &self,
        request: Request<DescribeTransactionRequest>,
    ) -> Result<Response<DescribeTransactionResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let found = self.kafka.admin(&caller)?.describe_transaction(&asked.transactional_id, caller.deadline).await?;
        let found = found.ok_or_else(|| Error::new(Code::NotFound, format!("Transaction {} cannot be found.", asked.transactional_id)))?;
        Ok(Response::new(DescribeTransactionResponse { transaction: Some(described(&asked.cluster_id, found)) }))
    }

    async fn describe_producers(&self, request: Request<DescribeProducersRequest>) -> Result<Response<DescribeProducersResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        topic_name::check(&asked.topic_name)?;
        let mut found = self.kafka.admin(&caller)?.describe_producers(&asked.topic_name, asked.partition_id, caller.deadline).await?;
        found.retain(|p| asked.producer_id.is_none_or(|only| only == p.id));
        found.sort_unstable_by_key(|p| p.id);
        let (found, next_page_token) = page.cut(found, |p| p.id);
        let data = found.into_iter().map(|p| producer(&asked, p)).collect();
        Ok(Response::new(DescribeProducersResponse { data, next_page_token }))
    }

    async fn abort_transaction(&self, request: Request<AbortTransactionRequest>) -> Result<Response<AbortTransactionResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let target = target(&asked)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        topic_name::check(&asked.topic_name)?;
        let admin = self.kafka.admin(&caller)?;
        let abortion = match target {
            Target::Offset(offset) => beginning_at(offset, &admin, &asked, &caller).await?,
            Target::Producer(abortion) => abortion,
        };
        admin.abort_transaction(&asked.topic_name, asked.partition_id, abortion, caller.deadline).await?;
        Ok(Response::new(AbortTransactionResponse {}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_named_in_one_way() {
        let asked = |start_offset, producer_id, producer_epoch, coordinator_epoch| AbortTransactionRequest {
            start_offset,
            producer_id,
            producer_epoch,
            coordinator_epoch,
            ..Default::default()
        };
        assert_eq!(target(&asked(Some(3), None, None, None)).ok(), Some(Target::Offset(3)));
        let whole = Abortion { producer_id: 7, producer_epoch: 1, coordinator_epoch: 0 };
        assert_eq!(target(&asked(None, Some(7), Some(1), None)).ok(), Some(Target::Producer(whole)));
        for (asked, why) in [
            (asked(None, None, None, None), "in no way"),
            (asked(Some(3), Some(7), Some(1), None), "in both"),
            (asked(Some(3), None, None, Some(1)), "a coordinator without a producer"),
            (asked(None, Some(7), None, None), "no epoch"),
            (asked(None, Some(7), Some(-1), None), "a negative epoch"),
            (asked(None, Some(7), Some(40_000), None), "an epoch too large"),
            (asked(None, Some(-7), Some(1), None), "a negative producer"),
            (asked(None, Some(7), Some(1), Some(-1)), "a negative coordinator"),
        ] {
            assert_eq!(target(&asked).map_err(|e| e.code()).err(), Some(Code::InvalidPayload), "{why}");
        }
    }

    #[test]
    fn every_state_can_be_asked_for_and_shown() {
        for number in 0..=8 {
            let asked = TransactionState::try_from(number).expect("a state");
            assert_eq!(wanted(asked).map_or(TransactionState::Unspecified, state), asked);
        }
    }
}
