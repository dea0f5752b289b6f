//! The brokers that the gateway stands before: those of a cluster, or the embedded one, which this starts and stops.

use std::net::SocketAddr;

use super::StartError;
use crate::config::Brokers;

/// The id of the embedded cluster.
pub(super) const CLUSTER_ID: &str = "barnabas-dev";

/// Where Kafka is, and the embedded broker if it is that.
pub(super) struct Started {
    pub(super) bootstrap_servers: String,
    #[cfg(feature = "devbroker")]
    embedded: Option<crate::devbroker::DevBroker>,
}

impl Started {
    /// The embedded broker's address.
    pub(super) fn embedded_addr(&self) -> Option<SocketAddr> {
        #[cfg(feature = "devbroker")]
        return self.embedded.as_ref().map(crate::devbroker::DevBroker::addr);
        #[cfg(not(feature = "devbroker"))]
        None
    }

    /// Stops the embedded broker, if there is one.
    pub(super) async fn stop(self) {
        #[cfg(feature = "devbroker")]
        if let Some(broker) = self.embedded {
            broker.stop().await;
        }
    }
}

/// Starts what has to be started.
///
/// # Errors
/// The embedded broker's address is in use or no loopback address, or this build has no embedded broker.
pub(super) async fn start(brokers: Brokers) -> Result<Started, StartError> {
    match brokers {
        Brokers::Remote(bootstrap_servers) => Ok(Started {
            bootstrap_servers,
            #[cfg(feature = "devbroker")]
            embedded: None,
        }),
        Brokers::Embedded(listen) => embedded(listen).await,
    }
}

#[cfg(feature = "devbroker")]
async fn embedded(listen: SocketAddr) -> Result<Started, StartError> {
    use crate::devbroker;

    let settings = devbroker::Settings { listen, cluster_id: Some(CLUSTER_ID.to_owned()), ..devbroker::Settings::default() };
    let broker = devbroker::start(settings).await.map_err(|source| StartError::EmbeddedBroker(listen, source))?;
    Ok(Started { bootstrap_servers: broker.addr().to_string(), embedded: Some(broker) })
}

#[cfg(not(feature = "devbroker"))]
async fn embedded(listen: SocketAddr) -> Result<Started, StartError> {
    let reason = "this build has no embedded broker (Cargo feature `devbroker`)";
    Err(StartError::EmbeddedBroker(listen, std::io::Error::new(std::io::ErrorKind::Unsupported, reason)))
}
