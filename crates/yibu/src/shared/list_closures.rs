//! The operations of a list that run a closure.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::mem;

use super::list::List;
use super::list_snapshot::ListSnapshot;

/// What reads, computes and writes at once. Closures run under the list's lock: they should be short, like any critical section, and may not use this list.
impl<T: Clone> List<T> {
    /// Sorts the elements, at once for everybody else. Equal ones stay in their order.
    ///
    /// # Panics
    ///
    /// If the comparison does: nothing is changed then.
    pub fn sort(&self)
    where
        T: Ord,
    {
        self.sort_by(T::cmp);
    }

    /// [`sort`](Self::sort) by a comparison.
    ///
    /// # Panics
    ///
    /// As [`sort`](Self::sort).
    pub fn sort_by(&self, compare: impl FnMut(&T, &T) -> Ordering) {
        self.with_mut(|list| list.sort_by(compare));
    }

    /// [`sort`](Self::sort) by a key, which is made for each comparison: Python's `sort(key=…)`.
    ///
    /// # Panics
    ///
    /// As [`sort`](Self::sort).
    pub fn sort_by_key<K: Ord>(&self, mut key: impl FnMut(&T) -> K) {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Keeps the elements for which `keep` says so, all at once for everybody else.
    ///
    /// # Panics
    ///
    /// If `keep` does: nothing is changed then.
    pub fn retain(&self, keep: impl FnMut(&T) -> bool) {
        self.with_mut(|list| list.retain(keep));
    }

    /// Puts at a position what `new` makes of the element there, and returns that element; if there is no such position, nothing happens. Nobody else can change it in
    /// between: this is the cure for the race of a `get` and a `set`.
    ///
    /// ```
    /// let votes = yibu::shared::List::from([0, 0]);
    /// assert_eq!(votes.update_with(1, |old| old + 1), Some(0));
    /// assert_eq!(votes.snapshot(), [0, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// If `new` does: nothing is changed then.
    pub fn update_with(&self, position: usize, new: impl FnOnce(&T) -> T) -> Option<T> {
        // An element that finds no place is dropped after unlocking.
        let mut element = None;
        self.change(|list| {
            let new = new(list.get(position)?);
            let old = list.get_mut(position)?;
            element = Some(mem::replace(old, new));
            Some(())
        });
        element
    }

    /// Changes as much as it likes, at once for everybody else.
    ///
    /// The closure gets a snapshot of its own and runs once, while everybody else waits; what it leaves is the list from then on.
    ///
    /// ```
    /// let list = yibu::shared::List::from([1, 2, 3]);
    /// list.with_mut(|list| {
    ///     let last = list.pop().unwrap();
    ///     list[0] += last;
    /// });
    /// assert_eq!(list.snapshot(), [4, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// If the closure does: nothing is changed then.
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut ListSnapshot<T>) -> R) -> R {
        // Before the lock, so that it is dropped after it, also if the closure panics.
        let mut mine;
        let mut list = self.state.lock();
        mine = list.clone();
        let done = change(&mut mine);
        mem::swap(&mut *list, &mut mine);
        done
    }
}
