//! The driver of completions: Linux's io_uring.
//!
//! A ring belongs to its loop's thread alone (`SINGLE_ISSUER`), and the kernel does its part of the work when the loop enters
//! it, not by interrupting the loop (`DEFER_TASKRUN`); a ring with neither that nor `COOP_TASKRUN` costs 59 % more CPU a request. Under `DEFER_TASKRUN`
//! nothing completes by itself, so [`Uring::has_news`] also looks at the `SQ_TASKRUN` bit. Operations are collected and handed over in one
//! `io_uring_enter` a turn, which also waits, with the time limit as its argument.
//!
//! What this driver does not use: fixed files, registered ring descriptors, bundles, incremental buffers, `SQPOLL`,
//! zero-copy sends. Each was measured within the noise or worse.
//!
//! Invariants: **KERNEL** (see [`driver`](super)); tests: all of `tests/` with `YIBU_DRIVER=uring`, also under AddressSanitizer.

use std::collections::VecDeque;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use io_uring::types::{CancelBuilder, Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode, squeue};
use rustix::io::Errno;

use super::received::{GROUP, Received};
use super::{Completion, Op, Part, Token};
use crate::event_loop::buffers::Parts;

const SUBMISSIONS: u32 = 256;
const COMPLETIONS: u32 = 4096;
/// Threads of the kernel for what cannot wait without one, such as a file that is not in memory: bounded and unbounded work.
const KERNEL_WORKERS: [u32; 2] = [8, 4];
/// `IORING_ENTER_GETEVENTS`.
const GET_EVENTS: u32 = 1;
/// Set in a cancel's `user_data`, which is otherwise that of its target.
const CANCEL: u64 = 0x80;
/// The `user_data` of the poll on the wake's descriptor.
const WAKE: u64 = u64::MAX;

pub(crate) struct Uring {
    ring: ManuallyDrop<IoUring>,
    received: ManuallyDrop<Received>,
    wake: RawFd,
    /// Entries that found the submission queue full.
    backlog: VecDeque<squeue::Entry>,
    /// Operations that the kernel has, or will have, and has not ended; without the wake's poll.
    in_flight: usize,
    /// Something was pushed since the ring was entered.
    has_submissions: bool,
}

impl Uring {
    pub(crate) fn new(wake: BorrowedFd<'_>) -> io::Result<Self> {
        let ring = new_ring()?;
        // A kernel that does not know this still works; it only starts more threads.
        let _ = ring
            .submitter()
            .register_iowq_max_workers(&mut { KERNEL_WORKERS });
        let received = Received::new(&ring)?;
        let mut uring = Self {
            ring: ManuallyDrop::new(ring),
            received: ManuallyDrop::new(received),
            wake: wake.as_raw_fd(),
            backlog: VecDeque::new(),
            in_flight: 0,
            has_submissions: false,
        };
        uring.watch_wake();
        Ok(uring)
    }

    /// # Safety
    ///
    /// As [`Driver::submit`](super::Driver::submit).
    pub(crate) unsafe fn submit(&mut self, token: Token, op: Op) {
        let entry = match op {
            Op::Accept { fd } => opcode::AcceptMulti::new(Fd(fd))
                // The ring waits either way; but what the loop sends at once must not.
                .flags(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK)
                .build(),
            Op::Receive { fd } => opcode::RecvMulti::new(Fd(fd), GROUP).build(),
            Op::Connect { fd, address } => {
                // SAFETY: **KERNEL**: the address outlives the operation.
                let (start, len) = unsafe { ((*address).as_ptr(), (*address).addr_len()) };
                opcode::Connect::new(Fd(fd), start.cast(), len).build()
            }
            Op::PollFd { fd, events } => opcode::PollAdd::new(Fd(fd), events).build(),
            Op::Room { fd } => opcode::PollAdd::new(Fd(fd), libc::POLLOUT as u32).build(),
            Op::Open {
                directory,
                path,
                how,
            } => opcode::OpenAt2::new(Fd(directory), path, how).build(),
            Op::ReadAt {
                fd,
                buffer,
                len,
                offset,
            } => opcode::Read::new(Fd(fd), buffer, len)
                .offset(offset)
                .build(),
            Op::WriteAt {
                fd,
                data,
                len,
                offset,
            } => opcode::Write::new(Fd(fd), data, len).offset(offset).build(),
            Op::Close { fd } => opcode::Close::new(Fd(fd)).build(),
        };
        // SAFETY: **KERNEL**, by the caller.
        unsafe { self.push(entry.user_data(token.0)) };
    }

