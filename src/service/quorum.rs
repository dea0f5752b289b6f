//! `barnabas.v3.QuorumService`: the quorum of controllers.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ClusterService, timestamp};
use crate::{
    caller::Caller,
    error::Result,
    kafka::{self, Kafka},
    pb::v3::{self, GetQuorumRequest, GetQuorumResponse, Quorum, QuorumReplica},
};

/// Shows who leads the controllers, and how far each node follows.
pub struct QuorumService {
    kafka: Arc<Kafka>,
    cluster: Arc<ClusterService>,
}

impl QuorumService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, cluster: Arc<ClusterService>) -> Self {
        Self { kafka, cluster }
    }
}

#[tonic::async_trait]
impl v3::quorum_service_server::QuorumService for QuorumService {
    async fn get_quorum(&self, request: Request<GetQuorumRequest>) -> Result<Response<GetQuorumResponse>, Status> {
        let caller = Caller::of(&request)?;
        let cluster_id = request.into_inner().cluster_id;
        self.cluster.check(&caller, &cluster_id).await?;
        let quorum = self.kafka.admin(&caller)?.quorum(caller.deadline).await?;
        Ok(Response::new(GetQuorumResponse { quorum: Some(shown(cluster_id, quorum)) }))
    }
}

fn shown(cluster_id: String, quorum: kafka::Quorum) -> Quorum {
    // What the leader has is what the others are measured by.
    let leader = quorum.voters.iter().find(|voter| Some(voter.replica_id) == quorum.leader_id).and_then(|voter| voter.log_end_offset);
    let replicas = |of: Vec<kafka::QuorumReplica>| {
        let mut replicas: Vec<_> = of.into_iter().map(|one| replica(one, leader)).collect();
        replicas.sort_unstable_by_key(|one| one.replica_id);
        replicas
    };
    Quorum {
        cluster_id,
        leader_id: quorum.leader_id,
        leader_epoch: quorum.leader_epoch,
        high_watermark: quorum.high_watermark,
        voters: replicas(quorum.voters),
        observers: replicas(quorum.observers),
    }
}

fn replica(of: kafka::QuorumReplica, leader: Option<i64>) -> QuorumReplica {
    QuorumReplica {
        replica_id: of.replica_id,
        directory_id: of.directory_id,
        log_end_offset: of.log_end_offset,
        lag: leader.zip(of.log_end_offset).map(|(leader, own)| leader.saturating_sub(own).max(0)),
        last_fetch_timestamp: of.last_fetch_timestamp_ms.map(timestamp::from_millis),
        last_caught_up_timestamp: of.last_caught_up_timestamp_ms.map(timestamp::from_millis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(replica_id: i32, log_end_offset: Option<i64>) -> kafka::QuorumReplica {
        kafka::QuorumReplica {
            replica_id,
            directory_id: None,
            log_end_offset,
            last_fetch_timestamp_ms: None,
            last_caught_up_timestamp_ms: None,
        }
    }

    #[test]
    fn who_follows_is_measured_by_the_leader() {
        let voters = vec![member(2, Some(90)), member(1, Some(100)), member(3, None)];
        let quorum = kafka::Quorum { leader_id: Some(1), leader_epoch: 4, high_watermark: 95, voters, observers: Vec::new() };
        let lags: Vec<_> = shown("c".into(), quorum.clone()).voters.into_iter().map(|v| (v.replica_id, v.lag)).collect();
        assert_eq!(lags, [(1, Some(0)), (2, Some(10)), (3, None)]);
        let none = kafka::Quorum { leader_id: None, ..quorum };
        assert!(shown("c".into(), none).voters.iter().all(|v| v.lag.is_none()), "without a leader there is nothing to measure by");
    }
}
