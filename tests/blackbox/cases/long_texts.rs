//! Texts that are longer than Kafka's protocol can say: refused by the name of the field, before a broker hangs up on them.

use serde_json::{Value, json};

use crate::case::{Case, case};

const IN_PATH: &str = "a path of this length is refused as such";

pub fn cases() -> Vec<Case> {
    let long = "x".repeat(40_000);
    let acl = |field: &str| {
        let mut acl = json!({
            "cluster_id": "<cluster>", "resource_type": "ACL_RESOURCE_TYPE_TOPIC", "resource_name": "t", "pattern_type": "ACL_PATTERN_TYPE_LITERAL",
            "principal": "User:u", "host": "*", "operation": "ACL_OPERATION_READ", "permission": "ACL_PERMISSION_ALLOW"
        });
        let value = acl[field].as_str().unwrap().to_owned();
        acl[field] = json!(format!("{value}{long}"));
        acl
    };
    let refused = |name: &str, rpc: &'static str, request: Value, field: &str| {
        case(format!("long texts/{name}")).call(rpc, request).fails("KAFKA_INVALID_REQUEST").saying(format!("{field} has 4000"))
    };
    let quota = json!({"cluster_id": "<cluster>", "data": [{"user": long, "quotas": [{"name": "producer_byte_rate", "value": 1.0}]}]});
    vec![
        refused("the resource of an ACL", "v3.AclService/CreateAcl", acl("resource_name"), "resource_name"),
        refused("the principal of an ACL", "v3.AclService/CreateAcl", acl("principal"), "principal"),
        refused("the host of an ACL", "v3.AclService/CreateAcl", acl("host"), "host"),
        refused("the user of a quota", "v3.QuotaService/AlterClientQuotas", quota, "user"),
        refused("a SCRAM user", "v3.ScramUserService/GetScramUser", json!({"cluster_id": "<cluster>", "user_name": long}), "user_name")
            .grpc_only(IN_PATH),
        refused(
            "a group",
            "v3.ConsumerGroupService/GetConsumerGroup",
            json!({"cluster_id": "<cluster>", "consumer_group_id": long}),
            "consumer_group_id",
        )
        .grpc_only(IN_PATH),
        refused("the filter of ACLs", "v3.AclService/ListAcls", json!({"cluster_id": "<cluster>", "resource_name": long}), "resource_name")
            .grpc_only("a query of this length is refused as such"),
    ]
}
