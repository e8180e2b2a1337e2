//! A queue whose items are under a mutex with all the rest: last in first out, by priority, from hand to hand.
#![forbid(unsafe_code)]

use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Poll, Waker};

use super::after::After;
use super::core::{Core, Putting};
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::machine::Machine;
use super::shelf::Shelf;
use super::state::Shutdown;
use super::stats::Stats;
use super::waiters::Key;
use crate::sync_shim::{AtomicU32, Mutex, MutexGuard};

/// A get need not wait.
const READY: u32 = 1;
/// A put need not wait.
const ROOMY: u32 = 2;
/// Gets wait already.
const GETTERS: u32 = 4;
/// Puts wait already.
const PUTTERS: u32 = 8;

pub(super) struct Locked<T> {
    machine: Mutex<Machine<T>>,
    /// What the machine was like when the lock was last released: for who spins a little before it waits. Nothing depends on it.
    hints: AtomicU32,
    capacity: usize,
}

impl<T> Locked<T> {
    pub(super) fn new(shelf: Shelf<T>) -> Self {
        Self {
            capacity: shelf.capacity(),
            machine: Mutex::new(Machine::new(shelf)),
            hints: AtomicU32::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Machine<T>> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `f` under the lock, and then what it left to do.
    #[inline]
    fn locked<R>(&self, f: impl FnOnce(&mut Machine<T>, &mut After<T>) -> R) -> R {
        let mut after = After::new();
        let mut machine = self.lock();
        let outcome = f(&mut machine, &mut after);
        let state = &machine.state;
        let (getters, putters) = (state.waiting_getters(), state.waiting_putters());
        let (length, is_shut) = (machine.len(), state.shutdown_state().is_some());
        let is_rendezvous = self.capacity == 0;
        let set = |bit, is_so| if is_so { bit } else { 0 };
        let hints = set(READY, length > 0 || is_shut || is_rendezvous && putters > 0)
            | set(
                ROOMY,
                length < self.capacity || is_shut || is_rendezvous && getters > 0,
            )
            | set(GETTERS, getters > 0)
            | set(PUTTERS, putters > 0);
        if self.hints.load(Relaxed) != hints {
            self.hints.store(hints, Relaxed);
        }
        drop(machine);
        after.run();
        outcome
    }

    /// Whether a get need not wait, as far as one look tells; nothing if it should not look on.
    pub(super) fn looks_ready(&self) -> Option<bool> {
        let hints = self.hints.load(Relaxed);
        (hints & GETTERS == 0).then_some(hints & READY != 0)
    }

    /// Whether a put need not wait, as far as one look tells; nothing if it should not look on.
    pub(super) fn looks_roomy(&self) -> Option<bool> {
        let hints = self.hints.load(Relaxed);
        (hints & PUTTERS == 0).then_some(hints & ROOMY != 0)
    }
}

impl<T> Core<T> for Locked<T> {
    fn get_at_once(&self) -> Option<T> {
        self.try_get().ok()
    }

    fn put_at_once(&self, item: T) -> Result<(), T> {
        self.try_put(item).map_err(TryPutError::into_inner)
    }

    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        self.locked(|machine, after| machine.try_put(item, after))
    }

    fn try_get(&self) -> Result<T, TryGetError> {
        self.locked(|machine, after| machine.try_get(after))
    }

    fn try_get_many(&self, items: &mut Vec<T>, most: usize) -> Result<usize, TryGetError> {
        self.locked(|machine, after| machine.try_get_many(items, most, after))
    }

    fn poll_put(&self, put: &mut Putting<T>, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        self.locked(|machine, after| machine.poll_put(put, waker, after))
    }

    fn poll_get(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<Option<T>> {
        let waker = waker.clone();
        self.locked(|machine, after| machine.poll_get(key, waker, after))
    }

    fn collect_put(&self, put: &mut Putting<T>) -> bool {
        self.lock().state.collect_put(put)
    }

    fn collect_get(&self, key: &mut Option<Key>) -> Option<Option<T>> {
        self.lock().state.collect_get(key)
    }

    fn poll_join(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        self.locked(|machine, after| machine.poll_join(key, waker, after))
    }

    fn cancel_put(&self, key: Key) -> Option<T> {
        self.locked(|machine, after| machine.state.cancel_put(key, after))
    }

    fn cancel_get(&self, key: &mut Option<Key>) -> Option<T> {
        self.locked(|machine, after| machine.state.cancel_get(key, after))
    }

    fn drop_get(&self, key: &mut Option<Key>) {
        self.locked(|machine, after| machine.drop_get(key, after));
    }

    fn drop_join(&self, key: Key) {
        self.locked(|machine, after| machine.state.cancel_join(key, after));
    }

    fn shut_down(&self, how: Shutdown) {
        self.locked(|machine, after| machine.shut_down(how, after));
    }

    fn task_done(&self) -> Result<(), TaskDoneError> {
        self.locked(|machine, after| machine.task_done(after))
    }

    fn is_shutdown(&self) -> bool {
        self.locked(|machine, _| machine.state.shutdown_state().is_some())
    }

    fn len(&self) -> usize {
        self.locked(|machine, _| machine.len())
    }

    fn capacity(&self) -> Option<usize> {
        (self.capacity < usize::MAX).then_some(self.capacity)
    }

    fn stats(&self) -> Stats {
        self.locked(|machine, _| machine.stats())
    }
}
