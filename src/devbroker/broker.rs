//! What all connections share: the state behind one lock, and the signal that something may have become readable.
//!
//! No protocol here: `dispatch` says which request does what, `groups` and `fetch` do the waiting. Start at [`Broker`].

use std::net::SocketAddr;
#[cfg(test)]
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use noida::kafka::engine::EngineState;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use super::Settings;
use super::acls::Acls;
use super::groups::Parked;

/// The cluster id when the settings name none.
const CLUSTER_ID: &str = "barnabas-dev";

/// The broker; the lock is never held across an await. A handler that panics lets go of it without poisoning it.
pub(super) struct Broker {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    /// So many questions for committed offsets are refused still, as by a broker that is not the group's coordinator.
    #[cfg(test)]
    pub refusals: Arc<AtomicUsize>,
}

/// Everything that changes.
pub(super) struct State {
    /// Topics, logs, groups and transactions.
    pub engine: EngineState,
    /// Requests of group members that wait for the others.
    pub parked: Parked,
    /// Access rules: stored, not enforced.
    pub acls: Acls,
}

impl Broker {
    /// An empty broker that advertises `addr`.
    pub fn new(settings: &Settings, addr: SocketAddr) -> Self {
        let mut engine = EngineState::new(addr.ip().to_string(), i32::from(addr.port()));
        engine.cluster_id = settings.cluster_id.clone().unwrap_or_else(|| CLUSTER_ID.to_owned());
        engine.broker_configs.insert("num.partitions".to_owned(), settings.partitions.to_string());
        engine.broker_configs.insert("auto.create.topics.enable".to_owned(), settings.auto_create_topics.to_string());
        // The engine keeps offsets and transactions elsewhere; its 100 internal partitions would only fill every listing.
        engine.topics.clear();
        let state = State { engine, parked: Parked::default(), acls: Acls::default() };
        Self {
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            #[cfg(test)]
            refusals: Arc::default(),
        }
    }

    /// The state, for one step.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// True for as many calls as a test has asked for.
    #[cfg(test)]
    pub fn refuses_offsets(&self) -> bool {
        self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Wakes every Fetch that waits: a log, a topic or a setting has changed.
    pub fn announce_change(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Sees each change that is announced after this call.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
