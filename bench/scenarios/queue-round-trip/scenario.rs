//! A number there and back: two threads on two cores, and a queue in either direction, of capacity 1,024 and 1.
//!
//! One item is on its way at any time, so each of the two threads has to wait for the other at every step: what is measured is how soon a thread that waits in `get`
//! notices. The thread of the first core sends numbers, which the one of the second sends back; their count and sum are the proof. Both threads are pinned to
//! their cores, for on one core the same takes a tenth of the time. CPU time is that of both.
//!
//! The limit is a pair of rtrb's rings on which both threads spin: whoever sleeps pays for a core's waking. concurrent-queue leaves waiting to its user, and burns both cores.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work, pin};
use crate::kit::queue::{BOUNDED, Flavour, Get, ONE, Put, Tally};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

pub(crate) const SCENARIO: QueueRoundTrip = QueueRoundTrip;

pub(crate) struct QueueRoundTrip;

const ORDERS: Ordered = Ordered::any(64, 1);

impl Scenario for QueueRoundTrip {
    fn about(&self) -> &'static str {
        "an item sent to another thread and back through two queues"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[BOUNDED, ONE]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-rtrb")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const { &[bar(BOUNDED), bar(ONE)] }
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

/// Carries out the orders with queues that this makes.
pub(crate) fn run<P: Put, G: Get>(orders: Orders, bounded: fn(usize) -> (P, G)) -> Result<()> {
    let Flavour::Bounded(capacity) = Flavour::of(orders.variant())? else {
        return Err("both queues are bounded here".into());
    };
    orders.run_timed(|items| work(bounded(capacity), bounded(capacity), items))
}

fn work<P: Put, G: Get>(there: (P, G), back: (P, G), items: u64) -> Done {
    let ((mut there, arrived), (sent_back, mut back)) = (there, back);
    let _pinned = pin(0).expect("there is a first core");
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        // Its ends are moved to its own stack: a line that both threads write to would cost more than a queue.
        let (go, ends) = (&ready, (arrived, sent_back));
        let other = scope.spawn(move || {
            let (mut arrived, mut sent_back) = ends;
            let _pinned = pin(1).expect("there is a second core");
            go.wait();
            for _ in 0..items {
                sent_back.put(arrived.get());
            }
        });
        ready.wait();
        let watch = Stopwatch::start();
        let mut sum = 0_u64;
        for item in 0..items {
            there.put(black_box(item));
            sum = sum.wrapping_add(back.get());
        }
        other.join().expect("it only sends back");
        watch.done(Tally { items, sum }.proof())
    })
}
