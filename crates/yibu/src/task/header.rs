//! The part of a task's memory that does not depend on its future, and the rules for touching it.
//!
//! # Invariants
//!
//! Each `SAFETY` comment of this module's files cites one of these.
//!
//! - **H1, alive.** The memory is valid while `count` is above zero. Every [`Waker`](std::task::Waker) owns one
//!   unit of it; so does a header on its way through an inbox. All holders on the loop's thread together
//!   (the live task, its join handle, every [`LocalWaker`]) own one unit; `shares` counts them.
//! - **H2, local.** The `Cell` fields are touched only on the thread of the task's loop: by the loop, by a
//!   join handle or a local waker (neither is `Send`), or by a waker that found its loop to be the thread's current one.
//! - **H3, stage.** The stage behind the header holds the future until `finish`, then the result while `OUTPUT`
//!   is set, then nothing. Freeing the memory drops neither, so it may happen on any thread.
//! - **H4, queued.** A header on a run queue (the ready ones, or those that woke themselves) belongs to a live task: it is off the queue before it is done.
//! - **H5, marked.** Whoever turns `mark` from false to true owns `remote_next` until the header is on an
//!   inbox; then the inbox's owner does, until it clears the mark. A unit of `count` travels along.
//!
//! Covered by the tests of `task` under AddressSanitizer and by the models in `models.rs`.

use std::panic::Location;
use std::process::abort;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::error::TaskPanic;
use super::shared::Shared;
use super::state::{State, Turn};
use super::waker::LocalWaker;
use crate::rt::{self, LoopId};
use crate::sync_shim::{AtomicBool, AtomicPtr, AtomicU32, Cell, Lifetime, fence};

/// How a turn of a task ended.
pub(super) enum Step {
    /// Not finished.
    Pending,
    /// Finished; the result is in the stage, for the join handle.
    Stored,
    /// Finished without a handle; the result is dropped, or was a panic that nobody will join.
    Detached(Option<TaskPanic>),
}

/// What depends on the type of the future.
pub(super) struct VTable {
    /// Polls the future, or drops it; drops it when it finishes. The task is live and running (H3).
    pub(super) step: unsafe fn(NonNull<Header>, Turn) -> Step,
    /// Where the result lies, counted from the header.
    pub(super) output_offset: usize,
    /// Frees the memory (H1: `count` is zero).
    pub(super) free: unsafe fn(NonNull<Header>),
    pub(super) type_name: fn() -> &'static str,
}

#[repr(C)]
pub(super) struct Header {
    pub(super) next: Cell<Option<NonNull<Header>>>,
    pub(super) vtable: &'static VTable,
    pub(super) loop_id: LoopId,
    pub(super) state: State,
    mark: AtomicBool,
    count: AtomicU32,
    shares: Cell<u32>,
    /// The task's place among its loop's live ones.
    pub(super) key: Cell<u32>,
    pub(super) remote_next: AtomicPtr<Header>,
    shared: &'static Shared,
    /// Woken when the task is done.
    pub(super) joiner: std::cell::Cell<Option<LocalWaker>>,
    pub(super) location: &'static Location<'static>,
    lifetime: Lifetime,
}

impl Header {
    /// Of a new task, held by the loop and by the join handle.
    pub(super) fn new(
        vtable: &'static VTable,
        loop_id: LoopId,
        shared: &'static Shared,
        location: &'static Location<'static>,
    ) -> Self {
        Header {
            next: Cell::new(None),
            vtable,
            loop_id,
            state: State::new(),
            mark: AtomicBool::new(false),
            count: AtomicU32::new(1),
            shares: Cell::new(2),
            key: Cell::new(0),
            remote_next: AtomicPtr::new(ptr::null_mut()),
            shared,
            joiner: std::cell::Cell::new(None),
            location,
            lifetime: Lifetime::new(),
        }
    }

    /// Adds a unit to the count.
    #[inline]
    pub(super) fn retain(&self) {
        self.lifetime.touch();
        // Relaxed: the caller holds a unit already, so nothing can be freed meanwhile.
        let before = self.count.fetch_add(1, Relaxed);
        if before > u32::MAX / 2 {
            // Two billion leaked wakers; one more wrap would free what is in use.
            abort();
        }
    }

