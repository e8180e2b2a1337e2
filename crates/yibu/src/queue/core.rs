//! What the futures and the handles ask of a queue, however it is made.
#![forbid(unsafe_code)]

use std::mem::replace;
use std::task::{Poll, Waker};

use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::state::Shutdown;
use super::stats::Stats;
use super::waiters::Key;

/// How far a put has come. It is so at any time at which others' code may panic: an item is never in the air then.
pub enum Putting<T> {
    /// Not in the queue: not yet, or refused.
    Holds(T),
    /// In line, with the item.
    Waits(Key),
    Done,
}

impl<T> Putting<T> {
    /// Takes the item that is held.
    #[inline(always)]
    pub(super) fn take(&mut self) -> Option<T> {
        if let Self::Holds(_) = self
            && let Self::Holds(item) = replace(self, Self::Done)
        {
            return Some(item);
        }
        None
    }
}

/// A queue's inside. Nobody else can implement or name it.
pub trait Core<T> {
    /// Puts, if one look tells that it can: to be inlined.
    fn put_at_once(&self, item: T) -> Result<(), T>;
    /// Gets, if one look tells that it can: to be inlined.
    fn get_at_once(&self) -> Option<T>;
    /// Puts without waiting.
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>>;
    /// Gets without waiting.
    fn try_get(&self) -> Result<T, TryGetError>;
    /// Gets up to `most` without waiting.
    fn try_get_many(&self, items: &mut Vec<T>, most: usize) -> Result<usize, TryGetError>;
    /// Puts the item, or waits with it; ready when that is over, and then what was refused is held again. For who could not put at once.
    fn poll_put(&self, put: &mut Putting<T>, waker: &Waker) -> Poll<()>;
    /// Gets, or waits. Nothing if the queue has ended. For who could not get at once.
    fn poll_get(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<Option<T>>;
    /// Takes up what became of a put in line, if something did; tells whether.
    fn collect_put(&self, put: &mut Putting<T>) -> bool;
    /// Takes up what became of a get in line, if something did: an item, or the end.
    fn collect_get(&self, key: &mut Option<Key>) -> Option<Option<T>>;
    /// Ready when all is done.
    fn poll_join(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<()>;
    /// Waits no more, and takes the item of the place if it was not put.
    fn cancel_put(&self, key: Key) -> Option<T>;
    /// Waits no more, and takes what was served.
    fn cancel_get(&self, key: &mut Option<Key>) -> Option<T>;
    /// Waits no more, and gives back what was served.
    fn drop_get(&self, key: &mut Option<Key>);
    /// Waits no more.
    fn drop_join(&self, key: Key);
    /// Ends.
    fn shut_down(&self, how: Shutdown);
    /// Counts one as done.
    fn task_done(&self) -> Result<(), TaskDoneError>;
    /// Whether it was shut down.
    fn is_shutdown(&self) -> bool;
    /// How many items there are.
    fn len(&self) -> usize;
    /// The most that there may be; without a limit, nothing.
    fn capacity(&self) -> Option<usize>;
    /// All of it.
    fn stats(&self) -> Stats;
}
