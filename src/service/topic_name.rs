//! Which names a topic may have, and what a name that none may have is answered.

use crate::error::{Code, Error};

/// Kafka's longest name, in characters.
pub(super) const LONGEST: usize = 249;
/// Kafka's number for an invalid topic (`INVALID_TOPIC_EXCEPTION`).
const INVALID_TOPIC: i16 = 17;

/// True if Kafka takes the name: 1 to 249 characters of `[a-zA-Z0-9._-]`, not `.` and not `..`.
pub(super) fn is_legal(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&name.len()) && name != "." && name != ".." && name.bytes().all(legal)
}

/// For what reads a topic: nothing by such a name can be there, and Kafka says so without being asked.
pub(super) fn check(name: &str) -> Result<(), Error> {
    if is_legal(name) {
        return Ok(());
    }
    Err(Error::new(Code::KafkaInvalidRequest, "The request attempted to perform an operation on an invalid topic.")
        .with_kafka_error(INVALID_TOPIC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal_as_kafka_has_it() {
        for (name, legal) in [
            ("a", true),
            ("-", true),
            ("A.b_c-9", true),
            ("", false),
            (".", false),
            ("..", false),
            ("...", true),
            ("a b", false),
            ("ä", false),
            ("a/b", false),
        ] {
            assert_eq!(is_legal(name), legal, "{name}");
        }
        assert!(is_legal(&"x".repeat(249)) && !is_legal(&"x".repeat(250)));
    }
}
