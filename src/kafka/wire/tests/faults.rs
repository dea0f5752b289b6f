//! Brokers and clients that do not do what they should.

use kafka_protocol::messages::ApiKey;

use super::{
    broker::{Act, Cluster, broker},
    *,
};

const FINE: Act = Act::Error(0);

/// The first answer of all to this API goes wrong in this way.
fn once(wrong: ApiKey, act: Act) -> impl Fn(ApiKey, usize) -> Act + Send + Sync + 'static {
    move |key, before| if key == wrong && before == 0 { act } else { FINE }
}

const BROKEN: [(Act, &str); 5] = [
    (Act::Half, "closes in the middle of an answer"),
    (Act::Length(-1), "a negative length"),
    (Act::Length(3), "shorter than a header"),
    (Act::Length(i32::MAX), "2 GiB"),
    (Act::Other, "answers something that nobody asked"),
];

#[tokio::test]
async fn a_read_survives_a_broken_answer() {
    for (act, why) in BROKEN {
        let broker = broker(1, &Arc::default(), once(ApiKey::DescribeCluster, act)).await;
        let answer = wire(&broker.server(), &[]).unwrap().any(read(), read_fault, soon()).await;
        assert_eq!(answer.unwrap().controller_id.0, 1, "{why}");
        assert_eq!(broker.asked(ApiKey::DescribeCluster), 2, "{why}");
    }
}

#[tokio::test]
async fn a_change_that_may_have_been_done_is_not_sent_again() {
    for (act, why) in BROKEN {
        let broker = broker(1, &Arc::default(), once(ApiKey::CreateTopics, act)).await;
        let error = wire(&broker.server(), &[]).unwrap().any(change(), change_fault, soon()).await.unwrap_err();
        assert_eq!((error.code(), error.kafka_error()), (Code::KafkaRetriable, Some(13)), "{why}");
        assert_eq!(broker.asked(ApiKey::CreateTopics), 1, "{why}");
    }
}

#[tokio::test]
async fn a_change_that_its_caller_understands_is_sent_again_and_that_is_told() {
    for (act, why) in BROKEN {
        let broker = broker(1, &Arc::default(), once(ApiKey::CreateTopics, act)).await;
        let told = wire(&broker.server(), &[]).unwrap().controller_again(change(), change_fault, soon()).await;
        assert!(told.is_ok_and(|told| told.is_repeated), "{why}");
        assert_eq!(broker.asked(ApiKey::CreateTopics), 2, "{why}");
    }
    let broker = broker(1, &Arc::default(), |_, _| FINE).await;
    let told = wire(&broker.server(), &[]).unwrap().controller_again(change(), change_fault, soon()).await;
    assert!(told.is_ok_and(|told| !told.is_repeated), "the first answer arrived");
}

#[tokio::test]
async fn an_answer_that_claims_four_billion_brokers_is_an_error() {
    const CLAIM: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0];
    let broker = broker(1, &Arc::default(), once(ApiKey::DescribeCluster, Act::Body(CLAIM))).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    let error = wire.any(read(), read_fault, soon()).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Kafka, "A broker's answer cannot be read."));
    assert!(wire.any(read(), read_fault, soon()).await.is_ok(), "the next answer is read");
}

#[tokio::test]
async fn a_broken_greeting_is_repeated_for_every_request() {
    for (act, why) in BROKEN {
        let broker = broker(1, &Arc::default(), once(ApiKey::ApiVersions, act)).await;
        // The answer that is too long never ends: only the end of its connection tells.
        let answer = wire(&broker.server(), &[]).unwrap().any(change(), change_fault, soon()).await;
        assert!(answer.is_ok(), "{why}");
    }
}

#[tokio::test]
async fn a_broker_that_never_answers_costs_no_more_than_the_deadline() {
    let broker = broker(1, &Arc::default(), |key, _| if key == ApiKey::DescribeCluster { Act::Silence } else { FINE }).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    let begin = Instant::now();
    let error = wire.any(read(), read_fault, begin + Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn no_broker_at_all_costs_no_more_than_the_deadline() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let wire = wire(&nobody.to_string(), &[]).unwrap();
    let error = wire.any(read(), read_fault, Instant::now() + Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn who_stops_waiting_disturbs_nobody() {
    let late = Act::Later(Duration::from_millis(300));
    let broker = broker(1, &Arc::default(), once(ApiKey::DescribeCluster, late)).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    let impatient = wire.any(read(), read_fault, soon());
    assert!(tokio::time::timeout(Duration::from_millis(100), impatient).await.is_err());
    let patient = (0..200).map(|_| wire.any(read(), read_fault, soon()));
    assert!(futures::future::join_all(patient).await.iter().all(Result::is_ok));
    assert_eq!(broker.accepted.load(std::sync::atomic::Ordering::SeqCst), 1, "the connection has not been given up");
}

#[tokio::test]
async fn who_stops_waiting_leaves_room_for_others() {
    let broker = broker(1, &Arc::default(), |key, before| {
        let slow = key == ApiKey::DescribeCluster && before == 0;
        if slow { Act::Later(Duration::from_millis(300)) } else { FINE }
    })
    .await;
    let wire = wire(&broker.server(), &[]).unwrap();
    // More than fit on the connection, and more than wait for a place on it.
    let many = futures::future::join_all((0..1000).map(|_| wire.any(read(), read_fault, soon())));
    assert!(tokio::time::timeout(Duration::from_millis(100), many).await.is_err());
    assert!(wire.any(read(), read_fault, soon()).await.is_ok());
    assert!(broker.asked(ApiKey::DescribeCluster) < 100, "what nobody waits for is not sent");
}

#[tokio::test]
async fn those_who_need_the_same_connection_share_it_also_if_the_first_goes_away() {
    let slow = once(ApiKey::ApiVersions, Act::Later(Duration::from_millis(200)));
    let broker = broker(1, &Arc::default(), slow).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    let first = tokio::time::timeout(Duration::from_millis(50), wire.any(read(), read_fault, soon()));
    let others = futures::future::join_all((0..50).map(|_| wire.any(read(), read_fault, soon())));
    let (first, others) = tokio::join!(first, others);
    assert!(first.is_err() && others.iter().all(Result::is_ok));
    assert_eq!(broker.accepted.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_unused_connection_is_closed_and_the_next_request_opens_one() {
    let mut broker = broker(1, &Arc::default(), |_, _| FINE).await;
    let wire = wire(&broker.server(), &[("connections.max.idle.ms", "50")]).unwrap();
    wire.any(read(), read_fault, soon()).await.unwrap();
    broker.open.wait_for(|open| *open == 0).await.unwrap();
    wire.any(read(), read_fault, soon()).await.unwrap();
    assert_eq!(broker.accepted.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn nothing_is_left_when_the_last_owner_goes() {
    let mut broker = broker(1, &Arc::<Cluster>::default(), |_, _| FINE).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    wire.any(read(), read_fault, soon()).await.unwrap();
    drop(wire);
    broker.open.wait_for(|open| *open == 0).await.unwrap();
}
