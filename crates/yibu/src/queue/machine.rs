//! A whole queue for one thread at a time: the [`State`] and the [`Shelf`] together. [`local`](super::local) keeps it in a cell, the shared kinds without a ring of their own in a mutex.
#![forbid(unsafe_code)]

use std::any::Any;
use std::task::{Poll, Waker};

use super::after::After;
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::shelf::{Kind, Shelf};
use super::state::{Shutdown, State, Store};
use super::stats::Stats;
use super::waiters::Key;

pub(super) struct Machine<T> {
    pub(super) state: State<T>,
    pub(super) shelf: Shelf<T>,
    /// What [`State::is_calm`] said when somebody last asked: for [`put_at_once`](Self::put_at_once) and [`get_at_once`](Self::get_at_once), which do not change it.
    is_calm: bool,
}

impl<T> Machine<T> {
    pub(super) fn new(shelf: Shelf<T>) -> Self {
        Self {
            state: State::new(),
            shelf,
            is_calm: true,
        }
    }

    /// After items were compared: passes a panic on, and with it takes back what the caller will not get to see.
    #[inline]
    fn check_panic(&mut self, got: impl IntoIterator<Item = T>, after: &mut After<T>) {
        let Some(payload) = self.take_panic() else {
            return;
        };
        after.panic(payload);
        for item in got {
            self.state.give_back_next(&mut self.shelf, item, after);
            // One is enough; another must not be dropped here, under the lock.
            std::mem::forget(self.take_panic());
        }
    }

    #[inline]
    fn take_panic(&mut self) -> Option<Box<dyn Any + Send>> {
        match &mut self.shelf.kind {
            Kind::Priority(heap) => heap.panic.take(),
            _ => None,
        }
    }

    #[inline]
    fn has_panic(&self) -> bool {
        matches!(&self.shelf.kind, Kind::Priority(heap) if heap.panic.is_some())
    }

    /// Looks again whether there is nothing but items, after anything but the two that follow.
    #[inline(always)]
    pub(super) fn look_again(&mut self) {
        self.is_calm = self.state.is_calm();
    }

    /// Puts where nothing but that is to be done, at the end of a fifo; for the one loop that must be fast.
    #[inline(always)]
    pub(super) fn put_at_once(&mut self, item: T) -> Result<(), T> {
        if self.is_calm {
            self.shelf.push(item)
        } else {
            Err(item)
        }
    }

    /// Gets where nothing but that is to be done, from the front of a fifo.
    #[inline(always)]
    pub(super) fn get_at_once(&mut self) -> Option<T> {
        if self.is_calm { self.shelf.pop() } else { None }
    }

    #[inline]
    pub(super) fn try_put(&mut self, item: T, after: &mut After<T>) -> Result<(), TryPutError<T>> {
        let outcome = self.state.try_put(&mut self.shelf, item, after);
        self.check_panic([], after);
        outcome
    }

    #[inline]
    pub(super) fn try_get(&mut self, after: &mut After<T>) -> Result<T, TryGetError> {
        let outcome = self.state.try_get(&mut self.shelf, after);
        if self.has_panic() {
            self.check_panic(outcome.ok(), after);
            return Err(TryGetError::Empty);
        }
        outcome
    }

    pub(super) fn try_get_many(
        &mut self,
        items: &mut Vec<T>,
        most: usize,
        after: &mut After<T>,
    ) -> Result<usize, TryGetError> {
        // What was appended stays with the caller, panic or not.
        let outcome = self.state.try_get_many(&mut self.shelf, items, most, after);
        self.check_panic([], after);
        outcome
    }

    #[inline]
    pub(super) fn poll_put(
        &mut self,
        item: &mut Option<T>,
        key: &mut Option<Key>,
        waker: &mut Option<Waker>,
        after: &mut After<T>,
    ) -> Poll<Result<(), T>> {
        let outcome = self
            .state
            .poll_put(&mut self.shelf, item, key, waker, after);
        self.check_panic([], after);
        outcome
    }

    #[inline]
    pub(super) fn poll_get(
        &mut self,
        key: &mut Option<Key>,
        waker: &mut Option<Waker>,
        after: &mut After<T>,
    ) -> Poll<Option<T>> {
        let outcome = self.state.poll_get(&mut self.shelf, key, waker, after);
        if self.has_panic()
            && let Poll::Ready(item) = outcome
        {
            self.check_panic(item, after);
            return Poll::Ready(None);
        }
        outcome
    }

    /// Drops a get that is not ready, whatever it was served.
    pub(super) fn drop_get(&mut self, key: &mut Option<Key>, after: &mut After<T>) {
        self.state.drop_get(&mut self.shelf, key, after);
        self.check_panic([], after);
    }

    pub(super) fn shut_down(&mut self, how: Shutdown, after: &mut After<T>) {
        self.state.shut_down(&mut self.shelf, how, after);
        self.check_panic([], after);
    }

    pub(super) fn task_done(&mut self, after: &mut After<T>) -> Result<(), TaskDoneError> {
        self.state.task_done(&self.shelf, after)
    }

    pub(super) fn poll_join(
        &mut self,
        key: &mut Option<Key>,
        waker: &mut Option<Waker>,
    ) -> Poll<()> {
        self.state.poll_join(&self.shelf, key, waker)
    }

    pub(super) fn len(&self) -> usize {
        self.shelf.len() + self.state.returned()
    }

    pub(super) fn stats(&self) -> Stats {
        Stats::new(&self.state, &self.shelf)
    }
}
