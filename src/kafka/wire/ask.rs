//! Finding the broker, and asking until there is an answer or the time is over.

use std::{future::Future, sync::Arc, time::Instant};

use kafka_protocol::{
    messages::{FindCoordinatorRequest, FindCoordinatorResponse, MetadataRequest, MetadataResponse},
    protocol::{Request, StrBytes},
};
use tokio::time::{sleep, timeout, timeout_at};

use super::{
    ASKING, PAUSE, To, Wire,
    access::Address,
    connection::{Connection, Failure},
    known::{Cluster, Coordinator},
    repeat::{self, Next},
    text::string,
};
use crate::{
    error::{Code, Error, Result},
    kafka::{errors::TIMED_OUT, native::Fault},
};

/// Kafka's error where no coordinator can be told (yet).
pub(super) const COORDINATOR_NOT_AVAILABLE: i16 = 15;
/// Kafka's error where there is no controller.
const NO_CONTROLLER: i32 = 41;
/// The first version of FindCoordinator that takes many keys.
pub(super) const MANY_KEYS: i16 = 4;

impl From<Error> for Failure {
    /// An error before anything was sent.
    fn from(error: Error) -> Self {
        if error.code().is_retriable() { Self::Unsent(error) } else { Self::Final(error) }
    }
}

/// The last answer to a request.
pub(in crate::kafka) struct Told<A> {
    pub(in crate::kafka) answer: A,
    /// True if an earlier try may have been carried out, though its answer was lost.
    pub(in crate::kafka) is_repeated: bool,
}

impl Failure {
    fn into_error(self) -> Error {
        match self {
            Self::Unsent(error) | Self::Sent(error) | Self::Final(error) => error,
        }
    }

    /// What the failure of a step on the way means to the request itself, of which the broker has seen nothing.
    fn of_a_step(self) -> Self {
        match self {
            Self::Sent(error) => Self::Unsent(error),
            other => other,
        }
    }
}

