//! What issues operations and tells of their end: the seam between a loop and the kernel.
//!
//! ```text
//!             submit(op) send(parts) cancel(token)
//!   Io  ------------------------------------------->  Driver::{Uring, Poll}  --->  kernel
//!       <-------------------------------------------
//!             wait(timeout) -> Completion, Completion, …
//! ```
//!
//! Typed operations go in, typed completions come out, and each carries the [`Token`] it was submitted
//! with. The driver knows neither tasks nor wakers nor what a stream is. Time ([`Driver::clock`]), random
//! numbers ([`Driver::seed`]) and every operation pass through this enum, so a third kind that simulates them all is
//! one more variant.
//!
//! Invariant **KERNEL**: memory that an operation points to is neither moved, freed, read (where the kernel
//! writes) nor written (where it reads) from `submit` until the completion with `more == false` for its token. Whoever submits owns the
//! memory and keeps the promise: the queues in [`buffers`](super::buffers), the operations' table in
//! [`operation`](super::operation), and the received bytes' ring in [`uring`]. If a driver cannot get its operations back at the end,
//! [`Driver::drained`] says so, and the memory is leaked. Tested under AddressSanitizer with that memory poisoned (`tests/` of this
//! crate, run with `--cfg yibu_asan`).

#[cfg(target_os = "linux")]
mod at_once;
mod choice;
mod poll;
mod readiness;
#[cfg(target_os = "linux")]
mod received;
#[cfg(target_os = "linux")]
mod sendfile;
#[cfg(target_os = "linux")]
mod uring;

#[cfg(target_os = "linux")]
use std::ffi::CStr;
use std::ffi::c_char;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::fs::{OFlags, ResolveFlags};
use rustix::io::Errno;

#[cfg(target_os = "linux")]
use at_once::AtOnce;
pub(crate) use choice::{Kind, choose};
pub use choice::{check_driver, driver_name, fallback_reason};
use poll::Poll;
pub(crate) use poll::{READ_EVENT, WRITE_EVENT};
#[cfg(target_os = "linux")]
use uring::Uring;

#[cfg(target_os = "linux")]
use super::borrow;
use super::buffers::Parts;
use super::slab::Key;
use crate::rt::Clock;

/// What an operation belongs to; the low byte of a [`Token`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Part {
    /// A connection's receive.
    Receive,
    /// A connection's send.
    Send,
    /// A listener's accept.
    Accept,
    /// An entry of the operations' table.
    Operation,
    /// A cancel, a close or a wake: nobody waits for its end.
    Nobody,
}

/// Names an operation in flight: the part, and the key of the table's entry. 24 bits of index, 32 of generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token(u64);

impl Token {
    pub(crate) const NOBODY: Self = Self(Part::Nobody as u64);

    #[inline]
    pub(crate) fn new(part: Part, key: Key) -> Self {
        Self(u64::from(key.generation) << 32 | u64::from(key.index) << 8 | part as u64)
    }

    #[inline]
    pub(crate) fn part(self) -> Part {
        match self.0 as u8 {
            0 => Part::Receive,
            1 => Part::Send,
            2 => Part::Accept,
            3 => Part::Operation,
            _ => Part::Nobody,
        }
    }

    #[inline]
    pub(crate) fn key(self) -> Key {
        Key {
            index: (self.0 >> 8) as u32 & 0xff_ffff,
            generation: (self.0 >> 32) as u32,
        }
    }
}

