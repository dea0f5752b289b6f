//! Requests that librdkafka sends to the leaders of partitions.
//!
//! librdkafka remembers leaders, and it believes what it remembers: a request for a broker that has died waits for that broker until
//! the time is over, though others lead long since; partitions that are newer than its memory are not there for it; and of offsets
//! whose broker does not answer it gives a number that is none, without an error. Here it is told of the cluster anew when an answer is
//! doubtful or slow, and asked again. Only for requests that may be repeated, in part, and late. Start with [`Admin::ask_leaders`].

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use super::{
    Admin,
    repeat::{finish, is_lost, is_refused},
};
use crate::{
    error::Result,
    kafka::{
        errors::{TIMED_OUT, TRANSPORT, is_gone},
        native::{Answer, Entry, Fault, NO_OFFSET, Options, Requests},
        record::TopicPartition,
    },
};

/// librdkafka's error where it finds nobody to ask for any of the partitions.
const NO_LEADERS: i32 = -156;
/// Kafka's error for a partition without a leader, which is also librdkafka's for one whose leader it has forgotten.
const LEADER_NOT_AVAILABLE: i32 = 5;
/// Kafka's error where a new leader does not know yet what is committed (KIP-207).
const OFFSET_NOT_AVAILABLE: i32 = 78;
/// Kafka's error for a partition that is not there.
const UNKNOWN_PARTITION: i32 = 3;
/// After so long without an answer it is looked whether leaders have changed: at first in any case, since what librdkafka remembers is
/// not known.
const LOOK: Duration = Duration::from_secs(1);
/// The pause before a request is made again: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How long brokers have to describe all topics to librdkafka.
const REFRESH: Duration = Duration::from_secs(5);

/// Who leads; without an entry the partition is not there.
type Leaders = HashMap<TopicPartition, Option<i32>>;

impl Admin {
    /// Makes a request about these partitions, again where that may help, until the deadline or the settings' time-out. `submit` asks
    /// for all of them. A partition that is not there, and one for which the time was not enough, has its error in its row.
    ///
    /// # Errors
    /// [`Code::DeadlineExceeded`](crate::error::Code::DeadlineExceeded), and what fails as a whole.
    pub(super) async fn ask_leaders(
        &self,
        of: &[TopicPartition],
        with: Options,
        deadline: Instant,
        mut submit: impl FnMut(&Requests, Options) -> Result<Answer<Vec<Entry>>, Fault> + Send,
    ) -> Result<Vec<Entry>> {
        let end = deadline.min(Instant::now() + with.timeout);
        let (mut options, mut pause, mut known) = (with, PAUSE.0, None);
        loop {
            let answer = finish(submit(self.lane.requests(), options), options, deadline);
            let answered = tokio::select! {
                answer = answer => Some(checked(answer?, of)),
                leaders = self.changed_leaders(of, &known, deadline) => { known = Some(leaders); None }
            };
            let left = end.saturating_duration_since(Instant::now());
            match answered {
                Some(Err(fault)) if left <= pause || !is_doubtful(fault.code) => return Err(fault.into()),
                Some(Ok(rows)) if left <= pause || !rows.iter().any(is_unsettled) => return Ok(rows),
                Some(Ok(rows)) => {
                    let leaders = self.leaders(of, deadline).await?;
                    let is_open =
                        |row: &Entry| is_unsettled(row) && leaders.keys().any(|p| *p.topic == *row.topic && p.partition == row.partition);
                    if !rows.iter().any(is_open) {
                        return Ok(rows);
                    }
                    known = Some(leaders);
                }
                Some(Err(_)) | None => {}
            }
            tracing::debug!(?pause, "librdkafka is told of the leaders anew");
            self.refresh(left).await;
            tokio::time::sleep(pause).await;
            options.timeout = end.saturating_duration_since(Instant::now()).max(PAUSE.0);
            pause = PAUSE.1.min(pause * 2);
        }
    }

