//! What every scenario measures with: processes and their counters, statistics, the machine's description.

#![forbid(unsafe_code)]

mod machine;
mod process;
mod stats;

pub(crate) use machine::Machine;
pub(crate) use process::{Memory, Server, Start, Ticks, pin, thread_cpu};
pub(crate) use stats::{Interval, interval, median};
