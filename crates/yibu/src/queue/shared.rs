//! What every handle of a shared queue points to.
#![forbid(unsafe_code)]

use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::task::{Poll, Waker};

use super::core::{Core, Putting};
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::fifo::Fifo;
use super::locked::Locked;
use super::state::Shutdown;
use super::stats::Stats;
use super::waiters::Key;
use crate::sync_shim::AtomicUsize;

/// A queue that threads share, and how many halves of it there are.
pub struct Shared<T> {
    pub(super) kind: Kind<T>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

pub(super) enum Kind<T> {
    Fifo(Fifo<T>),
    Locked(Locked<T>),
}

/// The same for each kind.
macro_rules! each {
    ($self:ident, $queue:ident => $call:expr) => {
        match &$self.kind {
            Kind::Fifo($queue) => $call,
            Kind::Locked($queue) => $call,
        }
    };
}
impl<T> Shared<T> {
    pub(super) fn new(kind: Kind<T>) -> Self {
        Self {
            kind,
            senders: AtomicUsize::new(0),
            receivers: AtomicUsize::new(0),
        }
    }

    pub(super) fn count_sender(&self) {
        self.senders.fetch_add(1, Relaxed);
    }

    /// How many are left.
    pub(super) fn uncount_sender(&self) -> usize {
        self.senders.fetch_sub(1, AcqRel) - 1
    }

    pub(super) fn count_receiver(&self) {
        self.receivers.fetch_add(1, Relaxed);
    }

    /// How many are left.
    pub(super) fn uncount_receiver(&self) -> usize {
        self.receivers.fetch_sub(1, AcqRel) - 1
    }

    /// Whether a get need not wait, as far as one look tells; nothing if it should not look on.
    #[inline]
    pub(super) fn looks_ready(&self) -> Option<bool> {
        each!(self, queue => queue.looks_ready())
    }

    /// Whether a put need not wait, as far as one look tells; nothing if it should not look on.
    #[inline]
    pub(super) fn looks_roomy(&self) -> Option<bool> {
        each!(self, queue => queue.looks_roomy())
    }
}

impl<T> Core<T> for Shared<T> {
    #[inline(always)]
    fn put_at_once(&self, item: T) -> Result<(), T> {
        each!(self, queue => queue.put_at_once(item))
    }

    #[inline(always)]
    fn get_at_once(&self) -> Option<T> {
        each!(self, queue => queue.get_at_once())
    }

    #[inline(always)]
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        each!(self, queue => queue.try_put(item))
    }

    #[inline(always)]
    fn try_get(&self) -> Result<T, TryGetError> {
        each!(self, queue => queue.try_get())
    }

    fn try_get_many(&self, items: &mut Vec<T>, most: usize) -> Result<usize, TryGetError> {
        each!(self, queue => queue.try_get_many(items, most))
    }

    fn poll_put(&self, put: &mut Putting<T>, waker: &Waker) -> Poll<()> {
        each!(self, queue => queue.poll_put(put, waker))
    }

    fn poll_get(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<Option<T>> {
        each!(self, queue => queue.poll_get(key, waker))
    }

    fn collect_put(&self, put: &mut Putting<T>) -> bool {
        each!(self, queue => queue.collect_put(put))
    }

    fn collect_get(&self, key: &mut Option<Key>) -> Option<Option<T>> {
        each!(self, queue => queue.collect_get(key))
    }

    fn poll_join(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<()> {
        each!(self, queue => queue.poll_join(key, waker))
    }

    fn cancel_put(&self, key: Key) -> Option<T> {
        each!(self, queue => queue.cancel_put(key))
    }

    fn cancel_get(&self, key: &mut Option<Key>) -> Option<T> {
        each!(self, queue => queue.cancel_get(key))
    }

    fn drop_get(&self, key: &mut Option<Key>) {
        each!(self, queue => queue.drop_get(key));
    }

    fn drop_join(&self, key: Key) {
        each!(self, queue => queue.drop_join(key));
    }

    fn shut_down(&self, how: Shutdown) {
        each!(self, queue => queue.shut_down(how));
    }

    fn task_done(&self) -> Result<(), TaskDoneError> {
        each!(self, queue => queue.task_done())
    }

    fn is_shutdown(&self) -> bool {
        each!(self, queue => queue.is_shutdown())
    }

    fn len(&self) -> usize {
        each!(self, queue => queue.len())
    }

    fn capacity(&self) -> Option<usize> {
        each!(self, queue => queue.capacity())
    }

    fn stats(&self) -> Stats {
        each!(self, queue => queue.stats())
    }
}
