//! API v2: producing.

use serde_json::{Value, json};

use crate::case::{Case, case};

const PRODUCE: &str = "v2.ProduceService/Produce";

/// Keys, and the partition of five that Java's clients choose for each: murmur2 of the bytes, without its sign, modulo the count.
const KEYS: [(&str, i32); 10] = [
    ("21", 0),
    ("foobar", 1),
    ("a-little-bit-long-string", 2),
    ("", 1),
    ("a", 4),
    ("ab", 4),
    ("abc", 2),
    ("user-1", 3),
    ("user-2", 1),
    ("ž", 1),
];

fn request(format: &str, records: Value) -> Value {
    json!({"topic_name": "<topic>", "format": format!("EMBEDDED_FORMAT_{format}"), "records": records})
}

fn binary(text: &str) -> Value {
    use base64::{Engine, engine::general_purpose::STANDARD};
    json!({ "payload": STANDARD.encode(text) })
}

fn written(places: &[(i32, i64)]) -> Value {
    let offsets =
        places.iter().map(|(partition, offset)| json!({"partition": partition, "offset": offset, "error_code": null, "error": null}));
    json!({"offsets": offsets.collect::<Vec<_>>(), "key_schema_id": null, "value_schema_id": null})
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![keys("BINARY"), keys("JSON")];
    cases.extend(kept());
    cases.extend(refused());
    cases
}

fn keys(format: &str) -> Case {
    let key = |key: &str| if format == "JSON" { json!({ "json": key }) } else { binary(key) };
    let bytes = |key: &str| if format == "JSON" { json!(key).to_string() } else { key.to_owned() };
    let records: Vec<Value> = KEYS.iter().map(|(k, _)| json!({"key": key(k), "value": {"json": 1, "payload": "MQ=="}})).collect();
    let records = records.into_iter().map(|mut r| {
        // Only one of the two forms of a value is given.
        r["value"].as_object_mut().unwrap().remove(if format == "JSON" { "payload" } else { "json" });
        r
    });
    let answers: Vec<Value> = KEYS.iter().map(|(k, _)| json!({"partition": java_partition(bytes(k).as_bytes(), 5)})).collect();
    case(format!("produce/keys choose partitions as in Java, {format}"))
        .topic("", 5)
        .call(PRODUCE, request(format, records.collect()))
        .gives(json!({ "offsets": answers }))
}

/// What Java's default partitioner chooses for a key.
fn java_partition(key: &[u8], count: u32) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut h = 0x9747_b28c ^ u32::try_from(key.len()).unwrap();
    let words = key.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        let mut k = u32::from_le_bytes(word.try_into().unwrap()).wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |sum, byte| (sum << 8) | u32::from(*byte));
        h = (h ^ last).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    ((h ^ (h >> 15)) & 0x7fff_ffff) % count
}

#[test]
fn the_partitioner_agrees_with_fixed_results() {
    for (key, partition) in KEYS {
        assert_eq!(i32::try_from(java_partition(key.as_bytes(), 5)), Ok(partition), "{key}");
    }
}

fn kept() -> Vec<Case> {
    vec![
        case("produce/bytes are kept")
            .topic("", 1)
            .call(PRODUCE, request("BINARY", json!([
                {"key": binary("k"), "value": binary("v")}, {"value": binary("")}, {"value": {"payload": "AP8B"}}, {"key": binary("k")}, {}])))
            .gives(written(&[(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)]))
            .stored("<topic>", 0, json!([
                {"key": "k", "value": "v", "headers": []}, {"key": null, "value": ""}, {"value": "0x00ff01"}, {"key": "k", "value": null},
                {"key": null, "value": null}])),
        case("produce/JSON is written as JSON")
            .topic("", 1)
            .call(PRODUCE, request("JSON", json!([
                {"key": {"json": "k"}, "value": {"json": {"b": [1, 2.5, null], "a": "x y"}}}, {"key": {"json": 7}, "value": {"json": null}}])))
            .gives(written(&[(0, 0), (0, 1)]))
            .stored("<topic>", 0, json!([{"key": "\"k\"", "value": "{\"a\":\"x y\",\"b\":[1,2.5,null]}"}, {"key": "7", "value": null}])),
        case("produce/base64 text in JSON is binary")
            .topic("", 1)
            .call(PRODUCE, request("BINARY", json!([{"value": {"json": "aGVsbG8="}}, {"value": {"json": "aGVsbG8"}}])))
            .gives(written(&[(0, 0), (0, 1)]))
            .stored("<topic>", 0, json!([{"value": "hello"}, {"value": "hello"}])),
        case("produce/partitions by hand")
            .topic("", 3)
            .call(PRODUCE, request("BINARY", json!([{"partition": 2, "value": binary("a")}, {"partition": 0, "key": binary("k")}, {"partition": 2}])))
            .gives(written(&[(2, 0), (0, 0), (2, 1)])),
        case("produce/to a partition")
            .topic("", 3)
            .call(PRODUCE, json!({"topic_name": "<topic>", "partition_id": 1, "format": "EMBEDDED_FORMAT_BINARY",
                "records": [{"value": binary("a")}, {"value": binary("b"), "partition": 2}]}))
            .gives(written(&[(1, 0), (2, 0)])),
        case("produce/many at once keep their order")
            .topic("", 1)
            .call(PRODUCE, request("JSON", (0..500).map(|i| json!({"value": {"json": i}})).collect()))
            .gives(written(&(0..500).map(|i| (0, i)).collect::<Vec<_>>()))
            .stored("<topic>", 0, (0..500).map(|i| json!({"value": i.to_string()})).collect()),
        case("produce/headers and times of gRPC")
            .grpc_only("API v2 has neither headers nor times")
            .topic("", 1)
            .call(PRODUCE, request("BINARY", json!([{"value": binary("v"), "timestamp_ms": 1_700_000_000_123_i64, "headers": [
                {"name": "h", "value": "eA=="}, {"name": "null"}, {"name": "h", "value": ""}]}])))
            .gives(written(&[(0, 0)]))
            .stored("<topic>", 0, json!([{"value": "v", "timestamp_ms": 1_700_000_000_123_i64, "headers": [["h", "x"], ["null", null], ["h", ""]]}])),
    ]
}

