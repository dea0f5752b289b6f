//! A broker with a clock that stands still unless moved, and a client that speaks raw frames: each test says what the stock
//! transport of the engine gets wrong. Time-outs are guards against hanging only.

mod admin;
mod fetch;
mod groups;
mod wire;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{ApiKey, CreateTopicsRequest, ProduceRequest, RequestHeader, ResponseHeader, TopicName};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use kafka_protocol::records::{Compression, Record, RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions, TimestampType};
use tokio::runtime::Runtime;

use super::broker::Broker;
use super::{Settings, transport, upkeep};

/// Long enough for the slowest machine; a test that passes never waits for it.
const GUARD: Duration = Duration::from_secs(20);

struct TestBroker {
    broker: Arc<Broker>,
    addr: SocketAddr,
    clock: Arc<AtomicU64>,
    /// Kept for its threads.
    _runtime: Runtime,
}

impl TestBroker {
    fn start() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(settings.listen)).unwrap();
        let addr = listener.local_addr().unwrap();
        let broker = Arc::new(Broker::new(&settings, addr));
        let clock = Arc::new(AtomicU64::new(1_000_000));
        let read = Arc::clone(&clock);
        broker.lock().engine.clock = Some(Arc::new(move || read.load(Ordering::SeqCst)));
        runtime.spawn(transport::serve(listener, Arc::clone(&broker)));
        Self { broker, addr, clock, _runtime: runtime }
    }

    fn client(&self) -> Client {
        Client::connect(self.addr)
    }

    /// Moves the clock and does what happens by time.
    fn pass(&self, time: Duration) {
        self.clock.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        upkeep::tick(&mut self.broker.lock(), false);
        self.broker.announce_change();
    }
}

struct Client {
    stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(GUARD)).unwrap();
        Self { stream, correlation_id: 0 }
    }

    fn send<Q: Request>(&mut self, request: &Q, version: i16) {
        self.correlation_id += 1;
        let mut frame = BytesMut::new();
        let header = RequestHeader::default()
            .with_request_api_key(Q::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(text("tester")));
        let header_version = ApiKey::try_from(Q::KEY).unwrap().request_header_version(version);
        header.encode(&mut frame, header_version).unwrap();
        request.encode(&mut frame, version).unwrap();
        self.send_raw(&frame);
    }

    fn send_raw(&mut self, frame: &[u8]) {
        let mut bytes = BytesMut::new();
        bytes.put_i32(i32::try_from(frame.len()).unwrap());
        bytes.extend_from_slice(frame);
        self.stream.write_all(&bytes).unwrap();
    }

    fn receive_raw(&mut self) -> std::io::Result<Bytes> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut frame = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
        self.stream.read_exact(&mut frame)?;
        Ok(frame.into())
    }

    /// The answer to the last request sent.
    fn receive<Q: Request>(&mut self, version: i16) -> Q::Response {
        let mut frame = self.receive_raw().unwrap();
        let header_version = ApiKey::try_from(Q::KEY).unwrap().response_header_version(version);
        let header = ResponseHeader::decode(&mut frame, header_version).unwrap();
        assert_eq!(header.correlation_id, self.correlation_id, "an answer to another request");
        Q::Response::decode(&mut frame, version).unwrap()
    }

    fn call<Q: Request>(&mut self, request: &Q, version: i16) -> Q::Response {
        self.send(request, version);
        self.receive::<Q>(version)
    }

    fn create_topic(&mut self, name: &str, partitions: i32, configs: &[(&'static str, &'static str)]) {
        let configs = configs.iter().map(|(name, value)| {
            CreatableTopicConfig::default().with_name(StrBytes::from_static_str(name)).with_value(Some(StrBytes::from_static_str(value)))
        });
        let topic = CreatableTopic::default()
            .with_name(topic_name(name))
            .with_num_partitions(partitions)
            .with_replication_factor(1)
            .with_configs(configs.collect());
        let answer = self.call(&CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(1000), 5);
        assert_eq!(answer.topics[0].error_code, 0, "{:?}", answer.topics[0].error_message);
    }

    /// Writes one batch to partition 0.
    fn produce(&mut self, topic: &str, batch: Bytes) -> PartitionProduceResponse {
        let answer = self.call(&produce_request(topic, 0, batch, -1), 9);
        answer.responses[0].partition_responses[0].clone()
    }
}

fn produce_request(topic: &str, partition: i32, batch: Bytes, acks: i16) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(partition).with_records(Some(batch));
    let topic = TopicProduceData::default().with_name(topic_name(topic)).with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1000).with_topic_data(vec![topic])
}

/// A batch of one record without producer id.
fn batch(value: &[u8]) -> Bytes {
    encode(&[record(value, None)])
}

/// A record; `producer` is id, epoch and sequence of a transactional one.
fn record(value: &[u8], producer: Option<(i64, i16, i32)>) -> Record {
    let (producer_id, producer_epoch, sequence) = producer.unwrap_or((-1, -1, -1));
    Record {
        transactional: producer.is_some(),
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id,
        producer_epoch,
        timestamp_type: TimestampType::Creation,
        offset: 0,
        sequence,
        timestamp: 7,
        key: None,
        value: Some(Bytes::copy_from_slice(value)),
        headers: Default::default(),
    }
}

fn encode(records: &[Record]) -> Bytes {
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut bytes, records, &options).unwrap();
    bytes.freeze()
}

/// The records' values and timestamps.
fn decode(mut records: Bytes) -> Vec<(Bytes, i64)> {
    let sets = RecordBatchDecoder::decode_all(&mut records).unwrap();
    sets.into_iter().flat_map(|set| set.records).map(|record| (record.value.unwrap_or_default(), record.timestamp)).collect()
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}
