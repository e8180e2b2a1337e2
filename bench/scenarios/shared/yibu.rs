//! `yibu::shared::Dict`.
#![forbid(unsafe_code)]

use super::scenario::{Map, run};
use crate::contestant::Contestant;
use yibu::shared::Dict;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", run::<Dict<u64, u64>>);

impl Map for Dict<u64, u64> {
    fn new() -> Self {
        Self::new()
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn increment(&self, key: u64) {
        self.update_with(key, |old| old.map_or(0, |old| old + 1));
    }
}
