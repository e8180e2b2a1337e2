//! `RwLock<HashMap>` of the standard library, whose snapshot is a clone made under the lock.
#![forbid(unsafe_code)]

use super::scenario::{Key, Map, Shape, run};
use crate::contestant::Contestant;
use std::collections::HashMap;
use std::sync::RwLock;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| match Shape::of(orders.variant()).has_strings {
        true => run::<String, Locked<String>>(orders),
        false => run::<u64, Locked<u64>>(orders),
    });

type Locked<K> = RwLock<HashMap<K, u64>>;

impl<K: Key> Map<K> for Locked<K> {
    type Snapshot = HashMap<K, u64>;

    fn new() -> Self {
        Self::default()
    }
    fn insert(&self, key: K, value: u64) {
        self.write().expect("nobody panics").insert(key, value);
    }
    fn snapshot(&self) -> Self::Snapshot {
        self.read().expect("nobody panics").clone()
    }
    fn look(snapshot: &Self::Snapshot, key: &K) -> Option<u64> {
        snapshot.get(key).copied()
    }
}
