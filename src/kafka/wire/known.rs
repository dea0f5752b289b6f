//! What is known of the cluster: brokers, controller, coordinators. Never asks anything itself.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Instant,
};

use kafka_protocol::messages::MetadataResponse;
use parking_lot::Mutex;

use super::access::Address;

/// How many coordinators are remembered; then memory begins anew.
const MAX_COORDINATORS: usize = 10_000;

/// Whose coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::kafka) enum Coordinator {
    /// A consumer group's.
    Group,
    /// A transactional id's.
    Transaction,
}

impl Coordinator {
    /// What a key is called.
    pub(super) fn key_name(self) -> &'static str {
        match self {
            Self::Group => "consumer_group_id",
            Self::Transaction => "transactional_id",
        }
    }

    /// Kafka's number.
    pub(super) fn key_type(self) -> i8 {
        match self {
            Self::Group => 0,
            Self::Transaction => 1,
        }
    }
}

/// The cluster as a broker described it.
pub(super) struct Cluster {
    pub(super) brokers: BTreeMap<i32, Address>,
    /// The controller, or under KRaft a broker that hands on what is for it.
    pub(super) controller: Option<i32>,
    pub(super) since: Instant,
}

impl Cluster {
    pub(super) fn of(answer: &MetadataResponse) -> Self {
        let broker = |b: &kafka_protocol::messages::metadata_response::MetadataResponseBroker| {
            let port = u16::try_from(b.port).ok()?;
            Some((b.node_id.0, Address { host: b.host.as_str().into(), port }))
        };
        let brokers: BTreeMap<_, _> = answer.brokers.iter().filter_map(broker).collect();
        let controller = Some(answer.controller_id.0).filter(|id| brokers.contains_key(id));
        Self { brokers, controller, since: Instant::now() }
    }
}

/// What was learned, until it is found to be wrong.
#[derive(Default)]
pub(super) struct Known {
    cluster: Mutex<Option<Arc<Cluster>>>,
    coordinators: Mutex<HashMap<(Coordinator, String), i32>>,
}

impl Known {
    pub(super) fn cluster(&self) -> Option<Arc<Cluster>> {
        self.cluster.lock().clone()
    }

    pub(super) fn learn(&self, cluster: Arc<Cluster>) {
        *self.cluster.lock() = Some(cluster);
    }

    pub(super) fn coordinator(&self, kind: Coordinator, key: &str) -> Option<i32> {
        self.coordinators.lock().get(&(kind, key.to_owned())).copied()
    }

    pub(super) fn learn_coordinator(&self, kind: Coordinator, key: &str, broker: i32) {
        let mut coordinators = self.coordinators.lock();
        if coordinators.len() >= MAX_COORDINATORS {
            coordinators.clear();
        }
        coordinators.insert((kind, key.to_owned()), broker);
    }

    pub(super) fn forget_coordinator(&self, kind: Coordinator, key: &str) {
        self.coordinators.lock().remove(&(kind, key.to_owned()));
    }
}
