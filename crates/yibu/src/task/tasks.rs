//! The tasks of one loop: those that live, those that are ready, and what arrives from other threads.
//!
//! Unsafe here: turning headers from lists back into tasks. Invariants H1 to H5 of [`super::header`]; covered by
//! `tests.rs` under AddressSanitizer and by the models in `models.rs`.

use std::cell::{Cell, RefCell};
use std::os::fd::BorrowedFd;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Wake, Waker};

use slab::Slab;

use super::error::report;
use super::header::{Header, Step};
use super::join::JoinHandle;
use super::queue::Queue;
use super::raw;
use super::shared::Shared;
use super::state::Turn;
use super::stats::TaskStats;
use crate::rt::{LoopId, hush};

/// The run queue and the live tasks of one loop.
pub(crate) struct Tasks {
    id: LoopId,
    ready: Queue,
    /// Ready again since they were polled: they woke themselves, as `yield_now` does. They come after those whom anything else wakes.
    again: Queue,
    shared: &'static Shared,
    live: RefCell<Slab<NonNull<Header>>>,
    phase: Cell<Phase>,
}

struct Rouser(&'static Shared);

impl Wake for Rouser {
    fn wake(self: Arc<Self>) {
        self.0.signal.raise();
    }
}

/// Whether tasks that woke themselves are to wait until the driver was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum IoFirst {
    No,
    /// And until those have run whom it wakes.
    Yes,
    /// But for no longer.
    Once,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Futures are being dropped; what their destructors spawn joins them.
    Closing,
    Closed,
}

impl Tasks {
    /// No tasks, for a loop that gets a fresh id.
    ///
    /// # Panics
    /// If the system has no descriptor left for the wake-up signal.
    pub(crate) fn new() -> Self {
        Tasks {
            id: LoopId::fresh(),
            ready: Queue::new(),
            again: Queue::new(),
            shared: Shared::take(),
            live: RefCell::new(Slab::new()),
            phase: Cell::new(Phase::Open),
        }
    }

    /// The loop's id.
    #[inline]
    pub(crate) fn id(&self) -> LoopId {
        self.id
    }

    /// Adds a task and makes it ready. On a loop that has ended, its future is dropped at once and its handle gives `Cancelled`.
    #[inline]
    pub(crate) fn spawn<F>(
        &self,
        future: F,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // SAFETY: nothing is borrowed.
        unsafe { self.spawn_unchecked(future, location) }
    }

