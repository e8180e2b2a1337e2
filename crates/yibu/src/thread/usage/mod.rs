//! What threads do with their time, as the kernel counts it.
//!
//! ```text
//!   /proc/PID/task/*/{stat,status,schedstat,wchan,syscall} -> texts -> Usage: a sample of each thread
//!                                                                       |  since(an earlier one), or since each began
//!                                                                       v
//!                                                                     Slices -> Class: waiting, mixed, busy
//! ```
//!
//! Reading stops no thread. It costs some tens of microseconds a thread, and nothing while nobody looks.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod calls;
#[cfg(any(test, target_os = "linux"))]
mod parse;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod procfs;
mod sample;
mod slices;
mod state;

#[cfg(not(target_os = "linux"))]
use portable as system;
#[cfg(target_os = "linux")]
use procfs as system;

pub use sample::{ThreadUsage, Usage, list, usage};
pub use slices::{Class, Slices};
pub use state::{Blocked, State};
