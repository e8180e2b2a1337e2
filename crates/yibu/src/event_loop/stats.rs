//! What a loop holds at the moment.

#![forbid(unsafe_code)]

use super::core::{live_tasks, with_io};

/// What a loop holds at the moment; see [`stats`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Tasks that have not ended.
    pub tasks: usize,
    /// Streams: open ones, and dropped ones that are still being closed.
    pub connections: usize,
    /// Listeners, likewise.
    pub listeners: usize,
    /// Operations that belong to no stream and have not ended, such as a read of a file.
    pub operations: usize,
}

/// Counts what the current loop holds. A count that grows with the time a program runs is a leak.
///
/// ```
/// let stats = yibu::run(async { yibu::event_loop::stats() });
/// assert_eq!((stats.tasks, stats.connections), (1, 0), "only the main future");
/// ```
///
/// # Panics
///
/// Outside a loop.
#[track_caller]
pub fn stats() -> Stats {
    let (connections, listeners, operations) = with_io("event_loop::stats", |io, _| io.counts());
    Stats {
        tasks: live_tasks(),
        connections,
        listeners,
        operations,
    }
}
