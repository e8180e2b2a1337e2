//! The driver of readiness: tries an operation when its descriptor is ready, and reports it as completed.
//!
//! It is what runs where rings are refused, as in most containers, and is held to the same figures. Each socket is watched once, for
//! everything, edge-triggered; reading and writing are independent of each other. A table says for each descriptor what is known and what is wanted:
//!
//! ```text
//!             edge                       Receive or Accept is wanted
//!   (drained) ----> READABLE, in `ready` ----------------------------> one read (some accepts) a turn, until
//!       ^                                                              drained: a short read without a hang-up,
//!       +------------------------------------------------------------- `EAGAIN`
//! ```
//!
//! All reads go through one scratch buffer per loop, so an idle connection has no buffer here either. A send is tried at once, and again when
//! the socket becomes writable. Of files this driver does what needs no waiting ([`at_once`](super::at_once)), on
//! Linux; the blocking pool does the rest.
//!
//! Invariant **FD**: a number in the table is of an open descriptor from the operation that brought it until `Op::Close`, or
//! until its one operation ended: sockets belong to the loop's tables, which close them only here, and the descriptors of `PollFd` are duplicates of our own.
//! Tests: all of `tests/` with `YIBU_DRIVER=poll`.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};

#[cfg(target_os = "linux")]
use super::at_once::AtOnce;
use super::readiness::{Event, Readiness};
use super::{Completion, Op, Part, Token};
use crate::event_loop::borrow;
use crate::event_loop::buffers::Parts;

const SCRATCH: usize = 64 * 1024;
/// Connections that one listener may bring in one turn, so that a flood of them does not starve the rest.
const ACCEPTS: usize = 64;
/// What the wake's descriptor is watched under; no descriptor has such a number.
const WAKE: u64 = u32::MAX as u64;

#[cfg(target_os = "linux")]
pub(super) const SEND: SendFlags = SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT);
#[cfg(not(target_os = "linux"))]
pub(super) const SEND: SendFlags = SendFlags::DONTWAIT;

/// What is known and wanted of one descriptor.
#[derive(Clone, Copy)]
struct Descriptor {
    /// Changes with each owner, so that an event for the last one is told from one for this.
    generation: u32,
    flags: u8,
    token: Token,
}

const WATCHED: u8 = 1;
const READABLE: u8 = 2;
const HUNG_UP: u8 = 4;
/// In the list `ready`.
const LISTED: u8 = 8;
const RECEIVING: u8 = 16;
const ACCEPTING: u8 = 32;
/// A send waits for room.
const SENDING: u8 = 64;
const CONNECTING: u8 = 128;

pub(crate) struct Poll {
    readiness: Readiness,
    scratch: Box<[u8]>,
    descriptors: Vec<Descriptor>,
    /// Descriptors that are known to be readable and wanted.
    ready: Vec<RawFd>,
    /// Ends that are to be told by the next wait.
    ended: Vec<(Token, Result<u32, Errno>)>,
    events: Vec<Event>,
    /// The operations `PollFd` and the duplicate that each watches.
    polls: Vec<(Token, OwnedFd)>,
    #[cfg(target_os = "linux")]
    pub(super) files: AtOnce,
}

impl Poll {
    pub(crate) fn new(wake: BorrowedFd<'_>) -> io::Result<Self> {
        let readiness = Readiness::new()?;
        readiness.watch(wake, WAKE)?;
        Ok(Self {
            readiness,
            scratch: vec![0; SCRATCH].into(),
            descriptors: Vec::new(),
            ready: Vec::new(),
            ended: Vec::new(),
            events: Vec::new(),
            polls: Vec::new(),
            #[cfg(target_os = "linux")]
            files: AtOnce::new(),
        })
    }

