//! From an address to a connection that is ready: socket, versions, and who asks.

use std::{collections::HashMap, io, net::SocketAddr};

use bytes::{Buf, Bytes};
use kafka_protocol::{
    messages::{ApiVersionsRequest, ApiVersionsResponse, ResponseHeader},
    protocol::{Decodable, HeaderVersion, Message, Request, StrBytes, VersionRange},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, lookup_host},
};

use super::{
    access::{Access, Address, Family},
    connection::{Connection, Io},
    frame,
};
use crate::{
    error::{Code, Error, Result},
    kafka::native::Fault,
};

/// librdkafka's number for a broker that cannot be reached.
const TRANSPORT: i32 = -195;
/// Kafka's error for a version that it does not know.
const UNSUPPORTED_VERSION: i16 = 35;
/// The first version of ApiVersions that brokers of all ages that matter know; its answer is readable by everyone.
const ASK_VERSIONS: [i16; 2] = [3, 0];

/// Opens a connection.
///
/// # Errors
/// [`Code::KafkaRetriable`] if the broker cannot be reached in time; [`Code::UnsupportedProtocol`] if it is too old.
pub(super) async fn open(access: &Access, address: &Address) -> Result<std::sync::Arc<Connection>> {
    let opened = tokio::time::timeout(access.limits.setup, connect(access, address)).await;
    let result = opened.unwrap_or_else(|_| Err(unreachable(address, "no connection in time")));
    if let Err(error) = &result {
        tracing::debug!(%address, %error, "no connection to Kafka");
    }
    result
}

async fn connect(access: &Access, address: &Address) -> Result<std::sync::Arc<Connection>> {
    let socket = socket(access, address).await.map_err(|why| unreachable(address, why))?;
    agree(access, address, socket).await
}

/// Agrees on versions over an open socket.
pub(super) async fn agree(access: &Access, address: &Address, io: impl Io) -> Result<std::sync::Arc<Connection>> {
    let mut talk = Talk { io, client_id: access.client_id.clone(), correlation: 0, address: address.clone() };
    let versions = talk.versions().await?;
    Ok(Connection::start(talk.io, versions, None, access.client_id.clone(), access.limits))
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
            let mut answer = self.exchange(&request, version).await?;
            // Whoever does not know the version answers in version 0.
            let known = answer.as_ref().first_chunk().map(|code| i16::from_be_bytes(*code)) != Some(UNSUPPORTED_VERSION);
            if !known {
                continue;
            }
            let answer = ApiVersionsResponse::decode(&mut answer, version).map_err(|why| unreachable(&self.address, why))?;
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
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version));
        match header {
            Ok(header) if header.correlation_id == self.correlation => Ok(answer),
            Ok(_) | Err(_) => Err(unreachable(&self.address, "an answer to something else")),
        }
    }
}
