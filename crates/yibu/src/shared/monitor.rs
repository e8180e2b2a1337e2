//! A lock for a state that many look at: held for nanoseconds, and never while a user's code runs, but for the comparison of keys.
//!
//! ```text
//!             write()                     unlocked(work)
//!   free ───────────────> held by one ──────────────────> reserved: the lock is free, readers read,
//!    ^                    │        ^                      │         other writers wait, `work` runs
//!    └────────────────────┘        └──────────────────────┘
//!      the Writing is dropped         `work` has returned
//! ```
//!
//! Writers take turns, and a turn is either held (short work on the state itself) or reserved (long or foreign work beside it). A reader
//! only ever waits for the former.
//!
//! A writer that finds the state reserved spins for about as long as the standard library's mutex does, then sleeps. One that would have to
//! wait for itself, at once or by way of others, panics instead ([`waits`](super::waits)).
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::hint;
use std::sync::PoisonError;

use super::waits::Waits;
use crate::sync_shim::{Condvar, Mutex, MutexGuard, ThreadId, thread};

/// How often a writer looks again before it sleeps.
const SPINS: u32 = if cfg!(loom) { 0 } else { 100 };

thread_local! {
    /// Whether this thread holds some monitor's lock while it may compare keys.
    static HELD: Cell<bool> = const { Cell::new(false) };
}

pub(super) struct Monitor<S> {
    inner: Mutex<Inner<S>>,
    /// A reservation has ended.
    ended: Condvar,
}

struct Inner<S> {
    state: S,
    /// Who has reserved it.
    writer: Option<ThreadId>,
    /// How many writers sleep.
    sleeping: usize,
}

impl<S> Monitor<S> {
    pub(super) fn new(state: S) -> Self {
        Monitor {
            inner: Mutex::new(Inner {
                state,
                writer: None,
                sleeping: 0,
            }),
            ended: Condvar::new(),
        }
    }

    /// Looks at the state; `look` is short, and none of the user's code.
    #[inline]
    pub(super) fn read<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.lock().state)
    }

    /// As [`read`](Self::read), and keys may be compared, and plain data cloned.
    #[inline]
    pub(super) fn read_held<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        let guard = self.lock();
        let _held = Held::new();
        look(&guard.state)
    }

    /// Waits for a turn to write.
    ///
    /// # Panics
    ///
    /// If this thread has reserved it, or waiting would never end.
    #[inline]
    pub(super) fn write(&self) -> Writing<'_, S> {
        let mut guard = self.lock();
        if guard.writer.is_some() {
            guard = self.wait(guard);
        }
        Writing {
            monitor: self,
            guard: Some(guard),
            is_reserved: false,
        }
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Inner<S>> {
        assert!(
            !HELD.get(),
            "shared data was used by the comparison (Eq) of a Dict's keys"
        );
        // A panic under the lock leaves the state as it was: only comparisons can panic there, and they come before the change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn wait<'a>(&'a self, mut guard: MutexGuard<'a, Inner<S>>) -> MutexGuard<'a, Inner<S>> {
        let me = thread::current().id();
        for _ in 0..SPINS {
            if guard.writer.is_none_or(|writer| writer == me) {
                break;
            }
            drop(guard);
            hint::spin_loop();
            guard = self.lock();
        }
        while let Some(writer) = guard.writer {
            assert!(
                writer != me,
                "a closure that changes shared data has written to the same data: it may only read it, and sees what was there before"
            );
            assert!(
                Waits::wait(me, writer, self.address()),
                "deadlock: closures that change shared data write to each other's data"
            );
            guard.sleeping += 1;
            guard = self
                .ended
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
            guard.sleeping -= 1;
        }
        guard
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// While it is there, this thread may not use shared data.
struct Held;

impl Held {
    #[inline]
    fn new() -> Self {
        HELD.set(true);
        Held
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        HELD.set(false);
    }
}

/// A writer's turn; it ends when this is dropped.
pub(super) struct Writing<'a, S> {
    monitor: &'a Monitor<S>,
    /// There, but inside `unlocked`.
    guard: Option<MutexGuard<'a, Inner<S>>>,
    is_reserved: bool,
}

impl<'a, S> Writing<'a, S> {
    /// The state, under the lock.
    #[inline]
    pub(super) fn state(&mut self) -> &mut S {
        &mut self.inner().state
    }

    /// Works on the state under the lock, and compares keys meanwhile: the one code of the user's that runs there.
    #[inline]
    pub(super) fn held<R>(&mut self, work: impl FnOnce(&mut S) -> R) -> R {
        let _held = Held::new();
        work(&mut self.inner().state)
    }

    /// Runs code of the user's, without the lock: others may read meanwhile, and nobody else may write.
    #[inline]
    pub(super) fn unlocked<R>(&mut self, work: impl FnOnce() -> R) -> R {
        if !self.is_reserved {
            self.inner().writer = Some(thread::current().id());
            self.is_reserved = true;
        }
        self.guard = None;
        let done = work();
        self.guard = Some(self.monitor.lock());
        done
    }

    #[inline]
    fn inner(&mut self) -> &mut Inner<S> {
        self.guard.as_mut().expect("only `unlocked` takes it away")
    }
}

impl<S> Drop for Writing<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_reserved {
            return;
        }
        // Without the lock only after a panic in `unlocked`.
        let monitor = self.monitor;
        let mut guard = self.guard.take().unwrap_or_else(|| monitor.lock());
        guard.writer = None;
        if guard.sleeping > 0 {
            // All of them: who waits for whom is known again when each has looked.
            Waits::end(monitor.address());
            monitor.ended.notify_all();
        }
    }
}
