//! yibu
#![allow(dead_code, unused_imports)]

mod rt;
mod sync_shim;
pub mod task;

pub use task::{JoinError, JoinHandle, spawn, yield_now};
