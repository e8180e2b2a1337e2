//! A listener's entry in the loop's table: sockets that were accepted and not yet taken.
//!
//! Accepting stops at the high mark and goes on at the low one. When descriptors or memory run out, it is put off: a
//! multishot accept would fail at once and for ever otherwise, and spin.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::task::Poll;
use std::time::Duration;

use rustix::io::Errno;

use super::waiting::{Later, Registration, WakerSlot};

/// Accepted sockets that wait to be taken.
const HIGH: usize = 64;
const LOW: usize = 16;
/// How long accepting is put off when it fails; also ended by any connection that the loop closes.
pub(super) const PUT_OFF: Duration = Duration::from_millis(100);

/// See the module.
pub(crate) struct Listener {
    pub(super) fd: RawFd,
    accepted: VecDeque<OwnedFd>,
    acceptor: WakerSlot,
    waiting: bool,
    /// Of the episode of failures that goes on, and whether it was told.
    error: Option<Errno>,
    told: bool,
    wanted: bool,
    paused: bool,
    pub(super) put_off: bool,
    pub(super) accepting: bool,
    pub(super) stopping: bool,
    pub(super) closing: bool,
    pub(super) dirty: bool,
    /// The socket cannot accept, and never will.
    broken: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Due {
    Accept,
    StopAccepting,
    Close,
}

impl Listener {
    pub(super) fn new(fd: RawFd) -> Self {
        Self {
            fd,
            accepted: VecDeque::new(),
            acceptor: WakerSlot::default(),
            waiting: false,
            error: None,
            told: false,
            wanted: false,
            paused: false,
            put_off: false,
            accepting: false,
            stopping: false,
            closing: false,
            dirty: false,
            broken: false,
        }
    }

    /// The descriptor, for the address.
    pub(crate) fn fd(&self) -> RawFd {
        self.fd
    }

    /// The next socket. An error is told once an episode: until a connection is accepted again. A socket that cannot accept
    /// says so each time.
    pub(crate) fn poll_accept(
        &mut self,
        registration: &mut Registration<'_>,
        later: &mut Later,
    ) -> Poll<io::Result<OwnedFd>> {
        self.wanted = true;
        if let Some(socket) = self.accepted.pop_front() {
            return Poll::Ready(Ok(socket));
        }
        if let Some(errno) = self.error.filter(|_| !self.told || self.broken) {
            self.told = true;
            return Poll::Ready(Err(errno.into()));
        }
        self.waiting = true;
        self.acceptor.set(registration, later);
        Poll::Pending
    }

    /// Whether [`due`](Self::due) may have something new after a socket was taken.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.accepting || (self.paused && self.accepted.len() <= LOW)
    }

    pub(super) fn start_closing(&mut self, later: &mut Later) {
        self.closing = true;
        self.accepted.clear();
        self.acceptor.clear(later);
    }

    fn wake(&mut self, later: &mut Later) {
        if std::mem::take(&mut self.waiting) {
            self.acceptor.wake(later);
        }
    }

    pub(super) fn due(&mut self) -> Option<Due> {
        if self.accepted.len() >= HIGH {
            self.paused = true;
        } else if self.accepted.len() <= LOW {
            self.paused = false;
        }
        let accept = self.wanted && !self.paused && !self.put_off && !self.closing && !self.broken;
        if accept && !self.accepting {
            return Some(Due::Accept);
        }
        if !accept && self.accepting && !self.stopping {
            return Some(Due::StopAccepting);
        }
        (self.closing && !self.accepting).then_some(Due::Close)
    }

    /// A socket, an error, or a cancel that missed; true if accepting must be put off.
    pub(super) fn accepted(
        &mut self,
        result: Result<OwnedFd, Errno>,
        more: bool,
        later: &mut Later,
    ) -> bool {
        if !more {
            self.accepting = false;
            self.stopping = false;
        }
        match result {
            Ok(socket) => {
                (self.error, self.told) = (None, false);
                // One that comes while the listener closes is closed with it.
                if !self.closing {
                    self.accepted.push_back(socket);
                    self.wake(later);
                }
                return false;
            }
            Err(Errno::ALREADY) if more => self.stopping = false,
            Err(Errno::CANCELED | Errno::CONNABORTED | Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => {
                self.broken = matches!(
                    errno,
                    Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP | Errno::BADF
                );
                self.put_off = !self.closing && !self.broken;
                if self.error.replace(errno).is_none() {
                    self.wake(later);
                }
                return self.put_off;
            }
        }
        false
    }
}
