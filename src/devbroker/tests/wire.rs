//! Frames and connections.

use super::*;

use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, MetadataRequest};

#[test]
fn api_versions_too_new_is_answered_in_version_0() {
    let broker = TestBroker::start();
    for version in [4, 99] {
        let mut client = broker.client();
        let mut frame = BytesMut::new();
        frame.put_i16(ApiKey::ApiVersions as i16);
        frame.put_i16(version);
        frame.put_i32(77);
        frame.put_slice(b"whatever that version may hold");
        client.send_raw(&frame);
        let mut answer = client.receive_raw().unwrap();
        assert_eq!(ResponseHeader::decode(&mut answer, 0).unwrap().correlation_id, 77);
        let answer = ApiVersionsResponse::decode(&mut answer, 0).unwrap();
        assert_eq!(answer.error_code, 35);
        assert_eq!(answer.api_keys[0].max_version, 3);
        // The connection goes on.
        client.call(&ApiVersionsRequest::default(), 0);
    }
}

#[test]
fn request_that_cannot_be_read_closes_the_connection_only() {
    let broker = TestBroker::start();
    let cases: [(&[u8], &str); 4] = [
        (&[0, 3], "ends within its header"),
        (&[0x7f, 0x7f, 0, 0, 0, 0, 0, 1, 0xff, 0xff], "unknown API"),
        (&[0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff], "unknown version of Metadata"),
        (&[0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f], "ends within its body"),
    ];
    for (frame, reason) in cases {
        let mut client = broker.client();
        client.send_raw(frame);
        assert!(client.receive_raw().is_err(), "{reason}");
    }
    broker.client().call(&ApiVersionsRequest::default(), 0);
}

#[test]
fn produce_without_acks_gets_no_answer() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    client.create_topic("t", 1, &[]);
    client.send(&produce_request("t", 0, batch(b"v"), 0), 9);
    // The client checks that the next answer belongs to the request after it.
    client.call(&MetadataRequest::default(), 9);
    assert_eq!(client.produce("t", batch(b"w")).base_offset, 1);

    client.send(&produce_request("unknown", 0, batch(b"v"), 0), 9);
    assert!(client.receive_raw().is_err(), "a refusal without answer ends the connection");
}

#[test]
fn panic_under_the_lock_does_not_poison_the_broker() {
    let broker = TestBroker::start();
    let shared = Arc::clone(&broker.broker);
    let panicked = std::thread::spawn(move || {
        let _held = shared.lock();
        panic!("a handler's panic");
    });
    assert!(panicked.join().is_err());
    broker.client().call(&ApiVersionsRequest::default(), 0);
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let settings = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
    assert_eq!(crate::devbroker::start(settings).await.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn stopped_broker_closes_its_connections() {
    let broker = crate::devbroker::start(Settings::default()).await.unwrap();
    let mut client = Client::connect(broker.addr());
    client.call(&ApiVersionsRequest::default(), 0);
    broker.stop().await;
    assert!(client.receive_raw().is_err());
}
