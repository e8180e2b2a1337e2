//! A hash table that is cheap to copy: the entries in shards that copies have in common, each a plain `HashMap`, found through a persistent vector.
//!
//! ```text
//!   Table ──> vector of shards   0 ──> { … }   1 ──> { … }   2 ──> { … }
//!
//!   a copy of a table copies the vector's head: O(1)
//!   a change copies what it touches and others have, too: the way through the vector and one shard
//! ```
//!
//! It grows as in linear hashing (W. Litwin, "Linear hashing: a new tool for file and table addressing", 1980): one shard is split at a time,
//! in order, so no insertion pays for all the entries.
//!
//! Hashes are given and kept, never computed here. So no code of the user's runs but comparison (`Eq`), always before anything is changed, and `Clone`
//! where a shard is copied.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use imbl::Vector;

use super::hashed::{BuildGiven, Hashed, Lookup, Sought, moving};

/// How many entries a shard has on average, at most: what a change after a copy copies. Chosen by measurement.
const SHARD: usize = 128;

pub(super) type Shard<K, V> = HashMap<Hashed<K>, V, BuildGiven>;

pub(super) struct Table<K, V> {
    /// At least one.
    shards: Vector<Arc<Shard<K, V>>>,
    len: usize,
}

impl<K, V> Table<K, V> {
    pub(super) fn new() -> Self {
        Table {
            shards: Vector::unit(Arc::default()),
            len: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Where the shard of a hash is.
    #[inline]
    pub(super) fn index(&self, hash: u64) -> usize {
        let shards = self.shards.len();
        if shards == 1 {
            return 0;
        }
        // The shard's own table takes the lowest and the highest bits; these depend on all.
        let mixed = (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize;
        let half = 1 << shards.ilog2();
        let index = mixed & (2 * half - 1);
        if index < shards {
            index
        } else {
            index & (half - 1)
        }
    }

    #[inline]
    pub(super) fn shard(&self, index: usize) -> &Arc<Shard<K, V>> {
        &self.shards[index]
    }

    pub(super) fn shards(&self) -> impl Iterator<Item = &Shard<K, V>> {
        self.shards.iter().map(|shard| &**shard)
    }

    /// Whether nobody else has the shard.
    #[inline]
    pub(super) fn is_own(&mut self, index: usize) -> bool {
        Arc::get_mut(&mut self.shards[index]).is_some()
    }

    /// Puts a copy of the shard in its place, and gives the shard back.
    pub(super) fn replace(&mut self, index: usize, copy: Arc<Shard<K, V>>) -> Arc<Shard<K, V>> {
        mem::replace(&mut self.shards[index], copy)
    }

    /// The shard that has to be split before another entry is added.
    #[inline]
    pub(super) fn to_split(&self) -> Option<usize> {
        let shards = self.shards.len();
        (self.len >= shards * SHARD).then(|| shards - (1 << shards.ilog2()))
    }

    /// The last shard that has entries, once the empty ones behind it are gone: their hashes belong to others then.
    pub(super) fn last_with_entries(&mut self) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        while self.shards.last().is_some_and(|shard| shard.is_empty()) {
            self.shards.pop_back();
        }
        Some(self.shards.len() - 1)
    }
}

impl<K: Eq, V> Table<K, V> {
    #[inline]
    pub(super) fn find<Q: Eq + ?Sized>(&self, hash: u64, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        find(self.shard(self.index(hash)), hash, key)
    }
}

/// The entry of a key in its shard.
#[inline]
pub(super) fn find<'a, K: Eq + Borrow<Q>, V, Q: Eq + ?Sized>(
    shard: &'a Shard<K, V>,
    hash: u64,
    key: &Q,
) -> Option<(&'a K, &'a V)> {
    let sought: &dyn Lookup<Q> = &Sought { hash, key };
    let (found, value) = shard.get_key_value(sought)?;
    Some((&found.key, value))
}

/// Puts a new entry into its shard, or its value in the place of the old one; whether there is an entry more.
#[inline]
fn put<K: Eq, V>(shard: &mut Shard<K, V>, hash: u64, new: &mut Option<(K, V)>) -> bool {
    let Some((key, value)) = new else {
        return false;
    };
    let sought: &dyn Lookup<K> = &Sought { hash, key };
    if let Some(old) = shard.get_mut(sought) {
        mem::swap(old, value);
        return false;
    }
    if let Some((key, value)) = new.take() {
        moving(|| shard.insert(Hashed { hash, key }, value));
    }
    true
}

/// Each copies the shard that it changes, unless it is its own.
impl<K: Eq + Clone, V: Clone> Table<K, V> {
    #[inline]
    pub(super) fn find_mut<Q: Eq + ?Sized>(&mut self, hash: u64, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let index = self.index(hash);
        let sought: &dyn Lookup<Q> = &Sought { hash, key };
        Arc::make_mut(&mut self.shards[index]).get_mut(sought)
    }

    /// Takes what is new, and leaves in its place what it replaced (the new key, and the old value), or nothing. The table is to be split before.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, new: &mut Option<(K, V)>) {
        let index = self.index(hash);
        let shard = Arc::make_mut(&mut self.shards[index]);
        self.len += usize::from(put(shard, hash, new));
    }

    /// [`insert`](Self::insert), if the shard is its own; whether it is.
    #[inline]
    pub(super) fn insert_own(&mut self, hash: u64, new: &mut Option<(K, V)>) -> bool {
        let index = self.index(hash);
        let Some(shard) = Arc::get_mut(&mut self.shards[index]) else {
            return false;
        };
        self.len += usize::from(put(shard, hash, new));
        true
    }

    #[inline]
    pub(super) fn remove<Q: Eq + ?Sized>(&mut self, hash: u64, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        let index = self.index(hash);
        let sought: &dyn Lookup<Q> = &Sought { hash, key };
        let (found, value) = Arc::make_mut(&mut self.shards[index]).remove_entry(sought)?;
        self.len -= 1;
        Some((found.key, value))
    }

    /// Takes any entry out of the last shard that has one.
    pub(super) fn pop(&mut self) -> Option<(K, V)> {
        let last = self.last_with_entries()?;
        let shard = Arc::make_mut(&mut self.shards[last]);
        let (found, value) = shard.extract_if(|_, _| true).next()?;
        self.len -= 1;
        Some((found.key, value))
    }

    /// Splits the shard that is [`to_split`](Self::to_split).
    pub(super) fn split(&mut self, index: usize) {
        let old = mem::take(Arc::make_mut(&mut self.shards[index]));
        let new = self.shards.len();
        // From now on the index of a hash may be the new one.
        self.shards.push_back(Arc::default());
        let (mut stay, mut go) = (Shard::default(), Shard::default());
        moving(|| {
            for (key, value) in old {
                let to = if self.index(key.hash) == new {
                    &mut go
                } else {
                    &mut stay
                };
                to.insert(key, value);
            }
        });
        self.shards[index] = Arc::new(stay);
        self.shards[new] = Arc::new(go);
    }

    /// Moves out the entries that are not to be kept.
    pub(super) fn extract(
        &mut self,
        mut keep: impl FnMut(&K, &mut V) -> bool,
        removed: &mut Vec<(K, V)>,
    ) {
        for index in 0..self.shards.len() {
            let shard = Arc::make_mut(&mut self.shards[index]);
            for (found, value) in shard.extract_if(|found, value| !keep(&found.key, value)) {
                self.len -= 1;
                removed.push((found.key, value));
            }
        }
    }
}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Table {
            shards: self.shards.clone(),
            len: self.len,
        }
    }
}
