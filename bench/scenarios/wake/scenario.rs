//! A wake from another thread, when the loop sleeps: a task's waker, called on a second core.
//!
//! - *until it runs*: from just before the wake until the woken task runs, median.
//! - *the waker's side*: the wake itself, on the waking thread, median.
//! - *there and back*: the woken task wakes the other thread in turn, which sleeps in a blocking read of an eventfd; a round, mean. Here the CPU time of both
//!   sides is given too, to show who spins.
//!
//! In the first two the waking thread waits for each turn spinning, and then long enough for the other to have fallen asleep, so its CPU time says nothing. The worker, which the harness pins to
//! the first core, pins its waking thread to the second: the harness only waits meanwhile. What is proved is the number of turns in which the
//! task ran after its wake was sent. Every order runs in a new runtime.
//!
//! The limit is a thread that sleeps in `epoll_wait` on one eventfd, and reads it.
//!
//! Not here: monoio, whose wakers work on other threads only with a feature that makes all of them dearer; asyncio and uvloop, whose two threads would
//! take turns at the interpreter's lock, so that one cannot wait spinning for the other.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders};
use crate::harness::{
    Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work, median, pin, process_cpu,
};
use crate::kit::runtime::Runtime;
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use std::future::poll_fn;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SCENARIO: Wake = Wake;

pub(crate) struct Wake;

const UNTIL_IT_RUNS: &str = "until it runs";
const WAKERS_SIDE: &str = "the waker's side";
const THERE_AND_BACK: &str = "there and back";

/// The variants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    UntilItRuns,
    WakersSide,
    ThereAndBack,
}

impl Shape {
    fn of(variant: &str) -> Result<Self> {
        match variant {
            UNTIL_IT_RUNS => Ok(Self::UntilItRuns),
            WAKERS_SIDE => Ok(Self::WakersSide),
            THERE_AND_BACK => Ok(Self::ThereAndBack),
            other => Err(format!("no variant is called {other}").into()),
        }
    }
}

const TIME: Metric = Metric::lower("time", "ns", "what the variant says");
const CPU: Metric = Metric::lower("cpu", "ns/op", "CPU time of both threads");

/// How long the waking thread gives the other to fall asleep: longer than anybody spins.
const ASLEEP: Duration = Duration::from_micros(200);

/// About how long a turn takes, there and back; the others take [`ASLEEP`] more.
const TURN: Duration = Duration::from_micros(100);

impl Scenario for Wake {
    fn about(&self) -> &'static str {
        "a sleeping loop woken from another thread"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[UNTIL_IT_RUNS, WAKERS_SIDE, THERE_AND_BACK]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-eventfd")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[TIME, CPU, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                bar("yibu", UNTIL_IT_RUNS),
                bar("yibu-poll", UNTIL_IT_RUNS),
                bar("yibu", WAKERS_SIDE),
                bar("yibu-poll", WAKERS_SIDE),
                bar("yibu", THERE_AND_BACK),
                bar("yibu-poll", THERE_AND_BACK),
            ]
        }
    }

    /// As many turns as fit into the visit: how long a turn takes is known, and hardly depends on the contestant.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let shape = Shape::of(visit.variant)?;
        let is_round = shape == Shape::ThereAndBack;
        let turn = if is_round { TURN } else { TURN + ASLEEP };
        let turns = (visit.length.as_nanos() / turn.as_nanos()).max(100) as u64;
        process.batch = Some(turns);
        let mut work = Ordered::any(turns, 1).visit(process, visit, |turns| turns)?;
        let time = work.elapsed.as_nanos() as f64 / turns as f64;
        if !is_round {
            work.own.clear();
        }
        work.own.push((TIME.name, time));
        Ok(work)
    }
}

const fn bar(contestant: &'static str, variant: &'static str) -> Bar {
    Bar {
        contestant,
        variant,
        metric: TIME,
        most: Most::Limit,
    }
}

/// What the two threads tell each other.
pub(crate) struct Exchange {
    shape: Shape,
    /// How many turns there are.
    pub(crate) turns: u64,
    base: Instant,
    /// The turn whose sleeper is about to sleep.
    ready: AtomicU64,
    /// The turn whose wake was sent, and when.
    sent: AtomicU64,
    sent_at: AtomicU64,
    /// Wakes the other thread, there and back.
    partner: OwnedFd,
    latencies: Mutex<Vec<f64>>,
}

impl Exchange {
    fn new(shape: Shape, turns: u64) -> Self {
        Self {
            shape,
            turns,
            base: Instant::now(),
            ready: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            sent_at: AtomicU64::new(0),
            partner: eventfd(0, EventfdFlags::CLOEXEC).expect("an eventfd"),
            latencies: Mutex::new(Vec::with_capacity(turns as usize)),
        }
    }

