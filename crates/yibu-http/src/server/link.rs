//! A connection as the server holds it: the receiving side of a stream, and a place among the others.
#![forbid(unsafe_code)]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use yibu::net::ReadHalf;

use super::registry::Place;
use super::shared::Shared;
use crate::error::Error;

/// This, the sending side and a reference to the server are all that an idle connection keeps in its task.
pub(crate) struct Link {
    stream: ReadHalf,
    place: Place,
    /// An address without the alignment of a [`SocketAddr`].
    peer: (IpAddr, u16),
    /// Whether nothing has arrived yet.
    is_fresh: bool,
    /// Whether the wait between two requests has begun.
    is_idle: bool,
    /// Whether the peer has ended its side.
    has_ended: bool,
    /// Whether a request was taken and its answer is not handed over yet.
    is_answering: bool,
}

/// Why a connection is no longer idle.
pub(super) enum Awake {
    /// Bytes have arrived.
    Bytes,
    /// The peer is gone, its time is up, or the server shuts down.
    Close,
}

impl Link {
    pub(super) fn new(stream: ReadHalf, place: Place, peer: SocketAddr) -> Self {
        Link {
            stream,
            place,
            peer: (peer.ip(), peer.port()),
            is_fresh: true,
            is_idle: false,
            has_ended: false,
            is_answering: false,
        }
    }

    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer.into()
    }

    pub(crate) fn shared(&self) -> &Rc<Shared> {
        self.place.shared()
    }

    /// Ready when there is the first byte of a request, or there will be none.
    pub(super) fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<Awake> {
        let awake = match self.stream.poll_fill(cx, 0) {
            _ if self.has_ended => Awake::Close,
            Poll::Ready(Ok(0) | Err(_)) => Awake::Close,
            Poll::Ready(Ok(_)) => Awake::Bytes,
            Poll::Pending if self.shared().registry.is_draining() => Awake::Close,
            Poll::Pending => {
                if !self.is_idle {
                    self.is_idle = true;
                    let limits = &self.shared().limits;
                    let time = if self.is_fresh {
                        limits.head_time
                    } else {
                        limits.keep_alive
                    };
                    self.place.arm(self.after(time), true);
                }
                std::task::ready!(self.place.poll_expired(cx));
                Awake::Close
            }
        };
        if self.is_idle {
            self.place.disarm();
        }
        self.is_idle = false;
        self.is_fresh = false;
        Poll::Ready(awake)
    }

    /// The bytes that have arrived and that nobody has taken.
    pub(crate) fn buffered(&mut self) -> yibu::net::Buffered<'_> {
        self.stream.buffered()
    }

    /// Whether [`buffered`](Self::buffered) has any.
    pub(crate) fn has_buffered(&self) -> bool {
        self.stream.buffered_len() > 0
    }

    /// Waits for more bytes, until `deadline` at most; `false` at the end of the stream.
    pub(crate) async fn fill(&mut self, deadline: u64, what: &'static str) -> Result<bool, Error> {
        if self.has_ended {
            return Ok(false);
        }
        let more = self
            .place
            .within(deadline, what, self.stream.fill())
            .await?
            > 0;
        self.has_ended = !more;
        Ok(more)
    }

    /// Waits for the client to take what it is sent, for as long as it may take.
    pub(super) async fn within_stall<T>(
        &self,
        wait: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Error> {
        let deadline = self.after(self.shared().limits.write_stall);
        self.place.within(deadline, "taking the answer", wait).await
    }

    /// Has the client told that its body is wanted: whoever holds the sending side does it, see [`takes_continue`].
    ///
    /// [`takes_continue`]: super::registry::Registry::takes_continue
    pub(crate) fn want_continue(&self) {
        self.place.want_continue();
    }

    pub(super) fn key(&self) -> u32 {
        self.place.key()
    }

    /// Says that an answer begins, or was handed over to its end.
    #[inline]
    pub(super) fn set_answering(&mut self, is_answering: bool) {
        self.is_answering = is_answering;
    }

    /// Resets the connection, so that the peer cannot take what it got for the whole.
    pub(super) fn reset(mut self) {
        self.stream.abort();
    }

    /// A deadline on the server's coarse clock.
    pub(crate) fn after(&self, time: Duration) -> u64 {
        self.shared().registry.after(time)
    }

    /// The server's coarse clock, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        self.shared().now()
    }
}

impl Drop for Link {
    /// An answer that is given up must not look as if it were whole.
    fn drop(&mut self) {
        if self.is_answering {
            self.stream.abort();
        }
    }
}
