//! The embedded Schema Registry beside the embedded broker, if the settings want one.

use std::net::SocketAddr;

use super::StartError;

/// The embedded registry, if there is one.
pub(super) struct Started {
    #[cfg(feature = "devbroker")]
    embedded: Option<crate::devbroker::registry::Running>,
}

impl Started {
    /// Where it listens.
    pub(super) fn embedded_addr(&self) -> Option<SocketAddr> {
        #[cfg(feature = "devbroker")]
        return self.embedded.as_ref().map(crate::devbroker::registry::Running::addr);
        #[cfg(not(feature = "devbroker"))]
        None
    }

    /// Stops it.
    pub(super) async fn stop(self) {
        #[cfg(feature = "devbroker")]
        if let Some(registry) = self.embedded {
            registry.stop().await;
        }
    }
}

/// Starts it, if it has an address.
///
/// # Errors
/// The address is in use or no loopback address, or this build has no embedded registry.
pub(super) async fn start(listen: Option<SocketAddr>) -> Result<Started, StartError> {
    match listen {
        None => Ok(Started {
            #[cfg(feature = "devbroker")]
            embedded: None,
        }),
        Some(listen) => embedded(listen).await,
    }
}

#[cfg(feature = "devbroker")]
async fn embedded(listen: SocketAddr) -> Result<Started, StartError> {
    let registry = crate::devbroker::registry::start(listen).await.map_err(|source| StartError::EmbeddedRegistry(listen, source))?;
    Ok(Started { embedded: Some(registry) })
}

#[cfg(not(feature = "devbroker"))]
async fn embedded(listen: SocketAddr) -> Result<Started, StartError> {
    let reason = "this build has no embedded Schema Registry (Cargo feature `devbroker`)";
    Err(StartError::EmbeddedRegistry(listen, std::io::Error::new(std::io::ErrorKind::Unsupported, reason)))
}