    /// The sleeper is about to sleep.
    pub(crate) fn ready(&self, turn: u64) {
        self.ready.store(turn, Ordering::Release);
        if self.shape == Shape::ThereAndBack {
            rustix::io::write(&self.partner, &1_u64.to_ne_bytes()).expect("an eventfd takes a one");
        }
    }

    /// Whether this turn's wake was sent.
    pub(crate) fn is_sent(&self, turn: u64) -> bool {
        self.sent.load(Ordering::Acquire) >= turn
    }

    /// The sleeper runs again.
    pub(crate) fn ran(&self) {
        let latency = self.now() - self.sent_at.load(Ordering::Relaxed);
        self.latencies().push(latency as f64);
    }

    fn latencies(&self) -> std::sync::MutexGuard<'_, Vec<f64>> {
        self.latencies.lock().expect("nobody panics here")
    }

    fn now(&self) -> u64 {
        self.base.elapsed().as_nanos() as u64
    }

    /// The waking thread waits until the sleeper is about to sleep, or surely asleep.
    fn wait_for(&self, turn: u64) {
        if self.shape == Shape::ThereAndBack {
            rustix::io::read(&self.partner, &mut [0_u8; 8]).expect("a blocking read");
            return;
        }
        while self.ready.load(Ordering::Acquire) < turn {
            spin_loop();
        }
        let until = Instant::now() + ASLEEP;
        while Instant::now() < until {
            spin_loop();
        }
    }

    /// The waking thread: what each of its wakes took.
    fn wake_all(&self, wake: impl Fn()) -> Vec<f64> {
        let call = |turn| {
            self.wait_for(turn);
            let began = self.now();
            self.sent_at.store(began, Ordering::Relaxed);
            self.sent.store(turn, Ordering::Release);
            wake();
            (self.now() - began) as f64
        };
        (1..=self.turns).map(call).collect()
    }
}

/// Carries out the orders with something that makes a sleeper for an order: what wakes it, for the other thread, and what sleeps. That calls in each
/// turn, from the first to the last: [`Exchange::ready`], sleeps until [`Exchange::is_sent`], [`Exchange::ran`].
pub(crate) fn run<W: Fn() + Send + 'static, S: FnOnce(&Arc<Exchange>)>(
    orders: Orders,
    sleeper: fn() -> (W, S),
) -> Result<()> {
    let shape = Shape::of(orders.variant())?;
    orders.run_timed(|turns| {
        let exchange = Arc::new(Exchange::new(shape, turns));
        let (wake, sleep) = sleeper();
        let waking = thread::spawn({
            let exchange = Arc::clone(&exchange);
            move || {
                let _pinned = pin(1).expect("there is a second core");
                exchange.wake_all(wake)
            }
        });
        let (began, cpu) = (Instant::now(), process_cpu());
        sleep(&exchange);
        let took = began.elapsed();
        let calls = waking.join().expect("the waking thread does not panic");
        let cpu = process_cpu() - cpu;
        let latencies = exchange.latencies();
        let all = |one: f64| Duration::from_nanos((one * turns as f64) as u64);
        let wall = match shape {
            Shape::UntilItRuns => all(median(&latencies)),
            Shape::WakersSide => all(median(&calls)),
            Shape::ThereAndBack => took,
        };
        Done {
            wall,
            cpu,
            proof: latencies.len() as u64,
        }
    })
}

/// Where a task leaves its waker for the other thread.
type Left = Arc<Mutex<Option<Waker>>>;

/// A sleeper that is a task: `run` runs it as a runtime does.
pub(crate) fn task(
    run: impl FnOnce(Left, Arc<Exchange>),
) -> (impl Fn() + Send + 'static, impl FnOnce(&Arc<Exchange>)) {
    let left = Left::default();
    let wake = {
        let left = Arc::clone(&left);
        move || {
            let waker = left.lock().expect("nobody panics here").take();
            waker.expect("the sleeper is ready").wake();
        }
    };
    (wake, move |exchange: &Arc<Exchange>| {
        run(left, Arc::clone(exchange));
    })
}

/// The task, spawned on a runtime and awaited.
pub(crate) async fn work<R: Runtime>(left: Left, exchange: Arc<Exchange>) {
    R::spawn(take_turns(left, exchange)).await;
}

async fn take_turns(left: Left, exchange: Arc<Exchange>) -> u64 {
    for turn in 1..=exchange.turns {
        let mut is_ready = false;
        poll_fn(|cx| {
            if exchange.is_sent(turn) {
                return Poll::Ready(());
            }
            if !is_ready {
                *left.lock().expect("nobody panics here") = Some(cx.waker().clone());
                exchange.ready(turn);
                is_ready = true;
            }
            Poll::Pending
        })
        .await;
        exchange.ran();
    }
    exchange.turns
}
