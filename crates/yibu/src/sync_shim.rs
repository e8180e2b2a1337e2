//! The one place that chooses between the standard library and loom.
//!
//! Everything that two threads touch in [`crate::task`], [`crate::queue`] and [`crate::shared`], and where a thread waits or is killed, takes its atomics and locks, and everything that only
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
    pub(crate) use std::sync::{Arc, Mutex, MutexGuard};
    pub(crate) use std::thread_local;

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

    /// A mutex that is quick where threads contend, and knows no poison.
    pub(crate) mod quick {
        pub(crate) use parking_lot::{Mutex, MutexGuard};

        std::thread_local! {
            static NAME: u8 = const { 0 };
        }

        /// Its own for each thread that lives, and never null: an address.
        #[inline]
        pub(crate) fn name_of_thread() -> *mut u8 {
            NAME.with(|name| std::ptr::from_ref(name).cast_mut())
        }
    }

    /// How a thread sleeps until another wakes it.
    pub(crate) mod park {
        pub(crate) use std::thread::{Thread, current, park, park_timeout};
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
    pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
    pub(crate) use loom::thread_local;

    /// Lets another thread go on.
    pub(crate) fn pause(_turn: u32) {
        loom::thread::yield_now();
    }

    /// A mutex that knows no poison.
    pub(crate) mod quick {
        use std::sync::PoisonError;

        pub(crate) use loom::sync::MutexGuard;

        loom::thread_local! {
            // Leaked: loom does not see that what is freed by one thread and allocated by another has an order.
            static NAME: *mut u8 = Box::leak(Box::new(0));
        }

        pub(crate) fn name_of_thread() -> *mut u8 {
            NAME.with(|name| *name)
        }

        pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

        impl<T> Mutex<T> {
            pub(crate) fn new(value: T) -> Self {
                Mutex(loom::sync::Mutex::new(value))
            }

            pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
                self.0.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    }

    /// How a thread sleeps until another wakes it. Not loom's own `park`: its `unpark` wakes a thread also out of a lock or a join.
    pub(crate) mod park {
        use std::time::Duration;

        use loom::sync::{Arc, Condvar, Mutex};

        /// A token that `unpark` leaves and `park` takes.
        #[derive(Clone, Debug)]
        pub(crate) struct Thread(Arc<(Mutex<bool>, Condvar)>);

        loom::thread_local! {
            static OWN: Thread = Thread::new();
        }

        impl Thread {
            pub(crate) fn new() -> Self {
                Thread(Arc::new((Mutex::new(false), Condvar::new())))
            }

            pub(crate) fn unpark(&self) {
                *self.0.0.lock().unwrap() = true;
                self.0.1.notify_one();
            }

            /// Sleeps until the token is there, and takes it.
            pub(crate) fn wait(&self) {
                let mut token = self.0.0.lock().unwrap();
                while !*token {
                    token = self.0.1.wait(token).unwrap();
                }
                *token = false;
            }
        }

        pub(crate) fn current() -> Thread {
            OWN.with(Thread::clone)
        }

        pub(crate) fn park() {
            current().wait();
        }

        /// No model waits for a moment.
        pub(crate) fn park_timeout(_: Duration) {
            loom::thread::yield_now();
        }
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
