//! Tasks: many things at once on one thread.
//!
//! A task is a future that its loop owns and polls when somebody woke it. It stays on the loop that it was spawned
//! on, so it need not be `Send`, and what it does between two awaits no other task of that loop can see half done.
//! Only its wakers go to other threads.
//!
//! # One allocation
//!
//! ```text
//!   header: vtable, loop id, state, counts, links, joiner, spawn place  |  future, later the result
//!      ^         ^                ^
//!      |         |                +-- wakers on any thread (count)
//!      |         +-- join handle, local wakers (shares)
//!      +-- the loop: live table, run queue (shares)
//! ```
//!
//! The loop owns the future; the join handle owns the result; a waker owns only the memory, so it may be dropped last,
//! anywhere, and runs no destructor. What the loop's own thread holds (the live task, its handle, wakers in the loop's
//! lists) is counted without atomics and together holds one unit of the atomic count: spawning, switching and
//! joining on one thread do no atomic read-modify-write.
//!
//! # A wake
//!
//! ```text
//!   on the task's loop:    QUEUED bit -> end of the run queue; WOKEN bit if it is running: behind all others, once it is suspended
//!   anywhere else:         mark -> count -> inbox -> (found asleep) -> signal
//! ```
//!
//! A waker is at home if its task's loop is the thread's current one. The loop's identity is a number that is never used
//! again, so a waker that outlived its loop is at home nowhere. The invariants are named at the header's type
//! (`header.rs`), the states drawn in `state.rs` and `inbox.rs`.
//!
//! # A panic
//!
//! ends its task and no other. It reaches whoever joins; if nobody does, [`set_panic_hook`]'s function hears of it.
//!
//! One allocation per task with a vtable follows async-task; the marked header on a take-all inbox follows Treiber's stack.
//! There is no work stealing, no priority and no budget here.

mod error;
mod header;
mod inbox;
mod join;
mod queue;
mod raw;
mod shared;
mod signal;
mod spawn;
mod state;
mod stats;
mod tasks;
mod waker;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

pub use error::{JoinError, TaskPanic, set_panic_hook};
pub use join::JoinHandle;
pub use spawn::{YieldNow, spawn, yield_now};
pub use stats::{TaskState, TaskStats, stats};

pub(crate) use tasks::{IoFirst, Tasks};
pub(crate) use waker::{LocalWaker, is_own};
