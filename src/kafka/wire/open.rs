//! From an address to a connection that is ready: socket, versions, and who asks.

use std::{collections::HashMap, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use kafka_protocol::{
    messages::{ApiVersionsRequest, ApiVersionsResponse, SaslAuthenticateRequest, SaslHandshakeRequest},
    protocol::{Message, Request, StrBytes, VersionRange},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, lookup_host},
    time::Instant,
};

use super::{
    access::{Access, Address, Family},
    connection::{Connection, Io, unsupported},
    decode, frame,
    sasl::{Sasl, Step},
};
use crate::{
    error::{Code, Error, Result},
    kafka::{errors::TRANSPORT, native::Fault},
};

/// Kafka's error for a version that it does not know.
const UNSUPPORTED_VERSION: i16 = 35;
/// The first version of ApiVersions that brokers of all ages that matter know; its answer is readable by everyone.
const ASK_VERSIONS: [i16; 2] = [3, 0];
/// From version 1 on the mechanism's messages are requests of their own.
const HANDSHAKE: VersionRange = VersionRange { min: 1, max: 1 };
const AUTHENTICATE: VersionRange = SaslAuthenticateRequest::VERSIONS;

/// Opens a connection.
///
/// # Errors
/// [`Code::KafkaRetriable`] if the broker cannot be reached in time; [`Code::UnsupportedProtocol`] if it is too old.
pub(super) async fn open(access: &Access, address: &Address) -> Result<Arc<Connection>> {
    let opened = tokio::time::timeout(access.limits.setup, connect(access, address)).await;
    let result = opened.unwrap_or_else(|_| Err(unreachable(address, "no connection in time")));
    if let Err(error) = &result {
        tracing::debug!(%address, %error, "no connection to Kafka");
    }
    result
}

async fn connect(access: &Access, address: &Address) -> Result<Arc<Connection>> {
    if let Some(sasl) = &access.security.sasl {
        // A mechanism that cannot be spoken is told before anybody is asked.
        sasl.begin()?;
    }
    let socket = socket(access, address).await.map_err(|why| unreachable(address, why))?;
    #[cfg(feature = "ssl")]
    if let Some(tls) = &access.security.tls {
        let stream = tls.connect(address, socket).await?;
        return agree(access, address, stream).await;
    }
    agree(access, address, socket).await
}

/// Agrees on versions and says who asks, over an open socket.
async fn agree(access: &Access, address: &Address, io: impl Io) -> Result<Arc<Connection>> {
    let mut talk = Talk { io, client_id: access.client_id.clone(), correlation: 0, address: address.clone() };
    let versions = talk.versions().await?;
    let mut renew_at = None;
    if let Some(sasl) = &access.security.sasl {
        renew_at = talk.authenticate(sasl, &versions).await?.map(|life| Instant::now() + life);
    }
    Ok(Connection::start(talk.io, versions, renew_at, access.client_id.clone(), access.limits))
}

async fn socket(access: &Access, address: &Address) -> io::Result<TcpStream> {
    let wanted = |found: &SocketAddr| match access.family {
        Family::Any => true,
        Family::V4 => found.is_ipv4(),
        Family::V6 => found.is_ipv6(),
    };
    let mut why = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for found in lookup_host((&*address.host, address.port)).await?.filter(wanted) {
        match TcpStream::connect(found).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(e) => why = e,
        }
    }
    Err(why)
}

/// The error where a broker cannot be reached.
pub(super) fn unreachable(address: &Address, why: impl std::fmt::Display) -> Error {
    tracing::debug!(%address, %why, "a broker cannot be reached");
    Fault { code: TRANSPORT, text: None }.into()
}

/// One question after the other, before the connection begins.
pub(super) struct Talk<T> {
    io: T,
    client_id: StrBytes,
    correlation: i32,
    address: Address,
}

