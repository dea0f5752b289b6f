//! Requests that change topics: create, delete, more partitions.

use std::ptr;

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, ErrorText, Fault, Options, Requests, c_string, items, number, queue::Event, requests::Own, text};
use crate::kafka::admin::NewTopic;

/// The broker's default, where a count is not given.
const BROKER_DEFAULT: i32 = -1;

impl Requests {
    /// Creates a topic.
    pub(in crate::kafka) fn create_topic(&self, topic: &NewTopic, options: Options) -> Result<Answer<()>, Fault> {
        let request = new_topic(topic)?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_CREATETOPICS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_CreateTopics(rk, &mut request.as_ptr(), 1, options, queue) },
            // SAFETY: the event is of this kind, since it answers this request.
            |event| unsafe {
                let result = sys::rd_kafka_event_CreateTopics_result(event.as_ptr());
                let mut count = 0;
                first(sys::rd_kafka_CreateTopics_result_topics(result, &mut count), count)
            },
        )
    }

    /// Deletes a topic.
    pub(in crate::kafka) fn delete_topic(&self, name: &str, options: Options) -> Result<Answer<()>, Fault> {
        let name = c_string(name)?;
        // SAFETY: a terminated name, which is copied.
        let request = Own::new(unsafe { sys::rd_kafka_DeleteTopic_new(name.as_ptr()) }, sys::rd_kafka_DeleteTopic_destroy)?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_DELETETOPICS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_DeleteTopics(rk, &mut request.as_ptr(), 1, options, queue) },
            // SAFETY: the event is of this kind, since it answers this request.
            |event| unsafe {
                let result = sys::rd_kafka_event_DeleteTopics_result(event.as_ptr());
                let mut count = 0;
                first(sys::rd_kafka_DeleteTopics_result_topics(result, &mut count), count)
            },
        )
    }

    /// Raises a topic's number of partitions.
    pub(in crate::kafka) fn create_partitions(&self, topic: &str, total: usize, options: Options) -> Result<Answer<()>, Fault> {
        let name = c_string(topic)?;
        let mut why = ErrorText::new();
        let (buffer, size) = why.parts();
        // SAFETY: a terminated name, which is copied, and a buffer of `size` bytes.
        let object = unsafe { sys::rd_kafka_NewPartitions_new(name.as_ptr(), total, buffer, size) };
        let request = Own::new(object, sys::rd_kafka_NewPartitions_destroy).map_err(|_| Fault::argument(&why))?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_CreatePartitions(rk, &mut request.as_ptr(), 1, options, queue) },
            // SAFETY: the event is of this kind, since it answers this request.
            |event: &Event<'_>| unsafe {
                let result = sys::rd_kafka_event_CreatePartitions_result(event.as_ptr());
                let mut count = 0;
                first(sys::rd_kafka_CreatePartitions_result_topics(result, &mut count), count)
            },
        )
    }
}

fn new_topic(topic: &NewTopic) -> Result<Own<sys::rd_kafka_NewTopic_t>, Fault> {
    let name = c_string(&topic.name)?;
    let mut why = ErrorText::new();
    let (buffer, size) = why.parts();
    let assigned = !topic.assignments.is_empty();
    let partitions = match i32::try_from(topic.assignments.len()) {
        Ok(count) if assigned => count,
        Ok(_) => topic.partitions.unwrap_or(BROKER_DEFAULT),
        Err(_) => return Err(Fault::argument("too many partitions")),
    };
    // With an assignment librdkafka wants no replication factor.
    let replicas = if assigned { BROKER_DEFAULT } else { topic.replication_factor.unwrap_or(BROKER_DEFAULT) };
    // SAFETY: a terminated name, which is copied, and a buffer of `size` bytes.
    let object = unsafe { sys::rd_kafka_NewTopic_new(name.as_ptr(), partitions, replicas, buffer, size) };
    let request = Own::new(object, sys::rd_kafka_NewTopic_destroy).map_err(|_| Fault::argument(&why))?;
    for (partition, brokers) in (0..).zip(&topic.assignments) {
        let mut brokers = brokers.clone();
        // SAFETY: a live object, an array of the given length, which is copied, and a buffer of `size` bytes.
        let code = unsafe {
            let (ids, count) = (brokers.as_mut_ptr(), brokers.len());
            sys::rd_kafka_NewTopic_set_replica_assignment(request.as_ptr(), partition, ids, count, buffer, size)
        };
        Fault::check_with(code, Some(why.to_string()))?;
    }
    for (name, value) in &topic.configs {
        let (name, value) = (c_string(name)?, value.as_deref().map(c_string).transpose()?);
        let value = value.as_ref().map_or(ptr::null(), |v| v.as_ptr());
        // SAFETY: a live object and terminated strings, which are copied.
        Fault::check(unsafe { sys::rd_kafka_NewTopic_set_config(request.as_ptr(), name.as_ptr(), value) })?;
    }
    Ok(request)
}

/// The result of the one topic that was asked for, with the broker's text.
///
/// # Safety
/// An array of `count` live results.
unsafe fn first(results: *mut *const sys::rd_kafka_topic_result_t, count: usize) -> Result<(), Fault> {
    // SAFETY: by the contract.
    unsafe {
        let Some(&result) = items(results, count).first() else {
            return Err(Fault::argument("an answer without a result"));
        };
        let code = number(sys::rd_kafka_topic_result_error(result));
        if code == 0 { Ok(()) } else { Err(Fault { code, text: text(sys::rd_kafka_topic_result_error_string(result)) }) }
    }
}
