//! Items that a task hands to another task of the same loop, through a queue bounded to 1,024, an unbounded one and one of capacity 1.
//!
//! One task puts numbers, the other gets as many; their count and sum are the proof. A task that finds no room or no item waits, and the other runs: with room for 1,024 that is
//! a switch or two for 1,024 items, with capacity 1 for every item. A putter that never has to wait would put the whole order first, so where the queue is unbounded it gives way
//! after every 1,024 items.
//!
//! Channels that run anywhere run on yibu's loop, whose switch is the cheapest, so that the channel is compared and not the loop. tokio's is there twice: on yibu's loop, and on
//! tokio's own current-thread runtime, without the budget after which it would be made to give way.
//!
//! The limit is no queue between tasks at all: a `RefCell<VecDeque>` in one loop that puts 1,024 items and gets them, or one with capacity 1. It has no switch, so it is
//! far away with capacity 1, where all others have two for each item; `limit-tasks` has them: two boxed futures polled in turn with a waker that does nothing.
//!
//! thingbuf has no unbounded channel. asyncio and uvloop run the same work with `asyncio.Queue`.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::queue::{
    BOUNDED, Done as _, Flavour, ONE, ROOM, Tally, TaskGet, TaskPut, UNBOUNDED,
};
use crate::kit::runtime::Runtime;
use crate::kit::runtime::yibu::Yibu;
use std::hint::black_box;

pub(crate) const SCENARIO: QueueTwoTasks = QueueTwoTasks;

pub(crate) struct QueueTwoTasks;

const ORDERS: Ordered = Ordered::any(1000, 1);

impl Scenario for QueueTwoTasks {
    fn about(&self) -> &'static str {
        "an item handed from one task of a loop to another"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[BOUNDED, UNBOUNDED, ONE]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    fn takes(&self, contestant: &str, variant: &str) -> bool {
        Flavour::of(variant).is_ok_and(|flavour| flavour.is_had_by(contestant))
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU, Metric::MEMORY]
    }

    /// No limit with capacity 1: the limit does not switch.
    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                bar("yibu", BOUNDED, Most::BestPeer),
                bar("yibu", UNBOUNDED, Most::BestPeer),
                bar("yibu", ONE, Most::BestPeer),
                bar("yibu-local", BOUNDED, Most::OfBestPeer(0.5)),
                bar("yibu-local", UNBOUNDED, Most::OfBestPeer(0.5)),
                bar("yibu-local", ONE, Most::OfBestPeer(0.5)),
                bar("yibu-local", BOUNDED, Most::OfLimit(1.5)),
                bar("yibu-local", UNBOUNDED, Most::OfLimit(1.5)),
            ]
        }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        ORDERS.visit(process, visit, |items| Tally::of_all(items).proof())
    }

    fn some_work(&self, process: &mut Process, _variant: &str, operations: u64) -> Result<u64> {
        ORDERS.some_work(process, operations)
    }
}

const fn bar(contestant: &'static str, variant: &'static str, most: Most) -> Bar {
    Bar {
        contestant,
        variant,
        metric: Metric::WALL,
        most,
    }
}

/// Carries out the orders on yibu's loop, with queues that these two make: one with so much room, and an unbounded one.
pub(crate) fn run<P: TaskPut, G: TaskGet, Q: TaskPut, H: TaskGet>(
    orders: Orders,
    bounded: impl Fn(usize) -> (P, G),
    unbounded: impl Fn() -> (Q, H),
) -> Result<()> {
    match Flavour::of(orders.variant())? {
        Flavour::Bounded(_) => run_bounded(orders, bounded),
        Flavour::Unbounded => {
            orders.run_timed(|items| Yibu::run(work(&unbounded, items, Flavour::Unbounded)))
        }
    }
}

/// The same for what has no unbounded queue.
pub(crate) fn run_bounded<P: TaskPut, G: TaskGet>(
    orders: Orders,
    bounded: impl Fn(usize) -> (P, G),
) -> Result<()> {
    let flavour = Flavour::of(orders.variant())?;
    let Flavour::Bounded(capacity) = flavour else {
        return Err("it has no unbounded queue".into());
    };
    orders.run_timed(|items| Yibu::run(work(|| bounded(capacity), items, flavour)))
}

/// The queue is made on the loop.
async fn work<P: TaskPut, G: TaskGet>(
    queue: impl FnOnce() -> (P, G),
    items: u64,
    flavour: Flavour,
) -> Done {
    let (putter, getter) = queue();
    let watch = Stopwatch::start();
    let putting = yibu::spawn(put_all::<Yibu, _>(putter, items, flavour));
    let getting = yibu::spawn(get_all(getter, items));
    putting.await.expect("it puts to its end");
    watch.done(getting.await.expect("it gets to its end").proof())
}

/// The task that puts.
pub(crate) async fn put_all<R: Runtime, P: TaskPut>(mut putter: P, items: u64, flavour: Flavour) {
    // Not a variable: that would be kept across the awaits, and divided by.
    const LAST: u64 = ROOM as u64 - 1;
    for item in 0..items {
        putter.put(black_box(item)).await.done();
        if flavour == Flavour::Unbounded && item % ROOM as u64 == LAST {
            R::yield_now().await;
        }
    }
}

/// The task that gets.
pub(crate) async fn get_all(mut getter: impl TaskGet, items: u64) -> Tally {
    let mut sum = 0_u64;
    for _ in 0..items {
        sum = sum.wrapping_add(getter.get().await.done());
    }
    Tally { items, sum }
}
