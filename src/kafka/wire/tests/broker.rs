//! A broker that answers as its script says.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicI32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, ApiVersionsResponse, BrokerId, CreateTopicsResponse, DescribeClusterResponse, FindCoordinatorResponse, MetadataResponse,
        RequestHeader, ResponseHeader, SaslAuthenticateResponse, SaslHandshakeResponse, api_versions_response::ApiVersion,
        create_topics_response::CreatableTopicResult, find_coordinator_response::Coordinator, metadata_response::MetadataResponseBroker,
    },
    protocol::{Decodable, Encodable, StrBytes},
};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};

use crate::kafka::wire::connection::Io;

/// What a broker does with a request.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// Answers, with this error number.
    Error(i16),
    /// Answers after a while.
    Later(Duration),
    /// Begins an answer and closes.
    Half,
    /// Sends this instead of an answer's length, and nothing more.
    Length(i32),
    /// Answers something that nobody asked.
    Other,
    /// Answers with this instead of a message.
    Body(&'static [u8]),
    /// Never answers.
    Silence,
}

/// What all brokers of a cluster know.
#[derive(Default)]
pub(super) struct Cluster {
    pub(super) brokers: Mutex<Vec<(i32, u16)>>,
    pub(super) controller: AtomicI32,
    pub(super) coordinator: AtomicI32,
}

/// A broker; it is there until the test ends.
pub(super) struct Broker {
    pub(super) port: u16,
    /// How many connections there have been, and how many there are.
    pub(super) accepted: Arc<AtomicUsize>,
    pub(super) open: watch::Receiver<usize>,
    asked: Arc<Mutex<Vec<ApiKey>>>,
}

impl Broker {
    pub(super) fn server(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How often it was asked this.
    pub(super) fn asked(&self, key: ApiKey) -> usize {
        self.asked.lock().iter().filter(|one| **one == key).count()
    }
}

pub(super) type Script = dyn Fn(ApiKey, usize) -> Act + Send + Sync;

/// Starts a broker. The script gets a request's API and how many of it came before.
pub(super) async fn broker(id: i32, cluster: &Arc<Cluster>, script: impl Fn(ApiKey, usize) -> Act + Send + Sync + 'static) -> Broker {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    cluster.brokers.lock().push((id, port));
    cluster.controller.compare_exchange(0, id, Ordering::SeqCst, Ordering::SeqCst).ok();
    let (accepted, asked, script) = (Arc::new(AtomicUsize::new(0)), Arc::<Mutex<Vec<ApiKey>>>::default(), Arc::new(script));
    let (count, open) = watch::channel(0);
    let broker = Broker { port, accepted: accepted.clone(), open, asked: asked.clone() };
    let (cluster, count) = (cluster.clone(), Arc::new(count));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            accepted.fetch_add(1, Ordering::SeqCst);
            count.send_modify(|open| *open += 1);
            let (cluster, asked, script, count) = (cluster.clone(), asked.clone(), script.clone(), count.clone());
            tokio::spawn(async move {
                // The client may close whenever it likes.
                let _ = converse(stream, id, &cluster, &asked, &*script).await;
                count.send_modify(|open| *open -= 1);
            });
        }
    });
    broker
}

