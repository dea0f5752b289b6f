//! Which instances there are. An instance is found here by its group and name; everything else about it is behind its own lock.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;

use super::instance::{Instance, Open};
use crate::error::{Code, Error, Result};

/// An instance's group and its name in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The group's id.
    pub group: String,
    /// The name.
    pub name: String,
}

/// The instances of this gateway.
pub struct Registry {
    max: usize,
    instances: Mutex<Instances>,
}

#[derive(Default)]
struct Instances {
    by_key: HashMap<Key, Arc<Instance>>,
    closed: bool,
}

impl Registry {
    /// Without instances, and never with more than `max`.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, instances: Mutex::default() })
    }

    /// Gives an instance its name. It loses it again when the reservation is dropped without being kept.
    ///
    /// # Errors
    /// [`Code::ConsumerAlreadyExists`], [`Code::TooManyConsumers`], [`Code::ShuttingDown`].
    pub fn add(self: &Arc<Self>, key: Key, instance: Arc<Instance>) -> Result<Reservation> {
        let mut instances = self.instances.lock();
        if instances.closed {
            return Err(Error::of(Code::ShuttingDown));
        }
        let count = instances.by_key.len();
        match instances.by_key.entry(key.clone()) {
            Entry::Occupied(_) => Err(Error::of(Code::ConsumerAlreadyExists)),
            Entry::Vacant(_) if count >= self.max => {
                let text = format!(
                    "Too many consumer instances: this gateway has {count}, the most that it may have. Delete instances that are not used."
                );
                Err(Error::new(Code::TooManyConsumers, text))
            }
            Entry::Vacant(place) => {
                place.insert(instance.clone());
                Ok(Reservation { registry: self.clone(), key, instance, kept: false })
            }
        }
    }

    /// The instance of this name.
    ///
    /// # Errors
    /// [`Code::ConsumerInstanceNotFound`].
    pub fn get(&self, key: &Key) -> Result<Arc<Instance>> {
        self.instances.lock().by_key.get(key).cloned().ok_or_else(|| Error::of(Code::ConsumerInstanceNotFound))
    }

    /// Removes the instance of this name, which then is the taker's to close.
    ///
    /// # Errors
    /// [`Code::ConsumerInstanceNotFound`].
    pub fn remove(&self, key: &Key) -> Result<Arc<Instance>> {
        self.instances.lock().by_key.remove(key).ok_or_else(|| Error::of(Code::ConsumerInstanceNotFound))
    }

    /// Removes the instances that have not been used for this long.
    pub fn remove_idle(&self, timeout: Duration) -> Vec<(Key, Open)> {
        let mut instances = self.instances.lock();
        let idle: Vec<_> = instances.by_key.iter().filter_map(|(key, i)| Some((key.clone(), i.take_if_idle(timeout)?))).collect();
        for (key, _) in &idle {
            instances.by_key.remove(key);
        }
        idle
    }

    /// Removes all instances and takes no more.
    pub fn shut(&self) -> Vec<(Key, Arc<Instance>)> {
        let mut instances = self.instances.lock();
        instances.closed = true;
        instances.by_key.drain().collect()
    }
}

/// A name that is taken for an instance which is being made.
pub struct Reservation {
    registry: Arc<Registry>,
    key: Key,
    instance: Arc<Instance>,
    kept: bool,
}

impl Reservation {
    /// The instance is made and keeps the name.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut instances = self.registry.instances.lock();
        // Only if the name is still this instance's: it may have been deleted, and the name given to another.
        if !self.kept && instances.by_key.get(&self.key).is_some_and(|i| Arc::ptr_eq(i, &self.instance)) {
            instances.by_key.remove(&self.key);
        }
    }
}
