//! What a timer costs: set and cancelled while a million others are set, as the time limit of a request is; a million set and all
//! cancelled; a million set and fired.
//!
//! - *Set* is what makes the runtime remember a deadline: a sleep that is polled for the first time, or asyncio's `call_later`. *Cancelled* is
//!   dropped, or `TimerHandle.cancel`. The place of every sleep is allocated before, since where it lives is not the timer's business.
//! - Delays are spread evenly, always the same ones: from a minute to an hour where they do not fire, and half a microsecond apart where
//!   they do, so that a million fire within half a second.
//! - What counts is CPU time. Waiting for the last timer costs none, so it need not be kept out; time from start to end has it, and says of the third variant only
//!   who cannot keep up: more than 500 ns for a timer. A task awaits them in the order in which they were set, so it waits for a late
//!   one and finds most others fired. What the runtime does at each of its ticks, and waking that task, is paid for by the timers. That none of them is early, the last at
//!   least, is checked.
//! - Where a worker sets up a million first, it does that again for each order and frees it after it: with all contestants there at once, a million of
//!   each would fill the memory.
//! - With `--quick` a million is a hundred thousand.
//!
//! The limit is a hashed wheel over a slab: a slot for each millisecond of four seconds, and its timers as a list linked both ways (Varghese and Lauck, Hashed and
//! Hierarchical Timing Wheels, 1987, scheme 6). Among others its timer's neighbours are those of the last ones, in the cache: so it costs as little as with few. A runtime
//! cannot be as near, as each of its timers has a waker and a place of its own; where all are cancelled, the limit misses the cache, too.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::runtime::Runtime;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

pub(crate) const SCENARIO: Timer = Timer;

pub(crate) struct Timer;

const AMONG_OTHERS: &str = "set and cancelled, 1,000,000 live";
const CANCELLED: &str = "1,000,000 set, all cancelled";
const FIRED: &str = "1,000,000 set and fired";

/// The variants.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// A timer is set and cancelled, then the next, while others are set.
    AmongOthers,
    /// All are set, then all are cancelled.
    Cancelled,
    /// All are set, and all fire.
    Fired,
}

/// What is ordered.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) shape: Shape,
    /// A million.
    pub(crate) million: u64,
}

impl Job {
    fn of(variant: &str, is_quick: bool) -> Result<Self> {
        let shape = match variant {
            AMONG_OTHERS => Shape::AmongOthers,
            CANCELLED => Shape::Cancelled,
            FIRED => Shape::Fired,
            other => return Err(format!("no variant is called {other}").into()),
        };
        let million = if is_quick { 100_000 } else { 1_000_000 };
        Ok(Self { shape, million })
    }

    /// The delays of its timers.
    pub(crate) fn delays(self) -> Delays {
        let second = 1_000_000;
        let (least, spread) = match self.shape {
            Shape::AmongOthers | Shape::Cancelled => (60 * second, 3540 * second),
            Shape::Fired => (1000, self.million / 2),
        };
        Delays {
            last: 1,
            least,
            spread,
        }
    }
}

/// Delays, always the same ones.
pub(crate) struct Delays {
    last: u64,
    /// The least one, in microseconds, and by how much the longest is more.
    least: u64,
    spread: u64,
}

impl Delays {
    pub(crate) fn next(&mut self) -> Duration {
        // Knuth's multiplier (The Art of Computer Programming, volume 2, 3.3.4); its high bits are the random ones.
        self.last = self
            .last
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Duration::from_micros(self.least + (((self.last >> 32) * self.spread) >> 32))
    }
}

impl Scenario for Timer {
    fn about(&self) -> &'static str {
        "a timer set, cancelled or fired"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[AMONG_OTHERS, CANCELLED, FIRED]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    /// A visit sets up a million timers, which takes the slowest seconds; six rounds are the fewest that bound a median with 95 %.
    fn rounds(&self, asked: usize, quick: bool) -> usize {
        if quick { asked } else { asked.min(6) }
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::CPU, Metric::WALL, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const { &[bar("yibu"), bar("yibu-poll")] }
    }

