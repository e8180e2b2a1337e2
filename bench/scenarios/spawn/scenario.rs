//! What it costs to spawn a task and to join it: one after the other, and 10,000 at once.
//!
//! A task does nothing but give a number; the sum of all of them is the proof. The limit is what is left without a runtime: a boxed future, put into a queue and
//! taken out of it, polled with a waker that does nothing, and freed.
//!
//! tokio's multi-thread runtime has both cores, the others one. asyncio and uvloop run the same work in Python.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::runtime::Runtime;
use std::hint::black_box;

pub(crate) const SCENARIO: Spawn = Spawn;

pub(crate) struct Spawn;

/// The variants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A task is spawned and joined, then the next.
    OneByOne,
    /// [`AT_ONCE`] tasks are spawned, then all of them joined.
    AllAtOnce,
}

/// Tasks that are there at once in [`Shape::AllAtOnce`].
pub(crate) const AT_ONCE: u64 = 10_000;

const ONE_BY_ONE: &str = "spawn and join";
const ALL_AT_ONCE: &str = "spawn 10,000, join all";

impl Shape {
    /// What is ordered.
    pub(crate) fn of(variant: &str) -> Result<Self> {
        match variant {
            ONE_BY_ONE => Ok(Self::OneByOne),
            ALL_AT_ONCE => Ok(Self::AllAtOnce),
            other => Err(format!("no variant is called {other}").into()),
        }
    }
}

impl Scenario for Spawn {
    fn about(&self) -> &'static str {
        "a task spawned and joined"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[ONE_BY_ONE, ALL_AT_ONCE]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::CPU, Metric::WALL, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const { &[bar("yibu"), bar("yibu-poll")] }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        match Shape::of(visit.variant)? {
            Shape::OneByOne => Ordered::any(1000, 1).visit(process, visit, sum_below),
            Shape::AllAtOnce => {
                let proof = |times| times * sum_below(AT_ONCE);
                Ordered::any(1, AT_ONCE).visit(process, visit, proof)
            }
        }
    }

    fn some_work(&self, process: &mut Process, variant: &str, operations: u64) -> Result<u64> {
        let each = match Shape::of(variant)? {
            Shape::OneByOne => 1,
            Shape::AllAtOnce => AT_ONCE,
        };
        Ordered::any(1, each).some_work(process, operations)
    }
}

const fn bar(contestant: &'static str) -> Bar {
    Bar {
        contestant,
        variant: ONE_BY_ONE,
        metric: Metric::CPU,
        most: Most::Median(35.0),
    }
}

/// 0 + 1 + … + (`count` - 1).
fn sum_below(count: u64) -> u64 {
    count * (count - 1) / 2
}

/// Carries out the orders with a function that does so much of such work.
pub(crate) fn run(orders: Orders, work: fn(Shape, u64) -> Done) -> Result<()> {
    let shape = Shape::of(orders.variant())?;
    orders.run_timed(|count| work(shape, count))
}

/// The work on a runtime.
pub(crate) async fn work<R: Runtime>(shape: Shape, count: u64) -> Done {
    match shape {
        Shape::OneByOne => one_by_one::<R>(count).await,
        Shape::AllAtOnce => all_at_once::<R>(count).await,
    }
}

async fn one_by_one<R: Runtime>(count: u64) -> Done {
    let mut sum = 0;
    let began = Stopwatch::start();
    for index in 0..count {
        sum += R::spawn(async move { black_box(index) }).await;
    }
    began.done(sum)
}

async fn all_at_once<R: Runtime>(times: u64) -> Done {
    let mut sum = 0;
    let mut tasks = Vec::with_capacity(AT_ONCE as usize);
    let began = Stopwatch::start();
    for _ in 0..times {
        tasks.extend((0..AT_ONCE).map(|index| R::spawn(async move { black_box(index) })));
        for task in tasks.drain(..) {
            sum += task.await;
        }
    }
    began.done(sum)
}