    /// As [`spawn`](Self::spawn), for a future that borrows.
    ///
    /// # Safety
    /// What the future and its output borrow must live until the task is done or [`close`](Self::close) returns, and the
    /// output, if it is stored by then, must be taken out or dropped, by way of the handle, while that still lives.
    #[inline]
    pub(crate) unsafe fn spawn_unchecked<F: Future>(
        &self,
        future: F,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output> {
        let task = raw::allocate(future, self.id, self.shared, location);
        // SAFETY: H1: just allocated, held by the loop and by the handle.
        let (handle, header) = unsafe { (JoinHandle::new(task), task.as_ref()) };
        let key = self.live.borrow_mut().insert(task);
        header
            .key
            .set(u32::try_from(key).expect("fewer than four billion tasks"));
        if self.phase.get() == Phase::Closed {
            // SAFETY: H1: live, and on no queue.
            unsafe { self.cancel(task) }
        } else {
            // SAFETY: H1, H2: live, on the loop's thread.
            unsafe { self.wake(task) }
        }
        handle
    }

    /// Makes a task ready, unless it is done or ready already.
    ///
    /// # Safety
    /// H1, H2: the task is one of this loop, the caller is on its thread.
    #[inline]
    pub(super) unsafe fn wake(&self, task: NonNull<Header>) {
        // SAFETY: H1.
        if unsafe { task.as_ref() }.state.wake() {
            // SAFETY: H4: `wake` says that it is live and on no queue.
            unsafe { self.ready.push(task) }
        }
    }

    /// Runs ready tasks in the order in which they became ready, at most `limit` of them. Those that woke themselves while they ran, as `yield_now`
    /// does, come after those whom anything else wakes, also the driver before the next call. Returns how many ran.
    ///
    /// It returns sooner, for the driver to be looked at, if `is_late` says so, which is asked after the first, the 4th, the 16th and every 64th; and
    /// when only those are left that woke themselves, if `io_first` says so. They wait for one such look, or as long as it says, and
    /// are then in line with all others: nobody is ever put before those who are ready already.
    ///
    /// A task that panics ends; nothing unwinds out of here.
    pub(crate) fn run_ready(
        &self,
        limit: usize,
        is_late: impl Fn() -> bool,
        io_first: impl Fn() -> IoFirst,
    ) -> usize {
        let mut have_waited = !self.again.is_empty();
        let (mut ran, mut until) = (0, limit.min(1));
        loop {
            while ran < until
                && let Some(task) = self.ready.pop()
            {
                ran += 1;
                // SAFETY: H4: live, and off the queue.
                unsafe {
                    let turn = task.as_ref().state.begin();
                    self.run(task, turn);
                }
            }
            if ran < until {
                if self.again.is_empty() {
                    return ran;
                }
                let first = io_first();
                if first == IoFirst::Yes {
                    return ran;
                }
                self.ready.append(&self.again);
                if first == IoFirst::Once {
                    return ran;
                }
                have_waited = false;
            } else {
                if ran == limit || (self.has_ready() && is_late()) {
                    break;
                }
                until = limit.min(ran + (3 * ran).min(64));
            }
        }
        // Neither tasks that go on waking each other nor a busy one may keep them waiting.
        if (have_waited || !self.ready.is_empty()) && io_first() != IoFirst::Yes {
            self.ready.append(&self.again);
        }
        ran
    }

    /// Whether a task is ready.
    #[inline]
    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty() || !self.again.is_empty()
    }

    /// Makes the tasks ready that other threads woke, in the order of their wakes. Returns how many wakes there were.
    pub(crate) fn drain_inbox(&self) -> usize {
        let mut wakes = 0;
        for task in self.shared.inbox.take() {
            wakes += 1;
            // SAFETY: H1: a unit of the count came along; it is given back last.
            unsafe {
                // A stranger belongs to a loop that ended and used this block before. It stays marked: nobody needs its wakes.
                if task.as_ref().loop_id == self.id {
                    task.as_ref().unmark();
                    self.wake(task);
                }
                Header::release(task);
            }
        }
        wakes
    }

    /// Announces that the loop is about to block: from now on a wake from another thread makes
    /// [`wake_fd`](Self::wake_fd) readable. False if one arrived already; then do not block.
    #[must_use]
    pub(crate) fn try_sleep(&self) -> bool {
        self.shared.inbox.sleep()
    }

    /// Announces that the loop no longer blocks.
    pub(crate) fn awake(&self) {
        self.shared.inbox.awake();
    }