    /// An order is so many timers among the others, or so many times a million.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let job = Job::of(visit.variant, visit.quick)?;
        let million = job.million;
        let work = match job.shape {
            Shape::AmongOthers => Ordered::any(1000, 1).visit(process, visit, |count| count),
            Shape::Cancelled | Shape::Fired => {
                Ordered::any(1, million).visit(process, visit, |times| times * million)
            }
        }?;
        // Half a microsecond for each; some runtimes count from the start of a millisecond, and one of a turn of the loop.
        let least = Duration::from_nanos(500 * work.operations).mul_f64(0.95);
        if matches!(job.shape, Shape::Fired) && work.elapsed < least {
            return Err(format!("the last timer fired after {:?}", work.elapsed).into());
        }
        Ok(work)
    }

    fn some_work(&self, process: &mut Process, variant: &str, operations: u64) -> Result<u64> {
        let job = Job::of(variant, true)?;
        let (least, each) = match job.shape {
            // Enough to be seen beside what it takes to set the others.
            Shape::AmongOthers => (10 * job.million, 1),
            Shape::Cancelled | Shape::Fired => (1, job.million),
        };
        Ordered::any(least, each).some_work(process, operations)
    }
}

const fn bar(contestant: &'static str) -> Bar {
    Bar {
        contestant,
        variant: AMONG_OTHERS,
        metric: Metric::CPU,
        most: Most::Median(80.0),
    }
}

/// Carries out the orders with a function that does so much of such work.
pub(crate) fn run(orders: Orders, work: fn(Job, u64) -> Done) -> Result<()> {
    let job = Job::of(orders.variant(), orders.is_quick())?;
    orders.run_timed(|count| work(job, count))
}

/// The work on a runtime.
pub(crate) async fn work<R: Runtime>(job: Job, count: u64) -> Done {
    match job.shape {
        Shape::AmongOthers => among_others::<R>(job, count).await,
        Shape::Cancelled => cancelled::<R>(job, count).await,
        Shape::Fired => fired::<R>(job, count).await,
    }
}

/// So many timers are set, or set and cancelled, before the task lets the loop turn once: a program that never does is not what runtimes are made for.
/// (tokio would wake its driver at each timer, since that learns of the earliest deadline only when it turns.)
const PART: usize = 1000;

async fn among_others<R: Runtime>(job: Job, count: u64) -> Done {
    let mut delays = job.delays();
    let mut others = places(job.million);
    let far_away = set_all::<R, _>(&mut others, || R::sleep(delays.next())).await;
    assert_eq!(far_away, job.million, "none is due");
    let mut waiting = 0;
    let began = Stopwatch::start();
    let mut left = count;
    while left > 0 {
        let part = left.min(PART as u64);
        left -= part;
        poll_fn(|cx| {
            for _ in 0..part {
                let timer = pin!(R::sleep(delays.next()));
                waiting += u64::from(timer.poll(cx).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        R::yield_now().await;
    }
    began.done(waiting)
}

async fn cancelled<R: Runtime>(job: Job, times: u64) -> Done {
    let mut delays = job.delays();
    let mut places = places(job.million);
    let mut waiting = 0;
    let began = Stopwatch::start();
    for _ in 0..times {
        waiting += set_all::<R, _>(&mut places, || R::sleep(delays.next())).await;
        for part in places.chunks_mut(PART) {
            part.iter_mut().for_each(|place| place.set(None));
            R::yield_now().await;
        }
    }
    began.done(waiting)
}

async fn fired<R: Runtime>(job: Job, times: u64) -> Done {
    let mut delays = job.delays();
    let mut places = places(job.million);
    let mut fired = 0;
    let began = Stopwatch::start();
    for _ in 0..times {
        // Those that do not wait any more were late when they were set, because this thread was off its core.
        fired += job.million - set_all::<R, _>(&mut places, || R::sleep(delays.next())).await;
        for place in &mut places {
            if let Some(timer) = place.as_mut().as_pin_mut() {
                timer.await;
                place.set(None);
                fired += 1;
            }
        }
    }
    began.done(fired)
}

/// Where a sleep lives.
type Place<S> = Pin<Box<Option<S>>>;

fn places<S>(count: u64) -> Vec<Place<S>> {
    (0..count).map(|_| Box::pin(None)).collect()
}

/// Puts a sleep into each place and polls it for the first time; how many of them wait. A place whose sleep does not is empty.
async fn set_all<R: Runtime, S: Future<Output = ()>>(
    places: &mut [Place<S>],
    mut sleep: impl FnMut() -> S,
) -> u64 {
    let mut waiting = 0;
    for part in places.chunks_mut(PART) {
        poll_fn(|cx| {
            for place in &mut *part {
                place.set(Some(sleep()));
                let sleep = place.as_mut().as_pin_mut().expect("just put there");
                if sleep.poll(cx).is_pending() {
                    waiting += 1;
                } else {
                    place.set(None);
                }
            }
            Poll::Ready(())
        })
        .await;
        R::yield_now().await;
    }
    waiting
}
