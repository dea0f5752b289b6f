//! Requests that only ask: cluster, topics, offsets.

use rdkafka_sys as sys;
use sys::rd_kafka_admin_op_t as op;

use super::{Answer, Entry, Fault, Options, Partitions, Requests, c_string, items, requests::Own, text};
use crate::kafka::admin::{Broker, Cluster, PartitionDescription, TopicDescription};

/// A topic's description, or what the broker says instead.
pub(in crate::kafka) type Described = (String, Result<TopicDescription, Fault>);

impl Requests {
    /// Brokers, controller and cluster id.
    pub(in crate::kafka) fn describe_cluster(&self, options: Options) -> Result<Answer<Cluster>, Fault> {
        self.call(
            op::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
            options,
            // SAFETY: everything is alive during the call.
            |rk, options, queue| unsafe { sys::rd_kafka_DescribeCluster(rk, options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_DescribeCluster_result(event.as_ptr());
                let mut count = 0;
                let nodes = items(sys::rd_kafka_DescribeCluster_result_nodes(result, &mut count), count);
                let mut allowed = 0;
                let list = sys::rd_kafka_DescribeCluster_result_authorized_operations(result, &mut allowed);
                Ok(Cluster {
                    cluster_id: text(sys::rd_kafka_DescribeCluster_result_cluster_id(result)).filter(|id| !id.is_empty()),
                    controller_id: id_of(sys::rd_kafka_DescribeCluster_result_controller(result)),
                    brokers: nodes.iter().filter_map(|node| broker(*node)).collect(),
                    authorized_operations: operations(list, allowed),
                })
            },
        )
    }

    /// Partitions and what the principal may do, for each topic; in no order.
    pub(in crate::kafka) fn describe_topics(&self, names: &[String], options: Options) -> Result<Answer<Vec<Described>>, Fault> {
        let names = names.iter().map(|name| c_string(name)).collect::<Result<Vec<_>, _>>()?;
        let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        // SAFETY: terminated names, which are copied.
        let object = unsafe { sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()) };
        let request = Own::new(object, sys::rd_kafka_TopicCollection_destroy)?;
        self.call(
            op::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_DescribeTopics(rk, request.as_ptr(), options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_DescribeTopics_result(event.as_ptr());
                let mut count = 0;
                let topics = items(sys::rd_kafka_DescribeTopics_result_topics(result, &mut count), count);
                Ok(topics.iter().map(|topic| described(*topic)).collect())
            },
        )
    }

    /// Offsets by what stands in the place of each row's offset: a time, or librdkafka's word for the first or the last one.
    pub(in crate::kafka) fn list_offsets(&self, of: &Partitions, options: Options) -> Result<Answer<Vec<Entry>>, Fault> {
        self.call(
            op::RD_KAFKA_ADMIN_OP_LISTOFFSETS,
            options,
            // SAFETY: everything is alive during the call, which copies.
            |rk, options, queue| unsafe { sys::rd_kafka_ListOffsets(rk, of.as_ptr(), options, queue) },
            // SAFETY: the event is of this kind, since it answers this request; everything is copied.
            |event| unsafe {
                let result = sys::rd_kafka_event_ListOffsets_result(event.as_ptr());
                let mut count = 0;
                let infos = items(sys::rd_kafka_ListOffsets_result_infos(result, &mut count), count);
                let row = |info: &*const _| Some(Partitions::row(sys::rd_kafka_ListOffsetsResultInfo_topic_partition(*info).as_ref()?));
                Ok(infos.iter().filter_map(row).collect())
            },
        )
    }
}

/// # Safety
/// A live description.
unsafe fn described(topic: *const sys::rd_kafka_TopicDescription_t) -> Described {
    // SAFETY: everything belongs to the live description.
    unsafe {
        let name = text(sys::rd_kafka_TopicDescription_name(topic)).unwrap_or_default();
        if let Err(fault) = Fault::look(sys::rd_kafka_TopicDescription_error(topic)) {
            return (name, Err(fault));
        }
        let mut count = 0;
        let partitions = items(sys::rd_kafka_TopicDescription_partitions(topic, &mut count), count);
        let mut allowed = 0;
        let list = sys::rd_kafka_TopicDescription_authorized_operations(topic, &mut allowed);
        let description = TopicDescription {
            name: name.clone(),
            is_internal: sys::rd_kafka_TopicDescription_is_internal(topic) != 0,
            authorized_operations: operations(list, allowed),
            partitions: partitions.iter().map(|p| partition(*p)).collect(),
        };
        (name, Ok(description))
    }
}

/// # Safety
/// A live description.
unsafe fn partition(partition: *const sys::rd_kafka_TopicPartitionInfo_t) -> PartitionDescription {
    // SAFETY: everything belongs to the live description.
    unsafe {
        let (mut replicas, mut isr) = (0, 0);
        let all = items(sys::rd_kafka_TopicPartitionInfo_replicas(partition, &mut replicas), replicas);
        let in_sync = items(sys::rd_kafka_TopicPartitionInfo_isr(partition, &mut isr), isr);
        PartitionDescription {
            id: sys::rd_kafka_TopicPartitionInfo_partition(partition),
            leader: id_of(sys::rd_kafka_TopicPartitionInfo_leader(partition)),
            replicas: all.iter().filter_map(|node| id_of(*node)).collect(),
            isr: in_sync.iter().filter_map(|node| id_of(*node)).collect(),
        }
    }
}

/// # Safety
/// Null or a live node.
unsafe fn broker(node: *const sys::rd_kafka_Node_t) -> Option<Broker> {
    // SAFETY: by the contract; the strings are copied.
    unsafe {
        Some(Broker {
            id: id_of(node)?,
            host: text(sys::rd_kafka_Node_host(node)).unwrap_or_default(),
            port: sys::rd_kafka_Node_port(node),
            rack: text(sys::rd_kafka_Node_rack(node)).filter(|rack| !rack.is_empty()),
        })
    }
}

/// # Safety
/// Null or a live node.
unsafe fn id_of(node: *const sys::rd_kafka_Node_t) -> Option<i32> {
    if node.is_null() {
        return None;
    }
    // SAFETY: by the contract. -1 is "none".
    Some(unsafe { sys::rd_kafka_Node_id(node) }).filter(|id| *id >= 0)
}

/// Kafka's names of operations.
///
/// # Safety
/// Null or an array of `count` operations.
unsafe fn operations(list: *const sys::rd_kafka_AclOperation_t, count: usize) -> Vec<&'static str> {
    // Read as numbers: a newer broker may name an operation that the enumeration does not have.
    // SAFETY: by the contract; the enumeration is represented as this integer.
    let numbers = unsafe { items(list.cast::<u32>(), count) };
    let name = |number: &u32| {
        Some(match number {
            2 => "ALL",
            3 => "READ",
            4 => "WRITE",
            5 => "CREATE",
            6 => "DELETE",
            7 => "ALTER",
            8 => "DESCRIBE",
            9 => "CLUSTER_ACTION",
            10 => "DESCRIBE_CONFIGS",
            11 => "ALTER_CONFIGS",
            12 => "IDEMPOTENT_WRITE",
            _ => return None,
        })
    };
    numbers.iter().filter_map(name).collect()
}
