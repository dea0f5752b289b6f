//! What is remembered of the registry, and requests for the same thing made once.
//!
//! A [`Memory`] is a bounded cache with the requests that are under way to fill it. Whoever misses while such a request is under way
//! waits for that one. A request lives as long as somebody waits for it: nobody owns a task. Knows nothing of schemas.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use futures::{
    FutureExt,
    future::{BoxFuture, WeakShared},
};
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::time::timeout_at;

use super::fault::Fault;

type Answer<V> = Result<V, Fault>;
type Flights<K, V> = Arc<Mutex<HashMap<K, Flight<V>>>>;

/// A request that is under way.
struct Flight<V> {
    /// Tells it from an earlier one for the same key.
    number: u64,
    /// Weak: it ends when nobody waits for it any more.
    answer: WeakShared<BoxFuture<'static, Answer<V>>>,
}

/// Things of one kind by their keys.
pub(super) struct Memory<K, V> {
    cache: Cache<K, V>,
    flights: Flights<K, V>,
    numbers: AtomicU64,
}

impl<K, V> Memory<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// An empty memory for things that weigh so much in all.
    pub(super) fn new(capacity: u64, weigh: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        let cache = Cache::builder().max_capacity(capacity).weigher(weigh).build();
        Self { cache, flights: Flights::default(), numbers: AtomicU64::new(0) }
    }

    /// What is known; never waits.
    pub(super) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.cache.get(key)
    }

    /// What is known, or else what `ask` brings, which is remembered. Of all who ask for the same at a time only the first one's `ask`
    /// runs, and not within its time but as long as somebody waits.
    ///
    /// # Errors
    /// Those of `ask`, which are not remembered; [`Fault::Late`] at the deadline.
    ///
    /// # Cancel safety
    /// Safe: the request ends if nobody else waits for it.
    pub(super) async fn get_or_ask<F>(&self, key: K, deadline: Instant, ask: impl FnOnce() -> F) -> Answer<V>
    where
        F: Future<Output = Answer<V>> + Send + 'static,
    {
        match self.cache.get(&key) {
            Some(value) => Ok(value),
            None => self.join(key, deadline, |key| self.cache.get(key), ask).await,
        }
    }

    /// As [`get_or_ask`](Self::get_or_ask), but what is known does not count.
    pub(super) async fn ask<F>(&self, key: K, deadline: Instant, ask: impl FnOnce() -> F) -> Answer<V>
    where
        F: Future<Output = Answer<V>> + Send + 'static,
    {
        self.join(key, deadline, |_| None, ask).await
    }

    /// Joins the request that is under way, or makes one, if `known` has nothing.
    async fn join<F>(&self, key: K, deadline: Instant, known: impl FnOnce(&K) -> Option<V>, ask: impl FnOnce() -> F) -> Answer<V>
    where
        F: Future<Output = Answer<V>> + Send + 'static,
    {
        let answer = {
            let mut flights = self.flights.lock();
            // Under the lock: a request may have come to its end since the caller looked.
            if let Some(value) = known(&key) {
                return Ok(value);
            }
            match flights.get(&key).and_then(|flight| flight.answer.upgrade()) {
                Some(answer) => answer,
                None => {
                    let number = self.numbers.fetch_add(1, Ordering::Relaxed);
                    let landing = Landing { flights: self.flights.clone(), key: key.clone(), number };
                    let (cache, asked) = (self.cache.clone(), ask());
                    let answer = async move {
                        let answer = asked.await;
                        if let Ok(value) = &answer {
                            // Before the flight is over: whoever comes now finds the one or the other.
                            cache.insert(landing.key.clone(), value.clone());
                        }
                        drop(landing);
                        answer
                    };
                    let answer = answer.boxed().shared();
                    if let Some(weak) = answer.downgrade() {
                        flights.insert(key, Flight { number, answer: weak });
                    }
                    answer
                }
            }
        };
        timeout_at(deadline.into(), answer).await.unwrap_or(Err(Fault::Late))
    }

    /// How many things are remembered, and what they weigh.
    #[cfg(test)]
    pub(super) fn size(&self) -> (u64, u64) {
        self.cache.run_pending_tasks();
        (self.cache.entry_count(), self.cache.weighted_size())
    }
}

