//! Subscriptions and assignments by hand.

use super::*;
use crate::service::consumer::source::scripted::at;

const EXCLUSIVE: &str = "Illegal state: Subscription to topics, partitions and pattern are mutually exclusive";

fn topics(names: &[&str]) -> SubscribeRequest {
    SubscribeRequest { topics: names.iter().map(|n| (*n).to_owned()).collect(), ..Default::default() }
}

fn pattern(text: &str) -> SubscribeRequest {
    SubscribeRequest { topic_pattern: Some(text.to_owned()), ..Default::default() }
}

fn partitions(entries: &[(&str, i32)]) -> AssignRequest {
    AssignRequest { partitions: entries.iter().map(|(t, p)| entry(t, *p)).collect(), ..Default::default() }
}

async fn shown(one: &One) -> Vec<String> {
    one.get_subscription(GetSubscriptionRequest::default()).await.unwrap()
}

#[tokio::test]
async fn a_list_replaces_the_list_before() {
    let one = One::fast().await;
    assert_eq!(shown(&one).await, [""; 0]);
    one.subscribe(topics(&["a", "b", "a"])).await.unwrap();
    assert_eq!(shown(&one).await, ["a", "b"]);
    one.subscribe(SubscribeRequest { topic_pattern: Some("x".to_owned()), ..topics(&["b"]) }).await.expect("the list wins");
    one.subscribe(SubscribeRequest::default()).await.expect("neither changes nothing");
    assert_eq!(shown(&one).await, ["b"]);
    one.unsubscribe(UnsubscribeRequest::default()).await.unwrap();
    one.unsubscribe(UnsubscribeRequest::default()).await.unwrap();
    assert_eq!(shown(&one).await, [""; 0]);
    assert_eq!(one.script.calls(), ["subscribe a b", "subscribe b", "unsubscribe"]);
}

#[tokio::test]
async fn broken_subscriptions_are_bad_requests() {
    let one = One::fast().await;
    for (message, text) in [
        (topics(&[""]), "Bad Request: a topic must have a name"),
        (topics(&["a", " "]), "Bad Request: a topic must have a name"),
        (topics(&["a\0"]), "Bad Request: the name of a topic must not contain NUL"),
        (pattern(""), "Bad Request: topic_pattern is not a regular expression"),
        (pattern("a(b"), "Bad Request: topic_pattern is not a regular expression"),
    ] {
        assert_eq!(refused(one.subscribe(message).await), (Code::BadRequest, text.to_owned()));
    }
    assert_eq!(shown(&one).await, [""; 0]);
    assert_eq!(one.script.calls(), [""; 0]);
}

#[tokio::test]
async fn names_patterns_and_partitions_exclude_each_other() {
    let (list, regex, hand) = (topics(&["t"]), pattern("t"), partitions(&[("t", 0)]));
    let one = One::fast().await;
    let exclusive = || (Code::IllegalState, EXCLUSIVE.to_owned());

    one.assign(hand.clone()).await.unwrap();
    assert_eq!(refused(one.subscribe(list.clone()).await), exclusive());
    assert_eq!(refused(one.subscribe(regex.clone()).await), exclusive());
    one.unsubscribe(UnsubscribeRequest::default()).await.unwrap();
    assert_eq!(one.get_assignment(GetAssignmentRequest::default()).await.unwrap(), []);

    one.subscribe(list.clone()).await.unwrap();
    assert_eq!(refused(one.assign(hand.clone()).await), exclusive());
    assert_eq!(refused(one.subscribe(regex.clone()).await), exclusive());
    one.assign(partitions(&[])).await.expect("no partitions end a subscription too, as in Java");

    one.subscribe(regex).await.unwrap();
    assert_eq!(refused(one.assign(hand).await), exclusive());
    assert_eq!(refused(one.subscribe(list).await), exclusive());
}

#[tokio::test(start_paused = true)]
async fn a_pattern_is_matched_by_the_gateway_and_follows_new_topics() {
    let one = One::fast().await;
    one.script.with(|s| s.topics = vec!["b-1".to_owned(), "a-2".to_owned(), "a-1".to_owned(), "xa-1".to_owned()]);
    one.subscribe(pattern("a-.*")).await.unwrap();
    assert_eq!(one.script.calls(), [""; 0], "nothing to do before the first read");
    assert_eq!(shown(&one).await, ["a-1", "a-2"]);
    one.read().await.unwrap();
    one.read().await.unwrap();
    assert_eq!(one.script.calls(), ["subscribe a-1 a-2"]);
    one.script.with(|s| s.topics = vec!["a-3".to_owned()]);
    one.read().await.unwrap();
    assert_eq!(one.script.calls(), [""; 0], "it is not yet time to look again");
    tokio::time::sleep(Duration::from_secs(5)).await;
    one.read().await.unwrap();
    assert_eq!(one.script.calls(), ["subscribe a-3"]);
    assert_eq!(shown(&one).await, ["a-3"]);
}

