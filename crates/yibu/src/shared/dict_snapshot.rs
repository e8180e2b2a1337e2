//! A dict of one's own: a [`Dict`](super::Dict) as it was at one moment.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::collections::hash_map::{HashMap, RandomState};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::Index;

use super::place::{Replaced, remove};
use super::shards::Shards;

/// A [`Dict`](super::Dict) as it was at one moment, and from then on the holder's own: nobody else changes it, and what the holder changes, nobody else sees.
///
/// Taking one and cloning one is O(1). It shares memory with the dict; whoever of the two changes something first copies what it touches. It is
/// `Send` and `Sync` where keys and values are. Order: see [`Dict`](super::Dict).
///
/// ```
/// let dict = yibu::shared::Dict::from([("a", 1), ("b", 2)]);
/// let before = dict.snapshot();
/// dict.insert("a", 10);
/// assert_eq!(before["a"], 1);
/// assert_eq!(before.values().sum::<i32>(), 3);
/// ```
pub struct DictSnapshot<K, V, S = RandomState> {
    pub(super) shards: Shards<K, V, S>,
}

impl<K, V, S> DictSnapshot<K, V, S> {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.tables().flatten()
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> DictSnapshot<K, V, S> {
    /// The value of a key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.shards.table(key).get(key)
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }
}

/// What changes only this one: for the closure of [`Dict::with_mut`](super::Dict::with_mut), above all.
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> DictSnapshot<K, V, S> {
    /// The value of a key, to change it.
    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (table, _) = self.shards.place(key, &mut Replaced::new());
        table.get_mut(key)
    }

    /// Puts a value under a key, and returns the one that was there. The key that is there stays.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let old = self.shards.insert(key, value, &mut Replaced::new());
        old.map(|(_, old)| old)
    }

    /// Takes an entry out, and returns its value.
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.shards.place(key, &mut Replaced::new());
        remove(place, key).map(|(_, value)| value)
    }

    /// Takes any entry out.
    pub fn popitem(&mut self) -> Option<(K, V)> {
        self.shards.pop(&mut Replaced::new())
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.shards
            .extract(keep, &mut Vec::new(), &mut Replaced::new());
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        self.shards = Shards::empty(self.shards.hasher().clone());
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Extend<(K, V)>
    for DictSnapshot<K, V, S>
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

/// A clone has the same entries and is O(1).
impl<K, V, S> Clone for DictSnapshot<K, V, S> {
    fn clone(&self) -> Self {
        DictSnapshot {
            shards: self.shards.clone(),
        }
    }
}

/// Equal are those with the same entries, in whatever order.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher, Z: BuildHasher> PartialEq<DictSnapshot<K, V, Z>>
    for DictSnapshot<K, V, S>
{
    fn eq(&self, other: &DictSnapshot<K, V, Z>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for DictSnapshot<K, V, S> {}

impl<K: Eq + Hash, V: PartialEq, S: BuildHasher, Z: BuildHasher> PartialEq<HashMap<K, V, Z>>
    for DictSnapshot<K, V, S>
{
    fn eq(&self, other: &HashMap<K, V, Z>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for DictSnapshot<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// `snapshot[&key]`.
///
/// # Panics
///
/// If the key is not there: [`get`](DictSnapshot::get) asks.
impl<K: Eq + Hash + Borrow<Q>, V, S: BuildHasher, Q: Eq + Hash + ?Sized> Index<&Q>
    for DictSnapshot<K, V, S>
{
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the dict")
    }
}

/// Clones of the entries.
impl<K: Clone, V: Clone, S> IntoIterator for DictSnapshot<K, V, S> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        let clones = self.iter().map(|(key, value)| (key.clone(), value.clone()));
        clones.collect::<Vec<_>>().into_iter()
    }
}
