//! A queue as a stream and as an iterator.
#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::core::Core;
use super::queue::Queue;
use super::waiters::Key;

/// The items of a queue, until it is shut down and empty: [`Queue::stream`].
///
/// # Cancellation
/// Dropped, or not polled again, it loses nothing; but while it waits it has a place in the line, and what is put next is kept for it.
#[must_use = "streams do nothing unless polled"]
pub struct Items<T> {
    queue: Queue<T>,
    key: Option<Key>,
}

impl<T> Items<T> {
    pub(super) fn new(queue: Queue<T>) -> Self {
        Self { queue, key: None }
    }

    /// The next item.
    pub(super) fn poll_next_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.queue.shared.poll_get(&mut self.key, cx.waker())
    }
}

impl<T> Stream for Items<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_next_item(cx)
    }
}

impl<T> Drop for Items<T> {
    fn drop(&mut self) {
        if self.key.is_some() {
            self.queue.shared.drop_get(&mut self.key);
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// The items of a queue, until it is shut down and empty, for a thread that blocks: [`Queue::iter`].
#[derive(Debug)]
pub struct Iter<'a, T>(&'a Queue<T>);

/// As [`Iter`], with a handle of its own.
#[derive(Debug)]
pub struct IntoIter<T>(Queue<T>);

impl<T> Queue<T> {
    /// Iterates over the items as they come, blocking the thread; it ends when the queue is shut down and empty.
    ///
    /// # Panics
    /// [`next`](Iterator::next) panics if it would block a thread that runs an event loop; there, use [`stream`](Self::stream) or a loop over `get().await`.
    ///
    /// ```
    /// let queue = yibu::queue::Queue::lifo(3);
    /// for letter in ['a', 'b', 'c'] {
    ///     queue.try_put(letter).unwrap();
    /// }
    /// queue.shutdown(yibu::queue::Shutdown::Drain);
    /// assert_eq!(queue.iter().collect::<String>(), "cba");
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.get_blocking().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.get_blocking().ok()
    }
}

impl<'a, T> IntoIterator for &'a Queue<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Queue<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}
