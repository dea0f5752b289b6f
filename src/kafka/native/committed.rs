//! Where a consumer that is assigned partitions begins: at what its group has committed.
//!
//! librdkafka would find it out by itself, but it asks once. If the broker answers then that it is not the group's coordinator, as a new
//! cluster's does for a moment and any after another's failure, librdkafka 2.12 takes that for an answer without partitions and never
//! begins to read. So whoever assigns asks first, for as long as that is the answer. Blocks: for threads that may.

use std::time::{Duration, Instant};

use rdkafka_sys::{self as sys, rd_kafka_resp_err_t as code};

use super::{Fault, Partitions, millis};

/// "No offset": librdkafka's `RD_KAFKA_OFFSET_INVALID`, which leaves the beginning to the commit and `auto.offset.reset`.
pub(in crate::kafka) const NO_OFFSET: i64 = -1001;
/// How long an assignment waits for the group's coordinator, and how long between two questions.
const COORDINATOR_TIMEOUT: Duration = Duration::from_secs(5);
const COORDINATOR_PAUSE: Duration = Duration::from_millis(100);

/// Fills in the committed offsets of the rows that have no offset. Rows without a commit, and all of them if the group cannot tell
/// within five seconds, stay as they are, for librdkafka to ask.
///
/// # Safety
/// `rk` is a live consumer, `list` null or a live list that nobody else uses; not on librdkafka's own threads.
pub(super) unsafe fn fill_in(rk: *mut sys::rd_kafka_t, list: *mut sys::rd_kafka_topic_partition_list_t) -> Result<(), Fault> {
    // SAFETY: the list is alive and nobody else's, by the contract.
    let rows = unsafe { items_mut(list) };
    if rows.iter().all(|row| row.offset != NO_OFFSET) {
        return Ok(());
    }
    let mut unknown = Partitions::new()?;
    for row in rows.iter().filter(|row| row.offset == NO_OFFSET) {
        // SAFETY: the row belongs to the live list.
        let row = unsafe { Partitions::row(row) };
        unknown.add(&row.topic, row.partition, NO_OFFSET, None)?;
    }
    let end = Instant::now() + COORDINATOR_TIMEOUT;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        // SAFETY: a live consumer and list.
        let answer = unsafe { sys::rd_kafka_committed(rk, unknown.as_ptr(), millis(left)) };
        if !is_no_coordinator(answer) || left <= COORDINATOR_PAUSE {
            break;
        }
        std::thread::sleep(COORDINATOR_PAUSE);
    }
    // The rows stand in the order in which they were asked for.
    let committed = unknown.entries();
    for (row, committed) in rows.iter_mut().filter(|row| row.offset == NO_OFFSET).zip(committed) {
        if committed.result.is_ok() && committed.offset >= 0 {
            row.offset = committed.offset;
        }
    }
    Ok(())
}

/// True if a broker is not (yet) the coordinator that it was taken for: it is loading, there is none, it is another one.
fn is_no_coordinator(answer: code) -> bool {
    let codes = [
        code::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        code::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        code::RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    ];
    codes.contains(&answer)
}

/// # Safety
/// `list` is null or a live list that nobody else uses while the rows are.
unsafe fn items_mut<'a>(list: *mut sys::rd_kafka_topic_partition_list_t) -> &'a mut [sys::rd_kafka_topic_partition_t] {
    // SAFETY: by the contract; a list has `cnt` rows.
    unsafe {
        match list.as_ref() {
            Some(list) if list.cnt > 0 => std::slice::from_raw_parts_mut(list.elems, usize::try_from(list.cnt).unwrap_or(0)),
            Some(_) | None => &mut [],
        }
    }
}
