//! One consumer instance: a lock, a clock, and what stands behind the lock.
//!
//! Calls for the same instance wait for each other at [`Instance::enter`]. What they find behind it is [`Open`], whose rules are in
//! `subscription`, `positions` and `read`; an instance that was closed meanwhile has nothing behind its lock any more.

use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Mutex as Lock, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::Instant,
};

use super::{
    buffer::Buffer,
    decode::{Decoder, Format},
    requests::Plan,
    source::Source,
    subscription::Target,
};
use crate::{
    error::{Code, Error, Result},
    kafka::{Position, TopicPartition},
};

/// A consumer instance, from the moment when its name is taken.
pub struct Instance {
    format: Format,
    used: Mutex<Instant>,
    open: Arc<Lock<Option<Open>>>,
}

/// The place of an instance's contents. Calls for the instance wait until it is filled or dropped.
pub type Place = OwnedMutexGuard<Option<Open>>;

/// What an instance is while it lives.
pub struct Open {
    /// The consumer.
    pub(super) source: Arc<dyn Source>,
    /// True if Kafka commits by itself what was stored.
    pub(super) auto_commit: bool,
    /// How keys and values are decoded.
    pub(super) decoder: Decoder,
    /// How long a read waits at most.
    pub(super) wait: Duration,
    /// How many bytes a read waits for; absent: a read lasts its whole time.
    pub(super) min_bytes: Option<u64>,
    /// How many bytes a read returns at most.
    pub(super) max_bytes: u64,
    /// What it reads from.
    pub(super) target: Target,
    /// What was fetched and not returned.
    pub(super) buffer: Buffer,
    /// Where the next record that will be returned comes from, of partitions that were read or sought.
    pub(super) positions: BTreeMap<TopicPartition, Position>,
    /// What the last poll failed with, if there were records to return before.
    pub(super) failure: Option<Error>,
    /// Why a partition is not read any more until its position is moved: it has no offset to begin at.
    pub(super) stuck: Option<Error>,
}

impl Open {
    /// A new instance's contents.
    pub fn new(source: Arc<dyn Source>, auto_commit: bool, plan: &Plan, decoder: Decoder, max_bytes: u64) -> Self {
        Self {
            source,
            auto_commit,
            decoder,
            wait: plan.wait,
            min_bytes: plan.min_bytes,
            max_bytes,
            target: Target::Nothing,
            buffer: Buffer::default(),
            positions: BTreeMap::new(),
            failure: None,
            stuck: None,
        }
    }

    /// Commits what is due and leaves the group.
    pub async fn close(self, timeout: Duration) -> Result<()> {
        self.source.close(timeout).await
    }
}

impl Instance {
    /// A new instance with a place that is still empty.
    pub async fn reserve(format: Format) -> (Arc<Self>, Place) {
        let open = Arc::new(Lock::new(None));
        let place = open.clone().lock_owned().await;
        (Arc::new(Self { format, used: Mutex::new(Instant::now()), open }), place)
    }

    /// The format of keys and values.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Waits for the calls before, and keeps others out.
    ///
    /// # Errors
    /// [`Code::ConsumerInstanceNotFound`] if it was closed meanwhile.
    pub async fn enter(self: Arc<Self>) -> Result<Entered> {
        let guard = self.open.clone().lock_owned().await;
        match OwnedMutexGuard::try_map(guard, Option::as_mut) {
            Ok(open) => Ok(Entered { open, instance: self }),
            Err(_) => Err(Error::of(Code::ConsumerInstanceNotFound)),
        }
    }

    /// Takes the contents away, when the calls before are over. Whoever comes later finds nothing.
    pub async fn take(&self) -> Option<Open> {
        self.open.lock().await.take()
    }

    /// Takes the contents away if no call is under way and none has been for this long.
    pub fn take_if_idle(&self, timeout: Duration) -> Option<Open> {
        let mut open = self.open.try_lock().ok()?;
        if self.used.lock().elapsed() >= timeout { open.take() } else { None }
    }
}

/// A call's hold on an instance. The instance counts as used until it is dropped.
pub struct Entered {
    open: OwnedMappedMutexGuard<Option<Open>, Open>,
    instance: Arc<Instance>,
}

impl Deref for Entered {
    type Target = Open;

    fn deref(&self) -> &Open {
        &self.open
    }
}

impl DerefMut for Entered {
    fn deref_mut(&mut self) -> &mut Open {
        &mut self.open
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        *self.instance.used.lock() = Instant::now();
    }
}
