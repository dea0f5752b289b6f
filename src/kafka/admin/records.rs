//! Deleting records.

use std::{collections::HashMap, time::Instant};

use super::{Admin, OffsetSpec, Options, Requests};
use crate::{
    error::{Code, Error, Result},
    kafka::{
        native::{Entry, Fault, Partitions},
        record::TopicPartition,
    },
};

/// Kafka's number for an offset that the partition does not have.
const OFFSET_OUT_OF_RANGE: i32 = 1;
/// Kafka's number for a partition that is not there.
const UNKNOWN_PARTITION: i32 = 3;

impl Admin {
    /// Deletes what stands before these offsets (none: before the high watermark, as it is now) in partitions that are there, each named
    /// once. For each, in the same order, the offset of the first record that is left. May be repeated.
    pub async fn delete_records(
        &self,
        before: &[(TopicPartition, Option<i64>)],
        deadline: Instant,
    ) -> Result<Vec<(TopicPartition, Result<i64>)>> {
        // Kafka's own word for the high watermark is not sent: a request that is made again, or that comes late to a broker which was
        // away, would delete what has been written since.
        let ends = before.iter().filter(|(_, offset)| offset.is_none()).map(|(p, _)| (p.clone(), OffsetSpec::Latest)).collect();
        let mut outcomes: HashMap<_, _> = self.list_offsets(ends, deadline).await?.into_iter().collect();
        outcomes.extend(before.iter().filter_map(|(p, offset)| Some((p.clone(), Ok((*offset)?)))));
        let known: Vec<_> = outcomes.iter().filter_map(|(p, offset)| Some((p.clone(), *offset.as_ref().ok()?))).collect();
        outcomes.extend(self.delete_before(&known, deadline).await?);
        let unknown = || Err(Fault { code: UNKNOWN_PARTITION, text: None }.into());
        Ok(before.iter().map(|(p, _)| (p.clone(), outcomes.remove(p).unwrap_or_else(unknown))).collect())
    }

    async fn delete_before(&self, offsets: &[(TopicPartition, i64)], deadline: Instant) -> Result<Vec<(TopicPartition, Result<i64>)>> {
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        let submit = |requests: &Requests, options: Options| {
            let mut list = Partitions::new()?;
            for (p, offset) in offsets {
                list.add(&p.topic, p.partition, *offset, None)?;
            }
            requests.delete_records(&list, options)
        };
        let partitions: Vec<_> = offsets.iter().map(|(p, _)| p.clone()).collect();
        let rows = self.ask_leaders(&partitions, self.options(deadline)?, deadline, submit).await?;
        let row = |row: Entry| {
            let partition = TopicPartition { topic: row.topic.into(), partition: row.partition };
            (partition, row.result.map(|()| row.offset).map_err(told))
        };
        Ok(rows.into_iter().map(row).collect())
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