/// Answers one connection's requests until it is closed.
pub(super) async fn converse(
    mut stream: impl Io,
    id: i32,
    cluster: &Cluster,
    asked: &Mutex<Vec<ApiKey>>,
    script: &Script,
) -> io::Result<()> {
    loop {
        let length = stream.read_i32().await?;
        let mut frame = BytesMut::zeroed(usize::try_from(length).unwrap());
        stream.read_exact(&mut frame).await?;
        let mut frame = frame.freeze();
        let key = ApiKey::try_from((&frame[..2]).get_i16()).unwrap();
        let version = (&frame[2..4]).get_i16();
        let header = RequestHeader::decode(&mut frame, key.request_header_version(version)).unwrap();
        let before = {
            let mut asked = asked.lock();
            asked.push(key);
            asked.iter().filter(|one| **one == key).count() - 1
        };
        let act = script(key, before);
        let error = if let Act::Error(code) = act { code } else { 0 };
        let correlation = header.correlation_id + i32::from(matches!(act, Act::Other)) * 1000;
        let answer = answer(key, version, correlation, |frame| match act {
            Act::Body(bytes) => frame.put_slice(bytes),
            _ => body(key, version, error, id, cluster, frame),
        });
        match act {
            Act::Error(_) | Act::Other | Act::Body(_) => stream.write_all(&answer).await?,
            Act::Later(wait) => {
                tokio::time::sleep(wait).await;
                stream.write_all(&answer).await?;
            }
            Act::Half => return stream.write_all(&answer[..answer.len() / 2]).await,
            Act::Length(length) => stream.write_i32(length).await?,
            Act::Silence => {}
        }
    }
}

fn answer(key: ApiKey, version: i16, correlation: i32, body: impl FnOnce(&mut BytesMut)) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_i32(0);
    let header = ResponseHeader::default().with_correlation_id(correlation);
    header.encode(&mut frame, key.response_header_version(version)).unwrap();
    body(&mut frame);
    let length = i32::try_from(frame.len() - 4).unwrap();
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame.freeze()
}

fn body(key: ApiKey, version: i16, error: i16, id: i32, cluster: &Cluster, to: &mut BytesMut) {
    let brokers = || cluster.brokers.lock().clone().into_iter();
    let host = || StrBytes::from_static_str("127.0.0.1");
    match key {
        ApiKey::ApiVersions => {
            let offered = [
                (ApiKey::ApiVersions, 3),
                (ApiKey::Metadata, 12),
                (ApiKey::DescribeCluster, 0),
                (ApiKey::CreateTopics, 7),
                (ApiKey::FindCoordinator, 4),
                (ApiKey::SaslHandshake, 1),
                (ApiKey::SaslAuthenticate, 2),
            ];
            let row = |(key, max): (ApiKey, i16)| ApiVersion::default().with_api_key(key as i16).with_max_version(max);
            ApiVersionsResponse::default().with_api_keys(offered.into_iter().map(row).collect()).encode(to, version)
        }
        ApiKey::Metadata => {
            let row = |(id, port): (i32, u16)| {
                MetadataResponseBroker::default().with_node_id(BrokerId(id)).with_host(host()).with_port(i32::from(port))
            };
            let controller = BrokerId(cluster.controller.load(Ordering::SeqCst));
            MetadataResponse::default().with_brokers(brokers().map(row).collect()).with_controller_id(controller).encode(to, version)
        }
        ApiKey::DescribeCluster => {
            DescribeClusterResponse::default().with_error_code(error).with_controller_id(BrokerId(id)).encode(to, version)
        }
        ApiKey::CreateTopics => {
            let topic = CreatableTopicResult::default().with_error_code(error).with_num_partitions(id);
            CreateTopicsResponse::default().with_topics(vec![topic]).encode(to, version)
        }
        ApiKey::FindCoordinator => {
            let coordinator = BrokerId(cluster.coordinator.load(Ordering::SeqCst));
            let row =
                |key| Coordinator::default().with_key(StrBytes::from_static_str(key)).with_node_id(coordinator).with_error_code(error);
            FindCoordinatorResponse::default().with_coordinators(vec![row("a"), row("b")]).encode(to, version)
        }
        ApiKey::SaslHandshake => SaslHandshakeResponse::default().with_error_code(error).encode(to, version),
        ApiKey::SaslAuthenticate => {
            let text = (error != 0).then(|| StrBytes::from_static_str("Invalid username or password"));
            SaslAuthenticateResponse::default()
                .with_error_code(error)
                .with_error_message(text)
                .with_session_lifetime_ms(0)
                .encode(to, version)
        }
        other => panic!("{other:?} is not offered"),
    }
    .unwrap();
}
