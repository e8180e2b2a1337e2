//! Threads: what the operating system gives time slices to.
//!
//! A computer has a few cores and many threads. The kernel lets a thread run on a core for a *time slice*, a few milliseconds at most while others
//! want the core, then it takes the core away and gives it to the next. So a thread is in one of three states:
//!
//! ```text
//!                  a core is free
//!        ready ----------------------> running
//!          ^  ^                        |    |
//!          |  +------------------------+    |
//!          |      the slice is used up      |  it asks for what is not there yet:
//!          |   (an involuntary switch)      |  bytes, a lock, an item, a moment
//!          |                                |  (a voluntary switch)
//!          +----------- blocked <-----------+
//!       what it waits for has come
//! ```
//!
//! A blocked thread costs no processor time, however long it waits. A loop that asks again and again whether something has come (it *spins*)
//! is never blocked: it is running, or ready and about to run again, and so it burns a core, to no end, for as long as it waits. From outside it
//! looks like a thread that computes: both are always ready, and use whatever slices they get. So wait in the kernel: by a queue's
//! `get`, [`sleep`], a join, a read. [`list`] and [`usage`] show what threads do, and tell those that [wait](Class::Waiting) from those that are
//! [busy](Class::Busy).
//!
//! # Threads here and in Python
//!
//! | here | Python's `threading` |
//! |---|---|
//! | [`spawn`], [`Builder::spawn`] | `Thread(target=f).start()` |
//! | [`spawn_daemon`], [`Builder::spawn_daemon`] | `Thread(target=f, daemon=True).start()` |
//! | [`JoinHandle::join`]: gives the value, or the panic | `join()`: gives neither |
//! | [`JoinHandle::join_timeout`] | `join(timeout)`, then `is_alive()` |
//! | [`JoinHandle::is_finished`] | `not is_alive()` |
//! | [`current`], [`Thread::id`], [`Thread::kernel_id`] | `current_thread()`, `ident`, `native_id` |
//! | [`list`] | `enumerate()`, without states and times |
//! | [`set_panic_hook`] | `excepthook`: called for every thread, joined or not |
//! | [`main_scope`], or the end of [`run`](crate::run) | the end of the main module |
//! | [`at_exit`] | `atexit.register` |
//! | [`DaemonHandle::kill`] | nothing |
//!
//! # Daemon threads
//!
//! The program's end waits for every thread but a daemon. So a daemon is for work that nobody needs when the rest is done, such as a cache's
//! clean-up. That it is one is said by its type: a [`DaemonHandle`] has no `join`. When the process ends a daemon is gone between two of
//! its instructions, and its destructors do not run.
//!
//! What a daemon starts by [`spawn`] is joined as any thread is, and is a daemon in that the program's end does not wait for it, unless
//! [`Builder::non_daemon`] said otherwise. As in Python a daemon's children outlive it: its end, or a kill, ends none of them. Unlike in Python,
//! a thread that this library did not start passes nothing on: its children are no daemons.
//!
//! # Kill
//!
//! [`DaemonHandle::kill`] ends a daemon early, so that its destructors run. There is no safe way to stop a thread between any two instructions:
//! it may hold a lock. So:
//!
//! - It is raised in the thread itself, where the thread would block in a wait of this library or blocks already: a queue's `get`, [`sleep`], a
//!   join, a turn of an event loop. There the stack unwinds, quietly, past the panic hook, and what is on it is dropped. No lock of this
//!   library is held then, and the wait that was broken off loses nothing, as when a future is dropped.
//! - It is never raised while the thread unwinds: a wait in a destructor then returns at once, without what it waited for.
//! - Code that catches it (`catch_unwind`) goes on until its next wait, where it is raised again.
//! - A thread that never waits here is not killed: one that computes, one that blocks in the kernel by other means than this library's. A
//!   kill then is [`Pending`](Kill::Pending). `sleep(Duration::ZERO)` waits for nothing and is a place where a kill is raised.
//! - What must not unwind, such as a callback from C, must not wait.
//! - Destructors on the way see `std::thread::panicking()`, and a `std::sync::Mutex` whose guard they drop is poisoned, as by a panic.
//!
//! Without unwinding (`panic = "abort"`) there is no `kill`.
//!
//! # The end of the program
//!
//! ```text
//!   main's work is done -> wait for all non-daemons -> at-exit hooks, the last one first -> main returns: daemons are gone
//! ```
//!
//! In Python this is built in. In Rust the process ends when `main` returns, whatever other threads do. So either `main` starts with
//! `let _end = thread::main_scope();`, or it is `yibu::run`, called on the main thread, that does it. `std::process::exit` and signals skip all of it.
//!
//! What is not here: threads that borrow from their parent's stack (`std::thread::scope`), priorities, and a pool (that is
//! [`to_thread`](crate::to_thread)).
#![forbid(unsafe_code)]

mod at_exit;
mod builder;
mod current;
mod daemon;
mod end;
mod error;
mod join;
#[cfg(all(test, loom))]
mod models;
mod outcome;
mod registry;
mod sleep;
mod usage;

pub use at_exit::at_exit;
pub use builder::{Builder, spawn, spawn_daemon};
pub use current::{Thread, ThreadId, current};
pub use daemon::{DaemonHandle, Kill};
pub use end::{MainScope, main_scope};
pub use error::{JoinError, ThreadPanic, set_panic_hook};
pub use join::JoinHandle;
pub use sleep::sleep;
pub use usage::{Blocked, Class, Slices, State, ThreadUsage, Usage, list, usage};

pub(crate) use end::end_of_run;
