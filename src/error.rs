//! What went wrong: one error type, and one table that says how each surface reports it.
//!
//! A layer below raises an [`Error`] with a [`Code`] and a message for the client. Only the surfaces read the table:
//! gRPC takes the status and one `google.rpc.ErrorInfo`, REST takes the HTTP status and the `error_code` of its dialect (`rest`).
//! Start with [`Code`]; everything else follows from it.

mod rest;
mod table;

use std::{borrow::Cow, collections::HashMap, fmt, time::Duration};

use tonic_types::{ErrorDetails, StatusExt};

pub use table::{Code, Dialect, HttpError};

/// The `domain` of every `google.rpc.ErrorInfo` that the gateway sends.
pub const DOMAIN: &str = "barnabas";

/// What the operations of the gateway return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error as the client may see it: the code decides the statuses, the message tells what to do.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    kafka_error: Option<i16>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error with this message; the message goes to the client as it is.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), kafka_error: None, retry_after: None }))
    }

    /// The error with the text that the table has for its code.
    pub fn of(code: Code) -> Self {
        Self::new(code, code.text())
    }

    /// A request that is wrong in a way which the documented API calls "Bad Request".
    pub fn bad_request(detail: impl fmt::Display) -> Self {
        Self::new(Code::BadRequest, format!("Bad Request: {detail}"))
    }

    /// A v3 payload that cannot be used (error code 42206).
    pub fn payload(detail: impl fmt::Display) -> Self {
        Self::new(Code::InvalidPayload, format!("Payload error. {detail}"))
    }

    /// A defect of the gateway itself. The client learns no more than that; the cause goes to the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::of(Code::Internal)
    }

    /// Remembers the number of the Kafka protocol error that is behind this.
    #[must_use]
    pub fn with_kafka_error(mut self, number: i16) -> Self {
        self.0.kafka_error = Some(number);
        self
    }

    /// Tells the client how long to wait before it tries again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// What kind of error it is.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The text for the client.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The Kafka protocol error behind it, if there is one.
    pub fn kafka_error(&self) -> Option<i16> {
        self.0.kafka_error
    }

    /// How long the client should wait before it tries again, if that is known of this error or of all of its code.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after.or_else(|| self.code().retry_after())
    }

    /// The status and `error_code` of a REST dialect.
    pub fn http(&self, dialect: Dialect) -> HttpError {
        self.code().http(dialect)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}

impl From<Error> for tonic::Status {
    fn from(e: Error) -> Self {
        let mut metadata = HashMap::from([
            ("error_code".to_owned(), e.http(Dialect::V3).error_code.to_string()),
            ("retriable".to_owned(), e.code().is_retriable().to_string()),
        ]);
        if let Some(number) = e.kafka_error() {
            metadata.insert("kafka_error".to_owned(), number.to_string());
        }
        let mut details = ErrorDetails::new();
        details.set_error_info(e.code().reason(), DOMAIN, metadata);
        if let Some(wait) = e.retry_after() {
            details.set_retry_info(Some(wait));
        }
        tonic::Status::with_error_details(e.code().grpc(), e.message(), details)
    }
}

impl From<&tonic::Status> for Error {
    /// The way back, for the surfaces that report in another form. A status that is not ours keeps its text.
    fn from(status: &tonic::Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|i| i.domain == DOMAIN);
        let code = info.and_then(|i| Code::from_reason(&i.reason)).unwrap_or_else(|| Code::from_grpc(status.code()));
        let mut error = Self::new(code, status.message().to_owned());
        error.0.kafka_error = info.and_then(|i| i.metadata.get("kafka_error")).and_then(|n| n.parse().ok());
        error.0.retry_after = details.retry_info().and_then(|r| r.retry_delay);
        error
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        Self::from(&status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_way_through_a_status() {
        for code in Code::ALL {
            let sent = Error::new(*code, "why").with_kafka_error(3).with_retry_after(Duration::from_secs(2));
            let status = tonic::Status::from(sent);
            assert_eq!(status.code(), code.grpc(), "{code:?}");
            let got = Error::from(status);
            assert_eq!((got.code(), got.message(), got.kafka_error()), (*code, "why", Some(3)), "{code:?}");
            assert_eq!(got.retry_after(), Some(Duration::from_secs(2)), "{code:?}");
        }
    }

    #[test]
    fn who_is_sent_away_for_now_is_told_when_to_come_back() {
        for code in Code::ALL {
            let now = [429, 503].contains(&code.http(Dialect::V3).status);
            assert_eq!(Error::of(*code).retry_after().is_some(), now, "{code:?}");
        }
    }

    #[test]
    fn a_foreign_status_keeps_its_text() {
        let got = Error::from(tonic::Status::unimplemented("no such method"));
        assert_eq!((got.code(), got.message()), (Code::NotFound, "no such method"));
    }
}
