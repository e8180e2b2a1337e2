//! A queue in numbers.
#![forbid(unsafe_code)]

use super::state::{State, Store};

/// What a queue holds, who waits for it, and what has passed through, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Items in the queue. Python's `qsize()`.
    pub length: usize,
    /// The most items that have been in it. Exact when it was full, and of the kinds without a ring; else of those that were looked at, so an eighth, or 64, may be missing.
    pub peak: usize,
    /// Gets that wait for an item, registered: one that spins for some microseconds before it sleeps is not counted.
    pub waiting_getters: usize,
    /// Puts that wait for room; their items are not in the queue.
    pub waiting_putters: usize,
    /// Joins that wait until all is done.
    pub waiting_joiners: usize,
    /// Items that were ever put.
    pub puts: u64,
    /// Items that were ever got, or dropped by a shutdown. One that was given back by a dropped `get` does not count.
    pub gets: u64,
    /// Items that were put, and not reported by `task_done` or dropped by a shutdown. Python's `unfinished_tasks`.
    pub unfinished: u64,
}

impl Stats {
    pub(super) fn new<T, W: super::after::Wake>(
        state: &State<T, W>,
        store: &impl Store<T>,
    ) -> Self {
        let (length, puts) = (store.len(), store.puts());
        Self {
            length: length + state.returned(),
            peak: store.peak().max(length),
            waiting_getters: state.waiting_getters(),
            waiting_putters: state.waiting_putters(),
            waiting_joiners: state.waiting_joiners(),
            puts,
            gets: store.gets() - state.returned() as u64,
            unfinished: puts.saturating_sub(state.done()),
        }
    }
}
