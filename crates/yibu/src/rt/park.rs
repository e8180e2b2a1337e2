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
//! Who wakes a sleeping core pays some microseconds, and the sleeper tens of them ("a line to the other core and back" is 60 ns). So whoever expects
//! to wait for a short while may [`spin`] first: bounded, with a budget that grows where spinning helped and shrinks where it did not, never with one
//! core alone, and by no more threads than there are other cores.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::parkers;
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

    /// Passes on what may have been taken up here: whoever waits further up this stack shares the parker. A swap, since a store would hide what was
    /// written before a wake that it overwrites.
    fn notify_outer(&self) {
        self.notified.swap(true, Ordering::AcqRel);
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
    budget: Cell<Duration>,
    _entry: Option<parkers::Entry>,
}

impl Own {
    fn new() -> Self {
        let parker = Parker::new();
        Self {
            waker: Waker::from(parker.clone()),
            parker,
            budget: Cell::new(SPIN_MOST),
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
    let mut future = pin!(future);
    let (parker, waker) = with_own(|own| (own.parker.clone(), own.waker.clone()));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            parker.notify_outer();
            return Ok(output);
        }
        assert!(
            super::try_with(|_| ()).is_none(),
            "this would block the event loop of its thread: use {instead}, or yibu::to_thread"
        );
        let slept = parker.sleep(deadline);
        if slept.is_err() {
            parker.notify_outer();
        }
        slept?;
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

/// The longest that a thread spins before it sleeps: long enough for an answer from another core that works on it, short beside the 50 µs that
/// a sleeping core needs to wake.
const SPIN_MOST: Duration = Duration::from_micros(10);
/// The shortest: what it costs to find out that spinning helps again.
const SPIN_LEAST: Duration = Duration::from_nanos(500);

static CORES: LazyLock<usize> =
    LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
static SPINNING: AtomicUsize = AtomicUsize::new(0);

#[cfg(all(test, not(loom)))]
pub(crate) fn spinning() -> usize {
    SPINNING.load(Ordering::Relaxed)
}

/// Spins for a while until `done` holds, and says whether it does. For who is about to sleep, and may be served within microseconds by another core.
#[must_use]
#[cfg_attr(
    any(not(test), loom),
    expect(
        dead_code,
        reason = "the queues, whose waits it is for, are not here yet"
    )
)]
pub(crate) fn spin(mut done: impl FnMut() -> bool) -> bool {
    let others = CORES.saturating_sub(1);
    if SPINNING.fetch_add(1, Ordering::Relaxed) >= others {
        SPINNING.fetch_sub(1, Ordering::Relaxed);
        return done();
    }
    let budget = OWN.try_with(|own| own.budget.get()).unwrap_or(SPIN_LEAST);
    let began = Instant::now();
    let (mut is_done, mut spun) = (false, Duration::ZERO);
    while !is_done && spun < budget {
        for _ in 0..8 {
            std::hint::spin_loop();
            is_done = is_done || done();
        }
        spun = began.elapsed();
    }
    SPINNING.fetch_sub(1, Ordering::Relaxed);
    // A thread whose locals are gone keeps no count.
    let _ = OWN.try_with(|own| {
        let next = if is_done { budget * 2 } else { budget / 2 };
        own.budget.set(next.clamp(SPIN_LEAST, SPIN_MOST));
        let total = own.parker.spun.load(Ordering::Relaxed) + spun.as_nanos() as u64;
        own.parker.spun.store(total, Ordering::Relaxed);
    });
    is_done
}
