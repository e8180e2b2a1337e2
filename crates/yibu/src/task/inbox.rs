//! Where wakes from other threads arrive: a stack of headers behind one atomic word.
//!
//! ```text
//!              push: link, becomes first          push: becomes first, raises the signal
//!   EMPTY ------------------------------> first  <--------------------------------- ASLEEP
//!     ^  ^------- take (one swap) ----------|                                         ^ |
//!     |                                                    sleep (only from EMPTY)    | |
//!     +-------------------------------------------------------------------------------+ |
//!     +----------------------------- awake ---------------------------------------------+
//!   CLOSED: from any by `close`; pushes are refused until `open`
//! ```
//!
//! Only whoever turns `ASLEEP` into something else raises the signal. The stack is only ever taken
//! whole, so there is no ABA problem. It follows Treiber (IBM RJ 5118, 1986).
//!
//! Unsafe here: following the links. Invariants H1 and H5 of [`super::header`]; covered by the models in `models.rs`.

use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::header::Header;
use crate::sync_shim::AtomicPtr;

const EMPTY: *mut Header = ptr::null_mut();
const ASLEEP: *mut Header = ptr::without_provenance_mut(1);
const CLOSED: *mut Header = ptr::without_provenance_mut(2);

/// What became of a push.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pushed {
    Done,
    /// The owner sleeps or is about to: raise its signal.
    FoundAsleep,
    /// Nobody owns the inbox.
    Refused,
}

pub(super) struct Inbox {
    head: AtomicPtr<Header>,
}

impl Inbox {
    /// Closed.
    pub(super) fn new() -> Self {
        Inbox {
            head: AtomicPtr::new(CLOSED),
        }
    }

    /// Lets pushes in again.
    pub(super) fn open(&self) {
        let before = self.head.swap(EMPTY, AcqRel);
        debug_assert_eq!(before, CLOSED);
    }

    /// Refuses pushes from now on; returns what had arrived.
    pub(super) fn close(&self) -> Arrived {
        Arrived::new(self.head.swap(CLOSED, AcqRel))
    }

    /// Pushes a header.
    ///
    /// # Safety
    /// H5: the caller set the mark, and unless the push is refused a unit of the count travels along.
    pub(super) unsafe fn push(&self, task: NonNull<Header>) -> Pushed {
        let mut head = self.head.load(Relaxed);
        loop {
            if head == CLOSED {
                return Pushed::Refused;
            }
            let next = if head == ASLEEP { EMPTY } else { head };
            // SAFETY: H1, by the unit that travels along once the exchange below succeeds.
            unsafe { task.as_ref() }.remote_next.store(next, Relaxed);
            match self
                .head
                .compare_exchange_weak(head, task.as_ptr(), Release, Relaxed)
            {
                // From here on the header may be gone.
                Ok(ASLEEP) => return Pushed::FoundAsleep,
                Ok(_) => return Pushed::Done,
                Err(now) => head = now,
            }
        }
    }

    /// Whether something arrived.
    #[inline]
    pub(super) fn has_arrived(&self) -> bool {
        let head = self.head.load(Relaxed);
        head != EMPTY && head != ASLEEP && head != CLOSED
    }

    /// Takes everything that arrived, oldest first.
    pub(super) fn take(&self) -> Arrived {
        if !self.has_arrived() {
            return Arrived(EMPTY);
        }
        Arrived::new(self.head.swap(EMPTY, Acquire))
    }

    /// Says that the owner is about to sleep. False if something arrived.
    pub(super) fn sleep(&self) -> bool {
        self.head
            .compare_exchange(EMPTY, ASLEEP, AcqRel, Relaxed)
            .is_ok()
    }

    /// Says that the owner does not sleep any more.
    pub(super) fn awake(&self) {
        if self.head.load(Relaxed) == ASLEEP {
            // A failure means that something arrived.
            let _ = self.head.compare_exchange(ASLEEP, EMPTY, AcqRel, Relaxed);
        }
    }
}

/// Headers that came off an inbox, oldest first, each still marked and with a unit of its count.
pub(super) struct Arrived(*mut Header);

impl Arrived {
    /// Turns the stack round.
    fn new(head: *mut Header) -> Self {
        let mut rest = if head == ASLEEP || head == CLOSED {
            EMPTY
        } else {
            head
        };
        let mut oldest_first = EMPTY;
        while let Some(task) = NonNull::new(rest) {
            // SAFETY: H5: the taker owns the links of what is still marked; H1 by the unit that came along.
            let header = unsafe { task.as_ref() };
            rest = header.remote_next.load(Relaxed);
            header.remote_next.store(oldest_first, Relaxed);
            oldest_first = task.as_ptr();
        }
        Arrived(oldest_first)
    }
}

impl Iterator for Arrived {
    type Item = NonNull<Header>;

    /// The next header, whose mark and unit pass to the caller.
    fn next(&mut self) -> Option<NonNull<Header>> {
        let task = NonNull::new(self.0)?;
        // SAFETY: as in `new`. The link is read before the caller can clear the mark.
        self.0 = unsafe { task.as_ref() }.remote_next.load(Relaxed);
        Some(task)
    }
}
