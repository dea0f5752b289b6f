//! Several records at once: what a batch must be as a whole, and its answer.

use std::{collections::HashSet, time::Instant};

use super::{
    choose::Chooser,
    data::{self, Described, Parts},
    group::{Group, failure},
};
use crate::{
    error::{Code, Error, Result},
    kafka::{Producer, Written},
    pb::v3::{ProduceBatchFailure, ProduceBatchRequest, ProduceBatchResponse, ProduceBatchSuccess},
    service::timestamp::from_millis,
};

/// The longest id of an entry, in characters.
const LONGEST_ID: usize = 80;

/// Checks the batch as a whole, in the documented order.
///
/// # Errors
/// [`Code::InvalidBatch`], or as [`data::check`].
pub(super) fn check(request: &ProduceBatchRequest, maximum: usize) -> Result<()> {
    for entry in &request.entries {
        if !is_id(&entry.id) {
            return Err(Error::new(Code::InvalidBatch, "Batch entry identifier is not a valid string."));
        }
        entry.key.iter().chain(&entry.value).try_for_each(data::check)?;
    }
    let mut ids = HashSet::with_capacity(request.entries.len());
    let text = if !request.entries.iter().all(|e| ids.insert(e.id.as_str())) {
        "Batch entry IDs are not distinct."
    } else if request.entries.is_empty() {
        "Empty batch."
    } else if request.entries.len() > maximum {
        "Too many entries in batch."
    } else {
        return Ok(());
    };
    Err(Error::new(Code::InvalidBatch, text))
}

fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// Sends what can be read of the batch, and waits for the results.
pub(super) async fn send(
    mut request: ProduceBatchRequest,
    mut chooser: Chooser,
    producer: &Producer,
    deadline: Instant,
) -> ProduceBatchResponse {
    let mut group = Group::default();
    let mut ids = Vec::with_capacity(request.entries.len());
    for mut entry in std::mem::take(&mut request.entries) {
        ids.push(std::mem::take(&mut entry.id));
        let parts = Parts::from(entry);
        if !chooser.is_ready(&parts) {
            chooser.prepare(&request.topic_name, &parts, deadline).await;
        }
        group.push(Ok(parts), &chooser);
    }
    let records = group.take_records();
    let results = if records.is_empty() {
        Vec::new()
    } else {
        match producer.topic(&request.topic_name, deadline).await {
            Ok(topic) => producer.send(&topic, records, deadline).await,
            Err(error) => vec![Err(error); records.len()],
        }
    };
    answer(&request, ids, group.outcomes(results))
}

fn answer(
    request: &ProduceBatchRequest,
    ids: Vec<String>,
    outcomes: impl Iterator<Item = Result<(Described, Written)>>,
) -> ProduceBatchResponse {
    let mut response = ProduceBatchResponse::default();
    for (id, outcome) in ids.into_iter().zip(outcomes) {
        match outcome {
            Ok((Described { key, value }, written)) => response.successes.push(ProduceBatchSuccess {
                id,
                cluster_id: request.cluster_id.clone(),
                topic_name: request.topic_name.clone(),
                partition_id: written.partition,
                offset: written.offset,
                timestamp: written.timestamp_ms.map(from_millis),
                key,
                value,
            }),
            Err(error) => {
                let (error_code, message) = failure(&error);
                response.failures.push(ProduceBatchFailure { id, error_code, message });
            }
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::v3::{ProduceBatchRequestEntry, RecordData, RecordFormat, record_data::SchemaChoice};

    fn batch(ids: &[&str]) -> ProduceBatchRequest {
        let entry = |id: &&str| ProduceBatchRequestEntry { id: (*id).to_owned(), ..ProduceBatchRequestEntry::default() };
        ProduceBatchRequest { cluster_id: "c".into(), topic_name: "t".into(), entries: ids.iter().map(entry).collect() }
    }

    #[test]
    fn a_batch_is_checked_as_a_whole() {
        let longest = "x".repeat(80);
        let too_long = "x".repeat(81);
        let rows: [(&[&str], Option<&str>); 11] = [
            (&["aZ09-_", "a", "A"], None),
            (&[&longest], None),
            (&[&too_long], Some("Batch entry identifier is not a valid string.")),
            (&[""], Some("Batch entry identifier is not a valid string.")),
            (&["a b"], Some("Batch entry identifier is not a valid string.")),
            (&["ž"], Some("Batch entry identifier is not a valid string.")),
            (&["a", "b", "a"], Some("Batch entry IDs are not distinct.")),
            (&["a"; 11], Some("Batch entry IDs are not distinct.")),
            (&[], Some("Empty batch.")),
            (&["1", "2", "3"], None),
            (&["1", "2", "3", "4"], Some("Too many entries in batch.")),
        ];
        for (ids, want) in rows {
            let checked = check(&batch(ids), 3);
            assert_eq!(checked.as_ref().err().map(Error::message), want, "{ids:?}");
            assert!(checked.err().is_none_or(|e| e.code() == Code::InvalidBatch));
        }
    }

    #[test]
    fn members_that_do_not_go_together_refuse_the_whole_batch() {
        let mut request = batch(&["a", "a"]);
        request.entries[0].value = Some(RecordData {
            r#type: Some(RecordFormat::String.into()),
            schema_choice: Some(SchemaChoice::SchemaId(1)),
            ..RecordData::default()
        });
        assert_eq!(check(&request, 3).map_err(|e| e.code()), Err(Code::MalformedBody));
    }

    #[test]
    fn successes_and_failures_keep_the_order_of_the_entries() {
        let written = |offset| Ok((Described { key: None, value: None }, Written { partition: 1, offset, timestamp_ms: Some(1_500) }));
        let outcomes = [written(5), Err(Error::of(Code::PartitionNotFound)), written(6)];
        let request = batch(&[]);
        let response = answer(&request, ["a", "b", "c"].map(str::to_owned).to_vec(), outcomes.into_iter());
        let successes: Vec<_> = response.successes.iter().map(|s| (s.id.as_str(), s.cluster_id.as_str(), s.offset)).collect();
        assert_eq!(successes, [("a", "c", 5), ("c", "c", 6)]);
        let failures: Vec<_> = response.failures.iter().map(|f| (f.id.as_str(), f.error_code)).collect();
        assert_eq!(failures, [("b", 40402)]);
    }
}
