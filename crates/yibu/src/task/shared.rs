//! The part of a loop that other threads may touch, and that therefore outlives it.
//!
//! A block is never freed: when its loop ends it goes to a pool, from which the next loop takes it. So a
//! header can name its block without counting, and the signal's descriptor is never closed while a late
//! waker may still write to it. There are as many blocks as loops ever ran at once. A late waker may
//! thus push onto another loop's inbox; that loop sees a foreign id, gives the reference back and goes on.
//!
//! Unsafe here: one call; covered by the models in `models.rs` (`recycled`).

use std::ptr::NonNull;
use std::sync::PoisonError;

use super::header::Header;
use super::inbox::{Inbox, Pushed};
use super::signal::Signal;
use crate::sync_shim::Mutex;

#[cfg(not(loom))]
static POOL: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());
#[cfg(loom)]
loom::lazy_static! {
    static ref POOL: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());
}

pub(super) struct Shared {
    pub(super) inbox: Inbox,
    pub(super) signal: Signal,
}

impl Shared {
    /// A block for a new loop, with its inbox open.
    ///
    /// # Panics
    /// If a new one is needed and the system refuses it a descriptor.
    pub(super) fn take() -> &'static Shared {
        let pooled = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let shared = pooled.unwrap_or_else(|| {
            Box::leak(Box::new(Shared {
                inbox: Inbox::new(),
                signal: Signal::new(),
            }))
        });
        shared.signal.clear();
        shared.inbox.open();
        shared
    }

    /// Back to the pool. The loop has closed the inbox and will not use the block again.
    pub(super) fn give_back(&'static self) {
        POOL.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self);
    }

    /// Pushes a header and wakes the loop if it sleeps. False if there is no loop.
    ///
    /// # Safety
    /// As for [`Inbox::push`].
    pub(super) unsafe fn push(&self, task: NonNull<Header>) -> bool {
        // SAFETY: passed on.
        let pushed = unsafe { self.inbox.push(task) };
        if pushed == Pushed::FoundAsleep {
            self.signal.raise();
        }
        pushed != Pushed::Refused
    }
}
