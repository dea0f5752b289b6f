//! Reading: when a read is over and what it returns.
//!
//! A read first fills the buffer, which may wait, and then takes from it, which does not: see [`Open::fill`] and [`Open::take`].
//! Without a minimum a read lasts its whole time unless its maximum stops it, as in the documented API.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    buffer::{Portion, Want},
    instance::Open,
    subscription::Target,
};
use crate::{
    error::{Code, Error, Result},
    kafka::{Fetched, Position},
    pb::v2::ConsumerRecord,
};

/// How many records a poll brings at most. Bounds the buffer, with the consumer's own limit on what it fetches ahead.
const POLL_MAX: usize = 1_000;
/// How long a read that nothing but its time or its maximum can end gathers before it polls again
/// (`consumer.iterator.backoff.ms` of the documented API).
const GATHER: Duration = Duration::from_millis(50);

/// What a read request says.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// How long to wait at most.
    pub timeout: Option<Duration>,
    /// How many bytes to return at most.
    pub max_bytes: Option<u64>,
    /// How long the client will wait for the answer.
    pub patience: Duration,
}

impl Asked {
    /// From the request's numbers: what is not positive is not said.
    pub fn new(timeout_ms: Option<i64>, max_bytes: Option<i64>, patience: Duration) -> Self {
        let said = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
        Self { timeout: said(timeout_ms).map(Duration::from_millis), max_bytes: said(max_bytes), patience }
    }
}

impl Open {
    /// Fetches until the read has what it wants or its time is over, and says what it may take. Everything stays in the buffer.
    ///
    /// # Errors
    /// [`Code::IllegalState`] if there is nothing to read from, [`Code::KafkaInvalidRequest`] for a topic that cannot be; what Kafka
    /// refuses, once everything before it was returned.
    ///
    /// # Cancel safety
    /// Not safe: what a poll brings could be lost. Run it in a task.
    pub async fn fill(&mut self, asked: Asked) -> Result<Portion> {
        if matches!(self.target, Target::Nothing) {
            let text = format!("{}Consumer is not subscribed to any topics or assigned any partitions", Code::IllegalState.text());
            return Err(Error::new(Code::IllegalState, text));
        }
        if let Some(name) = self.target.illegal_topic() {
            return Err(Error::new(Code::KafkaInvalidRequest, format!("Invalid topics: [{name}]")));
        }
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        let want = Want { max_bytes: asked.max_bytes.map_or(self.max_bytes, |n| n.min(self.max_bytes)), min_bytes: self.min_bytes };
        let mut portion = Portion::default();
        let deadline = Instant::now() + self.read_time(&asked);
        // A schema may take longer than the read was meant to wait, but not longer than the client waits.
        let patience = (Instant::now() + bearable(&asked)).into_std();
        let (mut polled, mut gather) = (false, false);
        loop {
            let next_look = self.follow_pattern().await?;
            self.buffer.extend(&mut portion, &want, &mut self.decoder);
            if let Some(missing) = portion.take_missing() {
                match self.decoder.learn(missing, patience).await {
                    Ok(()) => continue,
                    Err(error) => portion.end(error),
                }
            }
            let now = Instant::now();
            if portion.is_complete(&want) {
                return Ok(portion);
            }
            if polled && now >= deadline {
                // Kafka's client says it once; whoever missed that would wait for ever.
                return self.stuck.clone().filter(|_| portion.is_empty()).map_or(Ok(portion), Err);
            }
            let left = next_look.map_or(deadline, |look| look.min(deadline)).saturating_duration_since(now);
            polled = true;
            if !self.has_topics() {
                sleep(left).await;
                continue;
            }
            let pause = if gather { GATHER.min(left) } else { Duration::ZERO };
            if !pause.is_zero() {
                sleep(pause).await;
            }
            match self.poll(left.saturating_sub(pause)).await {
                Ok(got) => {
                    gather = want.min_bytes.is_none() && got.count < POLL_MAX;
                    if got.count > 0 {
                        self.stuck = None;
                    }
                    if got.lost {
                        portion = Portion::default();
                    }
                }
                Err(error) => {
                    if error.code() == Code::Kafka {
                        self.stuck = Some(error.clone());
                    }
                    if portion.is_empty() {
                        return Err(error);
                    }
                    // The records first, the error with the next read.
                    self.failure = Some(error);
                    return Ok(portion);
                }
            }
        }
    }

    /// Takes the portion out of the buffer; the positions move behind it.
    ///
    /// # Errors
    /// [`Code::Undecodable`] or [`Code::UndecodableForNow`] if the portion is empty because its first record cannot be decoded. Nothing
    /// moves then.
    pub fn take(&mut self, portion: Portion) -> Result<Vec<ConsumerRecord>> {
        if portion.is_empty() {
            return portion.into_error().map_or(Ok(Vec::new()), Err);
        }
        let ends = self.buffer.ends_of(&portion);
        if self.auto_commit {
            self.source.store(&ends)?;
        }
        self.positions.extend(ends.into_iter().map(|(at, end)| (at, Position::Offset(end))));
        Ok(self.buffer.take(&portion).into_iter().map(|(record, told)| self.decoder.record(record, told)).collect())
    }

    /// The shortest of what the client asks for, what the instance and the gateway allow, and what lets the answer reach a client
    /// with a deadline of its own.
    fn read_time(&self, asked: &Asked) -> Duration {
        asked.timeout.map_or(self.wait, |t| t.min(self.wait)).min(bearable(asked))
    }

    async fn poll(&mut self, wait: Duration) -> Result<Got> {
        let records: Vec<Fetched> = self.source.poll(POLL_MAX, wait).await?;
        let count = records.len();
        // A poll may have given partitions away: first what was held of them, then what is new.
        let given_away = self.forget_lost_partitions().await;
        let begun_again = self.buffer.push(records);
        Ok(Got { count, lost: given_away? || begun_again })
    }
}

/// How long an answer may take that is to reach a client with a deadline of its own.
fn bearable(asked: &Asked) -> Duration {
    asked.patience.mul_f64(0.9)
}

/// What a poll brought.
struct Got {
    count: usize,
    /// True if the buffer has lost records that a portion may have counted.
    lost: bool,
}
