//! Elections of leaders.

use std::time::Instant;

use super::{Admin, Options};
use crate::{
    error::{Error, Result},
    kafka::{
        native::{Entry, Fault, Partitions},
        record::TopicPartition,
    },
};

/// Kafka's number for a partition whose leader is right already.
const ELECTION_NOT_NEEDED: i32 = 84;

/// Which replica is to lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Election {
    /// The first replica, if it is in sync.
    Preferred,
    /// Any that is alive, if none in sync is.
    Unclean,
}

impl Admin {
    /// Elects the leaders of these partitions, each named once, or of all. For each true, or false if its leader is right already;
    /// when all were meant, only those whose leader had to change. May be repeated: then the leader is right already.
    pub async fn elect_leaders(
        &self,
        election: Election,
        of: Option<Vec<TopicPartition>>,
        deadline: Instant,
    ) -> Result<Vec<(TopicPartition, Result<bool>)>> {
        let submit = |requests: &super::Requests, options: Options| {
            let list = of.as_ref().map(|partitions| {
                let mut list = Partitions::new()?;
                for p in partitions {
                    list.add(&p.topic, p.partition, 0, None)?;
                }
                Ok::<_, Fault>(list)
            });
            requests.elect_leaders(election, list.transpose()?.as_ref(), options)
        };
        let answer = self.request(self.options(deadline)?, deadline, submit).await?.same()?;
        let row = |entry: Entry| {
            let partition = TopicPartition { topic: entry.topic.into(), partition: entry.partition };
            let elected = match entry.result {
                Ok(()) => Ok(true),
                Err(fault) if fault.code == ELECTION_NOT_NEEDED => Ok(false),
                Err(fault) => Err(Error::from(fault)),
            };
            (partition, elected)
        };
        Ok(answer.into_iter().map(row).collect())
    }
}
