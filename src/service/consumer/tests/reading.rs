//! When a read is over and what it returns. Time is the runtime's, which goes on when nothing else does.

use tokio::time::Instant as Clock;

use super::*;
use crate::{pb::v2::record_data::Content, service::consumer::source::scripted::at};

fn minimum(bytes: i32) -> CreateConsumerRequest {
    CreateConsumerRequest { fetch_min_bytes: Some(bytes), ..Default::default() }
}

/// How many milliseconds a read takes, and what it returns.
async fn timed(one: &One, message: ReadRecordsRequest) -> (u128, Vec<i64>) {
    let start = Clock::now();
    let got = one.read_records(message).await.unwrap();
    (start.elapsed().as_millis(), offsets(&got))
}

#[tokio::test(start_paused = true)]
async fn the_shortest_of_the_timeouts_counts() {
    let instance = |ms| CreateConsumerRequest { consumer_request_timeout_ms: Some(ms), ..Default::default() };
    for (message, timeout_ms, takes, why) in [
        (CreateConsumerRequest::default(), None, 1000, "the gateway's"),
        (CreateConsumerRequest::default(), Some(200), 200, "the read's"),
        (CreateConsumerRequest::default(), Some(5000), 1000, "not longer than the gateway's"),
        (CreateConsumerRequest::default(), Some(0), 1000, "0 is not said"),
        (CreateConsumerRequest::default(), Some(-1), 1000, "negative is not said"),
        (instance(250), None, 250, "the instance's"),
        (instance(250), Some(20_000), 250, "not longer than the instance's"),
        (instance(6000), None, 1000, "the instance's is not longer than the gateway's"),
        (instance(0), None, 0, "an instance that does not wait"),
        (instance(-1), None, 0, "an instance that does not wait"),
    ] {
        let one = One::of(message).await.assigned().await;
        assert_eq!(timed(&one, ReadRecordsRequest { timeout_ms, ..Default::default() }).await, (takes, vec![]), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_minimum_a_read_lasts_its_whole_time() {
    let one = One::of(CreateConsumerRequest::default()).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "a"), (0, 1, "a")]);
    assert_eq!(timed(&one, ReadRecordsRequest::default()).await, (1000, vec![0, 1]));
    assert!(one.script.with(|s| s.polls) < 30, "it does not poll all the time");
}

#[tokio::test(start_paused = true)]
async fn the_maximum_ends_a_read_at_once() {
    let one = One::of(CreateConsumerRequest::default()).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "0123456789"), (0, 1, "0123456789"), (0, 2, "0123456789")]);
    let up_to = |n| ReadRecordsRequest { max_bytes: Some(n), ..Default::default() };
    assert_eq!(timed(&one, up_to(21)).await, (0, vec![0, 1]));
    assert_eq!(timed(&one, up_to(10)).await, (0, vec![2]), "a single record that is as large is returned");
}

#[tokio::test(start_paused = true)]
async fn a_minimum_ends_a_read_when_it_is_reached() {
    let one = One::of(minimum(3)).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "ab")]);
    assert_eq!(timed(&one, ReadRecordsRequest::default()).await, (1000, vec![0]), "not reached");
    one.script.arrive("t", &[(0, 1, "ab"), (0, 2, "ab"), (0, 3, "ab")]);
    assert_eq!(timed(&one, ReadRecordsRequest::default()).await, (0, vec![1, 2, 3]), "with all that is there");
}

