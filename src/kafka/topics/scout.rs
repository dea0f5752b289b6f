//! The client that asks for topics which are not there, so that brokers create them if they do that on first use.
//!
//! librdkafka remembers every name that it was asked for, and asks again for it, creating a deleted topic anew. So this is not
//! done by the producer's client: a scout lives as long as somebody waits for it, and for [`MOST`] names.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use crate::{
    error::Result,
    kafka::{
        native::{Client, TopicHandle},
        settings::Recipe,
    },
};

/// How many names one scout asks for.
const MOST: usize = 100;
/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A client for a short time.
pub(super) struct Scout {
    client: Arc<Client>,
    asked: AtomicUsize,
}

impl Scout {
    /// The scout that is under way, or a new one.
    pub(super) fn join(current: &Mutex<Weak<Self>>, recipe: &Recipe) -> Result<Arc<Self>> {
        let mut current = current.lock();
        if let Some(scout) = current.upgrade().filter(|s| s.asked.fetch_add(1, Ordering::Relaxed) < MOST) {
            return Ok(scout);
        }
        let client = Arc::new(Client::producer(recipe.scout_conf()?)?);
        let scout = Arc::new(Self { client, asked: AtomicUsize::new(1) });
        *current = Arc::downgrade(&scout);
        Ok(scout)
    }

    /// Asks for a topic. What comes of it shows when the producer's client asks next.
    pub(super) async fn ask(self: Arc<Self>, name: Arc<str>) {
        let asked = tokio::task::spawn_blocking(move || TopicHandle::new(self.client.clone(), &name)?.ask(TIMEOUT));
        match asked.await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::debug!(?fault, "no answer for a topic that is not there"),
            Err(error) => tracing::debug!(%error, "the question for a topic was not asked"),
        }
    }
}
