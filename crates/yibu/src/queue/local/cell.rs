//! The machine in a cell.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};

use crate::queue::after::After;
use crate::queue::core::{Core, Putting};
use crate::queue::errors::{TaskDoneError, TryGetError, TryPutError};
use crate::queue::machine::Machine;
use crate::queue::shelf::Shelf;
use crate::queue::state::Shutdown;
use crate::queue::stats::Stats;
use crate::queue::waiters::Key;
use crate::task::LocalWaker;

/// A queue of one thread, and how many halves of it there are.
pub struct Local<T> {
    machine: RefCell<Machine<T, LocalWaker>>,
    pub(super) senders: Cell<usize>,
    pub(super) receivers: Cell<usize>,
}

impl<T> Local<T> {
    pub(super) fn new(shelf: Shelf<T>) -> Self {
        Self {
            machine: RefCell::new(Machine::new(shelf)),
            senders: Cell::new(0),
            receivers: Cell::new(0),
        }
    }

    /// Does `f` under the borrow, and then what it left to do: that may call back.
    #[inline(always)]
    fn borrowed<R>(
        &self,
        f: impl FnOnce(&mut Machine<T, LocalWaker>, &mut After<T, LocalWaker>) -> R,
    ) -> R {
        let mut after = After::new();
        let mut machine = self.machine.borrow_mut();
        let outcome = f(&mut machine, &mut after);
        machine.look_again();
        drop(machine);
        after.run();
        outcome
    }

    #[inline(never)]
    fn try_put_slowly(&self, item: T) -> Result<(), TryPutError<T>> {
        self.borrowed(|machine, after| machine.try_put(item, after))
    }

    #[inline(never)]
    fn poll_put_slowly(&self, put: &mut Putting<T>, waker: LocalWaker) -> Poll<()> {
        self.borrowed(|machine, after| machine.poll_put(put, waker, after))
    }

    #[inline(never)]
    fn poll_get_slowly(&self, key: &mut Option<Key>, waker: LocalWaker) -> Poll<Option<T>> {
        self.borrowed(|machine, after| machine.poll_get(key, waker, after))
    }

    #[inline(never)]
    fn try_get_slowly(&self) -> Result<T, TryGetError> {
        self.borrowed(|machine, after| machine.try_get(after))
    }
}

impl<T> Core<T> for Local<T> {
    #[inline(always)]
    fn put_at_once(&self, item: T) -> Result<(), T> {
        self.machine.borrow_mut().put_at_once(item)
    }

    #[inline(always)]
    fn get_at_once(&self) -> Option<T> {
        self.machine.borrow_mut().get_at_once()
    }

    #[inline(always)]
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        self.put_at_once(item)
            .or_else(|item| self.try_put_slowly(item))
    }

    #[inline(always)]
    fn try_get(&self) -> Result<T, TryGetError> {
        self.get_at_once().map_or_else(|| self.try_get_slowly(), Ok)
    }

    fn try_get_many(&self, items: &mut Vec<T>, most: usize) -> Result<usize, TryGetError> {
        self.borrowed(|machine, after| machine.try_get_many(items, most, after))
    }

    fn poll_put(&self, put: &mut Putting<T>, waker: &Waker) -> Poll<()> {
        let woken = self.machine.borrow_mut().put_into_hands(put);
        if let Some(woken) = woken {
            woken.wake();
            return Poll::Ready(());
        }
        // Before the borrow: it may be another's code.
        let waker = LocalWaker::new(waker);
        let waits = self.machine.borrow_mut().wait_to_put(waker, put);
        match waits {
            Ok(()) => Poll::Pending,
            Err(waker) => self.poll_put_slowly(put, waker),
        }
    }

    fn poll_get(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<Option<T>> {
        if key.is_some() {
            return self.poll_get_slowly(key, LocalWaker::new(waker));
        }
        let got = self.machine.borrow_mut().get_and_admit();
        if let Some((item, woken)) = got {
            woken.wake();
            return Poll::Ready(Some(item));
        }
        let waker = LocalWaker::new(waker);
        let place = self.machine.borrow_mut().wait_to_get(waker);
        match place {
            Ok(place) => *key = Some(place),
            Err(waker) => return self.poll_get_slowly(key, waker),
        }
        Poll::Pending
    }

    fn collect_put(&self, put: &mut Putting<T>) -> bool {
        self.machine.borrow_mut().state.collect_put(put)
    }

    fn collect_get(&self, key: &mut Option<Key>) -> Option<Option<T>> {
        self.machine.borrow_mut().state.collect_get(key)
    }

    fn poll_join(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<()> {
        let waker = LocalWaker::new(waker);
        self.borrowed(|machine, after| machine.poll_join(key, waker, after))
    }

    fn cancel_put(&self, key: Key) -> Option<T> {
        self.borrowed(|machine, after| machine.state.cancel_put(key, after))
    }

    fn cancel_get(&self, key: &mut Option<Key>) -> Option<T> {
        self.borrowed(|machine, after| machine.state.cancel_get(key, after))
    }

    fn drop_get(&self, key: &mut Option<Key>) {
        self.borrowed(|machine, after| machine.drop_get(key, after));
    }

    fn drop_join(&self, key: Key) {
        self.borrowed(|machine, after| machine.state.cancel_join(key, after));
    }

    fn shut_down(&self, how: Shutdown) {
        self.borrowed(|machine, after| machine.shut_down(how, after));
    }

    fn task_done(&self) -> Result<(), TaskDoneError> {
        self.borrowed(|machine, after| machine.task_done(after))
    }

    fn is_shutdown(&self) -> bool {
        self.machine.borrow().state.shutdown_state().is_some()
    }

    fn len(&self) -> usize {
        self.machine.borrow().len()
    }

    fn capacity(&self) -> Option<usize> {
        let capacity = self.machine.borrow().shelf.capacity();
        (capacity < usize::MAX).then_some(capacity)
    }

    fn stats(&self) -> Stats {
        self.machine.borrow().stats()
    }
}
