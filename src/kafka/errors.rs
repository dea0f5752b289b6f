//! Kafka's error numbers → the gateway's errors. The only place that knows them.
//!
//! A broker's own text wins; without one the text is that of the Java client, which users of the documented API know.
//! Numbers below -1 are librdkafka's own.

use super::native::Fault;
use crate::error::{Code, Error};

/// The first of librdkafka's own numbers is below this one.
const BROKER: i32 = -1;
/// librdkafka's error for a request that was not answered in time.
pub(super) const TIMED_OUT: i32 = -185;
/// librdkafka's error where a broker does not let the client in.
pub(super) const AUTHENTICATION: i32 = -169;
/// librdkafka's error for everything that is asked of a producer which has come to its end.
pub(super) const FATAL: i32 = -150;
/// librdkafka's error where no broker could be reached in time.
pub(super) const TRANSPORT: i32 = -195;
/// librdkafka's error for what is freed: a record that lay with a partition when that went, or everything that is under way at a
/// client's end.
pub(super) const FREED: i32 = -197;
/// librdkafka's error for what waited for a broker that the cluster does not have any more.
pub(super) const BROKER_GONE: i32 = -137;

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let (code, default) = classify(fault.code);
        // A text of the broker says more than ours; librdkafka hands on its own words for the number where the broker sent none.
        let own_words = |text: &str| text.is_empty() || text.starts_with("Broker: ") || text.starts_with("Local: ");
        let text = fault.text.filter(|text| !own_words(text));
        let error = match text {
            Some(text) => Self::new(code, text),
            None => Self::new(code, default),
        };
        match i16::try_from(fault.code) {
            Ok(number) if number >= -1 => error.with_kafka_error(number),
            Ok(_) | Err(_) => error,
        }
    }
}

impl Fault {
    /// What an answer's `error_code` and `error_message` say: `Ok` for 0.
    pub(super) fn answered(code: i16, text: Option<&str>) -> Result<(), Self> {
        if code == 0 { Ok(()) } else { Err(Self { code: code.into(), text: text.map(str::to_owned) }) }
    }
}

/// True if the topic or partition is not there (any more), so that what is known of it is out of date.
pub(super) fn is_gone(code: i32) -> bool {
    matches!(code, 3 | 100 | -188 | -190)
}

/// True if a topic that is asked for may be there a moment later: unknown, or without a leader.
pub(super) fn is_not_yet(code: i32) -> bool {
    matches!(code, 3 | 5 | 100 | -188)
}

/// True if a consumer has to hear of it; everything else librdkafka repairs by itself.
pub(super) fn ends_a_read(code: i32) -> bool {
    // Authorization of topic, group and cluster; failed authentication; a fatal error; no offset to begin at.
    matches!(code, 29 | 30 | 31 | 58 | AUTHENTICATION | FATAL | -140)
}

/// The kind of error and the Java client's text.
fn classify(code: i32) -> (Code, &'static str) {
    if code < BROKER { local(code) } else { broker(code) }
}

/// librdkafka's own errors, as the Java client would report the same.
fn local(code: i32) -> (Code, &'static str) {
    use Code::{BadRequest, DeadlineExceeded, IllegalState, Kafka, KafkaRetriable, NotImplemented, Overloaded, PartitionNotFound};
    match code {
        TRANSPORT | BROKER_GONE | -193 => (KafkaRetriable, "Disconnected from the broker."),
        -192 => (KafkaRetriable, "Expiring record(s): the delivery timeout has passed since the batch was created."),
        -190 => (PartitionNotFound, "Partition not found."),
        -188 => (Code::UnknownTopicOrPartition, "This server does not host this topic-partition."),
        -187 => (KafkaRetriable, "No broker can be reached."),
        -186 => (Code::KafkaInvalidRequest, "Invalid argument."),
        TIMED_OUT => (KafkaRetriable, "Timed out waiting for a node assignment."),
        -184 => (Overloaded, "The producer's queue is full."),
        -172 => (IllegalState, "Illegal state: the partition is not assigned."),
        -170 => (NotImplemented, "The client does not support this operation."),
        // As the own connections report it.
        -165 => (Code::UnsupportedProtocol, "The broker does not support this operation."),
        AUTHENTICATION | -181 => (Code::Unauthenticated, "Authentication failed."),
        -168 => (Kafka, "There is no offset to commit."),
        -166 => (DeadlineExceeded, "The request waited too long in the queue."),
        -180 | -178 | -177 | -173 | -164 | -163 | -153 => (KafkaRetriable, "Kafka did not answer in time."),
        -152 | -151 | FREED => (Code::ShuttingDown, "The gateway is shutting down."),
        -142 => (Kafka, "The consumer's assignment was lost."),
        -140 => (Kafka, "Undefined offset with no reset policy for the partition."),
        -145 => (BadRequest, "Not configured."),
        _ => (Kafka, "Kafka error"),
    }
}

