//! What lies under every rung of the ladder: the clock, timers, random numbers, the identity of the
//! loop that this thread runs, and the pool for work that blocks.
//!
//! A [`Context`] holds them for one running loop. The loop builds it, [enters](Context::enter) it on
//! its thread and drives it:
//!
//! ```text
//!            enter                                drop of the guard
//!   built ----------> current on this thread ------------------------> left
//!                      |  each turn of the loop:
//!                      |    set_now, timers.expire, tasks.drain_inbox, tasks.run_ready
//! ```
//!
//! Code that needs the loop (`spawn`, `sleep`, a waker that asks whether it is at home) finds it by
//! [`with`] and [`try_with`]. This module knows nothing of the event loop, of drivers or of files:
//! it holds hooks that a loop fills in, so that a simulated loop can fill them in as well.

mod clock;
mod contain;
mod context;
pub(crate) mod park;
#[cfg(all(test, loom))]
mod park_models;
#[cfg(all(test, not(loom)))]
mod park_tests;
mod parkers;
pub(crate) mod pool;
#[cfg(all(test, not(loom)))]
pub(crate) mod test_loop;
mod wheel;

pub(crate) use clock::Clock;
pub(crate) use contain::{Payload, contain, hush, message};
pub(crate) use context::{Context, EnterGuard, LoopId, try_with, with};
pub(crate) use parkers::{kernel_id, spun};
pub(crate) use wheel::{TimerKey, Wheel};
