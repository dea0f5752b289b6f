//! The table: code → gRPC status, HTTP status and `error_code`, text. Nothing else decides a status.

use std::time::Duration;

use tonic::Code as Grpc;

/// Which form of the REST API an error is reported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// API v2 (`/topics`, `/consumers`, …).
    V2,
    /// API v3 (`/v3/…`), and everything that belongs to neither.
    V3,
}

impl Dialect {
    /// The media type of errors, and of all answers without an embedded format.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::V2 => "application/vnd.kafka.v2+json",
            Self::V3 => "application/json",
        }
    }
}

/// How REST reports an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpError {
    /// The HTTP status.
    pub status: u16,
    /// `error_code` in the body: the HTTP status, or a number of five digits.
    pub error_code: i32,
}

/// What kinds of callers' next steps the table knows.
const RETRY: bool = true;
const GIVE_UP: bool = false;

macro_rules! codes {
    ($( $(#[doc = $doc:literal])* $name:ident: $reason:literal, $grpc:ident, $status:literal, $error_code:literal, $retry:expr, $text:literal; )*) => {
        /// What went wrong. The table in `error/table.rs` gives each its statuses and its text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $( $(#[doc = $doc])* $name, )* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// `reason` in `google.rpc.ErrorInfo`.
            pub fn reason(self) -> &'static str { match self { $(Code::$name => $reason),* } }

            /// The gRPC status.
            pub fn grpc(self) -> Grpc { match self { $(Code::$name => Grpc::$grpc),* } }

            /// True if the same request may succeed later.
            pub fn is_retriable(self) -> bool { match self { $(Code::$name => $retry),* } }

            /// When it is raised, for the documentation: a sentence.
            pub fn meaning(self) -> &'static str { match self { $(Code::$name => concat!($($doc),*).trim_ascii()),* } }

            /// The text where nothing more can be said.
            pub fn text(self) -> &'static str { match self { $(Code::$name => $text),* } }

            fn rest(self) -> HttpError { match self { $(Code::$name => HttpError { status: $status, error_code: $error_code }),* } }
        }
    };
}

codes! {
    /// The path, or the resource that it names, does not exist.
    NotFound: "NOT_FOUND", NotFound, 404, 404, GIVE_UP, "HTTP 404 Not Found";
    /// The path exists, but not for this method.
    MethodNotAllowed: "METHOD_NOT_ALLOWED", Unimplemented, 405, 405, GIVE_UP, "HTTP 405 Method Not Allowed";
    /// `Accept` names nothing that the operation produces.
    NotAcceptable: "NOT_ACCEPTABLE", InvalidArgument, 406, 406, GIVE_UP, "HTTP 406 Not Acceptable";
    /// The request's body is larger than the gateway takes.
    BodyTooLarge: "BODY_TOO_LARGE", ResourceExhausted, 413, 413, GIVE_UP, "HTTP 413 Request Entity Too Large";
    /// The request's path and query are longer than the gateway takes.
    UriTooLong: "URI_TOO_LONG", InvalidArgument, 414, 414, GIVE_UP, "HTTP 414 URI Too Long";
    /// The operation does not take this `Content-Type`.
    UnsupportedMediaType: "UNSUPPORTED_MEDIA_TYPE", InvalidArgument, 415, 415, GIVE_UP, "HTTP 415 Unsupported Media Type";
    /// The body has a member that the message does not have.
    UnknownField: "UNKNOWN_FIELD", InvalidArgument, 422, 422, GIVE_UP, "Unrecognized field";
    /// The body is no JSON, or cannot be bound to the message.
    MalformedBody: "MALFORMED_BODY", InvalidArgument, 400, 400, GIVE_UP, "Bad Request: malformed body";
    /// The request is wrong in another way.
    BadRequest: "BAD_REQUEST", InvalidArgument, 400, 400, GIVE_UP, "Bad Request";
    /// A member is absent, empty or out of its range.
    ConstraintViolation: "CONSTRAINT_VIOLATION", InvalidArgument, 422, 422, GIVE_UP, "must not be null";
    /// A setting of a new consumer instance is out of its range.
    ConsumerConfigOutOfRange: "CONSUMER_CONFIG_OUT_OF_RANGE", InvalidArgument, 422, 40001, GIVE_UP, "Invalid consumer configuration. It does not abide by the constraints: ";
    /// The v3 surface was asked for a topic that the producer does not find.
    TopicNotFound: "TOPIC_NOT_FOUND", NotFound, 404, 40401, GIVE_UP, "Topic not found.";
    /// The topic has no such partition.
    PartitionNotFound: "PARTITION_NOT_FOUND", NotFound, 404, 40402, GIVE_UP, "Partition not found.";
    /// There is no such consumer instance (any more).
    ConsumerInstanceNotFound: "CONSUMER_INSTANCE_NOT_FOUND", NotFound, 404, 40403, GIVE_UP, "Consumer instance not found.";
    /// Kafka: unknown topic or partition.
    UnknownTopicOrPartition: "UNKNOWN_TOPIC_OR_PARTITION", NotFound, 404, 40403, GIVE_UP, "This server does not host this topic-partition.";
    /// A read asks for another format than the instance has.
    FormatMismatch: "FORMAT_MISMATCH", FailedPrecondition, 406, 40601, GIVE_UP, "The requested embedded data format does not match the deserializer for this consumer instance";
    /// A record cannot be decoded in the instance's format.
    Undecodable: "UNDECODABLE", DataLoss, 408, 40801, GIVE_UP, "Error deserializing key/value";
    /// A record cannot be decoded now: its schema cannot be had, as Schema Registry does not answer.
    UndecodableForNow: "UNDECODABLE_FOR_NOW", Unavailable, 408, 40801, RETRY, "Error deserializing key/value";
    /// The group has an instance of this name.
    ConsumerAlreadyExists: "CONSUMER_ALREADY_EXISTS", AlreadyExists, 409, 40902, GIVE_UP, "Consumer with specified consumer ID already exists in the specified consumer group.";
    /// The instance is not in a state for this operation.
    IllegalState: "ILLEGAL_STATE", FailedPrecondition, 409, 40903, GIVE_UP, "Illegal state: ";
    /// Keys are given in a schema format, but no schema of the key.
    KeySchemaMissing: "KEY_SCHEMA_MISSING", InvalidArgument, 422, 42201, GIVE_UP, "Request includes keys but does not include key schema";
    /// Values are given in a schema format, but no schema of the value.
    ValueSchemaMissing: "VALUE_SCHEMA_MISSING", InvalidArgument, 422, 42202, GIVE_UP, "Request includes values but does not include value schema";
    /// A setting of a new consumer instance has a value that Kafka does not know.
    InvalidConsumerConfig: "INVALID_CONSUMER_CONFIG", InvalidArgument, 422, 42204, GIVE_UP, "Invalid consumer configuration: ";
    /// A schema cannot be parsed.
    InvalidSchema: "INVALID_SCHEMA", InvalidArgument, 422, 42205, GIVE_UP, "Invalid schema: ";
    /// A body of API v3 cannot be used.
    InvalidPayload: "INVALID_PAYLOAD", InvalidArgument, 422, 42206, GIVE_UP, "Payload error. ";
    /// Schema Registry refuses.
    SchemaRegistry: "SCHEMA_REGISTRY", FailedPrecondition, 422, 42207, GIVE_UP, "Error serializing message. ";
    /// Schema Registry cannot be reached.
    SchemaRegistryUnavailable: "SCHEMA_REGISTRY_UNAVAILABLE", Unavailable, 422, 42207, RETRY, "Error serializing message. ";
    /// A batch of records cannot be used as a whole.
    InvalidBatch: "INVALID_BATCH", InvalidArgument, 422, 42208, GIVE_UP, "Empty batch.";
    /// Kafka does not know who is asking.
    Unauthenticated: "UNAUTHENTICATED", Unauthenticated, 401, 40101, GIVE_UP, "Authentication failed.";
    /// Kafka's ACLs do not allow it.
    Unauthorized: "UNAUTHORIZED", PermissionDenied, 403, 40301, GIVE_UP, "Not authorized.";
    /// Kafka refuses the request as it is (invalid config, name, replication factor, existing topic, …).
    KafkaInvalidRequest: "KAFKA_INVALID_REQUEST", InvalidArgument, 400, 40002, GIVE_UP, "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.";
    /// Kafka: there is such a topic, group or ACL already.
    KafkaAlreadyExists: "KAFKA_ALREADY_EXISTS", AlreadyExists, 400, 40002, GIVE_UP, "Topic already exists.";
    /// A record is larger than the topic, the broker or the producer takes.
    RecordTooLarge: "RECORD_TOO_LARGE", InvalidArgument, 413, 413, GIVE_UP, "The request included a message larger than the max message size the server will accept.";
    /// A quota of Kafka is used up.
    ThrottlingQuota: "THROTTLING_QUOTA", ResourceExhausted, 429, 42901, RETRY, "The throttling quota has been exceeded.";
    /// The gateway has too much under way.
    Overloaded: "OVERLOADED", ResourceExhausted, 429, 429, RETRY, "Request rate limit exceeded: The rate limit of requests per second has been exceeded.";
    /// The gateway has as many consumer instances as it may have.
    TooManyConsumers: "TOO_MANY_CONSUMERS", ResourceExhausted, 429, 429, RETRY, "Too many consumer instances.";
    /// No broker can be reached.
    BrokerNotAvailable: "BROKER_NOT_AVAILABLE", Unavailable, 503, 50302, RETRY, "The broker is not available.";
    /// The gateway is shutting down.
    ShuttingDown: "SHUTTING_DOWN", Unavailable, 503, 503, RETRY, "The gateway is shutting down.";
    /// Kafka: an error after which the same request may succeed.
    KafkaRetriable: "KAFKA_RETRIABLE", Unavailable, 500, 50003, RETRY, "Kafka did not answer in time.";
    /// Kafka: any other error.
    Kafka: "KAFKA", Internal, 500, 50002, GIVE_UP, "Kafka error";
    /// The request's deadline is over.
    DeadlineExceeded: "DEADLINE_EXCEEDED", DeadlineExceeded, 504, 504, RETRY, "The request's deadline is over.";
    /// The broker does not offer what the operation needs.
    UnsupportedProtocol: "UNSUPPORTED_PROTOCOL", FailedPrecondition, 502, 502, GIVE_UP, "Kafka protocol version not supported.: Metadata Response protocol version >= 2 required.";
    /// The operation exists, but cannot be done with this cluster or configuration.
    NotImplemented: "NOT_IMPLEMENTED", Unimplemented, 501, 501, GIVE_UP, "HTTP 501 Not Implemented";
    /// A defect of the gateway.
    Internal: "INTERNAL", Internal, 500, 500, GIVE_UP, "Internal Server Error";
}

impl Code {
    /// The status and `error_code` of a REST dialect. The dialects differ in one row only.
    pub fn http(self, dialect: Dialect) -> HttpError {
        match (self, dialect) {
            (Self::RecordTooLarge, Dialect::V2) => HttpError { status: 200, error_code: 50002 },
            (code, Dialect::V2 | Dialect::V3) => code.rest(),
        }
    }

    /// How long to wait where the error itself says nothing: whoever finds no room or no broker (429, 503) may find it a second later.
    pub fn retry_after(self) -> Option<Duration> {
        matches!(self.rest().status, 429 | 503).then_some(Duration::from_secs(1))
    }

    /// The code with this `google.rpc.ErrorInfo` reason.
    pub fn from_reason(reason: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.reason() == reason)
    }

    /// The nearest code for a status that carries no reason: one that tonic itself made.
    pub fn from_grpc(status: Grpc) -> Self {
        match status {
            Grpc::InvalidArgument | Grpc::OutOfRange | Grpc::FailedPrecondition | Grpc::Aborted | Grpc::AlreadyExists => Self::BadRequest,
            Grpc::NotFound | Grpc::Unimplemented => Self::NotFound,
            Grpc::DeadlineExceeded | Grpc::Cancelled => Self::DeadlineExceeded,
            Grpc::PermissionDenied => Self::Unauthorized,
            Grpc::Unauthenticated => Self::Unauthenticated,
            Grpc::ResourceExhausted => Self::Overloaded,
            Grpc::Unavailable => Self::BrokerNotAvailable,
            Grpc::Ok | Grpc::Unknown | Grpc::Internal | Grpc::DataLoss => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_unique() {
        for (i, a) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL.iter().skip(i + 1).all(|b| a.reason() != b.reason()), "{a:?}");
        }
    }

    #[test]
    fn a_too_large_record_is_an_entry_in_v2_and_a_status_in_v3() {
        assert_eq!(Code::RecordTooLarge.http(Dialect::V2).error_code, 50002);
        assert_eq!(Code::RecordTooLarge.http(Dialect::V3), HttpError { status: 413, error_code: 413 });
    }
}
