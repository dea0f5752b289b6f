//! One connection to one broker: requests go out one after the other, answers come back in the same order.
//!
//! A task of its own reads, writes and watches the clock; it ends with the socket, with the last owner of the [`Connection`],
//! or when nothing was asked for long. Whoever stops waiting disturbs nobody: a request that was not sent yet is left out, the
//! answer of one that was is read and dropped. It knows neither brokers nor retries. Start with [`Connection::call`].

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use bytes::Bytes;
use kafka_protocol::protocol::{Decodable, HeaderVersion, Message, Request, StrBytes, VersionRange};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::Instant,
};

use super::{access::Limits, decode, frame};
use crate::{
    error::{Code, Error},
    kafka::native::Fault,
};

/// How many requests may wait for their answers on one connection; the others wait outside.
const IN_FLIGHT: usize = 64;
/// Kafka's error for a connection that ended before the answer came.
pub(super) const DISCONNECTED: i32 = 13;

/// What a connection runs over.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The broker has not seen it.
    Unsent(Error),
    /// The broker may have done what it says.
    Sent(Error),
    /// Sending it again would not help.
    Final(Error),
}

/// A connection that is ready for requests.
pub(super) struct Connection {
    outgoing: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
    versions: HashMap<i16, VersionRange>,
    correlation: AtomicI32,
    client_id: StrBytes,
    renew_at: Option<Instant>,
}

struct Outgoing {
    correlation: i32,
    frame: Bytes,
    waiting: Waiting,
}

/// One who waits. Dropped without an answer: the request was not sent.
struct Waiting {
    reply: oneshot::Sender<Result<Bytes, Error>>,
    /// Room for another request comes with the answer, also when nobody waits for it any more.
    _room: OwnedSemaphorePermit,
}

/// What has been sent, in its order. Dropped without an answer: the broker may have done it.
struct Sent {
    correlation: i32,
    since: Instant,
    waiting: Option<Waiting>,
}

impl Sent {
    fn answer(&mut self, answer: Result<Bytes, Error>) {
        if let Some(waiting) = self.waiting.take() {
            // Nobody may wait any more.
            let _ = waiting.reply.send(answer);
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.answer(Err(disconnected()));
    }
}

struct State {
    sent: VecDeque<Sent>,
    active: Instant,
}

impl Connection {
    /// Takes over a socket on which versions, and who asks, have been agreed. From `renew_at` on it takes no new requests.
    /// Inside a Tokio runtime.
    pub(super) fn start(
        io: impl Io,
        versions: HashMap<i16, VersionRange>,
        renew_at: Option<Instant>,
        client_id: StrBytes,
        limits: Limits,
    ) -> Arc<Self> {
        let (outgoing, incoming) = mpsc::channel(IN_FLIGHT);
        tokio::spawn(run(io, incoming, limits));
        let room = Arc::new(Semaphore::new(IN_FLIGHT));
        Arc::new(Self { outgoing, room, versions, correlation: AtomicI32::new(0), client_id, renew_at })
    }

    /// False if a new connection is needed.
    pub(super) fn is_usable(&self) -> bool {
        !self.outgoing.is_closed() && self.renew_at.is_none_or(|at| Instant::now() < at)
    }

    /// The highest version that both sides know.
    pub(super) fn version<R: Request>(&self) -> Option<i16> {
        let common = self.versions.get(&R::KEY)?.intersect(&R::VERSIONS);
        (!common.is_empty()).then_some(common.max)
    }

