//! Queues.
mod after;
mod blocking;
mod chain;
mod core;
mod errors;
mod fifo;
mod futures;
mod heap;
mod iter;
pub mod local;
mod locked;
mod machine;
#[cfg(all(test, loom))]
mod models;
mod queue;
mod ring;
mod shared;
mod shelf;
mod state;
mod stats;
mod surface;
mod waiters;

pub use errors::{
    GetError, GetTimeoutError, JoinTimeoutError, PutError, PutTimeoutError, TaskDoneError,
    TryGetError, TryPutError,
};
pub use futures::{Get, GetMany, Join, Put};
pub use iter::{IntoIter, Iter};
pub use queue::{Items, Queue, Receiver, Sender};
pub use state::Shutdown;
pub use stats::Stats;
