//! Moving positions, so that it works at once and nothing that was fetched before comes afterwards.
//!
//! Partitions assigned by hand are given up and assigned again at the new positions: librdkafka drops what it has fetched of them,
//! and there is no state in which that is not possible. In a group only the positions may be moved; a partition that was assigned a moment ago may not
//! have begun to fetch and refuses for some milliseconds.

use std::{
    collections::{HashMap, HashSet},
    thread,
    time::{Duration, Instant},
};

use super::{Consumer, Inbox, State, TopicPartition, change_by_hand, partition};
use crate::{
    error::{Code, Error, Result},
    kafka::{
        admin::OffsetSpec,
        native::{Fault, Partitions},
    },
};

/// librdkafka's error for a partition that does not fetch yet.
const NOT_STARTED: i32 = -172;
/// How long to wait before a partition is tried again that does not fetch yet.
const RETRY: Duration = Duration::from_millis(5);

/// Where to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At this offset.
    Offset(i64),
    /// At the first record that is there.
    Beginning,
    /// After the last record that is there now.
    End,
    /// At the first record that is not older, in milliseconds since 1970; at the end if there is none.
    Timestamp(i64),
}

impl Consumer {
    /// Moves the positions of assigned partitions.
    ///
    /// # Errors
    /// [`Code::IllegalState`] naming the first partition that is not assigned; then none is moved.
    pub async fn seek(&self, positions: Vec<(TopicPartition, Position)>) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        let assigned = self.blocking(|inbox, state| assigned(inbox, state)).await?;
        let missing = positions.iter().map(|(p, _)| p).find(|p| !assigned.contains(p));
        if let Some(TopicPartition { topic, partition }) = missing {
            let text = format!("Illegal state: No current assignment for partition {topic}-{partition}");
            return Err(Error::new(Code::IllegalState, text));
        }
        let offsets = self.offsets_at(positions).await?;
        let timeout = self.timeout;
        self.blocking(move |inbox, state| {
            if state.by_hand.is_empty() {
                return move_in_group(inbox, &offsets, Instant::now() + timeout);
            }
            // Between the two steps the assignment may have changed.
            let moved: HashMap<_, _> = offsets.into_iter().filter(|(partition, _)| state.by_hand.contains_key(partition)).collect();
            state.by_hand.extend(moved.clone());
            change_by_hand(inbox, state, &moved, &moved)
        })
        .await
    }

    /// Offsets for positions; the last position of a partition counts. Asked over the admin requests' connections: on the
    /// consumer's own the question would wait behind a fetch that waits for records.
    async fn offsets_at(&self, positions: Vec<(TopicPartition, Position)>) -> Result<HashMap<TopicPartition, i64>> {
        let positions: HashMap<_, _> = positions.into_iter().collect();
        let asked = positions.iter().filter_map(|(partition, position)| Some((partition.clone(), position.spec()?)));
        let mut offsets = self.ask(asked.collect()).await?;
        // A time after the last record: Kafka knows no offset for it.
        let after_all = offsets.iter().filter(|(_, offset)| **offset < 0).map(|(p, _)| (p.clone(), OffsetSpec::Latest)).collect();
        offsets.extend(self.ask(after_all).await?);
        for (partition, position) in positions {
            if let Position::Offset(offset) = position {
                offsets.insert(partition, offset);
            }
        }
        Ok(offsets)
    }

    async fn ask(&self, asked: Vec<(TopicPartition, OffsetSpec)>) -> Result<HashMap<TopicPartition, i64>> {
        let answers = self.admin.list_offsets(asked, Instant::now() + self.timeout).await?;
        answers.into_iter().map(|(partition, offset)| Ok((partition, offset?))).collect()
    }
}

impl Position {
    /// What to ask the brokers; an offset needs no question.
    fn spec(self) -> Option<OffsetSpec> {
        match self {
            Self::Offset(_) => None,
            Self::Beginning => Some(OffsetSpec::Earliest),
            Self::End => Some(OffsetSpec::Latest),
            Self::Timestamp(time) => Some(OffsetSpec::Timestamp(time)),
        }
    }
}

fn assigned(inbox: &Inbox, state: &State) -> Result<HashSet<TopicPartition>, Fault> {
    if state.by_hand.is_empty() {
        return Ok(inbox.assignment()?.entries().iter().map(partition).collect());
    }
    Ok(state.by_hand.keys().cloned().collect())
}

fn move_in_group(inbox: &Inbox, offsets: &HashMap<TopicPartition, i64>, deadline: Instant) -> Result<(), Fault> {
    let mut left_to_move: Vec<(TopicPartition, i64)> = offsets.iter().map(|(p, offset)| (p.clone(), *offset)).collect();
    loop {
        let mut list = Partitions::new()?;
        left_to_move.iter().try_for_each(|(p, offset)| list.add(&p.topic, p.partition, *offset, None))?;
        inbox.seek(&mut list, left(deadline))?;
        let mut waiting = Vec::new();
        for entry in list.entries() {
            match &entry.result {
                Ok(()) => {}
                Err(fault) if fault.code == NOT_STARTED && Instant::now() < deadline => waiting.push((partition(&entry), entry.offset)),
                Err(fault) => return Err(fault.clone()),
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        left_to_move = waiting;
        // On a blocking thread; librdkafka has no event for it.
        thread::sleep(RETRY);
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
