//! Records outlive the gateway.

use std::{
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use tokio::time::timeout;

use crate::{
    BROKERS,
    cluster::{Cluster, SPREAD},
    gateway,
    gateway::Gateway,
    load::{Load, assert_exactly_once},
    unique,
};

/// The gateway's own bound is 30 s (`shutdown.timeout.ms`).
const STOPS_WITHIN: Duration = Duration::from_secs(35);

#[tokio::test(flavor = "multi_thread")]
async fn terminated_gateway_loses_and_doubles_nothing_and_stops_in_time() {
    let Some(cluster) = Cluster::of_environment() else { return };
    let _turn = BROKERS.lock().await;
    let topic = unique("terminated-gateway");
    cluster.create_topic(&topic, &SPREAD.each_ref().map(<[i32; 3]>::as_slice)).await;
    let mut gateway = gateway(&cluster, None).await;

    let mut load = Load::start(&gateway, &topic);
    load.flows().await;
    let begin = Instant::now();
    terminate(&gateway);
    let status = timeout(STOPS_WITHIN, ended(&mut gateway)).await.expect("the gateway stops within its bound");
    println!("stopped after {:?}", begin.elapsed());
    assert!(status.success(), "the gateway's exit: {status}");
    let acknowledged = load.finish().await;

    assert_exactly_once(&acknowledged, &cluster.ids(&topic));
}

fn terminate(gateway: &Gateway) {
    let sent = Command::new("kill").args(["-TERM", &gateway.process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

async fn ended(gateway: &mut Gateway) -> ExitStatus {
    let mut asked = tokio::time::interval(Duration::from_millis(20));
    loop {
        asked.tick().await;
        if let Some(status) = gateway.process.try_wait().unwrap() {
            return status;
        }
    }
}
