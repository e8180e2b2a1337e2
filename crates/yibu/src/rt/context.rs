//! The state of one running loop, and how code on its thread finds it.
//!
//! Unsafe here: the thread-local pointer to the current context. Invariant C1: it is null, or points
//! to a context that an [`EnterGuard`] borrows, and no guard is ever forgotten. Covered by the tests
//! below, under AddressSanitizer, and by the models of `task::models`.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::{Clock, Wheel};
use crate::task::Tasks;

/// Names one loop, for ever: an id is never used again within a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LoopId(NonZeroU64);

impl LoopId {
    /// An id that nothing had before.
    pub(crate) fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        LoopId(NonZeroU64::new(id).expect("2^64 loops were started"))
    }
}

/// What one running loop has besides its driver: tasks, timers, a clock, random numbers.
pub(crate) struct Context {
    /// The run queue and the live tasks.
    pub(crate) tasks: Tasks,
    /// What waits for a moment. No user code (a foreign waker's clone or drop) may run while this is borrowed.
    pub(crate) timers: RefCell<Wheel>,
    clock: Clock,
    now: Cell<Instant>,
    random: Cell<u64>,
}

impl Context {
    /// A context whose time is that of `clock` and whose random numbers follow from `seed`.
    ///
    /// # Panics
    /// If the system has no descriptor left for the wake-up signal.
    pub(crate) fn new(clock: Clock, seed: u64) -> Self {
        let now = clock.now();
        Context {
            tasks: Tasks::new(),
            timers: RefCell::new(Wheel::new(now)),
            clock,
            now: Cell::new(now),
            random: Cell::new(seed),
        }
    }

    /// Which loop this is.
    pub(crate) fn id(&self) -> LoopId {
        self.tasks.id()
    }

    /// The time as the loop read it at the start of this turn.
    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }

    /// Sets what [`now`](Self::now) answers; the loop does so once per turn, and never backwards.
    pub(crate) fn set_now(&self, now: Instant) {
        debug_assert!(now >= self.now.get(), "the clock went backwards");
        self.now.set(now);
    }

    /// The time of this very moment, for a delay that is counted from the call and must not end early
    /// because the turn has been a long one.
    pub(crate) fn clock(&self) -> Instant {
        self.clock.now().max(self.now.get())
    }

    /// The next number of this loop's sequence (SplitMix64: Steele, Lea and Flood, OOPSLA 2014). Whatever needs chance
    /// draws it here, so that a seed repeats a run.
    pub(crate) fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Makes this the current context of the thread until the guard is dropped. The guard must not be forgotten (C1).
    ///
    /// # Panics
    /// If a loop already runs on this thread.
    #[track_caller]
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        let entered = CURRENT.with(|current| {
            let free = current.get().is_null();
            if free {
                current.set(self);
            }
            free
        });
        assert!(
            entered,
            "an event loop already runs on this thread: await the future, or start the second loop on a thread of its own"
        );
        EnterGuard {
            _borrows: PhantomData,
        }
    }
}

/// While it lives, its context is the current one of this thread.
#[must_use]
pub(crate) struct EnterGuard<'a> {
    _borrows: PhantomData<(&'a Context, *const ())>,
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        CURRENT.with(|current| current.set(ptr::null()));
    }
}

#[cfg(not(loom))]
thread_local! {
    static CURRENT: Cell<*const Context> = const { Cell::new(ptr::null()) };
}
#[cfg(loom)]
loom::thread_local! {
    static CURRENT: Cell<*const Context> = Cell::new(ptr::null());
}

/// Calls `f` with the current context, if this thread runs a loop.
#[inline]
pub(crate) fn try_with<R>(f: impl FnOnce(&Context) -> R) -> Option<R> {
    let current = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: C1; the guard is dropped on this thread, by code that is not inside `f`.
    let context = unsafe { current.as_ref() }?;
    Some(f(context))
}

/// Calls `f` with the current context; `what` is the caller's name for the message.
///
/// # Panics
/// If this thread runs no loop.
#[inline]
#[track_caller]
pub(crate) fn with<R>(what: &str, f: impl FnOnce(&Context) -> R) -> R {
    match try_with(f) {
        Some(result) => result,
        None => outside(what),
    }
}

#[cold]
#[track_caller]
fn outside(what: &str) -> ! {
    panic!("{what} was called outside an event loop: call it inside yibu::run or #[yibu::main]")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use super::*;

    fn current_id() -> Option<LoopId> {
        try_with(Context::id)
    }

    #[test]
    fn current_only_while_entered() {
        assert_eq!(current_id(), None);
        let context = Context::new(Clock::System, 1);
        let guard = context.enter();
        assert_eq!(current_id(), Some(context.id()));
        drop(guard);
        assert_eq!(current_id(), None);
    }

    #[test]
    fn ids_differ() {
        let (a, b) = (
            Context::new(Clock::System, 1),
            Context::new(Clock::System, 1),
        );
        assert_ne!(a.id(), b.id());
    }

    #[test]
    #[should_panic(expected = "an event loop already runs on this thread")]
    fn a_second_loop_is_refused() {
        let (a, b) = (
            Context::new(Clock::System, 1),
            Context::new(Clock::System, 1),
        );
        let _first = a.enter();
        let _second = b.enter();
    }

    #[test]
    #[should_panic(expected = "yibu::spawn was called outside an event loop")]
    fn outside_says_what_to_do() {
        with("yibu::spawn", |_| ());
    }

    #[test]
    fn random_numbers_follow_from_the_seed() {
        let draw = |seed| {
            let context = Context::new(Clock::System, seed);
            [context.random(), context.random()]
        };
        // The reference implementation's first outputs for the state 0.
        assert_eq!(draw(0), [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn the_clock_is_never_behind_the_turn() {
        let ahead = Instant::now() + Duration::from_secs(60);
        let context = Context::new(Clock::System, 0);
        context.set_now(ahead);
        assert_eq!(context.clock(), ahead);
    }
}
