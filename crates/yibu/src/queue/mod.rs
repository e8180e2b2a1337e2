//! Queues.
mod after;
mod blocking;
mod chain;
mod core;
mod errors;
mod fifo;
mod futures;
mod heap;
mod locked;
mod machine;
mod queue;
mod ring;
mod shared;
mod shelf;
mod state;
mod stats;
mod stream;
mod waiters;

pub use errors::{
    GetError, GetTimeoutError, JoinTimeoutError, PutError, PutTimeoutError, TaskDoneError,
    TryGetError, TryPutError,
};
pub use futures::{Get, GetMany, Join, Put};
pub use queue::Queue;
pub use state::Shutdown;
pub use stats::Stats;
pub use stream::{IntoIter, Items, Iter};
