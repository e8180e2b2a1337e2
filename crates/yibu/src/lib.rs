//! yibu
#![allow(dead_code, unused_imports)]

pub mod event_loop;
pub mod net;
mod rt;
mod sync_shim;
pub mod task;
pub mod time {
    pub async fn sleep(_: std::time::Duration) {}
}
pub async fn to_thread<T>(f: impl FnOnce() -> T) -> T {
    f()
}

pub use event_loop::run;
pub use task::{JoinError, JoinHandle, spawn, yield_now};