fn refused() -> Vec<Case> {
    let mut cases = vec![
        case("produce/a partition that is not there is that record's error")
            .topic("", 1)
            .call(PRODUCE, request("BINARY", json!([{"partition": 9, "value": binary("a")}, {"partition": 0, "value": binary("b")}])))
            .gives(json!({"offsets": [{"partition": null, "offset": null, "error_code": 50003, "error": "*"}, {"partition": 0, "offset": 0}]}))
            .stored("<topic>", 0, json!([{"value": "b"}])),
        case("produce/a negative partition")
            .topic("", 1)
            .call(PRODUCE, request("BINARY", json!([{"partition": 0, "value": binary("a")}, {"partition": -1, "value": binary("b")}])))
            .fails("PARTITION_NOT_FOUND")
            .stored("<topic>", 0, json!([])),
        case("produce/to a negative partition")
            .topic("", 1)
            .call(PRODUCE, json!({"topic_name": "<topic>", "partition_id": -1, "format": "EMBEDDED_FORMAT_BINARY", "records": [{"value": binary("a")}]}))
            .fails("PARTITION_NOT_FOUND"),
        case("produce/one that is too large leaves its neighbours alone")
            .call("v3.TopicService/CreateTopic", json!({"cluster_id": "<cluster>", "topic_name": "<topic>", "partitions_count": 1,
                "replication_factor": 1, "configs": [{"name": "max.message.bytes", "value": "1000"}]}))
            .gives(json!({"topic": {"topic_name": "<topic>"}}))
            .call("v3.PartitionService/ListPartitions", json!({"cluster_id": "<cluster>", "topic_name": "<topic>"}))
            .gives_in_the_end(json!({"data": [{"partition_id": 0}]}))
            .call(PRODUCE, request("BINARY", json!([{"value": binary("a")}, {"value": binary(&"x".repeat(2_000))}, {"value": binary("b")}])))
            .gives(json!({"offsets": [{"offset": 0}, {"partition": null, "offset": null, "error_code": 50002, "error": "*"}, {"offset": 1}]}))
            .stored("<topic>", 0, json!([{"value": "a"}, {"value": "b"}])),
        case("produce/no records").topic("", 1).call(PRODUCE, request("BINARY", json!([]))).fails("CONSTRAINT_VIOLATION"),
        case("produce/an illegal topic name is the records' error")
            .call(PRODUCE, json!({"topic_name": "no such!", "format": "EMBEDDED_FORMAT_BINARY", "records": [{"value": binary("a")}]}))
            .gives(json!({"offsets": [{"partition": null, "offset": null, "error_code": "*", "error": "*"}]})),
    ];
    for (label, value) in [
        ("no alphabet", json!("%%%")),
        ("URL alphabet", json!("_-8=")),
        ("white space", json!("aGVs bG8=")),
        ("a number", json!(17)),
        ("an object", json!({"a": 1})),
    ] {
        cases.push(
            case(format!("produce/not base64: {label}"))
                .topic("", 1)
                .call(PRODUCE, request("BINARY", json!([{"value": binary("a")}, {"value": {"json": value}}])))
                .fails("BAD_REQUEST")
                .saying("base64")
                .stored("<topic>", 0, json!([])),
        );
    }
    cases
}
