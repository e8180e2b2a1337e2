//! How a body finds who drives it: by the waker.
//!
//! A poll hands a waker down to the innermost future. Who drives a generator makes one for the time of the poll, whose data is a [`Frame`] on the driver's stack, and `yield_` finds that
//! frame there. So nothing points into a generator, which may be moved until it is first polled and sent to another thread between any two; and where the compiler sees both ends,
//! nothing is left of frame and waker.
//!
//! A future that keeps a waker clones it, and gets a clone of the true one, which the frame has from who polls the driver.
//!
//! Unsafe here: reading the frame behind a waker. Invariants:
//!
//! - **FRAME.** A waker with the table [`LENT`] lives no longer than the frame that is its data: [`Frame::enter`] alone makes such wakers, lends them for one call, and their clones have another table.
//! - **KEY.** Of all [`Key`]s that were ever made no two are alike, but for copies, which have the same type. So a frame with the id of a `Key<P>` was made from that key, and has a `P`.
//! - **THREAD.** What a frame has is reached on its driver's thread alone: a waker may be lent on to another, where nothing is found by it.
//!
//! Covered by the tests of `generator` under AddressSanitizer.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

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

/// The name of this thread among those that run: an address of its own.
#[inline(always)]
fn thread() -> *const Cell<u64> {
    NEXT.with(ptr::from_ref)
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

/// What a driver has for its body during a poll.
#[repr(C)]
pub(super) struct Frame<'a, P> {
    head: Head<'a>,
    pub(super) payload: P,
}

/// What a frame begins with, whatever it has.
struct Head<'a> {
    id: u64,
    /// Where the driver is.
    thread: *const Cell<u64>,
    /// What futures that wait are to keep.
    waker: &'a Waker,
    /// What else there is, and under which id.
    beside: (u64, *const ()),
}

impl<'a, P> Frame<'a, P> {
    /// A frame under another's waker.
    #[inline(always)]
    pub(super) fn new(key: Key<P>, payload: P, waker: &'a Waker) -> Self {
        Self::make(key.id, payload, waker, (NO_ID, ptr::null()))
    }

    /// A frame that has something else beside.
    #[inline(always)]
    pub(super) fn with<Q>(
        key: Key<P>,
        payload: P,
        waker: &'a Waker,
        beside: Key<Q>,
        other: &'a Q,
    ) -> Self {
        let other = ptr::from_ref(other).cast();
        Self::make(key.id, payload, waker, (beside.id, other))
    }

    #[inline(always)]
    fn make(id: u64, payload: P, waker: &'a Waker, beside: (u64, *const ())) -> Self {
        let waker = match head(waker) {
            None => waker,
            // SAFETY: FRAME: `waker` lives for `'a`, and so does its frame.
            Some(lent) => unsafe { (*lent).waker },
        };
        Self {
            head: Head {
                id,
                thread: thread(),
                waker,
                beside,
            },
            payload,
        }
    }

    /// Calls `poll` with a context by which the payload can be found.
    #[inline(always)]
    pub(super) fn enter<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let data = ptr::from_ref(self).cast();
        // SAFETY: FRAME: the waker is lent to a call, during which `self` is borrowed; the table's functions ask for no more.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data, &LENT) });
        poll(&mut Context::from_waker(&waker))
    }
}

/// The payload of the key's frame, if that is the one of this poll.
#[inline(always)]
pub(super) fn find<'c, P>(context: &'c Context<'_>, key: Key<P>) -> Option<&'c P> {
    let head = head(context.waker())?;
    // SAFETY: FRAME: the context's waker lives, so its frame does.
    if unsafe { (*head).id != key.id || (*head).thread != thread() } {
        return None;
    }
    // SAFETY: KEY, THREAD. `repr(C)`: a frame begins with its head.
    Some(unsafe { &(*head.cast::<Frame<'_, P>>()).payload })
}

/// What the frame of this poll has beside, under the key.
#[inline(always)]
pub(super) fn find_beside<'c, Q>(context: &'c Context<'_>, key: Key<Q>) -> Option<&'c Q> {
    let head = head(context.waker())?;
    // SAFETY: FRAME: the context's waker lives, so its frame does.
    if unsafe { (*head).beside.0 != key.id || (*head).thread != thread() } {
        return None;
    }
    // SAFETY: THREAD, and KEY: [`Frame::with`] had it from a `&Q` under this key, which lives as long as the frame.
    Some(unsafe { &*(*head).beside.1.cast::<Q>() })
}

/// The frame of a waker that has one.
#[inline(always)]
fn head<'a>(waker: &'a Waker) -> Option<*const Head<'a>> {
    ptr::eq(waker.vtable(), &LENT).then(|| waker.data().cast())
}

static LENT: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, forget);

/// The true waker of a lent one.
///
/// # Safety
/// FRAME: `data` is a frame's.
unsafe fn waker<'a>(data: *const ()) -> &'a Waker {
    // SAFETY: by the caller.
    unsafe { (*data.cast::<Head<'a>>()).waker }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: FRAME.
    let waker = ManuallyDrop::new(unsafe { waker(data) }.clone());
    RawWaker::new(waker.data(), waker.vtable())
}

unsafe fn wake(data: *const ()) {
    // SAFETY: FRAME.
    unsafe { waker(data) }.wake_by_ref();
}

/// A lent waker owns nothing.
unsafe fn forget(_: *const ()) {}
