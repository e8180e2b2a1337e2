//! papaya: readers wait for nobody, and an update is tried until it succeeds.
#![forbid(unsafe_code)]

use super::scenario::{Map, run};
use crate::contestant::Contestant;
use papaya::HashMap;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("papaya", run::<HashMap<u64, u64>>);

impl Map for HashMap<u64, u64> {
    fn new() -> Self {
        Self::new()
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.pin().get(&key).copied()
    }
    fn insert(&self, key: u64, value: u64) {
        self.pin().insert(key, value);
    }
    fn increment(&self, key: u64) {
        self.pin().update_or_insert(key, |old| old + 1, 1);
    }
}