    pub(crate) fn submit(&mut self, token: Token, op: Op) {
        match op {
            Op::Receive { fd } => self.want(token, fd, RECEIVING),
            Op::Accept { fd } => self.want(token, fd, ACCEPTING),
            Op::Connect { fd, address } => self.connect(token, fd, address),
            Op::PollFd { fd, events } => self.poll_fd(token, fd, events),
            #[cfg(target_os = "linux")]
            Op::Room { fd } => self.want(token, fd, SENDING),
            Op::Close { fd } => self.close(fd),
            #[cfg(target_os = "linux")]
            op => unreachable!("the blocking pool does {op:?}"),
        }
    }

    pub(crate) fn send(
        &mut self,
        token: Token,
        fd: RawFd,
        parts: &Parts,
    ) -> Option<Result<u32, Errno>> {
        match send_parts(fd, parts, SEND) {
            Err(Errno::AGAIN) => {
                self.want(token, fd, SENDING);
                None
            }
            sent => Some(sent),
        }
    }

    pub(crate) fn cancel(&mut self, token: Token, fd: RawFd) {
        let wanted = match token.part() {
            Part::Receive => RECEIVING,
            Part::Accept => ACCEPTING,
            Part::Send => SENDING,
            Part::Operation => return self.cancel_operation(token, fd),
            Part::Nobody => return,
        };
        let descriptor = self.descriptor(fd);
        if descriptor.flags & wanted != 0 {
            descriptor.flags &= !wanted;
            self.ended.push((token, Err(Errno::CANCELED)));
        }
    }

    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        sink: &mut impl FnMut(Completion<'_>),
    ) -> io::Result<()> {
        let idle = self.ended.is_empty() && self.ready.is_empty();
        for (token, result) in std::mem::take(&mut self.ended) {
            sink(Completion {
                token,
                result,
                data: &[],
                more: false,
            });
        }
        for fd in std::mem::take(&mut self.ready) {
            self.descriptor(fd).flags &= !LISTED;
            self.read(fd, sink);
        }
        let mut events = std::mem::take(&mut self.events);
        self.readiness.wait(
            if idle { timeout } else { Some(Duration::ZERO) },
            &mut |event| events.push(event),
        )?;
        for event in events.drain(..) {
            self.handle(event, sink);
        }
        self.events = events;
        Ok(())
    }

    /// Remembers what is wanted of a descriptor, and watches it if that was not wanted before.
    fn want(&mut self, token: Token, fd: RawFd, wanted: u8) {
        let descriptor = self.descriptor(fd);
        descriptor.token = token;
        descriptor.flags |= wanted;
        if descriptor.flags & WATCHED == 0 {
            descriptor.flags |= WATCHED;
            let data = data(fd, descriptor.generation);
            if let Err(errno) = self.readiness.watch(borrow(fd), data) {
                self.descriptor(fd).flags &= !(WATCHED | wanted);
                self.ended.push((token, Err(errno)));
            }
        } else {
            self.list_if_ready(fd);
        }
    }

    fn list_if_ready(&mut self, fd: RawFd) {
        let descriptor = self.descriptor(fd);
        let flags = descriptor.flags;
        if flags & READABLE != 0 && flags & (RECEIVING | ACCEPTING) != 0 && flags & LISTED == 0 {
            descriptor.flags |= LISTED;
            self.ready.push(fd);
        }
    }

