//! A whole queue for one thread at a time: the [`State`] and the [`Shelf`] together. [`local`](super::local) keeps it in a cell, the shared kinds without a ring of their own in a mutex.
#![forbid(unsafe_code)]

use std::any::Any;
use std::task::{Poll, Waker};

use super::after::{After, Wake};
use super::core::Putting;
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::shelf::{Order, Shelf};
use super::state::{Concern, Shutdown, State, Store};
use super::stats::Stats;
use super::waiters::Key;

pub(super) struct Machine<T, W = Waker> {
    pub(super) state: State<T, W>,
    pub(super) shelf: Shelf<T>,
    /// What the state said when somebody last asked; of anything but a fifo, more. For the shortcuts of [`local`](super::local).
    concern: Concern,
    /// How many items [`put_at_once`](Self::put_at_once) may leave: none while there is something to think of.
    limit: usize,
}

impl<T, W: Wake> Machine<T, W> {
    pub(super) fn new(shelf: Shelf<T>) -> Self {
        let mut machine = Self {
            state: State::new(),
            shelf,
            concern: Concern::More,
            limit: 0,
        };
        machine.look_again();
        machine
    }

    /// After items were compared: passes a panic on, and with it takes back what the caller will not get to see.
    #[inline]
    fn check_panic(&mut self, got: impl IntoIterator<Item = T>, after: &mut After<T, W>) {
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
        match &mut self.shelf.order {
            Order::Priority(heap) => heap.panic.take(),
            _ => None,
        }
    }

    #[inline]
    fn has_panic(&self) -> bool {
        matches!(&self.shelf.order, Order::Priority(heap) if heap.panic.is_some())
    }

    /// Looks again what there is to think of, after anything but the shortcuts.
    #[inline(always)]
    pub(super) fn look_again(&mut self) {
        let is_fifo = self.shelf.is_fifo();
        self.set_concern(if is_fifo {
            self.state.concern()
        } else {
            Concern::More
        });
    }

    #[inline(always)]
    fn set_concern(&mut self, concern: Concern) {
        self.concern = concern;
        let is_calm = concern == Concern::Nothing;
        self.limit = if is_calm { self.shelf.capacity() } else { 0 };
    }

    #[inline]
    pub(super) fn try_put(
        &mut self,
        item: T,
        after: &mut After<T, W>,
    ) -> Result<(), TryPutError<T>> {
        let outcome = self.state.try_put(&mut self.shelf, item, after);
        self.check_panic([], after);
        outcome
    }

    #[inline]
    pub(super) fn try_get(&mut self, after: &mut After<T, W>) -> Result<T, TryGetError> {
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
        after: &mut After<T, W>,
    ) -> Result<usize, TryGetError> {
        // What was appended stays with the caller, panic or not.
        let outcome = self.state.try_get_many(&mut self.shelf, items, most, after);
        self.check_panic([], after);
        outcome
    }

    #[inline]
    pub(super) fn poll_put(
        &mut self,
        put: &mut Putting<T>,
        waker: W,
        after: &mut After<T, W>,
    ) -> Poll<()> {
        let outcome = self.state.poll_put(&mut self.shelf, put, waker, after);
        self.check_panic([], after);
        outcome
    }

    #[inline]
    pub(super) fn poll_get(
        &mut self,
        key: &mut Option<Key>,
        waker: W,
        after: &mut After<T, W>,
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
    pub(super) fn drop_get(&mut self, key: &mut Option<Key>, after: &mut After<T, W>) {
        self.state.drop_get(&mut self.shelf, key, after);
        self.check_panic([], after);
    }

    pub(super) fn shut_down(&mut self, how: Shutdown, after: &mut After<T, W>) {
        self.state.shut_down(&mut self.shelf, how, after);
        self.check_panic([], after);
    }

    pub(super) fn task_done(&mut self, after: &mut After<T, W>) -> Result<(), TaskDoneError> {
        self.state.task_done(&self.shelf, after)
    }

    pub(super) fn poll_join(
        &mut self,
        key: &mut Option<Key>,
        waker: W,
        after: &mut After<T, W>,
    ) -> Poll<()> {
        self.state.poll_join(&self.shelf, key, waker, after)
    }

    pub(super) fn len(&self) -> usize {
        self.shelf.len() + self.state.returned()
    }

    pub(super) fn stats(&self) -> Stats {
        Stats::new(&self.state, &self.shelf)
    }
}

/// What a fifo can do where little is to be thought of, in as few steps as that takes. Each declines where more is.
impl<T, W: Wake> Machine<T, W> {
    /// Puts at the end, where nobody waits.
    #[inline(always)]
    pub(super) fn put_at_once(&mut self, item: T) -> Result<(), T> {
        self.shelf.push(item, self.limit)
    }

    /// Gets from the front, where nobody waits.
    #[inline(always)]
    pub(super) fn get_at_once(&mut self) -> Option<T> {
        if self.is_calm() {
            self.shelf.pop()
        } else {
            None
        }
    }

    #[inline(always)]
    pub(super) fn is_calm(&self) -> bool {
        self.concern == Concern::Nothing
    }

    /// Gives the item to the get that has waited longest, where only gets wait, and tells whom to wake.
    #[inline(always)]
    pub(super) fn put_into_hands(&mut self, put: &mut Putting<T>) -> Option<W> {
        if self.concern != Concern::Getters
            || !matches!(put, Putting::Holds(_))
            || !self.shelf.hand_over()
        {
            return None;
        }
        let waker = self.state.serve_next(put.take()?);
        if self.state.waiting_getters() == 0 {
            self.set_concern(Concern::Nothing);
        }
        Some(waker)
    }

    /// Gets from the front, and moves the item of the put that has waited longest in, where only puts wait; tells whom to wake.
    #[inline(always)]
    pub(super) fn get_and_admit(&mut self) -> Option<(T, W)> {
        if self.concern != Concern::Putters {
            return None;
        }
        let item = self.shelf.pop()?;
        let (next, waker) = self.state.take_next().expect("a put waits");
        let put = self.shelf.push(next, usize::MAX);
        debug_assert!(put.is_ok());
        if self.state.waiting_putters() == 0 {
            self.set_concern(Concern::Nothing);
        }
        Some((item, waker))
    }

    /// Waits for an item, where there is none and nobody waits.
    #[inline(always)]
    pub(super) fn wait_to_get(&mut self, waker: W) -> Result<Key, W> {
        if !self.is_calm() || self.shelf.len() > 0 {
            return Err(waker);
        }
        self.set_concern(Concern::Getters);
        Ok(self.state.wait_to_get(waker))
    }

    /// Waits for room, where there is none and nobody waits.
    #[inline(always)]
    pub(super) fn wait_to_put(&mut self, waker: W, put: &mut Putting<T>) -> Result<(), W> {
        if !self.is_calm() || self.shelf.len() < self.shelf.capacity() {
            return Err(waker);
        }
        let Some(item) = put.take() else {
            return Err(waker);
        };
        self.set_concern(Concern::Putters);
        *put = Putting::Waits(self.state.wait_to_put(waker, item));
        Ok(())
    }
}
