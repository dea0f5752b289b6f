//! Topics, their settings and access rules.

use super::*;

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest, MetadataRequest};

fn metadata(client: &mut Client, topic: &str, create: bool) -> MetadataResponseTopic {
    let topic = MetadataRequestTopic::default().with_name(Some(topic_name(topic)));
    let request = MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(create);
    client.call(&request, 9).topics.remove(0)
}

#[test]
fn unknown_topic_is_created_at_its_first_use_when_allowed() {
    let by_default = Settings::default;
    let three = || Settings { partitions: 3.try_into().unwrap(), ..by_default() };
    let never = || Settings { auto_create_topics: false, ..by_default() };
    let cases = [
        (by_default(), "t", true, 0, 1, "allowed"),
        (three(), "t", true, 0, 3, "with as many partitions as set"),
        (by_default(), "t", false, 3, 0, "the client does not want it"),
        (never(), "t", true, 3, 0, "switched off"),
        (by_default(), "a/b", true, 17, 0, "illegal name"),
    ];
    for (settings, name, create, error, partitions, reason) in cases {
        let broker = TestBroker::with(settings);
        let topic = metadata(&mut broker.client(), name, create);
        assert_eq!((topic.error_code, topic.partitions.len()), (error, partitions), "{reason}");
    }
}

#[test]
fn metadata_of_no_topics_is_not_metadata_of_all() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    client.create_topic("t", 1, &[]);
    let cases = [(Some(vec![]), 0, "an empty list"), (None, 1, "no list; internal topics are not shown")];
    for (topics, expected, reason) in cases {
        let answer = client.call(&MetadataRequest::default().with_topics(topics), 9);
        assert_eq!(answer.topics.len(), expected, "{reason}");
        assert_eq!(answer.cluster_id.as_deref(), Some("barnabas-dev"));
        assert_eq!(answer.brokers[0].node_id.0, 1);
    }
}

#[test]
fn batch_larger_than_the_topic_allows_is_refused() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    client.create_topic("t", 1, &[("max.message.bytes", "200")]);
    let refused = client.produce("t", batch(&[0; 200]));
    assert_eq!((refused.error_code, refused.base_offset), (10, -1));
    let taken = client.produce("t", batch(b"short"));
    assert_eq!((taken.error_code, taken.base_offset), (0, 0));
}

#[test]
fn log_append_time_is_the_brokers_clock() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    client.create_topic("t", 1, &[("message.timestamp.type", "LogAppendTime")]);
    assert_eq!(client.produce("t", batch(b"v")).log_append_time_ms, 1_000_000);
    let state = broker.broker.lock();
    let (_, stored) = &state.engine.topics["t"].partitions[&0].record_batches[0];
    assert_eq!(decode(Bytes::copy_from_slice(stored))[0].1, 1_000_000);
}

#[test]
fn access_rules_are_stored_and_found_by_filters() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    let rule = |name: &str, pattern: i8| {
        let rule = AclCreation::default().with_resource_type(2).with_resource_name(text(name)).with_resource_pattern_type(pattern);
        rule.with_principal(text("User:alice")).with_host(text("*")).with_operation(3).with_permission_type(3)
    };
    let creations = vec![rule("orders", 3), rule("ord", 4), rule("*", 3), rule("orders", 3), rule("orders", 1)];
    let created = client.call(&CreateAclsRequest::default().with_creations(creations), 3);
    let errors: Vec<_> = created.results.iter().map(|result| result.error_code).collect();
    assert_eq!(errors, [0, 0, 0, 0, 42], "a rule twice is one; a rule of any pattern is none");

    let describe = DescribeAclsRequest::default()
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_resource_type_filter(2)
        .with_operation(1)
        .with_permission_type(1);
    let cases = [
        (1, None, 3, "any"),
        (3, Some("orders"), 1, "literal"),
        (4, None, 1, "prefixed"),
        (2, Some("orders"), 3, "all that apply to orders"),
        (2, Some("other"), 1, "only the wildcard applies to other"),
        (3, Some("ord"), 0, "a prefix is no literal"),
    ];
    for (pattern, name, expected, reason) in cases {
        let request = describe.clone().with_pattern_type_filter(pattern).with_resource_name_filter(name.map(text));
        assert_eq!(client.call(&request, 3).resources.len(), expected, "{reason}");
    }

    let filter = DeleteAclsFilter::default()
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_resource_type_filter(2)
        .with_operation(1)
        .with_permission_type(1);
    let filter = filter.with_pattern_type_filter(3).with_resource_name_filter(Some(text("orders")));
    let deleted = client.call(&DeleteAclsRequest::default().with_filters(vec![filter]), 3);
    assert_eq!(deleted.filter_results[0].matching_acls.len(), 1);
    assert_eq!(client.call(&describe.with_pattern_type_filter(1).with_resource_name_filter(None), 3).resources.len(), 2);
}
