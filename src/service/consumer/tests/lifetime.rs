//! Making, finding, deleting, forgetting.

use super::*;

fn named(name: &str) -> CreateConsumerRequest {
    CreateConsumerRequest { group_id: "g".to_owned(), name: Some(name.to_owned()), ..Default::default() }
}

#[tokio::test]
async fn the_answer_names_the_instance_and_its_encoded_url() {
    for (group, name, uri) in [
        ("g", "my-instance", "g/instances/my-instance"),
        ("with space", "žluť", "with%20space/instances/%C5%BElu%C5%A5"),
        ("a/b", "x?y", "a%2Fb/instances/x%3Fy"),
        ("with.dots_and-dashes", "i", "with.dots_and-dashes/instances/i"),
    ] {
        let bench = Bench::new(Settings::default());
        let made = bench.create(CreateConsumerRequest { group_id: group.to_owned(), ..named(name) }).await.unwrap();
        assert_eq!((made.instance_id.as_str(), made.base_uri), (name, format!("http://host:8082/consumers/{uri}")));
    }
}

#[tokio::test]
async fn the_id_wins_over_the_name_and_a_name_is_made_without_both() {
    let bench = Bench::new(Settings { id: Some("node".to_owned()), ..Default::default() });
    let made = bench.create(CreateConsumerRequest { id: Some("by-id".to_owned()), ..named("by-name") }).await.unwrap();
    assert_eq!(made.instance_id, "by-id");
    let made = bench.create(CreateConsumerRequest { name: None, ..named("") }).await.unwrap();
    let unique = made.instance_id.strip_prefix("rest-consumer-node-").unwrap();
    assert!(uuid::Uuid::parse_str(unique).is_ok(), "{unique}");
}

#[tokio::test]
async fn settings_out_of_range_are_refused_with_the_documented_texts() {
    use Code::*;
    const MIN: &str = "Invalid consumer configuration. It does not abide by the constraints: Invalid value ";
    const BAD: &str = "Invalid consumer configuration: Invalid value ";
    const RESET: &str = " for configuration auto.offset.reset: String must be one of: latest, earliest, none";
    let text = |s: &str| Some(s.to_owned());
    let long = "x".repeat(40_000);
    let rows = [
        (CreateConsumerRequest { format: text("xml"), ..named("x") }, ConstraintViolation, "Invalid format type.".to_owned()),
        (CreateConsumerRequest { format: text(""), ..named("x") }, ConstraintViolation, "Invalid format type.".to_owned()),
        (named(""), ConstraintViolation, "name must not be blank (was )".to_owned()),
        (
            CreateConsumerRequest { fetch_min_bytes: Some(-2), ..named("x") },
            ConsumerConfigOutOfRange,
            format!("{MIN}-2 for configuration fetch.min.bytes: Value must be at least -1"),
        ),
        (
            CreateConsumerRequest { fetch_min_bytes: Some(10_000_001), ..named("x") },
            ConsumerConfigOutOfRange,
            format!("{MIN}10000001 for configuration fetch.min.bytes: Value must be no more than 10000000"),
        ),
        (
            CreateConsumerRequest { auto_offset_reset: text("EARLIEST"), ..named("x") },
            InvalidConsumerConfig,
            format!("{BAD}EARLIEST{RESET}"),
        ),
        (CreateConsumerRequest { auto_offset_reset: text(""), ..named("x") }, InvalidConsumerConfig, format!("{BAD}{RESET}")),
        (
            CreateConsumerRequest { auto_commit_enable: text("maybe"), ..named("x") },
            InvalidConsumerConfig,
            format!("{BAD}maybe for configuration enable.auto.commit: Expected value to be either true or false"),
        ),
        (CreateConsumerRequest { group_id: String::new(), ..named("x") }, BadRequest, "Bad Request: a group must have a name".to_owned()),
        (
            CreateConsumerRequest { group_id: long, ..named("x") },
            BadRequest,
            "Bad Request: the name of a group must not be longer than 32767 bytes".to_owned(),
        ),
    ];
    let bench = Bench::new(Settings::default());
    for (message, code, text) in rows {
        assert_eq!(refused(bench.create(message).await), (code, text));
    }
    assert!(bench.scripts.opened.lock().is_empty(), "nothing was made");
    bench.create(named("x")).await.expect("the name is free after refusals");
}

#[tokio::test]
async fn the_consumer_is_told_the_settings() {
    let bench = Bench::new(Settings::default());
    let text = |s: &str| Some(s.to_owned());
    bench
        .create(CreateConsumerRequest { auto_offset_reset: text(" none "), auto_commit_enable: text("FALSE"), ..named("a") })
        .await
        .unwrap();
    bench
        .create(CreateConsumerRequest { fetch_min_bytes: Some(10_000_000), consumer_request_timeout_ms: Some(-1), ..named("b") })
        .await
        .unwrap();
    let opened = bench.scripts.opened.lock();
    let told: Vec<_> = opened.iter().map(|(_, s)| (s.group_id.as_str(), s.auto_offset_reset.as_deref(), s.auto_commit)).collect();
    assert_eq!(told, [("g", Some("none"), Some(false)), ("g", None, None)]);
}

