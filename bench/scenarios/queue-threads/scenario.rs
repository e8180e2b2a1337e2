//! Items that threads hand to threads on two cores: one to one, four to one, four to four; each queue bounded to 1,024, unbounded, and of capacity 1.
//!
//! An item is a number. Each putter puts its own range of them, each getter gets its equal share with the form that blocks, and their count and sum are the proof. Time runs from
//! when all threads are ready until all have ended, and so does the CPU time of all of them: who spins, and who sleeps, is seen there. Both are given by item.
//!
//! Every thread is pinned: the first putter to the second core, the first getter to the first, and the following ones to the two cores in turn. Otherwise
//! the scheduler decides, differently from order to order, whether two threads meet on one core, where a hand-over between sleepers takes a tenth of the time and a queue that waits by
//! yielding never leaves. The harness, whose core is the second, sleeps meanwhile.
//!
//! Capacity 1 takes a thousand times longer with those that sleep between two items than with those that spin, so the first order is a small one. An unbounded queue of a
//! putter that is ahead grows; an order is at most 16 million items, and every order has a new queue.
//!
//! The limit, one to one, is rtrb's ring with both threads spinning; where a queue is unbounded it is a ring of 1,024. Not here: std's, tokio's and thingbuf's channels with
//! four getters, since they have one; thingbuf's unbounded, since there is none. concurrent-queue leaves waiting to its user, and burns whatever time it gets.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work, pin};
use crate::kit::queue::{Flavour, Get, Put, Tally, handles};
use std::hint::black_box;
use std::ops::Range;
use std::sync::Barrier;
use std::thread;

pub(crate) const SCENARIO: QueueThreads = QueueThreads;

pub(crate) struct QueueThreads;

/// How many threads there are on either side.
#[derive(Clone, Copy)]
struct Shape {
    putters: u64,
    getters: u64,
}

impl Shape {
    /// A variant's, at the start of its name.
    fn of(variant: &str) -> Result<Self> {
        let (shape, _) = variant.split_once(", ").ok_or("no shape")?;
        let (putters, getters) = match shape {
            "1 to 1" => (1, 1),
            "4 to 1" => (4, 1),
            "4 to 4" => (4, 4),
            other => return Err(format!("no shape is called {other}").into()),
        };
        Ok(Self { putters, getters })
    }

    /// How much may be ordered, as items of each putter.
    fn orders(self) -> Ordered {
        Ordered {
            least: 64,
            most: (16 << 20) / self.putters,
            operations: self.putters,
        }
    }
}

impl Scenario for QueueThreads {
    fn about(&self) -> &'static str {
        "an item handed from thread to thread, blocking, on two cores"
    }

    fn variants(&self) -> &'static [&'static str] {
        &VARIANTS
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-rtrb")
    }

    fn takes(&self, contestant: &str, variant: &str) -> bool {
        let has_shape = match contestant {
            "limit-rtrb" => variant.starts_with("1 to 1"),
            "std-mpsc" | "thingbuf" | "tokio" => !variant.starts_with("4 to 4"),
            _ => true,
        };
        let flavour = Flavour::of(variant);
        has_shape && flavour.is_ok_and(|flavour| flavour.is_had_by(contestant))
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                bar(VARIANTS[0]),
                bar(VARIANTS[1]),
                bar(VARIANTS[2]),
                bar(VARIANTS[3]),
                bar(VARIANTS[4]),
                bar(VARIANTS[5]),
                bar(VARIANTS[6]),
                bar(VARIANTS[7]),
                bar(VARIANTS[8]),
            ]
        }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let shape = Shape::of(visit.variant)?;
        let proof = |each| Tally::of_all(shape.putters * each).proof();
        shape.orders().visit(process, visit, proof)
    }

    fn some_work(&self, process: &mut Process, variant: &str, operations: u64) -> Result<u64> {
        Shape::of(variant)?.orders().some_work(process, operations)
    }
}

const VARIANTS: [&str; 9] = [
    "1 to 1, bounded 1,024",
    "1 to 1, unbounded",
    "1 to 1, capacity 1",
    "4 to 1, bounded 1,024",
    "4 to 1, unbounded",
    "4 to 1, capacity 1",
    "4 to 4, bounded 1,024",
    "4 to 4, unbounded",
    "4 to 4, capacity 1",
];

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
        Flavour::Unbounded => run_all(orders, unbounded),
    }
}

/// The same for what has no unbounded queue.
pub(crate) fn run_bounded<P: Put, G: Get>(
    orders: Orders,
    bounded: fn(usize) -> (P, G),
) -> Result<()> {
    match Flavour::of(orders.variant())? {
        Flavour::Bounded(capacity) => run_all(orders, || bounded(capacity)),
        Flavour::Unbounded => Err("it has no unbounded queue".into()),
    }
}

fn run_all<P: Put, G: Get>(orders: Orders, queue: impl Fn() -> (P, G)) -> Result<()> {
    let shape = Shape::of(orders.variant())?;
    orders.run_timed(|each| work(queue(), shape, each).expect("it takes part in this shape"))
}

/// So many items from each putter.
fn work<P: Put, G: Get>((putter, getter): (P, G), shape: Shape, each: u64) -> Result<Done> {
    let share = shape.putters * each / shape.getters;
    let putters = handles(putter, shape.putters, P::another)?;
    let getters = handles(getter, shape.getters, G::another)?;
    // The watch starts between the two, when all threads are there and none has begun.
    let all = (shape.putters + shape.getters + 1) as usize;
    let (ready, go) = (Barrier::new(all), Barrier::new(all));
    let begin = |core: usize| {
        let pinned = pin(core % 2).expect("there are two cores");
        ready.wait();
        go.wait();
        pinned
    };
    thread::scope(|scope| {
        let begin = &begin;
        let putting: Vec<_> = (0..)
            .zip(putters)
            .map(|(index, putter)| {
                scope.spawn(move || {
                    let _pinned = begin(index + 1);
                    put_all(putter, index as u64 * each..(index as u64 + 1) * each);
                })
            })
            .collect();
        let getting: Vec<_> = (0..)
            .zip(getters)
            .map(|(index, getter)| {
                scope.spawn(move || {
                    let _pinned = begin(index);
                    get_all(getter, share)
                })
            })
            .collect();
        ready.wait();
        let watch = Stopwatch::start();
        go.wait();
        let got = getting.into_iter().map(|getter| getter.join());
        let got: Tally = got.map(|tally| tally.expect("it only gets")).sum();
        for putter in putting {
            putter.join().expect("it only puts");
        }
        Ok(watch.done(got.proof()))
    })
}

fn put_all(mut putter: impl Put, items: Range<u64>) {
    for item in items {
        putter.put(black_box(item));
    }
}

fn get_all(mut getter: impl Get, items: u64) -> Tally {
    let mut sum = 0_u64;
    for _ in 0..items {
        sum = sum.wrapping_add(getter.get());
    }
    Tally { items, sum }
}
