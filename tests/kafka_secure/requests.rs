//! Requests to a gateway, as these tests need them.

use serde_json::{Value, json};

use crate::gateway::{Gateway, answer};

/// Status and body; null where a request or an answer has none.
pub async fn ask(gateway: &Gateway, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = gateway.client.request(method.parse().unwrap(), format!("{}{path}", gateway.url));
    answer(if body.is_null() { request } else { request.json(body) }).await
}

/// Writes a record over API v2.
pub async fn write_v2(gateway: &Gateway, topic: &str) -> (u16, Value) {
    let records = json!({"records": [{"value": {"a": 1}}]});
    let request = gateway.client.post(format!("{}/topics/{topic}", gateway.url));
    answer(request.header("content-type", "application/vnd.kafka.json.v2+json").body(records.to_string())).await
}

/// The path of the cluster.
pub async fn path_of_cluster(gateway: &Gateway) -> String {
    let (_, clusters) = gateway.get("/v3/clusters").await;
    format!("/v3/clusters/{}", clusters["data"][0]["cluster_id"].as_str().unwrap_or_else(|| panic!("{clusters}")))
}