    /// Gives a unit of the count back; the last one frees the memory.
    ///
    /// # Safety
    /// The caller owns a unit (H1) and does not touch the header afterwards.
    #[inline]
    pub(super) unsafe fn release(this: NonNull<Header>) {
        // SAFETY: H1, by the caller's unit.
        let header = unsafe { this.as_ref() };
        header.lifetime.touch();
        // A sole owner cannot be joined by another, so one load replaces the read-modify-write.
        // Acquire, here or by the fence: freeing comes after every other holder's last access.
        if header.count.load(Acquire) != 1 {
            if header.count.fetch_sub(1, Release) != 1 {
                return;
            }
            fence(Acquire);
        }
        header.lifetime.end();
        // SAFETY: H1: nobody holds the header any more.
        unsafe { (header.vtable.free)(this) }
    }

    /// Adds a holder on the loop's thread (H2).
    #[inline]
    pub(super) fn share(&self) {
        let shares = self.shares.get();
        if shares == 0 {
            self.retain();
        }
        self.shares
            .set(shares.checked_add(1).unwrap_or_else(|| abort()));
    }

    /// Removes a holder on the loop's thread (H2); the last one gives their common unit back.
    ///
    /// # Safety
    /// The caller is such a holder and does not touch the header afterwards.
    #[inline]
    pub(super) unsafe fn unshare(this: NonNull<Header>) {
        // SAFETY: H1, by the holders' common unit.
        let header = unsafe { this.as_ref() };
        let left = header.shares.get() - 1;
        header.shares.set(left);
        if left == 0 {
            // SAFETY: the common unit belongs to nobody else now.
            unsafe { Header::release(this) }
        }
    }

    /// Wakes the task, from any thread.
    ///
    /// # Safety
    /// The caller keeps a unit of the count through the call (H1).
    #[inline]
    pub(super) unsafe fn wake(this: NonNull<Header>) {
        // SAFETY: H1, by the caller's unit.
        let header = unsafe { this.as_ref() };
        let at_home = rt::try_with(|context| {
            let at_home = context.id() == header.loop_id;
            if at_home {
                // SAFETY: H1 as above, H2 because the loop is the thread's current one.
                unsafe { context.tasks.wake(this) }
            }
            at_home
        });
        if at_home != Some(true) {
            // SAFETY: H1 as above.
            unsafe { Header::wake_remote(this) }
        }
    }

    /// # Safety
    /// As for [`wake`](Self::wake).
    unsafe fn wake_remote(this: NonNull<Header>) {
        // SAFETY: H1, by the caller's unit.
        let header = unsafe { this.as_ref() };
        header.lifetime.touch();
        // A swap even where the mark is set: what this thread wrote before the wake must reach the poll
        // that follows, by way of the owner's swap.
        if header.mark.swap(true, AcqRel) {
            return;
        }
        header.retain();
        // SAFETY: H5: this call set the mark and has a unit to send along.
        if !unsafe { header.shared.push(this) } {
            // The loop is gone and took the future with it. The mark stays: there is nobody to wake.
            // SAFETY: the unit that did not travel.
            unsafe { Header::release(this) }
        }
    }

    /// Takes the mark off a header that came off an inbox; from now on others may push it again.
    pub(super) fn unmark(&self) {
        self.mark.swap(false, AcqRel);
    }

    /// Reads the result of a task with output type `T` out of the stage.
    ///
    /// # Safety
    /// H3: the caller found `OUTPUT` set and cleared it, and `T` is what the task stored.
    pub(super) unsafe fn take_output<T>(this: NonNull<Header>) -> T {
        // SAFETY: by the caller; the offset lies within the task's allocation.
        unsafe {
            let offset = this.as_ref().vtable.output_offset;
            this.byte_add(offset).cast::<T>().read()
        }
    }

    /// The type of the task's future.
    pub(super) fn type_name(&self) -> &'static str {
        (self.vtable.type_name)()
    }
}
