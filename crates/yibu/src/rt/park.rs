//! How a thread without a loop waits: it polls a future, and sleeps in the kernel until the future's waker is called.
//!
//! ```text
//!   poll -> ready: done
//!    ^  \-> pending: asleep (std::thread::park) <- killed: unwinds
//!    |                 |
//!    +--- woken -------+---> deadline: gives up
//! ```
//!
//! Every blocking form of this library waits here, so here is the one place where a daemon thread that is killed unwinds: it holds no lock, and the
//! future that it waited with is dropped on the way, which by the toolkit's first rule loses nothing.
//!
//! Whoever expects to wait for a short while may [`spin`](super::spin::spin) first.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What a thread that is killed unwinds with. It goes past the panic hook, in silence.
pub(crate) struct Killed;

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GaveUp {
    /// The deadline came.
    TimedOut,
    /// The thread was killed and unwinds already: a wait in a destructor just returns.
    Killed,
}

/// What others know of a thread that waits: how to wake it, whether it was killed, how much it spun.
#[derive(Debug)]
pub(crate) struct Parker {
    thread: Thread,
    /// A wake that the thread has not taken up.
    notified: AtomicBool,
    killed: AtomicBool,
    /// Nanoseconds that it spun.
    spun: AtomicU64,
}

impl Parker {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            notified: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            spun: AtomicU64::new(0),
        })
    }

    /// From now on each wait of the thread unwinds it.
    pub(crate) fn kill(&self) {
        self.killed.store(true, Ordering::Release);
        self.thread.unpark();
    }

    /// How long it spun, all in all.
    pub(crate) fn spun(&self) -> Duration {
        Duration::from_nanos(self.spun.load(Ordering::Relaxed))
    }

    /// Unwinds if the thread was killed, once the caller has nothing to lose.
    fn check_killed(&self) -> Result<(), GaveUp> {
        if !self.killed.load(Ordering::Acquire) {
            return Ok(());
        }
        if thread::panicking() {
            return Err(GaveUp::Killed);
        }
        std::panic::resume_unwind(Box::new(Killed))
    }

    /// Sleeps until a wake that came since the last call.
    fn sleep(&self, deadline: Option<Instant>) -> Result<(), GaveUp> {
        loop {
            self.check_killed()?;
            if self.notified.swap(false, Ordering::AcqRel) {
                return Ok(());
            }
            let Some(deadline) = deadline else {
                thread::park();
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(GaveUp::TimedOut);
            }
            thread::park_timeout(left);
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}

/// A thread's own part.
struct Own {
    parker: Arc<Parker>,
    waker: Waker,
}

impl Own {
    fn new() -> Self {
        let parker = Parker::new();
        Self {
            waker: Waker::from(parker.clone()),
            parker,
        }
    }
}

thread_local! {
    static OWN: Own = Own::new();
}

/// Calls `f` with this thread's own part, or with a new one while the thread's locals are being destroyed.
fn with_own<R>(f: impl Fn(&Own) -> R) -> R {
    OWN.try_with(&f).unwrap_or_else(|_| f(&Own::new()))
}

/// The parker of this thread.
pub(crate) fn current() -> Arc<Parker> {
    with_own(|own| own.parker.clone())
}

/// Blocks this thread until the future is ready, or the deadline has come; then the future is dropped, which loses nothing. `instead` names the form that is
/// awaited, for a caller who would have stopped an event loop.
///
/// # Panics
/// If it has to wait on a thread that runs an event loop. If the thread was killed, it unwinds.
#[track_caller]
pub(crate) fn block_on<F: Future>(
    future: F,
    deadline: Option<Instant>,
    instead: &str,
) -> Result<F::Output, GaveUp> {
    let mut future = pin!(future);
    let (parker, waker) = with_own(|own| (own.parker.clone(), own.waker.clone()));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            // Whoever waits further up this stack shares the parker, and may have been woken meanwhile.
            parker.notified.store(true, Ordering::Release);
            return Ok(output);
        }
        assert!(
            super::try_with(|_| ()).is_none(),
            "this would block the event loop of its thread: use {instead}, or yibu::to_thread"
        );
        let slept = parker.sleep(deadline);
        if slept.is_err() {
            parker.notified.store(true, Ordering::Release);
            slept?;
        }
    }
}

/// Adds to how long this thread spun. A thread whose locals are gone keeps no count.
pub(super) fn count_spun(time: Duration) {
    let _ = OWN.try_with(|own| {
        let total = own.parker.spun.load(Ordering::Relaxed) + time.as_nanos() as u64;
        own.parker.spun.store(total, Ordering::Relaxed);
    });
}
