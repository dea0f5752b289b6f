//! A body, bound to every message that a body can be bound to.
#![no_main]

use barnabas::{
    pb::{v2, v3},
    rest::json,
};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let body = Bytes::copy_from_slice(body);
    let _ = json::read::<v3::CreateTopicRequest>(&body);
    let _ = json::read::<v3::UpdatePartitionCountRequest>(&body);
    let _ = json::read::<v3::ProduceRecordsRequest>(&body);
    let _ = json::read::<v3::ProduceBatchRequest>(&body);
    let _ = json::read::<v2::ProduceRequest>(&body);
    let _ = json::read::<v2::CreateConsumerRequest>(&body);
    let _ = json::read::<v2::SubscribeRequest>(&body);
    let _ = json::read::<v2::SeekRequest>(&body);
    let _ = json::read::<v2::OffsetCommits>(&body);
});
