//! Owner of a list of partitions, the form in which librdkafka takes and gives offsets.

use std::{
    ffi::c_void,
    ptr::{self, NonNull},
};

use rdkafka_sys as sys;

use super::{Fault, c_string, text};

/// One row of a list, copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kafka) struct Entry {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset, or one of librdkafka's negative words for one.
    pub offset: i64,
    /// The text beside a committed offset.
    pub metadata: String,
    /// What became of this row.
    pub result: Result<(), Fault>,
}

/// A list that librdkafka reads or fills.
pub(in crate::kafka) struct Partitions(NonNull<sys::rd_kafka_topic_partition_list_t>);

impl Partitions {
    /// An empty list.
    pub(in crate::kafka) fn new() -> Result<Self, Fault> {
        // SAFETY: no requirements; the list is ours.
        Self::own(unsafe { sys::rd_kafka_topic_partition_list_new(8) })
    }

    /// Takes a list over.
    pub(super) fn own(list: *mut sys::rd_kafka_topic_partition_list_t) -> Result<Self, Fault> {
        NonNull::new(list).map(Self).ok_or_else(|| Fault::argument("no memory"))
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    /// Adds a row. `metadata` is for commits.
    pub(in crate::kafka) fn add(&mut self, topic: &str, partition: i32, offset: i64, metadata: Option<&str>) -> Result<(), Fault> {
        let topic = c_string(topic)?;
        // SAFETY: the list is ours; the name is copied; the row stays valid until the next `add`.
        unsafe {
            let row = &mut *sys::rd_kafka_topic_partition_list_add(self.as_ptr(), topic.as_ptr(), partition);
            row.offset = offset;
            if let Some(metadata) = metadata.filter(|m| !m.is_empty()) {
                // The list frees it with librdkafka's allocator, so it has to come from there.
                let copy = sys::rd_kafka_mem_malloc(ptr::null_mut(), metadata.len());
                ptr::copy_nonoverlapping(metadata.as_ptr().cast::<c_void>(), copy, metadata.len());
                (row.metadata, row.metadata_size) = (copy, metadata.len());
            }
        }
        Ok(())
    }

    /// Copies the rows.
    pub(in crate::kafka) fn entries(&self) -> Vec<Entry> {
        // SAFETY: the list is alive.
        unsafe { Self::read(self.as_ptr()) }
    }

    /// Copies the rows of a list that somebody else owns.
    ///
    /// # Safety
    /// `list` is null or a live list.
    pub(super) unsafe fn read(list: *const sys::rd_kafka_topic_partition_list_t) -> Vec<Entry> {
        if list.is_null() {
            return Vec::new();
        }
        // SAFETY: alive by the contract; everything is copied.
        unsafe {
            let rows = super::items((*list).elems, usize::try_from((*list).cnt).unwrap_or(0));
            rows.iter().map(|row| Self::row(row)).collect()
        }
    }

    /// Copies one row.
    ///
    /// # Safety
    /// `row` belongs to a live list.
    pub(super) unsafe fn row(row: &sys::rd_kafka_topic_partition_t) -> Entry {
        // SAFETY: the strings belong to the live row.
        unsafe {
            Entry {
                topic: text(row.topic).unwrap_or_default(),
                partition: row.partition,
                offset: row.offset,
                metadata: String::from_utf8_lossy(super::items(row.metadata.cast::<u8>(), row.metadata_size)).into_owned(),
                result: Fault::check(row.err),
            }
        }
    }
}

impl Drop for Partitions {
    fn drop(&mut self) {
        // SAFETY: ours, freed once.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.as_ptr()) }
    }
}

// SAFETY: a plain structure without ties to a thread.
unsafe impl Send for Partitions {}
