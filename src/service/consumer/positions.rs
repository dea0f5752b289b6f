//! Moving an instance's positions, and committing them for its group.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use super::{
    instance::Open,
    subscription::{Target, existing},
};
use crate::{
    error::{Code, Error, Result},
    kafka::{CommitOffset, CommittedOffset, Position, TopicPartition},
};

impl Open {
    /// Moves positions; the last one counts if a partition is named twice. Nothing moves unless everything can.
    ///
    /// # Errors
    /// [`Code::IllegalState`] for a partition that the instance does not have.
    pub async fn seek(&mut self, positions: Vec<(TopicPartition, Position)>) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        let assigned: HashSet<TopicPartition> = self.assignment().await?.into_iter().collect();
        if let Some((at, _)) = positions.iter().find(|(at, _)| !assigned.contains(at)) {
            let text = format!("{}No current assignment for partition {}-{}", Code::IllegalState.text(), at.topic, at.partition);
            return Err(Error::new(Code::IllegalState, text));
        }
        let positions: BTreeMap<_, _> = positions.into_iter().filter(|(at, _)| at.partition >= 0).collect();
        self.source.seek(positions.iter().map(|(at, to)| (at.clone(), *to)).collect()).await?;
        self.buffer.keep(|at| !positions.contains_key(at));
        self.stuck = None;
        self.failure.take_if(|failure| failure.code() == Code::Kafka);
        let known: Vec<_> = positions.iter().filter_map(|(at, to)| Some((at.clone(), known(to)?))).collect();
        self.positions.extend(positions);
        // The position is what is committed, also the one that was set by hand.
        if self.auto_commit && !known.is_empty() { self.source.store(&known) } else { Ok(()) }
    }

    /// Moves partitions to their beginning or end; without any, all that the instance has.
    ///
    /// # Errors
    /// As [`Self::seek`].
    pub async fn seek_all(&mut self, mut partitions: Vec<TopicPartition>, to: Position) -> Result<()> {
        if partitions.is_empty() {
            partitions = self.assignment().await?;
        }
        self.seek(partitions.into_iter().map(|at| (at, to)).collect()).await
    }

    /// Commits the positions: behind what was returned, or where they were moved to.
    pub async fn commit_positions(&mut self) -> Result<()> {
        self.forget_lost_partitions().await?;
        let known = self.positions.iter().filter_map(|(at, to)| Some((at, known(to)?)));
        let offsets: Vec<_> = known
            .map(|(at, offset)| CommitOffset { topic: at.topic.to_string(), partition: at.partition, offset, metadata: None })
            .collect();
        self.commit(offsets).await
    }

    /// Commits these offsets, of any partitions.
    pub async fn commit(&mut self, offsets: Vec<CommitOffset>) -> Result<()> {
        if offsets.is_empty() { Ok(()) } else { self.source.commit(offsets).await }
    }

    /// The group's committed offsets, of those partitions that have one.
    pub async fn committed(&self, partitions: &[TopicPartition], timeout: Duration) -> Result<Vec<CommittedOffset>> {
        let partitions = existing(partitions);
        if partitions.is_empty() { Ok(Vec::new()) } else { self.source.committed(partitions, timeout).await }
    }

    /// Forgets everything about partitions that went to other members of the group: their positions are the others' now. Answers
    /// true if records were held of them.
    pub(super) async fn forget_lost_partitions(&mut self) -> Result<bool> {
        if !matches!(self.target, Target::Topics(_) | Target::Pattern(_)) || (self.positions.is_empty() && self.buffer.is_empty()) {
            return Ok(false);
        }
        let assigned: HashSet<TopicPartition> = self.source.assignment().await?.into_iter().collect();
        self.positions.retain(|at, _| assigned.contains(at));
        Ok(self.buffer.keep(|at| assigned.contains(at)))
    }
}

/// The offset of a position that is one.
fn known(position: &Position) -> Option<i64> {
    match position {
        Position::Offset(offset) => Some(*offset),
        Position::Beginning | Position::End | Position::Timestamp(_) => None,
    }
}
