//! A list that threads and tasks share.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::fmt;
use std::mem;
use std::ops::RangeBounds;
use std::sync::Arc;

use super::list_snapshot::ListSnapshot;
use super::monitor::{Monitor, Writing};

/// A list that threads and tasks share: every operation is atomic with regard to every other.
///
/// A clone is another handle to the same list; a copy is `list.snapshot()`, or a list of its own `List::from_iter(&list)`. Use it where several
/// threads look at positions and change them; for work that is handed over, once and in order, a queue is the better strategy. [The module](super) says what is
/// atomic, what is not, and what each operation costs.
///
/// No position is an error: since another thread may have shortened the list, `get` and `pop_at` give an `Option`, and `insert` and the slices stop at the end, as Python's do. Positions
/// count from the start only.
///
/// Elements come out as clones: where those are dear, keep `Arc`s. Changes clone elements, too, while a snapshot lives.
///
/// ```
/// use yibu::shared::List;
///
/// let list = List::from([3, 1]);
/// let other = list.clone();
/// std::thread::spawn(move || other.append(2)).join().unwrap();
/// list.sort();
/// assert_eq!(list.snapshot(), [1, 2, 3]);
/// ```
pub struct List<T> {
    monitor: Arc<Monitor<ListSnapshot<T>>>,
}

impl<T> List<T> {
    /// An empty list.
    pub fn new() -> Self {
        Self::of(ListSnapshot::new())
    }

    fn of(state: ListSnapshot<T>) -> Self {
        List {
            monitor: Arc::new(Monitor::new(state)),
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.monitor.read(ListSnapshot::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list as it is now, for whoever wants to look at more than one element of the same moment, or through all of them. O(1).
    ///
    /// While it lives, changes copy what they touch, and its holder keeps the memory of what was removed.
    #[inline]
    pub fn snapshot(&self) -> ListSnapshot<T> {
        self.monitor.read(ListSnapshot::clone)
    }

    /// The first position of an element that equals this one: Python's `index`.
    pub fn index(&self, element: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.snapshot().index(element)
    }

    /// Whether an element equals this one.
    pub fn contains(&self, element: &T) -> bool
    where
        T: PartialEq,
    {
        self.snapshot().contains(element)
    }

    /// Takes all elements out. Their destructors run in this call.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn clear(&self) {
        self.take();
    }

    /// Takes all elements out, and returns them. Nobody else gets one of them.
    ///
    /// ```
    /// let results = yibu::shared::List::from([1, 2]);
    /// assert_eq!(results.take(), [1, 2]);
    /// assert!(results.is_empty());
    /// ```
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn take(&self) -> ListSnapshot<T> {
        let mut taken = ListSnapshot::new();
        mem::swap(self.monitor.write().state(), &mut taken);
        taken
    }
}

impl<T: Clone> List<T> {
    /// A clone of the element at a position.
    ///
    /// ```
    /// let list = yibu::shared::List::from(['a']);
    /// assert_eq!(list.get(0), Some('a'));
    /// assert_eq!(list.get(1), None);
    /// ```
    pub fn get(&self, position: usize) -> Option<T> {
        self.snapshot().get(position).cloned()
    }

    /// A clone of the first element.
    pub fn first(&self) -> Option<T> {
        self.snapshot().first().cloned()
    }

    /// A clone of the last element.
    pub fn last(&self) -> Option<T> {
        self.snapshot().last().cloned()
    }

    /// The elements of a range, which ends where the list does: Python's `l[a:b]`.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> ListSnapshot<T> {
        self.snapshot().slice(range)
    }

    /// Clones of the elements. Without the clones: `snapshot()`.
    pub fn to_vec(&self) -> Vec<T> {
        self.snapshot().to_vec()
    }

    /// Adds an element at the end.
    ///
    /// # Panics
    ///
    /// If called by a closure that changes this very list, or by the comparison of a dict's keys; or if the wait for such closures of other threads would
    /// never end, because they wait for this one. Nothing is changed then.
    pub fn append(&self, element: T) {
        self.change(|list| list.append(element));
    }

    /// Puts an element at a position in the place of the one there, and returns that one; or nothing, if there is no such position, and the element is dropped.
    ///
    /// For an element that depends on the old one, [`update_with`](Self::update_with): between a `get` and a `set` another thread may change it.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn set(&self, position: usize, element: T) -> Option<T> {
        // An element that finds no place is dropped after the turn.
        let mut element = element;
        let is_set = self.change(|list| match list.get_mut(position) {
            Some(old) => {
                mem::swap(old, &mut element);
                true
            }
            None => false,
        });
        is_set.then_some(element)
    }

