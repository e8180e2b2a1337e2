//! The one place that chooses between the standard library and loom.
//!
//! Everything that two threads touch in [`crate::task`] and [`crate::queue`] takes its atomics, and everything that only
//! the loop's thread may touch takes its `Cell`, from here: under `--cfg loom` the atomics explore
//! interleavings and the cells fail a model that reaches them from two threads without an order
//! between them.
#![forbid(unsafe_code)]

#[cfg(not(loom))]
mod chosen {
    pub(crate) use std::cell::Cell;
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, fence,
    };
    pub(crate) use std::sync::{Arc, Mutex};

    /// What two threads reach in an order that other means provide.
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        #[inline(always)]
        pub(crate) fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }
        #[inline(always)]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }
        #[inline(always)]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }

    /// Waits a moment for another thread that is a few instructions from done: the `turn`th time.
    #[cold]
    pub(crate) fn pause(turn: u32) {
        // The other thread may have lost its core, and perhaps to this one.
        if turn < 64 {
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }

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
    pub(crate) use loom::cell::{Cell, UnsafeCell};
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, fence,
    };
    pub(crate) use loom::sync::{Arc, Mutex};

    /// Lets another thread go on.
    pub(crate) fn pause(_turn: u32) {
        loom::thread::yield_now();
    }

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
