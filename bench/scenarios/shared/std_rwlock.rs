//! `RwLock<HashMap>` of the standard library.
#![forbid(unsafe_code)]

use super::scenario::{Map, run};
use crate::contestant::Contestant;
use std::collections::HashMap;
use std::sync::RwLock;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", run::<Locked>);

type Locked = RwLock<HashMap<u64, u64>>;

impl Map for Locked {
    fn new() -> Self {
        Self::default()
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.read().expect("nobody panics").get(&key).copied()
    }
    fn insert(&self, key: u64, value: u64) {
        self.write().expect("nobody panics").insert(key, value);
    }
    fn increment(&self, key: u64) {
        *self.write().expect("nobody panics").entry(key).or_insert(0) += 1;
    }
}
