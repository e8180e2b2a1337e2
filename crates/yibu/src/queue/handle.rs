//! The handle of a queue that threads and tasks share.
#![forbid(unsafe_code)]

use super::core::Core;
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::fifo::Fifo;
use super::futures::{Get, GetMany, Join, Put};
use super::locked::Locked;
use super::shared::{Kind, Shared};
use super::shelf::Shelf;
use super::state::Shutdown;
use super::stats::Stats;
use super::surface::{half_methods, queue_methods};
use super::waiters::Key;
use crate::sync_shim::Arc;

/// A queue for threads and tasks, which clone the handle.
///
/// For one loop alone, [`local::Queue`](crate::queue::local::Queue) has the same methods, needs no `Send` and costs less.
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
    pub(super) inner: Arc<Shared<T>>,
}

impl<T> Queue<T> {
    fn new(kind: Kind<T>) -> Self {
        Self {
            inner: Arc::new(Shared::new(kind)),
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
}

queue_methods!(Queue, Items, "queue");

#[track_caller]
pub(super) fn check(capacity: usize) {
    assert!(
        capacity > 0,
        "a queue of capacity 0 keeps nothing: that is rendezvous(); Python's Queue(0) is unbounded()"
    );
}