/// One operation. Pointers follow **KERNEL**. What may block on a disk (`Open` to `WriteAt`) is for drivers that say
/// [`Driver::has_files`]; for others the blocking pool does it, if [`Driver::try_open`] and [`Driver::try_read_at`] cannot.
#[derive(Debug)]
pub(crate) enum Op {
    /// Multishot: a completion with a new descriptor for each connection.
    Accept { fd: RawFd },
    /// Multishot: a completion with its bytes whenever some arrive; no bytes is the end of the stream.
    Receive { fd: RawFd },
    /// Connects a socket to an address that the table owns.
    Connect {
        fd: RawFd,
        address: *const rustix::net::SocketAddrAny,
    },
    /// Waits until a descriptor is ready; the result has the `POLLIN`, `POLLOUT`, … bits.
    PollFd { fd: RawFd, events: u32 },
    /// Waits, in the place of a send, until a socket that was full has room. What the result is means nothing: trying finds out.
    #[cfg(target_os = "linux")]
    Room { fd: RawFd },
    #[cfg(target_os = "linux")]
    Open {
        directory: RawFd,
        path: *const c_char,
        how: *const io_uring::types::OpenHow,
    },
    #[cfg(target_os = "linux")]
    ReadAt {
        fd: RawFd,
        buffer: *mut u8,
        len: u32,
        offset: u64,
    },
    #[cfg(target_os = "linux")]
    WriteAt {
        fd: RawFd,
        data: *const u8,
        len: u32,
        offset: u64,
    },
    /// Closes a descriptor; nobody hears of it.
    Close { fd: RawFd },
}

/// An operation's end, or with `more` one of its results.
#[derive(Debug)]
pub(crate) struct Completion<'a> {
    pub(crate) token: Token,
    pub(crate) result: Result<u32, Errno>,
    /// The bytes of a receive; they are the driver's again when the completion has been handled.
    pub(crate) data: &'a [u8],
    /// The operation goes on.
    pub(crate) more: bool,
}

/// What came of sending from a file.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(crate) enum FileSent {
    /// The socket has so many bytes more.
    Bytes(usize),
    /// The socket has no room.
    Full,
    /// The stream is broken.
    Broken(Errno),
    /// This file is not sent so, or has ended: reading it finds out.
    Refused,
}

/// See the module.
pub(crate) enum Driver {
    #[cfg(target_os = "linux")]
    Uring(Box<Uring>),
    Poll(Box<Poll>),
}

impl Driver {
    /// Makes the kind that [`choose`] found, on the loop's own thread; `wake` becomes readable when another thread wakes the loop.
    pub(crate) fn new(kind: Kind, wake: BorrowedFd<'_>) -> io::Result<Self> {
        match kind {
            #[cfg(target_os = "linux")]
            Kind::Uring => Ok(Self::Uring(Box::new(Uring::new(wake)?))),
            Kind::Poll => Ok(Self::Poll(Box::new(Poll::new(wake)?))),
        }
    }

    /// The clock of a loop with such a driver.
    pub(crate) fn clock(_kind: Kind) -> Clock {
        Clock::System
    }

    /// The seed of such a loop's random numbers.
    pub(crate) fn seed(_kind: Kind) -> u64 {
        use std::hash::{BuildHasher, Hasher};
        std::hash::RandomState::new().build_hasher().finish()
    }

    pub(crate) fn has_files(&self) -> bool {
        !matches!(self, Self::Poll(_))
    }

    /// Opens a path at once, for a driver without `Op::Open`; `None` if that may have to wait, and for one with it.
    #[cfg(target_os = "linux")]
    pub(crate) fn try_open(
        &mut self,
        directory: Option<BorrowedFd<'_>>,
        path: &CStr,
        flags: OFlags,
        resolve: ResolveFlags,
    ) -> Option<Result<OwnedFd, Errno>> {
        match self {
            Self::Poll(poll) if !cfg!(yibu_portable) => {
                poll.files.try_open(directory, path, flags, resolve)
            }
            _ => None,
        }
    }

    /// Reads at once into an empty vector, at most its capacity, for a driver without `Op::ReadAt`; false if nothing was read, and for one with it.
    #[cfg(target_os = "linux")]
    pub(crate) fn try_read_at(
        &self,
        file: BorrowedFd<'_>,
        buffer: &mut Vec<u8>,
        offset: u64,
    ) -> bool {
        match self {
            Self::Poll(_) if !cfg!(yibu_portable) => AtOnce::try_read_at(file, buffer, offset),
            _ => false,
        }
    }

