//! A dict that threads and tasks share.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::sync::Arc;

use super::dict_snapshot::DictSnapshot;
use super::monitor::{Monitor, Writing};
use super::table::{Shard, Table, find};

/// A dict that threads and tasks share: every operation is atomic with regard to every other.
///
/// A clone is another handle to the same dict; a copy is `dict.snapshot()`, or a dict of its own `Dict::from_iter(&dict)`. Use it where several threads
/// look up and change entries, and none of them owns the data. [The module](super) says what is atomic, what is not, and what each operation costs.
///
/// **Order.** Entries have none: unlike Python's `dict`, this one does not remember in which order they were inserted. A snapshot has the same
/// order every time it is looked through.
///
/// Values come out as clones: where those are dear, keep `Arc`s. Keys and values are also cloned by a change when a snapshot still has what is changed:
/// some hundred entries at a time.
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
    monitor: Arc<Monitor<Table<K, V>>>,
    hasher: Arc<S>,
}

/// What an operation makes of a key's entry.
enum Change<V> {
    Keep,
    Insert(V),
    Remove,
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
            monitor: Arc::new(Monitor::new(Table::new())),
            hasher: Arc::new(hasher),
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.monitor.read(Table::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The dict as it is now, for whoever wants to look at more than one entry of the same moment, or through all of them. O(1).
    ///
    /// While it lives, the first change to each part of the dict copies that part, and its holder keeps the memory of what was removed.
    pub fn snapshot(&self) -> DictSnapshot<K, V, S> {
        DictSnapshot {
            table: self.monitor.read(Table::clone),
            hasher: Arc::clone(&self.hasher),
        }
    }

    /// Takes all entries out. Their destructors run in this call.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    pub fn clear(&self) {
        let mut old = Table::new();
        mem::swap(self.monitor.write().state(), &mut old);
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
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        V: Clone,
    {
        self.look(key, |value| value.cloned())
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.look(key, |value| value.is_some())
    }

    fn look<Q: Eq + Hash + ?Sized, R>(&self, key: &Q, look: impl FnOnce(Option<&V>) -> R) -> R
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        if !mem::needs_drop::<(K, V)>() {
            // Plain data: looked at in its place, sooner done than sharing it, and a writer beside has nothing to copy.
            let value = |table: &Table<K, V>| look(table.find(hash, key).map(|(_, value)| value));
            return self.monitor.read_held(value);
        }
        let shard = self
            .monitor
            .read(|table| Arc::clone(table.shard(table.index(hash))));
        look(find(&shard, hash, key).map(|(_, value)| value))
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> Dict<K, V, S> {
    /// Puts a value under a key, and returns the one that was there.
    ///
    /// For a value that depends on the old one, [`update_with`](Self::update_with): between a `get` and an `insert` another thread may change it.
    ///
    /// # Panics
    ///
    /// If called by a closure that changes this very dict, or by the comparison of keys; or if the wait for such closures of other threads would never end,
    /// because they wait for this one. Nothing is changed then.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let hash = self.hasher.hash_one(&key);
        let mut new = Some((key, value));
        self.put(hash, &mut new);
        new.map(|(_, old)| old)
    }

    /// Takes an entry out, and returns its value: Python's `pop(key, None)`.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    pub fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        let mut replaced = Vec::new();
        let removed;
        {
            let mut writing = self.monitor.write();
            let index = writing.state().index(hash);
            own(&mut writing, index, &mut replaced);
            removed = writing.held(|table| table.remove(hash, key));
        }
        removed.map(|(_, value)| value)
    }

