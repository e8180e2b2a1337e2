//! Nothing shared: a bare `HashMap` for each thread; the counters are bare atomics.
#![forbid(unsafe_code)]

use super::scenario::{COUNTERS, KEYS, Map, run};
use crate::contestant::Contestant;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", run::<Bare>);

pub(crate) struct Bare {
    counters: [AtomicU64; COUNTERS as usize],
}

thread_local! {
    static MAP: RefCell<HashMap<u64, u64>> = RefCell::new((0..KEYS).map(|key| (key, key)).collect());
}

impl Map for Bare {
    fn new() -> Self {
        let counters = [const { AtomicU64::new(0) }; COUNTERS as usize];
        Self { counters }
    }
    fn get(&self, key: u64) -> Option<u64> {
        MAP.with_borrow(|map| map.get(&key).copied())
    }
    fn insert(&self, key: u64, value: u64) {
        MAP.with_borrow_mut(|map| map.insert(key, value));
    }
    fn increment(&self, key: u64) {
        self.counters[key as usize].fetch_add(1, Relaxed);
    }
    fn counted(&self, key: u64) -> u64 {
        self.counters[key as usize].load(Relaxed)
    }
}
