//! Seeking and committing.

use super::*;
use crate::{kafka, service::consumer::source::scripted::at};

fn timestamp(topic: &str, seconds: i64, nanos: i32) -> TopicPartitionTimestamp {
    TopicPartitionTimestamp {
        topic: Some(topic.to_owned()),
        partition: Some(0),
        timestamp: Some(prost_types::Timestamp { seconds, nanos }),
        metadata: None,
    }
}

fn to(offsets: Vec<TopicPartitionOffset>) -> SeekRequest {
    SeekRequest { offsets, ..Default::default() }
}

fn commit(offsets: Vec<TopicPartitionOffset>) -> CommitOffsetsRequest {
    CommitOffsetsRequest { commit: Some(OffsetCommits { offsets }), ..Default::default() }
}

#[tokio::test]
async fn positions_move_to_offsets_times_and_ends() {
    let one = One::fast().await.assigned().await;
    let absent = TopicPartitionOffset { topic: Some("t".to_owned()), ..Default::default() };
    one.seek(to(vec![offset("t", 0, 4), offset("t", 0, 5)])).await.unwrap();
    one.seek(to(vec![absent])).await.unwrap();
    for (seconds, nanos) in [(1_700_000_003, 1_999_999), (-5, 0), (i64::MAX, 0)] {
        one.seek(SeekRequest { timestamps: vec![timestamp("t", seconds, nanos)], ..Default::default() }).await.unwrap();
    }
    one.seek_to_beginning(SeekToBeginningRequest { partitions: vec![entry("t", 0)], ..Default::default() }).await.unwrap();
    one.seek_to_end(SeekToEndRequest::default()).await.expect("no partitions are all partitions");
    one.seek(SeekRequest::default()).await.expect("nothing to do");
    assert_eq!(
        one.script.calls(),
        [
            "seek t-0 Offset(5)",
            "seek t-0 Offset(0)",
            "seek t-0 Timestamp(1700000003001)",
            "seek t-0 Timestamp(0)",
            "seek t-0 Timestamp(9223372036854775807)",
            "seek t-0 Beginning",
            "seek t-0 End",
        ]
    );
}

#[tokio::test]
async fn nothing_moves_if_a_partition_is_not_assigned() {
    let one = One::fast().await;
    let state = |p: &str| (Code::IllegalState, format!("Illegal state: No current assignment for partition {p}"));
    assert_eq!(refused(one.seek(to(vec![offset("t", 0, 0)])).await), state("t-0"));
    let end = SeekToEndRequest { partitions: vec![entry("t", 0)], ..Default::default() };
    assert_eq!(refused(one.seek_to_end(end).await), state("t-0"));
    one.seek_to_beginning(SeekToBeginningRequest::default()).await.expect("all of none");
    let one = one.assigned().await;
    assert_eq!(refused(one.seek(to(vec![offset("t", 0, 0), offset("t", 1, 0)])).await), state("t-1"));
    assert_eq!(one.script.calls(), [""; 0]);
}

