//! What `barnabas dev` prints when it is up: lines to copy, with the addresses that it really has.

use std::net::SocketAddr;

/// JSON text, so that consumers of JSON can read it: `"hello from grpcurl"`.
const PAYLOAD: &str = "ImhlbGxvIGZyb20gZ3JwY3VybCI=";

/// The greeting: `gateway` is where requests are taken, `kafka` where the embedded broker listens, `registry` where the embedded
/// Schema Registry does, if there is one.
pub fn greeting(gateway: SocketAddr, kafka: SocketAddr, registry: Option<SocketAddr>, cluster_id: &str) -> String {
    let (beside, schemas) = registry.map_or_else(Default::default, |registry| (beside(registry), schemas(registry)));
    format!(
        r#"
Barnabas is up: REST, gRPC and gRPC-Web on {gateway}, an embedded Kafka broker on {kafka}{beside}.

Produce, API v2 and API v3:
  curl -s -X POST -H 'Content-Type: application/vnd.kafka.json.v2+json' --data '{{"records":[{{"key":"v2","value":{{"hello":"world"}}}}]}}' http://{gateway}/topics/greetings
  curl -s -X POST -H 'Content-Type: application/json' --data '{{"value":{{"type":"JSON","data":{{"hello":"v3"}}}}}}' http://{gateway}/v3/clusters/{cluster_id}/topics/greetings/records

Consume: create an instance, subscribe, read (the first read joins the group: repeat it until the records are there), delete:
  curl -s -X POST -H 'Content-Type: application/vnd.kafka.v2+json' --data '{{"name":"me","format":"json","auto.offset.reset":"earliest"}}' http://{gateway}/consumers/readers
  curl -s -X POST -H 'Content-Type: application/vnd.kafka.v2+json' --data '{{"topics":["greetings"]}}' http://{gateway}/consumers/readers/instances/me/subscription
  curl -s -H 'Accept: application/vnd.kafka.json.v2+json' http://{gateway}/consumers/readers/instances/me/records
  curl -s -X DELETE http://{gateway}/consumers/readers/instances/me
{schemas}
gRPC, if you have grpcurl (payloads are bytes; grpcurl writes bytes as base64):
  grpcurl -plaintext {gateway} list
  grpcurl -plaintext -d '{{"cluster_id":"{cluster_id}","topic_name":"greetings","entries":[{{"id":"1","value":{{"payload":"{PAYLOAD}"}}}}]}}' {gateway} barnabas.v3.RecordService/ProduceBatch

Any Kafka client: bootstrap.servers={kafka}
Stop with Ctrl-C. Records and schemas are kept in memory and go with it.

"#
    )
}

fn beside(registry: SocketAddr) -> String {
    format!(", an embedded Schema Registry on {registry}")
}

fn schemas(registry: SocketAddr) -> String {
    format!(
        r#"
Schemas: register one, see it (any client of Confluent's Schema Registry: schema.registry.url=http://{registry}):
  curl -s -X POST -H 'Content-Type: application/vnd.schemaregistry.v1+json' --data '{{"schema":"{{\"type\":\"string\"}}"}}' http://{registry}/subjects/words-value/versions
  curl -s http://{registry}/subjects/words-value/versions/latest
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_real_addresses_and_json_in_form() {
        let addresses = ["127.0.0.1:4321", "127.0.0.1:1234", "127.0.0.1:2345"].map(|address| address.parse().unwrap());
        let text = greeting(addresses[0], addresses[1], Some(addresses[2]), "a-cluster");
        assert!(text.contains("http://127.0.0.1:4321/v3/clusters/a-cluster/topics/greetings/records"));
        assert!(text.contains("bootstrap.servers=127.0.0.1:1234"));
        assert!(text.contains("http://127.0.0.1:2345/subjects/words-value/versions"));
        assert!(!text.contains("8082") && !text.contains("9092") && !text.contains("8081"));
        let bodies: Vec<&str> = text.lines().flat_map(|line| line.split('\'')).filter(|part| part.starts_with('{')).collect();
        assert_eq!(bodies.len(), 6);
        for body in bodies {
            serde_json::from_str::<serde_json::Value>(body).unwrap_or_else(|e| panic!("{body}: {e}"));
        }
        let without = greeting(addresses[0], addresses[1], None, "a-cluster");
        assert!(!without.to_lowercase().contains("schema registry"));
    }
}
