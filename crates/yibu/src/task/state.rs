//! What a task is doing, as the thread that runs its loop sees it: plain bits, no atomics.
//!
//! ```text
//!              spawn                 begin               suspend, not woken
//!   (nothing) ------> QUEUED ----------------> RUNNING ---------------------> (no bit): waits
//!                        ^                      | | ^                            |
//!                        |  suspend, WOKEN      | | | wake: sets WOKEN           |
//!                        +----------------------+ | +---                         |
//!                        |                        | finish                       |
//!                        +--------- wake ---------|------------------------------+
//!                                                 v
//!                                               DONE  (OUTPUT while a handle may still take the result)
//! ```
//!
//! `ABORT` may join any of them before `DONE`; it takes effect at the next `begin`. `HANDLE` says that
//! a join handle exists.
#![forbid(unsafe_code)]

use super::stats::TaskState;
use crate::sync_shim::Cell;

/// In the run queue.
const QUEUED: u8 = 1;
/// Being polled or dropped.
const RUNNING: u8 = 1 << 1;
/// Woken while running: goes to the run queue again.
const WOKEN: u8 = 1 << 2;
/// The future is gone.
const DONE: u8 = 1 << 3;
/// The future is to be dropped instead of polled.
const ABORT: u8 = 1 << 4;
/// A join handle exists.
const HANDLE: u8 = 1 << 5;
/// The result lies where the future was.
const OUTPUT: u8 = 1 << 6;

/// What `begin` found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    Poll,
    Cancel,
}

pub(super) struct State(Cell<u8>);

impl State {
    /// Of a new task: not queued, with a handle.
    pub(super) fn new() -> Self {
        State(Cell::new(HANDLE))
    }

    #[inline]
    fn has(&self, bit: u8) -> bool {
        self.0.get() & bit != 0
    }

    /// Notes a wake. Returns whether the caller must put the task on the run queue.
    #[inline]
    pub(super) fn wake(&self) -> bool {
        let bits = self.0.get();
        if bits & (QUEUED | DONE) != 0 {
            return false;
        }
        if bits & RUNNING != 0 {
            self.0.set(bits | WOKEN);
            return false;
        }
        self.0.set(bits | QUEUED);
        true
    }

    /// Off the run queue without a poll.
    pub(super) fn unqueue(&self) {
        self.0.set(self.0.get() & !QUEUED);
    }

    /// Starts a turn of a task that came off the run queue.
    #[inline]
    pub(super) fn begin(&self) -> Turn {
        let bits = self.0.get();
        debug_assert!(bits & (RUNNING | DONE) == 0);
        self.0.set((bits | RUNNING) & !QUEUED);
        if bits & ABORT == 0 {
            Turn::Poll
        } else {
            Turn::Cancel
        }
    }

    /// Ends a turn after which the task is not finished. Returns whether the caller must put it on the run queue.
    #[inline]
    pub(super) fn suspend(&self) -> bool {
        let bits = self.0.get();
        let woken = bits & WOKEN != 0;
        let next = bits & !(RUNNING | WOKEN);
        self.0.set(if woken { next | QUEUED } else { next });
        woken
    }

    /// Ends the last turn; `output` says that the result was stored for the handle.
    #[inline]
    pub(super) fn finish(&self, output: bool) {
        let bits = self.0.get() & !(RUNNING | WOKEN);
        self.0.set(bits | DONE | if output { OUTPUT } else { 0 });
    }

    /// Asks for the future to be dropped. Returns whether the task is still there to be dropped.
    pub(super) fn abort(&self) -> bool {
        let alive = !self.has(DONE);
        if alive {
            self.0.set(self.0.get() | ABORT);
        }
        alive
    }

    /// Whether the future is gone.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.has(DONE)
    }

    /// For the statistics.
    pub(super) fn now(&self) -> TaskState {
        match () {
            () if self.has(RUNNING) => TaskState::Running,
            () if self.has(QUEUED) => TaskState::Ready,
            () => TaskState::Waiting,
        }
    }

    #[inline]
    pub(super) fn has_handle(&self) -> bool {
        self.has(HANDLE)
    }

    pub(super) fn drop_handle(&self) {
        self.0.set(self.0.get() & !HANDLE);
    }

    /// Whether there was a result to take; from now on there is none.
    #[inline]
    pub(super) fn take_output(&self) -> bool {
        let bits = self.0.get();
        self.0.set(bits & !OUTPUT);
        bits & OUTPUT != 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_queued_once_however_often_it_is_woken() {
        let state = State::new();
        assert!(state.wake());
        assert!(!state.wake());
        assert_eq!(state.begin(), Turn::Poll);
        assert!(
            !state.wake() && !state.wake(),
            "a running task is only marked"
        );
        assert!(state.suspend());
        assert_eq!(state.now(), TaskState::Ready);
        assert_eq!(state.begin(), Turn::Poll);
        assert!(!state.suspend());
        assert_eq!(state.now(), TaskState::Waiting);
        assert!(state.wake());
    }

    #[test]
    fn done_is_final() {
        let state = State::new();
        assert!(state.wake());
        state.begin();
        assert!(!state.wake());
        state.finish(true);
        assert!(!state.wake() && !state.abort() && state.is_done());
        assert!(state.take_output() && !state.take_output());
    }

    #[test]
    fn abort_turns_the_next_turn() {
        let state = State::new();
        state.wake();
        state.begin();
        assert!(state.abort() && !state.wake());
        assert!(state.suspend());
        assert_eq!(state.begin(), Turn::Cancel);
    }
}
