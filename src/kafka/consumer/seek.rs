//! Moving positions, so that it works at once and nothing that was fetched before comes afterwards.
//!
//! An assignment by hand is made again with the new positions: librdkafka drops what it has fetched, and there is no state in
//! which that is not possible. In a group only the positions may be moved; a partition that was assigned a moment ago may not
//! have begun to fetch and refuses for some milliseconds.

use std::{
    collections::HashMap,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{Consumer, Inbox, State, TopicPartition, assign_by_hand, partition};
use crate::{
    error::{Code, Error, Result},
    kafka::native::{Fault, Partitions},
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
        let timeout = self.timeout;
        let moved = self.blocking(move |inbox, state| {
            let deadline = Instant::now() + timeout;
            if let Some(missing) = first_unassigned(inbox, state, &positions)? {
                return Ok(Err(missing));
            }
            let offsets = resolve(inbox, positions, deadline)?;
            if state.by_hand.is_empty() {
                move_in_group(inbox, &offsets, deadline)?;
            } else {
                state.by_hand.extend(offsets);
                assign_by_hand(inbox, &state.by_hand)?;
            }
            Ok(Ok(()))
        });
        moved.await?.map_err(|TopicPartition { topic, partition }| {
            Error::new(Code::IllegalState, format!("Illegal state: No current assignment for partition {topic}-{partition}"))
        })
    }
}

fn first_unassigned(inbox: &Inbox, state: &State, positions: &[(TopicPartition, Position)]) -> Result<Option<TopicPartition>, Fault> {
    let assigned: Vec<TopicPartition> = if state.by_hand.is_empty() {
        inbox.assignment()?.entries().iter().map(partition).collect()
    } else {
        state.by_hand.keys().cloned().collect()
    };
    Ok(positions.iter().map(|(p, _)| p).find(|p| !assigned.contains(p)).cloned())
}

/// Offsets for positions; the last position of a partition counts.
fn resolve(inbox: &Inbox, positions: Vec<(TopicPartition, Position)>, deadline: Instant) -> Result<HashMap<TopicPartition, i64>, Fault> {
    let mut offsets = HashMap::new();
    let mut times = HashMap::new();
    for (partition, position) in positions {
        times.remove(&partition);
        let offset = match position {
            Position::Offset(offset) => offset,
            Position::Timestamp(time) => {
                times.insert(partition, time);
                continue;
            }
            Position::Beginning => inbox.bounds(&partition.topic, partition.partition, left(deadline))?.0,
            Position::End => inbox.bounds(&partition.topic, partition.partition, left(deadline))?.1,
        };
        offsets.insert(partition, offset);
    }
    if times.is_empty() {
        return Ok(offsets);
    }
    let mut list = Partitions::new()?;
    times.iter().try_for_each(|(p, time)| list.add(&p.topic, p.partition, *time, None))?;
    inbox.offsets_for_times(&mut list, left(deadline))?;
    for entry in list.entries() {
        let partition = TopicPartition { topic: Arc::from(entry.topic.as_str()), partition: entry.partition };
        entry.result?;
        // Negative: no record is as new.
        let offset = if entry.offset >= 0 { entry.offset } else { inbox.bounds(&partition.topic, partition.partition, left(deadline))?.1 };
        offsets.insert(partition, offset);
    }
    Ok(offsets)
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
