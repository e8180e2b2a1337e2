//! A dict that threads share: what an operation costs on one thread, and with a second one on another core.
//!
//! 1,000 keys, numbers, looked up in an order that looks random; every value is its key, also when it is written again, and so the sum of what was read is the proof.
//! In the variants of two threads each does as many operations as the other, pinned to a core of its own (the harness only waits meanwhile), and time and CPU are by operations of both.
//! Of the counters there are eight, and their sum is the proof.
//!
//! All hash with the standard library's default (SipHash-1-3 with random keys), as all Rust contestants do by default. What else they offer differs: dashmap and scc
//! give references that lock a shard, papaya's readers wait for nobody; none of the three has a snapshot, and so they are not in `shared-snapshot`.
//! The limit shares nothing: a bare `HashMap` for each thread; and bare atomics as counters. `std` is `RwLock<HashMap>`. CPython's threads take turns at the interpreter's lock, and the counters there take a lock besides.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Metric, Ordered, Process, Scenario, Visit, Work, pin};
use std::thread;

pub(crate) const SCENARIO: Shared = Shared;

pub(crate) struct Shared;

const GET: &str = "get, one thread";
const INSERT: &str = "insert, one thread";
const BESIDE: &str = "one gets, one inserts";
const MIXED: &str = "90 % get, 10 % insert, two threads";
const COUNT: &str = "counters, two threads";

/// How many keys there are.
pub(crate) const KEYS: u64 = 1_000;
/// How many of them are counters.
pub(crate) const COUNTERS: u64 = 8;

/// What is compared: a map of numbers that `KEYS` of them are in.
pub(crate) trait Map: Sync {
    fn new() -> Self;
    fn get(&self, key: u64) -> Option<u64>;
    fn insert(&self, key: u64, value: u64);
    /// Adds one to what is there, and nobody else's is lost.
    fn increment(&self, key: u64);
    /// What a counter has counted.
    fn counted(&self, key: u64) -> u64 {
        self.get(key).unwrap_or(0)
    }
}

impl Scenario for Shared {
    fn about(&self) -> &'static str {
        "a dict that threads share"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[GET, INSERT, BESIDE, MIXED, COUNT]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU]
    }

    /// Whole rounds of the keys, so that the sum is known.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let sum = KEYS * (KEYS - 1) / 2;
        match visit.variant {
            GET => Ordered::any(100, KEYS).visit(process, visit, |rounds| rounds * sum),
            INSERT => Ordered::any(100, KEYS).visit(process, visit, |_| sum),
            BESIDE => Ordered::any(100, 2 * KEYS).visit(process, visit, |rounds| rounds * sum),
            MIXED => Ordered::any(100, 2 * KEYS).visit(process, visit, |rounds| {
                2 * rounds * (sum - sum_of_tenths())
            }),
            COUNT => Ordered::any(100, 2 * KEYS).visit(process, visit, |rounds| 2 * rounds * KEYS),
            other => Err(format!("no variant is called {other}").into()),
        }
    }
}

/// The keys in an order that looks random: 617 and 1,000 have no common divisor.
fn key(index: u64) -> u64 {
    index * 617 % KEYS
}

/// The keys that are inserted where one in ten is.
fn sum_of_tenths() -> u64 {
    (0..KEYS).step_by(10).map(key).sum()
}

/// Carries out the orders on a map of that type.
pub(crate) fn run<M: Map>(orders: Orders) -> Result<()> {
    let variant = orders.variant().to_owned();
    let map = M::new();
    (0..KEYS).for_each(|key| map.insert(key, if variant == COUNT { 0 } else { key }));
    orders.run_timed(|rounds| {
        let began = Stopwatch::start();
        match variant.as_str() {
            GET => began.done(get(&map, rounds)),
            INSERT => {
                insert(&map, rounds);
                began.done(get(&map, 1))
            }
            BESIDE => two(
                &map,
                began,
                |map| insert(map, rounds),
                |map| get(map, rounds),
            ),
            MIXED => two(
                &map,
                began,
                |map| mixed(map, rounds),
                |map| mixed(map, rounds),
            ),
            _ => {
                let count = |map: &M| {
                    (0..rounds * KEYS).for_each(|index| map.increment(index % COUNTERS));
                    0
                };
                let before: u64 = (0..COUNTERS).map(|key| map.counted(key)).sum();
                let done = two(&map, began, count, count);
                let after: u64 = (0..COUNTERS).map(|key| map.counted(key)).sum();
                Done {
                    proof: after - before,
                    ..done
                }
            }
        }
    })
}

/// One on each core; the proof is the sum of theirs.
fn two<M: Map>(
    map: &M,
    began: Stopwatch,
    first: impl FnOnce(&M) -> u64 + Send,
    second: impl FnOnce(&M) -> u64,
) -> Done {
    let proof = thread::scope(|scope| {
        let first = scope.spawn(|| {
            let _pinned = pin(1).expect("there is a second core");
            first(map)
        });
        second(map) + first.join().expect("it does not panic")
    });
    began.done(proof)
}

fn get<M: Map>(map: &M, rounds: u64) -> u64 {
    (0..rounds * KEYS)
        .filter_map(|index| map.get(key(index)))
        .sum()
}

fn insert<M: Map>(map: &M, rounds: u64) -> u64 {
    (0..rounds * KEYS).for_each(|index| map.insert(key(index), key(index)));
    0
}

fn mixed<M: Map>(map: &M, rounds: u64) -> u64 {
    let mut sum = 0;
    for index in 0..rounds * KEYS {
        if index % 10 == 0 {
            map.insert(key(index), key(index));
        } else {
            sum += map.get(key(index)).unwrap_or(0);
        }
    }
    sum
}
