//! What is left to do once the lock of a queue is released: others' code.
#![forbid(unsafe_code)]

use std::any::Any;
use std::panic::resume_unwind;
use std::task::Waker;

/// Wakers to call, and what to drop, outside of every lock and borrow, since both may call back into the queue.
pub(super) struct After<T> {
    first: Option<Waker>,
    others: Vec<Waker>,
    pub(super) items: Vec<T>,
    /// One that is no longer needed.
    pub(super) waker: Option<Waker>,
    /// What the items' comparison panicked with.
    pub(super) panic: Option<Box<dyn Any + Send>>,
}

impl<T> After<T> {
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Self {
            first: None,
            others: Vec::new(),
            items: Vec::new(),
            waker: None,
            panic: None,
        }
    }

    #[inline]
    pub(super) fn wake(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.others.push(waker);
        }
    }

    /// Does it, first come, first woken. Goes on with a panic, if there was one.
    #[inline]
    pub(super) fn run(mut self) {
        self.wake_all();
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
    }

    #[inline]
    fn wake_all(&mut self) {
        if let Some(waker) = self.first.take() {
            waker.wake();
            self.others.reverse();
            while let Some(waker) = self.others.pop() {
                waker.wake();
            }
        }
    }
}

impl<T> Drop for After<T> {
    /// If a waker panics, the others are woken all the same.
    fn drop(&mut self) {
        while let Some(waker) = self.first.take().or_else(|| self.others.pop()) {
            waker.wake();
        }
    }
}