    /// Waits until others lead than is known.
    async fn changed_leaders(&self, of: &[TopicPartition], known: &Option<Leaders>, deadline: Instant) -> Leaders {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.leaders(of, deadline).await {
                Ok(leaders) if known.as_ref() != Some(&leaders) => return leaders,
                // Whoever waits for the answer hears of the time that is over.
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Who leads these partitions now, by what a broker says.
    async fn leaders(&self, of: &[TopicPartition], deadline: Instant) -> Result<Leaders> {
        let names: BTreeSet<_> = of.iter().map(|p| p.topic.to_string()).collect();
        let described = self.describe_topics(names.into_iter().collect(), false, deadline).await?;
        let mut topics = HashMap::new();
        for topic in described.into_iter().flatten() {
            topics.insert(topic.name, topic.partitions.into_iter().map(|p| (p.id, p.leader)).collect::<HashMap<_, _>>());
        }
        let leader = |p: &TopicPartition| Some((p.clone(), *topics.get(&*p.topic)?.get(&p.partition)?));
        Ok(of.iter().filter_map(leader).collect())
    }

    /// Lets librdkafka ask for all topics, and with them for the brokers that there are: it remembers the answer.
    async fn refresh(&self, left: Duration) {
        let client = self.lane.client().clone();
        let asked = tokio::task::spawn_blocking(move || client.topics(left.min(REFRESH)).map(drop));
        if let Ok(Err(fault)) = asked.await {
            tracing::debug!(code = fault.code, "librdkafka has not been told of the leaders");
        }
    }
}

/// Every partition with its own outcome, where librdkafka has one for all or a number that is none.
fn checked(answer: Result<Vec<Entry>, Fault>, of: &[TopicPartition]) -> Result<Vec<Entry>, Fault> {
    let mut rows = match answer {
        Err(Fault { code: NO_LEADERS, .. }) => {
            let row = |p: &TopicPartition| Entry {
                topic: p.topic.to_string(),
                partition: p.partition,
                offset: NO_OFFSET,
                metadata: String::new(),
                result: Err(Fault { code: UNKNOWN_PARTITION, text: None }),
            };
            return Ok(of.iter().map(row).collect());
        }
        answer => answer?,
    };
    for row in rows.iter_mut().filter(|row| row.result.is_ok() && row.offset == NO_OFFSET) {
        row.result = Err(Fault { code: TRANSPORT, text: None });
    }
    Ok(rows)
}

/// True if another answer may be had by asking again.
fn is_unsettled(row: &Entry) -> bool {
    row.result.as_ref().is_err_and(|fault| is_doubtful(fault.code))
}

/// True if the error may come of what librdkafka remembers, or of a leader that is gone or new.
fn is_doubtful(code: i32) -> bool {
    is_refused(code) || is_lost(code) || is_gone(code) || matches!(code, LEADER_NOT_AVAILABLE | OFFSET_NOT_AVAILABLE | TIMED_OUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(partition: i32, offset: i64, result: Result<(), i32>) -> Entry {
        let result = result.map_err(|code| Fault { code, text: None });
        Entry { topic: "t".into(), partition, offset, metadata: String::new(), result }
    }

    #[test]
    fn an_offset_that_is_none_is_a_lost_answer() {
        let rows = checked(Ok(vec![row(0, 7, Ok(())), row(1, NO_OFFSET, Ok(())), row(2, -1, Ok(()))]), &[]).unwrap();
        let codes: Vec<_> = rows.iter().map(|row| row.result.as_ref().err().map(|fault| fault.code)).collect();
        assert_eq!(codes, [None, Some(TRANSPORT), None], "-1 is a time without a record");
    }

    #[test]
    fn where_nobody_is_found_to_ask_each_partition_is_unknown() {
        let of = [0, 1].map(|partition| TopicPartition { topic: "t".into(), partition });
        let rows = checked(Err(Fault { code: NO_LEADERS, text: None }), &of).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.result.as_ref().is_err_and(|fault| fault.code == UNKNOWN_PARTITION)));
    }

    #[test]
    fn what_a_new_leader_may_answer_is_asked_again() {
        for (code, want, why) in [
            (6, true, "not the leader"),
            (LEADER_NOT_AVAILABLE, true, "no leader yet, or forgotten"),
            (OFFSET_NOT_AVAILABLE, true, "a leader that has just been elected"),
            (TRANSPORT, true, "the connection ended"),
            (-137, true, "the broker is gone"),
            (TIMED_OUT, true, "a broker that is silent"),
            (UNKNOWN_PARTITION, true, "newer than what is remembered"),
            (-190, true, "newer than what is remembered"),
            (1, false, "an answer: out of range"),
            (29, false, "an answer: not allowed"),
        ] {
            assert_eq!(is_unsettled(&row(0, 0, Err(code))), want, "{why}");
        }
        assert!(!is_unsettled(&row(0, 0, Ok(()))));
    }
}
