//! The two ends of a queue of numbers, for threads and for tasks.
#![forbid(unsafe_code)]

use crate::Result;
use std::future::Future;

/// The end that a thread puts items into.
pub(crate) trait Put: Send + Sized + 'static {
    /// Puts an item; waits while there is no room.
    fn put(&mut self, item: u64);

    /// Another handle of this end, if there may be several.
    fn another(&self) -> Option<Self>;
}

/// The end that a thread gets items from.
pub(crate) trait Get: Send + Sized + 'static {
    /// Gets an item; waits while there is none.
    fn get(&mut self) -> u64;

    /// Another handle of this end, if there may be several.
    fn another(&self) -> Option<Self>;
}

/// The end that a task puts items into.
pub(crate) trait TaskPut: 'static {
    /// Puts an item; waits while there is no room.
    fn put(&mut self, item: u64) -> impl Future<Output = ()>;
}

/// The end that a task gets items from.
pub(crate) trait TaskGet: 'static {
    /// Gets an item; waits while there is none.
    fn get(&mut self) -> impl Future<Output = u64>;
}

/// So many handles of one end, of which the first is given.
///
/// # Errors
///
/// If there can be only one.
pub(crate) fn handles<T>(
    first: T,
    count: u64,
    another: impl Fn(&T) -> Option<T>,
) -> Result<Vec<T>> {
    let others: Option<Vec<T>> = (1..count).map(|_| another(&first)).collect();
    let mut handles = others.ok_or("this end has only one handle")?;
    handles.push(first);
    Ok(handles)
}
