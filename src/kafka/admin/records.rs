//! Deleting records.

use std::{collections::HashMap, time::Instant};

use super::{Admin, Options, repeat::is_refused};
use crate::{
    error::{Code, Error, Result},
    kafka::{
        native::{Entry, Fault, Partitions},
        record::TopicPartition,
    },
};

/// Kafka's number for an offset that the partition does not have.
const OFFSET_OUT_OF_RANGE: i32 = 1;
/// Kafka's word for the high watermark.
const HIGH_WATERMARK: i64 = -1;

impl Admin {
    /// Deletes what stands before these offsets (none: before the high watermark) in partitions that are there, each named once. For
    /// each, in the same order, the offset of the first record that is left. May be repeated; with the high watermark, records that
    /// came meanwhile go, too.
    pub async fn delete_records(
        &self,
        before: &[(TopicPartition, Option<i64>)],
        deadline: Instant,
    ) -> Result<Vec<(TopicPartition, Result<i64>)>> {
        let submit = |requests: &super::Requests, options: Options| {
            let mut list = Partitions::new()?;
            for (p, offset) in before {
                list.add(&p.topic, p.partition, offset.unwrap_or(HIGH_WATERMARK), None)?;
            }
            requests.delete_records(&list, options)
        };
        // What is found here was done by none: one of those whom librdkafka took for the leaders is none (any more).
        let fault = |rows: &Vec<Entry>| rows.iter().filter_map(|row| row.result.as_ref().err()).map(|f| f.code).find(|c| is_refused(*c));
        let answer = self.request_each(self.options(deadline)?, deadline, submit, fault).await?.same()?;
        let mut answer: HashMap<_, _> =
            answer.into_iter().map(|entry| ((entry.topic, entry.partition), entry.result.map(|()| entry.offset))).collect();
        let unknown = || Err(Fault { code: 3, text: None });
        let row = |(p, _): &(TopicPartition, Option<i64>)| {
            let left = answer.remove(&(p.topic.to_string(), p.partition)).unwrap_or_else(unknown);
            (p.clone(), left.map_err(told))
        };
        Ok(before.iter().map(row).collect())
    }
}

/// Elsewhere an offset out of range is any error of Kafka; here it is the client's.
fn told(fault: Fault) -> Error {
    if fault.code != OFFSET_OUT_OF_RANGE {
        return fault.into();
    }
    let error = Error::from(fault);
    Error::new(Code::KafkaInvalidRequest, error.message().to_owned()).with_kafka_error(1)
}