    /// Sends the request and waits for its answer.
    ///
    /// # Cancel safety
    /// The broker may have got the request or not; other requests are not touched.
    pub(super) async fn call<R: Request>(&self, request: &R) -> Result<R::Response, Failure> {
        let version = self.version::<R>().ok_or_else(|| Failure::Final(unsupported(R::KEY, "the broker does not offer it")))?;
        let correlation = self.correlation.fetch_add(1, Ordering::Relaxed);
        let frame = frame::request(request, version, correlation, &self.client_id);
        let frame = frame.map_err(|why| Failure::Final(unsupported(R::KEY, format!("in version {version}: {why}"))))?;
        let ended = || Failure::Unsent(disconnected());
        let room = self.room.clone().acquire_owned().await.map_err(|_| ended())?;
        let (reply, answer) = oneshot::channel();
        let outgoing = Outgoing { correlation, frame, waiting: Waiting { reply, _room: room } };
        self.outgoing.send(outgoing).await.map_err(|_| ended())?;
        frame::count(R::KEY);
        let answer = answer.await.map_err(|_| ended())?.map_err(Failure::Sent)?;
        read::<R::Response>(answer, version).map_err(|why| {
            tracing::warn!(api = frame::name(R::KEY), version, %why, "a broker's answer cannot be read");
            Failure::Final(Error::new(Code::Kafka, "A broker's answer cannot be read."))
        })
    }
}

fn disconnected() -> Error {
    Fault { code: DISCONNECTED, text: None }.into()
}

/// The error where a broker does not do what a request needs.
pub(super) fn unsupported(key: i16, why: impl std::fmt::Display) -> Error {
    Error::new(Code::UnsupportedProtocol, format!("Kafka protocol version not supported.: {}: {why}", frame::name(key)))
}

fn read<A: Decodable + HeaderVersion + Message>(mut answer: Bytes, version: i16) -> Result<A, String> {
    decode::header::<A>(&mut answer, version)?;
    decode::body(&answer, version)
}

/// The life of a connection.
async fn run(io: impl Io, mut incoming: mpsc::Receiver<Outgoing>, limits: Limits) {
    let state = Mutex::new(State { sent: VecDeque::new(), active: Instant::now() });
    let (reader, writer) = tokio::io::split(io);
    let news = Notify::new();
    let why = tokio::select! {
        why = send(writer, &mut incoming, &state, &news) => why,
        why = receive(reader, &state, &news) => why,
        why = watch(&state, &news, limits) => why,
    };
    tracing::debug!(%why, "a connection to Kafka has ended");
    // Who is in the queue learns by its end that nothing was sent; whose request was sent learns by the end of `state`.
}

async fn send(mut writer: WriteHalf<impl Io>, incoming: &mut mpsc::Receiver<Outgoing>, state: &Mutex<State>, news: &Notify) -> io::Error {
    while let Some(Outgoing { correlation, frame, waiting }) = incoming.recv().await {
        if waiting.reply.is_closed() {
            continue;
        }
        state.lock().sent.push_back(Sent { correlation, since: Instant::now(), waiting: Some(waiting) });
        news.notify_one();
        let written = async {
            writer.write_all(&frame).await?;
            writer.flush().await
        };
        if let Err(why) = written.await {
            return why;
        }
    }
    io::Error::other("nobody needs it any more")
}

async fn receive(mut reader: ReadHalf<impl Io>, state: &Mutex<State>, news: &Notify) -> io::Error {
    loop {
        let answer = match frame::receive(&mut reader).await {
            Ok(answer) => answer,
            Err(why) => return why,
        };
        let number = answer.as_ref().first_chunk().map(|bytes| i32::from_be_bytes(*bytes));
        let next = {
            let mut state = state.lock();
            state.active = Instant::now();
            state.sent.pop_front()
        };
        match next {
            Some(mut sent) if Some(sent.correlation) == number => sent.answer(Ok(answer)),
            Some(_) | None => return io::Error::new(io::ErrorKind::InvalidData, "an answer to something else"),
        }
        news.notify_one();
    }
}

/// Ends when an answer is overdue, or when nothing was asked for long.
async fn watch(state: &Mutex<State>, news: &Notify, limits: Limits) -> io::Error {
    loop {
        let (until, why) = {
            let state = state.lock();
            match state.sent.front() {
                Some(oldest) => (Some(oldest.since + limits.answer), "no answer in time"),
                None => (limits.idle.map(|idle| state.active + idle), "unused"),
            }
        };
        if until.is_some_and(|until| until <= Instant::now()) {
            return io::Error::new(io::ErrorKind::TimedOut, why);
        }
        let over = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => {}
            () = news.notified() => {}
        }
    }
}