    fn handle(&mut self, event: Event, sink: &mut impl FnMut(Completion<'_>)) {
        if event.data == WAKE {
            return;
        }
        let fd = event.data as u32 as RawFd;
        let descriptor = self.descriptor(fd);
        if descriptor.generation != (event.data >> 32) as u32 {
            return;
        }
        let key = descriptor.token.key();
        if descriptor.flags & CONNECTING != 0 {
            return self.end_single(fd, event, sink);
        }
        if event.writable && descriptor.flags & SENDING != 0 {
            descriptor.flags &= !SENDING;
            sink(Completion {
                token: Token::new(Part::Send, key),
                result: Err(Errno::AGAIN),
                data: &[],
                more: false,
            });
        }
        let descriptor = self.descriptor(fd);
        if event.readable {
            descriptor.flags |= READABLE | if event.hung_up { HUNG_UP } else { 0 };
            self.read(fd, sink);
        }
    }

    /// Does one turn's reading of a readable descriptor.
    fn read(&mut self, fd: RawFd, sink: &mut impl FnMut(Completion<'_>)) {
        let flags = self.descriptor(fd).flags;
        if flags & READABLE == 0 {
            return;
        }
        if flags & RECEIVING != 0 {
            self.receive(fd, sink);
        } else if flags & ACCEPTING != 0 {
            self.accept(fd, sink);
        }
        self.list_if_ready(fd);
    }

    fn receive(&mut self, fd: RawFd, sink: &mut impl FnMut(Completion<'_>)) {
        let received = loop {
            match rustix::net::recv(borrow(fd), &mut self.scratch[..], RecvFlags::DONTWAIT) {
                Err(Errno::INTR) => {}
                received => break received,
            }
        };
        let descriptor = &mut self.descriptors[fd as usize];
        let token = Token::new(Part::Receive, descriptor.token.key());
        let (result, len) = match received {
            Err(Errno::AGAIN) => {
                descriptor.flags &= !READABLE;
                return;
            }
            Err(errno) => (Err(errno), 0),
            Ok((_, len)) => (Ok(len as u32), len),
        };
        let more = len > 0;
        if !more {
            descriptor.flags &= !RECEIVING;
        } else if len < SCRATCH && descriptor.flags & HUNG_UP == 0 {
            descriptor.flags &= !READABLE;
        }
        sink(Completion {
            token,
            result,
            data: &self.scratch[..len],
            more,
        });
    }

    fn accept(&mut self, fd: RawFd, sink: &mut impl FnMut(Completion<'_>)) {
        let token = Token::new(Part::Accept, self.descriptor(fd).token.key());
        for _ in 0..ACCEPTS {
            match accept_one(borrow(fd)) {
                Ok(socket) => {
                    let result = Ok(socket.into_raw_fd() as u32);
                    sink(Completion {
                        token,
                        result,
                        data: &[],
                        more: true,
                    });
                }
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(Errno::AGAIN) => {
                    self.descriptor(fd).flags &= !READABLE;
                    return;
                }
                Err(errno) => {
                    self.descriptor(fd).flags &= !ACCEPTING;
                    sink(Completion {
                        token,
                        result: Err(errno),
                        data: &[],
                        more: false,
                    });
                    return;
                }
            }
        }
    }

    fn connect(&mut self, token: Token, fd: RawFd, address: *const rustix::net::SocketAddrAny) {
        // SAFETY: **KERNEL**: the caller keeps the address until the operation has ended.
        let connected = rustix::net::connect(borrow(fd), unsafe { &*address });
        match connected {
            Err(Errno::INPROGRESS) => {}
            connected => return self.ended.push((token, connected.map(|()| 0))),
        }
        self.watch_single(token, fd, false, true);
    }

    fn poll_fd(&mut self, token: Token, fd: RawFd, events: u32) {
        let duplicate = match rustix::io::fcntl_dupfd_cloexec(borrow(fd), 0) {
            Ok(duplicate) => duplicate,
            Err(errno) => return self.ended.push((token, Err(errno))),
        };
        let events = events as i16;
        let (readable, writable) = (events & READ_EVENT != 0, events & WRITE_EVENT != 0);
        let number = duplicate.as_raw_fd();
        self.polls.push((token, duplicate));
        self.watch_single(token, number, readable, writable);
    }

    /// Watches a descriptor for the one event that ends its operation.
    fn watch_single(&mut self, token: Token, fd: RawFd, readable: bool, writable: bool) {
        let descriptor = self.descriptor(fd);
        descriptor.token = token;
        descriptor.flags = CONNECTING;
        let data = data(fd, descriptor.generation);
        match self
            .readiness
            .watch_once(borrow(fd), data, readable, writable)
        {
            Ok(()) => {}
            // A regular file cannot be watched, and is always ready.
            Err(Errno::PERM) => {
                let events = i16::from(readable) * READ_EVENT + i16::from(writable) * WRITE_EVENT;
                self.forget(token, fd);
                self.ended.push((token, Ok(events as u32)));
            }
            Err(errno) => {
                self.forget(token, fd);
                self.ended.push((token, Err(errno)));
            }
        }
    }

    fn end_single(&mut self, fd: RawFd, event: Event, sink: &mut impl FnMut(Completion<'_>)) {
        let token = self.descriptor(fd).token;
        let result = if self.polls.iter().any(|(poll, _)| *poll == token) {
            let readable = if event.readable { READ_EVENT } else { 0 };
            Ok((readable | if event.writable { WRITE_EVENT } else { 0 }) as u32)
        } else {
            rustix::net::sockopt::socket_error(borrow(fd))
                .and_then(|error| error)
                .map(|()| 0)
        };
        self.forget(token, fd);
        sink(Completion {
            token,
            result,
            data: &[],
            more: false,
        });
    }

    fn cancel_operation(&mut self, token: Token, fd: RawFd) {
        let poll = self.polls.iter().find(|(poll, _)| *poll == token);
        let fd = poll.map_or(fd, |(_, duplicate)| duplicate.as_raw_fd());
        if self.descriptor(fd).token == token && self.descriptor(fd).flags & CONNECTING != 0 {
            self.forget(token, fd);
            self.ended.push((token, Err(Errno::CANCELED)));
        }
    }

    /// Ends the watching for a single event; closes the duplicate, if it was on one.
    fn forget(&mut self, token: Token, fd: RawFd) {
        self.readiness.forget(borrow(fd));
        self.reset(fd);
        self.polls.retain(|(poll, _)| *poll != token);
    }

    fn close(&mut self, fd: RawFd) {
        self.reset(fd);
        // On Linux watching ends with the open file. If somebody shares that, its events still come; the generation tells them from
        // those of the number's next owner. Elsewhere watching must be ended first.
        #[cfg(not(target_os = "linux"))]
        self.readiness.forget(borrow(fd));
        // SAFETY: **FD**: the table's owner gives the descriptor up with this operation.
        drop(unsafe { OwnedFd::from_raw_fd(fd) });
    }

    fn reset(&mut self, fd: RawFd) {
        let descriptor = self.descriptor(fd);
        descriptor.generation = descriptor.generation.wrapping_add(1);
        descriptor.flags &= LISTED;
        descriptor.token = Token::NOBODY;
    }

    fn descriptor(&mut self, fd: RawFd) -> &mut Descriptor {
        let index = usize::try_from(fd).expect("a descriptor's number is not negative");
        if index >= self.descriptors.len() {
            let unknown = Descriptor {
                generation: 0,
                flags: 0,
                token: Token::NOBODY,
            };
            self.descriptors.resize(index + 1, unknown);
        }
        &mut self.descriptors[index]
    }
}

/// Sends what needs no waiting.
pub(super) fn send_parts(fd: RawFd, parts: &Parts, flags: SendFlags) -> Result<u32, Errno> {
    let sent = match parts.as_slices() {
        [one] => rustix::net::send(borrow(fd), one, flags),
        all => rustix::net::sendmsg(borrow(fd), all, &mut SendAncillaryBuffer::default(), flags),
    };
    Ok(sent? as u32)
}

/// `POLLIN` and `POLLOUT`, the same everywhere.
pub(crate) const READ_EVENT: i16 = 1;
pub(crate) const WRITE_EVENT: i16 = 4;

fn data(fd: RawFd, generation: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(fd as u32)
}

#[cfg(target_os = "linux")]
fn accept_one(listener: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    use rustix::net::SocketFlags;
    rustix::net::accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)
}

#[cfg(not(target_os = "linux"))]
fn accept_one(listener: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let socket = rustix::net::accept(listener)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}
