//! Sockets and frames: accepts connections, reads one length-prefixed request after the other, writes the answers in the same order.
//!
//! It must not know what a request means: [`super::dispatch`] answers it. Start at [`serve`].

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};

use super::broker::Broker;
use super::dispatch::{Call, dispatch};

/// The largest request in bytes (Kafka's `socket.request.max.bytes`).
const MAX_REQUEST_BYTES: usize = 100 * 1024 * 1024;

/// Accepts connections until the runtime ends; each runs in a task of its own, so a panic ends that connection only.
pub(super) async fn serve(listener: TcpListener, broker: Arc<Broker>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let broker = Arc::clone(&broker);
                tokio::spawn(async move {
                    if let Err(reason) = converse(stream, &broker).await {
                        tracing::debug!(%reason, "the embedded broker closed a connection");
                    }
                });
            }
            Err(reason) => {
                tracing::warn!(%reason, "the embedded broker cannot accept a connection");
                // Usually no file descriptor is left: let others go on and give some back.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers one connection's requests until the client closes it.
async fn converse(stream: TcpStream, broker: &Broker) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let peer = stream.peer_addr()?.ip();
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::with_capacity(64 * 1024, reader);
    while let Some(frame) = read_frame(&mut reader).await? {
        let call = Call::parse(frame, peer)?;
        let answer = tokio::select! {
            biased;
            answer = dispatch(broker, &call) => answer?,
            // A request that waits (Fetch, JoinGroup, SyncGroup) ends with its connection: nobody reads its answer.
            () = closed(&mut reader) => return Ok(()),
        };
        if let Some(answer) = answer {
            writer.write_all(&answer).await?;
        }
    }
    Ok(())
}

/// The next request without its length, or `None` at the end of the stream.
async fn read_frame(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<Bytes>> {
    if reader.fill_buf().await?.is_empty() {
        return Ok(None);
    }
    let length = reader.read_i32().await?;
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_REQUEST_BYTES);
    let Some(length) = length else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "request longer than 100 MiB or of negative length"));
    };
    let mut frame = BytesMut::zeroed(length);
    reader.read_exact(&mut frame).await?;
    Ok(Some(frame.freeze()))
}

/// Resolves when the client has closed its side; never when it has sent the next request instead.
async fn closed(reader: &mut BufReader<OwnedReadHalf>) {
    match reader.fill_buf().await {
        Ok([]) | Err(_) => (),
        Ok(_) => std::future::pending().await,
    }
}
