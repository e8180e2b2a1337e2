//! The operations of a dict that read, compute and write at once.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, Hash};
use std::mem;

use super::dict::Dict;
use super::dict_snapshot::DictSnapshot;
use super::place::{Replaced, insert, remove};
use super::table::Table;

/// What reads, computes and writes at once. Closures run under the dict's lock: they should be short, like any critical section, and may not use this dict.
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Dict<K, V, S> {
    /// Puts under a key what `new` makes of the value there, if there is one, and returns that value. Nobody else can change it in between: this is the cure for the
    /// race of a `get` and an `insert`.
    ///
    /// ```
    /// let stock = yibu::shared::Dict::from([("apples", 3)]);
    /// assert_eq!(stock.update_with("apples", |old| old.copied().unwrap_or(0) - 1), Some(3));
    /// assert_eq!(stock.get("apples"), Some(2));
    /// ```
    ///
    /// # Panics
    ///
    /// If `new` does: nothing is changed then.
    #[inline]
    pub fn update_with(&self, key: K, new: impl FnOnce(Option<&V>) -> V) -> Option<V> {
        let mut replaced = Replaced::new();
        let mut table = self.lock();
        let (place, len) = table.room(&key, &mut replaced);
        match place.get_mut(&key) {
            Some(value) => {
                let new = new(Some(value));
                Some(mem::replace(value, new))
            }
            None => {
                let new = new(None);
                *len += usize::from(place.insert(key, new).is_none());
                None
            }
        }
    }

    /// The value of a key; if there is none, `default` first puts one there. It runs at most once.
    ///
    /// # Panics
    ///
    /// If `default` does: nothing is changed then.
    pub fn get_or_insert_with(&self, key: K, default: impl FnOnce() -> V) -> V {
        let mut replaced = Replaced::new();
        let mut table = self.lock();
        if let Some(value) = table.table(&key).get(&key) {
            return value.clone();
        }
        let (place, len) = table.room(&key, &mut replaced);
        let value = default();
        *len += usize::from(place.insert(key, value.clone()).is_none());
        value
    }

    /// The value of a key; if there is none, puts `default` there first. Python's word; [`get_or_insert_with`](Self::get_or_insert_with) makes the value only if it is needed.
    pub fn setdefault(&self, key: K, default: V) -> V {
        self.get_or_insert_with(key, || default)
    }

    /// Takes an entry out if its value is such, and returns the value.
    ///
    /// # Panics
    ///
    /// If `test` does: nothing is changed then.
    pub fn remove_if(&self, key: K, test: impl FnOnce(&V) -> bool) -> Option<V> {
        let mut replaced = Replaced::new();
        let mut table = self.lock();
        if !test(table.table(&key).get(&key)?) {
            return None;
        }
        let removed = remove(table.place(&key, &mut replaced), &key);
        drop(table);
        removed.map(|(_, value)| value)
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
    pub fn compare_exchange(&self, key: K, current: Option<&V>, new: V) -> Result<Option<V>, V>
    where
        V: PartialEq,
    {
        let mut replaced = Replaced::new();
        let mut table = self.lock();
        if table.table(&key).get(&key) != current {
            return Err(new);
        }
        let old = insert(table.room(&key, &mut replaced), key, new);
        drop(table);
        Ok(old.map(|(_, old)| old))
    }

    /// Keeps the entries for which `keep` says so, all at once for everybody else.
    ///
    /// # Panics
    ///
    /// If `keep` does: nothing is changed then.
    pub fn retain(&self, keep: impl FnMut(&K, &mut V) -> bool) {
        let (mut replaced, mut removed) = (Replaced::new(), Vec::new());
        self.with_mut(|dict| dict.shards.extract(keep, &mut removed, &mut replaced));
    }

    /// Changes as many entries as it likes, at once for everybody else.
    ///
    /// The closure gets a snapshot of its own and runs once, while everybody else waits; what it leaves is the dict from then on.
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
    /// If the closure does: nothing is changed then.
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut DictSnapshot<K, V, S>) -> R) -> R {
        // Before the lock, so that it is dropped after it, also if the closure panics.
        let mut mine;
        let mut table = self.lock();
        mine = DictSnapshot {
            shards: table.copy(),
        };
        let done = change(&mut mine);
        let new = Table::of(mine.shards);
        let old = mem::replace(&mut *table, new);
        drop(table);
        drop(old);
        done
    }
}
