//! One row an API: decodes the request, hands it to the engine or to the module that works around it, encodes the answer.
//!
//! Requests that wait are in `fetch` and `groups`; this module holds no state. Start at [`dispatch`].

use std::io;
use std::net::IpAddr;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, DescribeClusterRequest, DescribeClusterResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    DescribeLogDirsResponse, MetadataRequest, MetadataResponse, ProduceRequest, ProduceResponse, RequestHeader, ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use noida::kafka::engine::EngineState;

use super::broker::{Broker, State};
use super::{configs, fetch, groups};

/// Kafka's error for a version that the broker does not speak.
const UNSUPPORTED_VERSION: i16 = 35;
/// The newest ApiVersions that is answered in its own format.
const API_VERSIONS_MAX: i16 = 3;
/// The newest Fetch that names topics by name: the engine has no topic ids.
const FETCH_MAX: i16 = 12;

/// All operations that Kafka knows for a topic, as bits of `AclOperation`: nothing is enforced, so everything is allowed.
const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
/// The same for the cluster.
const CLUSTER_OPERATIONS: i32 = 0b1_1111_1010_0000;
/// The same for a group.
const GROUP_OPERATIONS: i32 = 0b1_0100_1000;

/// One request: its header, and its body not yet decoded.
#[derive(Debug)]
pub(super) struct Call {
    key: ApiKey,
    pub(super) version: i16,
    correlation_id: i32,
    /// The client's `client.id`; empty when it sent none.
    pub(super) client_id: String,
    /// The client's address as Kafka shows a member's host: with a slash before it.
    pub(super) client_host: String,
    body: Bytes,
}

impl Call {
    /// Reads the header of a frame.
    ///
    /// # Errors
    ///
    /// `InvalidData` for a frame that ends within its header, for an unknown API, and for a version of an API other than
    /// ApiVersions that the broker does not speak: Kafka closes the connection then, too.
    pub(super) fn parse(frame: Bytes, peer: IpAddr) -> io::Result<Self> {
        let fixed = frame.first_chunk::<8>().copied();
        let [k0, k1, v0, v1, c0, c1, c2, c3] = fixed.ok_or_else(|| invalid("request ends within its header"))?;
        let (key, version) = (i16::from_be_bytes([k0, k1]), i16::from_be_bytes([v0, v1]));
        let correlation_id = i32::from_be_bytes([c0, c1, c2, c3]);
        let key = ApiKey::try_from(key).map_err(|()| invalid(format!("unknown API {key}")))?;
        let client_host = format!("/{peer}");
        if key == ApiKey::ApiVersions && !(0..=API_VERSIONS_MAX).contains(&version) {
            // Its header may have a form that nobody knows yet; the answer needs no more than the correlation id.
            return Ok(Self { key, version, correlation_id, client_id: String::new(), client_host, body: Bytes::new() });
        }
        if !supported().any(|(offered, min, max)| offered == key as i16 && (min..=max).contains(&version)) {
            return Err(invalid(format!("{key:?} version {version} is not supported")));
        }
        let mut body = frame;
        let header = RequestHeader::decode(&mut body, key.request_header_version(version))
            .map_err(|reason| invalid(format!("header of {key:?} version {version}: {reason}")))?;
        let client_id = header.client_id.map(|id| id.to_string()).unwrap_or_default();
        Ok(Self { key, version, correlation_id, client_id, client_host, body })
    }

    /// Decodes the body.
    pub(super) fn request<Q: Decodable>(&self) -> io::Result<Q> {
        // A cheap copy: `Bytes` shares the frame.
        Q::decode(&mut self.body.clone(), self.version)
            .map_err(|reason| invalid(format!("body of {:?} version {}: {reason}", self.key, self.version)))
    }

    /// Encodes an answer with its header and its length before it.
    fn frame<R: Encodable>(&self, answer: &R, version: i16) -> io::Result<Bytes> {
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        ResponseHeader::default()
            .with_correlation_id(self.correlation_id)
            .encode(&mut frame, self.key.response_header_version(version))
            .and_then(|()| answer.encode(&mut frame, version))
            .map_err(|reason| invalid(format!("answer of {:?} version {version}: {reason}", self.key)))?;
        let length = i32::try_from(frame.len() - size_of::<i32>()).map_err(|_| invalid("answer longer than 2 GiB"))?;
        if let Some(prefix) = frame.first_chunk_mut() {
            *prefix = length.to_be_bytes();
        }
        Ok(frame.freeze())
    }

    /// An answer in the request's own version.
    fn reply<R: Encodable>(&self, answer: &R) -> io::Result<Option<Bytes>> {
        self.frame(answer, self.version).map(Some)
    }

    /// Decodes the request, lets `handle` answer it, encodes the answer.
    fn answer<Q: Decodable, R: Encodable>(&self, handle: impl FnOnce(&Q) -> R) -> io::Result<Option<Bytes>> {
        self.reply(&handle(&self.request()?))
    }
}

