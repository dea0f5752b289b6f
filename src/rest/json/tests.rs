//! The rules of reading and writing, seen through messages of the API.

mod properties;

use bytes::Bytes;

use super::*;
use crate::{
    error::{Code, Error},
    pb::{v2, v3},
};

fn read_as<T: FromJson>(text: &str) -> Result<Option<T>, Error> {
    read(&Bytes::copy_from_slice(text.as_bytes()))
}

fn written(message: &impl ToJson) -> String {
    let mut w = Writer::new(Links { base: "http://h:1", path: "/v3/clusters", query: "" }, 0);
    message.to_json(&mut w);
    String::from_utf8_lossy(&w.into_bytes()).into_owned()
}

#[test]
fn scalars_are_coerced_as_clients_expect() {
    for (text, want, why) in [
        (r#"{"topic_name":"t","partitions_count":3}"#, Some(3), "a number"),
        (r#"{"topic_name":"t","partitions_count":"3"}"#, Some(3), "text"),
        (r#"{"topic_name":"t","partitions_count":3.9}"#, Some(3), "a fraction is cut"),
        (r#"{"topic_name":"t","partitions_count":""}"#, None, "blank text is none"),
        (r#"{"topic_name":"t","partitions_count":null}"#, None, "null is none"),
        (r#"{"topic_name":"t"}"#, None, "absent"),
        (r#"{"topic_name":"t","partitions_count":1,"partitions_count":2}"#, Some(2), "the last one wins"),
        (r#"{"topic\u005fname":"t","partitions_count":1}"#, Some(1), "an escaped name"),
        ("\u{feff}{\"topic_name\":\"t\",\"partitions_count\":1}", Some(1), "a byte order mark"),
    ] {
        let read: v3::CreateTopicRequest = read_as(text).expect(why).expect(why);
        assert_eq!(read.partitions_count, want, "{why}");
    }
    let read: v3::CreateTopicRequest = read_as(r#"{"topic_name":12,"validate_only":"true"}"#).expect("readable").expect("an object");
    assert_eq!((read.topic_name.as_str(), read.validate_only), ("12", Some(true)));
}

#[test]
fn an_error_tells_its_place_in_the_body() {
    let e = read_as::<v3::ProduceRecordsRequest>(r#"{"timestamp":true}"#).map(|_| ()).expect_err("a boolean for a time");
    assert!(e.message().ends_with("at line 1 column 18"), "{e}");
}

#[test]
fn a_number_for_text_keeps_its_form() {
    for name in ["1.50", "1e3", "-7", "123456789012345678901234567890"] {
        let read: v3::CreateTopicRequest = read_as(&format!(r#"{{"topic_name":{name}}}"#)).expect("readable").expect("an object");
        assert_eq!(read.topic_name, name);
    }
}

#[test]
fn a_wrong_body_names_the_member() {
    for (text, code, part, why) in [
        ("{", Code::MalformedBody, "Malformed JSON", "cut off"),
        ("[]", Code::MalformedBody, "expected an object", "an array"),
        ("{}", Code::MalformedBody, "\"topic_name\"", "a missing member"),
        (r#"{"topic_name":null}"#, Code::MalformedBody, "\"topic_name\"", "a member that is null"),
        (r#"{"topic_name":{}}"#, Code::MalformedBody, "\"topic_name\"", "an object for text"),
        (r#"{"topic_name":"t","partitions_count":true}"#, Code::MalformedBody, "\"partitions_count\"", "a boolean for a number"),
        (r#"{"topic_name":"t","partitions_count":3000000000}"#, Code::MalformedBody, "out of range", "a number too large"),
        (r#"{"topic_name":"t","configs":{"a":1}}"#, Code::MalformedBody, "\"configs\"", "an object for a list"),
        (r#"{"topic_name":"t","configs":[null]}"#, Code::MalformedBody, "index 0", "null in a list"),
        (r#"{"topic_name":"t","replicas_assignments":{"zero":[1]}}"#, Code::MalformedBody, "zero", "a word for a partition"),
        (r#"{"topic_name":"t"} {}"#, Code::MalformedBody, "trailing", "something behind it"),
        (r#"{"topic_name":"t","colour":"red"}"#, Code::UnknownField, "colour", "a member too many"),
        (r#"{"colour":"red"}"#, Code::MalformedBody, "\"topic_name\"", "a missing member outranks one too many"),
        (r#"{"colour":1,"topic_name":"t","validate_only":"yes"}"#, Code::MalformedBody, "\"validate_only\"", "so does a wrong type"),
    ] {
        let e = read_as::<v3::CreateTopicRequest>(text).map(|_| ()).expect_err(why);
        assert_eq!(e.code(), code, "{why}: {e}");
        assert!(e.message().contains(part), "{why}: {e}");
    }
    let e = read_as::<v2::AssignRequest>("{}").map(|_| ()).expect_err("the list is missing");
    assert_eq!((e.code(), e.message()), (Code::ConstraintViolation, "partitions must not be null (was null)"));
}

#[test]
fn numbers_with_fractions_are_read_and_written() {
    let of = |value: &str| format!(r#"{{"name":"q","value":{value}}}"#);
    for (text, want, why) in [
        ("1.5", Some(1.5), "a fraction"),
        ("3", Some(3.0), "a whole number"),
        ("-2", Some(-2.0), "a negative one"),
        ("18446744073709551615", Some(18_446_744_073_709_551_615.0), "more than 64 bits with a sign"),
        ("1e-3", Some(0.001), "an exponent"),
        (r#"" 1.5 ""#, Some(1.5), "text"),
        (r#""""#, None, "blank text is none"),
        ("null", None, "null is none"),
    ] {
        let read: v3::ClientQuotaChange = read_as(&of(text)).expect(why).expect(why);
        assert_eq!(read.value, want, "{why}");
    }
    for (text, part) in [
        (r#""NaN""#, "\"NaN\" is not a finite number"),
        (r#""-inf""#, "\"-inf\" is not a finite number"),
        (r#""1e999""#, "\"1e999\" is not a finite number"),
        (r#""many""#, "\"many\" is not a finite number"),
        ("1e999", "number out of range"),
        ("true", "expected a number"),
        ("[1]", "expected a number"),
    ] {
        let e = read_as::<v3::ClientQuotaChange>(&of(text)).map(|_| ()).expect_err(part);
        assert_eq!(e.code(), Code::MalformedBody, "{e}");
        assert!(e.message().contains(part), "{e}");
    }
    let shown = |value| written(&v3::ClientQuotaValue { name: "q".into(), value });
    for (value, want) in [(1.5, "1.5"), (1024.0, "1024.0"), (1e21, "1e21"), (-0.25, "-0.25"), (f64::NAN, "null"), (f64::INFINITY, "null")] {
        assert_eq!(shown(value), format!(r#"{{"name":"q","value":{want}}}"#));
    }
}

#[test]
fn a_link_leaves_out_the_parameters_that_are_absent() {
    let link = |user: Option<&str>, client_id: Option<&str>| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        written(&v3::ClientQuota { cluster_id: "c".into(), user: text(user), client_id: text(client_id), ..Default::default() })
    };
    for (user, client_id, want) in [
        (Some("a b&"), None, "client-quotas?user=a+b%26&strict=true"),
        (Some(""), Some("x"), "client-quotas?user=&client_id=x&strict=true"),
        (None, None, "client-quotas?strict=true"),
    ] {
        assert!(link(user, client_id).contains(&format!(r#""self":"http://h:1/v3/clusters/c/{want}""#)), "{}", link(user, client_id));
    }
}

#[test]
fn raw_values_are_slices_of_the_body() {
    let body = Bytes::from_static(br#"{"records":[{"value":{"a": 9007199254740993},"key":null}]}"#);
    let read: v2::ProduceRequest = read(&body).expect("readable").expect("an object");
    let record = &read.records[0];
    assert!(record.key.is_none(), "null is absent");
    let Some(v2::record_data::Content::Json(value)) = record.value.as_ref().and_then(|v| v.content.as_ref()) else { panic!("{record:?}") };
    assert_eq!(&value[..], br#"{"a": 9007199254740993}"#);
    assert!(body.as_ptr_range().contains(&value.as_ptr()), "not copied");
}

#[test]
fn of_alternatives_only_one_can_be_given() {
    let e = read_as::<v3::RecordData>(r#"{"data":1,"schema_id":1,"schema":"x"}"#).map(|_| ()).expect_err("two schemas");
    assert!(e.message().contains("Only one of 'schema_id', 'schema_version' or 'schema' can be used."), "{e}");
}

#[test]
fn data_that_is_null_is_there_and_data_that_is_absent_is_not() {
    assert!(read_as::<v3::RecordData>(r#"{"type":"JSON","data":null}"#).expect("null is data").is_some());
    let e = read_as::<v3::RecordData>(r#"{"type":"JSON"}"#).map(|_| ()).expect_err("no data");
    assert!(e.message().contains("\"data\""), "{e}");
}

#[test]
fn text_is_escaped_where_json_needs_it() {
    for text in ["", "plain", "ž 🐈", "a \"quoted\" word", "back\\slash", "line\nbreak", "\u{0}\u{1f}", "\u{7f}\u{2028}"] {
        assert_eq!(written(&text.to_owned()), serde_json::to_string(text).expect("a string"), "{text:?}");
    }
}

#[test]
fn resources_carry_their_links() {
    let topic =
        v3::Topic { cluster_id: "c".into(), topic_name: "a b\"".into(), replication_factor: 1, partitions_count: 2, ..Default::default() };
    assert_eq!(
        written(&topic),
        concat!(
            r#"{"kind":"KafkaTopic","metadata":{"self":"http://h:1/v3/clusters/c/topics/a%20b%22","resource_name":"crn:///kafka=c/topic=a%20b%22"},"#,
            r#""cluster_id":"c","topic_name":"a b\"","is_internal":false,"replication_factor":1,"partitions_count":2,"#,
            r#""partitions":{"related":"http://h:1/v3/clusters/c/topics/a%20b%22/partitions"},"#,
            r#""configs":{"related":"http://h:1/v3/clusters/c/topics/a%20b%22/configs"},"#,
            r#""partition_reassignments":{"related":"http://h:1/v3/clusters/c/topics/a%20b%22/partitions/-/reassignment"},"authorized_operations":[]}"#
        )
    );
    let list = v3::ListClustersResponse { data: vec![v3::Cluster { cluster_id: "c".into(), controller_id: None }] };
    let text = written(&list);
    assert!(
        text.starts_with(
            r#"{"kind":"KafkaClusterList","metadata":{"self":"http://h:1/v3/clusters","next":null},"data":[{"kind":"KafkaCluster""#
        ),
        "{text}"
    );
    assert!(text.contains(r#""controller":null"#), "a link to what is not known is null: {text}");
}

#[test]
fn a_link_to_nobody_is_the_link_to_all() {
    let mut summary = v3::ConsumerGroupLagSummary { cluster_id: "c".into(), consumer_group_id: "a/b".into(), ..Default::default() };
    let all = r#""max_lag_consumer":{"related":"http://h:1/v3/clusters/c/consumer-groups/a%2Fb/consumers"}"#;
    assert!(written(&summary).contains(all), "{}", written(&summary));
    summary.max_lag_consumer_id = "m".into();
    let one = r#""max_lag_consumer":{"related":"http://h:1/v3/clusters/c/consumer-groups/a%2Fb/consumers/m"}"#;
    assert!(written(&summary).contains(one), "{}", written(&summary));
}

#[test]
fn absent_values_are_null_or_left_out_as_declared() {
    let result = v2::ProduceResult { partition: Some(1), offset: Some(9_007_199_254_740_993), ..Default::default() };
    assert_eq!(written(&result), r#"{"partition":1,"offset":9007199254740993,"error_code":null,"error":null}"#);
    let answer = v3::ProduceRecordsResponse { error_code: 400, message: Some("why".into()), ..Default::default() };
    assert_eq!(written(&answer), r#"{"error_code":400,"message":"why"}"#);
}

#[test]
fn records_that_were_read_show_their_bytes_as_base64_and_their_json_as_it_is() {
    use v2::record_data::Content;
    let record = |content| v2::ConsumerRecord {
        topic: "t".into(),
        key: None,
        value: Some(v2::RecordData { content: Some(content) }),
        partition: 0,
        offset: 7,
        timestamp_ms: Some(1),
        key_schema_id: Some(2),
        value_message_indexes: vec![0],
        ..v2::ConsumerRecord::default()
    };
    let shown = |content| written(&record(content));
    assert_eq!(shown(Content::Payload(Bytes::from_static(b"hi"))), r#"{"topic":"t","key":null,"value":"aGk=","partition":0,"offset":7}"#);
    assert_eq!(
        shown(Content::Json(Bytes::from_static(b"{\"a\":1}"))),
        r#"{"topic":"t","key":null,"value":{"a":1},"partition":0,"offset":7}"#
    );
}

#[test]
fn the_next_page_keeps_what_else_the_request_asked_for() {
    for (query, token, want) in [
        ("", "", "null"),
        ("page_size=2", "", "null"),
        ("page_size=2", "a+b", r#""http://h:1/l?page_size=2&page_token=a%2Bb""#),
        ("page_token=old&page_size=2&x=%20", "t", r#""http://h:1/l?page_size=2&x=%20&page_token=t""#),
    ] {
        let mut w = Writer::new(Links { base: "http://h:1", path: "/l", query }, 0);
        w.next_link(token);
        assert_eq!(w.into_bytes(), want, "{query}");
    }
}

#[test]
fn a_list_that_holds_a_null_counts_as_absent_where_absence_has_its_own_answer() {
    let entry = r#"{"partition_id":0,"before_offset":1}"#;
    let read = |text: &str| read_as::<v3::DeleteRecordsRequest>(text).map(|read| read.map_or(0, |r| r.data.len()));
    assert_eq!(read(&format!(r#"{{"data":[{entry},{entry}]}}"#)).expect("a list"), 2);
    assert_eq!(read(r#"{"data":[]}"#).expect("an empty list"), 0);
    for (text, code, why) in [
        ("{}".to_owned(), Code::InvalidPayload, "absent"),
        (r#"{"data":null}"#.to_owned(), Code::InvalidPayload, "null"),
        (format!(r#"{{"data":[{entry},null]}}"#), Code::InvalidPayload, "a null in it"),
        (r#"{"data":null,"mode":1}"#.to_owned(), Code::UnknownField, "an unknown member wins"),
        (r#"{"data":[{}]}"#.to_owned(), Code::MalformedBody, "a missing member of an entry wins"),
    ] {
        let e = read(&text).expect_err(why);
        assert_eq!(e.code(), code, "{why}");
        assert!(code != Code::InvalidPayload || e.message() == "Payload error. Empty input provided. Data is required.", "{e}");
    }
}

#[test]
fn links_with_a_query_name_enums_and_encode_values_as_forms_do() {
    let list = v3::ListAclsResponse {
        cluster_id: "c/1".into(),
        resource_type: v3::AclResourceType::TransactionalId.into(),
        resource_name: "a b+ä*~".into(),
        pattern_type: v3::AclPatternType::Any.into(),
        principal: "User:x&y".into(),
        operation: v3::AclOperation::DescribeConfigs.into(),
        permission: v3::AclPermission::Any.into(),
        ..v3::ListAclsResponse::default()
    };
    let link = "http://h:1/v3/clusters/c%2F1/acls?resource_type=TRANSACTIONAL_ID&resource_name=a+b%2B%C3%A4*%7E&pattern_type=ANY\
        &principal=User%3Ax%26y&host=&operation=DESCRIBE_CONFIGS&permission=ANY";
    let want = format!(r#"{{"kind":"KafkaAclList","metadata":{{"self":"{link}","next":null}},"data":[]}}"#);
    assert_eq!(written(&list), want);
}
