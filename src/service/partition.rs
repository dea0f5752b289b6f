//! `barnabas.v3.PartitionService`: partitions and their offsets. What other services ask of partitions stands here too, what changes
//! them in `change`.

mod change;

use std::{sync::Arc, time::Instant};

use tonic::{Request, Response, Status};

use super::{ClusterService, page::Page, topic_name, with_status};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{Admin, Kafka, OffsetSpec, PartitionDescription, TopicDescription, TopicPartition},
    pb::v3::{
        self, DeleteRecordsRequest, DeleteRecordsResponse, ElectLeadersRequest, ElectLeadersResponse, GetPartitionOffsetRequest,
        GetPartitionOffsetResponse, GetPartitionRequest, GetPartitionResponse, ListPartitionsRequest, ListPartitionsResponse, Partition,
        PartitionOffsets,
    },
};

/// The only kind of offsets that can be asked for.
const BOTH_ENDS: &str = "earliest_and_latest";

/// Shows the partitions of a topic, elects their leaders, deletes their records.
pub struct PartitionService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl PartitionService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

/// The topic of this name, its partitions sorted by id.
///
/// # Errors
/// [`Code::UnknownTopicOrPartition`], [`Code::KafkaInvalidRequest`] for a name that no topic can have.
pub(super) async fn describe_topic(admin: &Admin, name: &str, operations: bool, deadline: Instant) -> Result<TopicDescription> {
    topic_name::check(name)?;
    let answers = admin.describe_topics(vec![name.to_owned()], operations, deadline).await?;
    let mut topic = match answers.into_iter().next() {
        Some(answer) => answer.map_err(|(_, error)| error)?,
        None => return Err(Error::of(Code::UnknownTopicOrPartition)),
    };
    topic.partitions.sort_unstable_by_key(|p| p.id);
    Ok(topic)
}

/// The partition, as v3 asks for one: absent if the topic has none of this number.
///
/// # Errors
/// As [`describe_topic`], with the documented text for a topic that is not there.
pub(super) async fn describe_partition(
    admin: &Admin,
    topic: &str,
    partition: i32,
    deadline: Instant,
) -> Result<Option<PartitionDescription>> {
    let described = describe_topic(admin, topic, false, deadline).await.map_err(|e| match (e.code(), e.kafka_error()) {
        (Code::UnknownTopicOrPartition, number) => {
            let text = format!("This server does not host topic-partition {partition} for topic {topic}");
            Error::new(Code::UnknownTopicOrPartition, text).with_kafka_error(number.unwrap_or(3))
        }
        _ => e,
    })?;
    Ok(described.partitions.into_iter().find(|p| p.id == partition))
}

/// The offset of the first record that is kept, and the one that the next record gets.
///
/// # Errors
/// [`Code::UnknownTopicOrPartition`], [`Code::KafkaInvalidRequest`] for a name that no topic can have,
/// [`Code::PartitionNotFound`].
pub(super) async fn both_ends(admin: &Admin, topic: &str, partition: i32, deadline: Instant) -> Result<(i64, i64)> {
    let described = describe_topic(admin, topic, false, deadline).await?;
    if !described.partitions.iter().any(|p| p.id == partition) {
        return Err(Error::of(Code::PartitionNotFound));
    }
    let place = TopicPartition { topic: Arc::from(topic), partition };
    let asked = vec![(place.clone(), OffsetSpec::Earliest), (place, OffsetSpec::Latest)];
    let mut offsets = admin.list_offsets(asked, deadline).await?.into_iter().map(|(_, offset)| offset);
    match (offsets.next(), offsets.next()) {
        (Some(earliest), Some(latest)) => Ok((earliest?, latest?)),
        _ => Err(Error::internal("fewer offsets than were asked for")),
    }
}

#[tonic::async_trait]
impl v3::partition_service_server::PartitionService for PartitionService {
    async fn list_partitions(&self, request: Request<ListPartitionsRequest>) -> Result<Response<ListPartitionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let topic = describe_topic(&self.kafka.admin(&caller)?, &asked.topic_name, false, caller.deadline).await?;
        let (partitions, next_page_token) = page.cut(topic.partitions, |p| p.id);
        let shown = partitions.into_iter().map(|p| Partition {
            cluster_id: asked.cluster_id.clone(),
            topic_name: asked.topic_name.clone(),
            partition_id: p.id,
            leader_id: p.leader,
        });
        Ok(Response::new(ListPartitionsResponse { data: shown.collect(), next_page_token }))
    }

    async fn get_partition(&self, request: Request<GetPartitionRequest>) -> Result<Response<GetPartitionResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let admin = self.kafka.admin(&caller)?;
        let found = describe_partition(&admin, &asked.topic_name, asked.partition_id, caller.deadline).await?;
        let found = found.ok_or_else(|| Error::of(Code::NotFound))?;
        let partition = Partition {
            cluster_id: asked.cluster_id,
            topic_name: asked.topic_name,
            partition_id: asked.partition_id,
            leader_id: found.leader,
        };
        Ok(Response::new(GetPartitionResponse { partition: Some(partition) }))
    }

    async fn get_partition_offset(
        &self,
        request: Request<GetPartitionOffsetRequest>,
    ) -> Result<Response<GetPartitionOffsetResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        if let Some(kind) = asked.offset_type.filter(|kind| kind != BOTH_ENDS) {
            return Err(Error::new(Code::BadRequest, format!("offset_type:{kind} is invalid")).into());
        }
        self.cluster.check_quietly(&caller, &asked.cluster_id).await?;
        let admin = self.kafka.admin(&caller)?;
        let (earliest_offset, latest_offset) = both_ends(&admin, &asked.topic_name, asked.partition_id, caller.deadline).await?;
        let partition = PartitionOffsets {
            cluster_id: asked.cluster_id,
            topic_name: asked.topic_name,
            partition_id: asked.partition_id,
            earliest_offset,
            latest_offset,
        };
        Ok(Response::new(GetPartitionOffsetResponse { partition: Some(partition) }))
    }

    async fn elect_leaders(&self, request: Request<ElectLeadersRequest>) -> Result<Response<ElectLeadersResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let (election, partitions) = change::elections(asked)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let outcome = self.kafka.admin(&caller)?.elect_leaders(election, partitions, caller.deadline).await?;
        let answer = change::elected(asked, outcome)?;
        let some_failed = !answer.failures.is_empty();
        Ok(with_status(answer, some_failed))
    }

    async fn delete_records(&self, request: Request<DeleteRecordsRequest>) -> Result<Response<DeleteRecordsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let deletions = change::deletions(asked)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let admin = self.kafka.admin(&caller)?;
        let there = describe_topic(&admin, &asked.topic_name, false, caller.deadline).await?.partitions;
        // librdkafka would look for a partition that is not there until the time is over.
        let is_there = |p: &TopicPartition| there.iter().any(|known| known.id == p.partition);
        let known: Vec<_> = deletions.iter().filter(|(p, _)| is_there(p)).cloned().collect();
        let done = if known.is_empty() { Vec::new() } else { admin.delete_records(&known, caller.deadline).await? };
        let mut done = done.into_iter();
        let outcome = deletions.into_iter().map(|(p, _)| match is_there(&p).then(|| done.next()).flatten() {
            Some(outcome) => outcome,
            None => (p, Err(Error::of(Code::PartitionNotFound))),
        });
        let answer = change::deleted(&asked.cluster_id, outcome.collect())?;
        let some_failed = !answer.failures.is_empty();
        Ok(with_status(answer, some_failed))
    }
}
