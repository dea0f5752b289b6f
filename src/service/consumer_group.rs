//! `barnabas.v3.ConsumerGroupService`: groups, their members, how far they have read, and what they have committed.
//!
//! Here each RPC is handed to the file of its resource: [`group`], [`members`], [`lags`], [`offsets`].

mod group;
mod lags;
mod members;
mod offsets;

use std::{sync::Arc, time::Instant};

use tonic::{Request, Response, Status};

use super::{ClusterService, with_status};
use crate::{
    caller::Caller,
    error::{Code, Error, Result},
    kafka::{Admin, CommittedByGroup, Group, Kafka},
    pb::v3::{
        self, AlterOffsetsRequest, AlterOffsetsResponse, ConsumerOffsetChange, DeleteConsumerGroupRequest, DeleteConsumerGroupResponse,
        DeleteOffsetsRequest, DeleteOffsetsResponse, GetConsumerAssignmentRequest, GetConsumerAssignmentResponse, GetConsumerGroupRequest,
        GetConsumerGroupResponse, GetConsumerLagRequest, GetConsumerLagResponse, GetConsumerRequest, GetConsumerResponse,
        GetLagSummaryRequest, GetLagSummaryResponse, ListConsumerAssignmentsRequest, ListConsumerAssignmentsResponse,
        ListConsumerGroupsRequest, ListConsumerGroupsResponse, ListConsumerLagsRequest, ListConsumerLagsResponse, ListConsumersRequest,
        ListConsumersResponse,
    },
};

/// Shows consumer groups, and administers what they have committed.
pub struct ConsumerGroupService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl ConsumerGroupService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }

    /// Admin requests for the caller, to this cluster.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the cluster is another one, with this family's own text.
    async fn admin(&self, caller: &Caller, cluster_id: &str) -> Result<Admin> {
        self.cluster.check(caller, cluster_id).await.map_err(|error| match error.code() {
            Code::NotFound => Error::new(Code::NotFound, format!("Cluster {cluster_id} could not be found.")),
            _ => error,
        })?;
        self.kafka.admin(caller)
    }
}

/// The group and what it has committed, asked for at the same time.
async fn group_and_offsets(admin: &Admin, id: &str, deadline: Instant) -> (Result<Option<Group>>, Result<Vec<CommittedByGroup>>) {
    futures::future::join(admin.describe_group(id, deadline), admin.committed_by(id, deadline)).await
}

fn no_group(id: &str) -> Error {
    Error::new(Code::NotFound, format!("Consumer Group {id} could not be found."))
}

fn no_offsets() -> Error {
    Error::new(Code::NotFound, "Consumer group offsets could not be found.")
}

/// An answer that says over REST whether something in it could not be done.
fn per_partition<T>(answer: T, changes: impl Fn(&T) -> &[ConsumerOffsetChange]) -> Response<T> {
    let some_failed = changes(&answer).iter().any(|change| change.error_code.is_some());
    with_status(answer, some_failed)
}

#[tonic::async_trait]
impl v3::consumer_group_service_server::ConsumerGroupService for ConsumerGroupService {
    async fn list_consumer_groups(
        &self,
        request: Request<ListConsumerGroupsRequest>,
    ) -> Result<Response<ListConsumerGroupsResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(group::list(self, &caller, request.into_inner()).await?))
    }

    async fn get_consumer_group(&self, request: Request<GetConsumerGroupRequest>) -> Result<Response<GetConsumerGroupResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(group::get(self, &caller, request.into_inner()).await?))
    }

    async fn list_consumers(&self, request: Request<ListConsumersRequest>) -> Result<Response<ListConsumersResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(members::list(self, &caller, request.into_inner()).await?))
    }

    async fn get_consumer(&self, request: Request<GetConsumerRequest>) -> Result<Response<GetConsumerResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(members::get(self, &caller, request.into_inner()).await?))
    }

    async fn list_consumer_assignments(
        &self,
        request: Request<ListConsumerAssignmentsRequest>,
    ) -> Result<Response<ListConsumerAssignmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(members::list_assignments(self, &caller, request.into_inner()).await?))
    }

    async fn get_consumer_assignment(
        &self,
        request: Request<GetConsumerAssignmentRequest>,
    ) -> Result<Response<GetConsumerAssignmentResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(members::get_assignment(self, &caller, request.into_inner()).await?))
    }

    async fn get_lag_summary(&self, request: Request<GetLagSummaryRequest>) -> Result<Response<GetLagSummaryResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(lags::summary(self, &caller, request.into_inner()).await?))
    }

    async fn list_consumer_lags(&self, request: Request<ListConsumerLagsRequest>) -> Result<Response<ListConsumerLagsResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(lags::list(self, &caller, request.into_inner()).await?))
    }

    async fn get_consumer_lag(&self, request: Request<GetConsumerLagRequest>) -> Result<Response<GetConsumerLagResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(lags::get(self, &caller, request.into_inner()).await?))
    }

    async fn delete_consumer_group(
        &self,
        request: Request<DeleteConsumerGroupRequest>,
    ) -> Result<Response<DeleteConsumerGroupResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let admin = self.admin(&caller, &asked.cluster_id).await?;
        admin.delete_group(&asked.consumer_group_id, caller.deadline).await?;
        Ok(Response::new(DeleteConsumerGroupResponse {}))
    }

    async fn alter_offsets(&self, request: Request<AlterOffsetsRequest>) -> Result<Response<AlterOffsetsResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(per_partition(offsets::alter(self, &caller, request.into_inner()).await?, |answer| &answer.data))
    }

    async fn delete_offsets(&self, request: Request<DeleteOffsetsRequest>) -> Result<Response<DeleteOffsetsResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(per_partition(offsets::delete(self, &caller, request.into_inner()).await?, |answer| &answer.data))
    }
}
