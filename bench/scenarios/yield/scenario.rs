//! What one switch costs: a task that lets the others run, with `yield_now`, and is run again.
//!
//! One task, or 1,000, do nothing else; each gives the number of its switches, and their sum is the proof. The limit is a queue of boxed futures, polled in
//! turn with a waker that does nothing: with wakers that put their task into the queue, as every runtime must have, it would be nearly half as much again.
//!
//! tokio's multi-thread runtime has both cores, the others one. asyncio and uvloop run the same work in Python.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::runtime::Runtime;

pub(crate) const SCENARIO: Yield = Yield;

pub(crate) struct Yield;

const ONE: &str = "1 task";
const MANY: &str = "1,000 tasks";

/// How many tasks take turns.
fn tasks(variant: &str) -> Result<u64> {
    match variant {
        ONE => Ok(1),
        MANY => Ok(1000),
        other => Err(format!("no variant is called {other}").into()),
    }
}

impl Scenario for Yield {
    fn about(&self) -> &'static str {
        "a switch from one task to the next"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[ONE, MANY]
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

    /// An order is the switches of each task.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let tasks = tasks(visit.variant)?;
        Ordered::any(1000 / tasks, tasks).visit(process, visit, |each| tasks * each)
    }

    fn some_work(&self, process: &mut Process, variant: &str, operations: u64) -> Result<u64> {
        Ordered::any(1, tasks(variant)?).some_work(process, operations)
    }
}

const fn bar(contestant: &'static str) -> Bar {
    Bar {
        contestant,
        variant: MANY,
        metric: Metric::CPU,
        most: Most::Median(6.0),
    }
}

/// Carries out the orders with a function that has so many tasks switch so often each.
pub(crate) fn run(orders: Orders, work: fn(u64, u64) -> Done) -> Result<()> {
    let tasks = tasks(orders.variant())?;
    orders.run_timed(|each| work(tasks, each))
}

/// The work on a runtime.
pub(crate) async fn work<R: Runtime>(tasks: u64, each: u64) -> Done {
    let spawn = |_| R::spawn(switch::<R>(each));
    let tasks: Vec<_> = (0..tasks).map(spawn).collect();
    let mut sum = 0;
    let began = Stopwatch::start();
    for task in tasks {
        sum += task.await;
    }
    began.done(sum)
}

async fn switch<R: Runtime>(each: u64) -> u64 {
    for _ in 0..each {
        R::yield_now().await;
    }
    each
}
