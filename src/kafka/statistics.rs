//! How many requests librdkafka has sent: counted from its statistics, if `statistics.interval.ms` turns them on.

use std::collections::HashMap;

use serde::Deserialize;

use super::requests;

/// What is read of the statistics.
#[derive(Deserialize)]
struct Statistics {
    #[serde(default)]
    brokers: HashMap<String, Broker>,
}

#[derive(Deserialize)]
struct Broker {
    /// Requests that were sent, by their names.
    #[serde(default)]
    req: HashMap<String, u64>,
}

/// The requests of one client that have been counted.
#[derive(Default)]
pub(super) struct Sent(HashMap<String, u64>);

impl Sent {
    /// Counts what was sent since the statistics before.
    pub(super) fn count(&mut self, statistics: &str) {
        for (api, more) in self.more(statistics) {
            requests::count(api, more);
        }
    }

    fn more(&mut self, statistics: &str) -> Vec<(String, u64)> {
        let Ok(Statistics { brokers }) = serde_json::from_str(statistics) else { return Vec::new() };
        let mut totals: HashMap<String, u64> = HashMap::new();
        for (api, count) in brokers.into_values().flat_map(|broker| broker.req).filter(|(_, count)| *count > 0) {
            *totals.entry(api).or_default() += count;
        }
        let before = std::mem::replace(&mut self.0, totals.clone());
        // A broker that librdkafka has forgotten takes its count away: that is no request.
        let more = totals.into_iter().map(|(api, total)| {
            let more = total.saturating_sub(before.get(&api).copied().unwrap_or_default());
            (api, more)
        });
        more.filter(|(_, more)| *more > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_counted() {
        let mut sent = Sent::default();
        let of = |a: u64, b: u64| {
            format!(r#"{{"name":"x","brokers":{{"1":{{"req":{{"Produce":{a},"Fetch":0}}}},"2":{{"req":{{"Produce":{b}}}}}}}}}"#)
        };
        assert_eq!(sent.more(&of(2, 3)), [("Produce".to_owned(), 5)]);
        assert_eq!(sent.more(&of(2, 3)), []);
        assert_eq!(sent.more(&of(4, 4)), [("Produce".to_owned(), 3)]);
        assert_eq!(sent.more(&of(1, 0)), [], "a broker that is gone");
        assert_eq!(sent.more("no statistics"), []);
    }
}