#[tokio::test(start_paused = true)]
async fn a_pattern_that_nothing_matches_waits_for_topics() {
    let settings = Settings { request_timeout_ms: 20_000, ..Default::default() };
    let one = Arc::new(Bench::new(settings).one(CreateConsumerRequest { fetch_min_bytes: Some(1), ..Default::default() }).await);
    one.subscribe(pattern("a")).await.unwrap();
    let reader = one.clone();
    let reader = tokio::spawn(async move { reader.read().await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    one.script.with(|s| s.topics.push("a".to_owned()));
    one.script.arrive("a", &[(0, 0, "x")]);
    let start = tokio::time::Instant::now();
    assert_eq!(offsets(&reader.await.unwrap().unwrap()), [0]);
    assert_eq!(start.elapsed(), Duration::from_secs(4), "with the look that was due");
    assert_eq!(one.script.calls(), ["subscribe a"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_pattern_replaces_the_one_before() {
    let one = One::fast().await;
    one.script.with(|s| s.topics = vec!["a".to_owned(), "b".to_owned()]);
    one.subscribe(pattern("a")).await.unwrap();
    one.read().await.unwrap();
    one.subscribe(pattern("b")).await.unwrap();
    one.read().await.unwrap();
    one.subscribe(pattern("c")).await.unwrap();
    one.read().await.unwrap();
    assert_eq!(one.script.calls(), ["subscribe a", "subscribe b", "unsubscribe"]);
}

#[tokio::test]
async fn partitions_by_hand_are_shown_as_they_were_given() {
    let one = One::fast().await;
    one.assign(partitions(&[("t", 2), ("t", 0), ("t", 2), ("x", -1)])).await.unwrap();
    assert_eq!(one.get_assignment(GetAssignmentRequest::default()).await.unwrap(), [entry("t", 2), entry("t", 0), entry("x", -1)]);
    assert_eq!(shown(&one).await, [""; 0]);
    assert_eq!(one.script.calls(), ["assign t-2 t-0"], "what cannot exist is not asked of Kafka");
    one.assign(partitions(&[])).await.unwrap();
    assert_eq!(one.get_assignment(GetAssignmentRequest::default()).await.unwrap(), []);
    assert_eq!(one.script.calls(), ["unsubscribe"]);
}

#[tokio::test]
async fn partitions_without_a_topic_or_number_are_bad_requests() {
    let one = One::fast().await;
    for bad in [
        TopicPartition::default(),
        TopicPartition { topic: None, ..entry("x", 0) },
        TopicPartition { partition: None, ..entry("x", 0) },
        entry("", 0),
    ] {
        let text = "Bad Request: partitions need a topic and a partition".to_owned();
        let message = AssignRequest { partitions: vec![entry("t", 0), bad], ..Default::default() };
        assert_eq!(refused(one.assign(message).await), (Code::BadRequest, text));
    }
    assert_eq!(one.script.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_stays_assigned_goes_on_where_it_was() {
    let one = One::fast().await;
    one.assign(partitions(&[("t", 0), ("t", 1), ("t", 2)])).await.unwrap();
    one.script.arrive("t", &[(0, 0, "a"), (1, 7, "a"), (1, 8, "a")]);
    assert_eq!(one.read_up_to(3).await, [0, 7]);
    one.script.calls();
    one.assign(partitions(&[("t", 0), ("t", 1), ("t", 3)])).await.unwrap();
    assert_eq!(one.script.calls(), ["assign t-0 t-1 t-3", "seek t-0 Offset(1) t-1 Offset(8)"]);
    assert_eq!(one.read().await.unwrap(), [], "what was held comes again from Kafka");
}

#[tokio::test]
async fn a_subscribed_instance_shows_the_partitions_that_the_group_gave_it() {
    let one = One::fast().await.subscribed().await;
    one.script.with(|s| s.assigned = vec![at("t", 1)]);
    assert_eq!(one.get_assignment(GetAssignmentRequest::default()).await.unwrap(), [entry("t", 1)]);
}
