//! One producing client at work: its events are served by a task of its own.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::{
    native::{Client, Conf, Queue, Requests, serve},
    statistics::Sent,
};
use crate::error::{Error, Result};

/// A producing client. Delivery reports and answers to admin requests arrive as long as it lives.
pub(super) struct Lane {
    client: Arc<Client>,
    requests: Requests,
    /// Told whenever records have left the client.
    room: Arc<Notify>,
    _pump: AbortOnDropHandle<()>,
}

impl Lane {
    /// Starts a client. Inside a Tokio runtime.
    pub(super) fn start(conf: Conf) -> Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        let client = Arc::new(Client::producer(conf)?);
        let queue = Arc::new(Queue::main(client.clone())?);
        let room = Arc::new(Notify::new());
        let requests = Requests::new(queue.clone());
        let pump = runtime.spawn(pump(queue, room.clone()));
        Ok(Arc::new(Self { client, requests, room, _pump: AbortOnDropHandle::new(pump) }))
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
}

async fn pump(queue: Arc<Queue>, room: Arc<Notify>) {
    let mut sent = Sent::default();
    loop {
        queue.filled().await;
        if serve(&queue, |json| sent.count(json)) > 0 {
            room.notify_waiters();
        }
    }
}
