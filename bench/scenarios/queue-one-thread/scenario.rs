//! What an item costs without anybody to hand it to: one thread puts one and gets it, and so on, through a queue bounded to 1,024, an unbounded one and one of capacity 1.
//!
//! The forms are those that block, though nothing here ever waits; the items' count and sum are the proof. It is the queue's own work, without wakes and without a
//! second core that pulls at the same cache line.
//!
//! The limit is a bare `VecDeque`. rtrb's ring, which is made for two threads, stands beside it. thingbuf has no unbounded channel.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Orders;
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::queue::{BOUNDED, Flavour, Get, ONE, Put, Tally, UNBOUNDED};
use std::hint::black_box;

pub(crate) const SCENARIO: QueueOneThread = QueueOneThread;

pub(crate) struct QueueOneThread;

const ORDERS: Ordered = Ordered::any(1000, 1);

impl Scenario for QueueOneThread {
    fn about(&self) -> &'static str {
        "an item put and got by one thread"
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

    fn bars(&self) -> &'static [Bar] {
        const { &[bar(BOUNDED), bar(UNBOUNDED), bar(ONE)] }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        ORDERS.visit(process, visit, |items| Tally::of_all(items).proof())
    }

    fn some_work(&self, process: &mut Process, _variant: &str, operations: u64) -> Result<u64> {
        ORDERS.some_work(process, operations)
    }
}

const fn bar(variant: &'static str) -> Bar {
    Bar {
        contestant: "yibu",
        variant,
        metric: Metric::WALL,
        most: Most::BestPeer,
    }
}

/// Carries out the orders with queues that these two make: one with so much room, and an unbounded one.
pub(crate) fn run<P: Put, G: Get, Q: Put, H: Get>(
    orders: Orders,
    bounded: fn(usize) -> (P, G),
    unbounded: fn() -> (Q, H),
) -> Result<()> {
    match Flavour::of(orders.variant())? {
        Flavour::Bounded(_) => run_bounded(orders, bounded),
        Flavour::Unbounded => orders.run(|items| work(unbounded(), items)),
    }
}

/// The same for what has no unbounded queue.
pub(crate) fn run_bounded<P: Put, G: Get>(
    orders: Orders,
    bounded: fn(usize) -> (P, G),
) -> Result<()> {
    match Flavour::of(orders.variant())? {
        Flavour::Bounded(capacity) => orders.run(|items| work(bounded(capacity), items)),
        Flavour::Unbounded => Err("it has no unbounded queue".into()),
    }
}

fn work<P: Put, G: Get>((mut putter, mut getter): (P, G), items: u64) -> u64 {
    let mut sum = 0_u64;
    for item in 0..items {
        putter.put(black_box(item));
        sum = sum.wrapping_add(getter.get());
    }
    Tally { items, sum }.proof()
}
