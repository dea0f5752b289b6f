//! Whom a request reaches.

use std::sync::atomic::Ordering;

use kafka_protocol::messages::{ApiKey, DescribeGroupsRequest, MetadataRequest};

use super::{
    broker::{Act, Cluster, broker},
    *,
};

const FINE: Act = Act::Error(0);
const NOT_CONTROLLER: i16 = 41;
const NOT_COORDINATOR: i16 = 16;

#[tokio::test]
async fn a_controller_that_has_moved_is_followed() {
    let cluster = Arc::<Cluster>::default();
    let moves = cluster.clone();
    let first = broker(1, &cluster, move |key, _| {
        if key != ApiKey::CreateTopics {
            return FINE;
        }
        moves.controller.store(2, Ordering::SeqCst);
        Act::Error(NOT_CONTROLLER)
    })
    .await;
    let second = broker(2, &cluster, |_, _| FINE).await;
    let answer = wire(&first.server(), &[]).unwrap().controller(change(), change_fault, soon()).await.unwrap();
    assert_eq!(answer.topics[0].num_partitions, 2, "the second one has answered");
    assert_eq!((first.asked(ApiKey::CreateTopics), second.asked(ApiKey::CreateTopics)), (1, 1));
}

#[tokio::test]
async fn a_dead_controller_is_waited_out() {
    let cluster = Arc::<Cluster>::default();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    cluster.brokers.lock().push((9, dead));
    cluster.controller.store(9, Ordering::SeqCst);
    let elects = cluster.clone();
    let alive = broker(1, &cluster, move |key, before| {
        // The cluster notices when it is asked for the third time.
        if key == ApiKey::Metadata && before == 2 {
            elects.controller.store(1, Ordering::SeqCst);
        }
        FINE
    })
    .await;
    let answer = wire(&alive.server(), &[]).unwrap().controller(change(), change_fault, soon()).await.unwrap();
    assert_eq!(answer.topics[0].num_partitions, 1);
}

#[tokio::test]
async fn an_answer_that_stays_wrong_is_handed_back_at_the_deadline() {
    let broker = broker(1, &Arc::default(), |_, _| Act::Error(NOT_CONTROLLER)).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    let answer = wire.controller(change(), change_fault, Instant::now() + Duration::from_millis(400)).await.unwrap();
    assert_eq!(change_fault(&answer), NOT_CONTROLLER);
    assert!(broker.asked(ApiKey::CreateTopics) > 1);
}

#[tokio::test]
async fn coordinators_are_found_remembered_and_followed() {
    let cluster = Arc::<Cluster>::default();
    let moves = cluster.clone();
    let first = broker(1, &cluster, move |key, _| {
        if key != ApiKey::CreateTopics {
            return FINE;
        }
        moves.coordinator.store(2, Ordering::SeqCst);
        Act::Error(NOT_COORDINATOR)
    })
    .await;
    cluster.coordinator.store(1, Ordering::SeqCst);
    let second = broker(2, &cluster, |_, _| FINE).await;
    let wire = wire(&first.server(), &[]).unwrap();
    let keys = ["b".to_owned(), "a".to_owned(), "unknown".to_owned()];
    let found = wire.coordinators(Coordinator::Group, &keys, soon()).await.unwrap();
    let shown: Vec<_> = found.iter().map(|(key, broker)| (key.as_str(), broker.as_ref().ok().copied())).collect();
    assert_eq!(shown, [("b", Some(1)), ("a", Some(1)), ("unknown", None)]);
    let lookups = || first.asked(ApiKey::FindCoordinator) + second.asked(ApiKey::FindCoordinator);
    assert_eq!(lookups(), 1, "all keys in one request");
    let answer = wire.coordinator(Coordinator::Group, "a", change(), change_fault, soon()).await.unwrap();
    assert_eq!(answer.topics[0].num_partitions, 2);
    assert_eq!(lookups(), 2, "once more after it had moved");
}

#[tokio::test]
async fn brokers_are_told_and_one_that_is_not_there_is_not_found() {
    let cluster = Arc::<Cluster>::default();
    let first = broker(1, &cluster, |_, _| FINE).await;
    let wire = wire(&first.server(), &[]).unwrap();
    assert_eq!(wire.brokers(soon()).await.unwrap(), [1]);
    let error = wire.broker(2, read(), read_fault, soon()).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::NotFound, "Broker 2 cannot be found."));
    // One that joins is found without waiting.
    let second = broker(2, &cluster, |_, _| FINE).await;
    assert_eq!(wire.broker(2, read(), read_fault, soon()).await.unwrap().controller_id.0, 2);
    assert_eq!(second.asked(ApiKey::DescribeCluster), 1);
}

#[tokio::test]
async fn all_brokers_are_asked_again_if_one_goes_meanwhile() {
    let cluster = Arc::<Cluster>::default();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    cluster.brokers.lock().push((9, dead));
    let notices = cluster.clone();
    let alive = broker(1, &cluster, move |key, before| {
        // The cluster notices when it is asked for the third time.
        if key == ApiKey::Metadata && before == 2 {
            notices.brokers.lock().retain(|(id, _)| *id != 9);
        }
        FINE
    })
    .await;
    let wire = wire(&alive.server(), &[]).unwrap();
    let answers = wire.every(read(), read_fault, soon()).await.unwrap();
    assert_eq!(answers.iter().map(|(id, answer)| (*id, answer.controller_id.0)).collect::<Vec<_>>(), [(1, 1)]);
}

#[tokio::test]
async fn a_broker_that_is_silent_does_not_hold_up_those_who_may_ask_another() {
    let cluster = Arc::<Cluster>::default();
    let silent = broker(1, &Arc::default(), |_, _| Act::Silence).await;
    let alive = broker(2, &cluster, |_, _| FINE).await;
    let wire = wire(&format!("{},{}", silent.server(), alive.server()), &[]).unwrap();
    let begin = Instant::now();
    assert!(wire.any(read(), read_fault, soon()).await.is_ok());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn what_the_broker_does_not_offer_is_told_as_that() {
    let broker = broker(1, &Arc::default(), |_, _| FINE).await;
    let wire = wire(&broker.server(), &[]).unwrap();
    let error = wire.any(DescribeGroupsRequest::default(), |_| 0, soon()).await.unwrap_err();
    assert_eq!(error.code(), Code::UnsupportedProtocol);
    assert!(error.message().contains("DescribeGroups"), "{error}");
    assert_eq!(wire.version::<DescribeGroupsRequest>(soon()).await.unwrap_err().code(), Code::UnsupportedProtocol);
    assert_eq!(wire.version::<MetadataRequest>(soon()).await.unwrap(), 12);
}
