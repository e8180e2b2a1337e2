//! How a body finds who drives it: through its thread.
//!
//! Who drives a generator has a [`Frame`] on its stack for the time of a poll, which is the innermost of the thread meanwhile, and `yield_` finds it there. So nothing points into a
//! generator, which may be moved until it is first polled and sent to another thread between any two polls; and where the compiler sees both ends, nothing is left of the frame.
//!
//! Unsafe here: reading the innermost frame. Invariants:
//!
//! - **FRAME.** What [`INNERMOST`] points to lives: a static, or a frame that was entered and not left. [`Entered`] alone sets it, while the frame is borrowed, and puts back at its end what
//!   was there before; that still lives, for had it been left meanwhile, it would not have been the innermost. Who is left and is not the innermost (somebody switched stacks within a
//!   poll) leaves nobody there, and so none of those that were entered before. While one is read no code of users runs, so nobody leaves it: see [`with`].
//! - **KEY.** Of all [`Key`]s that were ever made no two are alike, but for copies, which have the same type. So a frame with the id of a `Key<P>` was made from that key, and has a `P`.
//!
//! Covered by the tests below, and by those of `generator` under AddressSanitizer.

use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

/// Names a frame for as long as the process runs, and says what it has. Invariant in `P`, lifetimes included.
pub(super) struct Key<P> {
    id: u64,
    payload: PhantomData<fn(P) -> P>,
}

impl<P> Clone for Key<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Key<P> {}

impl<P> Key<P> {
    pub(super) fn id(self) -> u64 {
        self.id
    }

    /// A key that nothing had before.
    #[inline(always)]
    pub(super) fn fresh() -> Self {
        Self {
            id: fresh_id(),
            payload: PhantomData,
        }
    }
}

/// Is nobody's: it would be the first of a block, and those are never given.
const NO_ID: u64 = 0;

/// So many ids a thread takes at a time.
const BLOCK: u64 = 1 << 20;

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

#[inline(always)]
fn fresh_id() -> u64 {
    NEXT.with(|next| {
        let mut id = next.get();
        if id % BLOCK == 0 {
            id = fresh_block();
        }
        next.set(id + 1);
        id
    })
}

/// The first id of a block, which is itself never given: a thread that has none left finds that out by it.
#[cold]
fn fresh_block() -> u64 {
    static BLOCKS: AtomicU64 = AtomicU64::new(0);
    let block = BLOCKS.fetch_add(1, Relaxed);
    assert!(block < u64::MAX / BLOCK, "2^44 blocks of ids were taken");
    block * BLOCK + 1
}

/// What a frame is for. A frame is found among those for the same.
pub(super) trait Payload {
    const PURPOSE: usize;
}

/// What passes between a body and who resumes it.
pub(super) const EXCHANGE: usize = 0;

/// What passes between a body and who calls bodies for it.
pub(super) const CALLS: usize = 1;

/// Who polls: the context, as an address. What is polled with another is so by something between, a set of futures, which polls only what was woken, and a yield wakes nobody.
///
/// Only debug builds know: a context whose address somebody keeps must be made in earnest, and then a loop over a generator is no longer a plain loop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Polling(#[cfg(debug_assertions)] *const ());

impl Polling {
    #[inline(always)]
    #[cfg_attr(not(debug_assertions), expect(unused_variables))]
    pub(super) fn new(cx: &Context<'_>) -> Self {
        Self(
            #[cfg(debug_assertions)]
            ptr::from_ref(cx).cast(),
        )
    }
}

/// What somebody has for a body during a poll.
#[repr(C)]
pub(super) struct Frame<P> {
    head: Head,
    pub(super) payload: P,
}

/// What a frame begins with, whatever it has.
struct Head {
    id: u64,
}

/// Is there where no frame is.
static NOBODY: Head = Head { id: NO_ID };

thread_local! {
    /// The frames of the innermost polls on this thread, by purpose.
    static INNERMOST: [Cell<*const Head>; 2] = const { [const { Cell::new(&raw const NOBODY) }; 2] };
}

/// A frame that was entered, and the one before it. Not to be forgotten: FRAME.
struct Entered<P: Payload>(*const Head, *const Head, PhantomData<P>);

