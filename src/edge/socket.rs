//! A client's TCP connection with the time limits that hyper does not have, and a close that does not eat the last answer.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

/// How long a closing connection reads on without getting a byte. A peer that still sends has more bytes on the way by then.
const LINGER_QUIET: Duration = Duration::from_millis(250);
/// How long a closing connection reads on in all.
const LINGER_LONGEST: Duration = Duration::from_secs(5);
/// How much it throws away at a time.
const LINGER_CHUNK: usize = 16 * 1024;

/// How long a connection may do nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until its first byte.
    pub(super) first_byte: Duration,
    /// Between two bytes, in either direction.
    pub(super) idle: Duration,
}

/// The connection. A read or a write that has to wait fails when nothing has moved for too long.
pub(super) struct Socket {
    stream: TcpStream,
    allowed: Duration,
    idle: Duration,
    moved: Instant,
    alarm: Pin<Box<Sleep>>,
    /// When reading on ends; set when the connection is being closed.
    lingers_until: Option<Instant>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, patience: Patience) -> Self {
        let now = Instant::now();
        let alarm = Box::pin(sleep_until(now + patience.first_byte));
        Self { stream, allowed: patience.first_byte, idle: patience.idle, moved: now, alarm, lingers_until: None }
    }

    fn has_moved(&mut self) {
        self.allowed = self.idle;
        self.moved = Instant::now();
    }

    /// To be asked when the connection has to wait: fails if it has waited too long already. The alarm is set again only when it
    /// goes off, so that a byte that moves costs no timer.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            let end = self.moved + self.allowed;
            if Instant::now() >= end {
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "nothing was sent or received for too long"));
            }
            self.alarm.as_mut().reset(end);
        }
    }

    fn checked<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match result {
            Poll::Ready(Ok(value)) => {
                self.has_moved();
                Poll::Ready(Ok(value))
            }
            Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
            Poll::Pending => self.poll_patience(cx).map(Err),
        }
    }

    /// Reads and throws away what the peer still sends. Closing a connection with unread bytes makes the kernel send a reset, and
    /// that makes the peer's kernel throw away the answer which the peer has not read yet.
    fn poll_linger(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let mut space = [0; LINGER_CHUNK];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() && Instant::now() < until => {
                    self.alarm.as_mut().reset(until.min(Instant::now() + LINGER_QUIET));
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.alarm.as_mut().poll(cx),
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.stream).poll_read(cx, buffer);
        this.checked(cx, result)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.checked(cx, result)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.checked(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let until = match this.lingers_until {
            Some(until) => until,
            None => {
                // The peer sees the end of the answers first; then it has no reason to send more.
                ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                let now = Instant::now();
                this.alarm.as_mut().reset(now + LINGER_QUIET);
                *this.lingers_until.insert(now + LINGER_LONGEST)
            }
        };
        this.poll_linger(cx, until).map(Ok)
    }
}
