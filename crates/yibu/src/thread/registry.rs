//! The threads that this library started and that have not ended.
//!
//! ```text
//!   spawn: entered -> runs -> work done -> destructors of its thread-locals -> left
//! ```
//!
//! A thread leaves by the destructor of a thread-local that is made first in it and so, on the systems that we know, destroyed last: the
//! program's end waits for the other thread-locals' destructors, too.
#![forbid(unsafe_code)]

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::current::{Thread, ThreadId};

static LIVE: Mutex<BTreeMap<ThreadId, Thread>> = Mutex::new(BTreeMap::new());
static LEFT: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, BTreeMap<ThreadId, Thread>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on the thread counts. Dropping the entry ends that.
pub(super) fn enter(thread: &Thread) -> Entry {
    lock().insert(thread.id(), thread.clone());
    Entry(thread.id())
}

pub(super) struct Entry(ThreadId);

impl Entry {
    /// The thread that the entry is for keeps it, to its end.
    pub(super) fn keep(self) {
        ENTRY.with(|entry| {
            // A thread begins once.
            let _ = entry.set(self);
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let left = lock().remove(&self.0);
        if left.is_some_and(|thread| !thread.is_daemon()) {
            LEFT.notify_all();
        }
    }
}

thread_local! {
    static ENTRY: OnceCell<Entry> = const { OnceCell::new() };
}

/// Waits until no non-daemon but `current` is left, also of those that are started meanwhile.
pub(super) fn wait_for_non_daemons(current: ThreadId) {
    let holds_up = |thread: &Thread| !thread.is_daemon() && thread.id() != current;
    let mut live = lock();
    while live.values().any(holds_up) {
        live = LEFT.wait(live).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Those that have not ended, the oldest first.
pub(super) fn live() -> Vec<Thread> {
    lock().values().cloned().collect()
}