#[tokio::test(start_paused = true)]
async fn a_minimum_of_nothing_still_waits_for_a_record() {
    let one = One::of(minimum(0)).await.assigned().await;
    assert_eq!(timed(&one, ReadRecordsRequest::default()).await, (1000, vec![]));
    one.script.arrive("t", &[(0, 0, "")]);
    assert_eq!(timed(&one, ReadRecordsRequest::default()).await, (0, vec![0]));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_read_wakes_when_a_record_comes() {
    let one = Arc::new(One::fast().await.assigned().await);
    let reader = one.clone();
    let reader = tokio::spawn(async move { timed(&reader, ReadRecordsRequest::default()).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    one.script.arrive("t", &[(0, 0, "a")]);
    assert_eq!(reader.await.unwrap(), (300, vec![0]));
}

#[tokio::test(start_paused = true)]
async fn sizes_stay_below_the_maximum() {
    let one = One::fast().await.assigned().await;
    let ten: Vec<_> = (0..10).map(|i| (0, i, "0123456789")).collect();
    one.script.arrive("t", &ten);
    assert_eq!(one.read_up_to(35).await, [0, 1, 2]);
    assert_eq!(one.read_up_to(11).await, [3]);
    assert_eq!(one.read_up_to(5).await, [4], "at least one");
    assert_eq!(one.read_up_to(30).await, [5, 6], "30 is not below 30");
    assert_eq!(one.read_up_to(0).await, [7, 8, 9], "no limit");
}

#[tokio::test(start_paused = true)]
async fn the_gateway_limits_the_size_too() {
    let one = Bench::new(Settings { request_max_bytes: 3, ..Default::default() }).one(minimum(1)).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "a"), (0, 1, "a"), (0, 2, "a")]);
    assert_eq!(one.read_up_to(1000).await, [0, 1]);
    assert_eq!(one.read_up_to(-1).await, [2]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_loses_no_record() {
    let one = Arc::new(One::of(CreateConsumerRequest::default()).await.assigned().await);
    let reader = one.clone();
    let reader = tokio::spawn(async move { reader.read().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    one.script.arrive("t", &[(0, 0, "a"), (0, 1, "a")]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    reader.abort();
    one.script.arrive("t", &[(0, 2, "a")]);
    assert_eq!(offsets(&one.read().await.unwrap()), [0, 1, 2]);
    assert_eq!(one.script.with(|s| s.stored.clone()), [(at("t", 0), 3)].into());
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_before_the_clients_deadline() {
    let one = One::of(CreateConsumerRequest::default()).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "a")]);
    let mut hurried = request(ReadRecordsRequest { group_id: "g".to_owned(), instance_id: "one".to_owned(), ..Default::default() });
    hurried.extensions_mut().get_mut::<Caller>().unwrap().deadline = Instant::now() + Duration::from_millis(500);
    let start = Clock::now();
    let got = one.bench.service.read_records(hurried).await.unwrap().into_inner().records;
    assert_eq!(offsets(&got), [0]);
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_instance_without_a_source_is_in_the_wrong_state() {
    let one = One::fast().await;
    let text = "Illegal state: Consumer is not subscribed to any topics or assigned any partitions".to_owned();
    assert_eq!(refused(one.read().await), (Code::IllegalState, text));
    let json = ReadRecordsRequest { format: EmbeddedFormat::Json.into(), ..Default::default() };
    let text = "The requested embedded data format does not match the deserializer for this consumer instance".to_owned();
    assert_eq!(refused(one.read_records(json).await), (Code::FormatMismatch, text), "the format is looked at first");
}

#[tokio::test]
async fn a_topic_that_cannot_be_is_told_when_it_is_read() {
    let one = One::fast().await;
    let wrong = || (Code::KafkaInvalidRequest, "Invalid topics: [no such]".to_owned());
    one.subscribe(SubscribeRequest { topics: vec!["a".to_owned(), "no such".to_owned()], ..Default::default() }).await.unwrap();
    assert_eq!(refused(one.read().await), wrong());
    one.unsubscribe(UnsubscribeRequest::default()).await.unwrap();
    one.assign(AssignRequest { partitions: vec![entry("no such", 0)], ..Default::default() }).await.unwrap();
    assert_eq!(refused(one.read().await), wrong());
}

#[tokio::test(start_paused = true)]
async fn binary_records_are_payloads_and_json_records_are_json() {
    let data = |content| Some(RecordData { content: Some(content) });
    let one = One::fast().await.assigned().await;
    one.script.arrive("t", &[(0, 0, "{}")]);
    let got = one.read().await.unwrap().remove(0);
    assert_eq!((got.topic.as_str(), got.key, got.value), ("t", None, data(Content::Payload("{}".into()))));
    let one = One::of(CreateConsumerRequest { format: Some("json".to_owned()), ..minimum(1) }).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "1 2"), (0, 1, "null")]);
    let got: Vec<_> = one.read().await.unwrap().into_iter().map(|r| r.value).collect();
    assert_eq!(got, [data(Content::Json("1".into())), data(Content::Json("null".into()))]);
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_record_is_an_error_that_loses_nothing() {
    let one = One::of(CreateConsumerRequest { format: Some("json".to_owned()), ..Default::default() }).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "1"), (0, 1, "hello"), (0, 2, "3")]);
    assert_eq!(timed(&one, ReadRecordsRequest::default()).await, (0, vec![0]), "first what is before it");
    for _ in 0..2 {
        assert_eq!(refused(one.read().await).0, Code::Undecodable, "the position does not move");
    }
    assert_eq!(one.script.with(|s| s.stored.clone()), [(at("t", 0), 1)].into());
    one.seek(SeekRequest { offsets: vec![offset("t", 0, 2)], ..Default::default() }).await.unwrap();
    one.script.arrive("t", &[(0, 2, "3")]);
    assert_eq!(offsets(&one.read().await.unwrap()), [2], "seeking past it helps");
}

