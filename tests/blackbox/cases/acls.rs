//! API v3: access control lists. Each case keeps to its own principal, named after its own topic.
//!
//! They need an authorizer: the embedded broker keeps ACLs, and the tests' Kafka is started with an authorizer.

use serde_json::{Value, json};

use crate::case::{Case, case};

const LIST: &str = "v3.AclService/ListAcls";
const CREATE: &str = "v3.AclService/CreateAcl";
const BATCH: &str = "v3.AclService/CreateAcls";
const DELETE: &str = "v3.AclService/DeleteAcls";

fn merged(mut base: Value, more: Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

/// An ACL of the case's own principal, with these differences.
fn acl(more: Value) -> Value {
    let acl = json!({
        "resource_type": "ACL_RESOURCE_TYPE_TOPIC", "resource_name": "<topic>", "pattern_type": "ACL_PATTERN_TYPE_LITERAL",
        "principal": "User:<topic>", "host": "*", "operation": "ACL_OPERATION_READ", "permission": "ACL_PERMISSION_ALLOW"
    });
    merged(acl, more)
}

fn in_cluster(request: Value) -> Value {
    merged(json!({"cluster_id": "<cluster>"}), request)
}

fn own(more: Value) -> Value {
    merged(json!({"cluster_id": "<cluster>", "principal": "User:<topic>"}), more)
}

/// A filter for everything of the case's own principal, as a deletion wants it.
fn all() -> Value {
    own(json!({
        "resource_type": "ACL_RESOURCE_TYPE_ANY", "pattern_type": "ACL_PATTERN_TYPE_ANY", "operation": "ACL_OPERATION_ANY",
        "permission": "ACL_PERMISSION_ANY"
    }))
}

pub fn cases() -> Vec<Case> {
    let mut cases = life();
    cases.extend(refused());
    cases
}

fn life() -> Vec<Case> {
    let (read, write) = (acl(json!({})), acl(json!({"operation": "ACL_OPERATION_WRITE", "permission": "ACL_PERMISSION_DENY"})));
    let group = acl(json!({"resource_type": "ACL_RESOURCE_TYPE_GROUP", "pattern_type": "ACL_PATTERN_TYPE_PREFIXED", "host": "10.0.0.1"}));
    let token = acl(json!({"resource_type": "ACL_RESOURCE_TYPE_DELEGATION_TOKEN", "operation": "ACL_OPERATION_DESCRIBE"}));
    let link = "<url>/v3/clusters/<cluster>/acls";
    vec![
        case("acls/create, find, delete")
            .call(CREATE, in_cluster(read.clone()))
            .gives(json!({"acl": in_cluster(read.clone())}))
            // One that is there already is a success.
            .call(CREATE, in_cluster(read.clone()))
            .gives(json!({"acl": in_cluster(read.clone())}))
            .call(LIST, own(json!({})))
            .gives_in_the_end(json!({"data": [in_cluster(read.clone())]}))
            .rest(json!({
                "kind": "KafkaAclList",
                "metadata": {
                    "self": format!("{link}?resource_type=ANY&resource_name=&pattern_type=ANY&principal=User%3A<topic>&host=&operation=ANY&permission=ANY"),
                    "next": null
                },
                "data": [{
                    "kind": "KafkaAcl",
                    "metadata": {"self": format!(
                        "{link}?resource_type=TOPIC&resource_name=<topic>&pattern_type=LITERAL&principal=User%3A<topic>&host=*&operation=READ&permission=ALLOW"
                    )},
                    "cluster_id": "<cluster>", "resource_type": "TOPIC", "resource_name": "<topic>", "pattern_type": "LITERAL",
                    "principal": "User:<topic>", "host": "*", "operation": "READ", "permission": "ALLOW"
                }]
            }))
            .call(DELETE, all())
            .gives(json!({"data": [in_cluster(read.clone())]}))
            .call(LIST, own(json!({})))
            .gives_in_the_end(json!({"data": []}))
            .call(DELETE, all())
            .gives(json!({"data": []})),
        case("acls/several at once, sorted")
            .call(BATCH, in_cluster(json!({"data": [token, group, write, read, read]})))
            .gives(json!({}))
            .call(LIST, own(json!({})))
            .gives_in_the_end(json!({"data": [read, write, group, token]}))
            .call(LIST, own(json!({"resource_type": "ACL_RESOURCE_TYPE_TOPIC"})))
            .gives_in_the_end(json!({"data": [read, write]}))
            .call(LIST, own(json!({"pattern_type": "ACL_PATTERN_TYPE_PREFIXED"})))
            .gives_in_the_end(json!({"data": [group]}))
            .call(LIST, own(json!({"host": "10.0.0.1"})))
            .gives_in_the_end(json!({"data": [group]}))
            .call(LIST, own(json!({"operation": "ACL_OPERATION_WRITE", "permission": "ACL_PERMISSION_DENY"})))
            .gives_in_the_end(json!({"data": [write]}))
            .call(LIST, own(json!({"resource_name": "<topic>-and-more", "pattern_type": "ACL_PATTERN_TYPE_MATCH"})))
            .gives_in_the_end(json!({"data": [group]}))
            .call(LIST, own(json!({"page_size": 3})))
            .gives_in_the_end(json!({"data": [read, write, group]}))
            .call(
                DELETE,
                merged(all(), json!({"resource_type": "ACL_RESOURCE_TYPE_TOPIC", "permission": "ACL_PERMISSION_ALLOW"})),
            )
            .gives(json!({"data": [read]}))
            .call(DELETE, all())
            .gives_in_the_end(json!({"data": []}))
            .call(LIST, own(json!({})))
            .gives_in_the_end(json!({"data": []})),
        case("acls/names of all kinds")
            .call(CREATE, in_cluster(acl(json!({"resource_type": "ACL_RESOURCE_TYPE_GROUP", "resource_name": "<topic> ä/b+c%&=*~"}))))
            .gives(json!({"acl": {"resource_name": "<topic> ä/b+c%&=*~"}}))
            .call(LIST, own(json!({"resource_name": "<topic> ä/b+c%&=*~"})))
            .gives_in_the_end(json!({"data": [{"resource_name": "<topic> ä/b+c%&=*~"}]}))
            .rest(json!({"data": [{"metadata": {"self": format!(
                "{link}?resource_type=GROUP&resource_name=<topic>+%C3%A4%2Fb%2Bc%25%26%3D*%7E&pattern_type=LITERAL&principal=User%3A<topic>&host=*&operation=READ&permission=ALLOW"
            )}}]}))
            .call(DELETE, all())
            .gives(json!({"data": "*"})),
        case("acls/none are a success").call(BATCH, in_cluster(json!({"data": []}))).gives(json!({})),
    ]
}

fn refused() -> Vec<Case> {
    let bad = |name: &str, spoilt: Value, text: &str| {
        case(format!("acls/refused: {name}"))
            .call(CREATE, in_cluster(acl(spoilt.clone())))
            .fails("BAD_REQUEST")
            .saying(text)
            .call(BATCH, in_cluster(json!({"data": [acl(json!({})), acl(spoilt)]})))
            .fails("BAD_REQUEST")
            .saying(text)
            .call(LIST, own(json!({})))
            .gives(json!({"data": []}))
    };
    let mut cases = vec![
        bad("every type", json!({"resource_type": "ACL_RESOURCE_TYPE_ANY"}), "resource_type cannot be ANY"),
        bad("an unknown type", json!({"resource_type": "ACL_RESOURCE_TYPE_UNKNOWN"}), "resource_type cannot be UNKNOWN"),
        bad("a pattern to match", json!({"pattern_type": "ACL_PATTERN_TYPE_MATCH"}), "pattern_type cannot be MATCH"),
        bad("every operation", json!({"operation": "ACL_OPERATION_ANY"}), "operation cannot be ANY"),
        bad("every permission", json!({"permission": "ACL_PERMISSION_ANY"}), "permission cannot be ANY"),
        case("acls/a search for what is unknown")
            .call(LIST, own(json!({"resource_type": "ACL_RESOURCE_TYPE_UNKNOWN"})))
            .fails("BAD_REQUEST")
            .saying("resource_type cannot be UNKNOWN")
            .call(LIST, own(json!({"permission": "ACL_PERMISSION_UNKNOWN"})))
            .fails("BAD_REQUEST")
            .saying("permission cannot be UNKNOWN")
            .call(LIST, own(json!({"page_size": 0})))
            .fails("BAD_REQUEST")
            .saying("page_size"),
        case("acls/in an unknown cluster")
            .call(LIST, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found.")
            .call(CREATE, merged(acl(json!({})), json!({"cluster_id": "nowhere"})))
            .fails("NOT_FOUND")
            .call(BATCH, json!({"cluster_id": "nowhere", "data": [acl(json!({}))]}))
            .fails("NOT_FOUND")
            .call(DELETE, merged(all(), json!({"cluster_id": "nowhere"})))
            .fails("NOT_FOUND"),
        case("acls/what Kafka refuses, with the others created")
            .only_kafka("the embedded broker takes any principal")
            .call(CREATE, in_cluster(acl(json!({"principal": "nobody"}))))
            .fails("KAFKA_INVALID_REQUEST")
            .call(BATCH, in_cluster(json!({"data": [acl(json!({"principal": "nobody"})), acl(json!({}))]})))
            .fails("KAFKA_INVALID_REQUEST")
            .call(LIST, own(json!({})))
            .gives_in_the_end(json!({"data": [acl(json!({}))]}))
            .call(DELETE, all())
            .gives(json!({"data": "*"})),
    ];
    for field in ["resource_type", "pattern_type", "operation", "permission"] {
        let mut filter = all();
        filter.as_object_mut().unwrap().remove(field);
        let text = format!("{field} cannot be unspecified or UNKNOWN");
        cases.push(case(format!("acls/delete without {field}")).call(DELETE, filter).fails("BAD_REQUEST").saying(text));
    }
    cases
}
