//! The request that deletes records.

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, Entry, Fault, Options, Partitions, Requests, requests::Own};

impl Requests {
    /// Deletes what stands before the offset of each row; -1 is the high watermark. The offsets of the answer's rows are those of the
    /// first records that are left. Each partition once.
    pub(in crate::kafka) fn delete_records(&self, before: &Partitions, options: Options) -> Result<Answer<Vec<Entry>>, Fault> {
        // SAFETY: a live list, which is copied.
        let object = unsafe { sys::rd_kafka_DeleteRecords_new(before.as_ptr()) };
        let request = Own::new(object, sys::rd_kafka_DeleteRecords_destroy)?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_DELETERECORDS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_DeleteRecords(rk, &mut request.as_ptr(), 1, options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; the rows are copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_DeleteRecords_result(event.as_ptr());
                Ok(Partitions::read(sys::rd_kafka_DeleteRecords_result_offsets(result)))
            },
        )
    }
}
