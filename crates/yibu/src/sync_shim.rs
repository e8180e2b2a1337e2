//! The one place that chooses between the standard library and loom.
//!
//! Everything that two threads touch in [`crate::task`] takes its atomics, and everything that only
//! the loop's thread may touch takes its `Cell`, from here: under `--cfg loom` the atomics explore
//! interleavings and the cells fail a model that reaches them from two threads without an order
//! between them.
#![forbid(unsafe_code)]

#[cfg(not(loom))]
mod chosen {
    pub(crate) use std::cell::Cell;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, fence};
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread::{self, ThreadId};

    /// Nothing; under loom it checks that freeing happens after every access.
    pub(crate) struct Lifetime;

    impl Lifetime {
        pub(crate) fn new() -> Self {
            Lifetime
        }
        #[inline(always)]
        pub(crate) fn touch(&self) {}
        #[inline(always)]
        pub(crate) fn end(&self) {}
    }
}

#[cfg(loom)]
mod chosen {
    pub(crate) use loom::cell::Cell;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, fence};
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use loom::thread::{self, ThreadId};

    /// Fails a model in which freeing is not ordered after every access, or never happens.
    pub(crate) struct Lifetime {
        memory: loom::cell::UnsafeCell<()>,
        _leak: loom::alloc::Track<()>,
    }

    impl Lifetime {
        pub(crate) fn new() -> Self {
            Lifetime {
                memory: loom::cell::UnsafeCell::new(()),
                _leak: loom::alloc::Track::new(()),
            }
        }
        pub(crate) fn touch(&self) {
            self.memory.with(|_| ());
        }
        pub(crate) fn end(&self) {
            self.memory.with_mut(|_| ());
        }
    }
}

pub(crate) use chosen::*;
