//! Operations that belong to no connection: opening, reading and writing files, connecting, waiting for a descriptor.
//!
//! Each has an entry in the loop's table, which owns what the kernel reads and writes until the kernel is done. The future
//! [`Operation`](super::operate::Operation) holds a key to it. Dropping the future cancels the operation (but for a write, which may still land) and leaves the entry to be freed when it
//! ends; a result that owns something, such as an opened file, is closed then.
//!
//! Invariant **ENTRY**: what [`Data::op`] points to is in a box or on the heap of its entry, is not touched while the entry's `result` is
//! `None`, and is dropped only after (**KERNEL**). Tests: `tests/cancel.rs`, `tests/files.rs`, also under AddressSanitizer.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use bytes::Bytes;
use rustix::io::Errno;
use rustix::net::SocketAddrAny;

use super::driver::Op;
use super::poison;
use super::waiting::{Later, WakerSlot};

/// What an operation works on, and owns while it lasts.
pub(crate) enum Data {
    Connect {
        socket: OwnedFd,
        address: Box<SocketAddrAny>,
    },
    PollFd {
        fd: RawFd,
        events: u32,
    },
    #[cfg(target_os = "linux")]
    Open {
        directory: Option<Arc<OwnedFd>>,
        path: CString,
        how: Box<io_uring::types::OpenHow>,
    },
    /// Reads at most the vector's capacity, into an empty vector.
    #[cfg(target_os = "linux")]
    ReadAt {
        file: Arc<OwnedFd>,
        buffer: Vec<u8>,
        offset: u64,
    },
    #[cfg(target_os = "linux")]
    WriteAt {
        file: Arc<OwnedFd>,
        bytes: Bytes,
        offset: u64,
    },
}

/// The most that one read or write asks for.
const MOST: usize = 1 << 30;

#[cfg(target_os = "linux")]
impl Data {
    /// Opens a path, from a directory if one is given.
    pub(crate) fn open(
        directory: Option<Arc<OwnedFd>>,
        path: CString,
        flags: rustix::fs::OFlags,
        mode: rustix::fs::Mode,
        resolve: rustix::fs::ResolveFlags,
    ) -> Self {
        let how = io_uring::types::OpenHow::new()
            .flags(flags.bits().into())
            .mode(mode.bits().into())
            .resolve(resolve.bits());
        Self::Open {
            directory,
            path,
            how: Box::new(how),
        }
    }
}

impl Data {
    /// The descriptor that a cancel must name.
    pub(super) fn fd(&self) -> RawFd {
        match self {
            Self::Connect { socket, .. } => socket.as_raw_fd(),
            Self::PollFd { fd, .. } => *fd,
            #[cfg(target_os = "linux")]
            Self::Open { .. } => -1,
            #[cfg(target_os = "linux")]
            Self::ReadAt { file, .. } | Self::WriteAt { file, .. } => file.as_raw_fd(),
        }
    }

    /// The driver's view of this operation; it points into `self` as **ENTRY** says.
    fn op(&mut self) -> Op {
        match self {
            Self::Connect { socket, address } => Op::Connect {
                fd: socket.as_raw_fd(),
                address: &raw const **address,
            },
            Self::PollFd { fd, events } => Op::PollFd {
                fd: *fd,
                events: *events,
            },
            #[cfg(target_os = "linux")]
            Self::Open {
                directory,
                path,
                how,
            } => Op::Open {
                directory: directory
                    .as_ref()
                    .map_or(libc::AT_FDCWD, |fd| fd.as_raw_fd()),
                path: path.as_ptr(),
                how: &raw const **how,
            },
            #[cfg(target_os = "linux")]
            Self::ReadAt {
                file,
                buffer,
                offset,
            } => {
                let len = buffer.capacity().min(MOST) as u32;
                Op::ReadAt {
                    fd: file.as_raw_fd(),
                    buffer: buffer.as_mut_ptr(),
                    len,
                    offset: *offset,
                }
            }
            #[cfg(target_os = "linux")]
            Self::WriteAt {
                file,
                bytes,
                offset,
            } => {
                let len = bytes.len().min(MOST) as u32;
                Op::WriteAt {
                    fd: file.as_raw_fd(),
                    data: bytes.as_ptr(),
                    len,
                    offset: *offset,
                }
            }
        }
    }