    /// # Safety
    ///
    /// As [`Driver::send`](super::Driver::send).
    pub(crate) unsafe fn send(
        &mut self,
        token: Token,
        fd: RawFd,
        parts: &Parts,
    ) -> Option<Result<u32, Errno>> {
        let flags = libc::MSG_NOSIGNAL | libc::MSG_WAITALL;
        let entry = match parts.as_slices() {
            [one] => opcode::Send::new(Fd(fd), one.as_ptr(), one.len() as u32)
                .flags(flags)
                .build(),
            _ => opcode::SendMsg::new(Fd(fd), parts.message())
                .flags(flags as u32)
                .build(),
        };
        // SAFETY: **KERNEL**, by the caller.
        unsafe { self.push(entry.user_data(token.0)) };
        None
    }

    pub(crate) fn cancel(&mut self, token: Token) {
        let target = CancelBuilder::user_data(token.0);
        let entry = opcode::AsyncCancel2::new(target)
            .build()
            .user_data(token.0 | CANCEL);
        // SAFETY: a cancel has no pointers.
        unsafe { self.push(entry) };
    }

    #[inline]
    pub(crate) fn has_submissions(&self) -> bool {
        self.has_submissions
    }

    /// Whether anything waits to be handed over or reaped; no system call.
    #[inline]
    pub(crate) fn has_news(&mut self) -> bool {
        let submissions = self.ring.submission();
        if !submissions.is_empty() || submissions.taskrun() || submissions.cq_overflow() {
            return true;
        }
        drop(submissions);
        !self.ring.completion().is_empty() || !self.backlog.is_empty()
    }

    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        sink: &mut impl FnMut(Completion<'_>),
    ) -> io::Result<()> {
        self.received.publish();
        let must_not_wait = !self.ring.completion().is_empty() || !self.backlog.is_empty();
        if must_not_wait || timeout == Some(Duration::ZERO) {
            if self.has_news() {
                self.enter(None)?;
            }
        } else {
            self.enter(Some(timeout))?;
        }
        self.reap(sink);
        self.push_backlog();
        Ok(())
    }

    pub(crate) fn drained(&self) -> bool {
        self.in_flight == 0
    }

