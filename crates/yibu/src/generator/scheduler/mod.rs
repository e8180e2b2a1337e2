//! Coroutines made of generators: the rung between generators and `async`.
#![forbid(unsafe_code)]

mod run;
mod wait;
mod waiting;
mod wakes;

pub use run::{Ended, Scheduler};
pub use wait::{Sent, Wait, as_task};
