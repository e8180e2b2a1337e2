//! The two ends of a queue of numbers, for threads and for tasks.
#![forbid(unsafe_code)]

use crate::Result;
use std::fmt::Debug;
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

/// The end that a task puts items into. The queue's own future is what is awaited: one around it would cost as much as some of them.
pub(crate) trait TaskPut: 'static {
    /// Puts an item; waits while there is no room.
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>>;
}

/// The end that a task gets items from; the same holds.
pub(crate) trait TaskGet: 'static {
    /// Gets an item; waits while there is none.
    fn get(&mut self) -> impl Future<Output = impl Done<u64>>;
}

/// What a queue says at the end of a put or a get.
pub(crate) trait Done<T> {
    /// What was wanted.
    ///
    /// # Panics
    ///
    /// If the queue was closed.
    fn done(self) -> T;
}

impl<T> Done<T> for Option<T> {
    #[inline(always)]
    fn done(self) -> T {
        self.expect("the queue is open")
    }
}

impl<T, E: Debug> Done<T> for std::result::Result<T, E> {
    #[inline(always)]
    fn done(self) -> T {
        self.expect("the queue is open")
    }
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
