//! The same queues for the tasks of one loop, without atomics and without `Send`.
//!
//! [`Queue`] here has the methods of [`super::Queue`], but for those that block a thread: on one loop, nobody else could end the wait.
//! It belongs to one thread, though not to a loop: it may be made before one runs.
#![forbid(unsafe_code)]

mod cell;
mod handle;

pub use handle::{Items, Queue, Receiver, Sender};

/// The future of [`Queue::put`].
pub type Put<'a, T> = super::futures::Put<'a, T, cell::Local<T>>;
/// The future of [`Queue::get`].
pub type Get<'a, T> = super::futures::Get<'a, T, cell::Local<T>>;
/// The future of [`Queue::get_many`].
pub type GetMany<'a, T> = super::futures::GetMany<'a, T, cell::Local<T>>;
/// The future of [`Queue::join`].
pub type Join<'a, T> = super::futures::Join<'a, T, cell::Local<T>>;
