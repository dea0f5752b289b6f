//! The budget of body bytes that the whole gateway may hold at a time.
//!
//! A [`Share`] is taken before bytes are read or kept, and gives its bytes back when it is dropped. Nothing waits here: who gets no
//! share refuses, because requests that wait for each other's bytes would never end.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// How many bytes may be held, and how many are.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    held: AtomicU64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, held: AtomicU64::new(0) })
    }

    /// The bytes that are held now.
    pub(super) fn held(&self) -> u64 {
        self.held.load(Relaxed)
    }

    /// A share of this size, or none if the budget has not as much left.
    pub(super) fn share(self: &Arc<Self>, bytes: u64) -> Option<Share> {
        self.take(bytes).then(|| Share { budget: self.clone(), bytes: AtomicU64::new(bytes) })
    }

    fn take(&self, bytes: u64) -> bool {
        self.held.fetch_update(Relaxed, Relaxed, |held| held.checked_add(bytes).filter(|sum| *sum <= self.limit)).is_ok()
    }
}

/// A part of the budget, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: AtomicU64,
}

impl Share {
    /// Takes so many bytes more; false, and nothing taken, if the budget has not as much left.
    pub(super) fn grow(&self, bytes: u64) -> bool {
        let taken = self.budget.take(bytes);
        if taken {
            self.bytes.fetch_add(bytes, Relaxed);
        }
        taken
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(*self.bytes.get_mut(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_end_at_the_limit_and_come_back() {
        let budget = Budget::new(10);
        let first = budget.share(6).unwrap();
        assert!(budget.share(5).is_none());
        assert!(first.grow(4));
        assert!(!first.grow(1));
        assert!(!first.grow(u64::MAX), "no overflow");
        assert_eq!(budget.held(), 10);
        drop(first);
        assert_eq!(budget.held(), 0);
        assert!(budget.share(10).is_some());
    }
}
