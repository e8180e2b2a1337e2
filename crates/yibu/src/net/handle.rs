//! A stream's handle: a key into the tables of the loop that the stream belongs to.

#![forbid(unsafe_code)]

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};
use std::{fmt, io};

use rustix::net::SocketAddrAny;
use rustix::net::sockopt;

use crate::event_loop::borrow;
use crate::event_loop::buffers::{Inbound, Pool};
use crate::event_loop::connection::Connection;
use crate::event_loop::core::{try_with_io, with_io};
use crate::event_loop::io::Io;
use crate::event_loop::slab::Key;
use crate::event_loop::waiting::{Later, Registration};
use crate::rt::LoopId;

/// One of a stream's handles; the stream is closed when the last is dropped. It is not `Send`: a stream stays on its loop.
pub(super) struct Handle {
    id: LoopId,
    key: Key,
    _stays: PhantomData<*const ()>,
}

/// The parts of a loop's tables that work on one connection.
pub(super) struct Tables<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) pool: &'a mut Pool,
    pub(super) later: &'a mut Later,
}

impl Handle {
    /// Two handles to a new stream of the current loop.
    pub(super) fn pair(socket: OwnedFd) -> (Self, Self) {
        let (id, key) = with_io("a stream", |io, id| {
            let key = io.add_connection(socket);
            io.connection(key).0.add_handle();
            (id, key)
        });
        let handle = || Self {
            id,
            key,
            _stays: PhantomData,
        };
        (handle(), handle())
    }

    pub(super) fn is_of(&self, other: &Self) -> bool {
        (self.id, self.key) == (other.id, other.key)
    }

    #[inline]
    #[track_caller]
    pub(super) fn with<R>(&self, f: impl FnOnce(Tables<'_>) -> R) -> R {
        self.with_io(|io, key| {
            let (connection, pool, later) = io.connection(key);
            f(Tables {
                connection,
                pool,
                later,
            })
        })
    }

    #[inline]
    #[track_caller]
    pub(super) fn with_io<R>(&self, f: impl FnOnce(&mut Io, Key) -> R) -> R {
        with_io("a stream", |io, id| {
            assert!(
                id == self.id,
                "a stream was used on another event loop than its own, which has ended"
            );
            f(io, self.key)
        })
    }

    /// Changes the connection, and has it settled at the turn's end.
    #[inline]
    #[track_caller]
    pub(super) fn change<R>(&self, f: impl FnOnce(Tables<'_>) -> R) -> R {
        self.with_io(|io, key| {
            let (connection, pool, later) = io.connection(key);
            let result = f(Tables {
                connection,
                pool,
                later,
            });
            io.touch(key);
            result
        })
    }

    #[inline]
    pub(super) fn poll_fill(&self, cx: &mut Context<'_>, have: usize) -> Poll<io::Result<usize>> {
        let mut registration = Registration::new(cx.waker());
        self.with_io(|io, key| {
            let (connection, _, later) = io.connection(key);
            let filled = connection.poll_fill(have, &mut registration, later);
            if filled.is_pending() {
                io.touch_if_not_receiving(key);
            }
            filled
        })
    }

    /// Gives a lent buffer back.
    #[inline]
    pub(super) fn take_back(&self, inbound: Box<Inbound>) {
        try_with_io(self.id, |io| {
            let (connection, pool, _) = io.connection(self.key);
            connection.take_back(inbound, pool);
            if connection.resumes() {
                io.touch(self.key);
            }
        });
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        let address =
            self.with(|tables| rustix::net::getsockname(borrow(tables.connection.fd())))?;
        to_std(address)
    }

    pub(super) fn peer_addr(&self) -> io::Result<SocketAddr> {
        let address =
            self.with(|tables| rustix::net::getpeername(borrow(tables.connection.fd())))?;
        to_std(address.ok_or(io::ErrorKind::NotConnected)?)
    }

    pub(super) fn set_nodelay(&self, on: bool) -> io::Result<()> {
        Ok(self.with(|tables| sockopt::set_tcp_nodelay(borrow(tables.connection.fd()), on))?)
    }

    pub(super) fn nodelay(&self) -> io::Result<bool> {
        Ok(self.with(|tables| sockopt::tcp_nodelay(borrow(tables.connection.fd())))?)
    }

    pub(super) fn abort(&self) {
        try_with_io(self.id, |io| io.abort_connection(self.key));
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A loop that has ended has closed its streams.
        try_with_io(self.id, |io| io.release_connection(self.key));
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("entry", &self.key.index)
            .finish_non_exhaustive()
    }
}

pub(super) fn to_std(address: SocketAddrAny) -> io::Result<SocketAddr> {
    Ok(SocketAddr::try_from(address)?)
}
