//! The handle of a queue that the tasks of one loop share.
#![forbid(unsafe_code)]

use std::rc::Rc;

use super::cell::Local;
use super::{Get, GetMany, Join, Put};
use crate::queue::core::Core;
use crate::queue::errors::{TaskDoneError, TryGetError, TryPutError};
use crate::queue::handle::check;
use crate::queue::shelf::Shelf;
use crate::queue::state::Shutdown;
use crate::queue::stats::Stats;
use crate::queue::surface::{half_methods, queue_methods};
use crate::queue::waiters::Key;

/// A queue for the tasks of one loop, which clone the handle. For other threads too, there is [`super::super::Queue`].
///
/// ```
/// # fn main() { yibu::run(async {
/// use std::rc::Rc;
/// let queue = yibu::queue::local::Queue::rendezvous();
/// let waits = queue.clone();
/// let task = yibu::spawn(async move { waits.get().await });
/// queue.put(Rc::new("hello")).await.unwrap();
/// assert_eq!(task.await.unwrap(), Ok(Rc::new("hello")));
/// # }) }
/// ```
pub struct Queue<T> {
    pub(super) inner: Rc<Local<T>>,
}

impl<T> Queue<T> {
    fn new(shelf: Shelf<T>) -> Self {
        Self {
            inner: Rc::new(Local::new(shelf)),
        }
    }

    /// As [`Queue::fifo`](crate::queue::Queue::fifo).
    ///
    /// # Panics
    /// If the capacity is zero.
    #[track_caller]
    pub fn fifo(capacity: usize) -> Self {
        check(capacity);
        Self::new(Shelf::fifo(capacity))
    }

    /// As [`Queue::unbounded`](crate::queue::Queue::unbounded).
    pub fn unbounded() -> Self {
        Self::new(Shelf::fifo(usize::MAX))
    }

    /// As [`Queue::lifo`](crate::queue::Queue::lifo).
    ///
    /// # Panics
    /// If the capacity is zero.
    #[track_caller]
    pub fn lifo(capacity: usize) -> Self {
        check(capacity);
        Self::new(Shelf::lifo(capacity))
    }

    /// As [`Queue::priority`](crate::queue::Queue::priority).
    ///
    /// # Panics
    /// If the capacity is zero.
    #[track_caller]
    pub fn priority(capacity: usize) -> Self
    where
        T: Ord,
    {
        check(capacity);
        Self::new(Shelf::priority(capacity, T::cmp))
    }

    /// As [`Queue::rendezvous`](crate::queue::Queue::rendezvous).
    pub fn rendezvous() -> Self {
        Self::new(Shelf::rendezvous())
    }
}

queue_methods!(Queue, Items, "queue::local");

impl<T> Local<T> {
    fn count_sender(&self) {
        self.senders.set(self.senders.get() + 1);
    }

    fn uncount_sender(&self) -> usize {
        self.senders.set(self.senders.get() - 1);
        self.senders.get()
    }

    fn count_receiver(&self) {
        self.receivers.set(self.receivers.get() + 1);
    }

    fn uncount_receiver(&self) -> usize {
        self.receivers.set(self.receivers.get() - 1);
        self.receivers.get()
    }
}
