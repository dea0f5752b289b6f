//! One producing client at work: its events are served by a task of its own.

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio_util::task::AbortOnDropHandle;

use super::{
    errors::AUTHENTICATION,
    native::{Client, Conf, Fault, Queue, Requests, serve},
    statistics::Sent,
};
use crate::error::{Error, Result};

/// A producing client. Delivery reports and answers to admin requests arrive as long as it lives.
pub(super) struct Lane {
    client: Arc<Client>,
    requests: Requests,
    /// Told whenever records have left the client.
    room: Arc<Notify>,
    /// The last time that a broker did not let the client in, until somebody finds that they do.
    refusal: Arc<watch::Sender<Option<Fault>>>,
    _pump: AbortOnDropHandle<()>,
}

impl Lane {
    /// Starts a client. Inside a Tokio runtime.
    pub(super) fn start(conf: Conf) -> Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        let client = Arc::new(Client::producer(conf)?);
        let queue = Arc::new(Queue::main(client.clone())?);
        let (room, refusal) = (Arc::new(Notify::new()), Arc::new(watch::Sender::new(None)));
        let requests = Requests::new(queue.clone());
        let pump = runtime.spawn(pump(queue, room.clone(), refusal.clone()));
        Ok(Arc::new(Self { client, requests, room, refusal, _pump: AbortOnDropHandle::new(pump) }))
    }

    /// The client, for topic handles.
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Admin requests on this client.
    pub(super) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Wakes all who wait whenever records have left the client.
    pub(super) fn room(&self) -> &Notify {
        &self.room
    }

    /// Waits until a broker has not let the client in. The client itself goes on trying, and tells nobody who waits for an answer.
    pub(super) async fn refusal(&self) -> Fault {
        let mut news = self.refusal.subscribe();
        let seen = news.wait_for(Option::is_some).await.ok().and_then(|seen| seen.clone());
        match seen {
            Some(fault) => fault,
            // `self` keeps the sender, so that the end of it is never seen.
            None => std::future::pending().await,
        }
    }

    /// After a refusal, if it is none any more.
    pub(super) fn is_let_in(&self) {
        self.refusal.send_replace(None);
    }
}

async fn pump(queue: Arc<Queue>, room: Arc<Notify>, refusal: Arc<watch::Sender<Option<Fault>>>) {
    let mut sent = Sent::default();
    loop {
        queue.filled().await;
        let trouble = |fault: Fault| {
            tracing::error!(target: "librdkafka", code = fault.code, "{}", fault.text.as_deref().unwrap_or_default());
            if fault.code == AUTHENTICATION {
                refusal.send_replace(Some(fault));
            }
        };
        if serve(&queue, |json| sent.count(json), trouble) > 0 {
            room.notify_waiters();
        }
    }
}
