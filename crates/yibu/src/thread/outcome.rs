//! Where a thread leaves what came of it, and whoever waits for that finds it.
//!
//! ```text
//!   Running(waker of who waits) --set--> Done(outcome) --take--> Taken
//!        |                                                        ^
//!        +-----------------------abandon--------------------------+      then `set` gives the outcome back
//! ```
#![forbid(unsafe_code)]

use std::mem;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::rt::hush;
use crate::sync_shim::{Mutex, MutexGuard};

/// User code (wakers, destructors) runs outside the lock only.
pub(super) struct Outcome<T>(Mutex<Progress<T>>);

enum Progress<T> {
    Running(Option<Waker>),
    Done(T),
    /// It was taken, or nobody wants it.
    Taken,
}

impl<T> Outcome<T> {
    pub(super) fn new() -> Self {
        Outcome(Mutex::new(Progress::Running(None)))
    }

    fn lock(&self) -> MutexGuard<'_, Progress<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the outcome; gives it back if nobody wants it.
    pub(super) fn set(&self, outcome: T) -> Option<T> {
        let mut progress = self.lock();
        if matches!(*progress, Progress::Taken) {
            return Some(outcome);
        }
        let before = mem::replace(&mut *progress, Progress::Done(outcome));
        drop(progress);
        if let Progress::Running(Some(waker)) = before {
            hush(|| waker.wake());
        }
        None
    }

    /// Whether there is no more to wait for.
    pub(super) fn is_done(&self) -> bool {
        !matches!(*self.lock(), Progress::Running(_))
    }

    /// Takes the outcome out, or waits for it.
    ///
    /// # Panics
    /// If it was taken before.
    pub(super) fn poll_take(&self, cx: &Context<'_>) -> Poll<T> {
        let new = cx.waker().clone();
        let mut progress = self.lock();
        let before = match &mut *progress {
            Progress::Running(waker) => waker.replace(new),
            Progress::Done(_) => {
                let Progress::Done(outcome) = mem::replace(&mut *progress, Progress::Taken) else {
                    unreachable!("it was just looked at")
                };
                drop(progress);
                return Poll::Ready(outcome);
            }
            Progress::Taken => {
                drop(progress);
                panic!("a thread was joined again after it had given what came of it")
            }
        };
        drop(progress);
        drop(before);
        Poll::Pending
    }

    /// Nobody wants it any more; gives it if it is there.
    pub(super) fn abandon(&self) -> Option<T> {
        match mem::replace(&mut *self.lock(), Progress::Taken) {
            Progress::Done(outcome) => Some(outcome),
            Progress::Running(_) | Progress::Taken => None,
        }
    }
}
