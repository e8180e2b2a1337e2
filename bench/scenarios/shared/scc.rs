//! scc's `HashMap`: a lock for each bucket.
#![forbid(unsafe_code)]

use super::scenario::{Map, run};
use crate::contestant::Contestant;
use scc::HashMap;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("scc", run::<HashMap<u64, u64>>);

impl Map for HashMap<u64, u64> {
    fn new() -> Self {
        Self::new()
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.read_sync(&key, |_, value| *value)
    }
    fn insert(&self, key: u64, value: u64) {
        self.upsert_sync(key, value);
    }
    fn increment(&self, key: u64) {
        *self.entry_sync(key).or_insert(0).get_mut() += 1;
    }
}
