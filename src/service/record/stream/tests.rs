use futures::channel::mpsc;

use super::*;
use crate::{error::Code, pb::v3::RecordData};

fn request(cluster: &str, topic: &str) -> ProduceRecordsRequest {
    ProduceRecordsRequest { cluster_id: cluster.into(), topic_name: topic.into(), ..ProduceRecordsRequest::default() }
}

/// Requests whose schemas nobody can resolve.
fn requests(stream: impl Stream<Item = Vec<Result<ProduceRecordsRequest>>> + Send + 'static) -> Requests {
    Requests::new(stream, Chooser::new(Schemas::none()), Duration::ZERO)
}

#[tokio::test]
async fn a_group_is_what_is_there() {
    let (send, stream) = mpsc::unbounded();
    let mut requests = requests(stream);
    for _ in 0..3 {
        send.unbounded_send(vec![Ok(request("c", "t"))]).unwrap();
    }
    assert_eq!(requests.next_group().await.unwrap().len(), 3);
    send.unbounded_send(vec![Ok(request("", ""))]).unwrap();
    drop(send);
    assert_eq!(requests.next_group().await.unwrap().len(), 1);
    assert!(requests.next_group().await.is_none());
    assert_eq!((requests.names.cluster.as_str(), requests.names.topic.as_str()), ("c", "t"));
}

#[tokio::test]
async fn a_group_has_a_bound() {
    let mut requests = requests(stream::iter([(0..GROUP_RECORDS + 1).map(|_| Ok(request("c", "t"))).collect::<Vec<_>>()]));
    assert_eq!(requests.next_group().await.unwrap().len(), GROUP_RECORDS);
    assert_eq!(requests.next_group().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_keeps_its_place() {
    let unreadable = Err(Error::new(Code::MalformedBody, "no record"));
    let mut requests = requests(stream::iter([vec![unreadable, Ok(request("c", "t"))]]));
    let mut group = requests.next_group().await.unwrap();
    assert_eq!((group.len(), group.take_records().len()), (2, 1));
}

#[tokio::test]
async fn records_do_not_wait_for_the_schema_of_one_behind_them() {
    let plain = || Ok(request("c", "t"));
    let with_schema = || Ok(ProduceRecordsRequest { value: Some(RecordData::default()), ..request("c", "t") });
    let mut requests = requests(stream::iter([vec![plain(), with_schema(), plain(), with_schema()]]));
    assert_eq!(requests.next_group().await.unwrap().len(), 1, "those before it go first");
    let mut group = requests.next_group().await.unwrap();
    assert_eq!((group.len(), group.take_records().len()), (3, 1), "what came of it is known for the next");
    assert!(requests.next_group().await.is_none());
}

#[test]
fn a_stream_goes_to_one_topic() {
    let mut requests = requests(stream::empty());
    let mut admitted = |cluster, topic| requests.admit(request(cluster, topic)).is_ok();
    assert!(!admitted("c", ""), "no topic yet");
    assert!(admitted("c", "t"), "the first that names it");
    assert!(admitted("", "") && admitted("c", "t") && admitted("", "t"), "none, or the same");
    assert!(!admitted("c", "u") && !admitted("d", "t"), "another");
}

#[tokio::test]
async fn nothing_is_read_beyond_the_window() {
    let window = Window::new(&Settings { stream_window_records: 2, stream_window_bytes: 10, ..Settings::default() });
    let chooser = Chooser::new(Schemas::none());
    let group = |records| {
        let mut group = Group::default();
        (0..records).for_each(|_| group.push(Ok(request("c", "t").into()), &chooser));
        group
    };
    let first = window.take(&group(2)).await;
    assert!(window.take(&group(1)).now_or_never().is_none(), "full");
    drop(first);
    let larger = window.take(&group(5)).now_or_never();
    assert!(larger.is_some(), "a group that is larger than the window has all of it");
    assert!(window.take(&group(1)).now_or_never().is_none(), "all of it");
}

#[test]
fn an_answer_names_the_record_or_its_error() {
    let names = Names { cluster: "another".into(), topic: "t".into() };
    let written = Written { partition: 2, offset: 7, timestamp_ms: Some(1_500) };
    let good = answer(&names, Ok((Described { key: None, value: None }, written)));
    assert_eq!((good.error_code, good.cluster_id.as_deref(), good.offset), (200, Some("another"), Some(7)));
    assert_eq!(good.timestamp, Some(prost_types::Timestamp { seconds: 1, nanos: 500_000_000 }));
    let bad = answer(&names, Err(Error::of(Code::PartitionNotFound)));
    assert_eq!((bad.error_code, bad.message.as_deref(), bad.topic_name), (40402, Some("Partition not found."), None));
}
