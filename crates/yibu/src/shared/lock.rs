//! The one lock of a collection. Whatever an operation runs, runs under it, and a thread that would wait for itself is told instead.
//!
//! Beside the lock stands who has it: who locks looks there first, and pays for one plain load and two plain stores.
//! A thread never mistakes another's lock for its own: it erases its name before it unlocks, so while it does not have the lock, it finds no older
//! value there than that. (A name is an address of the thread's own; another thread may get it later, but allocating memory comes after its freeing, and that after the erasing.)
#![forbid(unsafe_code)]

use std::ops::{Deref, DerefMut};
use std::panic::RefUnwindSafe;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

use crate::sync_shim::AtomicPtr;
use crate::sync_shim::quick::{Mutex, MutexGuard, name_of_thread};

pub(super) struct Lock<T> {
    /// Who has it, or null.
    owner: AtomicPtr<u8>,
    state: Mutex<T>,
}

/// A panic under the lock leaves the state as it was.
impl<T> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    pub(super) fn new(state: T) -> Self {
        Lock {
            owner: AtomicPtr::new(ptr::null_mut()),
            state: Mutex::new(state),
        }
    }

    /// Waits until nobody else has it.
    ///
    /// # Panics
    ///
    /// If this thread has it.
    #[inline]
    pub(super) fn lock(&self) -> Guard<'_, T> {
        let me = name_of_thread();
        if self.owner.load(Relaxed) == me {
            panic_of_itself();
        }
        let state = self.state.lock();
        self.owner.store(me, Relaxed);
        Guard {
            owner: &self.owner,
            state,
        }
    }
}

#[cold]
fn panic_of_itself() -> ! {
    panic!(
        "a List or Dict was used by what it was running itself (a closure, or Eq, Hash, Ord or Clone of what is in it), which would wait for \
         itself for ever: use what the closure is given, or read before and write after"
    );
}

/// The state, until this is dropped.
pub(super) struct Guard<'a, T> {
    owner: &'a AtomicPtr<u8>,
    state: MutexGuard<'a, T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.state
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // The lock itself is freed after this.
        self.owner.store(ptr::null_mut(), Relaxed);
    }
}
