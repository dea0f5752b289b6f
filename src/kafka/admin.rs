//! Questions to the cluster, and changes of it.
//!
//! What librdkafka can ask rides on the producer's client; the rest goes over the gateway's own connections (`wire`). Each
//! request has a deadline, and the settings' `request_timeout` if that is earlier. Start with [`Admin`].

mod acls;
mod cluster_configs;
mod configs;
mod elections;
mod groups;
mod leaders;
mod list_offsets;
mod model;
mod offsets;
mod quorum;
mod quotas;
mod reassignments;
mod records;
mod repeat;
mod replicas;
mod scram;
mod transactions;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

pub use acls::{Acl, AclFilter};
pub use configs::{Change, ConfigChange, ConfigEntry, ConfigResource, ConfigSource, ConfigSynonym};
pub use elections::Election;
pub use groups::{Group, GroupListing, GroupState, GroupType, Member};
pub use model::{Broker, Cluster, NewTopic, OffsetSpec, PartitionDescription, TopicDescription, TopicListing};
pub use offsets::CommittedByGroup;
pub use quorum::{Quorum, QuorumReplica};
pub use quotas::{QuotaChanges, QuotaEntity, QuotaName, Quotas};
pub use reassignments::{Reassignment, ReassignmentChange};
pub use replicas::{LogDir, LogDirReplica};
pub use scram::{Mechanism, ScramUser, Upsertion};
pub use transactions::{Abortion, ProducerDescription, TransactionDescription, TransactionFilter, TransactionListing, TransactionState};

use super::{
    lane::Lane,
    native::{Fault, ListedTopic, Options, Requests},
    wire::Wire,
};
use crate::error::{Error, Result};

/// Topics that Kafka keeps for itself, as its brokers name them.
const INTERNAL_TOPICS: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];
/// Kafka's errors for a topic that is there already, and for one that is not.
const TOPIC_EXISTS: i32 = 36;
const UNKNOWN_TOPIC: i32 = 3;
/// Kafka's error for a number of partitions that a topic cannot have.
const INVALID_PARTITIONS: i32 = 37;

/// Admin requests for one principal. Cheap to clone.
#[derive(Clone)]
pub struct Admin {
    lane: Arc<Lane>,
    wire: Arc<Wire>,
    timeout: Duration,
}

impl Admin {
    pub(super) fn new(lane: Arc<Lane>, wire: Arc<Wire>, timeout: Duration) -> Self {
        Self { lane, wire, timeout }
    }

    /// Cluster id, controller and brokers.
    ///
    /// # Errors
    /// As every request here: `Code::DeadlineExceeded`, `Code::KafkaRetriable` if no broker answers, and what Kafka reports.
    pub async fn describe_cluster(&self, authorized_operations: bool, deadline: Instant) -> Result<Cluster> {
        let options = Options { authorized_operations, ..self.options(deadline)? };
        Ok(self.request(options, deadline, Requests::describe_cluster).await?.same()?)
    }

    /// All topics that the principal may see, in no order. One request, whatever their number.
    pub async fn list_topics(&self, deadline: Instant) -> Result<Vec<TopicListing>> {
        let options = self.options(deadline)?;
        let client = self.lane.client();
        let ask = |_: &Requests, options: Options| {
            let (answer, receiver) = tokio::sync::oneshot::channel();
            let client = client.clone();
            // Whoever asked may be gone.
            tokio::task::spawn_blocking(move || drop(answer.send(client.topics(options.timeout))));
            Ok(receiver)
        };
        let listed = self.request(options, deadline, ask).await?.same()?;
        let listing = |(name, partitions): ListedTopic| TopicListing {
            is_internal: INTERNAL_TOPICS.contains(&name.as_str()),
            name,
            partitions: partitions.map_err(Error::from),
        };
        Ok(listed.into_iter().map(listing).collect())
    }

