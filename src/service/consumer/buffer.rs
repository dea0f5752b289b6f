//! Records that were fetched and not returned yet, and how many of them a read may take.
//!
//! A read looks ahead with a [`Portion`] and takes it at its very end: until then nothing has left the buffer, so that a read which
//! is given up loses nothing.

use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry},
    sync::Arc,
};

use super::decode::{Decoder, Missing, Told, Trouble, record_size};
use crate::{
    error::Error,
    kafka::{Fetched, TopicPartition},
};

/// How much a read wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// The sum of the sizes stays below it, unless the first record alone is as large.
    pub max_bytes: u64,
    /// With this sum and a record the read is over; absent: never.
    pub min_bytes: Option<u64>,
}

/// The records at the buffer's head that a read would return.
#[derive(Debug, Default)]
pub struct Portion {
    count: usize,
    bytes: u64,
    full: bool,
    broken: Option<Error>,
    /// The schema that the record behind the portion needs.
    missing: Option<Missing>,
}

impl Portion {
    /// True if the read has no reason to wait for more.
    pub fn is_complete(&self, want: &Want) -> bool {
        let enough = want.min_bytes.is_some_and(|min| self.count > 0 && self.bytes >= min);
        self.full || enough || self.broken.is_some()
    }

    /// The schema without which the portion cannot become larger.
    pub fn take_missing(&mut self) -> Option<Missing> {
        self.missing.take()
    }

    /// Ends the portion: the record behind it cannot be returned for this reason.
    pub fn end(&mut self, why: Error) {
        self.broken = Some(why);
    }

    /// True if there is nothing to return.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Why the record behind the portion cannot be returned, if that is what ends it.
    pub fn into_error(self) -> Option<Error> {
        self.broken
    }
}

#[derive(Debug)]
struct Held {
    record: Fetched,
    /// What it counts as: the bytes of key and value.
    size: u64,
    decoded: Option<Told>,
}

/// The records of an instance, in the order in which they came.
#[derive(Debug, Default)]
pub struct Buffer {
    held: VecDeque<Held>,
    /// The offset behind the last record that came, of partitions with records here.
    ends: HashMap<TopicPartition, i64>,
}

impl Buffer {
    /// Adds what a poll brought. A partition that begins again before its end (it went to another member and came back) loses
    /// what is held of it from there on: it would be returned twice. Answers true if something was lost in this way.
    pub fn push(&mut self, records: Vec<Fetched>) -> bool {
        let mut lost = false;
        let mut run: Option<(TopicPartition, i64)> = None;
        for record in records {
            let next = record.offset.saturating_add(1);
            match &mut run {
                Some((at, end)) if at.partition == record.partition && Arc::ptr_eq(&at.topic, &record.topic) && record.offset >= *end => {
                    *end = next;
                }
                _ => {
                    if let Some((at, end)) = run.take() {
                        self.ends.insert(at, end);
                    }
                    let at = TopicPartition { topic: record.topic.clone(), partition: record.partition };
                    if self.ends.get(&at).is_some_and(|end| record.offset < *end) {
                        lost |=
                            self.forget(|held| held.topic == at.topic && held.partition == at.partition && held.offset >= record.offset);
                    }
                    run = Some((at, next));
                }
            }
            self.held.push_back(Held { size: record_size(&record), record, decoded: None });
        }
        if let Some((at, end)) = run {
            self.ends.insert(at, end);
        }
        lost
    }

    /// Makes the portion as large as it can be now, decoding what it takes.
    pub fn extend(&mut self, portion: &mut Portion, want: &Want, decoder: &mut Decoder) {
        if portion.full || portion.broken.is_some() {
            return;
        }
        for held in self.held.range_mut(portion.count..) {
            if held.decoded.is_none() {
                match decoder.decode(&mut held.record) {
                    Ok(told) => {
                        held.size = decoder.size(&held.record, held.size);
                        held.decoded = Some(told);
                    }
                    Err(Trouble::Broken(error)) => {
                        portion.broken = Some(error);
                        return;
                    }
                    Err(Trouble::Unknown(missing)) => {
                        portion.missing = Some(missing);
                        return;
                    }
                }
            }
            let bytes = portion.bytes.saturating_add(held.size);
            if bytes >= want.max_bytes && portion.count > 0 {
                portion.full = true;
                return;
            }
            portion.count += 1;
            portion.bytes = bytes;
            if bytes >= want.max_bytes {
                portion.full = true;
                return;
            }
        }
    }

    /// The offsets behind the portion's last records.
    pub fn ends_of(&self, portion: &Portion) -> Vec<(TopicPartition, i64)> {
        let mut ends: HashMap<(&Arc<str>, i32), i64> = HashMap::new();
        let mut run: Option<(&Arc<str>, i32, i64)> = None;
        for Held { record, .. } in self.held.iter().take(portion.count) {
            let next = record.offset.saturating_add(1);
            match &mut run {
                Some((topic, partition, end)) if *partition == record.partition && Arc::ptr_eq(topic, &record.topic) => *end = next,
                _ => {
                    if let Some((topic, partition, end)) = run {
                        ends.insert((topic, partition), end);
                    }
                    run = Some((&record.topic, record.partition, next));
                }
            }
        }
        if let Some((topic, partition, end)) = run {
            ends.insert((topic, partition), end);
        }
        ends.into_iter().map(|((topic, partition), end)| (TopicPartition { topic: topic.clone(), partition }, end)).collect()
    }

    /// Removes the portion's records and returns them.
    pub fn take(&mut self, portion: &Portion) -> Vec<(Fetched, Told)> {
        let taken = self.held.drain(..portion.count.min(self.held.len()));
        let taken = taken.map(|held| (held.record, held.decoded.unwrap_or_default())).collect();
        if self.held.is_empty() {
            self.ends.clear();
        }
        taken
    }

    /// Keeps the records of those partitions only that `stays` holds for. Answers true if others were there.
    pub fn keep(&mut self, stays: impl Fn(&TopicPartition) -> bool) -> bool {
        let gone: HashSet<TopicPartition> = self.ends.extract_if(|at, _| !stays(at)).map(|(at, _)| at).collect();
        !gone.is_empty() && self.forget(|r| gone.contains(&TopicPartition { topic: r.topic.clone(), partition: r.partition }))
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.held.clear();
        self.ends.clear();
    }

    /// The offsets of the first records that are held, by partition.
    pub fn firsts(&self) -> HashMap<TopicPartition, i64> {
        let mut firsts = HashMap::new();
        for Held { record, .. } in &self.held {
            if let Entry::Vacant(first) = firsts.entry(TopicPartition { topic: record.topic.clone(), partition: record.partition }) {
                first.insert(record.offset);
            }
        }
        firsts
    }

    /// True if nothing is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn forget(&mut self, mut gone: impl FnMut(&Fetched) -> bool) -> bool {
        let before = self.held.len();
        self.held.retain(|held| !gone(&held.record));
        self.held.len() < before
    }
}
