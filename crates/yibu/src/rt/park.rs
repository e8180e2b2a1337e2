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
//! Who wakes a sleeping core pays some microseconds, and the sleeper tens of them ("a line to the other core and back" is 60 ns). So whoever expects
//! to wait for a short while may [`spin`] first: bounded, with a budget that grows where spinning helped and shrinks where it did not, never with one
//! core alone, and by no more threads than there are other cores.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
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
    patience: Cell<Patience>,
}

impl Own {
    fn new() -> Self {
        let parker = Parker::new();
        Self {
            waker: Waker::from(parker.clone()),
            parker,
            patience: Cell::new(Patience::NEW),
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

/// How a thread waits before it sleeps.
///
/// It looks for a microsecond, since another core that works on the answer has it by then. Then it yields. If that takes a while, others wanted this core, perhaps to give the answer: so it yields again, a
/// few times. If it comes back at once, the core is its own, and it looks on for some microseconds. What did not help is tried for half as long the next time.
///
/// Two threads that answer each other and once slept would sleep for ever: each finds the other asleep, and waking takes longer than any of this. So now and then one looks on for longer
/// than a wake takes, and from then on both are awake. Where that does not help either, it becomes rare.
#[derive(Clone, Copy)]
struct Patience {
    /// How long it looks.
    look: Duration,
    /// How often it yields.
    yields: u32,
    /// How many waits there are until it looks for [`LONG`].
    until_long: u32,
    /// How many there were before the last time.
    between_long: u32,
}

/// An answer that is being worked on is here by then: "a cache line to the other core and back" is 60 ns.
const FIRST_LOOK: Duration = Duration::from_micros(1);
/// How long it looks on.
const LOOK_MOST: Duration = Duration::from_micros(10);
const LOOK_LEAST: Duration = Duration::from_micros(2);
const YIELDS_MOST: u32 = 16;
const YIELDS_LEAST: u32 = 4;
/// A yield with nobody else to run takes 450 ns.
const NOBODY_ELSE: Duration = Duration::from_micros(2);
/// Longer than the 50 µs that a core needs to wake.
const LONG: Duration = Duration::from_micros(100);
const BETWEEN_LONG: (u32, u32) = (4, 256);

impl Patience {
    const NEW: Self = Self {
        look: LOOK_MOST,
        yields: YIELDS_MOST,
        until_long: 0,
        between_long: BETWEEN_LONG.0,
    };

    /// After a wait that spinning ended, or did not.
    fn learn(&mut self, is_done: bool, was_long: bool) {
        if is_done {
            self.look = (self.look * 2).min(LOOK_MOST);
            self.yields = (self.yields * 2).min(YIELDS_MOST);
        } else {
            self.look = (self.look / 2).max(LOOK_LEAST);
            self.yields = (self.yields / 2).max(YIELDS_LEAST);
        }
        if was_long {
            let (least, most) = BETWEEN_LONG;
            self.between_long = if is_done {
                least
            } else {
                (self.between_long * 2).min(most)
            };
            self.until_long = self.between_long;
        }
        // What came at once until now, and then did not, was held up: the next wait is for its sake.
        self.until_long = if is_done {
            0
        } else {
            self.until_long.saturating_sub(1)
        };
    }
}

/// The cores that this process may use.
static CORES: LazyLock<usize> = LazyLock::new(cores);

#[cfg(target_os = "linux")]
fn cores() -> usize {
    // Of the main thread: `available_parallelism` asks for this thread, which may be pinned to one core while its partner is pinned to another.
    let main = rustix::thread::sched_getaffinity(Some(rustix::process::getpid()));
    main.map_or(1, |cores| cores.count() as usize)
}

#[cfg(not(target_os = "linux"))]
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

static LOOKING: AtomicUsize = AtomicUsize::new(0);

/// Waits for a moment, awake, until `done` holds, and says whether it does. For who is about to sleep.
#[must_use]
pub(crate) fn spin(mut done: impl FnMut() -> bool) -> bool {
    let patience = OWN.try_with(|own| own.patience.get());
    let mut patience = patience.unwrap_or(Patience::NEW);
    let (mut is_done, mut was_long, mut spun) = (false, false, Duration::ZERO);
    // Two that answer each other both look now and then, so there may be as many as there are cores.
    let may_look = LOOKING.fetch_add(1, Ordering::Relaxed) < *CORES && *CORES > 1;
    if may_look {
        (is_done, spun) = look(FIRST_LOOK, &mut done);
    }
    for _ in 0..patience.yields {
        if is_done {
            break;
        }
        let began = Instant::now();
        thread::yield_now();
        is_done = done();
        if !is_done && may_look && began.elapsed() < NOBODY_ELSE {
            was_long = patience.until_long == 0;
            let more;
            (is_done, more) = look(if was_long { LONG } else { patience.look }, &mut done);
            spun += more;
            break;
        }
    }
    LOOKING.fetch_sub(1, Ordering::Relaxed);
    patience.learn(is_done, was_long);
    // A thread whose locals are gone keeps no count.
    let _ = OWN.try_with(|own| {
        own.patience.set(patience);
        let total = own.parker.spun.load(Ordering::Relaxed) + spun.as_nanos() as u64;
        own.parker.spun.store(total, Ordering::Relaxed);
    });
    is_done
}

/// Looks whether `done` holds, for `limit` at most; says whether it does, and how long it took.
fn look(limit: Duration, done: &mut impl FnMut() -> bool) -> (bool, Duration) {
    let began = Instant::now();
    loop {
        for _ in 0..8 {
            std::hint::spin_loop();
            if done() {
                return (true, began.elapsed());
            }
        }
        let spun = began.elapsed();
        if spun >= limit {
            return (false, spun);
        }
    }
}
