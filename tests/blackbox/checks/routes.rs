//! The routes of the REST API, from the golden table: bad input is tried on each of them, so that a new route is covered by being there.

use serde_json::{Value, json};

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// `GET`, …
    pub verb: &'static str,
    /// With variables in braces.
    pub path: &'static str,
    /// `v3.TopicService/GetTopic`.
    pub rpc: &'static str,
    /// The status of success.
    pub success: u16,
    /// The media types of the request; empty if it has no body.
    pub consumes: Vec<&'static str>,
    /// The media types of the answer; empty if it has no body.
    pub produces: Vec<&'static str>,
}

/// Every route.
pub fn all() -> Vec<Route> {
    include_str!("../../golden/routes.txt").lines().map(parse).collect()
}

fn parse(line: &'static str) -> Route {
    let parts = line.split_once(" -> ").and_then(|(route, rest)| {
        let (verb, path) = route.split_once(' ')?;
        let (rpc, rest) = rest.split_once(' ')?;
        let (success, rest) = rest.split_once(" [")?;
        let (consumes, produces) = rest.trim_end_matches(']').split_once("] [")?;
        Some((verb, path, rpc, success, consumes, produces))
    });
    let Some((verb, path, rpc, success, consumes, produces)) = parts else { panic!("not a route: {line}") };
    let types = |list: &'static str| list.split(", ").filter_map(|t| t.split(' ').next()).filter(|t| !t.is_empty()).collect();
    Route {
        verb,
        path,
        rpc: rpc.trim_start_matches("barnabas."),
        success: success.parse().unwrap(),
        consumes: types(consumes),
        produces: types(produces),
    }
}

impl Route {
    /// True if the answer's status says nothing about the records of the body.
    pub fn streams(&self) -> bool {
        self.rpc == "v3.RecordService/ProduceRecords"
    }

    /// A media type of the request with which [`Route::body`] is right.
    pub fn media_type(&self) -> &'static str {
        let json = self.consumes.iter().find(|t| t.contains(".json.") && self.rpc == "v2.ProduceService/Produce");
        json.or(self.consumes.first()).copied().unwrap_or("application/json")
    }

    /// A body that could be bound, if its names were right.
    pub fn body(&self) -> Value {
        let partitions = json!({"partitions": [{"topic": "t", "partition": 0}]});
        match self.rpc {
            "v2.ProduceService/Produce" => json!({"records": [{"key": "k", "value": {"a": 1}}], "value_schema": null}),
            "v3.RecordService/ProduceRecords" => {
                json!({"partition_id": 0, "key": {"type": "JSON", "data": 1}, "headers": [{"name": "h", "value": "eA=="}], "timestamp": "2023-11-14T22:13:20Z"})
            }
            "v3.RecordService/ProduceBatch" => json!({"entries": [{"id": "a", "value": {"type": "JSON", "data": 1}}]}),
            "v3.TopicService/CreateTopic" => {
                json!({"topic_name": "no such name", "partitions_count": 1, "replication_factor": 1, "configs": [{"name": "a", "value": "b"}]})
            }
            // Nothing that would change settings of a Kafka that others use, too.
            "v3.ClusterConfigService/UpdateClusterConfig"
            | "v3.BrokerConfigService/UpdateBrokerConfig"
            | "v3.TopicConfigService/UpdateTopicConfig" => json!({"value": null}),
            "v3.ClusterConfigService/AlterClusterConfigs"
            | "v3.BrokerConfigService/AlterBrokerConfigs"
            | "v3.TopicConfigService/AlterTopicConfigs"
            | "v3.TopicConfigService/AlterAllTopicsConfigs" => json!({"data": [], "validate_only": true}),
            "v3.TopicService/UpdatePartitionCount" => json!({"partitions_count": 1}),
            "v2.ConsumerService/CreateConsumer" => {
                json!({"format": "nonsense", "name": "n", "auto.offset.reset": "latest", "fetch.min.bytes": 1})
            }
            "v2.ConsumerService/Subscribe" => json!({"topics": ["t"], "topic_pattern": null}),
            "v2.ConsumerService/Seek" => json!({"offsets": [{"topic": "t", "partition": 0, "offset": 0}]}),
            "v2.ConsumerService/CommitOffsets" => json!({"offsets": [{"topic": "t", "partition": 0, "offset": 0}]}),
            "v3.ReassignmentService/AlterReassignments" => {
                json!({"data": [{"topic_name": "no-such-topic", "partition_id": 0, "operation": "START", "broker_ids": [1]}], "allow_replication_factor_change": true})
            }
            "v3.QuotaService/AlterClientQuotas" => {
                json!({"data": [{"user": "nobody", "quotas": [{"name": "no_such_quota", "value": 1.5, "operation": "SET"}]}], "validate_only": true})
            }
            "v3.TransactionService/AbortTransaction" => json!({"start_offset": 0}),
            "v2.MetadataService/GetRoot" => json!({}),
            "v3.AclService/CreateAcl" => acl(),
            "v3.AclService/CreateAcls" => json!({"data": [acl()]}),
            "v3.PartitionService/ElectLeaders" => json!({"partitions": [{"topic_name": "t", "partition_id": 0}]}),
            "v3.PartitionService/DeleteRecords" => json!({"data": [{"partition_id": 0, "before_offset": 0}]}),
            "v3.ScramUserService/UpsertScramCredential" => json!({"password": "p", "iterations": 1}),
            "v3.ConsumerGroupService/AlterOffsets" => {
                json!({"target": {"position": "END"}, "partitions": [{"topic_name": "t", "partition_id": 0}], "dry_run": true})
            }
            "v3.ConsumerGroupService/DeleteOffsets" => json!({"partitions": [{"topic_name": "t", "partition_id": 0}]}),
            _ => partitions,
        }
    }

    /// The path with these values for its variables, percent-encoded already. Unknown names stand for what is not given.
    pub fn fill(&self, cluster: &str, topic: &str, group: &str, partition: &str) -> String {
        self.path
            .replace("{cluster_id}", cluster)
            .replace("{topic_name}", topic)
            .replace("{group_id}", group)
            .replace("{transactional_id}", group)
            .replace("{consumer_group_id}", group)
            .replace("{consumer_id}", "nobody")
            .replace("{instance_id}", "nobody")
            .replace("{user_name}", group)
            .replace("{mechanism}", "SCRAM_SHA_256")
            .replace("{partition_id}", partition)
            .replace("{broker_id}", partition)
            .replace("{name}", "no.such.name")
    }
}

/// An ACL that every cluster refuses, because its principal has no type.
fn acl() -> Value {
    json!({"resource_type": "TOPIC", "resource_name": "t", "pattern_type": "LITERAL", "principal": "bad input", "host": "*",
        "operation": "READ", "permission": "ALLOW"})
}

#[test]
fn the_table_is_read_as_it_is_written() {
    let routes = all();
    assert!(routes.len() > 30, "{} routes", routes.len());
    let read = routes.iter().find(|r| r.path == "/consumers/{group_id}/instances/{instance_id}/records").unwrap();
    assert_eq!((read.verb, read.success, read.consumes.len(), read.produces[0]), ("GET", 200, 0, "application/vnd.kafka.binary.v2+json"));
}