    /// Sends what `parts` describes if that needs no waiting; more follows at once, so the last segment may wait for it.
    #[cfg(target_os = "linux")]
    pub(crate) fn try_send(&mut self, fd: RawFd, parts: &Parts) -> Result<u32, Errno> {
        poll::send_parts(fd, parts, poll::SEND | rustix::net::SendFlags::MORE)
    }

    /// Whether [`try_send_file`](Self::try_send_file) may be tried: it needs the bytes in memory, or the loop would wait for a disk.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_in_memory(&self, file: BorrowedFd<'_>, offset: u64, len: usize) -> bool {
        !cfg!(yibu_portable) && sendfile::is_in_memory(file, offset, len)
    }

    /// Sends from a file, without the bytes passing through the program, as many as the socket has room for.
    #[cfg(target_os = "linux")]
    pub(crate) fn try_send_file(
        &mut self,
        socket: RawFd,
        file: BorrowedFd<'_>,
        offset: u64,
        len: usize,
    ) -> FileSent {
        match sendfile::send(borrow(socket), file, offset, len) {
            Ok(0) => FileSent::Refused,
            Ok(count) => FileSent::Bytes(count),
            Err(Errno::AGAIN) => FileSent::Full,
            Err(errno) if sendfile::is_of_the_socket(errno) => FileSent::Broken(errno),
            Err(_) => FileSent::Refused,
        }
    }

    /// Issues an operation.
    ///
    /// # Safety
    ///
    /// The caller keeps **KERNEL** for the operation's pointers, and its descriptor stays open until the operation was cancelled or has ended.
    pub(crate) unsafe fn submit(&mut self, token: Token, op: Op) {
        match self {
            #[cfg(target_os = "linux")]
            // SAFETY: passed on.
            Self::Uring(uring) => unsafe { uring.submit(token, op) },
            Self::Poll(poll) => poll.submit(token, op),
        }
    }

    /// Sends what `parts` describes. Some drivers know the result at once; `None` means that a completion will tell.
    ///
    /// # Safety
    ///
    /// The caller keeps **KERNEL** for `parts` and for what it points to.
    pub(crate) unsafe fn send(
        &mut self,
        token: Token,
        fd: RawFd,
        parts: &Parts,
    ) -> Option<Result<u32, Errno>> {
        match self {
            #[cfg(target_os = "linux")]
            // SAFETY: passed on.
            Self::Uring(uring) => unsafe { uring.send(token, fd, parts) },
            Self::Poll(poll) => poll.send(token, fd, parts),
        }
    }

    /// Asks for the end of one operation on a descriptor. Its last completion comes as always; if the cancel misses it, a
    /// completion with `ALREADY` and `more` says so, and the caller may ask again.
    pub(crate) fn cancel(&mut self, token: Token, fd: RawFd) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Uring(uring) => uring.cancel(token),
            Self::Poll(poll) => poll.cancel(token, fd),
        }
    }

    /// Whether something that was submitted waits to be handed over; reads memory only.
    #[inline]
    pub(crate) fn has_submissions(&self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Uring(uring) => uring.has_submissions(),
            Self::Poll(_) => false,
        }
    }

    /// Whether [`wait`](Self::wait) would have something to do or to tell; reads memory only.
    #[inline]
    pub(crate) fn has_news(&mut self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Uring(uring) => uring.has_news(),
            Self::Poll(_) => true,
        }
    }

    /// Hands what was submitted to the kernel, waits at most `timeout` (`None`: for ever) for a first completion, and passes on all that there are.
    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        sink: &mut impl FnMut(Completion<'_>),
    ) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Uring(uring) => uring.wait(timeout, sink),
            Self::Poll(poll) => poll.wait(timeout, sink),
        }
    }

    /// Whether the kernel holds no memory of ours any more, but for the driver's own.
    pub(crate) fn drained(&self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Uring(uring) => uring.drained(),
            Self::Poll(_) => true,
        }
    }
}