    /// Takes any entry out. Python's takes the last one, and there is none here.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    pub fn popitem(&self) -> Option<(K, V)> {
        let mut replaced = Vec::new();
        let mut writing = self.monitor.write();
        let last = writing.state().last_with_entries()?;
        own(&mut writing, last, &mut replaced);
        writing.state().pop()
    }

    /// Puts under a key what `new` makes of the value there, if there is one, and returns that value. Nobody else can change it in between: this is the cure for the
    /// race of a `get` and an `insert`.
    ///
    /// `new` runs once, while others may read and see the old value, and other writers wait. It may read this dict, and read and change other data.
    /// If it panics, nothing is changed.
    ///
    /// ```
    /// let stock = yibu::shared::Dict::from([("apples", 3)]);
    /// assert_eq!(stock.update_with("apples", |old| old.copied().unwrap_or(0) - 1), Some(3));
    /// assert_eq!(stock.get("apples"), Some(2));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `new` does.
    pub fn update_with(&self, key: K, new: impl FnOnce(Option<&V>) -> V) -> Option<V> {
        self.change(key, |old| (Change::Insert(new(old)), ())).1
    }

    /// The value of a key; if there is none, `default` first puts one there. It runs at most once, and as in [`update_with`](Self::update_with).
    ///
    /// # Panics
    ///
    /// As [`update_with`](Self::update_with).
    pub fn get_or_insert_with(&self, key: K, default: impl FnOnce() -> V) -> V {
        if let Some(value) = self.get(&key) {
            return value;
        }
        let decide = |old: Option<&V>| match old {
            Some(value) => (Change::Keep, value.clone()),
            None => {
                let value = default();
                (Change::Insert(value.clone()), value)
            }
        };
        self.change(key, decide).0
    }

    /// The value of a key; if there is none, puts `default` there first. Python's word; [`get_or_insert_with`](Self::get_or_insert_with) makes the value only if it is needed.
    ///
    /// # Panics
    ///
    /// As [`update_with`](Self::update_with).
    pub fn setdefault(&self, key: K, default: V) -> V {
        self.get_or_insert_with(key, || default)
    }

    /// Takes an entry out if its value is such, and returns the value. `test` runs as in [`update_with`](Self::update_with).
    ///
    /// # Panics
    ///
    /// As [`update_with`](Self::update_with).
    pub fn remove_if(&self, key: K, test: impl FnOnce(&V) -> bool) -> Option<V> {
        let decide = |old: Option<&V>| match old {
            Some(value) if test(value) => (Change::Remove, ()),
            _ => (Change::Keep, ()),
        };
        self.change(key, decide).1
    }

    /// Puts a value under a key if what is there equals `current` (`None`: nothing is there), and returns what was there; otherwise gives the value back.
    ///
    /// For a value that took long to make, from one that was read before; if it is quickly made, [`update_with`](Self::update_with) needs no second try.
    ///
    /// ```
    /// let leader = yibu::shared::Dict::new();
    /// assert_eq!(leader.compare_exchange("leader", None, "me"), Ok(None));
    /// assert_eq!(leader.compare_exchange("leader", None, "you"), Err("you"));
    /// ```
    ///
    /// # Errors
    ///
    /// The value, if something else is there.
    ///
    /// # Panics
    ///
    /// As [`update_with`](Self::update_with).
    pub fn compare_exchange(&self, key: K, current: Option<&V>, new: V) -> Result<Option<V>, V>
    where
        V: PartialEq,
    {
        let decide = |old: Option<&V>| match old == current {
            true => (Change::Insert(new), None),
            false => (Change::Keep, Some(new)),
        };
        match self.change(key, decide) {
            (None, old) => Ok(old),
            (Some(new), _) => Err(new),
        }
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
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    pub fn update(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let entries: Vec<_> = entries.into_iter().collect();
        // Dropped after the turn.
        let mut replaced = Vec::new();
        self.with_mut(|dict| {
            for (key, value) in entries {
                replaced.extend(dict.replace(key, value));
            }
        });
    }

    /// Keeps the entries for which `keep` says so, all at once for everybody else; `keep` runs as the closure of [`with_mut`](Self::with_mut).
    ///
    /// # Panics
    ///
    /// As [`with_mut`](Self::with_mut).
    pub fn retain(&self, keep: impl FnMut(&K, &mut V) -> bool) {
        // Dropped after the turn.
        let mut removed = Vec::new();
        self.with_mut(|dict| dict.table.extract(keep, &mut removed));
    }

    /// Changes as many entries as it likes, at once for everybody else.
    ///
    /// The closure gets a snapshot of its own and runs once, while others may read and see what was there before, and other writers wait; what
    /// it leaves is the dict from then on. It may read this dict, and read and change other data. If it panics, nothing is changed.
    ///
    /// ```
    /// let accounts = yibu::shared::Dict::from([("Ada", 10), ("Bob", 0)]);
    /// accounts.with_mut(|accounts| {
    ///     *accounts.get_mut("Ada").unwrap() -= 4;
    ///     *accounts.get_mut("Bob").unwrap() += 4;
    /// });
    /// assert_eq!(accounts.snapshot().values().sum::<i32>(), 10);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if the closure does.
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut DictSnapshot<K, V, S>) -> R) -> R {
        // Before the turn, so that what it has at the end is dropped after the turn, also if the closure panics.
        let mut mine;
        let mut writing = self.monitor.write();
        mine = DictSnapshot {
            table: writing.state().clone(),
            hasher: Arc::clone(&self.hasher),
        };
        let done = writing.unlocked(|| {
            let done = change(&mut mine);
            if !Arc::ptr_eq(&mine.hasher, &self.hasher) {
                // It was replaced by one that hashes in another way.
                let mut rehashed = DictSnapshot {
                    table: Table::new(),
                    hasher: Arc::clone(&self.hasher),
                };
                rehashed.extend(mine.clone());
                mine = rehashed;
            }
            done
        });
        mem::swap(writing.state(), &mut mine.table);
        done
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

    /// Leaves in `new` what it replaced: the new key, and the old value.
    fn put(&self, hash: u64, new: &mut Option<(K, V)>) {
        let mut replaced = Vec::new();
        let mut writing = self.monitor.write();
        insert(&mut writing, &mut replaced, hash, new);
    }

    /// Decides on a key's entry and carries it out, in one turn. Gives what the decision says, and the value that is no longer there.
    fn change<R>(
        &self,
        key: K,
        decide: impl FnOnce(Option<&V>) -> (Change<V>, R),
    ) -> (R, Option<V>) {
        let hash = self.hasher.hash_one(&key);
        // Before the turn, so that they are dropped after it, also if something panics.
        let (mut replaced, mut new, mut removed) = (Vec::new(), None, None);
        let key = key;
        let mut writing = self.monitor.write();
        let table = writing.state();
        let index = table.index(hash);
        let shard = Arc::clone(table.shard(index));
        let (change, said) =
            writing.unlocked(|| decide(find(&shard, hash, &key).map(|(_, value)| value)));
        // Not the last to have it, since the table does.
        drop(shard);
        match change {
            Change::Keep => (),
            Change::Insert(value) => {
                new = Some((key, value));
                insert(&mut writing, &mut replaced, hash, &mut new);
            }
            Change::Remove => {
                own(&mut writing, index, &mut replaced);
                removed = writing.held(|table| table.remove(hash, &key));
            }
        }
        drop(writing);
        (said, new.or(removed).map(|(_, old)| old))
    }
}

