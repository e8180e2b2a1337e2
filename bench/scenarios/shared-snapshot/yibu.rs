//! `yibu::shared::Dict`.
#![forbid(unsafe_code)]

use super::scenario::{Key, Map, Shape, run};
use crate::contestant::Contestant;
use yibu::shared::{Dict, DictSnapshot};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    match Shape::of(orders.variant()).has_strings {
        true => run::<String, Dict<String, u64>>(orders),
        false => run::<u64, Dict<u64, u64>>(orders),
    }
});

impl<K: Key> Map<K> for Dict<K, u64> {
    type Snapshot = DictSnapshot<K, u64>;

    fn new() -> Self {
        Self::new()
    }
    fn insert(&self, key: K, value: u64) {
        self.insert(key, value);
    }
    fn snapshot(&self) -> Self::Snapshot {
        self.snapshot()
    }
    fn look(snapshot: &Self::Snapshot, key: &K) -> Option<u64> {
        snapshot.get(key).copied()
    }
}
