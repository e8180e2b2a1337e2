//! What waiting costs: the CPU time of one `get` that blocks for 10 s on an empty queue, in each flavour, of a thread and of a task.
//!
//! The CPU time is the whole process's, from before the getter asks until it has what came: how it falls asleep, whatever it does meanwhile, the sleep of the thread
//! that will put, and the wake. It is given for the visit and for a second of it; a visit is 1 s with `--quick`, and nothing is extrapolated from it. What was got,
//! and that it did not come before its time, is verified. There are few rounds.
//!
//! In the task's variant a task of yibu's loop waits in `get`, and another sleeps and then puts; tokio's is on tokio's loop, asyncio's and uvloop's on theirs.
//!
//! The limit is a thread that is parked. Not here: concurrent-queue and rtrb, which have no way to wait and so burn a core; std's `mpsc` and others have no queue that is
//! last in first out or ordered, Python has. thingbuf's has neither an unbounded channel nor one without room; nor have async-channel and tokio.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Process, Scenario, Visit, Work};
use crate::kit::queue::{Done as _, Get, Put, ROOM, TaskGet, TaskPut};
use crate::kit::runtime::Runtime;
use crate::kit::runtime::yibu::Yibu;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

pub(crate) const SCENARIO: QueueIdle = QueueIdle;

pub(crate) struct QueueIdle;

pub(crate) const FIFO: &str = "thread, fifo";
pub(crate) const UNBOUNDED: &str = "thread, unbounded";
pub(crate) const LIFO: &str = "thread, lifo";
pub(crate) const PRIORITY: &str = "thread, priority";
pub(crate) const RENDEZVOUS: &str = "thread, rendezvous";
pub(crate) const TASK: &str = "task, fifo";

const VARIANTS: [&str; 6] = [FIFO, UNBOUNDED, LIFO, PRIORITY, RENDEZVOUS, TASK];

const VISIT: Metric = Metric::lower("cpu a visit", "ms", "CPU time of all threads for one get");
const SECOND: Metric = Metric::lower("cpu a second", "ms/s", "the same for a second of waiting");
const WAITED: Metric = Metric::lower("waited", "s", "how long the get was blocked");

impl Scenario for QueueIdle {
    fn about(&self) -> &'static str {
        "CPU time of a get that is blocked for 10 s"
    }

    fn variants(&self) -> &'static [&'static str] {
        &VARIANTS
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-park")
    }

    fn takes(&self, contestant: &str, variant: &str) -> bool {
        let all: &[&str] = match contestant {
            "yibu" => &VARIANTS,
            "yibu-local" | "asyncio" | "uvloop" => &[TASK],
            "limit-park" => &VARIANTS[..5],
            "python-queue" => &[FIFO, UNBOUNDED, LIFO, PRIORITY],
            "crossbeam-channel" | "std-mpsc" => &[FIFO, UNBOUNDED, RENDEZVOUS],
            "flume" | "kanal" => &[FIFO, UNBOUNDED, RENDEZVOUS, TASK],
            "async-channel" | "tokio" => &[FIFO, UNBOUNDED, TASK],
            _ => &[FIFO, TASK],
        };
        all.contains(&variant)
    }

    fn metrics(&self) -> &'static [Metric] {
        &[VISIT, SECOND, WAITED]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                bar("yibu", FIFO),
                bar("yibu", UNBOUNDED),
                bar("yibu", LIFO),
                bar("yibu", PRIORITY),
                bar("yibu", RENDEZVOUS),
                bar("yibu", TASK),
                bar("yibu-local", TASK),
            ]
        }
    }

    fn rounds(&self, asked: usize, quick: bool) -> usize {
        asked.min(if quick { 2 } else { 3 })
    }

    /// An order is the milliseconds that the get is blocked.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let millis = if visit.quick { 1_000 } else { 10_000 };
        // The first wait of a process makes what later ones find.
        if process.batch.replace(millis).is_none() {
            process.order(10)?;
        }
        process.begin()?;
        let done = process.order(millis)?;
        process.end()?;
        if done.proof != millis {
            return Err(format!("it got {} and not {millis}", done.proof).into());
        }
        let waited = done.wall.as_secs_f64();
        if waited < millis as f64 / 1000.0 {
            return Err(format!("it waited for {waited:.3} s only").into());
        }
        let cpu = done.cpu.as_secs_f64() * 1000.0;
        Ok(Work {
            own: vec![
                (VISIT.name, cpu),
                (SECOND.name, cpu / waited),
                (WAITED.name, waited),
            ],
            ..Work::new(1, done.wall)
        })
    }
}

const fn bar(contestant: &'static str, variant: &'static str) -> Bar {
    Bar {
        contestant,
        variant,
        metric: VISIT,
        most: Most::Median(3.0),
    }
}

/// Carries out the orders of threads with queues that these two make: one with so much room, and an unbounded one.
#[cfg(feature = "peers-queue")]
pub(crate) fn run<P: Put, G: Get, Q: Put, H: Get>(
    orders: Orders,
    bounded: fn(usize) -> (P, G),
    unbounded: fn() -> (Q, H),
) -> Result<()> {
    match orders.variant() {
        FIFO => run_thread(orders, || bounded(ROOM)),
        RENDEZVOUS => run_thread(orders, || bounded(0)),
        UNBOUNDED => run_thread(orders, unbounded),
        other => Err(format!("it has no {other}").into()),
    }
}

/// Carries out the orders with a thread that waits in `get`.
pub(crate) fn run_thread<P: Put, G: Get>(orders: Orders, queue: impl Fn() -> (P, G)) -> Result<()> {
    orders.run_timed(|millis| {
        let (mut putter, mut getter) = queue();
        let ready = Barrier::new(2);
        thread::scope(|scope| {
            let go = &ready;
            let getting = scope.spawn(move || {
                go.wait();
                getter.get()
            });
            let watch = Stopwatch::start();
            ready.wait();
            thread::sleep(Duration::from_millis(millis));
            putter.put(millis);
            watch.done(getting.join().expect("it only gets"))
        })
    })
}

/// Carries out the orders with a task of yibu's loop that waits in `get`.
pub(crate) fn run_task<P: TaskPut, G: TaskGet>(
    orders: Orders,
    bounded: impl Fn(usize) -> (P, G),
) -> Result<()> {
    orders.run_timed(|millis| {
        Yibu::run(async {
            let (mut putter, mut getter) = bounded(ROOM);
            let watch = Stopwatch::start();
            let getting = yibu::spawn(async move { getter.get().await.done() });
            Yibu::sleep(Duration::from_millis(millis)).await;
            putter.put(millis).await.done();
            watch.done(getting.await.expect("it only gets"))
        })
    })
}
