//! The handle of a queue that threads and tasks share.
#![forbid(unsafe_code)]

use std::fmt;

use super::core::Core;
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::fifo::Fifo;
use super::futures::{Get, GetMany, Join, Put};
use super::locked::Locked;
use super::shared::{Kind, Shared};
use super::shelf::Shelf;
use super::state::Shutdown;
use super::stats::Stats;
use super::stream::Items;
use crate::sync_shim::Arc;

/// A queue for threads and tasks, which clone the handle.
///
/// For one loop alone, [`local::Queue`](super::local::Queue) has the same methods, needs no `Send` and costs less.
///
/// ```
/// use yibu::queue::Queue;
/// let queue = Queue::fifo(100);
/// let worker = std::thread::spawn({
///     let queue = queue.clone();
///     move || queue.iter().sum::<u64>()
/// });
/// for n in 1..=4 {
///     queue.put_blocking(n).unwrap();
/// }
/// queue.shutdown(yibu::queue::Shutdown::Drain);
/// assert_eq!(worker.join().unwrap(), 10);
/// ```
pub struct Queue<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> Queue<T> {
    fn new(kind: Kind<T>) -> Self {
        Self {
            shared: Arc::new(Shared::new(kind)),
        }
    }

    /// A queue that gives the items in the order in which they were put. Python's `Queue(capacity)`.
    ///
    /// Its memory grows with what is in it, up to the capacity, and is kept.
    ///
    /// # Panics
    /// If the capacity is zero: Python's `Queue(0)` is [`unbounded`](Self::unbounded), and what keeps nothing is [`rendezvous`](Self::rendezvous).
    #[track_caller]
    pub fn fifo(capacity: usize) -> Self {
        check(capacity);
        Self::new(Kind::Fifo(Fifo::new(capacity as u64)))
    }

    /// As [`fifo`](Self::fifo), without a limit: a put never waits. Python's `Queue()`.
    ///
    /// Prefer a limit: if puts are faster than gets for long, this takes all memory.
    pub fn unbounded() -> Self {
        Self::new(Kind::Fifo(Fifo::new(u64::MAX)))
    }

    /// A queue that gives the item first that was put last. Python's `LifoQueue(capacity)`; for Python's `LifoQueue()`, the capacity `usize::MAX`.
    ///
    /// # Panics
    /// If the capacity is zero.
    #[track_caller]
    pub fn lifo(capacity: usize) -> Self {
        check(capacity);
        Self::new(Kind::Locked(Locked::new(Shelf::lifo(capacity))))
    }

    /// A queue that gives the smallest item first, and of equal ones the one that was put first. Python's `PriorityQueue(capacity)`, which promises nothing of equal ones. For the
    /// largest first, put [`std::cmp::Reverse`]; for Python's `PriorityQueue()`, the capacity `usize::MAX`.
    ///
    /// If a comparison panics, the panic goes on in the call that compared (which may be another's get), nothing is lost, and the items' order is unspecified from then on.
    ///
    /// # Panics
    /// If the capacity is zero.
    #[track_caller]
    pub fn priority(capacity: usize) -> Self
    where
        T: Ord,
    {
        check(capacity);
        Self::new(Kind::Locked(Locked::new(Shelf::priority(capacity, T::cmp))))
    }

    /// A queue of capacity zero: a put waits for a get, and the item goes from hand to hand. Python has none.
    pub fn rendezvous() -> Self {
        Self::new(Kind::Locked(Locked::new(Shelf::rendezvous())))
    }

