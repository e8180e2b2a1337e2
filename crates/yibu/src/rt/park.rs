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
//! future that it waited with is dropped on the way, which by the toolkit's first rule loses nothing. An event loop that runs on such a thread asks
//! here once a turn, and is woken by its [`rouser`](while_looping).
//!
//! Whoever expects to wait for a short while may [`block_on_awake`] it.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::parkers;
use super::spin::{AWAKE_MOST, stay_awake};
use crate::sync_shim::{AtomicBool, Mutex, MutexGuard, park, thread_local};

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
    thread: park::Thread,
    /// A wake that the thread has not taken up.
    notified: AtomicBool,
    killed: AtomicBool,
    /// What the thread was given to do is done: nothing is left that a kill could unwind.
    over: AtomicBool,
    /// Wakes the event loop that the thread runs, if it does.
    rouser: Mutex<Option<Waker>>,
    /// How many waits of the thread are within each other. Only it writes here.
    depth: AtomicU32,
    /// Nanoseconds that it spun.
    spun: AtomicU64,
}

impl Parker {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: park::current(),
            notified: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            over: AtomicBool::new(false),
            rouser: Mutex::new(None),
            depth: AtomicU32::new(0),
            spun: AtomicU64::new(0),
        })
    }

    /// From now on each wait of the thread unwinds it.
    #[cfg(panic = "unwind")]
    pub(crate) fn kill(&self) {
        self.killed.store(true, Ordering::Release);
        self.thread.unpark();
        let rouser = self.rouser().clone();
        if let Some(rouser) = rouser {
            rouser.wake();
        }
    }

    /// What the thread was given to do is done. A kill unwinds nothing from now on: an unwinding destructor of a thread-local would end the process.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    fn rouser(&self) -> MutexGuard<'_, Option<Waker>> {
        self.rouser.lock().unwrap_or_else(PoisonError::into_inner)
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
        if thread::panicking() || self.over.load(Ordering::Relaxed) {
            return Err(GaveUp::Killed);
        }
        std::panic::resume_unwind(Box::new(Killed))
    }

    fn depth(&self) -> u32 {
        self.depth.load(Ordering::Relaxed)
    }

    /// Counts a wait, until what it returns is dropped.
    fn enter(&self) -> Entered<'_> {
        self.depth.store(self.depth() + 1, Ordering::Relaxed);
        Entered(self)
    }

    /// Whether a sleep would end at once, but for a deadline.
    fn is_called(&self) -> bool {
        self.notified.load(Ordering::Relaxed) || self.killed.load(Ordering::Relaxed)
    }

    /// Sleeps until a wake that came since the last call.
    fn sleep(&self, deadline: Option<Instant>) -> Result<(), GaveUp> {
        loop {
            self.check_killed()?;
            if self.notified.swap(false, Ordering::AcqRel) {
                return Ok(());
            }
            let Some(deadline) = deadline else {
                park::park();
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(GaveUp::TimedOut);
            }
            park::park_timeout(left);
        }
    }
}

/// One wait of the thread.
struct Entered<'a>(&'a Parker);

impl Drop for Entered<'_> {
    /// Passes on what may have been taken up here: whoever waits further up this stack shares the parker. A swap, since a store would hide what was
    /// written before a wake that it overwrites.
    fn drop(&mut self) {
        self.0.depth.store(self.0.depth() - 1, Ordering::Relaxed);
        if self.0.depth() > 0 {
            self.0.notified.swap(true, Ordering::AcqRel);
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
    _entry: Option<parkers::Entry>,
}

impl Own {
    fn new() -> Self {
        let parker = Parker::new();
        Self {
            waker: Waker::from(parker.clone()),
            parker,
            _entry: None,
        }
    }

    fn entered() -> Self {
        let own = Self::new();
        Self {
            _entry: Some(parkers::enter(&own.parker)),
            ..own
        }
    }
}

thread_local! {
    static OWN: Own = Own::entered();
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
    wait(future, deadline, instead, |_| ())
}

/// As [`block_on`], for what may be answered within microseconds: it [stays awake](stay_awake) each time before it sleeps.
///
/// # Panics
/// As [`block_on`].
#[track_caller]
pub(crate) fn block_on_awake<F: Future>(
    future: F,
    deadline: Option<Instant>,
    instead: &str,
) -> Result<F::Output, GaveUp> {
    wait(future, deadline, instead, |parker| {
        if deadline.is_none_or(|deadline| deadline > Instant::now() + AWAKE_MOST) {
            stay_awake(|| parker.is_called());
        }
    })
}

#[track_caller]
fn wait<F: Future>(
    future: F,
    deadline: Option<Instant>,
    instead: &str,
    before_sleep: impl Fn(&Parker),
) -> Result<F::Output, GaveUp> {
    let mut future = pin!(future);
    let (parker, waker) = with_own(|own| (own.parker.clone(), own.waker.clone()));
    let mut cx = Context::from_waker(&waker);
    let _entered = parker.enter();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Ok(output);
        }
        assert!(
            super::try_with(|_| ()).is_none(),
            "this would block the event loop of its thread: use {instead}, or yibu::to_thread"
        );
        before_sleep(&parker);
        parker.sleep(deadline)?;
    }
}

/// Says how to wake the event loop that this thread runs, until what it returns is dropped: a kill does so.
pub(crate) fn while_looping(rouser: Waker) -> Looping {
    let parker = current();
    *parker.rouser() = Some(rouser);
    Looping(parker)
}

pub(crate) struct Looping(Arc<Parker>);

impl Looping {
    /// Unwinds if this thread was killed: for the loop, once a turn, with nothing borrowed. On a thread that unwinds already it returns.
    pub(crate) fn check_killed(&self) {
        // The error says that a destructor runs this loop: it cannot be stopped.
        let _ = self.0.check_killed();
    }
}

impl Drop for Looping {
    fn drop(&mut self) {
        let rouser = self.0.rouser().take();
        drop(rouser);
    }
}

/// Adds to how long this thread spun. A thread whose locals are gone keeps no count.
pub(super) fn count_spun(time: Duration) {
    let _ = OWN.try_with(|own| {
        let total = own.parker.spun.load(Ordering::Relaxed) + time.as_nanos() as u64;
        own.parker.spun.store(total, Ordering::Relaxed);
    });
}
