//! How REST reports an error, whichever layer answers: `{"error_code": …, "message": …}`, the status, and `Retry-After`.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use super::{Dialect, Error};

#[derive(Serialize)]
struct Report<'a> {
    error_code: i32,
    message: &'a str,
}

impl Error {
    /// The error as JSON, in the form of a dialect.
    pub fn to_json(&self, dialect: Dialect) -> Vec<u8> {
        let report = Report { error_code: self.http(dialect).error_code, message: self.message() };
        // A number and a text cannot fail to be written.
        serde_json::to_vec(&report).unwrap_or_default()
    }

    /// The whole answer that reports the error, under this media type.
    pub fn to_response(&self, dialect: Dialect, content_type: HeaderValue) -> Response<Bytes> {
        // A status of success belongs to an error only inside a list of results; on its own it is the server's failure.
        let status = StatusCode::from_u16(self.http(dialect).status).ok().filter(|status| !status.is_success());
        let mut response = Response::new(self.to_json(dialect).into());
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response.headers_mut().extend(self.retry_after_seconds().map(|seconds| (header::RETRY_AFTER, seconds.into())));
        response
    }

    /// [`Error::retry_after`] as the header `Retry-After` has it, in seconds.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after().map(seconds)
    }
}

/// The header knows whole seconds: rounded up, for a client must not come back too early, and never zero.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn an_answer_has_body_status_and_the_time_to_wait() {
        for (error, dialect, status, retry_after, body) in [
            (Error::of(Code::NotFound), Dialect::V3, 404, None, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#),
            (Error::new(Code::Overloaded, "a \"b\""), Dialect::V2, 429, Some("1"), r#"{"error_code":429,"message":"a \"b\""}"#),
            (Error::new(Code::RecordTooLarge, "x"), Dialect::V2, 500, None, r#"{"error_code":50002,"message":"x"}"#),
        ] {
            let response = error.to_response(dialect, HeaderValue::from_static("application/json"));
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap()), retry_after);
            assert_eq!(response.body(), body);
        }
    }

    #[test]
    fn the_time_to_wait_is_rounded_up() {
        for (milliseconds, expected) in [(0, 1), (1, 1), (1000, 1), (1200, 2)] {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), expected, "{milliseconds} ms");
        }
    }
}