/// Takes a flight off the list, whether it came to its end or nobody waited for it any more.
struct Landing<K: Eq + Hash, V> {
    flights: Flights<K, V>,
    key: K,
    number: u64,
}

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        let gone = match flights.get(&self.key) {
            Some(flight) if flight.number == self.number => flights.remove(&self.key),
            Some(_) | None => None,
        };
        // Without the lock: the last hold on another flight might end in it.
        drop(flights);
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicUsize, time::Duration};

    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    fn memory() -> Memory<u32, u32> {
        Memory::new(100, |_, _| 1)
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn a_thousand_who_miss_at_once_ask_once() {
        let (memory, asked, gate) = (Arc::new(memory()), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let misses = (0..1_000).map(|_| {
            let (memory, asked, gate) = (memory.clone(), asked.clone(), gate.clone());
            tokio::spawn(async move {
                let ask = || async move {
                    asked.fetch_add(1, Ordering::Relaxed);
                    gate.notified().await;
                    Ok(7)
                };
                memory.get_or_ask(1, later(), ask).await
            })
        });
        let misses: Vec<_> = misses.collect();
        while asked.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        gate.notify_one();
        assert!(join_all(misses).await.into_iter().all(|got| got.unwrap() == Ok(7)));
        assert_eq!((asked.load(Ordering::Relaxed), memory.get(&1)), (1, Some(7)));
        assert!(memory.flights.lock().is_empty());
    }

    #[tokio::test]
    async fn who_goes_away_does_not_take_the_request_with_him() {
        let memory = Arc::new(memory());
        let gate = Arc::new(Notify::new());
        let asked = Arc::new(AtomicUsize::new(0));
        let miss = |value| {
            let (memory, gate, asked) = (memory.clone(), gate.clone(), asked.clone());
            async move {
                let ask = || async move {
                    asked.fetch_add(1, Ordering::Relaxed);
                    gate.notified().await;
                    Ok(value)
                };
                memory.get_or_ask(1, later(), ask).await
            }
        };
        let (mut first, mut second) = (Box::pin(miss(1)), Box::pin(miss(2)));
        assert!(futures::poll!(&mut first).is_pending() && futures::poll!(&mut second).is_pending());
        drop(first);
        gate.notify_one();
        assert_eq!((second.await, asked.load(Ordering::Relaxed)), (Ok(1), 1));
    }

    #[tokio::test]
    async fn a_request_that_nobody_waits_for_is_given_up() {
        let memory = memory();
        let forever = || std::future::pending::<Answer<u32>>();
        let mut first = Box::pin(memory.get_or_ask(1, later(), forever));
        assert!(futures::poll!(&mut first).is_pending());
        drop(first);
        assert!(memory.flights.lock().is_empty());
        assert_eq!(memory.get_or_ask(1, later(), || async { Ok(3) }).await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_ends_at_the_callers_deadline() {
        let memory = memory();
        let soon = tokio::time::Instant::now().into_std() + Duration::from_millis(5);
        assert_eq!(memory.get_or_ask(1, soon, std::future::pending::<Answer<u32>>).await, Err(Fault::Late));
    }

    #[tokio::test]
    async fn failures_are_not_remembered() {
        let memory = memory();
        let fault = Fault::Unreachable("x".to_owned());
        let failed = fault.clone();
        assert_eq!(memory.get_or_ask(1, later(), || async { Err(failed) }).await, Err(fault));
        assert_eq!(memory.get_or_ask(1, later(), || async { Ok(3) }).await, Ok(3));
    }

    #[test]
    fn the_memory_is_bounded() {
        let memory = memory();
        for n in 0..10_000 {
            memory.cache.insert(n, n);
        }
        assert!(memory.size().0 <= 100, "{:?}", memory.size());
    }
}