    /// The topics' partitions, in the order of the names; for each that cannot be described its name and why.
    pub async fn describe_topics(
        &self,
        names: Vec<String>,
        authorized_operations: bool,
        deadline: Instant,
    ) -> Result<Vec<Result<TopicDescription, (String, Error)>>> {
        let options = Options { authorized_operations, ..self.options(deadline)? };
        // librdkafka takes a name only once.
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        if once.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.request(options, deadline, |requests, options| requests.describe_topics(&once, options)).await?.same()?;
        let by_name: HashMap<_, _> = answer.into_iter().collect();
        let unknown = || Err(Fault { code: 3, text: None });
        let of = |name: String| by_name.get(&name).cloned().unwrap_or_else(unknown).map_err(|fault| (name, Error::from(fault)));
        Ok(names.into_iter().map(of).collect())
    }

    /// One topic, with Kafka's own error.
    pub(super) async fn describe_topic(&self, name: &str, deadline: Instant) -> Result<Result<TopicDescription, Fault>> {
        let (options, names) = (self.options(deadline)?, [name.to_owned()]);
        let answer = self.request(options, deadline, |requests, options| requests.describe_topics(&names, options)).await?.same()?;
        let found = answer.into_iter().find(|(found, _)| found == name).map(|(_, description)| description);
        Ok(found.unwrap_or(Err(Fault { code: 3, text: None })))
    }

    /// Creates a topic, or checks only whether it could.
    ///
    /// # Errors
    /// `Code::KafkaAlreadyExists`, `Code::KafkaInvalidRequest` and others, with the broker's text.
    pub async fn create_topic(&self, topic: NewTopic, deadline: Instant) -> Result<()> {
        let options = Options { validate_only: topic.validate_only, ..self.options(deadline)? };
        let outcome = self.request(options, deadline, |requests, options| requests.create_topic(&topic, options)).await?;
        // Only a check creates nothing that it could find the second time.
        Ok(if topic.validate_only { outcome.same() } else { outcome.done_already(TOPIC_EXISTS) }?)
    }

    /// Raises the topic's number of partitions to `new_total`.
    ///
    /// # Errors
    /// `Code::KafkaInvalidRequest` if the number is not larger than the present one, `Code::UnknownTopicOrPartition`.
    pub async fn create_partitions(&self, topic: &str, new_total: i32, deadline: Instant) -> Result<()> {
        // librdkafka takes no smaller number; what the broker says of these is known, once it is known whether there is the topic.
        let Some(total) = usize::try_from(new_total).ok().filter(|n| *n > 0) else {
            let present = self.describe_topic(topic, deadline).await??.partitions.len();
            let text = format!("The topic {topic} currently has {present} partition(s); {new_total} would not be an increase.");
            return Err(Fault { code: INVALID_PARTITIONS, text: Some(text) }.into());
        };
        let options = self.options(deadline)?;
        let outcome = self.request(options, deadline, |requests, options| requests.create_partitions(topic, total, options)).await?;
        // The topic has as many partitions as it is to have: most likely from an earlier try. More is an error all the same.
        if outcome.is_repeated && matches!(&outcome.result, Err(fault) if fault.code == INVALID_PARTITIONS) {
            let present = self.describe_topic(topic, deadline).await??.partitions.len();
            if present == total {
                return Ok(());
            }
        }
        Ok(outcome.result?)
    }

    /// Deletes a topic.
    ///
    /// # Errors
    /// `Code::UnknownTopicOrPartition`, `Code::KafkaInvalidRequest` if the cluster does not allow it.
    pub async fn delete_topic(&self, name: &str, deadline: Instant) -> Result<()> {
        let options = self.options(deadline)?;
        let outcome = self.request(options, deadline, |requests, options| requests.delete_topic(name, options)).await?;
        Ok(outcome.done_already(UNKNOWN_TOPIC)?)
    }

    /// How long a broker may take, in milliseconds, as requests say it.
    fn millis_left(&self, deadline: Instant) -> Result<i32> {
        Ok(i32::try_from(self.options(deadline)?.timeout.as_millis()).unwrap_or(i32::MAX))
    }
}

/// A number that Kafka gives as -1 where there is none, or where it does not know.
fn known<N: PartialOrd + Default>(number: N) -> Option<N> {
    Some(number).filter(|n| *n >= N::default())
}
