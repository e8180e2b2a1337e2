//! dashmap: a table of locked shards.
#![forbid(unsafe_code)]

use super::scenario::{Map, run};
use crate::contestant::Contestant;
use dashmap::DashMap;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("dashmap", run::<DashMap<u64, u64>>);

impl Map for DashMap<u64, u64> {
    fn new() -> Self {
        Self::new()
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|value| *value)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn increment(&self, key: u64) {
        *self.entry(key).or_insert(0) += 1;
    }
}
