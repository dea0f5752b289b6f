//! What follows from librdkafka's properties.

use kafka_protocol::messages::ApiKey;

use super::{
    broker::{Act, broker},
    *,
};

const PLAIN: [(&str, &str); 4] =
    [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN"), ("sasl.username", "u"), ("sasl.password", "p")];

#[test]
fn a_property_that_cannot_be_understood_is_named() {
    let rows: [(&str, &[(&str, &str)]); 8] = [
        ("security.protocol", &[("security.protocol", "tls")]),
        ("broker.address.family", &[("broker.address.family", "v5")]),
        ("sasl.mechanisms", &[("security.protocol", "sasl_plaintext"), ("sasl.mechanisms", "CRAM-MD5")]),
        ("sasl.username", &[("security.protocol", "sasl_plaintext"), ("sasl.mechanisms", "PLAIN")]),
        ("ssl.ca.location", &[("security.protocol", "ssl"), ("ssl.ca.location", "/nowhere")]),
        ("ssl.ca.pem", &[("security.protocol", "ssl"), ("ssl.ca.pem", "no certificate")]),
        ("ssl.cipher.suites", &[("security.protocol", "ssl"), ("ssl.cipher.suites", "ROT13")]),
        ("ssl.providers", &[("security.protocol", "ssl"), ("ssl.providers", "legacy")]),
    ];
    for (name, properties) in rows {
        let error = wire("localhost", properties).err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(error.code(), Code::BadRequest, "{name}");
        assert!(error.message().contains(&format!("Kafka property {name}:")), "{error}");
    }
}

#[tokio::test]
async fn a_refused_password_is_told_at_once() {
    let broker = broker(1, &Arc::default(), |key, _| Act::Error(if key == ApiKey::SaslAuthenticate { 58 } else { 0 })).await;
    let wire = wire(&broker.server(), &PLAIN).unwrap();
    let error = wire.any(read(), read_fault, soon()).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Unauthenticated, "Invalid username or password"));
    assert_eq!(broker.asked(ApiKey::SaslAuthenticate), 1, "not asked again with the same password");
}

#[tokio::test]
async fn a_mechanism_that_the_broker_does_not_have_is_told_at_once() {
    let broker = broker(1, &Arc::default(), |key, _| Act::Error(if key == ApiKey::SaslHandshake { 33 } else { 0 })).await;
    let error = wire(&broker.server(), &PLAIN).unwrap().any(read(), read_fault, soon()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn under_kerberos_the_operation_is_not_implemented() {
    let broker = broker(1, &Arc::default(), |_, _| Act::Error(0)).await;
    let wire = wire(&broker.server(), &[("security.protocol", "sasl_plaintext")]).unwrap();
    let error = wire.any(read(), read_fault, soon()).await.unwrap_err();
    assert_eq!(error.code(), Code::NotImplemented);
    assert!(error.message().contains("GSSAPI") && error.message().contains("sasl.mechanisms"), "{error}");
    assert_eq!(broker.accepted.load(std::sync::atomic::Ordering::SeqCst), 0);
}
