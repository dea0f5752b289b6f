//! Request ids, the access log and the request metrics: one record per request, closed when its answer has been sent or given up.
//!
//! Labels are bounded: the operation is an RPC's name, never a path; methods and statuses are from fixed sets.

use std::{
    borrow::Cow,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body::{Body as HttpBody, Frame, SizeHint};
use metrics::Gauge;
use pin_project_lite::pin_project;

use super::{
    StreamPredicate,
    endpoints::is_own,
    meters::{Labels, Meters},
    surface::Surface,
};
use crate::caller::RpcName;

/// The target of the access log: filters name it.
const ACCESS_LOG: &str = "barnabas::access";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const GRPC_STATUS: &str = "grpc-status";
/// Longest id that is taken from a client; a longer one is replaced.
const REQUEST_ID_MAX: usize = 128;
/// How much of a path the log shows.
const PATH_MAX: usize = 256;
/// The label where no RPC took the request.
const UNMATCHED: &str = "unmatched";
/// Logged and counted when the client went away before there was an answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The request's id, in its extensions.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) Arc<str>);

/// `package.Service/Method` of a gRPC request that reached it, in the extensions of its answer.
#[derive(Debug, Clone)]
pub(super) struct GrpcMethod(pub(super) String);

/// The client's address, in the extensions of its requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// What the layer needs to know.
pub(super) struct Observe {
    streams: StreamPredicate,
    /// Whether each request has a log line.
    access_log: bool,
    meters: Arc<Meters>,
}

impl Observe {
    pub(super) fn new(streams: StreamPredicate, access_log: bool) -> Self {
        Self { streams, access_log, meters: Arc::default() }
    }
}

/// The layer: finds the surface, names the request, and closes its record when the answer's body ends.
pub(super) async fn observe<F>(settings: &Observe, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response> + Send,
{
    let (mut parts, body) = request.into_parts();
    let surface = Surface::of(&parts, &settings.streams);
    let id = request_id(&parts.headers);
    let mut record = Record::begin(surface, &parts, id.clone(), settings);
    parts.extensions.insert(surface);
    parts.extensions.insert(RequestId(id.clone()));

    let mut response = next(Request::from_parts(parts, body)).await;
    record.answered(&response);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response.map(|inner| Body::new(Observed { inner, record }))
}

/// The client's id if it is short and printable, else a new one: it goes into logs and headers.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sent = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let usable = sent.filter(|id| (1..=REQUEST_ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
    usable.map_or_else(|| new_id().into(), Into::into)
}

/// An id that no other request has. Random per process and counted from there: a system call for each request would cost more.
fn new_id() -> String {
    static FIRST: LazyLock<u128> = LazyLock::new(|| uuid::Uuid::new_v4().as_u128());
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = u128::from(COUNT.fetch_add(1, Relaxed));
    uuid::Builder::from_random_bytes(FIRST.wrapping_add(count).to_be_bytes()).into_uuid().to_string()
}

/// What is known of one request. Dropping it writes the log line and counts it.
struct Record {
    surface: Surface,
    method: &'static str,
    uri: Uri,
    meters: Arc<Meters>,
    in_flight: Gauge,
    rpc: Option<Cow<'static, str>>,
    id: Arc<str>,
    peer: Option<SocketAddr>,
    begun: Instant,
    status: u16,
    grpc_status: Option<u8>,
    bytes: u64,
    logged: bool,
}

impl Record {
    fn begin(surface: Surface, parts: &http::request::Parts, id: Arc<str>, settings: &Observe) -> Self {
        let in_flight = settings.meters.in_flight(surface.name());
        in_flight.increment(1);
        Self {
            surface,
            method: method_name(&parts.method),
            uri: parts.uri.clone(),
            meters: settings.meters.clone(),
            in_flight,
            rpc: None,
            id,
            peer: parts.extensions.get::<Peer>().map(|peer| peer.0),
            begun: Instant::now(),
            status: CLIENT_CLOSED_REQUEST,
            grpc_status: None,
            bytes: 0,
            logged: settings.access_log,
        }
    }

    fn answered(&mut self, response: &Response) {
        self.status = response.status().as_u16();
        let extensions = response.extensions();
        self.rpc = match extensions.get::<GrpcMethod>() {
            Some(method) => Some(method.0.clone().into()),
            None => extensions.get::<RpcName>().map(|rpc| rpc.0.into()),
        };
        self.logged &= !self.rpc.as_deref().is_some_and(is_own);
        // An answer without a body has its gRPC status in the head. gRPC-Web sends it inside the body otherwise, where only
        // tonic-web could see it: such an answer counts as 0.
        self.grpc_status = grpc_status(response.headers()).or((!self.surface.is_rest()).then_some(0));
    }
}

impl Record {
    fn log(&self, rpc: Option<&str>, seconds: f64) {
        tracing::info!(
            target: ACCESS_LOG,
            surface = self.surface.name(),
            method = self.method,
            path = shown(self.uri.path()),
            rpc,
            status = self.status,
            grpc_status = self.grpc_status,
            ms = (seconds * 1e6).round() / 1e3,
            bytes = self.bytes,
            request_id = &*self.id,
            peer = self.peer.map(tracing::field::display),
        );
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let (surface, method, seconds) = (self.surface.name(), self.method, self.begun.elapsed().as_secs_f64());
        let rpc = self.rpc.take();
        if self.logged {
            self.log(rpc.as_deref(), seconds);
        }
        self.in_flight.decrement(1);
        let rpc = rpc.unwrap_or(Cow::Borrowed(UNMATCHED));
        let status = self.grpc_status.map_or(self.status, u16::from);
        self.meters.of(&Labels { surface, method, rpc, status }).count(seconds, self.bytes);
    }
}

/// The path as the log has it. A cut inside of a character would be no text.
fn shown(path: &str) -> &str {
    path.get(..path.floor_char_boundary(PATH_MAX)).unwrap_or_default()
}

fn grpc_status(headers: &HeaderMap) -> Option<u8> {
    headers.get(GRPC_STATUS)?.to_str().ok()?.parse().ok()
}

/// Clients may invent methods: those that HTTP knows are labels, the rest are one.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}

pin_project! {
    /// The answer's body; its record is dropped with it.
    struct Observed {
        #[pin]
        inner: Body,
        record: Record,
    }
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            if let Some(data) = frame.data_ref() {
                this.record.bytes += data.len() as u64;
            } else if let Some(status) = frame.trailers_ref().and_then(grpc_status) {
                this.record.grpc_status = Some(status);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_taken_if_they_are_harmless() {
        let long = "x".repeat(REQUEST_ID_MAX + 1);
        for (sent, taken, why) in
            [("abc-123", true, "plain"), ("", false, "empty"), ("a b", false, "a space"), (long.as_str(), false, "too long")]
        {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(sent).unwrap())]);
            assert_eq!(&*request_id(&headers) == sent, taken, "{why}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }

    #[test]
    fn long_paths_are_cut_in_the_log() {
        let (short, long) = ("/v3/clusters", "x".repeat(PATH_MAX + 1));
        let inside = format!("{}ž{long}", "x".repeat(PATH_MAX - 1));
        assert_eq!((shown(short), shown(&long).len(), shown(&inside).len()), (short, PATH_MAX, PATH_MAX - 1));
    }

    #[test]
    fn invented_methods_share_a_label() {
        assert_eq!(method_name(&Method::GET), "GET");
        assert_eq!(method_name(&Method::from_bytes(b"BREW").unwrap()), "OTHER");
    }
}