impl<P: Payload> Drop for Entered<P> {
    #[inline(always)]
    fn drop(&mut self) {
        INNERMOST.with(|innermost| {
            let in_order = innermost[P::PURPOSE].get() == self.0;
            innermost[P::PURPOSE].set(if in_order { self.1 } else { &raw const NOBODY });
        });
    }
}

impl<P: Payload> Frame<P> {
    #[inline(always)]
    pub(super) fn new(key: Key<P>, payload: P) -> Self {
        let head = Head { id: key.id };
        Self { head, payload }
    }

    /// Calls `act`, during which the payload can be found.
    #[inline(always)]
    pub(super) fn enter<T>(&self, act: impl FnOnce() -> T) -> T {
        let _entered = self.entered();
        act()
    }

    /// Polls, during which the payload can be found.
    #[inline(always)]
    pub(super) fn poll<F: Future>(
        &self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let _entered = self.entered();
        future.poll(cx)
    }

    #[inline(always)]
    fn entered(&self) -> Entered<P> {
        // Of the whole, not of its head: who finds it reads the payload.
        let frame = ptr::from_ref(self).cast();
        let before = INNERMOST.with(|innermost| innermost[P::PURPOSE].replace(frame));
        Entered(frame, before, PhantomData)
    }
}

/// Calls `act` with the payload of the key's frame, if that is the innermost for its purpose. `act` runs no code of users, destructors and wakers included: FRAME.
#[inline(always)]
pub(super) fn with<P: Payload, T>(key: Key<P>, act: impl FnOnce(&P) -> T) -> Option<T> {
    let head = INNERMOST.with(|innermost| innermost[P::PURPOSE].get());
    // SAFETY: FRAME.
    if unsafe { (*head).id } != key.id {
        return None;
    }
    // SAFETY: FRAME, for as long as this call, in which nobody leaves a frame. KEY. `repr(C)`: a frame begins with its head. (No other thread has it: INNERMOST is the thread's own.)
    Some(act(unsafe { &(*head.cast::<Frame<P>>()).payload }))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Payload for u32 {
        const PURPOSE: usize = EXCHANGE;
    }

    fn frame() -> (Key<u32>, Frame<u32>) {
        let key = Key::fresh();
        (key, Frame::new(key, 1))
    }

    #[test]
    fn the_innermost_is_found_and_no_other() {
        let ((outer, outer_frame), (inner, inner_frame)) = (frame(), frame());
        assert!(with(outer, |_| ()).is_none());
        outer_frame.enter(|| {
            assert_eq!(with(outer, |payload| *payload), Some(1));
            inner_frame.enter(|| assert!(with(outer, |_| ()).is_none()));
            assert!(with(inner, |_| ()).is_none());
            let elsewhere = std::thread::scope(|scope| scope.spawn(|| with(outer, |_| ())).join());
            assert!(elsewhere.unwrap().is_none());
            assert_eq!(with(outer, |payload| *payload), Some(1));
        });
        assert!(with(outer, |_| ()).is_none());
    }

    #[test]
    fn a_panic_leaves_it() {
        let ((outer, outer_frame), (_, inner_frame)) = (frame(), frame());
        outer_frame.enter(|| {
            let poll = std::panic::AssertUnwindSafe(|| inner_frame.enter(|| panic!("by the body")));
            assert!(std::panic::catch_unwind(poll).is_err());
            assert!(with(outer, |_| ()).is_some());
        });
    }

    /// What a coroutine with a stack of its own does that suspends within a poll: frames are left in another order. Those that are left are not found.
    #[test]
    fn out_of_order_nothing_is_found() {
        let ((first, first_frame), (second, second_frame)) = (frame(), frame());
        let (_, third_frame) = frame();
        let entered_first = first_frame.entered();
        let entered_second = second_frame.entered();
        drop(entered_first);
        assert!(with(second, |_| ()).is_none());
        let entered_third = third_frame.entered();
        drop(entered_second);
        assert!(with(first, |_| ()).is_none());
        drop(entered_third);
        assert!(with(first, |_| ()).is_none() && with(second, |_| ()).is_none());
        first_frame.enter(|| assert!(with(first, |_| ()).is_some()));
    }
}
