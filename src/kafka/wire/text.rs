//! Texts of clients on their way into a request, and the one place that knows how long they may be.
//!
//! Neither `kafka-protocol` nor the protocol's compact strings stop a longer one; a broker that gets it hangs up without a word,
//! which looks like a lost connection. So a text that a client gives never becomes a [`StrBytes`] in another way.

use kafka_protocol::{
    messages::{GroupId, TopicName, TransactionalId},
    protocol::StrBytes,
};

use crate::{
    error::{Code, Error, Result},
    kafka::native::LONGEST_STRING,
};

/// A text; `field` is what the client calls it.
///
/// # Errors
/// [`Code::KafkaInvalidRequest`] naming the field if the text is longer than a request can say.
pub(in crate::kafka) fn string(field: &str, text: impl Into<String>) -> Result<StrBytes> {
    let text = text.into();
    if text.len() > LONGEST_STRING {
        let why = format!("{field} has {} bytes; Kafka takes {LONGEST_STRING}.", text.len());
        return Err(Error::new(Code::KafkaInvalidRequest, why));
    }
    Ok(StrBytes::from_string(text))
}

/// A text that may be absent.
pub(in crate::kafka) fn optional(field: &str, text: Option<impl Into<String>>) -> Result<Option<StrBytes>> {
    text.map(|text| string(field, text)).transpose()
}

/// A topic's name.
pub(in crate::kafka) fn topic_name(name: &str) -> Result<TopicName> {
    string("topic_name", name).map(TopicName)
}

/// A group's id.
pub(in crate::kafka) fn group_id(id: &str) -> Result<GroupId> {
    string("consumer_group_id", id).map(GroupId)
}

/// A transactional id.
pub(in crate::kafka) fn transactional_id(id: &str) -> Result<TransactionalId> {
    string("transactional_id", id).map(TransactionalId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_refused_by_the_name_of_its_field() {
        assert_eq!(string("user_name", "é".repeat(16_383)).unwrap().len(), 32_766);
        let error = string("user_name", "x".repeat(32_768)).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::KafkaInvalidRequest, "user_name has 32768 bytes; Kafka takes 32767."));
        assert_eq!(optional("host", None::<String>).unwrap(), None);
    }
}
