//! The list of cases, one file an area. What is expected is what the documented API does; `docs/errors.md` says what each error is.

mod batch;
mod broker_configs;
mod brokers;
mod cluster_configs;
mod consumers;
mod json_bytes;
mod metadata;
mod partitions;
mod positions;
mod produce;
mod reading;
mod records;
mod topic_configs;
mod topics;

use crate::case::Case;

/// All of them.
pub fn all() -> Vec<Case> {
    let areas: [fn() -> Vec<Case>; 14] = [
        brokers::cases,
        cluster_configs::cases,
        broker_configs::cases,
        topics::cases,
        topic_configs::cases,
        partitions::cases,
        records::cases,
        batch::cases,
        metadata::cases,
        produce::cases,
        json_bytes::cases,
        consumers::cases,
        reading::cases,
        positions::cases,
    ];
    areas.iter().flat_map(|cases| cases()).collect()
}
