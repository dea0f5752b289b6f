//! The layer against the embedded broker: each test has its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::*;
use crate::{
    caller::BaseUrl,
    devbroker::{self, DevBroker},
    error::{Code, Error},
};

fn later(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

fn caller() -> Caller {
    let base_url = BaseUrl::new("http://localhost");
    Caller { principal: Principal::Anonymous, request_id: "test".into(), deadline: later(60), base_url }
}

/// A broker with the topic `t` of three partitions, and the layer on it.
async fn cluster(properties: &[(&str, &str)]) -> (DevBroker, Arc<Kafka>) {
    let broker = devbroker::start(devbroker::Settings { listen: ([127, 0, 0, 1], 0).into(), ..Default::default() }).await.unwrap();
    let producer = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let settings = Settings { bootstrap_servers: broker.addr().to_string(), producer, ..Settings::default() };
    let kafka = Kafka::new(settings).unwrap();
    create(&kafka, NewTopic { name: "t".into(), partitions: Some(3), ..NewTopic::default() }).await.unwrap();
    (broker, kafka)
}

async fn create(kafka: &Kafka, topic: NewTopic) -> Result<()> {
    kafka.admin(&caller()).unwrap().create_topic(topic, later(10)).await
}

fn record(value: &'static str) -> Record {
    Record { value: Some(Bytes::from_static(value.as_bytes())), ..Record::default() }
}

fn to(partition: i32, value: &'static str) -> Record {
    Record { partition: Some(partition), ..record(value) }
}

fn partition(number: i32) -> TopicPartition {
    TopicPartition { topic: Arc::from("t"), partition: number }
}

fn code(result: &Result<Written>) -> Option<Code> {
    result.as_ref().err().map(Error::code)
}

async fn written(kafka: &Kafka, records: Vec<Record>) -> Vec<Result<Written>> {
    let producer = kafka.producer(&caller()).unwrap();
    let topic = producer.topic("t", later(10)).await.unwrap();
    producer.send(&topic, records, later(10)).await
}

fn by_hand(kafka: &Kafka) -> Consumer {
    let settings = ConsumerSettings { group_id: "g".into(), auto_offset_reset: Some("earliest".into()), ..ConsumerSettings::default() };
    kafka.consumer(&caller(), settings).unwrap()
}

/// Polls until there are `count` records.
async fn read(consumer: &Consumer, count: usize) -> Vec<Fetched> {
    let mut all = Vec::new();
    while all.len() < count {
        let more = consumer.poll(count - all.len(), Duration::from_secs(10)).await.unwrap();
        assert!(!more.is_empty(), "only {} of {count} records", all.len());
        all.extend(more);
    }
    all
}

fn values(records: &[Fetched]) -> Vec<&str> {
    records.iter().map(|r| std::str::from_utf8(r.value.as_deref().unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_for_long_serves_while_the_brokers_are_asked_again() {
    let (_broker, kafka) = cluster(&[]).await;
    let producer = kafka.producer(&caller()).unwrap();
    producer.topic("t", later(10)).await.unwrap();
    producer.topics().outdate("t");
    let kafka_again = kafka.clone();
    let again = tokio::spawn(async move { written(&kafka_again, vec![record("x")]).await });
    assert!(tokio::time::timeout(Duration::from_secs(10), again).await.unwrap().unwrap()[0].is_ok());
    // The new answer takes the old one's place.
    while producer.topics().age("t").unwrap() > Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn results_come_in_the_order_of_the_records() {
    let (_broker, kafka) = cluster(&[]).await;
    let results = written(&kafka, (0..300).map(|i| to(i % 3, "x")).collect()).await;
    for (i, result) in (0..).zip(results) {
        let written = result.unwrap();
        assert_eq!((i64::from(written.partition), written.offset), (i % 3, i / 3));
        assert!(written.timestamp_ms.is_some());
    }
}

#[tokio::test]
async fn what_was_written_is_read_with_every_difference_between_absent_and_empty() {
    let (_broker, kafka) = cluster(&[]).await;
    let header = |name: &'static str, value: Option<&'static [u8]>| Header { name: name.into(), value: value.map(Bytes::from_static) };
    let records = vec![
        Record { partition: Some(1), key: Some(Bytes::new()), value: None, ..Record::default() },
        Record { partition: Some(1), key: None, value: Some(Bytes::new()), ..Record::default() },
        Record {
            partition: Some(1),
            key: Some("k".into()),
            value: Some("v".into()),
            headers: vec![header("a", Some(b"1")), header("a", None), header("b", Some(b""))],
            timestamp_ms: Some(1_700_000_000_000),
        },
    ];
    assert!(written(&kafka, records.clone()).await.iter().all(Result::is_ok));
    let consumer = by_hand(&kafka);
    consumer.assign(vec![partition(1)]).await.unwrap();
    let got = read(&consumer, 3).await;
    for (sent, got) in records.iter().zip(&got) {
        assert_eq!((&got.key, &got.value, &got.headers), (&sent.key, &sent.value, &sent.headers));
    }
    assert_eq!(got.iter().map(|r| r.offset).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(got.last().unwrap().timestamp_ms, Some(1_700_000_000_000));
}

#[tokio::test]
async fn the_first_moment_of_1970_is_a_time_like_any_other() {
    let (_broker, kafka) = cluster(&[]).await;
    let at = |timestamp_ms| Record { timestamp_ms: Some(timestamp_ms), ..to(0, "v") };
    let results = written(&kafka, vec![at(0), at(1), at(0)]).await;
    let times: Vec<_> = results.iter().map(|r| r.as_ref().unwrap().timestamp_ms).collect();
    assert_eq!(times, [Some(0), Some(1), Some(0)]);
    let consumer = by_hand(&kafka);
    consumer.assign(vec![partition(0)]).await.unwrap();
    let got = read(&consumer, 3).await;
    assert_eq!(got.iter().map(|r| r.timestamp_ms).collect::<Vec<_>>(), [Some(0), Some(1), Some(0)]);
}

#[tokio::test]
async fn a_bad_record_is_refused_and_its_neighbours_are_written() {
    let (_broker, kafka) = cluster(&[]).await;
    let large = |size| Record { value: Some(Bytes::from(vec![b'x'; size])), ..Record::default() };
    let results = written(&kafka, vec![record("a"), to(-1, "b"), to(3, "c"), large(1_200_000), large(1_000_000), record("d")]).await;
    let codes: Vec<_> = results.iter().map(code).collect();
    assert_eq!(codes, [None, Some(Code::PartitionNotFound), Some(Code::TopicNotFound), Some(Code::RecordTooLarge), None, None]);
    assert!(results[2].as_ref().unwrap_err().message().contains("not present in metadata"));
}

#[tokio::test]
async fn an_unknown_topic_is_not_found_and_an_illegal_name_is_refused() {
    let (_broker, kafka) = cluster(&[("allow.auto.create.topics", "false")]).await;
    let producer = kafka.producer(&caller()).unwrap();
    let error = producer.topic("nowhere", later(10)).await.err().unwrap();
    assert_eq!(error.code(), Code::TopicNotFound);
    assert!(error.message().starts_with("Topic nowhere not present in metadata after "), "{error}");
    assert_eq!(producer.topic("no such!", later(10)).await.err().unwrap().code(), Code::KafkaInvalidRequest);
}

#[tokio::test]
async fn a_full_queue_makes_records_wait_and_loses_none() {
    let (_broker, kafka) = cluster(&[("queue.buffering.max.messages", "10")]).await;
    let results = written(&kafka, (0..500).map(|_| to(0, "x")).collect()).await;
    let offsets: Vec<i64> = results.into_iter().map(|r| r.unwrap().offset).collect();
    assert_eq!(offsets, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_a_broker_the_deadline_ends_the_wait() {
    let (broker, kafka) = cluster(&[]).await;
    let producer = kafka.producer(&caller()).unwrap();
    let topic = producer.topic("t", later(10)).await.unwrap();
    broker.stop().await;
    let begun = Instant::now();
    let results = producer.send(&topic, vec![record("x"), to(9, "y")], begun + Duration::from_millis(300)).await;
    assert_eq!(results.iter().map(code).collect::<Vec<_>>(), [Some(Code::DeadlineExceeded); 2]);
    assert!(kafka.ping(Duration::from_millis(200)).await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_dropped_delivery_is_written_all_the_same() {
    let (_broker, kafka) = cluster(&[]).await;
    let producer = kafka.producer(&caller()).unwrap();
    let topic = producer.topic("t", later(10)).await.unwrap();
    drop(producer.send(&topic, (0..100).map(|_| to(2, "x")).collect(), later(10)));
    kafka.flush(Duration::from_secs(10)).await.unwrap();
    let next = written(&kafka, vec![to(2, "last")]).await.remove(0).unwrap();
    assert_eq!(next.offset, 100);
}

#[tokio::test]
async fn a_topic_that_does_not_take_a_full_batch_takes_each_record_that_fits() {
    let (_broker, kafka) = cluster(&[]).await;
    let configs = vec![("max.message.bytes".to_owned(), Some("1000".to_owned()))];
    create(&kafka, NewTopic { name: "small".into(), configs, ..NewTopic::default() }).await.unwrap();
    let producer = kafka.producer(&caller()).unwrap();
    let topic = producer.topic("small", later(10)).await.unwrap();
    let of_size = |size| Record { value: Some(Bytes::from(vec![b'x'; size])), ..Record::default() };
    let results = producer.send(&topic, [500, 500, 2000, 500].map(of_size).into(), later(10)).await;
    assert_eq!(results.iter().map(code).collect::<Vec<_>>(), [None, None, Some(Code::RecordTooLarge), None]);
}

#[tokio::test]
async fn a_topic_is_made_on_first_use_where_the_broker_does_that() {
    let (_broker, kafka) = cluster(&[]).await;
    let producer = kafka.producer(&caller()).unwrap();
    let topic = producer.topic("fresh", later(10)).await.unwrap();
    assert!(producer.send(&topic, vec![record("x")], later(10)).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_question_that_was_given_up_is_no_answer_for_those_who_ask_later() {
    let (broker, _kafka) = cluster(&[]).await;
    let producer = [("allow.auto.create.topics".to_owned(), "false".to_owned())].into();
    let (bootstrap_servers, request_timeout) = (broker.addr().to_string(), Duration::from_secs(1));
    let kafka = Kafka::new(Settings { bootstrap_servers, producer, request_timeout, ..Settings::default() }).unwrap();
    let producer = kafka.producer(&caller()).unwrap();
    // Shorter than it takes to believe that there is no such topic.
    let early = producer.topic("late", Instant::now() + Duration::from_millis(200)).await.err().unwrap();
    assert_eq!(early.code(), Code::DeadlineExceeded);
    // The same question once more, to its end.
    assert!(producer.topic("nowhere", later(10)).await.is_err());
    create(&kafka, NewTopic { name: "late".into(), partitions: Some(2), ..NewTopic::default() }).await.unwrap();
    assert_eq!(producer.topic("late", later(10)).await.unwrap().partition_count(), 2);
}

#[tokio::test]
async fn a_time_that_no_record_has_is_refused() {
    let (_broker, kafka) = cluster(&[]).await;
    let results = written(&kafka, vec![Record { timestamp_ms: Some(i64::MAX), ..to(0, "x") }]).await;
    assert_eq!(results[0].as_ref().unwrap_err().kafka_error(), Some(32));
}

#[tokio::test]
async fn records_for_a_deleted_topic_are_answered_and_do_not_stay_under_way() {
    let (_broker, kafka) = cluster(&[("topic.metadata.propagation.max.ms", "0")]).await;
    let producer = kafka.producer(&caller()).unwrap();
    let topic = producer.topic("t", later(10)).await.unwrap();
    assert!(producer.send(&topic, vec![to(0, "x"), to(1, "y")], later(10)).await.iter().all(Result::is_ok));
    kafka.admin(&caller()).unwrap().delete_topic("t", later(10)).await.unwrap();
    // The first are refused by the broker, later ones by librdkafka, which has looked again meanwhile.
    for _ in 0..50 {
        let results = producer.send(&topic, vec![to(0, "x"), to(1, "y")], later(10)).await;
        assert_eq!(results.iter().map(code).collect::<Vec<_>>(), [Some(Code::TopicNotFound); 2]);
    }
    kafka.flush(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn partitions_added_after_the_first_use_are_found() {
    let (_broker, kafka) = cluster(&[]).await;
    assert!(written(&kafka, vec![to(0, "x")]).await.iter().all(Result::is_ok));
    kafka.admin(&caller()).unwrap().create_partitions("t", 5, later(10)).await.unwrap();
    assert_eq!(written(&kafka, vec![to(4, "x")]).await.remove(0).unwrap().partition, 4);
}

#[tokio::test]
async fn an_existing_topic_is_not_created_again() {
    let (_broker, kafka) = cluster(&[]).await;
    let error = create(&kafka, NewTopic { name: "t".into(), ..NewTopic::default() }).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::KafkaAlreadyExists, "Topic 't' already exists."));
}

#[tokio::test]
async fn seek_works_right_after_assign_and_nothing_stale_follows() {
    let (_broker, kafka) = cluster(&[]).await;
    written(&kafka, vec![to(0, "a0"), to(0, "a1"), to(0, "a2"), to(0, "a3"), to(1, "b0")]).await;
    let consumer = by_hand(&kafka);
    consumer.assign(vec![partition(0)]).await.unwrap();
    consumer.seek(vec![(partition(0), Position::Offset(2))]).await.unwrap();
    // One record is taken, another is fetched and waits.
    assert_eq!(values(&read(&consumer, 1).await), ["a2"]);
    let rows: [(Position, &[&str]); 3] =
        [(Position::Beginning, &["a0", "a1", "a2", "a3"]), (Position::Offset(3), &["a3"]), (Position::Timestamp(0), &["a0", "a1"])];
    for (position, expected) in rows {
        consumer.seek(vec![(partition(0), position)]).await.unwrap();
        assert_eq!(values(&read(&consumer, expected.len()).await), expected, "{position:?}");
    }
    consumer.seek(vec![(partition(0), Position::End)]).await.unwrap();
    written(&kafka, vec![to(0, "a4")]).await;
    assert_eq!(values(&read(&consumer, 1).await), ["a4"]);
    let error = consumer.seek(vec![(partition(1), Position::Beginning)]).await.unwrap_err();
    assert_eq!(error.code(), Code::IllegalState);
    assert_eq!(error.message(), "Illegal state: No current assignment for partition t-1");
}

#[tokio::test]
async fn an_assigned_partition_keeps_its_place_when_another_is_moved_or_added() {
    let (_broker, kafka) = cluster(&[]).await;
    written(&kafka, vec![to(0, "a0"), to(0, "a1"), to(1, "b0")]).await;
    let consumer = by_hand(&kafka);
    consumer.assign(vec![partition(0)]).await.unwrap();
    assert_eq!(values(&read(&consumer, 1).await), ["a0"]);
    consumer.assign(vec![partition(0), partition(1)]).await.unwrap();
    let mut got = read(&consumer, 2).await;
    got.sort_by_key(|r| r.partition);
    assert_eq!(values(&got), ["a1", "b0"]);
}

#[tokio::test]
async fn a_partition_that_waits_at_its_end_misses_nothing_when_another_is_moved_or_added() {
    let (_broker, kafka) = cluster(&[]).await;
    let consumer = kafka.consumer(&caller(), ConsumerSettings { group_id: "g".into(), ..ConsumerSettings::default() }).unwrap();
    consumer.assign(vec![partition(0), partition(1)]).await.unwrap();
    // Both begin at the end. Nothing but a record tells where that is: two polls after it the other one has its place as well.
    for _ in 0..2 {
        while consumer.poll(100, Duration::from_millis(100)).await.unwrap().is_empty() {
            written(&kafka, vec![to(0, "a")]).await;
        }
    }
    written(&kafka, vec![to(1, "b0"), to(1, "b1"), to(2, "c0")]).await;
    consumer.seek(vec![(partition(0), Position::End)]).await.unwrap();
    consumer.assign(vec![partition(0), partition(1), partition(2)]).await.unwrap();
    assert_eq!(values(&read(&consumer, 2).await), ["b0", "b1"]);
    consumer.assign(vec![partition(1)]).await.unwrap();
    assert_eq!(consumer.assignment().await.unwrap(), [partition(1)]);
}

#[tokio::test]
async fn reading_begins_also_if_the_coordinator_is_another_at_first() {
    for subscribed in [false, true] {
        let (broker, kafka) = cluster(&[]).await;
        written(&kafka, vec![to(0, "a0"), to(0, "a1")]).await;
        let commit = CommitOffset { topic: "t".into(), partition: 0, offset: 1, metadata: None };
        let consumer = by_hand(&kafka);
        consumer.commit(vec![commit]).await.unwrap();
        broker.refuse_offset_fetches(1);
        if subscribed {
            consumer.subscribe(vec!["t".into()]).await.unwrap();
        } else {
            consumer.assign(vec![partition(0)]).await.unwrap();
        }
        assert_eq!(values(&read(&consumer, 1).await), ["a1"], "subscribed: {subscribed}");
    }
}

#[tokio::test]
async fn a_group_commits_what_was_stored_when_it_closes() {
    let (_broker, kafka) = cluster(&[]).await;
    written(&kafka, vec![to(0, "a0"), to(0, "a1"), to(1, "b0")]).await;
    let consumer = Arc::new(by_hand(&kafka));
    consumer.subscribe(vec!["t".into()]).await.unwrap();
    assert_eq!(read(&consumer, 3).await.len(), 3);
    assert_eq!(consumer.assignment().await.unwrap().len(), 3);
    consumer.seek(vec![(partition(0), Position::Offset(1))]).await.unwrap();
    assert_eq!(values(&read(&consumer, 1).await), ["a1"]);
    let elsewhere = TopicPartition { topic: Arc::from("other"), partition: 0 };
    consumer.store(&[(partition(0), 2), (elsewhere, 9)]).unwrap();
    consumer.close(Duration::from_secs(20)).await.unwrap();
    let next = by_hand(&kafka);
    let committed = next.committed((0..3).map(partition).collect(), Duration::from_secs(10)).await.unwrap();
    assert_eq!(committed, [CommittedOffset { topic: "t".into(), partition: 0, offset: 2, metadata: String::new() }]);
}

#[tokio::test]
async fn a_commit_keeps_offset_and_metadata_as_they_are() {
    let (_broker, kafka) = cluster(&[]).await;
    let consumer = by_hand(&kafka);
    let commit = CommitOffset { topic: "t".into(), partition: 1, offset: 5, metadata: Some("why".into()) };
    consumer.commit(vec![commit]).await.unwrap();
    let committed = consumer.committed(vec![partition(0), partition(1)], Duration::from_secs(10)).await.unwrap();
    assert_eq!(committed, [CommittedOffset { topic: "t".into(), partition: 1, offset: 5, metadata: "why".into() }]);
}

#[tokio::test]
async fn topics_are_described_in_the_order_asked_for() {
    let (_broker, kafka) = cluster(&[]).await;
    create(&kafka, NewTopic { name: "u".into(), partitions: Some(1), ..NewTopic::default() }).await.unwrap();
    let admin = kafka.admin(&caller()).unwrap();
    let described = admin.describe_topics(vec!["u".into(), "t".into(), "u".into()], false, later(10)).await.unwrap();
    let counts: Vec<_> = described.into_iter().map(|d| d.unwrap()).map(|d| (d.name, d.partitions.len())).collect();
    assert_eq!(counts, [("u".to_owned(), 1), ("t".to_owned(), 3), ("u".to_owned(), 1)]);
    let of_list = |listed: TopicListing| (listed.name, listed.partitions.unwrap());
    let mut listed: Vec<_> = admin.list_topics(later(10)).await.unwrap().into_iter().map(of_list).collect();
    listed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let one_by_one = admin.describe_topics(vec!["t".into(), "u".into()], false, later(10)).await.unwrap();
    assert_eq!(listed, one_by_one.into_iter().map(|d| d.unwrap()).map(|d| (d.name, d.partitions)).collect::<Vec<_>>());
}

#[tokio::test]
async fn offsets_are_listed_also_twice_of_one_partition() {
    let (_broker, kafka) = cluster(&[]).await;
    written(&kafka, vec![to(0, "a"), to(0, "b")]).await;
    let asked = vec![(partition(0), OffsetSpec::Latest), (partition(1), OffsetSpec::Latest), (partition(0), OffsetSpec::Earliest)];
    let answer = kafka.admin(&caller()).unwrap().list_offsets(asked, later(10)).await.unwrap();
    let offsets: Vec<_> = answer.into_iter().map(|(p, offset)| (p.partition, offset.unwrap())).collect();
    assert_eq!(offsets, [(0, 2), (1, 0), (0, 0)]);
}

#[tokio::test]
async fn an_admin_request_past_its_deadline_is_not_made() {
    let (_broker, kafka) = cluster(&[]).await;
    let error = kafka.admin(&caller()).unwrap().delete_topic("t", Instant::now()).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn many_consumers_close_together() {
    let (_broker, kafka) = cluster(&[]).await;
    let consumers: Vec<_> = (0..20).map(|_| Arc::new(by_hand(&kafka))).collect();
    let closed = futures::future::join_all(consumers.into_iter().map(|c| c.close(Duration::from_secs(20)))).await;
    assert!(closed.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_close_waits_for_every_client() {
    let (_broker, kafka) = cluster(&[]).await;
    written(&kafka, vec![record("a")]).await;
    let consumer = by_hand(&kafka);
    assert!(!kafka.clone().close(Duration::from_millis(1)).await, "there are other owners");
    drop(consumer);
    assert!(kafka.close(Duration::from_secs(10)).await);
}
