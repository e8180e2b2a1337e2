//! Wakers of tasks: the standard one, which may go anywhere, and a cheaper one for the loop's own lists.
//!
//! Unsafe here: the waker tables. Invariants H1 and H2 of [`super::header`]; covered by `tests.rs` under
//! AddressSanitizer and by the models in `models.rs`.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::header::Header;
use crate::rt;

/// Of wakers that own a unit of the count.
static COUNTED: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_counted);

/// Of wakers that are holders on the loop's thread; they live inside a [`LocalWaker`] only.
static SHARED: RawWakerVTable = RawWakerVTable::new(share, wake_shared, wake_by_ref, drop_shared);

fn header(data: *const ()) -> NonNull<Header> {
    NonNull::new(data.cast_mut().cast()).expect("a waker of a task points to its header")
}

/// A waker for the time of a poll, without a unit of its own.
///
/// # Safety
/// The task's memory outlives the waker (H1).
#[inline]
pub(super) unsafe fn lend(task: NonNull<Header>) -> ManuallyDrop<Waker> {
    // SAFETY: the table's functions ask for H1, which the caller vouches for; the lack of an own unit is
    // made good by never dropping.
    ManuallyDrop::new(unsafe { Waker::new(task.as_ptr().cast_const().cast(), &COUNTED) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: H1, by the cloned waker's unit.
    unsafe { header(data).as_ref() }.retain();
    RawWaker::new(data, &COUNTED)
}

unsafe fn wake(data: *const ()) {
    // By reference, then drop: the unit must last until the wake is over.
    // SAFETY: H1, by the waker's unit, which it gives up here.
    unsafe {
        Header::wake(header(data));
        Header::release(header(data));
    }
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: H1, by the waker's unit, its share, or its lender.
    unsafe { Header::wake(header(data)) }
}

unsafe fn drop_counted(data: *const ()) {
    // SAFETY: H1, by the waker's unit, which it gives up here.
    unsafe { Header::release(header(data)) }
}

unsafe fn share(data: *const ()) -> RawWaker {
    // SAFETY: H1 and H2, by the cloned holder.
    unsafe { header(data).as_ref() }.share();
    RawWaker::new(data, &SHARED)
}

unsafe fn wake_shared(data: *const ()) {
    // SAFETY: H1 and H2, by the holder, which gives up its share here.
    unsafe {
        Header::wake(header(data));
        Header::unshare(header(data));
    }
}

unsafe fn drop_shared(data: *const ()) {
    // SAFETY: H1 and H2, by the holder, which gives up its share here.
    unsafe { Header::unshare(header(data)) }
}

/// Whether this is a task's waker: cloning, waking and dropping it never runs user code.
#[inline]
pub(crate) fn is_own(waker: &Waker) -> bool {
    ptr::eq(waker.vtable(), &COUNTED)
}

/// A waker that stays on its thread: for the lists of a loop, its timers, streams and joins, and for local queues, which may outlive the loop.
///
/// Of a task of the thread's current loop it is a holder like the join handle, and costs no atomic
/// operation; of anything else it is a clone. Making, dropping and waking one can be user code, unless [`is_own`](Self::is_own).
pub(crate) struct LocalWaker {
    waker: Waker,
    _not_send: PhantomData<*const ()>,
}

impl LocalWaker {
    /// Does what `waker` does.
    #[inline]
    pub(crate) fn new(waker: &Waker) -> Self {
        let waker = Self::try_share(waker).unwrap_or_else(|| waker.clone());
        LocalWaker {
            waker,
            _not_send: PhantomData,
        }
    }

    #[inline]
    fn try_share(waker: &Waker) -> Option<Waker> {
        if !is_own(waker) {
            return None;
        }
        // SAFETY: H1, by the unit of `waker` or of its lender; the loop's id never changes.
        let header = unsafe { header(waker.data()).as_ref() };
        let at_home = rt::try_with(|context| context.id() == header.loop_id) == Some(true);
        at_home.then(|| {
            header.share();
            // SAFETY: the share was just made, on the loop's thread (H2), which `LocalWaker` never leaves.
            unsafe { Waker::new(waker.data(), &SHARED) }
        })
    }

    /// Whether both wake the same.
    #[inline]
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        self.waker.will_wake(waker)
            || (is_own(waker) && self.is_own() && ptr::eq(self.waker.data(), waker.data()))
    }

    /// Whether both wake the same.
    #[inline]
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.will_wake(&other.waker)
    }

    /// Whether it wakes a task, so that cloning, waking and dropping it never run user code.
    #[inline]
    pub(crate) fn is_own(&self) -> bool {
        ptr::eq(self.waker.vtable(), &SHARED) || is_own(&self.waker)
    }

    /// Wakes, and is gone.
    #[inline]
    pub(crate) fn wake(self) {
        self.waker.wake();
    }

    /// Wakes.
    #[inline]
    pub(crate) fn wake_by_ref(&self) {
        self.waker.wake_by_ref();
    }
}