/// Answers one request; `None` when the client expects no answer.
///
/// # Errors
///
/// `InvalidData` when the request cannot be decoded or, for acks=0, could not be written: the connection is to be closed.
pub(super) async fn dispatch(broker: &Broker, call: &Call) -> io::Result<Option<Bytes>> {
    match call.key {
        ApiKey::Fetch => call.reply(&fetch::fetch(broker, &call.request()?).await),
        ApiKey::JoinGroup => call.reply(&groups::join(broker, call.request()?, call).await),
        ApiKey::SyncGroup => call.reply(&groups::sync(broker, call.request()?, call.version).await),
        #[cfg(test)]
        ApiKey::OffsetFetch if broker.refuses_offsets() => call.answer(groups::refuse_offsets),
        ApiKey::Produce => {
            let request = call.request()?;
            let answer = produce(&mut broker.lock().engine, &request, call.version);
            broker.announce_change();
            if request.acks != 0 {
                return call.reply(&answer);
            }
            // Without an answer the client learns of a failure only by the end of its connection, as with Kafka.
            let refused = answer.responses.iter().flat_map(|topic| &topic.partition_responses).any(|partition| partition.error_code != 0);
            if refused { Err(invalid("a produce request with acks=0 was refused")) } else { Ok(None) }
        }
        _ => {
            let answer = at_once(&mut broker.lock(), call)?;
            // What a waiting Fetch would read differently now; a new topic is none: its readers do not wait, they get an error.
            if matches!(call.key, ApiKey::DeleteTopics | ApiKey::DeleteRecords | ApiKey::EndTxn | ApiKey::InitProducerId) {
                broker.announce_change();
            }
            Ok(answer)
        }
    }
}

/// The APIs that never wait.
fn at_once(state: &mut State, call: &Call) -> io::Result<Option<Bytes>> {
    let State { engine, parked, acls } = state;
    let version = call.version;
    match call.key {
        ApiKey::ApiVersions if !(0..=API_VERSIONS_MAX).contains(&version) => call.frame(&unsupported_version(), 0).map(Some),
        ApiKey::ApiVersions => call.reply(&api_versions()),
        ApiKey::Metadata => call.answer(|request| metadata(engine, request, version)),
        ApiKey::ListOffsets => call.answer(|request| engine.handle_list_offsets(request, version)),
        ApiKey::OffsetForLeaderEpoch => call.answer(|request| engine.handle_offset_for_leader_epoch(request, version)),
        ApiKey::DeleteRecords => call.answer(|request| engine.handle_delete_records(request, version)),

        ApiKey::CreateTopics => call.answer(|request| engine.handle_create_topics(request, version)),
        ApiKey::DeleteTopics => call.answer(|request| engine.handle_delete_topics(request, version)),
        ApiKey::CreatePartitions => call.answer(|request| engine.handle_create_partitions(request, version)),
        ApiKey::DescribeConfigs => call.answer(|request| configs::describe(engine, request, version)),
        ApiKey::AlterConfigs => call.answer(|request| engine.handle_alter_configs(request, version)),
        ApiKey::IncrementalAlterConfigs => call.answer(|request| configs::alter(engine, request, version)),
        ApiKey::DescribeCluster => call.answer(|request: &DescribeClusterRequest| {
            let answer: DescribeClusterResponse = engine.handle_describe_cluster(request, version);
            if request.include_cluster_authorized_operations {
                answer.with_cluster_authorized_operations(CLUSTER_OPERATIONS)
            } else {
                answer
            }
        }),
        ApiKey::DescribeLogDirs => call.answer(|request| {
            let mut answer: DescribeLogDirsResponse = engine.handle_describe_log_dirs(request, version);
            answer.results.iter_mut().for_each(|dir| dir.log_dir = StrBytes::from_static_str("memory"));
            answer
        }),
        ApiKey::DescribeAcls => call.answer(|request| acls.describe(request)),
        ApiKey::CreateAcls => call.answer(|request| acls.create(request)),
        ApiKey::DeleteAcls => call.answer(|request| acls.delete(request)),

        ApiKey::FindCoordinator => call.answer(|request| engine.handle_find_coordinator(request, version)),
        ApiKey::Heartbeat => call.answer(|request| groups::heartbeat(engine, request, version)),
        ApiKey::LeaveGroup => call.answer(|request| groups::leave(engine, parked, request, version)),
        ApiKey::OffsetCommit => call.answer(|request| groups::commit(engine, request, version)),
        ApiKey::OffsetFetch => call.answer(|request| engine.handle_offset_fetch(request, version)),
        ApiKey::OffsetDelete => call.answer(|request| engine.handle_offset_delete(request, version)),
        ApiKey::ListGroups => call.answer(|request| engine.handle_list_groups(request, version)),
        ApiKey::DeleteGroups => call.answer(|request| engine.handle_delete_groups(request, version)),
        ApiKey::DescribeGroups => call.answer(|request: &DescribeGroupsRequest| {
            let mut answer: DescribeGroupsResponse = engine.handle_describe_groups(request, version);
            if request.include_authorized_operations {
                answer.groups.iter_mut().for_each(|group| group.authorized_operations = GROUP_OPERATIONS);
            }
            answer
        }),

        ApiKey::InitProducerId => call.answer(|request| engine.handle_init_producer_id(request, version)),
        ApiKey::AddPartitionsToTxn => call.answer(|request| engine.handle_add_partitions_to_txn(request, version)),
        ApiKey::AddOffsetsToTxn => call.answer(|request| engine.handle_add_offsets_to_txn(request, version)),
        ApiKey::TxnOffsetCommit => call.answer(|request| engine.handle_txn_offset_commit(request, version)),
        ApiKey::EndTxn => call.answer(|request| engine.handle_end_txn(request, version)),
        ApiKey::DescribeTransactions => call.answer(|request| engine.handle_describe_transactions(request, version)),
        ApiKey::ListTransactions => call.answer(|request| engine.handle_list_transactions(request, version)),
        ApiKey::DescribeProducers => call.answer(|request| engine.handle_describe_producers(request, version)),
        other => Err(invalid(format!("{other:?} is not offered"))),
    }
}