impl<T: Io> Talk<T> {
    /// The versions of all APIs that the broker offers.
    async fn versions(&mut self) -> Result<HashMap<i16, VersionRange>> {
        for version in ASK_VERSIONS {
            let software = |text: &'static str| StrBytes::from_static_str(text);
            let request = ApiVersionsRequest::default()
                .with_client_software_name(software(env!("CARGO_PKG_NAME")))
                .with_client_software_version(software(env!("CARGO_PKG_VERSION")));
            let request = if version == 0 { ApiVersionsRequest::default() } else { request };
            let answer = self.exchange(&request, version).await?;
            // Whoever does not know the version answers in version 0.
            let known = answer.as_ref().first_chunk().map(|code| i16::from_be_bytes(*code)) != Some(UNSUPPORTED_VERSION);
            if !known {
                continue;
            }
            let answer = decode::body::<ApiVersionsResponse>(&answer, version).map_err(|why| unreachable(&self.address, why))?;
            if answer.error_code != 0 {
                return Err(Fault { code: answer.error_code.into(), text: None }.into());
            }
            let range = |api: kafka_protocol::messages::api_versions_response::ApiVersion| {
                (api.api_key, VersionRange { min: api.min_version, max: api.max_version })
            };
            return Ok(answer.api_keys.into_iter().map(range).collect());
        }
        Err(Error::of(Code::UnsupportedProtocol))
    }

    /// Says who asks. Returns how long the broker believes it, if it tells; a new connection is made a while before.
    async fn authenticate(&mut self, sasl: &Sasl, versions: &HashMap<i16, VersionRange>) -> Result<Option<Duration>> {
        let (mut conversation, mut next) = sasl.begin()?;
        let mechanism = StrBytes::from_string(sasl.mechanism().to_owned());
        let handshake = SaslHandshakeRequest::default().with_mechanism(mechanism);
        let answer = self.ask(&handshake, HANDSHAKE, versions).await?;
        Fault::answered(answer.error_code, None)?;
        loop {
            let request = SaslAuthenticateRequest::default().with_auth_bytes(next);
            let answer = self.ask(&request, AUTHENTICATE, versions).await?;
            Fault::answered(answer.error_code, answer.error_message.as_deref())?;
            match conversation.next(&answer.auth_bytes).await? {
                Step::Say(more) => next = more,
                Step::Done => {
                    let life = u64::try_from(answer.session_lifetime_ms).ok().filter(|life| *life > 0);
                    return Ok(life.map(|life| Duration::from_millis(life) * 85 / 100));
                }
            }
        }
    }

    /// Sends a request in the highest common version of those that it may have, and reads the answer.
    async fn ask<R: Request>(&mut self, request: &R, may: VersionRange, versions: &HashMap<i16, VersionRange>) -> Result<R::Response> {
        let common = versions.get(&R::KEY).map(|offered| offered.intersect(&may)).filter(|common| !common.is_empty());
        let version = common.ok_or_else(|| unsupported(R::KEY, "the broker does not offer it"))?.max;
        let answer = self.exchange(request, version).await?;
        decode::body(&answer, version).map_err(|why| unreachable(&self.address, why))
    }

    /// Sends a request and gives the answer's body.
    async fn exchange<R: Request>(&mut self, request: &R, version: i16) -> Result<Bytes> {
        self.correlation += 1;
        let frame = frame::request(request, version, self.correlation, &self.client_id).map_err(Error::internal)?;
        frame::count(R::KEY);
        let answer = async {
            self.io.write_all(&frame).await?;
            self.io.flush().await?;
            frame::receive(&mut self.io).await
        };
        let mut answer = answer.await.map_err(|why| unreachable(&self.address, why))?;
        let header = decode::header::<R::Response>(&mut answer, version);
        match header {
            Ok(header) if header.correlation_id == self.correlation => Ok(answer),
            Ok(_) | Err(_) => Err(unreachable(&self.address, "an answer to something else")),
        }
    }
}
