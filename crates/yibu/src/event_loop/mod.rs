//! The event loop: issue the I/O, do not wait, run other code, be told when it is done.
//!
//! ```text
//!            +------------------------------ a turn ------------------------------+
//!            |                                                                    |
//!   run ready tasks ---> settle what they changed ---> driver: hand over, wait ---+---> wake: completions, timers, other threads
//!   (some 200 us, FIFO)  (one send a stream)           (sleep only if no task is ready)
//! ```
//!
//! [`run`](crate::run) makes a loop on the calling thread and drives one future on it to its end; [`spawn`](crate::spawn) adds tasks. A task
//! stays on its loop, so its future need not be `Send`, and code between two awaits is atomic for every other task of the
//! loop. For several cores, run a loop on each of several threads.
//!
//! The driver is io_uring where the kernel lets it be used, and readiness (epoll, kqueue) elsewhere; it is chosen once per process, by
//! trying. `YIBU_DRIVER=uring` or `poll` overrides. The loop owns all memory that the kernel reads or writes; futures only
//! move bytes between that and the caller in the poll that returns `Ready`. So dropping any future, at any await, loses
//! nothing.
//!
//! What it does not do: move tasks to other threads, preempt a task that does not await, or rescue a loop whose task blocks. Put such work on
//! [`to_thread`](crate::to_thread).

pub(crate) mod buffers;
pub(crate) mod connection;
pub(crate) mod core;
pub(crate) mod driver;
pub(crate) mod io;
pub(crate) mod listener;
pub(crate) mod operate;
pub(crate) mod operation;
mod poison;
mod poll_fd;
mod random;
mod run;
#[cfg(target_os = "linux")]
mod send_file;
pub(crate) mod slab;
mod stats;
pub(crate) mod waiting;

use std::os::fd::{BorrowedFd, RawFd};

pub use driver::{check_driver, driver_name, fallback_reason};
pub use poll_fd::{Interest, poll_fd};
pub use random::random;
pub use run::run;
pub use stats::{Stats, stats};

/// Borrows a descriptor of the loop's tables for one call; covered by all of `tests/`.
pub(crate) fn borrow<'a>(fd: RawFd) -> BorrowedFd<'a> {
    // SAFETY: **FD** (`driver::poll`): an entry's descriptor is open until the entry is removed; callers hold the entry.
    unsafe { BorrowedFd::borrow_raw(fd) }
}
