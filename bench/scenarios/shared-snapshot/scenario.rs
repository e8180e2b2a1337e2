//! A dict of which snapshots are taken: what a write costs when after every so many writes a snapshot is taken and read once.
//!
//! *kept*: the snapshot is kept until the next is taken, as by somebody who always works with the last one; so the writes between find their data shared. *dropped*: it is
//! dropped once it was read.
//!
//! One thread, keys that look random, every key there from the start: numbers, the best case for copying, or strings of some 24 letters. Every value is its key's number, so
//! the sum of what was read is the proof. Both hash with the standard library's default.
//!
//! What is called the limit is what is to be beaten: `RwLock<HashMap>`, cloned under the lock. Not here: dashmap, scc and papaya, which have no snapshot: what one collects by
//! iterating over them mixes moments.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use std::hash::Hash;

pub(crate) const SCENARIO: SharedSnapshot = SharedSnapshot;

pub(crate) struct SharedSnapshot;

const VARIANTS: &[&str] = &[
    "1,000 numbers, every write, kept",
    "1,000 numbers, every 10 writes, kept",
    "1,000 numbers, every 100 writes, kept",
    "1,000 strings, every write, kept",
    "1,000 strings, every 10 writes, kept",
    "1,000 strings, every 100 writes, kept",
    "100,000 numbers, every write, kept",
    "100,000 numbers, every 10 writes, kept",
    "100,000 numbers, every 100 writes, kept",
    "100,000 strings, every write, kept",
    "100,000 strings, every 10 writes, kept",
    "100,000 strings, every 100 writes, kept",
    "1,000 numbers, every 10 writes, dropped",
    "100,000 strings, every 10 writes, dropped",
];

/// Writes in an order of one.
const WRITES: u64 = 100;

/// A map of numbers, of which snapshots are taken.
pub(crate) trait Map<K> {
    type Snapshot;
    fn new() -> Self;
    fn insert(&self, key: K, value: u64);
    fn snapshot(&self) -> Self::Snapshot;
    fn look(snapshot: &Self::Snapshot, key: &K) -> Option<u64>;
}

pub(crate) trait Key: Hash + Eq + Clone {
    fn of(number: u64) -> Self;
}

impl Key for u64 {
    fn of(number: u64) -> Self {
        number
    }
}

impl Key for String {
    fn of(number: u64) -> Self {
        format!("the number of the key {number}")
    }
}

/// What a variant's name says.
pub(crate) struct Shape {
    pub(crate) keys: u64,
    pub(crate) has_strings: bool,
    every: u64,
    is_kept: bool,
}

impl Shape {
    pub(crate) fn of(variant: &str) -> Self {
        let every = match variant {
            text if text.contains("every 100") => 100,
            text if text.contains("every 10") => 10,
            _ => 1,
        };
        Self {
            keys: if variant.starts_with("100,") {
                100_000
            } else {
                1_000
            },
            has_strings: variant.contains("strings"),
            every,
            is_kept: variant.ends_with("kept"),
        }
    }

    /// The number of a write's key; any 100 in a row are different, and are as many as there are keys.
    fn number(&self, write: u64) -> u64 {
        write * 61_803 % self.keys
    }
}

impl Scenario for SharedSnapshot {
    fn about(&self) -> &'static str {
        "writes to a dict of which snapshots are taken"
    }

    fn variants(&self) -> &'static [&'static str] {
        VARIANTS
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-clone")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const BARS: [Bar; VARIANTS.len()] = {
            let mut bars = [bar(""); VARIANTS.len()];
            let mut index = 0;
            while index < VARIANTS.len() {
                bars[index] = bar(VARIANTS[index]);
                index += 1;
            }
            bars
        };
        &BARS
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let shape = Shape::of(visit.variant);
        Ordered::any(1, WRITES).visit(process, visit, |count| {
            let reads = (0..count * WRITES).step_by(shape.every as usize);
            reads.map(|write| shape.number(write)).sum()
        })
    }
}

const fn bar(variant: &'static str) -> Bar {
    Bar {
        contestant: "yibu",
        variant,
        metric: Metric::WALL,
        most: Most::OfLimit(1.0),
    }
}

/// Carries out the orders.
pub(crate) fn run<K: Key, M: Map<K>>(orders: Orders) -> Result<()> {
    let shape = Shape::of(orders.variant());
    let keys: Vec<K> = (0..shape.keys).map(K::of).collect();
    let map = M::new();
    for (number, key) in keys.iter().enumerate() {
        map.insert(key.clone(), number as u64);
    }
    orders.run_timed(|count| {
        let mut sum = 0;
        let mut last = None;
        let began = Stopwatch::start();
        for write in 0..count * WRITES {
            let number = shape.number(write);
            let key = &keys[number as usize];
            map.insert(key.clone(), number);
            if write % shape.every == 0 {
                let snapshot = map.snapshot();
                sum += M::look(&snapshot, key).unwrap_or(0);
                last = shape.is_kept.then_some(snapshot);
            }
        }
        drop(last);
        began.done(sum)
    })
}
