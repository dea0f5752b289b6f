//! The whole gateway in process, on the embedded broker.

use super::*;
use crate::config::{Mode, Sources};

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_starts_is_ready_and_drains() {
    let flags = ["listen", "kafka_listen", "schema_registry_listen"].map(|key| (key, "127.0.0.1:0".to_owned())).to_vec();
    let config = Config::load(Mode::Dev, Sources { file: None, environment: [], flags }).unwrap();
    let app = App::start(config).await.unwrap_or_else(|e| panic!("{e}"));
    assert_ne!(app.embedded().unwrap().address.port(), 0);
    let registry = app.embedded().unwrap().registry.unwrap();
    assert_eq!(reqwest::get(format!("http://{registry}/subjects")).await.unwrap().status(), 200);
    let ready = reqwest::get(format!("http://{}/readyz", app.addr())).await.unwrap();
    assert_eq!(ready.status(), 200);
    let address = app.addr();
    app.shutdown().await;
    assert!(reqwest::get(format!("http://{address}/livez")).await.is_err());
    assert!(reqwest::get(format!("http://{registry}/subjects")).await.is_err());
}

#[tokio::test]
async fn a_wrong_property_is_an_error_of_the_settings() {
    let flags = vec![("listen", "127.0.0.1:0".to_owned()), ("bootstrap_servers", "127.0.0.1:1".to_owned())];
    let environment = [("BARNABAS_KAFKA_PRODUCER_NO_SUCH".to_owned(), "1".to_owned())];
    let config = Config::load(Mode::Serve, Sources { file: None, environment, flags }).unwrap();
    let Err(error) = App::start(config).await else { panic!("accepted") };
    assert!(error.is_of_settings() && error.to_string().contains("no.such"), "{error}");
}
