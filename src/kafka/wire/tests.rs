//! The connections against the embedded broker and against brokers that misbehave.

use super::*;

#[tokio::test]
async fn live() {
    let settings =
        crate::kafka::Settings { bootstrap_servers: "127.0.0.1:19092,127.0.0.1:19093,127.0.0.1:19094".into(), ..Default::default() };
    let recipe = Recipe { settings, alive: Default::default() };
    let wire = Wire::new(&recipe).unwrap();
    let d = Instant::now() + Duration::from_secs(10);
    use kafka_protocol::messages::*;
    println!("{:?}", wire.any(DescribeClusterRequest::default(), |a| a.error_code, d).await.unwrap());
    println!("{:?}", wire.controller(DescribeClusterRequest::default(), |a| a.error_code, d).await.unwrap().controller_id);
    println!("{:?}", wire.broker(3, DescribeClusterRequest::default(), |a| a.error_code, d).await.unwrap().controller_id);
    println!("{:?}", wire.broker(9, DescribeClusterRequest::default(), |a| a.error_code, d).await);
    println!("{:?}", wire.brokers(d).await);
    println!("{:?}", wire.version::<MetadataRequest>(d).await);
    println!("{:?}", wire.coordinators(Coordinator::Group, &["a".into(), "b".into(), "".into()], d).await);
    println!(
        "{:?}",
        wire.coordinator(
            Coordinator::Group,
            "a",
            DescribeGroupsRequest::default().with_groups(vec![GroupId("a".to_string().into())]),
            |_| 0,
            d
        )
        .await
    );
    println!(
        "{:?}",
        wire.coordinator(
            Coordinator::Transaction,
            "a",
            DescribeTransactionsRequest::default().with_transactional_ids(vec![TransactionalId("a".to_string().into())]),
            |_| 0,
            d
        )
        .await
    );
    let one = Instant::now();
    futures::future::join_all((0..1000).map(|_| wire.any(DescribeClusterRequest::default(), |a| a.error_code, d))).await;
    println!("{:?}", one.elapsed());
}