#[tokio::test]
async fn a_name_is_taken_once_in_a_group() {
    let bench = Bench::new(Settings::default());
    bench.create(named("one")).await.unwrap();
    let taken = "Consumer with specified consumer ID already exists in the specified consumer group.";
    // The name is looked at before the consumer's own settings.
    let again = CreateConsumerRequest { auto_offset_reset: Some("bad".to_owned()), ..named("one") };
    assert_eq!(refused(bench.create(again).await), (Code::ConsumerAlreadyExists, taken.to_owned()));
    bench.create(CreateConsumerRequest { group_id: "h".to_owned(), ..named("one") }).await.unwrap();
}

#[tokio::test]
async fn a_name_is_free_again_when_kafka_refuses_the_consumer() {
    let bench = Bench::new(Settings::default());
    *bench.scripts.refuse.lock() = Some(Error::of(Code::Unauthorized));
    assert_eq!(refused(bench.create(named("one")).await).0, Code::Unauthorized);
    bench.create(named("one")).await.unwrap();
}

#[tokio::test]
async fn the_number_of_instances_is_limited() {
    let bench = Bench::new(Settings { instances_max: 2, ..Default::default() });
    bench.create(named("a")).await.unwrap();
    bench.create(named("b")).await.unwrap();
    let (code, text) = refused(bench.create(named("c")).await);
    assert_eq!(code, Code::TooManyConsumers);
    assert!(text.contains("has 2, the most"), "{text}");
    let delete = DeleteConsumerRequest { group_id: "g".to_owned(), instance_id: "a".to_owned() };
    bench.service.delete_consumer(request(delete)).await.unwrap();
    bench.create(named("c")).await.unwrap();
}

#[tokio::test]
async fn a_deleted_instance_is_closed_and_gone() {
    let one = One::fast().await;
    one.delete_consumer(DeleteConsumerRequest::default()).await.unwrap();
    assert!(one.script.with(|s| s.closed));
    let gone = (Code::ConsumerInstanceNotFound, "Consumer instance not found.".to_owned());
    assert_eq!(refused(one.delete_consumer(DeleteConsumerRequest::default()).await), gone);
    assert_eq!(refused(one.read().await), gone);
    // Before anything in the request is looked at.
    assert_eq!(refused(one.assign(AssignRequest { partitions: vec![TopicPartition::default()], ..Default::default() }).await), gone);
    one.bench.one(CreateConsumerRequest::default()).await;
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_each_other_and_find_a_deleted_instance_gone() {
    let one = Arc::new(One::of(CreateConsumerRequest::default()).await.assigned().await);
    let start = tokio::time::Instant::now();
    let (reader, deleter, waiter) = (one.clone(), one.clone(), one.clone());
    let reader = tokio::spawn(async move { reader.read().await });
    tokio::task::yield_now().await;
    let deleter = tokio::spawn(async move { deleter.delete_consumer(DeleteConsumerRequest::default()).await });
    let waiter = tokio::spawn(async move { waiter.read().await });
    assert_eq!(reader.await.unwrap().unwrap(), []);
    deleter.await.unwrap().unwrap();
    assert_eq!(start.elapsed().as_secs(), 1, "the delete waited for the read");
    assert_eq!(refused(waiter.await.unwrap()).0, Code::ConsumerInstanceNotFound);
}

#[tokio::test(start_paused = true)]
async fn an_idle_instance_is_closed_after_its_time_and_a_used_one_is_not() {
    let one = Bench::new(Settings { instance_timeout_ms: 10_000, ..Default::default() }).one(CreateConsumerRequest::default()).await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_secs(8)).await;
        one.get_subscription(GetSubscriptionRequest::default()).await.expect("used every 8 s");
    }
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert!(one.script.with(|s| s.closed));
    assert_eq!(refused(one.read().await).0, Code::ConsumerInstanceNotFound);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_longer_than_the_idle_time_is_no_idleness() {
    let settings = Settings { instance_timeout_ms: 2_000, request_timeout_ms: 9_000, ..Default::default() };
    let one = Bench::new(settings).one(CreateConsumerRequest::default()).await.assigned().await;
    one.read().await.unwrap();
    one.read().await.expect("the instance is still there");
}

#[tokio::test(start_paused = true)]
async fn closing_closes_all_instances_and_makes_no_new_ones() {
    let bench = Bench::new(Settings::default());
    for name in ["a", "b", "c"] {
        bench.create(named(name)).await.unwrap();
    }
    bench.service.close(Duration::from_secs(5)).await;
    assert!(bench.scripts.opened.lock().iter().all(|(script, _)| script.with(|s| s.closed)));
    assert_eq!(refused(bench.create(named("d")).await).0, Code::ShuttingDown);
}

#[tokio::test(start_paused = true)]
async fn closing_ends_in_time_while_a_call_hangs() {
    let settings = Settings { request_timeout_ms: 60_000, ..Default::default() };
    let one = Arc::new(Bench::new(settings).one(CreateConsumerRequest::default()).await.assigned().await);
    let reader = one.clone();
    tokio::spawn(async move { reader.read().await });
    tokio::task::yield_now().await;
    let start = tokio::time::Instant::now();
    one.bench.service.close(Duration::from_secs(5)).await;
    assert_eq!(start.elapsed().as_secs(), 5);
}
