//! The first and the last offsets of partitions, and those of times.

use std::{collections::HashMap, sync::Arc, time::Instant};

use super::{Admin, OffsetSpec, Options, Requests};
use crate::{
    error::{Error, Result},
    kafka::{
        native::{Entry, Fault, Partitions},
        record::TopicPartition,
    },
};

/// Kafka's error for a partition that is not there.
const UNKNOWN_PARTITION: i32 = 3;

impl Admin {
    /// An offset for each partition, in the order asked for. For a time without a record that is as new: -1, as Kafka says it.
    pub async fn list_offsets(
        &self,
        of: Vec<(TopicPartition, OffsetSpec)>,
        deadline: Instant,
    ) -> Result<Vec<(TopicPartition, Result<i64>)>> {
        // librdkafka takes a partition only once in a request: what is asked of it a second time goes into a second request.
        let mut rounds: Vec<HashMap<TopicPartition, OffsetSpec>> = Vec::new();
        let mut place = Vec::with_capacity(of.len());
        for (partition, spec) in of {
            let round = rounds.iter().position(|r| !r.contains_key(&partition)).unwrap_or(rounds.len());
            match rounds.get_mut(round) {
                Some(asked) => drop(asked.insert(partition.clone(), spec)),
                None => rounds.push(HashMap::from([(partition.clone(), spec)])),
            }
            place.push((round, partition));
        }
        let rounds = futures::future::try_join_all(rounds.into_iter().map(|round| self.offsets(round, false, deadline))).await?;
        let unknown = || Err(Error::from(Fault { code: UNKNOWN_PARTITION, text: None }));
        let of = |(round, partition): (usize, TopicPartition)| {
            let offset = rounds.get(round).and_then(|r| r.get(&partition)).cloned().unwrap_or_else(unknown);
            (partition, offset)
        };
        Ok(place.into_iter().map(of).collect())
    }

    /// The ends of the partitions, as far as readers of committed records may read: before the first transaction that is open.
    pub async fn stable_ends(&self, of: Vec<TopicPartition>, deadline: Instant) -> Result<HashMap<TopicPartition, Result<i64>>> {
        if of.is_empty() {
            return Ok(HashMap::new());
        }
        self.offsets(of.into_iter().map(|partition| (partition, OffsetSpec::Latest)).collect(), true, deadline).await
    }

    async fn offsets(
        &self,
        of: HashMap<TopicPartition, OffsetSpec>,
        read_committed: bool,
        deadline: Instant,
    ) -> Result<HashMap<TopicPartition, Result<i64>>> {
        let options = Options { read_committed, ..self.options(deadline)? };
        let submit = |requests: &Requests, options: Options| {
            let mut list = Partitions::new()?;
            for (partition, spec) in &of {
                list.add(&partition.topic, partition.partition, spec.number(), None)?;
            }
            requests.list_offsets(&list, options)
        };
        let partitions: Vec<_> = of.keys().cloned().collect();
        let row = |e: Entry| {
            let partition = TopicPartition { topic: Arc::from(e.topic), partition: e.partition };
            (partition, e.result.map(|()| e.offset).map_err(Error::from))
        };
        Ok(self.ask_leaders(&partitions, options, deadline, submit).await?.into_iter().map(row).collect())
    }
}
