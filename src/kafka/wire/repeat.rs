//! What may be sent again.
//!
//! Whoever knows what a request means may send again what is not in the table here: see [`Wire::controller_again`](super::Wire).

use kafka_protocol::messages::ApiKey;

/// What follows from an error in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The answer goes to who asked.
    HandBack,
    /// The same broker may do it a moment later.
    Again,
    /// The same, though it may have been done.
    Doubtful,
    /// Another broker must be asked.
    Elsewhere,
}

/// What follows from an error number of an answer.
pub(super) fn after(code: i16, is_repeatable: bool) -> Next {
    match code {
        // Not (any more) the controller, the coordinator, a broker that knows the cluster.
        11 | 15 | 16 | 41 | 129 => Next::Elsewhere,
        // The coordinator is loading; another change of the same transaction is under way.
        14 | 51 => Next::Again,
        // The time is over, or a broker behind the broker was lost: it may have been done.
        7 | 13 if is_repeatable => Next::Doubtful,
        _ => Next::HandBack,
    }
}

/// True for a request that may be sent again after it may have been done: all reads, and changes whose repetition changes and
/// answers the same.
///
/// Not among them, because the second time fails, tells less or does more: whatever creates or deletes topics, partitions, groups
/// and SCRAM users, takes members out of a group, elects leaders, cancels a reassignment, begins or ends a transaction; and deleting
/// ACLs, whose answer tells what was deleted.
pub(super) fn is_repeatable(key: i16) -> bool {
    use ApiKey as A;
    let Ok(key) = A::try_from(key) else { return false };
    let reads = matches!(
        key,
        A::ApiVersions
            | A::ConsumerGroupDescribe
            | A::DescribeAcls
            | A::DescribeClientQuotas
            | A::DescribeCluster
            | A::DescribeConfigs
            | A::DescribeDelegationToken
            | A::DescribeGroups
            | A::DescribeLogDirs
            | A::DescribeProducers
            | A::DescribeQuorum
            | A::DescribeTopicPartitions
            | A::DescribeTransactions
            | A::DescribeUserScramCredentials
            | A::FindCoordinator
            | A::ListConfigResources
            | A::ListGroups
            | A::ListOffsets
            | A::ListPartitionReassignments
            | A::ListTransactions
            | A::Metadata
            | A::OffsetFetch
            | A::OffsetForLeaderEpoch
            | A::ShareGroupDescribe
            | A::DescribeShareGroupOffsets
    );
    let changes = matches!(
        key,
        A::AlterClientQuotas
            | A::AlterConfigs
            | A::AlterReplicaLogDirs
            | A::CreateAcls
            | A::DeleteRecords
            | A::IncrementalAlterConfigs
            | A::OffsetCommit
            | A::OffsetDelete
    );
    reads || changes
}