/// Writes records; a partition that is refused answers offset −1, as Kafka does, not the engine's 0.
fn produce(engine: &mut EngineState, request: &ProduceRequest, version: i16) -> ProduceResponse {
    let mut answer = engine.handle_produce(request, version);
    for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partition_responses) {
        if partition.error_code != 0 {
            partition.base_offset = -1;
            partition.log_append_time_ms = -1;
        }
    }
    answer
}

/// Metadata, with what the engine leaves out: an empty list of topics asks for none since version 1, and authorized operations.
fn metadata(engine: &mut EngineState, request: &MetadataRequest, version: i16) -> MetadataResponse {
    let mut answer = engine.handle_metadata(request, version);
    if version >= 1 && request.topics.as_ref().is_some_and(Vec::is_empty) {
        answer.topics.clear();
    }
    if request.include_topic_authorized_operations {
        answer.topics.iter_mut().for_each(|topic| topic.topic_authorized_operations = TOPIC_OPERATIONS);
    }
    if request.include_cluster_authorized_operations {
        answer.cluster_authorized_operations = CLUSTER_OPERATIONS;
    }
    answer
}

/// The APIs and versions on offer: API key, oldest and newest version.
fn supported() -> impl Iterator<Item = (i16, i16, i16)> {
    OFFERED.iter().map(|(key, newest)| (*key as i16, 0, *newest))
}

/// The engine's APIs with the newest version of each; all begin at 0. Left out: SASL, whose stock handler takes any password.
const OFFERED: [(ApiKey, i16); 37] = [
    (ApiKey::Produce, 9),
    (ApiKey::Fetch, FETCH_MAX),
    (ApiKey::ListOffsets, 8),
    (ApiKey::Metadata, 12),
    (ApiKey::OffsetCommit, 8),
    (ApiKey::OffsetFetch, 8),
    (ApiKey::FindCoordinator, 4),
    (ApiKey::JoinGroup, 7),
    (ApiKey::Heartbeat, 4),
    (ApiKey::LeaveGroup, 5),
    (ApiKey::SyncGroup, 5),
    (ApiKey::DescribeGroups, 5),
    (ApiKey::ListGroups, 4),
    (ApiKey::DeleteGroups, 2),
    (ApiKey::DescribeConfigs, 4),
    (ApiKey::AlterConfigs, 2),
    (ApiKey::IncrementalAlterConfigs, 1),
    (ApiKey::DescribeCluster, 0),
    (ApiKey::OffsetForLeaderEpoch, 4),
    (ApiKey::DeleteRecords, 2),
    (ApiKey::OffsetDelete, 0),
    (ApiKey::AddPartitionsToTxn, 3),
    (ApiKey::AddOffsetsToTxn, 3),
    (ApiKey::EndTxn, 3),
    (ApiKey::TxnOffsetCommit, 3),
    (ApiKey::DescribeTransactions, 0),
    (ApiKey::ListTransactions, 1),
    (ApiKey::DescribeProducers, 0),
    (ApiKey::DescribeLogDirs, 2),
    (ApiKey::DescribeAcls, 3),
    (ApiKey::CreateAcls, 3),
    (ApiKey::DeleteAcls, 3),
    (ApiKey::ApiVersions, API_VERSIONS_MAX),
    (ApiKey::CreateTopics, 7),
    (ApiKey::DeleteTopics, 6),
    (ApiKey::CreatePartitions, 3),
    (ApiKey::InitProducerId, 4),
];

fn api_versions() -> ApiVersionsResponse {
    let offered = supported().map(|(key, min, max)| ApiVersion::default().with_api_key(key).with_min_version(min).with_max_version(max));
    ApiVersionsResponse::default().with_api_keys(offered.collect())
}

/// The answer to an ApiVersions that is too new: in version 0, which each client reads, and naming the version to retry with.
fn unsupported_version() -> ApiVersionsResponse {
    let retry = ApiVersion::default().with_api_key(ApiKey::ApiVersions as i16).with_max_version(API_VERSIONS_MAX);
    ApiVersionsResponse::default().with_error_code(UNSUPPORTED_VERSION).with_api_keys(vec![retry])
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