    /// Puts an item at its place, waiting for room behind those who wait already.
    ///
    /// # Errors
    /// [`PutError::Shutdown`](super::PutError::Shutdown), with the item.
    ///
    /// # Cancellation
    /// Before it is ready, the item is dropped with the future, unless it got into the queue just then; [`Put::cancel`] tells, and gives it back.
    #[inline]
    pub fn put(&self, item: T) -> Put<'_, T> {
        Put::new(&*self.shared, item)
    }

    /// Takes the next item, waiting for one behind those who wait already.
    ///
    /// # Errors
    /// [`GetError::Shutdown`](super::GetError::Shutdown) once the queue is shut down and empty.
    ///
    /// # Cancellation
    /// Loses nothing: an item that it was to get goes to the next who waits, or back to the front (a priority queue puts it where it belongs). While it is there, the queue may hold one
    /// more than its capacity.
    #[inline]
    pub fn get(&self) -> Get<'_, T> {
        Get::new(&*self.shared)
    }

    /// Appends at least one item, waiting for the first, and as many more as are there, up to `most` in all; tells how many. With `most` zero it is ready at once.
    ///
    /// # Errors
    /// [`GetError::Shutdown`](super::GetError::Shutdown) once the queue is shut down and empty.
    ///
    /// # Cancellation
    /// As that of [`get`](Self::get); nothing is appended before it is ready.
    pub fn get_many<'a>(&'a self, items: &'a mut Vec<T>, most: usize) -> GetMany<'a, T> {
        GetMany::new(&*self.shared, items, most)
    }

    /// Puts an item, if that needs no waiting. Python's `put_nowait`.
    ///
    /// # Errors
    /// [`TryPutError`], with the item.
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        self.shared.try_put(item)
    }

    /// Takes the next item, if that needs no waiting. Python's `get_nowait`.
    ///
    /// # Errors
    /// [`TryGetError`].
    #[inline]
    pub fn try_get(&self) -> Result<T, TryGetError> {
        self.shared.try_get()
    }

    /// Appends as many items as are there, up to `most`, and tells how many.
    ///
    /// # Errors
    /// [`TryGetError`], if there was none.
    pub fn try_get_many(&self, items: &mut Vec<T>, most: usize) -> Result<usize, TryGetError> {
        if most == 0 {
            return Ok(0);
        }
        self.shared.try_get_many(items, most)
    }

    /// Says that the work on one item that was got is done. Python's `task_done`.
    ///
    /// # Errors
    /// If it was called more often than items were put. Python raises `ValueError`.
    pub fn task_done(&self) -> Result<(), TaskDoneError> {
        self.shared.task_done()
    }

    /// Waits until every item that was put has been reported done by [`task_done`](Self::task_done), or dropped by a shutdown.
    ///
    /// # Cancellation
    /// Changes nothing.
    pub fn join(&self) -> Join<'_, T> {
        Join::new(&*self.shared)
    }

    /// Ends the queue: from now on puts fail, and gets fail once it is empty, which with [`Shutdown::Immediate`] is at once. All who wait are woken to learn so.
    ///
    /// As in Python 3.13, `Immediate` drops what is in the queue and counts it as done, so a [`join`](Self::join) may end though nobody did the work. It may follow `Drain`; calling it again changes nothing.
    pub fn shutdown(&self, how: Shutdown) {
        self.shared.shut_down(how);
    }

    /// Whether it was shut down, in either way.
    pub fn is_shutdown(&self) -> bool {
        self.shared.is_shutdown()
    }

    /// How many items are in it. With other threads about, it may be out of date when it is returned. Python's `qsize`.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a put would have to wait for room.
    pub fn is_full(&self) -> bool {
        self.capacity().is_some_and(|capacity| self.len() >= capacity)
    }

    /// The most items that it holds; nothing if there is no limit.
    pub fn capacity(&self) -> Option<usize> {
        self.shared.capacity()
    }

    /// What it holds, who waits, and what has passed through.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// The items as a stream, which ends when the queue is shut down and empty.
    ///
    /// ```
    /// # fn main() { yibu::run(async {
    /// use std::{future::poll_fn, pin::Pin};
    /// use futures_core::Stream;
    /// let queue = yibu::queue::Queue::fifo(2);
    /// queue.put(1).await.unwrap();
    /// let mut items = queue.stream();
    /// assert_eq!(poll_fn(|cx| Pin::new(&mut items).poll_next(cx)).await, Some(1));
    /// # }) }
    /// ```
    pub fn stream(&self) -> Items<T> {
        Items::new(self.clone())
    }
}

#[track_caller]
pub(super) fn check(capacity: usize) {
    assert!(
        capacity > 0,
        "a queue of capacity 0 keeps nothing: that is rendezvous(); Python's Queue(0) is unbounded()"
    );
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
