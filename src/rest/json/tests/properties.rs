//! What holds for every body.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Any JSON, with names and words of the API in it so that bodies get far into the messages.
fn near() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["1", "", "true", "JSON", "AVRO", "AAE=", "earliest", "2024-01-01T00:00:00Z"]).prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "topic_name",
        "partitions_count",
        "replicas_assignments",
        "configs",
        "name",
        "value",
        "key",
        "type",
        "data",
        "schema_id",
        "headers",
        "timestamp",
        "partition_id",
        "entries",
        "id",
        "records",
        "partition",
        "topics",
        "topic_pattern",
        "offsets",
        "offset",
        "format",
        "0",
        "else",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

/// Binds the body to every kind of message. An error is one of the three that a body can have.
fn bind_to_all(body: &Bytes) {
    fn bind<T: FromJson>(body: &Bytes) {
        if let Err(e) = read::<T>(body) {
            let known = [Code::MalformedBody, Code::UnknownField, Code::ConstraintViolation];
            assert!(known.contains(&e.code()), "{:?}: {e}", e.code());
        }
    }
    bind::<v3::CreateTopicRequest>(body);
    bind::<v3::UpdatePartitionCountRequest>(body);
    bind::<v3::ProduceRecordsRequest>(body);
    bind::<v3::ProduceBatchRequest>(body);
    bind::<v2::ProduceRequest>(body);
    bind::<v2::CreateConsumerRequest>(body);
    bind::<v2::SubscribeRequest>(body);
    bind::<v2::AssignRequest>(body);
    bind::<v2::SeekRequest>(body);
    bind::<v2::OffsetCommits>(body);
}

proptest! {
    #[test]
    fn no_bytes_make_the_binder_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        bind_to_all(&body.into());
    }

    #[test]
    fn no_json_makes_the_binder_panic(body in near(), end in any::<prop::sample::Index>(), cut_off in any::<bool>()) {
        let text = body.to_string();
        let end = if cut_off { end.index(text.len() + 1) } else { text.len() };
        bind_to_all(&Bytes::copy_from_slice(&text.as_bytes()[..end]));
    }

    #[test]
    fn what_a_body_says_is_in_the_message(
        topic_name in any::<String>(),
        partitions_count in any::<Option<i32>>(),
        replication_factor in any::<Option<i32>>(),
        validate_only in any::<Option<bool>>(),
        configs in prop::collection::vec((any::<String>(), any::<Option<String>>()), 0..4),
    ) {
        let body = json!({
            "topic_name": topic_name,
            "partitions_count": partitions_count,
            "replication_factor": replication_factor,
            "validate_only": validate_only,
            "configs": configs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
        });
        let read = read_as::<v3::CreateTopicRequest>(&body.to_string()).unwrap().unwrap();
        let configs: Vec<_> = configs.into_iter().map(|(name, value)| v3::TopicConfigEntry { name, value }).collect();
        let want = v3::CreateTopicRequest { topic_name, partitions_count, replication_factor, validate_only, configs, ..Default::default() };
        prop_assert_eq!(read, want);
    }

    #[test]
    fn raw_json_is_a_slice_of_the_body(data in near(), spaces in "[ \t\r\n]{0,3}") {
        prop_assume!(!data.is_null());
        let text = data.to_string();
        let body = Bytes::from(format!(r#"{{"value":{spaces}{{"type":"JSON","data":{spaces}{text}{spaces}}}}}"#));
        let message = read::<v3::ProduceRecordsRequest>(&body).unwrap().unwrap();
        let data = message.value.unwrap().data.unwrap();
        prop_assert_eq!(&data, text.as_bytes());
        prop_assert!(body.as_ptr_range().contains(&data.as_ptr()), "a copy");
    }
}
