//! The gateway's own connections to Kafka, for what librdkafka cannot ask.
//!
//! A request goes to any broker, to a given one, to the controller, or to a coordinator, in the highest version that both
//! sides know. [`Wire`] finds the broker, opens the connection, and asks again where that may help, until the deadline. It
//! reads the same properties as librdkafka (`access`); it knows nothing of what requests mean. Start with `ask`.

mod access;
mod ask;
mod connection;
mod decode;
mod frame;
mod known;
mod open;
mod pool;
mod repeat;
mod sasl;
mod security;
mod text;
#[cfg(feature = "ssl")]
mod tls;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use access::Access;
use futures::{StreamExt, TryStreamExt, future::try_join_all, stream};
use kafka_protocol::{messages::FindCoordinatorRequest, protocol::Request};
use known::Known;
use pool::Pool;

use ask::Told;
pub use ask::no_broker;
pub(super) use known::Coordinator;
pub(super) use text::{group_id, optional, string, topic_name, transactional_id};

use super::{native::Fault, settings::Recipe};
use crate::error::{Code, Error, Result};

/// How long the description of the cluster is believed.
const MAX_AGE: Duration = Duration::from_secs(300);
/// The pause before a request is sent again: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How long one broker has to describe the cluster.
const ASKING: Duration = Duration::from_secs(5);
/// How many keys are looked up at a time where a request takes only one.
const KEYS_AT_ONCE: usize = 16;

/// Requests to Kafka in the name of one principal.
pub(super) struct Wire {
    access: Arc<Access>,
    pool: Pool,
    known: Known,
    /// Held by the one who asks for the cluster, so that the others get the same answer.
    asking: tokio::sync::Mutex<()>,
    timeout: Duration,
}

/// Whom a request is for.
#[derive(Clone, Copy)]
enum To<'a> {
    Any,
    Controller,
    Broker(i32),
    Coordinator(Coordinator, &'a str),
}

impl Wire {
    /// Reads the settings; connects when something is asked.
    ///
    /// # Errors
    /// [`Code::BadRequest`] naming a property that cannot be understood.
    pub(super) fn new(recipe: &Recipe) -> Result<Arc<Self>> {
        let access = Arc::new(Access::new(recipe)?);
        let pool = Pool::new(access.clone());
        let timeout = recipe.settings.request_timeout;
        Ok(Arc::new(Self { access, pool, known: Known::default(), asking: tokio::sync::Mutex::new(()), timeout }))
    }

    /// Asks any broker. `fault` finds an error number in an answer, 0 if there is none; an answer with a number after which the
    /// request may be sent again comes back only when the time is over.
    ///
    /// # Errors
    /// As all requests here: [`Code::DeadlineExceeded`]; [`Code::KafkaRetriable`] if no broker answers, or the connection is
    /// lost and the request may not be repeated; [`Code::UnsupportedProtocol`] if the broker does not offer what is needed;
    /// [`Code::Unauthenticated`].
    pub(super) async fn any<R: Request>(&self, request: R, fault: impl Fn(&R::Response) -> i16, deadline: Instant) -> Result<R::Response> {
        self.once_or_again(To::Any, request, fault, deadline).await
    }

    /// Asks the controller.
    pub(super) async fn controller<R: Request>(
        &self,
        request: R,
        fault: impl Fn(&R::Response) -> i16,
        deadline: Instant,
    ) -> Result<R::Response> {
        self.once_or_again(To::Controller, request, fault, deadline).await
    }

    /// Asks the controller, again also after the request may have been carried out: for a caller who knows what a second time does.
    pub(super) async fn controller_again<R: Request>(
        &self,
        request: R,
        fault: impl Fn(&R::Response) -> i16,
        deadline: Instant,
    ) -> Result<Told<R::Response>> {
        self.ask(To::Controller, &request, true, fault, deadline).await
    }

    /// Asks this broker.
    ///
    /// # Errors
    /// Also [`Code::NotFound`] if the cluster has no such broker, or it is not alive.
    pub(super) async fn broker<R: Request>(
        &self,
        id: i32,
        request: R,
        fault: impl Fn(&R::Response) -> i16,
        deadline: Instant,
    ) -> Result<R::Response> {
        self.once_or_again(To::Broker(id), request, fault, deadline).await
    }

