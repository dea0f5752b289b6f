//! HTTP/1.1 by hand, so that the load costs little beside what is measured.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Result;

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: address.to_owned(), buffer: Vec::new() })
    }

    /// One request and its answer: status and body.
    pub async fn call(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n", self.host, body.len());
        self.stream.write_all(&[head.as_bytes(), body].concat()).await?;
        let (status, chunked, length) = self.head().await?;
        let body = if chunked { self.chunks().await? } else { self.take(length).await? };
        Ok((status, body))
    }

    /// Begins a request whose body comes in chunks.
    pub async fn begin(&mut self, path: &str, headers: &str) -> Result<()> {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n{headers}\r\n", self.host);
        Ok(self.stream.write_all(head.as_bytes()).await?)
    }

    /// Sends a chunk; an empty one ends the body.
    pub async fn chunk(&mut self, data: &[u8]) -> Result<()> {
        let size = format!("{:x}\r\n", data.len());
        Ok(self.stream.write_all(&[size.as_bytes(), data, b"\r\n"].concat()).await?)
    }

    /// The head of an answer: status, whether it is chunked, its length.
    pub async fn head(&mut self) -> Result<(u16, bool, usize)> {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
        self.buffer.drain(..end);
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or("no status")?;
        let length = head.lines().find_map(|l| l.strip_prefix("content-length:")).and_then(|l| l.trim().parse().ok()).unwrap_or(0);
        Ok((status, head.contains("transfer-encoding: chunked"), length))
    }

    /// The next chunk of an answer; empty at its end.
    pub async fn next_chunk(&mut self) -> Result<Vec<u8>> {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                break end;
            }
            self.more().await?;
        };
        let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[..end])?.trim(), 16)?;
        self.buffer.drain(..end + 2);
        let data = self.take(size).await?;
        self.take(2).await?;
        Ok(data)
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.next_chunk().await?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the connection was closed".into()),
            _ => Ok(()),
        }
    }
}

/// Where `needle` begins in `text`.
pub fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, needle)
}

/// How often `needle` is in `text`.
pub fn count(text: &[u8], needle: &[u8]) -> u64 {
    memchr::memmem::find_iter(text, needle).count() as u64
}
