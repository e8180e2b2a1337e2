//! yibu
#![allow(dead_code, unused_imports)]

mod rt;
mod sync_shim;
pub mod task;
pub mod time;

pub use rt::pool::{ToThread, set_thread_limit, to_thread};
pub use task::{JoinError, JoinHandle, spawn, yield_now};
pub use yibu_macros::{main, test};
