//! Black-box tests: one list of cases, run over gRPC, gRPC-Web and REST against the built binary.
//!
//! Start with `case` (what a case is), then `cases` (the list) and `checks` (what only one surface can say, and bad input). The rest is the
//! harness: `gateway` starts the binary, `surfaces` are the three ways into it, `run` carries cases out.
//!
//! `BARNABAS_TEST_BOOTSTRAP=host:port,…` runs everything before these brokers instead of the embedded one, and
//! `BARNABAS_TEST_SCHEMA_REGISTRY=URL` then with this registry;
//! `BARNABAS_TEST_ONLY=text` runs only what has this text in its name.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the report")]

mod case;
mod cases;
mod checks;
mod compare;
mod errors;
mod form;
mod gateway;
mod kafka;
mod protos;
mod run;
mod surfaces;
#[path = "../harness/topics.rs"]
mod topics;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, future::BoxFuture};

use gateway::Gateway;
use surfaces::Surface;

/// How many cases run at a time: they mostly wait.
const AT_A_TIME: usize = 24;

/// The bound of one check; each call within has a shorter one of its own.
const CHECK_TIMEOUT: Duration = Duration::from_secs(45);

/// A name, and what must not fail.
pub type Check = (String, BoxFuture<'static, Result<(), String>>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_does_as_documented_on_every_surface() {
    let begun = Instant::now();
    let gateway = Arc::new(Gateway::start(&[]).await.unwrap_or_else(|e| panic!("{e}")));
    let only = std::env::var("BARNABAS_TEST_ONLY").unwrap_or_default();
    let checks: Vec<Check> = cases(&gateway).into_iter().chain(checks::all(&gateway)).filter(|(name, _)| name.contains(&only)).collect();
    let count = checks.len();
    let outcomes = futures::stream::iter(checks).map(|(name, check)| async move {
        let begun = Instant::now();
        // A task of its own, so that a panic is this check's failure and no other's.
        let outcome = tokio::spawn(tokio::time::timeout(CHECK_TIMEOUT, check)).await;
        let outcome = match outcome {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(format!("hangs: no outcome after {CHECK_TIMEOUT:?}")),
            Err(panic) => Err(format!("panicked: {panic}")),
        };
        (name, outcome, begun.elapsed())
    });
    let mut outcomes: Vec<_> = outcomes.buffer_unordered(AT_A_TIME).collect().await;
    outcomes.sort_by_key(|(.., took)| std::cmp::Reverse(*took));
    for (name, _, took) in outcomes.iter().take(5) {
        println!("{took:>8.1?} {name}");
    }
    let mut failures: Vec<String> = outcomes.into_iter().filter_map(|(name, o, _)| Some(format!("{name}: {}", o.err()?))).collect();
    failures.sort();
    failures.extend(gateway.complaints().into_iter().map(|line| format!("in the gateway's log: {line}")));
    let mut gateway = Arc::into_inner(gateway).expect("no check is left");
    failures.extend(gateway.stop().await.err());
    println!("{count} checks in {:.1?}", begun.elapsed());
    assert!(failures.is_empty(), "{} of {count} failed:\n\n{}\n", failures.len(), failures.join("\n\n"));
}

/// Every case on every surface that can say it.
fn cases(gateway: &Arc<Gateway>) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for case in cases::all().into_iter().filter(|case| case.only_kafka.is_none() || !gateway.embedded) {
        for surface in Surface::ALL.into_iter().filter(|s| case.not_on.iter().all(|(not, _)| not != s)) {
            checks.push((format!("{surface}: {}", case.name), Box::pin(run::run(gateway.clone(), case.clone(), surface))));
        }
    }
    checks
}

#[test]
fn every_rpc_has_a_case() {
    let called: BTreeSet<&str> = cases::all()
        .iter()
        .flat_map(|c| &c.steps)
        .filter_map(|s| match &s.action {
            case::Action::Call { rpc, .. } => Some(*rpc),
            case::Action::Stored { .. } => None,
        })
        .collect();
    let missing: Vec<String> = protos::methods().filter(|m| !called.contains(m.as_str())).collect();
    assert!(missing.is_empty(), "no case calls {missing:?}");
}

#[test]
fn names_of_cases_are_their_own() {
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = cases::all().into_iter().map(|c| c.name).filter(|name| !seen.insert(name.clone())).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
