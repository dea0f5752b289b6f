//! API v3, an extension: the quorum of controllers.

use serde_json::json;

use crate::case::{Case, case};

const GET: &str = "v3.QuorumService/GetQuorum";

pub fn cases() -> Vec<Case> {
    let link = "<url>/v3/clusters/<cluster>/quorum";
    vec![
        case("quorum/get")
            .only_kafka("the embedded broker has no controllers")
            .call(GET, json!({"cluster_id": "<cluster>"}))
            .gives(json!({"quorum": {
                "cluster_id": "<cluster>", "leader_id": "*", "leader_epoch": "*", "high_watermark": "*",
                "voters": "*"
            }}))
            .rest(json!({
                "kind": "KafkaQuorum",
                "metadata": {"self": link, "resource_name": "crn:///kafka=<cluster>/quorum"}
            })),
        case("quorum/an unknown cluster")
            .call(GET, json!({"cluster_id": "nowhere"}))
            .fails("NOT_FOUND")
            .saying("Cluster nowhere cannot be found."),
    ]
}
