//! One loop: its tasks, timers and I/O, and how a thread finds the loop that it runs.
//!
//! Invariant **CURRENT**: the thread-local pointer is null, or to a [`Core`] on the stack of [`run`](super::run::run) further down this very
//! thread, which clears it before the `Core` goes. Only shared references are made from it. Tests: every test that runs a loop.

use std::cell::{Cell, RefCell};
use std::io;
use std::ptr;
use std::time::{Duration, Instant};

use super::driver::{Driver, Kind};
use super::io::Io;
use crate::rt::{self, Clock, LoopId, hush};
use crate::task::{IoFirst, LocalWaker};

/// Polls between two looks at the driver, at most: a look costs up to 250 ns (epoll, and two of the clock), a switch of tasks 5.
const POLLS: usize = 1024;
/// A turn's tasks should take no longer than this: whoever is ready then waits for the next look at the driver. The clock is read after the first
/// poll, the 4th, the 16th and every 64th, so up to 63 polls that take long may pass unseen.
const TURN: Duration = Duration::from_micros(200);
/// How long a loop that ends waits for streams to send what is queued, and then for the kernel to let go.
const CLOSING: Duration = Duration::from_secs(3);
const CANCELING: Duration = Duration::from_secs(1);

thread_local! {
    static CURRENT: Cell<*const Core> = const { Cell::new(ptr::null()) };
}

/// See the module.
pub(super) struct Core {
    pub(super) context: rt::Context,
    clock: Clock,
    io: RefCell<Io>,
    /// Since when tasks that woke themselves wait for the driver.
    put_off: Cell<Option<Instant>>,
    /// Room for the wakers of timers that are due.
    due: Cell<Vec<LocalWaker>>,
}

impl Core {
    pub(super) fn new(kind: Kind) -> io::Result<Self> {
        let clock = Driver::clock(kind);
        let context = rt::Context::new(clock, Driver::seed(kind));
        let driver = Driver::new(kind, context.tasks.wake_fd())?;
        Ok(Self {
            context,
            clock,
            io: RefCell::new(Io::new(driver, clock)),
            put_off: Cell::new(None),
            due: Cell::default(),
        })
    }

    /// Polls ready tasks: as many as a turn has time for.
    pub(super) fn run_tasks(&self) {
        let (clock, began) = (self.clock, self.context.now());
        let is_late = || clock.now().saturating_duration_since(began) > TURN;
        let io_first = || self.io_first();
        self.context.tasks.run_ready(POLLS, is_late, io_first);
    }

    /// Whether tasks that woke themselves are to wait: while there is something to hand over, since what others wrote is not to wait for them, but
    /// for no longer than a turn should take.
    #[inline]
    fn io_first(&self) -> IoFirst {
        let put_off = self.put_off.take();
        if !self.io.borrow().has_work() {
            return IoFirst::No;
        }
        let now = self.context.now();
        let since = put_off.unwrap_or(now);
        if now.saturating_duration_since(since) >= TURN {
            return IoFirst::Once;
        }
        self.put_off.set(Some(since));
        IoFirst::Yes
    }

    /// The rest of a turn: hands operations over, waits if nothing is ready, and wakes whom completions, timers and other threads wake.
    pub(super) fn turn(&self) {
        let tasks = &self.context.tasks;
        let mut io = self.io.borrow_mut();
        io.flush();
        let now = io.clock.now();
        let timeout = self.timeout(&io, now);
        if tasks.has_ready() && !io.driver.has_news() && timeout != Some(Duration::ZERO) {
            io.set_now(now);
            self.context.set_now(now);
        } else {
            let may_sleep = !tasks.has_ready() && timeout != Some(Duration::ZERO);
            let sleeps = may_sleep && tasks.try_sleep();
            let waited = io.wait(if sleeps {
                timeout
            } else {
                Some(Duration::ZERO)
            });
            if sleeps {
                tasks.awake();
                // A pipe that fills up would not become readable again.
                #[cfg(any(not(target_os = "linux"), yibu_portable))]
                tasks.clear_wake();
            }
            waited.unwrap_or_else(|error| panic!("the event loop cannot wait: {error}"));
            self.context.set_now(io.now());
        }
        let later = io.take_later();
        drop(io);
        if let Some(later) = later {
            later.run();
        }
        self.expire_timers();
        tasks.drain_inbox();
    }

