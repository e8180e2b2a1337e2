//! Waiting for a moment, and not waiting too long.
//!
//! [`sleep`] and [`sleep_until`] end at a moment; [`timeout`] and [`timeout_at`] end another future at one. A
//! timer is never early, and late by up to a millisecond, plus whatever holds the loop up. Setting and
//! dropping one costs no system call: the loop's wheel (`rt::wheel`) holds them, and the driver waits no
//! longer than for the first.
//!
//! There is no interval here: `sleep_until(start + n * period)` does not drift.

mod sleep;
mod timeout;

pub(crate) use sleep::after;
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
