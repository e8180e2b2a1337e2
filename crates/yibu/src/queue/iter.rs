//! A queue as an iterator, for a thread that blocks.
#![forbid(unsafe_code)]

use super::handle::{Queue, Receiver};

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

impl<T> Receiver<T> {
    /// As [`Queue::iter`].
    pub fn iter(&self) -> Iter<'_, T> {
        self.queue.iter()
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

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