impl Wire {
    /// Asks until there is an answer that cannot be bettered by asking again, at most until the deadline. `is_repeatable`: the request
    /// may be sent again after it may have been carried out.
    pub(super) async fn ask<R: Request>(
        &self,
        to: To<'_>,
        request: &R,
        is_repeatable: bool,
        fault: impl Fn(&R::Response) -> i16,
        deadline: Instant,
    ) -> Result<Told<R::Response>> {
        let until = deadline.min(Instant::now() + self.timeout);
        let mut last = Err(Fault { code: TIMED_OUT, text: None }.into());
        let mut pause = PAUSE.0;
        let (mut doubtful, mut is_repeated) = (false, false);
        loop {
            let attempt = async { self.locate(to, doubtful).await?.call(request).await };
            match timeout_at(until.into(), attempt).await {
                Ok(Ok(answer)) => {
                    let next = repeat::after(fault(&answer), is_repeatable);
                    let told = Told { answer, is_repeated };
                    if next == Next::HandBack {
                        return Ok(told);
                    }
                    doubtful = next == Next::Elsewhere;
                    is_repeated |= next == Next::Doubtful;
                    last = Ok(told);
                }
                Ok(Err(Failure::Final(error))) => return Err(error),
                Ok(Err(Failure::Sent(error))) if !is_repeatable => return Err(error),
                Ok(Err(failure)) => {
                    is_repeated |= matches!(failure, Failure::Sent(_));
                    doubtful = true;
                    last = Err(failure.into_error());
                }
                Err(_) => return in_time(last, until, deadline),
            }
            if until <= Instant::now() + pause {
                return in_time(last, until, deadline);
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Waits until the deadline at most.
    pub(super) async fn wait<T>(&self, deadline: Instant, what: impl Future<Output = Result<T>>) -> Result<T> {
        let until = deadline.min(Instant::now() + self.timeout);
        let late = |_| Err(Fault { code: TIMED_OUT, text: None }.into());
        in_time(timeout_at(until.into(), what).await.unwrap_or_else(late), until, deadline)
    }

    /// A connection to whom the request is for. `doubtful`: what is known of the cluster led to nothing.
    async fn locate(&self, to: To<'_>, doubtful: bool) -> Result<Arc<Connection>, Failure> {
        let id = match to {
            To::Any => return Ok(self.pool.any(&self.addresses(doubtful)).await?),
            To::Controller => {
                let unknown = || Failure::Unsent(Fault { code: NO_CONTROLLER, text: None }.into());
                self.cluster(doubtful).await?.controller.ok_or_else(unknown)?
            }
            To::Broker(id) => id,
            To::Coordinator(kind, key) => self.coordinator_of(kind, key, doubtful).await?,
        };
        let mut address = self.cluster(doubtful).await?.brokers.get(&id).cloned();
        if address.is_none() && !doubtful {
            // It may have come since.
            address = self.cluster(true).await?.brokers.get(&id).cloned();
        }
        match (address, to) {
            (Some(address), _) => Ok(self.pool.get(&address).await?),
            (None, To::Broker(_)) => Err(Failure::Final(no_broker(id))),
            (None, _) => Err(Failure::Unsent(Fault { code: COORDINATOR_NOT_AVAILABLE.into(), text: None }.into())),
        }
    }

    /// The brokers that may be asked anything: those of the cluster; the ones of the settings as long as none is known, or if
    /// those did not answer.
    pub(super) fn addresses(&self, doubtful: bool) -> Vec<Address> {
        let mut all: Vec<_> = self.known.cluster().map(|c| c.brokers.values().cloned().collect()).unwrap_or_default();
        if doubtful || all.is_empty() {
            all.extend(self.access.bootstrap.iter().cloned());
            let mut seen = std::collections::HashSet::new();
            all.retain(|address| seen.insert(address.clone()));
        }
        all
    }

    /// The cluster as it is known, or, if that is doubtful or old, as a broker describes it now.
    async fn cluster(&self, doubtful: bool) -> Result<Arc<Cluster>, Failure> {
        let asked = Instant::now();
        match self.known.cluster() {
            Some(known) if !doubtful && known.since.elapsed() < super::MAX_AGE => return Ok(known),
            Some(_) | None => {}
        }
        let _turn = self.asking.lock().await;
        // Somebody else may just have asked.
        if let Some(known) = self.known.cluster().filter(|known| known.since > asked) {
            return Ok(known);
        }
        let answer = async { self.pool.any(&self.addresses(true)).await?.call(&cluster_request()).await };
        // Whoever does not answer this at once is not asked for ever, while others wait: the next one may know.
        let silent = |_| Err(Failure::Unsent(Fault { code: TIMED_OUT, text: None }.into()));
        let answer = timeout(ASKING, answer).await.unwrap_or_else(silent).map_err(Failure::of_a_step)?;
        self.learn(&answer).ok_or_else(|| Failure::Unsent(Error::of(Code::BrokerNotAvailable)))
    }

    /// Remembers a description of the cluster, if it names a broker.
    pub(super) fn learn(&self, answer: &MetadataResponse) -> Option<Arc<Cluster>> {
        let cluster = Arc::new(Cluster::of(answer));
        if cluster.brokers.is_empty() {
            return None;
        }
        self.known.learn(cluster.clone());
        Some(cluster)
    }

    async fn coordinator_of(&self, kind: Coordinator, key: &str, doubtful: bool) -> Result<i32, Failure> {
        if doubtful {
            self.known.forget_coordinator(kind, key);
        } else if let Some(id) = self.known.coordinator(kind, key) {
            return Ok(id);
        }
        let connection = self.pool.any(&self.addresses(doubtful)).await?;
        let version = connection.version::<FindCoordinatorRequest>().unwrap_or_default();
        let answer = connection.call(&find_request(kind, &[key.to_owned()], version)?).await.map_err(Failure::of_a_step)?;
        let found = found(answer, &[key.to_owned()]).into_iter().next().map(|(_, broker)| broker);
        let id = found.unwrap_or_else(|| Err(Fault { code: COORDINATOR_NOT_AVAILABLE.into(), text: None }.into()))?;
        self.known.learn_coordinator(kind, key, id);
        Ok(id)
    }
}

/// The error for a broker that the cluster does not have, or that is not alive.
pub fn no_broker(id: i32) -> Error {
    Error::new(Code::NotFound, format!("Broker {id} cannot be found."))
}

/// Asks for brokers and controller, and for no topic.
pub(super) fn cluster_request() -> MetadataRequest {
    MetadataRequest::default().with_topics(Some(Vec::new())).with_allow_auto_topic_creation(false)
}

/// Asks for coordinators; before [`MANY_KEYS`] only for the first key's.
pub(super) fn find_request(kind: Coordinator, keys: &[String], version: i16) -> Result<FindCoordinatorRequest> {
    let request = FindCoordinatorRequest::default().with_key_type(kind.key_type());
    let mut keys = keys.iter().map(|key| string(kind.key_name(), key));
    if version >= MANY_KEYS {
        return Ok(request.with_coordinator_keys(keys.collect::<Result<_>>()?));
    }
    Ok(request.with_key(keys.next().transpose()?.unwrap_or_default()))
}

/// An error number of the answer after which asking again may help.
pub(super) fn find_fault(answer: &FindCoordinatorResponse) -> i16 {
    let codes = answer.coordinators.iter().map(|c| c.error_code).chain([answer.error_code]);
    codes.into_iter().find(|code| matches!(code, 14 | 15)).unwrap_or_default()
}

/// What FindCoordinator answers for each key.
pub(super) fn found(answer: FindCoordinatorResponse, keys: &[String]) -> Vec<(String, Result<i32>)> {
    let of = |code: i16, text: Option<StrBytes>, id: i32| match code {
        0 => Ok(id),
        code => Err(Error::from(Fault { code: code.into(), text: text.map(|text| text.to_string()) })),
    };
    if answer.coordinators.is_empty() {
        let broker = of(answer.error_code, answer.error_message, answer.node_id.0);
        return keys.iter().map(|key| (key.clone(), broker.clone())).collect();
    }
    answer.coordinators.into_iter().map(|c| (c.key.to_string(), of(c.error_code, c.error_message, c.node_id.0))).collect()
}

/// Tells the end of the caller's own deadline from Kafka's silence.
fn in_time<T>(result: Result<T>, until: Instant, deadline: Instant) -> Result<T> {
    match result {
        Err(error) if error.code().is_retriable() && deadline <= until && until <= Instant::now() + PAUSE.1 => {
            Err(Error::of(Code::DeadlineExceeded))
        }
        other => other,
    }
}
