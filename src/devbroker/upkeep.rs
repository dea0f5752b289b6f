//! What happens by time alone: silent members expire, transactions that were left open are aborted, old records are cleaned up.
//!
//! It must not answer requests. Start at [`run`]; [`tick`] is one round.

use std::sync::Arc;
use std::time::Duration;

use kafka_protocol::messages::{InitProducerIdRequest, ProducerId, TransactionalId};
use kafka_protocol::protocol::StrBytes;
use tokio::time::{Instant, MissedTickBehavior};

use super::broker::{Broker, State};
use super::groups;

/// How often expiry is looked for; it adds this much to a session's time-out at most.
const TICK: Duration = Duration::from_millis(250);

/// How often retention and compaction run; a developer should not wait for Kafka's five minutes.
const CLEANING: Duration = Duration::from_secs(1);

/// Runs until the broker's runtime ends.
pub(super) async fn run(broker: Arc<Broker>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut cleaned = Instant::now();
    loop {
        let now = ticks.tick().await;
        let clean = now.duration_since(cleaned) >= CLEANING;
        if clean {
            cleaned = now;
        }
        if tick(&mut broker.lock(), clean) {
            broker.announce_change();
        }
    }
}

/// One round; true when something that readers see may have changed.
pub(super) fn tick(state: &mut State, clean: bool) -> bool {
    groups::expire_members(state);
    let aborted = abort_overdue_transactions(state);
    if clean {
        state.engine.run_log_cleaner();
    }
    aborted
}

/// Aborts each transaction that is open for longer than its producer's `transaction.timeout.ms`, which would else hide all later
/// records from readers of committed ones.
fn abort_overdue_transactions(state: &mut State) -> bool {
    let engine = &mut state.engine;
    let now = engine.now_ms();
    let is_overdue = |start_ms: i64, timeout_ms: i32| start_ms >= 0 && now - start_ms > i64::from(timeout_ms);
    let overdue: Vec<_> = engine
        .txn_info
        .iter()
        .filter(|(_, info)| info.state == "Ongoing" && is_overdue(info.start_ms, info.timeout_ms))
        .map(|(id, info)| (id.clone(), info.timeout_ms))
        .collect();
    for (id, timeout_ms) in &overdue {
        // As if a new producer took the id over: the engine aborts, and fences the old one by the next epoch.
        let request = InitProducerIdRequest::default()
            .with_transactional_id(Some(TransactionalId(StrBytes::from_string(id.clone()))))
            .with_transaction_timeout_ms(*timeout_ms)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        engine.handle_init_producer_id(&request, 0);
    }
    !overdue.is_empty()
}