#[tokio::test(start_paused = true)]
async fn a_record_without_its_schema_is_an_error_that_names_it() {
    let one = One::of(CreateConsumerRequest { format: Some("avro".to_owned()), ..minimum(1) }).await.assigned().await;
    assert_eq!(one.read().await.unwrap(), []);
    one.script.arrive("t", &[(0, 4, "x")]);
    let (code, text) = refused(one.read().await);
    let want = "Error deserializing VALUE for partition t-0 at offset 4. If needed, please seek past the record to continue consumption. ";
    assert!(code == Code::Undecodable && text.starts_with(want) && text.ends_with("begins no datum with a schema"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn data_with_schemas_can_be_read_as_bytes() {
    let asked = CreateConsumerRequest { format: Some("protobuf".to_owned()), payloads: Some(true), ..minimum(1) };
    let one = One::of(asked).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "\0\0\0\0\x07\x02\x02ab"), (0, 1, "\0\0\0\0\x08\0c")]);
    let read = one.read().await.unwrap().into_iter();
    let got: Vec<_> = read.map(|r| (r.value, r.value_schema_id, r.value_message_indexes)).collect();
    let data = |text: &'static str| Some(RecordData { content: Some(Content::Payload(text.into())) });
    assert_eq!(got, [(data("ab"), Some(7), vec![1]), (data("c"), Some(8), vec![0])]);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_kafka_comes_after_the_records_before_it() {
    let one = One::of(CreateConsumerRequest::default()).await.assigned().await;
    one.script.arrive("t", &[(0, 0, "a")]);
    one.script.fail(Code::Unauthorized);
    one.script.arrive("t", &[(0, 1, "a")]);
    assert_eq!(offsets(&one.read().await.unwrap()), [0]);
    assert_eq!(refused(one.read().await).0, Code::Unauthorized);
    assert_eq!(offsets(&one.read().await.unwrap()), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_partition_without_a_beginning_is_an_error_until_its_position_is_moved() {
    let one = One::fast().await.assigned().await;
    one.script.fail(Code::Kafka);
    for _ in 0..3 {
        assert_eq!(refused(one.read().await).0, Code::Kafka, "though Kafka's client says it once");
    }
    one.seek_to_beginning(SeekToBeginningRequest::default()).await.unwrap();
    assert_eq!(one.read().await.unwrap(), []);
    one.script.fail(Code::Unauthorized);
    assert_eq!(refused(one.read().await).0, Code::Unauthorized);
    assert_eq!(one.read().await.unwrap(), [], "what may be allowed meanwhile is not held against the instance");
}

#[tokio::test(start_paused = true)]
async fn records_of_a_partition_that_was_given_away_are_dropped() {
    let one = One::fast().await.subscribed().await;
    one.script.with(|s| s.assigned = vec![at("t", 0), at("t", 1)]);
    one.script.arrive("t", &[(0, 0, "abc"), (1, 0, "abc"), (0, 1, "abc")]);
    assert_eq!(one.read_up_to(4).await, [0]);
    one.script.with(|s| s.assigned = vec![at("t", 1)]);
    one.unwaited_poll().await;
    let got: Vec<_> = one.read().await.unwrap().iter().map(|r| (r.partition, r.offset)).collect();
    assert_eq!(got, [(1, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_came_back_is_not_returned_twice() {
    let one = One::of(minimum(-1)).await.subscribed().await;
    one.script.arrive("t", &[(0, 0, "abc"), (0, 1, "abc"), (0, 2, "abc")]);
    assert_eq!(one.read_up_to(4).await, [0]);
    // The partition begins again at the committed offset.
    one.script.arrive("t", &[(0, 1, "abc"), (0, 2, "abc"), (0, 3, "abc")]);
    assert_eq!(offsets(&one.read().await.unwrap()), [1, 2, 3]);
}

impl One {
    /// A read that polls although records are held, and gives up before it takes any.
    async fn unwaited_poll(&self) {
        let waiting = self.bench.service.find("g".to_owned(), "one".to_owned()).unwrap();
        let mut entered = waiting.enter().await.unwrap();
        entered.min_bytes = None;
        let asked = super::super::read::Asked::new(Some(1), None, Duration::from_secs(1));
        entered.fill(asked).await.unwrap();
        entered.min_bytes = Some(1);
    }
}
