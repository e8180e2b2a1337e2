//! Waiting for a descriptor that is not one of our streams.
#![forbid(unsafe_code)]

use std::io;
use std::ops::BitOr;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::driver::{READ_EVENT, WRITE_EVENT};
use super::operate::Operation;
use super::operation::Data;

/// What to wait for of a descriptor, or what it is ready for.
///
/// ```
/// use yibu::event_loop::Interest;
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interest(i16);

impl Interest {
    /// Reading would not wait: there are bytes, the end, or an error.
    pub const READABLE: Self = Self(READ_EVENT);
    /// Writing would not wait: there is room, or an error.
    pub const WRITABLE: Self = Self(WRITE_EVENT);

    /// Whether reading is included.
    pub fn is_readable(self) -> bool {
        self.0 & READ_EVENT != 0
    }

    /// Whether writing is included.
    pub fn is_writable(self) -> bool {
        self.0 & WRITE_EVENT != 0
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Waits until a descriptor is ready for one of `interest`, and tells for what. For pipes, signals and descriptors of other libraries; a socket of TCP is better a
/// [`TcpStream`](crate::net::TcpStream).
///
/// A descriptor that is always ready, such as a regular file's, is reported at once.
///
/// ```
/// # use std::{io::Write, os::fd::AsFd};
/// use yibu::event_loop::{Interest, poll_fd};
/// # yibu::run(async {
/// let (reader, mut writer) = std::io::pipe()?;
/// writer.write_all(b"x")?;
/// assert!(poll_fd(reader.as_fd(), Interest::READABLE).await?.is_readable());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// # Errors
///
/// What the kernel says of the descriptor: it cannot be watched, or none is left for a duplicate.
///
/// # Cancellation
///
/// Dropping the future ends the watching; readiness is not used up.
pub async fn poll_fd(fd: BorrowedFd<'_>, interest: Interest) -> io::Result<Interest> {
    const BROKEN: i16 = 0x8 | 0x10;
    let data = Data::PollFd {
        fd: fd.as_raw_fd(),
        events: interest.0 as u32,
    };
    let events = Operation::new(data).await.result()? as i16;
    // A hang-up or an error answers every interest: trying finds out.
    Ok(if events & BROKEN != 0 {
        interest
    } else {
        Interest(events & interest.0)
    })
}
