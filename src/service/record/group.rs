//! Records that are sent together, and what became of each: what streams and batches have in common.

use super::{
    choose::Chooser,
    data::{self, Described, Parts},
};
use crate::{
    error::{Code, Dialect, Error, Result},
    kafka::{Record, Written},
};

/// Records in their order. Those that could not be read keep their place, but are not sent.
#[derive(Default)]
pub(super) struct Group {
    records: Vec<Record>,
    /// The bytes of the keys and values in it.
    pub(super) bytes: usize,
    read: Vec<Result<Described>>,
}

impl Group {
    /// An empty group with room for so many records.
    pub(super) fn with_capacity(records: usize) -> Self {
        Self { records: Vec::with_capacity(records), bytes: 0, read: Vec::with_capacity(records) }
    }

    /// Adds a record whose schemas are chosen, or the reason why it cannot be sent.
    pub(super) fn push(&mut self, parts: Result<Parts>, chooser: &Chooser) {
        self.read.push(parts.and_then(|parts| data::read(parts, chooser)).map(|(record, described)| {
            self.bytes += [&record.key, &record.value].into_iter().flatten().map(bytes::Bytes::len).sum::<usize>();
            self.records.push(record);
            described
        }));
    }

    /// How many records have been added.
    pub(super) fn len(&self) -> usize {
        self.read.len()
    }

    /// Takes out what is to be sent; [`outcomes`](Self::outcomes) is for its results.
    pub(super) fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// What became of each record, given the results of those that were sent, in their order.
    pub(super) fn outcomes(self, results: Vec<Result<Written>>) -> impl Iterator<Item = Result<(Described, Written)>> + Send + 'static {
        let mut results = results.into_iter();
        self.read.into_iter().map(move |described| {
            let described = described?;
            let written = results.next().unwrap_or_else(|| Err(Error::internal("a record without a result")))?;
            Ok((described, written))
        })
    }
}

/// `error_code` and `message` of a record that was not written. Errors of the family 422 keep their own code in the message, as the
/// documented API has it; of a message only the first line is told.
pub(super) fn failure(error: &Error) -> (i32, String) {
    let line = error.message().lines().next().unwrap_or_default();
    match (error.http(Dialect::V3).error_code, error.code()) {
        (code @ 42200..=42299, _) => (422, format!("Error: {code} : {line}")),
        // A record with a member that records do not have is one that cannot be read, like any other.
        (_, Code::UnknownField) => (400, line.to_owned()),
        (code, _) => (code, line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::schemas::Schemas;

    #[test]
    fn outcomes_stand_in_the_places_of_their_records() {
        let parts = |timestamp| Parts { partition: None, headers: Vec::new(), key: None, value: None, timestamp };
        let (mut group, chooser) = (Group::default(), Chooser::new(Schemas::none()));
        group.push(Ok(parts(None)), &chooser);
        group.push(Err(Error::of(Code::MalformedBody)), &chooser);
        group.push(Ok(parts(Some(prost_types::Timestamp { seconds: -1, nanos: 0 }))), &chooser);
        group.push(Ok(parts(None)), &chooser);
        assert_eq!((group.len(), group.take_records().len()), (4, 2));
        let written = |offset| Ok(Written { partition: 0, offset, timestamp_ms: None });
        let outcomes: Vec<_> = group.outcomes(vec![written(7), Err(Error::of(Code::Kafka))]).collect();
        let seen: Vec<_> = outcomes.iter().map(|o| o.as_ref().map(|(_, w)| w.offset).map_err(Error::code)).collect();
        assert_eq!(seen, [Ok(7), Err(Code::MalformedBody), Err(Code::BadRequest), Err(Code::Kafka)]);
    }

    #[test]
    fn failures_have_the_codes_of_the_documented_api() {
        let schema = "Error: 42206 : Payload error. Schema Registry must be configured when using schemas.";
        let metadata = "Topic t not present in metadata after 5 ms.";
        for (error, code, message) in [
            (Error::bad_request("data=5 is not a string."), 400, "Bad Request: data=5 is not a string."),
            (Error::payload("Schema Registry must be configured when using schemas."), 422, schema),
            (Error::new(Code::UnknownField, "Unrecognized field \"x\""), 400, "Unrecognized field \"x\""),
            (Error::of(Code::PartitionNotFound), 40402, "Partition not found."),
            (Error::new(Code::TopicNotFound, metadata), 40401, metadata),
            (Error::new(Code::RecordTooLarge, "too large"), 413, "too large"),
            (Error::new(Code::Kafka, "first\nsecond"), 50002, "first"),
        ] {
            assert_eq!(failure(&error), (code, message.to_owned()));
        }
    }
}
