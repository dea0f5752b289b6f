//! The list of cases, one file an area. What is expected is what the documented API does; `docs/errors.md` says what each error is.

mod acls;
mod batch;
mod broker_configs;
mod brokers;
mod cluster_configs;
mod consumer_groups;
mod consumers;
mod elections;
mod json_bytes;
mod log_dirs;
mod long_texts;
mod metadata;
mod partitions;
mod positions;
mod produce;
mod quorum;
mod quotas;
mod reading;
mod reassignments;
mod records;
mod schemas;
mod scram_users;
mod topic_configs;
mod topics;
mod transactions;

use crate::case::Case;

/// All of them.
pub fn all() -> Vec<Case> {
    let areas: &[fn() -> Vec<Case>] = &[
        brokers::cases,
        log_dirs::cases,
        cluster_configs::cases,
        broker_configs::cases,
        topics::cases,
        topic_configs::cases,
        partitions::cases,
        elections::cases,
        acls::cases,
        long_texts::cases,
        scram_users::cases,
        reassignments::cases,
        quotas::cases,
        transactions::cases,
        records::cases,
        batch::cases,
        schemas::cases,
        quorum::cases,
        metadata::cases,
        produce::cases,
        json_bytes::cases,
        consumers::cases,
        reading::cases,
        positions::cases,
        consumer_groups::cases,
    ];
    areas.iter().flat_map(|cases| cases()).collect()
}
