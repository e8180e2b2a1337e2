//! Waiting for connections.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::address::ToAddress;
use super::handle::to_std;
use super::stream::TcpStream;
use crate::event_loop::borrow;
use crate::event_loop::core::{try_with_io, with_io};
use crate::event_loop::slab::Key;
use crate::event_loop::waiting::Registration;
use crate::rt::LoopId;

/// Connections that the kernel keeps for us before it turns further ones away.
const BACKLOG: i32 = 1024;
/// How long a refused bind is tried again: a ring that is being torn down holds its port a while.
const BIND_RETRIES: Duration = Duration::from_secs(1);
const BIND_PAUSE: Duration = Duration::from_millis(20);

/// A socket that waits for TCP connections. It belongs to the loop that made it.
///
/// The loop accepts ahead of [`accept`](Self::accept), until 64 connections wait to be taken; what the kernel has ready at
/// that moment may come on top, 1,024 connections at the most. Several loops listen on one port by [`bind_group`].
#[derive(Debug)]
pub struct TcpListener {
    id: LoopId,
    key: Key,
    _stays: PhantomData<*const ()>,
}

impl TcpListener {
    /// Binds to an address and listens. Port 0 takes a free one, which [`local_addr`](Self::local_addr) tells.
    ///
    /// ```
    /// # yibu::run(async {
    /// let listener = yibu::net::TcpListener::bind("127.0.0.1:0").await?;
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// `AddrInUse` if another socket listens there (a bind is tried for a second, since a process that has just ended may hold its port a moment longer);
    /// the resolver's; the kernel's.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes what was opened.
    pub async fn bind(address: impl ToAddress) -> io::Result<Self> {
        let mut last = None;
        for address in address.to_address().resolve().await? {
            match Self::bind_to(address).await {
                Ok(listener) => return Ok(listener),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("a resolved name has an address"))
    }

    async fn bind_to(address: SocketAddr) -> io::Result<Self> {
        let deadline = Instant::now() + BIND_RETRIES;
        loop {
            match listen(address, false) {
                Err(error)
                    if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline =>
                {
                    crate::time::sleep(BIND_PAUSE).await;
                }
                bound => return Self::from_std(bound?),
            }
        }
    }

    /// Takes a listening socket that was made elsewhere: inherited, or one of a [`bind_group`]. It becomes non-blocking, also for
    /// those who share it.
    ///
    /// # Errors
    ///
    /// The kernel's, when it changes how the socket waits.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (id, key) = with_io("TcpListener", |io, id| {
            (id, io.add_listener(listener.into()))
        });
        Ok(Self {
            id,
            key,
            _stays: PhantomData,
        })
    }

    /// Waits for the next connection; gives it and the other side's address.
    ///
    /// # Errors
    ///
    /// What keeps the kernel from accepting, mostly that no descriptor is left (`EMFILE`). Such an error is told once; the loop then tries again every 100 ms and when it
    /// closes a connection, so calling `accept` again just waits. It is told again after a connection was accepted in between.
    ///
    /// # Cancellation
    ///
    /// Dropping the future takes no connection.
    pub async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    /// The polled form of [`accept`](Self::accept).
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        loop {
            let socket: OwnedFd = std::task::ready!(self.poll_socket(cx))?;
            // One that was reset before it was taken has no address any more, and is of no use.
            if let Ok(Some(address)) = rustix::net::getpeername(&socket) {
                let address = to_std(address)?;
                return Poll::Ready(Ok((TcpStream::from_socket(socket), address)));
            }
        }
    }

    fn poll_socket(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<OwnedFd>> {
        let mut registration = Registration::new(cx.waker());
        with_io("TcpListener::accept", |io, id| {
            self.check(id);
            let (listener, later) = io.listener(self.key);
            let accepted = listener.poll_accept(&mut registration, later);
            if listener.may_go_on() {
                io.touch_listener(self.key);
            }
            accepted
        })
    }

    fn check(&self, id: LoopId) {
        assert!(
            id == self.id,
            "a listener was used on another event loop than its own, which has ended"
        );
    }

    /// The address that this listens on.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        to_std(with_io("TcpListener::local_addr", |io, id| {
            self.check(id);
            rustix::net::getsockname(borrow(io.listener(self.key).0.fd()))
        })?)
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        try_with_io(self.id, |io| io.release_listener(self.key));
    }
}

/// Binds `count` listeners to one address, for as many loops; the kernel spreads connections over them.
///
/// The first is bound alone, so that a busy port is an error, and only then lets its siblings in (`SO_REUSEPORT`). Blocks for up to a second if the port is busy. Each goes to
/// its loop's thread and there into [`TcpListener::from_std`].
///
/// ```
/// let listeners = yibu::net::bind_group("127.0.0.1:0".parse().unwrap(), 2)?;
/// assert_eq!(listeners[0].local_addr()?, listeners[1].local_addr()?);
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// As [`TcpListener::bind`].
///
/// # Panics
///
/// If `count` is zero.
pub fn bind_group(address: SocketAddr, count: usize) -> io::Result<Vec<std::net::TcpListener>> {
    assert!(count > 0, "a group of no listeners");
    let deadline = Instant::now() + BIND_RETRIES;
    let first = loop {
        match listen(address, false) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                std::thread::sleep(BIND_PAUSE);
            }
            bound => break bound?,
        }
    };
    rustix::net::sockopt::set_socket_reuseport(&first, true)?;
    let address = first.local_addr()?;
    let siblings = (1..count).map(|_| listen(address, true));
    std::iter::once(Ok(first)).chain(siblings).collect()
}

fn listen(address: SocketAddr, shared: bool) -> io::Result<std::net::TcpListener> {
    let socket = super::stream::socket(address)?;
    // Connections of an earlier process that are still being closed do not hold the port; another listener does.
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true)?;
    if shared {
        rustix::net::sockopt::set_socket_reuseport(&socket, true)?;
    }
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}