type Turn<'a, K, V> = Writing<'a, Table<K, V>>;

/// Copies a shard that others have, too; what that replaces is dropped when the turn is over.
#[inline]
fn own<K: Clone, V: Clone>(
    writing: &mut Turn<'_, K, V>,
    index: usize,
    replaced: &mut Vec<Arc<Shard<K, V>>>,
) {
    if writing.state().is_own(index) {
        return;
    }
    let shard = Arc::clone(writing.state().shard(index));
    let copy = writing.unlocked(|| Arc::new(Shard::clone(&shard)));
    replaced.push(writing.state().replace(index, copy));
    replaced.push(shard);
}

#[inline]
fn insert<K: Eq + Clone, V: Clone>(
    writing: &mut Turn<'_, K, V>,
    replaced: &mut Vec<Arc<Shard<K, V>>>,
    hash: u64,
    new: &mut Option<(K, V)>,
) {
    while let Some(index) = writing.state().to_split() {
        own(writing, index, replaced);
        writing.state().split(index);
    }
    if !writing.held(|table| table.insert_own(hash, new)) {
        let index = writing.state().index(hash);
        own(writing, index, replaced);
        writing.held(|table| table.insert(hash, new));
    }
}

/// Another handle to the same dict.
impl<K, V, S> Clone for Dict<K, V, S> {
    fn clone(&self) -> Self {
        Dict {
            monitor: Arc::clone(&self.monitor),
            hasher: Arc::clone(&self.hasher),
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
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> Extend<(K, V)> for Dict<K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.update(entries);
    }
}

/// Clones of the entries of one moment.
impl<K: Clone, V: Clone, S> IntoIterator for &Dict<K, V, S> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.snapshot().into_iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Dict<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
