//! The metrics of requests. Each set of labels is looked up once; after that counting is a few atomic additions.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use parking_lot::RwLock;

/// What a request is counted under. All values are from bounded sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Labels {
    pub(super) surface: &'static str,
    pub(super) method: &'static str,
    pub(super) rpc: Cow<'static, str>,
    pub(super) status: u16,
}

/// The meters of one set of labels.
pub(super) struct Meter {
    requests: Counter,
    seconds: Histogram,
    bytes: Counter,
}

/// All meters that requests have needed so far.
#[derive(Default)]
pub(super) struct Meters {
    in_flight: RwLock<HashMap<&'static str, Gauge>>,
    by_labels: RwLock<HashMap<Labels, Arc<Meter>>>,
}

impl Meters {
    /// How many requests of the surface are under way.
    pub(super) fn in_flight(&self, surface: &'static str) -> Gauge {
        if let Some(gauge) = self.in_flight.read().get(surface) {
            return gauge.clone();
        }
        self.in_flight.write().entry(surface).or_insert_with(|| gauge!("barnabas_requests_in_flight", "surface" => surface)).clone()
    }

    /// The meters of these labels.
    pub(super) fn of(&self, labels: &Labels) -> Arc<Meter> {
        if let Some(meter) = self.by_labels.read().get(labels) {
            return meter.clone();
        }
        self.by_labels.write().entry(labels.clone()).or_insert_with(|| Arc::new(Meter::new(labels))).clone()
    }
}

impl Meter {
    fn new(Labels { surface, method, rpc, status }: &Labels) -> Self {
        let (surface, method, rpc) = (*surface, *method, rpc.clone());
        let status = status.to_string();
        Self {
            requests: counter!("barnabas_requests_total", "surface" => surface, "method" => method, "rpc" => rpc.clone(), "status" => status),
            seconds: histogram!("barnabas_request_duration_seconds", "surface" => surface, "rpc" => rpc),
            bytes: counter!("barnabas_response_bytes_total", "surface" => surface),
        }
    }

    /// Counts a request that is over.
    pub(super) fn count(&self, seconds: f64, bytes: u64) {
        self.requests.increment(1);
        self.seconds.record(seconds);
        self.bytes.increment(bytes);
    }
}
