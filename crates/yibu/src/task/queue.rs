//! The run queue: first in, first out, through the headers themselves, so that a wake never allocates.
//!
//! Unsafe here: following the links. Invariants H1, H2 and H4 of [`super::header`]; covered by `tests.rs` under AddressSanitizer.

use std::ptr::NonNull;

use super::header::Header;
use crate::sync_shim::Cell;

pub(super) struct Queue {
    first: Cell<Option<NonNull<Header>>>,
    /// The last one, while there is a first one.
    last: Cell<Option<NonNull<Header>>>,
}

impl Queue {
    pub(super) fn new() -> Self {
        Queue {
            first: Cell::new(None),
            last: Cell::new(None),
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }

    /// Appends a task.
    ///
    /// # Safety
    /// The task is live, stays so until it is popped, is on no run queue, and this is its loop's thread (H2, H4).
    #[inline]
    pub(super) unsafe fn push(&self, task: NonNull<Header>) {
        // SAFETY: H1, because the task is live.
        unsafe { task.as_ref() }.next.set(None);
        match self.first.get() {
            None => self.first.set(Some(task)),
            Some(_) => {
                let last = self
                    .last
                    .get()
                    .expect("a queue with a first task has a last one");
                // SAFETY: H4: what is queued is live.
                unsafe { last.as_ref() }.next.set(Some(task));
            }
        }
        self.last.set(Some(task));
    }

    /// Moves all tasks of another queue, in their order, behind those of this one.
    #[inline]
    pub(super) fn append(&self, other: &Queue) {
        let Some(first) = other.first.take() else {
            return;
        };
        match self.first.get() {
            None => self.first.set(Some(first)),
            Some(_) => {
                let last = self
                    .last
                    .get()
                    .expect("a queue with a first task has a last one");
                // SAFETY: H4: what is queued is live.
                unsafe { last.as_ref() }.next.set(Some(first));
            }
        }
        self.last.set(other.last.get());
    }

    /// Takes the first task.
    #[inline]
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        let first = self.first.get()?;
        // SAFETY: H4: what is queued is live.
        self.first.set(unsafe { first.as_ref() }.next.get());
        Some(first)
    }
}