    /// Takes the last element out.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn pop(&self) -> Option<T> {
        self.change(ListSnapshot::pop)
    }

    /// Takes the element at a position out, if there is one: Rust's `Vec::remove`, Python's `pop(position)`.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn pop_at(&self, position: usize) -> Option<T> {
        self.with_mut(|list| list.pop_at(position))
    }

    /// Puts an element in front of the one at this position; at the end, if there is none.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn insert(&self, position: usize, element: T) {
        self.with_mut(|list| list.insert(position, element));
    }

    /// Takes the first element out that equals this one, as Python's `remove` does (for a position: [`pop_at`](Self::pop_at)). Whether there was one.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn remove(&self, element: &T) -> bool
    where
        T: PartialEq,
    {
        let removed = self.with_mut(|list| list.pop_at(list.index(element)?));
        removed.is_some()
    }

    /// Adds all of these elements at the end, at once for everybody else. The iterator is exhausted first.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn extend(&self, elements: impl IntoIterator<Item = T>) {
        let elements: Vec<T> = elements.into_iter().collect();
        self.with_mut(|list| list.extend(elements));
    }

    /// Puts these elements in the place of a range, at once for everybody else, and returns what was there: Python's `l[a:b] = elements`.
    /// The range ends where the list does; if it ends before it starts, nothing is replaced, and the elements come in front of its start.
    ///
    /// ```
    /// let list = yibu::shared::List::from([1, 2, 3, 4]);
    /// assert_eq!(list.splice(1..3, [7, 8, 9]), [2, 3]);
    /// assert_eq!(list.snapshot(), [1, 7, 8, 9, 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn splice(
        &self,
        range: impl RangeBounds<usize>,
        elements: impl IntoIterator<Item = T>,
    ) -> ListSnapshot<T> {
        let elements: Vec<T> = elements.into_iter().collect();
        self.with_mut(|list| list.splice(range, elements))
    }

    /// Sorts the elements, at once for everybody else. Equal ones stay in their order.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append), and if the comparison does: nothing is changed then.
    pub fn sort(&self)
    where
        T: Ord,
    {
        self.sort_by(T::cmp);
    }

    /// [`sort`](Self::sort) by a comparison, which runs as the closure of [`with_mut`](Self::with_mut).
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

    /// Turns the order round.
    ///
    /// # Panics
    ///
    /// As [`append`](Self::append).
    pub fn reverse(&self) {
        self.with_mut(ListSnapshot::reverse);
    }

    /// Keeps the elements for which `keep` says so, all at once for everybody else; `keep` runs as the closure of [`with_mut`](Self::with_mut).
    ///
    /// # Panics
    ///
    /// As [`with_mut`](Self::with_mut).
    pub fn retain(&self, keep: impl FnMut(&T) -> bool) {
        self.with_mut(|list| list.retain(keep));
    }

    /// Puts at a position what `new` makes of the element there, and returns that element; if there is no such position, nothing happens. Nobody else can change it in
    /// between: this is the cure for the race of a `get` and a `set`.
    ///
    /// `new` runs as the closure of [`with_mut`](Self::with_mut).
    ///
    /// ```
    /// let votes = yibu::shared::List::from([0, 0]);
    /// assert_eq!(votes.update_with(1, |old| old + 1), Some(0));
    /// assert_eq!(votes.snapshot(), [0, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`with_mut`](Self::with_mut).
    pub fn update_with(&self, position: usize, new: impl FnOnce(&T) -> T) -> Option<T> {
        // Before the turn, so that what they have at the end is dropped after the turn.
        let (mut mine, mut element) = (None, None);
        let mut writing = self.monitor.write();
        let items = Arc::clone(&writing.state().items);
        writing.unlocked(|| element = items.get(position).map(new));
        // Not the last to have them, since the list does.
        drop(items);
        let new = element.as_mut()?;
        apply(&mut writing, &mut mine, |list| {
            mem::swap(&mut list[position], new)
        });
        drop(writing);
        element
    }

    /// Changes as much as it likes, at once for everybody else.
    ///
    /// The closure gets a snapshot of its own and runs once, while others may read and see what was there before, and other writers wait; what
    /// it leaves is the list from then on. It may read this list, and read and change other data. If it panics, nothing is changed.
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
    /// As [`append`](Self::append), and if the closure does.
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut ListSnapshot<T>) -> R) -> R {
        // Before the turn, so that what it has at the end is dropped after the turn, also if the closure panics.
        let mut mine;
        let mut writing = self.monitor.write();
        mine = writing.state().clone();
        let done = writing.unlocked(|| change(&mut mine));
        mem::swap(writing.state(), &mut mine);
        done
    }

    /// A change of one element at the end or in its place.
    #[inline]
    fn change<R>(&self, change: impl FnOnce(&mut ListSnapshot<T>) -> R) -> R {
        let mut mine = None;
        let mut writing = self.monitor.write();
        apply(&mut writing, &mut mine, change)
    }
}

/// Makes a change of one element. If nobody else shares memory with the list, there is nothing to copy, and so nothing of the user's to run: then it is made under the
/// lock. What is replaced is left in `mine`, to be dropped after the turn.
#[inline]
fn apply<T: Clone, R>(
    writing: &mut Writing<'_, ListSnapshot<T>>,
    mine: &mut Option<ListSnapshot<T>>,
    change: impl FnOnce(&mut ListSnapshot<T>) -> R,
) -> R {
    if writing.state().is_alone() {
        return writing.held(change);
    }
    let mine = mine.insert(writing.state().clone());
    let done = writing.unlocked(|| change(mine));
    mem::swap(writing.state(), mine);
    done
}

/// Another handle to the same list.
impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        List {
            monitor: Arc::clone(&self.monitor),
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self::of(elements.into_iter().collect())
    }
}

impl<T: Clone> From<Vec<T>> for List<T> {
    fn from(elements: Vec<T>) -> Self {
        Self::from_iter(elements)
    }
}

impl<T: Clone, const N: usize> From<[T; N]> for List<T> {
    fn from(elements: [T; N]) -> Self {
        Self::from_iter(elements)
    }
}

/// [`List::extend`].
impl<T: Clone> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        List::extend(self, elements);
    }
}

/// Clones of the elements of one moment.
impl<T: Clone> IntoIterator for &List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.to_vec().into_iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
