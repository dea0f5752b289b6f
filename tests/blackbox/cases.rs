//! The list of cases, one file an area. What is expected is what the documented API does; `docs/errors.md` says what each error is.

mod batch;
mod brokers;
mod consumers;
mod json_bytes;
mod metadata;
mod partitions;
mod positions;
mod produce;
mod quorum;
mod reading;
mod records;
mod topics;

use crate::case::Case;

/// All of them.
pub fn all() -> Vec<Case> {
    let areas: [fn() -> Vec<Case>; 12] = [
        brokers::cases,
        topics::cases,
        partitions::cases,
        records::cases,
        batch::cases,
        quorum::cases,
        metadata::cases,
        produce::cases,
        json_bytes::cases,
        consumers::cases,
        reading::cases,
        positions::cases,
    ];
    areas.iter().flat_map(|cases| cases()).collect()
}
