//! One task in one allocation: the header, then the future, whose place the result takes.
//!
//! Unsafe here: the stage. Invariants H1 and H3 of [`super::header`]; covered by `tests.rs` under AddressSanitizer.

use std::any::type_name;
use std::cell::{Cell, UnsafeCell};
use std::mem::{ManuallyDrop, offset_of};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::task::{Context, Poll};

use super::error::{JoinError, TaskPanic};
use super::header::{Header, Step, VTable};
use super::shared::Shared;
use super::state::Turn;
use super::waker;
use crate::rt::{LoopId, contain, hush};

type Outcome<F> = Result<<F as Future>::Output, JoinError>;

#[repr(C)]
union Stage<F: Future> {
    future: ManuallyDrop<F>,
    outcome: ManuallyDrop<Outcome<F>>,
}

#[repr(C)]
struct Task<F: Future> {
    header: Header,
    stage: UnsafeCell<Stage<F>>,
}

impl<F: Future> Task<F> {
    const VTABLE: VTable = VTable {
        step: step::<F>,
        output_offset: offset_of!(Task<F>, stage),
        free: free::<F>,
        type_name: type_name::<F>,
    };
}

/// Allocates a task that is neither queued nor among the live ones yet.
pub(super) fn allocate<F: Future>(
    future: F,
    loop_id: LoopId,
    shared: &'static Shared,
    location: &'static Location<'static>,
) -> NonNull<Header> {
    let task = Box::new(Task {
        header: Header::new(&Task::<F>::VTABLE, loop_id, shared, location),
        stage: UnsafeCell::new(Stage {
            future: ManuallyDrop::new(future),
        }),
    });
    NonNull::from(Box::leak(task)).cast()
}

/// One turn of a task.
///
/// # Safety
/// The task is live and is run by its loop, on its loop's thread (H2, H3).
unsafe fn step<F: Future>(header: NonNull<Header>, turn: Turn) -> Step {
    // SAFETY: H1: the live task holds the memory; only cells of it change.
    let task = unsafe { header.cast::<Task<F>>().as_ref() };
    let future = task.stage.get().cast::<F>();
    let dropped = Cell::new(false);
    // SAFETY: H3: called at most once, while the stage holds the future. A drop that panics is a drop.
    let drop_future = || unsafe {
        dropped.set(true);
        ptr::drop_in_place(future);
    };
    let polled = catch_unwind(AssertUnwindSafe(|| {
        if turn == Turn::Cancel {
            drop_future();
            return Poll::Ready(Err(JoinError::Cancelled));
        }
        // SAFETY: H1: the waker is used during this poll only, while the live task holds the memory.
        let waker = unsafe { waker::lend(header) };
        // SAFETY: H3; the future stays in the task's memory until it is dropped in place.
        let future = unsafe { Pin::new_unchecked(&mut *future) };
        let polled = future.poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            drop_future();
        }
        polled.map(Ok)
    }));
    let outcome = match polled {
        Ok(Poll::Pending) => return Step::Pending,
        Ok(Poll::Ready(outcome)) => outcome,
        Err(payload) => {
            if !dropped.get() {
                hush(drop_future);
            }
            Err(JoinError::Panicked(TaskPanic::new(
                payload,
                task.header.type_name(),
                task.header.location,
            )))
        }
    };
    if !task.header.state.has_handle() {
        return Step::Detached(discard(outcome, &task.header));
    }
    // SAFETY: H3: the future is gone, so the stage is free; nobody else looks before `finish`.
    unsafe { task.stage.get().cast::<Outcome<F>>().write(outcome) };
    Step::Stored
}

/// Drops what nobody will join; returns a panic, be it the result or the doing of the result's destructor.
fn discard<T>(outcome: Result<T, JoinError>, header: &Header) -> Option<TaskPanic> {
    match outcome {
        Err(JoinError::Panicked(panic)) => Some(panic),
        other => contain(|| drop(other))
            .map(|payload| TaskPanic::new(payload, header.type_name(), header.location)),
    }
}

/// # Safety
/// H1: the count is zero.
unsafe fn free<F: Future>(header: NonNull<Header>) {
    // SAFETY: the memory came from `allocate` with the same `F`. The stage drops nothing (H3), and the header has
    // nothing left to drop: its joiner left with the handle or when the task finished.
    drop(unsafe { Box::from_raw(header.cast::<Task<F>>().as_ptr()) });
}