/// The protocol's errors.
fn broker(code: i32) -> (Code, &'static str) {
    use Code::{
        BrokerNotAvailable, Kafka, KafkaAlreadyExists, KafkaInvalidRequest, KafkaRetriable, RecordTooLarge, ThrottlingQuota,
        Unauthenticated, Unauthorized, UnknownTopicOrPartition,
    };
    match code {
        -1 => (KafkaInvalidRequest, "The server experienced an unexpected error when processing the request."),
        1 => (Kafka, "The requested offset is not within the range of offsets maintained by the server."),
        2 => (
            KafkaRetriable,
            "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt.",
        ),
        3 => (UnknownTopicOrPartition, "This server does not host this topic-partition."),
        4 => (Kafka, "The requested fetch size is invalid."),
        5 => (KafkaRetriable, "There is no leader for this topic-partition as we are in the middle of a leadership election."),
        6 => (KafkaRetriable, "For requests intended only for the leader, this error indicates that the broker is not the current leader."),
        7 => (KafkaRetriable, "The request timed out."),
        8 => (BrokerNotAvailable, "The broker is not available."),
        9 => (KafkaRetriable, "The replica is not available for the requested topic-partition."),
        10 => (RecordTooLarge, "The request included a message larger than the max message size the server will accept."),
        11 => (Kafka, "The controller moved to another broker."),
        12 => (Kafka, "The metadata field of the offset request was too large."),
        13 => (KafkaRetriable, "The server disconnected before a response was received."),
        14 => (KafkaRetriable, "The coordinator is loading and hence can't process requests."),
        15 => (KafkaRetriable, "The coordinator is not available."),
        16 => (KafkaRetriable, "This is not the correct coordinator."),
        17 => (KafkaInvalidRequest, "The request attempted to perform an operation on an invalid topic."),
        18 => (RecordTooLarge, "The request included message batch larger than the configured segment size on the server."),
        19 => (KafkaRetriable, "Messages are rejected since there are fewer in-sync replicas than required."),
        20 => (KafkaRetriable, "Messages are written to the log, but to fewer in-sync replicas than required."),
        21 => (Kafka, "Produce request specified an invalid value for required acks."),
        22 => (Kafka, "Specified group generation id is not valid."),
        23 => (Kafka, "The group member's supported protocols are incompatible with those of existing members."),
        24 => (Kafka, "The group id is invalid."),
        25 => (Kafka, "The coordinator is not aware of this member."),
        26 => (Kafka, "The session timeout is not within the range allowed by the broker."),
        27 => (Kafka, "The group is rebalancing, so a rejoin is needed."),
        28 => (Kafka, "The committing offset data size is not valid."),
        29 => (Unauthorized, "Topic authorization failed."),
        30 => (Unauthorized, "Group authorization failed."),
        31 => (Unauthorized, "Cluster authorization failed."),
        32 => (Kafka, "The timestamp of the message is out of acceptable range."),
        33 => (Unauthenticated, "The broker does not support the requested SASL mechanism."),
        34 => (Unauthenticated, "Request is not valid given the current SASL state."),
        35 => (KafkaInvalidRequest, "The version of API is not supported."),
        36 => (KafkaAlreadyExists, "Topic with this name already exists."),
        37 => (KafkaInvalidRequest, "Number of partitions is below 1."),
        38 => (KafkaInvalidRequest, "Replication factor is below 1 or larger than the number of available brokers."),
        39 => (Kafka, "Replica assignment is invalid."),
        40 => (KafkaInvalidRequest, "Configuration is invalid."),
        41 => (KafkaRetriable, "This is not the correct controller for this cluster."),
        42 => (KafkaInvalidRequest, Code::KafkaInvalidRequest.text()),
        43 => (Kafka, "The message format version on the broker does not support the request."),
        44 => (KafkaInvalidRequest, "Request parameters do not satisfy the configured policy."),
        45 => (Kafka, "The broker received an out of order sequence number."),
        46 => (Kafka, "The broker received a duplicate sequence number."),
        47 => (Kafka, "Producer attempted to produce with an old epoch."),
        48 => (Kafka, "The producer attempted a transactional operation in an invalid state."),
        49 => (Kafka, "The producer attempted to use a producer id which is not currently assigned to its transactional id."),
        50 => (
            Kafka,
            "The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).",
        ),
        51 => (
            KafkaRetriable,
            "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.",
        ),
        52 => (Kafka, "The transaction coordinator has been fenced."),
        53 => (Unauthorized, "Transactional Id authorization failed."),
        54 => (KafkaInvalidRequest, "Security features are disabled."),
        55 => (Kafka, "The broker did not attempt to execute this operation."),
        56 => (KafkaRetriable, "Disk error when trying to access log file on the disk."),
        57 => (Kafka, "The user-specified log directory is not found in the broker config."),
        58 => (Unauthenticated, "SASL Authentication failed."),
        59 => (Kafka, "The broker could not locate the producer metadata associated with the producer id in question."),
        60 => (Kafka, "A partition reassignment is in progress."),
        61 => (Kafka, "Delegation Token feature is not enabled."),
        62 => (Kafka, "Delegation Token is not found on server."),
        63 => (Kafka, "Specified Principal is not valid Owner/Renewer."),
        64 => (
            Kafka,
            "Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.",
        ),
        65 => (Unauthorized, "Delegation Token authorization failed."),
        66 => (Kafka, "Delegation Token is expired."),
        67 => (Kafka, "Supplied principalType is not supported."),
        68 => (Kafka, "The group is not empty."),
        69 => (Kafka, "The group id does not exist."),
        70 => (KafkaRetriable, "The fetch session ID was not found."),
        71 => (KafkaRetriable, "The fetch session epoch is invalid."),
        72 => {
            (KafkaRetriable, "There is no listener on the leader broker that matches the listener on which metadata request was processed.")
        }
        73 => (KafkaInvalidRequest, "Topic deletion is disabled."),
        74 => (KafkaRetriable, "The leader epoch in the request is older than the epoch on the broker."),
        75 => (KafkaRetriable, "The leader epoch in the request is newer than the epoch on the broker."),
        76 => (Kafka, "The requesting client does not support the compression type of given partition."),
        77 => (Kafka, "Broker epoch has changed."),
        78 => (
            KafkaRetriable,
            "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.",
        ),
        79 => (Kafka, "The group member needs to have a valid member id before actually entering a consumer group."),
        80 => (KafkaRetriable, "The preferred leader was not available."),
        81 => (Kafka, "The group has reached its max size."),
        82 => (
            Kafka,
            "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.",
        ),
        83 => (KafkaRetriable, "Eligible topic partition leaders are not available."),
        84 => (Kafka, "Leader election not needed for topic partition."),
        85 => (Kafka, "No partition reassignment is in progress."),
        86 => (Kafka, "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it."),
        87 => (Kafka, "This record has failed the validation on broker and hence will be rejected."),
        88 => (KafkaRetriable, "There are unstable offsets that need to be cleared."),
        89 => (ThrottlingQuota, "The throttling quota has been exceeded."),
        90 => (Kafka, "There is a newer producer with the same transactionalId which fences the current one."),
        91 => (Kafka, "A request illegally referred to a resource that does not exist."),
        92 => (Kafka, "A request illegally referred to the same resource twice."),
        93 => (Kafka, "Requested credential would not meet criteria for acceptability."),
        94 => (Kafka, "Indicates that the either the sender or recipient of a voter-only request is not one of the expected voters."),
        95 => (Kafka, "The given update version was invalid."),
        96 => (Kafka, "Unable to update finalized features due to an unexpected server error."),
        97 => (Kafka, "Request principal deserialization failed during forwarding."),
        100 => (UnknownTopicOrPartition, "This server does not host this topic ID."),
        110 => (Kafka, "The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin."),
        111 => (Kafka, "The instance ID is still used by another member in the consumer group. That member must leave first."),
        112 => (Kafka, "The assignor or its version range is not supported by the consumer group."),
        113 => (
            Kafka,
            "The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API.",
        ),
        117 => (Kafka, "The client sent a push telemetry request with an invalid or outdated subscription ID."),
        118 => (Kafka, "The client sent a push telemetry request larger than the maximum size the broker will accept."),
        129 => (KafkaRetriable, "Client metadata is stale. The client should rebootstrap to obtain new metadata."),
        _ => (Kafka, "Kafka error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Dialect;

    /// Every number that the linked librdkafka knows.
    fn known() -> Vec<i32> {
        (-200..200).filter(|code| super::super::native::is_known(*code)).collect()
    }

    #[test]
    fn every_broker_error_has_its_own_row() {
        for code in known().into_iter().filter(|code| *code > 0) {
            assert_ne!(broker(code).1, "Kafka error", "{code}");
        }
    }

    #[test]
    fn every_error_becomes_an_error_with_its_number() {
        for code in known() {
            let error = Error::from(Fault { code, text: None });
            assert!(!error.message().is_empty(), "{code}");
            assert_eq!(error.kafka_error(), i16::try_from(code).ok().filter(|n| *n >= -1), "{code}");
        }
    }

    #[test]
    fn errors_have_the_documented_status_and_number() {
        let rows = [
            (-165, 502, 502, "the broker has no such request"),
            (-169, 401, 40101, "failed authentication"),
            (58, 401, 40101, "SASL"),
            (29, 403, 40301, "topic ACL"),
            (30, 403, 40301, "group ACL"),
            (31, 403, 40301, "cluster ACL"),
            (53, 403, 40301, "transactional id ACL"),
            (3, 404, 40403, "unknown topic"),
            (100, 404, 40403, "unknown topic id"),
            (38, 400, 40002, "replication factor"),
            (54, 400, 40002, "security disabled"),
            (35, 400, 40002, "unsupported version"),
            (37, 400, 40002, "partitions"),
            (42, 400, 40002, "invalid request"),
            (-1, 400, 40002, "unknown server error"),
            (44, 400, 40002, "policy"),
            (36, 400, 40002, "topic exists"),
            (40, 400, 40002, "configuration"),
            (73, 400, 40002, "deletion disabled"),
            (17, 400, 40002, "topic name"),
            (10, 413, 413, "too large"),
            (89, 429, 42901, "quota"),
            (8, 503, 50302, "broker not available"),
            (7, 500, 50003, "time-out"),
            (6, 500, 50003, "not the leader"),
            (-192, 500, 50003, "delivery time-out"),
            (-195, 500, 50003, "disconnected"),
            (-137, 500, 50003, "the broker left"),
            (39, 500, 50002, "replica assignment"),
            (87, 500, 50002, "any other"),
        ];
        for (code, status, error_code, why) in rows {
            let http = Error::from(Fault { code, text: None }).http(Dialect::V3);
            assert_eq!((http.status, http.error_code), (status, error_code), "{why}");
        }
    }

    #[test]
    fn a_text_of_the_broker_wins_over_ours_and_ours_over_that_of_librdkafka() {
        let with = |text: &str| Error::from(Fault { code: 36, text: Some(text.to_owned()) });
        assert_eq!(with("Topic 't' already exists.").message(), "Topic 't' already exists.");
        assert_eq!(with("Broker: Topic already exists").message(), "Topic with this name already exists.");
        assert_eq!(with("").message(), "Topic with this name already exists.");
    }
}
