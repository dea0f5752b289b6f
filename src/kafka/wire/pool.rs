//! The open connections: one to each broker, opened when it is needed.
//!
//! Opening runs in a task of its own that all who need the connection wait for; who stops waiting does not stop it. A
//! connection that has ended is replaced at the next need. Nothing is locked while anything waits.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Shared},
    stream::FuturesUnordered,
};
use parking_lot::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::{
    access::{Access, Address},
    connection::Connection,
    open::open,
};
use crate::error::{Code, Error, Result};

/// How long a broker has before the next one is asked beside it.
const STAGGER: Duration = Duration::from_millis(250);

type Opening = Shared<BoxFuture<'static, Result<Arc<Connection>>>>;

/// Connections by address.
pub(super) struct Pool {
    access: Arc<Access>,
    slots: Mutex<HashMap<Address, Opening>>,
    turn: AtomicUsize,
}

impl Pool {
    pub(super) fn new(access: Arc<Access>) -> Self {
        Self { access, slots: Mutex::default(), turn: AtomicUsize::new(0) }
    }

    /// The connection to this address.
    pub(super) async fn get(&self, address: &Address) -> Result<Arc<Connection>> {
        self.slot(address).await
    }

    /// A connection to any of the addresses: an open one in turn, else the first that opens. A broker that is slow to answer
    /// does not hold up the others.
    pub(super) async fn any(&self, addresses: &[Address]) -> Result<Arc<Connection>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut in_turn = addresses.iter().cycle().skip(turn.checked_rem(addresses.len()).unwrap_or(0)).take(addresses.len());
        if let Some(open) = in_turn.clone().find_map(|address| self.open(address)) {
            return Ok(open);
        }
        let mut opening = FuturesUnordered::new();
        let mut failed = Error::of(Code::BrokerNotAvailable);
        loop {
            let more = in_turn.next().map(|address| opening.push(self.slot(address))).is_some();
            let stagger = tokio::time::sleep(STAGGER);
            tokio::select! {
                result = opening.next() => match result {
                    Some(Ok(connection)) => return Ok(connection),
                    // That one does not let us in tells more than that another is away.
                    Some(Err(error)) if failed.code() != Code::Unauthenticated => failed = error,
                    Some(Err(_)) => {}
                    None if more => {}
                    None => return Err(failed),
                },
                () = stagger, if more => {}
            }
        }
    }

    /// The connection to this address if there is one.
    fn open(&self, address: &Address) -> Option<Arc<Connection>> {
        let slots = self.slots.lock();
        slots.get(address).and_then(|slot| slot.peek()).and_then(|r| r.as_ref().ok()).filter(|c| c.is_usable()).cloned()
    }

    fn slot(&self, address: &Address) -> Opening {
        let mut slots = self.slots.lock();
        if let Some(slot) = slots.get(address).filter(|slot| is_alive(slot)) {
            return slot.clone();
        }
        slots.retain(|_, slot| is_alive(slot));
        let (access, to) = (self.access.clone(), address.clone());
        let task = AbortOnDropHandle::new(tokio::spawn(async move { open(&access, &to).await }));
        let opening = async move { task.await.unwrap_or_else(|e| Err(Error::internal(e))) }.boxed().shared();
        slots.insert(address.clone(), opening.clone());
        opening
    }
}

/// True for a connection that is usable or being opened.
fn is_alive(slot: &Opening) -> bool {
    slot.peek().is_none_or(|result| result.as_ref().is_ok_and(|connection| connection.is_usable()))
}