    fn expire_timers(&self) {
        let mut timers = self.context.timers.borrow_mut();
        if !timers.is_empty() {
            let mut due = self.due.take();
            timers.expire(self.context.now(), &mut due);
            drop(timers);
            due.drain(..).for_each(wake);
            self.due.set(due);
        }
    }

    /// How long until something is due; `None` if nothing ever is.
    fn timeout(&self, io: &Io, now: Instant) -> Option<Duration> {
        let timers = self.context.timers.borrow().next_deadline();
        let first = [timers, io.next_deadline()].into_iter().flatten().min()?;
        Some(first.saturating_duration_since(now))
    }

    /// The loop ends: drops all tasks, then waits for streams to send what they were given, and for the kernel.
    pub(super) fn close(&self) {
        self.context.tasks.close();
        self.drain(false, CLOSING);
        self.drain(true, CANCELING);
    }

    fn drain(&self, now: bool, limit: Duration) {
        let deadline = self.context.clock() + limit;
        self.io.borrow_mut().close_all(now);
        loop {
            let mut io = self.io.borrow_mut();
            io.flush();
            let left = deadline.saturating_duration_since(io.clock.now());
            if (io.is_empty() && io.driver.drained()) || left.is_zero() {
                return;
            }
            let limit = io.next_deadline().map_or(left, |next| {
                left.min(next.saturating_duration_since(io.clock.now()))
            });
            let failed = io.wait(Some(limit)).is_err();
            let later = io.take_later();
            drop(io);
            if let Some(later) = later {
                later.run();
            }
            if failed {
                return;
            }
        }
    }

    /// Makes this the thread's loop until the guard is dropped.
    pub(super) fn enter(&self) -> Entered<'_> {
        let context = self.context.enter();
        CURRENT.set(self);
        Entered { _context: context }
    }
}

pub(super) struct Entered<'a> {
    _context: rt::EnterGuard<'a>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        CURRENT.set(ptr::null());
    }
}

/// Calls `f` with the I/O of this thread's loop. `what` is named in the panic if there is none.
#[inline]
#[track_caller]
pub(crate) fn with_io<R>(what: &str, f: impl FnOnce(&mut Io, LoopId) -> R) -> R {
    let core = CURRENT.get();
    assert!(
        !core.is_null(),
        "{what} needs an event loop: call it inside yibu::run or #[yibu::main]"
    );
    // SAFETY: **CURRENT**.
    borrow_io(unsafe { &*core }, f)
}

/// As [`with_io`], if this thread runs that loop: not for a handle that has outlived its loop or is on another thread.
#[inline]
pub(crate) fn try_with_io<R>(id: LoopId, f: impl FnOnce(&mut Io) -> R) -> Option<R> {
    let core = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: **CURRENT**.
    let core = unsafe { core.as_ref() }?;
    (core.context.id() == id).then(|| borrow_io(core, |io, _| f(io)))
}

#[inline]
fn borrow_io<R>(core: &Core, f: impl FnOnce(&mut Io, LoopId) -> R) -> R {
    let mut io = core.io.borrow_mut();
    let result = f(&mut io, core.context.id());
    let later = io.take_later();
    drop(io);
    if let Some(later) = later {
        later.run();
    }
    result
}

/// Wakes, whatever foreign code does meanwhile.
fn wake(waker: LocalWaker) {
    if waker.is_own() {
        waker.wake();
    } else {
        hush(|| waker.wake());
    }
}

/// The number of tasks that this thread's loop has, for tests and statistics.
pub(super) fn live_tasks() -> usize {
    rt::with("statistics", |context| context.tasks.live())
}