    /// Memory that the kernel writes to.
    fn written(&self) -> Option<(*const u8, usize)> {
        match self {
            #[cfg(target_os = "linux")]
            Self::ReadAt { buffer, .. } => Some((buffer.as_ptr(), buffer.capacity())),
            _ => None,
        }
    }

    /// Drops this under a borrow of the loop's tables: bytes that somebody else owns wait until it is over.
    pub(super) fn let_go(self, later: &mut Later) {
        match self {
            #[cfg(target_os = "linux")]
            Self::WriteAt { bytes, .. } => later.spent.push(bytes),
            _ => {
                let _ = later;
            }
        }
    }

    pub(super) fn is_write(&self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::WriteAt { .. } => true,
            _ => false,
        }
    }
}

/// An operation's entry in the loop's table.
pub(crate) struct Entry {
    pub(super) data: Data,
    pub(super) result: Option<Result<u32, Errno>>,
    pub(super) waker: WakerSlot,
    /// Nobody waits any more.
    pub(super) abandoned: bool,
}

impl Entry {
    pub(super) fn new(data: Data) -> Self {
        Self {
            data,
            result: None,
            waker: WakerSlot::default(),
            abandoned: false,
        }
    }

    /// What to submit: once, when the entry is in its place.
    pub(super) fn start(&mut self) -> Op {
        let op = self.data.op();
        if let Some((start, len)) = self.data.written() {
            poison::lend_to_kernel(start, len);
        }
        op
    }

    /// Nobody waits any more: what the operation has brought is closed now, or when it ends.
    pub(super) fn abandon(&mut self, later: &mut Later) {
        self.abandoned = true;
        self.waker.clear(later);
        if let Some(result) = self.result {
            self.release(result);
        }
    }

    /// The kernel is done. True if the entry is to be freed, since nobody waits.
    pub(super) fn ended(&mut self, result: Result<u32, Errno>, later: &mut Later) -> bool {
        if let Some((start, len)) = self.data.written() {
            poison::take_from_kernel(start, len);
        }
        #[cfg(target_os = "linux")]
        if let (Data::ReadAt { buffer, .. }, Ok(len)) = (&mut self.data, result) {
            assert!(
                len as usize <= buffer.capacity(),
                "the kernel reads no more than was asked for"
            );
            // SAFETY: **ENTRY**: the kernel has written the first `len` bytes, within the capacity.
            unsafe { buffer.set_len(len as usize) };
        }
        self.result = Some(result);
        if self.abandoned {
            self.release(result);
        }
        self.waker.wake(later);
        self.abandoned
    }

    /// Closes what a result owns and nobody takes.
    fn release(&mut self, result: Result<u32, Errno>) {
        #[cfg(target_os = "linux")]
        if let (Data::Open { .. }, Ok(fd)) = (&self.data, result) {
            // SAFETY: the kernel opened this descriptor for us; who could take it has gone, and an entry is released once.
            drop(unsafe { OwnedFd::from_raw_fd(fd as RawFd) });
        }
        let _ = result;
    }
}

/// What came of an operation. Whoever opens something must ask for it: by [`opened`](Self::opened).
pub(crate) struct Outcome {
    pub(super) result: Result<u32, Errno>,
    pub(super) data: Data,
}

impl Outcome {
    pub(crate) fn result(self) -> io::Result<u32> {
        Ok(self.result?)
    }

    /// The socket that was connected.
    pub(crate) fn connected(self) -> io::Result<OwnedFd> {
        self.result?;
        match self.data {
            Data::Connect { socket, .. } => Ok(socket),
            _ => unreachable!("only a connect connects"),
        }
    }
}

#[cfg(target_os = "linux")]
impl Outcome {
    /// The file that was opened.
    pub(crate) fn opened(self) -> io::Result<OwnedFd> {
        assert!(matches!(self.data, Data::Open { .. }), "only an open opens");
        // SAFETY: the kernel opened this descriptor for us, and an outcome is asked once.
        Ok(unsafe { OwnedFd::from_raw_fd(self.result? as RawFd) })
    }

    /// The bytes that were read.
    pub(crate) fn read(self) -> io::Result<Vec<u8>> {
        self.result?;
        match self.data {
            Data::ReadAt { buffer, .. } => Ok(buffer),
            _ => unreachable!("only a read reads"),
        }
    }
}