    /// What becomes readable when another thread wakes a task while the loop sleeps. It may be readable for no reason.
    pub(crate) fn wake_fd(&self) -> BorrowedFd<'_> {
        self.shared.signal.fd()
    }

    /// Ends the loop's sleep, from any thread and at any time; one that comes late wakes nobody, or another loop in vain.
    pub(crate) fn rouser(&self) -> Waker {
        Waker::from(Arc::new(Rouser(self.shared)))
    }

    /// Makes [`wake_fd`](Self::wake_fd) unreadable, where a pipe that is full would not become readable again.
    #[cfg_attr(
        all(any(loom, all(not(test), target_os = "linux")), not(yibu_portable)),
        expect(dead_code, reason = "an eventfd is not full before 2^64 wakes")
    )]
    pub(crate) fn clear_wake(&self) {
        self.shared.signal.clear();
    }

    /// Sleeps as a driver does, in a model.
    #[cfg(all(test, loom))]
    pub(super) fn wait_signal(&self) {
        self.shared.signal.wait();
    }

    /// How many tasks are not finished.
    pub(crate) fn live(&self) -> usize {
        self.live.borrow().len()
    }

    /// Every task that is not finished, in no particular order.
    pub(crate) fn stats(&self) -> Vec<TaskStats> {
        let live = self.live.borrow();
        // SAFETY: H1: live.
        live.iter()
            .map(|(_, task)| TaskStats::of(unsafe { task.as_ref() }))
            .collect()
    }

    /// Ends the loop's tasks: drops every future in place, also those that destructors spawn meanwhile, and closes the inbox.
    /// The loop's context should still be entered, so that the destructors find it. A second call does nothing.
    pub(crate) fn close(&self) {
        if self.phase.replace(Phase::Closing) != Phase::Open {
            return;
        }
        self.drop_futures();
        self.phase.set(Phase::Closed);
        for task in self.shared.inbox.close() {
            // SAFETY: H1: a unit of the count came along. Its task, of this loop or an earlier one, is done.
            unsafe { Header::release(task) }
        }
        self.shared.give_back();
    }

    fn drop_futures(&self) {
        loop {
            let keys: Vec<usize> = self.live.borrow().iter().map(|(key, _)| key).collect();
            if keys.is_empty() {
                return;
            }
            for key in keys {
                // What a destructor woke is dropped like the rest, and must be off the queue by then (H4).
                self.ready.append(&self.again);
                while let Some(task) = self.ready.pop() {
                    // SAFETY: H4: live.
                    unsafe { task.as_ref() }.state.unqueue();
                }
                let task = self.live.borrow().get(key).copied();
                if let Some(task) = task {
                    // SAFETY: H1: live, and off the queue.
                    unsafe { self.cancel(task) }
                }
            }
        }
    }

    /// Drops a task's future here and now.
    ///
    /// # Safety
    /// The task is a live one of this loop, not running and on no queue.
    unsafe fn cancel(&self, task: NonNull<Header>) {
        // SAFETY: by the caller.
        unsafe {
            task.as_ref().state.begin();
            self.run(task, Turn::Cancel);
        }
    }

    /// Polls or drops a task's future and does what follows.
    ///
    /// # Safety
    /// The task is a live one of this loop, begun and on no queue.
    #[inline]
    unsafe fn run(&self, task: NonNull<Header>, turn: Turn) {
        // SAFETY: H1: live until `finish`.
        let header = unsafe { task.as_ref() };
        // SAFETY: H3: live and running.
        match unsafe { (header.vtable.step)(task, turn) } {
            Step::Pending => {
                if header.state.suspend() {
                    // SAFETY: H4: live and on no queue.
                    unsafe { self.again.push(task) }
                }
            }
            // SAFETY: the step was the last one.
            Step::Stored => unsafe { self.finish(task, true) },
            Step::Detached(panic) => {
                // SAFETY: as above.
                unsafe { self.finish(task, false) }
                if let Some(panic) = panic {
                    report(panic);
                }
            }
        }
    }

    /// Takes a task whose future is gone out of the live ones. Everything of the header is settled before the joiner,
    /// which may be user code, runs.
    ///
    /// # Safety
    /// The task is a live one of this loop and its future is gone; the loop's share is given up here.
    unsafe fn finish(&self, task: NonNull<Header>, output: bool) {
        // SAFETY: H1: live until the loop's share is given up below.
        let header = unsafe { task.as_ref() };
        self.live.borrow_mut().remove(header.key.get() as usize);
        header.state.finish(output);
        let joiner = header.joiner.take();
        // SAFETY: H1: the loop's share.
        unsafe { Header::unshare(task) }
        if let Some(joiner) = joiner {
            if joiner.is_own() {
                joiner.wake();
            } else {
                hush(|| joiner.wake());
            }
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.close();
    }
}
