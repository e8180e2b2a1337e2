//! yibu's queue, for threads and for tasks, and its sibling for one loop.
//!
//! Its functions are named as those of the traits, so they are called by their paths.
#![forbid(unsafe_code)]

use super::{Done, Get, Put, TaskGet, TaskPut};
use std::future::Future;
use yibu::queue::{Queue, local};

/// Both ends of a queue, whose handles put and get.
pub(crate) fn ends<Q: Clone>(queue: Q) -> (Q, Q) {
    (queue.clone(), queue)
}

/// The two ends of a bounded queue.
pub(crate) fn bounded(capacity: usize) -> (Queue<u64>, Queue<u64>) {
    ends(Queue::fifo(capacity))
}

/// The two ends of an unbounded queue.
pub(crate) fn unbounded() -> (Queue<u64>, Queue<u64>) {
    ends(Queue::unbounded())
}

impl Put for Queue<u64> {
    fn put(&mut self, item: u64) {
        Queue::put_blocking(self, item).expect("it is open");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Get for Queue<u64> {
    fn get(&mut self) -> u64 {
        Queue::get_blocking(self).expect("it is open")
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl TaskPut for Queue<u64> {
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>> {
        Queue::put(self, item)
    }
}

impl TaskGet for Queue<u64> {
    fn get(&mut self) -> impl Future<Output = impl Done<u64>> {
        Queue::get(self)
    }
}

impl TaskPut for local::Queue<u64> {
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>> {
        local::Queue::put(self, item)
    }
}

impl TaskGet for local::Queue<u64> {
    fn get(&mut self) -> impl Future<Output = impl Done<u64>> {
        local::Queue::get(self)
    }
}
