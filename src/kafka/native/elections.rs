//! The request that elects leaders.

use std::ptr;

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, Entry, Fault, Options, Partitions, Requests, items, requests::Own};
use crate::kafka::admin::Election;

impl Requests {
    /// Elects the leaders of these partitions, each named once; of all partitions if there is no list. The rows of the answer have no
    /// offset.
    pub(in crate::kafka) fn elect_leaders(
        &self,
        election: Election,
        of: Option<&Partitions>,
        options: Options,
    ) -> Result<Answer<Vec<Entry>>, Fault> {
        let kind = match election {
            Election::Preferred => sys::rd_kafka_ElectionType_t::RD_KAFKA_ELECTION_TYPE_PREFERRED,
            Election::Unclean => sys::rd_kafka_ElectionType_t::RD_KAFKA_ELECTION_TYPE_UNCLEAN,
        };
        // SAFETY: a live list, which is copied, or null, which stands for all partitions.
        let object = unsafe { sys::rd_kafka_ElectLeaders_new(kind, of.map_or(ptr::null_mut(), Partitions::as_ptr)) };
        let request = Own::new(object, sys::rd_kafka_ElectLeaders_destroy)?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_ELECTLEADERS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_ElectLeaders(rk, request.as_ptr(), options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_ElectLeaders_result(event.as_ptr());
                let mut count = 0;
                let partitions = items(sys::rd_kafka_ElectLeaders_result_partitions(result, &mut count), count);
                Ok(partitions.iter().filter_map(|p| row(*p)).collect())
            },
        )
    }
}

/// The partition, with the broker's text beside its number.
///
/// # Safety
/// A live result.
unsafe fn row(result: *const sys::rd_kafka_topic_partition_result_t) -> Option<Entry> {
    // SAFETY: partition and error belong to the live result and are copied.
    unsafe {
        let partition = Partitions::row(sys::rd_kafka_topic_partition_result_partition(result).as_ref()?);
        Some(Entry { result: Fault::look(sys::rd_kafka_topic_partition_result_error(result)), ..partition })
    }
}
