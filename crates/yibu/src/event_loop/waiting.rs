//! Who waits for one event.
//!
//! A task of ours may be woken under the borrow of the loop's tables: that touches its run queue only. A foreign waker is
//! user code, whose `clone`, `wake` and `drop` may call back into the loop, so it is cloned before the tables are borrowed ([`Registration`]) and
//! woken or dropped after ([`Later`]).
//! Bytes that somebody else owns are let go there as well.

#![forbid(unsafe_code)]

use std::task::Waker;

use bytes::Bytes;

use crate::rt::hush;
use crate::task::{self, LocalWaker};

/// Holds the waker of whoever waits for one event. The waker of a task of ours stays here after it was woken, so that a task
/// that waits here again and again is not counted each time.
#[derive(Default)]
pub(crate) struct WakerSlot {
    waker: Option<LocalWaker>,
}

/// A waker on its way into a slot.
pub(crate) enum Registration<'a> {
    Own(&'a Waker),
    /// A clone; `None` once it is in a slot. What is left is dropped by whoever polls, with nothing borrowed.
    Foreign(Option<LocalWaker>),
}

/// What runs foreign code, and so has to wait until no borrow is held.
#[derive(Default)]
pub(crate) struct Later {
    wake: Vec<LocalWaker>,
    drop: Vec<LocalWaker>,
    /// Bytes that were sent: their owner may be user code, too.
    pub(crate) spent: Vec<Bytes>,
}

impl<'a> Registration<'a> {
    #[inline]
    pub(crate) fn new(waker: &'a Waker) -> Self {
        if task::is_own(waker) {
            Self::Own(waker)
        } else {
            Self::Foreign(Some(LocalWaker::new(waker)))
        }
    }
}

impl WakerSlot {
    #[inline]
    pub(crate) fn set(&mut self, registration: &mut Registration<'_>, later: &mut Later) {
        let waker = match registration {
            Registration::Own(waker)
                if self.waker.as_ref().is_some_and(|old| old.will_wake(waker)) =>
            {
                return;
            }
            Registration::Own(waker) => LocalWaker::new(waker),
            Registration::Foreign(waker) => match waker.take() {
                Some(waker) => waker,
                None => return,
            },
        };
        later
            .drop
            .extend(self.waker.replace(waker).filter(|old| !old.is_own()));
    }

    /// Wakes whose waker this is. Whoever keeps the slot knows whether it waits.
    #[inline]
    pub(crate) fn wake(&mut self, later: &mut Later) {
        match &self.waker {
            Some(waker) if waker.is_own() => waker.wake_by_ref(),
            _ => later.wake.extend(self.waker.take()),
        }
    }

    /// Gives the waker up.
    pub(crate) fn clear(&mut self, later: &mut Later) {
        later
            .drop
            .extend(self.waker.take().filter(|old| !old.is_own()));
    }
}

impl Later {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.wake.is_empty() && self.drop.is_empty() && self.spent.is_empty()
    }

    /// Runs foreign code: call it with nothing borrowed. Its panics end here, and not the loop.
    pub(crate) fn run(self) {
        self.drop.into_iter().for_each(|waker| hush(|| drop(waker)));
        self.spent
            .into_iter()
            .for_each(|bytes| hush(|| drop(bytes)));
        self.wake
            .into_iter()
            .for_each(|waker| hush(|| waker.wake()));
    }
}
