//! Waiting for time to pass.
#![forbid(unsafe_code)]

use std::future::pending;
use std::time::{Duration, Instant};

use crate::rt::park::block_on;

/// Blocks this thread for a time, and costs no processor meanwhile.
///
/// It is a wait of this library: a daemon that is killed unwinds from here, also from `sleep(Duration::ZERO)`. A time too long for the clock is
/// for ever. A task awaits [`time::sleep`](crate::time::sleep) instead.
///
/// # Panics
/// On a thread that runs an event loop, which would stand still.
///
/// ```
/// use std::time::{Duration, Instant};
/// let start = Instant::now();
/// yibu::thread::sleep(Duration::from_millis(2));
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// ```
#[track_caller]
pub fn sleep(duration: Duration) {
    let deadline = Instant::now().checked_add(duration);
    // Nothing is awaited: the deadline came, or this is a destructor of a thread that was killed.
    let _ = block_on(pending::<()>(), deadline, "yibu::time::sleep(…).await");
}