    /// Asks all brokers that are alive, at the same time: each answer with the id of its broker. If one of them goes meanwhile, all
    /// are asked again, because what it had is with another one then.
    pub(super) async fn every<R: Request + Clone>(
        &self,
        request: R,
        fault: impl Fn(&R::Response) -> i16 + Copy,
        deadline: Instant,
    ) -> Result<Vec<(i32, R::Response)>> {
        loop {
            let ask = |id| {
                let request = request.clone();
                async move { Ok::<_, Error>((id, self.broker(id, request, fault, deadline).await?)) }
            };
            match try_join_all(self.brokers(deadline).await?.into_iter().map(ask)).await {
                Err(error) if error.code() == Code::NotFound => tokio::time::sleep(PAUSE.0).await,
                result => return result,
            }
        }
    }

    /// Asks the coordinator of a group or a transactional id.
    pub(super) async fn coordinator<R: Request>(
        &self,
        kind: Coordinator,
        key: &str,
        request: R,
        fault: impl Fn(&R::Response) -> i16,
        deadline: Instant,
    ) -> Result<R::Response> {
        self.once_or_again(To::Coordinator(kind, key), request, fault, deadline).await
    }

    /// Asks, again if the table says so.
    async fn once_or_again<R: Request>(
        &self,
        to: To<'_>,
        request: R,
        fault: impl Fn(&R::Response) -> i16,
        deadline: Instant,
    ) -> Result<R::Response> {
        Ok(self.ask(to, &request, repeat::is_repeatable(R::KEY), fault, deadline).await?.answer)
    }

    /// The coordinators of all keys, in the order of the keys, with one request where the broker takes many keys in one.
    pub(super) async fn coordinators(&self, kind: Coordinator, keys: &[String], deadline: Instant) -> Result<Vec<(String, Result<i32>)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let version = self.version::<FindCoordinatorRequest>(deadline).await?;
        let find = |keys: Vec<String>| async move {
            let answer = self.any(ask::find_request(kind, &keys, version)?, ask::find_fault, deadline).await?;
            Ok::<_, Error>(ask::found(answer, &keys))
        };
        let found = if version >= ask::MANY_KEYS {
            find(keys.to_vec()).await?
        } else {
            stream::iter(keys.iter().cloned().map(|key| find(vec![key]))).buffered(KEYS_AT_ONCE).try_concat().await?
        };
        let found: HashMap<_, _> = found.into_iter().collect();
        for (key, broker) in &found {
            if let Ok(id) = broker {
                self.known.learn_coordinator(kind, key, *id);
            }
        }
        let unknown = || Err(Fault { code: ask::COORDINATOR_NOT_AVAILABLE.into(), text: None }.into());
        Ok(keys.iter().map(|key| (key.clone(), found.get(key).cloned().unwrap_or_else(unknown))).collect())
    }

    /// The ids of all brokers that are alive, now.
    pub(super) async fn brokers(&self, deadline: Instant) -> Result<Vec<i32>> {
        let answer = self.any(ask::cluster_request(), |_| 0, deadline).await?;
        let cluster = self.learn(&answer).ok_or_else(|| Error::of(Code::BrokerNotAvailable))?;
        Ok(cluster.brokers.keys().copied().collect())
    }

    /// Whether a broker lets the gateway in.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] if none does; [`Code::KafkaRetriable`] if none can be reached.
    pub(super) async fn is_let_in(&self) -> Result<()> {
        self.pool.any(&self.addresses(true)).await.map(drop)
    }

    /// The highest version of a request that both sides know, by what any broker says.
    ///
    /// # Errors
    /// [`Code::UnsupportedProtocol`] if there is none.
    pub(super) async fn version<R: Request>(&self, deadline: Instant) -> Result<i16> {
        let connection = self.wait(deadline, self.pool.any(&self.addresses(false))).await?;
        connection.version::<R>().ok_or_else(|| connection::unsupported(R::KEY, "the broker does not offer it"))
    }
}

#[cfg(test)]
mod tests;
