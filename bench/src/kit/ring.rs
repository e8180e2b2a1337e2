//! A ring as the limits use it: created for one thread, with multishot accepts and receives into the one group of buffers.

use super::buffer_ring::GROUP;
use crate::Result;
use io_uring::{IoUring, Submitter, cqueue, opcode, squeue, types::Fd};
use rustix::fd::AsRawFd;
use rustix::io::Errno;
use rustix::net::{SendFlags, SocketFlags};
use std::net::TcpListener;
use std::os::fd::RawFd;

/// `MSG_WAITALL`, which rustix offers for receiving only.
const WAIT_ALL: u32 = 0x100;

/// See the module.
pub(crate) struct Ring(IoUring);

impl Ring {
    pub(crate) fn new() -> Result<Self> {
        let ring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_taskrun_flag()
            .setup_submit_all()
            .setup_clamp()
            .setup_cqsize(4096)
            .build(256);
        Ok(Self(ring.map_err(|error| format!("no ring (Linux 6.1 has these flags; containers and io_uring_disabled refuse them): {error}"))?))
    }

    pub(crate) fn submitter(&self) -> Submitter<'_> {
        self.0.submitter()
    }

    /// Hands over what was pushed, and waits for so many completions; a signal ends the wait.
    pub(crate) fn submit_and_wait(&mut self, wanted: usize) -> Result<()> {
        match self.0.submit_and_wait(wanted) {
            Err(error) if error.raw_os_error() != Some(Errno::INTR.raw_os_error()) => {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn next_completion(&mut self) -> Option<cqueue::Entry> {
        self.0.completion().next()
    }

    /// Whether completions did not fit their queue; the kernel has put in what fits now.
    pub(crate) fn has_more(&mut self) -> Result<bool> {
        let overflowed = self.0.submission().cq_overflow();
        if overflowed {
            self.0.submit()?;
        }
        Ok(overflowed)
    }

    /// Accepts until a completion says that it is the last. The listener stays open.
    pub(crate) fn arm_accept(&mut self, listener: &TcpListener, user_data: u64) -> Result<()> {
        let accept = opcode::AcceptMulti::new(Fd(listener.as_raw_fd()))
            .flags(SocketFlags::CLOEXEC.bits() as i32)
            .build();
        // SAFETY: it points to no memory.
        unsafe { self.push(accept.user_data(user_data)) }
    }

    /// Receives until a completion says that it is the last.
    pub(crate) fn arm_receive(&mut self, socket: RawFd, user_data: u64) -> Result<()> {
        let receive = opcode::RecvMulti::new(Fd(socket), GROUP).build();
        // SAFETY: it points to no memory: what it receives goes to the ring of buffers.
        unsafe { self.push(receive.user_data(user_data)) }
    }

    /// Sends all the bytes; completes once.
    ///
    /// # Safety
    /// The bytes neither change nor move before it completes.
    pub(crate) unsafe fn send(
        &mut self,
        socket: RawFd,
        bytes: &[u8],
        user_data: u64,
    ) -> Result<()> {
        let flags = SendFlags::NOSIGNAL.bits() | WAIT_ALL;
        let send = opcode::Send::new(Fd(socket), bytes.as_ptr(), bytes.len() as u32);
        // SAFETY: what this function asks.
        unsafe { self.push(send.flags(flags as i32).build().user_data(user_data)) }
    }

    /// Sends what the socket takes at once; completes only if that is not all, and then in the call that submits it.
    ///
    /// # Safety
    /// The bytes neither change nor move before the completions of that call were taken.
    pub(crate) unsafe fn send_silently(
        &mut self,
        socket: RawFd,
        bytes: &[u8],
        user_data: u64,
    ) -> Result<()> {
        let flags = SendFlags::NOSIGNAL.bits() | SendFlags::DONTWAIT.bits() | WAIT_ALL;
        let send = opcode::Send::new(Fd(socket), bytes.as_ptr(), bytes.len() as u32);
        let send = send.flags(flags as i32).build();
        // SAFETY: what this function asks.
        unsafe { self.push(send.flags(squeue::Flags::SKIP_SUCCESS).user_data(user_data)) }
    }

    /// # Safety
    /// What the entry points to lives, unchanged, until the kernel is through with it.
    unsafe fn push(&mut self, entry: squeue::Entry) -> Result<()> {
        // SAFETY: what this function asks.
        if unsafe { self.0.submission().push(&entry) }.is_err() {
            self.0.submit()?;
            // SAFETY: as above.
            unsafe { self.0.submission().push(&entry) }
                .expect("a queue that was just submitted has room");
        }
        Ok(())
    }
}

/// What a completion's result says went wrong.
pub(crate) fn errno(result: i32) -> Errno {
    Errno::from_raw_os_error(-result)
}
