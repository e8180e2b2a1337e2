//! A dict that threads and tasks share.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::sync::Arc;

use super::dict_snapshot::DictSnapshot;
use super::lock::{Guard, Lock};
use super::place::{Replaced, insert, remove};
use super::table::Table;

/// A dict that threads and tasks share: every operation is atomic with regard to every other.
///
/// A clone is another handle to the same dict; a copy is `dict.snapshot()`, or a dict of its own `Dict::from_iter(&dict)`. Use it where several threads
/// look up and change entries, and none of them owns the data. [The module](super) says what is atomic, what is not, and what each operation costs.
///
/// **Order.** Entries have none: unlike Python's `dict`, this one does not remember in which order they were inserted. A snapshot has the same
/// order every time it is looked through.
///
/// Values come out as clones: where those are dear, keep `Arc`s. A change also clones keys and values when a snapshot still has what is changed: 32 KiB of plain data at a time,
/// and of what has a destructor some ten entries.
///
/// # Panics
///
/// Every operation panics if it is called by what this very dict is running: by a closure, or by `Eq`, `Hash` or `Clone` of its keys and values. It would wait for itself.
///
/// ```
/// use yibu::shared::Dict;
///
/// let hits = Dict::new();
/// std::thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| {
///             for _ in 0..100 {
///                 hits.update_with("/", |old| old.copied().unwrap_or(0) + 1);
///             }
///         });
///     }
/// });
/// assert_eq!(hits.get("/"), Some(200));
/// ```
pub struct Dict<K, V, S = RandomState> {
    table: Arc<Lock<Table<K, V, S>>>,
}

impl<K, V> Dict<K, V> {
    /// An empty dict.
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<K, V, S> Dict<K, V, S> {
    /// An empty dict whose keys are hashed in another way: by default as by the standard library's `HashMap`, which nobody can attack with chosen keys.
    pub fn with_hasher(hasher: S) -> Self {
        Dict {
            table: Arc::new(Lock::new(Table::new(hasher))),
        }
    }

    #[inline]
    pub(super) fn lock(&self) -> Guard<'_, Table<K, V, S>> {
        self.table.lock()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Clone, V: Clone, S: Clone> Dict<K, V, S> {
    /// The dict as it is now, for whoever wants to look at more than one entry of the same moment, or through all of them. O(1).
    ///
    /// While it lives, the first change to each part of the dict copies that part, and its holder keeps the memory of what was removed.
    pub fn snapshot(&self) -> DictSnapshot<K, V, S> {
        DictSnapshot {
            shards: self.lock().share(),
        }
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Dict<K, V, S> {
    /// A clone of a key's value.
    ///
    /// ```
    /// let ages = yibu::shared::Dict::from([("Ada".to_owned(), 36)]);
    /// assert_eq!(ages.get("Ada"), Some(36));
    /// assert_eq!(ages.get("Bob"), None);
    /// ```
    #[inline]
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        V: Clone,
    {
        self.lock().table(key).get(key).cloned()
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.lock().table(key).contains_key(key)
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Dict<K, V, S> {
    /// Puts a value under a key, and returns the one that was there. The key that is there stays.
    ///
    /// For a value that depends on the old one, [`update_with`](Self::update_with): between a `get` and an `insert` another thread may change it.
    // Its usual case is short, and stores little before the lock: as a call of its own it takes 7 % longer.
    #[inline(always)]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut table = self.lock();
        let Some(place) = table.quick() else {
            return insert_elsewhere(table, key, value);
        };
        let old = insert(place, key, value);
        drop(table);
        old.map(|(_, old)| old)
    }

    /// Takes an entry out, and returns its value: Python's `pop(key, None)`.
    pub fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        // Before the lock, so that it is dropped after it; and so elsewhere.
        let mut replaced = Replaced::new();
        let mut table = self.lock();
        let removed = remove(table.place(key, &mut replaced), key);
        drop(table);
        removed.map(|(_, value)| value)
    }

    /// Takes any entry out. Python's takes the last one, and there is none here.
    pub fn popitem(&self) -> Option<(K, V)> {
        let mut replaced = Replaced::new();
        self.lock().pop(&mut replaced)
    }

    /// Takes all entries out. Their destructors run in this call.
    pub fn clear(&self) {
        let mut table = self.lock();
        let empty = Table::new(table.hasher().clone());
        let old = mem::replace(&mut *table, empty);
        drop(table);
        drop(old);
    }

    /// Puts all of these entries in, at once for everybody else: from another dict, a snapshot, a map or any iterator, which is exhausted first.
    ///
    /// ```
    /// use yibu::shared::Dict;
    ///
    /// let (settings, defaults) = (Dict::from([("port", 80)]), Dict::from([("port", 0), ("threads", 2)]));
    /// let merged = Dict::from_iter(&defaults);
    /// merged.update(&settings);
    /// assert_eq!(merged.snapshot(), Dict::from([("port", 80), ("threads", 2)]).snapshot());
    /// ```
    pub fn update(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let entries: Vec<_> = entries.into_iter().collect();
        let (mut replaced, mut old) = (Replaced::new(), Vec::new());
        self.with_mut(|dict| {
            for (key, value) in entries {
                old.extend(dict.shards.insert(key, value, &mut replaced));
            }
        });
    }

    /// Clones of the keys. Without the clones: `snapshot().keys()`.
    pub fn keys(&self) -> Vec<K> {
        self.snapshot().keys().cloned().collect()
    }

    /// Clones of the values. Without the clones: `snapshot().values()`.
    pub fn values(&self) -> Vec<V> {
        self.snapshot().values().cloned().collect()
    }

    /// Clones of the entries. Without the clones: `snapshot().iter()`.
    pub fn items(&self) -> Vec<(K, V)> {
        self.snapshot().into_iter().collect()
    }
}

/// [`Dict::insert`], where what snapshots have is replaced, or where there are several tables.
#[inline(never)]
fn insert_elsewhere<K, V, S>(locked: Guard<'_, Table<K, V, S>>, key: K, value: V) -> Option<V>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    let mut replaced = Replaced::new();
    let mut table = locked; // So that it is unlocked before that is dropped, also in a panic.
    let old = insert(table.room(&key, &mut replaced), key, value);
    drop(table);
    old.map(|(_, old)| old)
}

/// Another handle to the same dict.
impl<K, V, S> Clone for Dict<K, V, S> {
    fn clone(&self) -> Self {
        Dict {
            table: Arc::clone(&self.table),
        }
    }
}

impl<K, V, S: Default> Default for Dict<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// With the default hasher only, so that `Dict::from_iter` needs no type; for another, [`Dict::with_hasher`] and [`Dict::update`].
impl<K: Eq + Hash + Clone, V: Clone> FromIterator<(K, V)> for Dict<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let dict = Self::default();
        dict.update(entries);
        dict
    }
}

impl<K: Eq + Hash + Clone, V: Clone, const N: usize> From<[(K, V); N]> for Dict<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        Self::from_iter(entries)
    }
}

/// [`Dict::update`].
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Extend<(K, V)> for Dict<K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.update(entries);
    }
}

/// Clones of the entries of one moment.
impl<K: Clone, V: Clone, S: Clone> IntoIterator for &Dict<K, V, S> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.snapshot().into_iter()
    }
}

impl<K: Clone + fmt::Debug, V: Clone + fmt::Debug, S: Clone> fmt::Debug for Dict<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