    /// Enters the kernel: hands over, and waits if asked to (`Some(None)`: without a limit).
    fn enter(&mut self, wait: Option<Option<Duration>>) -> io::Result<()> {
        let count = self.ring.submission().len() as u32;
        let submitter = self.ring.submitter();
        let entered = match wait {
            // What is handed over may complete at once, which the kernel tells only if it is asked for events, or else a turn later.
            // SAFETY: what the entries point to was promised when they were pushed; no other argument has a pointer.
            None => unsafe { submitter.enter::<libc::sigset_t>(count, 0, GET_EVENTS, None) },
            Some(None) => submitter.submit_and_wait(1),
            Some(Some(limit)) => {
                let limit = Timespec::from(limit);
                submitter.submit_with_args(1, &SubmitArgs::new().timespec(&limit))
            }
        };
        self.has_submissions = !self.backlog.is_empty() || !self.ring.submission().is_empty();
        match entered {
            Ok(_) => Ok(()),
            // The time limit; a signal; a completion queue that must be reaped before more fits: all are answered by reaping.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::ETIME | libc::EINTR | libc::EBUSY | libc::EAGAIN)
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn reap(&mut self, sink: &mut impl FnMut(Completion<'_>)) {
        let Self {
            ring,
            received,
            in_flight,
            ..
        } = self;
        let mut lost_wake = false;
        for entry in ring.completion() {
            let user_data = entry.user_data();
            let more = cqueue::more(entry.flags());
            let result = u32::try_from(entry.result())
                .map_err(|_| Errno::from_raw_os_error(-entry.result()));
            if user_data == WAKE {
                lost_wake |= !more;
                continue;
            }
            *in_flight -= usize::from(!more);
            if user_data & CANCEL != 0 {
                // A cancel that missed is news for its target's owner, who may ask again.
                if result.is_err() {
                    let token = Token(user_data & !CANCEL);
                    sink(Completion {
                        token,
                        result: Err(Errno::ALREADY),
                        data: &[],
                        more: true,
                    });
                }
                continue;
            }
            let token = Token(user_data);
            match cqueue::buffer_select(entry.flags()) {
                Some(buffer) => {
                    let data = received.bytes(buffer, result.unwrap_or(0) as usize);
                    sink(Completion {
                        token,
                        result,
                        data,
                        more,
                    });
                    received.give_back(buffer);
                }
                None if token.part() == Part::Nobody => {}
                None => sink(Completion {
                    token,
                    result,
                    data: &[],
                    more,
                }),
            }
        }
        if lost_wake {
            self.watch_wake();
        }
    }

    fn watch_wake(&mut self) {
        let events = libc::POLLIN as u32 | libc::EPOLLET as u32;
        let entry = opcode::PollAdd::new(Fd(self.wake), events)
            .multi(true)
            .build();
        // SAFETY: a poll has no pointers, and the eventfd is never closed.
        unsafe { self.push(entry.user_data(WAKE)) };
        self.in_flight -= 1;
    }

    /// # Safety
    ///
    /// **KERNEL** for what the entry points to.
    unsafe fn push(&mut self, entry: squeue::Entry) {
        self.in_flight += 1;
        self.has_submissions = true;
        if self.backlog.is_empty() {
            // SAFETY: by the caller.
            if unsafe { self.ring.submission().push(&entry) }.is_ok() {
                return;
            }
            // A full queue is handed over; if the kernel takes nothing now, the entry waits in the backlog.
            let _ = self.ring.submit();
            // SAFETY: by the caller.
            if unsafe { self.ring.submission().push(&entry) }.is_ok() {
                return;
            }
        }
        self.backlog.push_back(entry);
    }

    fn push_backlog(&mut self) {
        while let Some(entry) = self.backlog.front() {
            // SAFETY: it was promised when the entry was put off.
            if unsafe { self.ring.submission().push(entry) }.is_err() {
                return;
            }
            self.backlog.pop_front();
        }
    }
}

impl Drop for Uring {
    /// Closes the ring. Buffers that the kernel may still write to are leaked, not freed.
    fn drop(&mut self) {
        // SAFETY: neither is used again.
        unsafe {
            ManuallyDrop::drop(&mut self.ring);
            if self.drained() {
                ManuallyDrop::drop(&mut self.received);
            }
        }
    }
}

/// A ring with the flags that measured to matter: `DEFER_TASKRUN`, or on a kernel that refuses it `COOP_TASKRUN`.
pub(super) fn new_ring() -> io::Result<IoUring> {
    let mut deferred = IoUring::builder();
    deferred
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_taskrun_flag();
    let mut cooperative = IoUring::builder();
    cooperative.setup_coop_taskrun().setup_taskrun_flag();
    let build = |builder: &mut io_uring::Builder| {
        builder
            .setup_submit_all()
            .setup_clamp()
            .setup_cqsize(COMPLETIONS)
            .dontfork()
            .build(SUBMISSIONS)
    };
    match build(&mut deferred) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => build(&mut cooperative),
        built => built,
    }
}
