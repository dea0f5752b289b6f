//! `barnabas.v3.ReassignmentService`: partitions on their way between brokers.

use std::{collections::HashSet, sync::Arc};

use tonic::{Request, Response, Status};

use super::{ClusterService, failure, known, page::Page, with_status};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{self, Kafka},
    pb::v3::{
        self, AlterReassignmentsRequest, AlterReassignmentsResponse, GetReassignmentRequest, GetReassignmentResponse,
        ListReassignmentsRequest, ListReassignmentsResponse, ListTopicReassignmentsRequest, ListTopicReassignmentsResponse, Reassignment,
        ReassignmentChange, ReassignmentFailure, ReassignmentOperation,
    },
};

/// Shows, starts and cancels moves of partitions.
pub struct ReassignmentService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl ReassignmentService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    /// All moves, sorted.
    async fn all(&self, caller: &Caller, cluster_id: &str) -> Result<Vec<Reassignment>> {
        self.cluster.check(caller, cluster_id).await?;
        let mut moves = self.kafka.admin(caller)?.reassignments(None, caller.deadline).await?;
        moves.sort_unstable_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        Ok(moves.into_iter().map(|found| shown(cluster_id, found)).collect())
    }
}

fn shown(cluster_id: &str, found: kafka::Reassignment) -> Reassignment {
    Reassignment {
        cluster_id: cluster_id.to_owned(),
        topic_name: found.topic,
        partition_id: found.partition,
        adding_replicas: found.adding,
        removing_replicas: found.removing,
    }
}

fn key(shown: &Reassignment) -> (String, i32) {
    (shown.topic_name.clone(), shown.partition_id)
}

/// What Kafka is to be asked for.
///
/// # Errors
/// [`Code::InvalidPayload`] for what Kafka need not be asked about: no changes, a partition twice, brokers that do not fit the operation.
fn changes(asked: Vec<ReassignmentChange>) -> Result<Vec<kafka::ReassignmentChange>> {
    let refuse = |text: String| Err(Error::payload(text));
    if asked.is_empty() {
        return refuse("Empty input provided. Data is required.".to_owned());
    }
    let mut seen = HashSet::new();
    let mut changes = Vec::with_capacity(asked.len());
    for change in asked {
        let ReassignmentChange { topic_name: topic, partition_id: partition, broker_ids, operation, .. } = change;
        let place = format!("partition {partition} of topic {topic}");
        let operation = known::<ReassignmentOperation>(&format!("operation of {place}"), operation)?;
        if !seen.insert((topic.clone(), partition)) {
            return refuse(format!("{place} is named twice."));
        }
        let mut brokers = HashSet::new();
        if let Some(twice) = broker_ids.iter().find(|id| !brokers.insert(**id)) {
            return refuse(format!("{place}: broker {twice} is named twice."));
        }
        let target = match (operation, broker_ids.is_empty()) {
            (ReassignmentOperation::Cancel, true) => None,
            (ReassignmentOperation::Cancel, false) => return refuse(format!("{place}: CANCEL takes no broker_ids.")),
            (ReassignmentOperation::Start | ReassignmentOperation::Unspecified, true) => {
                return refuse(format!("{place}: broker_ids must not be empty."));
            }
            (ReassignmentOperation::Start | ReassignmentOperation::Unspecified, false) => Some(broker_ids),
        };
        changes.push(kafka::ReassignmentChange { topic, partition, target });
    }
    Ok(changes)
}

#[tonic::async_trait]
impl v3::reassignment_service_server::ReassignmentService for ReassignmentService {
    async fn list_reassignments(&self, request: Request<ListReassignmentsRequest>) -> Result<Response<ListReassignmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        let (data, next_page_token) = page.cut(self.all(&caller, &asked.cluster_id).await?, key);
        Ok(Response::new(ListReassignmentsResponse { data, next_page_token }))
    }

    async fn list_topic_reassignments(
        &self,
        request: Request<ListTopicReassignmentsRequest>,
    ) -> Result<Response<ListTopicReassignmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let page = Page::of(asked.page_size, &asked.page_token)?;
        // Kafka takes partitions only, not topics; there are few moves at a time.
        let mut moves = self.all(&caller, &asked.cluster_id).await?;
        moves.retain(|found| found.topic_name == asked.topic_name);
        let (data, next_page_token) = page.cut(moves, key);
        Ok(Response::new(ListTopicReassignmentsResponse { data, next_page_token }))
    }

    async fn get_reassignment(&self, request: Request<GetReassignmentRequest>) -> Result<Response<GetReassignmentResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        self.cluster.check(&caller, &asked.cluster_id).await?;
        if asked.partition_id < 0 {
            return Err(Error::of(Code::NotFound).into());
        }
        let place = (asked.topic_name.as_str(), asked.partition_id);
        let moves = self.kafka.admin(&caller)?.reassignments(Some(place), caller.deadline).await?;
        let found = moves.into_iter().find(|m| (m.topic.as_str(), m.partition) == place).ok_or_else(|| Error::of(Code::NotFound))?;
        Ok(Response::new(GetReassignmentResponse { reassignment: Some(shown(&asked.cluster_id, found)) }))
    }

    async fn alter_reassignments(
        &self,
        request: Request<AlterReassignmentsRequest>,
    ) -> Result<Response<AlterReassignmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let changes = changes(asked.data)?;
        self.cluster.check(&caller, &asked.cluster_id).await?;
        let any_factor = asked.allow_replication_factor_change.unwrap_or(true);
        let mut refused = self.kafka.admin(&caller)?.alter_reassignments(changes, any_factor, caller.deadline).await?;
        refused.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let failures: Vec<_> = refused
            .into_iter()
            .map(|(topic_name, partition_id, error)| {
                let (error_code, message) = failure(&error);
                ReassignmentFailure { topic_name, partition_id, error_code, message }
            })
            .collect();
        let some_failed = !failures.is_empty();
        Ok(with_status(AlterReassignmentsResponse { failures }, some_failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(partition_id: i32, operation: ReassignmentOperation, broker_ids: &[i32]) -> ReassignmentChange {
        ReassignmentChange { topic_name: "t".into(), partition_id, operation: operation.into(), broker_ids: broker_ids.to_vec() }
    }

    #[test]
    fn changes_that_make_no_sense_never_reach_kafka() {
        use ReassignmentOperation::{Cancel, Start, Unspecified};
        for (asked, why) in [
            (vec![], "Data is required"),
            (vec![change(0, Start, &[1]), change(0, Cancel, &[])], "partition 0 of topic t is named twice"),
            (vec![change(0, Unspecified, &[])], "broker_ids must not be empty"),
            (vec![change(0, Start, &[1, 2, 1])], "broker 1 is named twice"),
            (vec![change(0, Cancel, &[1])], "CANCEL takes no broker_ids"),
        ] {
            let error = changes(asked).expect_err(why);
            assert_eq!(error.code(), Code::InvalidPayload, "{why}");
            assert!(error.message().contains(why), "{error}");
        }
        let two = changes(vec![change(0, Unspecified, &[2, 1]), change(1, Cancel, &[])]).expect("sensible");
        assert_eq!(two.into_iter().map(|c| c.target).collect::<Vec<_>>(), [Some(vec![2, 1]), None]);
    }
}
