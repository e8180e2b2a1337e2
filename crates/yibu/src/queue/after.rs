//! What is left to do once the lock of a queue is released: others' code.
#![forbid(unsafe_code)]

use std::any::Any;
use std::panic::resume_unwind;
use std::task::Waker;

use crate::task::LocalWaker;

/// Wakes who waits. The standard waker goes to any thread; the loop's own, which stays on its thread, does without atomics.
pub(super) trait Wake: Sized {
    fn wake(self);
    /// Whether both wake the same.
    fn is_like(&self, other: &Self) -> bool;
}

impl Wake for Waker {
    fn wake(self) {
        self.wake();
    }
    fn is_like(&self, other: &Self) -> bool {
        self.will_wake(other)
    }
}

impl Wake for LocalWaker {
    fn wake(self) {
        self.wake();
    }
    fn is_like(&self, other: &Self) -> bool {
        self.is_like(other)
    }
}

/// Wakers to call, and what to drop, outside of every lock and borrow, since both may call back into the queue. One waker is the usual; the rest is on the heap.
pub(super) struct After<T, W: Wake = Waker> {
    first: Option<W>,
    /// One that is no longer needed.
    spare: Option<W>,
    more: Option<Box<More<T, W>>>,
}

struct More<T, W: Wake> {
    wakers: Vec<W>,
    /// To be dropped.
    items: Vec<T>,
    /// What the items' comparison panicked with.
    panic: Option<Box<dyn Any + Send>>,
}

impl<T, W: Wake> After<T, W> {
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Self {
            first: None,
            spare: None,
            more: None,
        }
    }

    fn more(&mut self) -> &mut More<T, W> {
        self.more.get_or_insert_with(|| {
            Box::new(More {
                wakers: Vec::new(),
                items: Vec::new(),
                panic: None,
            })
        })
    }

    #[inline]
    pub(super) fn wake(&mut self, waker: W) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.more().wakers.push(waker);
        }
    }

    /// Drops a waker without calling it.
    #[inline]
    pub(super) fn forget(&mut self, waker: W) {
        debug_assert!(self.spare.is_none(), "one operation has one to spare");
        self.spare = Some(waker);
    }

    /// Where items to drop are put.
    pub(super) fn items(&mut self) -> &mut Vec<T> {
        &mut self.more().items
    }

    /// Goes on with a panic.
    pub(super) fn panic(&mut self, payload: Box<dyn Any + Send>) {
        self.more().panic = Some(payload);
    }

    /// Does it, first come, first woken.
    #[inline(always)]
    pub(super) fn run(mut self) {
        if let Some(waker) = self.first.take() {
            waker.wake();
        }
        if self.more.is_some() {
            self.run_more();
        }
    }

    #[cold]
    fn run_more(mut self) {
        let Some(more) = &mut self.more else {
            return;
        };
        more.wakers.reverse();
        while let Some(waker) = more.wakers.pop() {
            waker.wake();
        }
        if let Some(payload) = more.panic.take() {
            resume_unwind(payload);
        }
    }
}

impl<T, W: Wake> Drop for More<T, W> {
    /// If a waker panics, the others are woken all the same.
    fn drop(&mut self) {
        while let Some(waker) = self.wakers.pop() {
            waker.wake();
        }
    }
}