#[tokio::test]
async fn broken_positions_are_bad_requests() {
    let one = One::fast().await.assigned().await;
    let at_time = |t| SeekRequest { timestamps: vec![t], ..Default::default() };
    for (message, text) in [
        (to(vec![offset("t", 0, -1)]), "Bad Request: an offset must not be negative"),
        (to(vec![TopicPartitionOffset::default()]), "Bad Request: positions need a topic"),
        (at_time(TopicPartitionTimestamp::default()), "Bad Request: positions need a topic"),
        (at_time(TopicPartitionTimestamp { timestamp: None, ..timestamp("t", 0, 0) }), "Bad Request: timestamps need a timestamp"),
    ] {
        assert_eq!(refused(one.seek(message).await), (Code::BadRequest, text.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn seeking_drops_what_is_held_of_the_partition() {
    let one = One::fast().await;
    one.assign(AssignRequest { partitions: vec![entry("t", 0), entry("t", 1)], ..Default::default() }).await.unwrap();
    one.script.arrive("t", &[(0, 0, "a"), (0, 1, "a"), (1, 5, "a")]);
    assert_eq!(one.read_up_to(2).await, [0]);
    one.seek(to(vec![offset("t", 0, 9)])).await.unwrap();
    assert_eq!(offsets(&one.read().await.unwrap()), [5]);
}

#[tokio::test(start_paused = true)]
async fn a_commit_without_offsets_commits_what_was_returned() {
    let one = One::fast().await.subscribed().await;
    one.script.arrive("t", &[(0, 3, "a"), (0, 5, "a"), (0, 6, "a")]);
    assert_eq!(one.read_up_to(3).await, [3, 5]);
    assert_eq!(one.commit_offsets(CommitOffsetsRequest::default()).await.unwrap(), []);
    assert_eq!(one.script.calls(), ["commit t-0@6"]);
    // The partition has gone to another member: its offset is no longer ours to commit.
    one.script.with(|s| s.assigned.clear());
    one.commit_offsets(CommitOffsetsRequest::default()).await.unwrap();
    assert_eq!(one.script.calls(), [""; 0]);
}

#[tokio::test]
async fn a_commit_without_offsets_commits_a_position_set_by_hand() {
    let one = One::fast().await.assigned().await;
    one.seek(to(vec![offset("t", 0, 4)])).await.unwrap();
    one.script.calls();
    one.commit_offsets(CommitOffsetsRequest::default()).await.unwrap();
    assert_eq!(one.script.calls(), ["commit t-0@4"]);
    one.seek_to_end(SeekToEndRequest::default()).await.unwrap();
    one.script.calls();
    one.commit_offsets(CommitOffsetsRequest::default()).await.unwrap();
    assert_eq!(one.script.calls(), [""; 0], "an end is no offset");
}

#[tokio::test]
async fn offsets_are_committed_raised_by_one_and_of_any_partition() {
    let one = One::fast().await.assigned().await;
    let noted = TopicPartitionOffset { metadata: Some("note".to_owned()), ..offset("u", 7, 20) };
    let answer = one.commit_offsets(commit(vec![offset("t", 0, 1), noted, offset("t", 0, 2), offset("t", 1, -1)])).await.unwrap();
    assert_eq!(answer, []);
    one.commit_offsets(commit(vec![])).await.expect("an empty list commits nothing");
    assert_eq!(one.script.calls(), ["commit t-0@3 t-1@0 u-7@21 note"]);
}

#[tokio::test]
async fn broken_commits_are_bad_requests() {
    let one = One::fast().await;
    let good = || offset("t", 0, 1);
    for bad in [
        TopicPartitionOffset::default(),
        TopicPartitionOffset { topic: None, ..good() },
        TopicPartitionOffset { topic: Some(String::new()), ..good() },
        TopicPartitionOffset { partition: None, ..good() },
        TopicPartitionOffset { offset: None, ..good() },
        offset("t", 0, -5),
        offset("t", 0, i64::MAX),
    ] {
        let text = "Bad Request: offsets need a topic, a partition and an offset".to_owned();
        assert_eq!(refused(one.commit_offsets(commit(vec![good(), bad])).await), (Code::BadRequest, text));
    }
    assert_eq!(refused(one.commit_offsets(commit(vec![offset("t", -1, 1)])).await).0, Code::UnknownTopicOrPartition);
    assert_eq!(one.script.calls(), [""; 0]);
}

#[tokio::test]
async fn committed_offsets_leave_out_what_has_none() {
    let one = One::fast().await;
    let has = kafka::CommittedOffset { topic: "t".to_owned(), partition: 0, offset: 3, metadata: "note".to_owned() };
    one.script.with(|s| s.committed.push(has));
    let ask = |partitions| GetCommittedOffsetsRequest { partitions, ..Default::default() };
    let got = one.get_committed_offsets(ask(vec![entry("t", 0), entry("t", 5), entry("u", -1)])).await.unwrap();
    assert_eq!(got, [CommittedOffset { topic: "t".to_owned(), partition: 0, offset: 3, metadata: "note".to_owned() }]);
    assert_eq!(one.get_committed_offsets(ask(vec![])).await.unwrap(), []);
    assert_eq!(refused(one.get_committed_offsets(ask(vec![TopicPartition::default()])).await).0, Code::BadRequest);
}

#[tokio::test(start_paused = true)]
async fn only_what_was_returned_is_committed_automatically() {
    let one = One::fast().await.assigned().await;
    one.script.arrive("t", &[(0, 0, "a"), (0, 1, "a")]);
    assert_eq!(one.read_up_to(2).await, [0]);
    assert_eq!(one.script.with(|s| s.stored.clone()), [(at("t", 0), 1)].into());
    one.seek(to(vec![offset("t", 0, 8)])).await.unwrap();
    assert_eq!(one.script.with(|s| s.stored.clone()), [(at("t", 0), 8)].into());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_stored_without_automatic_commits() {
    let manual = CreateConsumerRequest { fetch_min_bytes: Some(1), auto_commit_enable: Some("false".to_owned()), ..Default::default() };
    let one = One::of(manual).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "a")]);
    one.read().await.unwrap();
    one.seek(to(vec![offset("t", 0, 8)])).await.unwrap();
    assert!(one.script.with(|s| s.stored.is_empty()));
}
