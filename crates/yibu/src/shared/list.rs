//! A list that threads and tasks share.
#![forbid(unsafe_code)]

use std::fmt;
use std::mem;
use std::ops::RangeBounds;
use std::sync::Arc;

use super::list_snapshot::ListSnapshot;
use super::lock::Lock;

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
/// # Panics
///
/// Every operation panics if it is called by what this very list is running: by a closure, or by `Eq`, `Ord` or `Clone` of its elements. It would wait for itself.
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
    pub(super) state: Arc<Lock<ListSnapshot<T>>>,
}

impl<T> List<T> {
    /// An empty list.
    pub fn new() -> Self {
        Self::of(ListSnapshot::new())
    }

    fn of(state: ListSnapshot<T>) -> Self {
        List {
            state: Arc::new(Lock::new(state)),
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.state.lock().len()
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
        self.state.lock().clone()
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
    pub fn take(&self) -> ListSnapshot<T> {
        let mut taken = ListSnapshot::new();
        mem::swap(&mut *self.state.lock(), &mut taken);
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
        self.state.lock().get(position).cloned()
    }

    /// A clone of the first element.
    pub fn first(&self) -> Option<T> {
        self.state.lock().first().cloned()
    }

    /// A clone of the last element.
    pub fn last(&self) -> Option<T> {
        self.state.lock().last().cloned()
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
    pub fn append(&self, element: T) {
        self.change(|list| list.append(element));
    }

    /// Puts an element at a position in the place of the one there, and returns that one; or nothing, if there is no such position, and the element is dropped.
    ///
    /// For an element that depends on the old one, [`update_with`](Self::update_with): between a `get` and a `set` another thread may change it.
    pub fn set(&self, position: usize, element: T) -> Option<T> {
        // An element that finds no place is dropped after unlocking.
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
    pub fn pop(&self) -> Option<T> {
        self.change(ListSnapshot::pop)
    }

    /// Takes the element at a position out, if there is one: Rust's `Vec::remove`, Python's `pop(position)`.
    pub fn pop_at(&self, position: usize) -> Option<T> {
        self.change(|list| list.pop_at(position))
    }

    /// Puts an element in front of the one at this position; at the end, if there is none.
    pub fn insert(&self, position: usize, element: T) {
        self.change(|list| list.insert(position, element));
    }

    /// Takes the first element out that equals this one, as Python's `remove` does (for a position: [`pop_at`](Self::pop_at)). Whether there was one.
    pub fn remove(&self, element: &T) -> bool
    where
        T: PartialEq,
    {
        let removed = self.change(|list| list.pop_at(list.index(element)?));
        removed.is_some()
    }

    /// Adds all of these elements at the end, at once for everybody else. The iterator is exhausted first.
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
    pub fn splice(
        &self,
        range: impl RangeBounds<usize>,
        elements: impl IntoIterator<Item = T>,
    ) -> ListSnapshot<T> {
        let elements: Vec<T> = elements.into_iter().collect();
        self.with_mut(|list| list.splice(range, elements))
    }

    /// Turns the order round.
    pub fn reverse(&self) {
        self.with_mut(ListSnapshot::reverse);
    }

    /// A change of one element. If nobody else shares memory with the list, there is nothing to copy, and so nothing that could panic halfway.
    #[inline]
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut ListSnapshot<T>) -> R) -> R {
        let mut mine;
        let mut list = self.state.lock();
        if list.is_alone() {
            return change(&mut list);
        }
        mine = list.clone();
        let done = change(&mut mine);
        mem::swap(&mut *list, &mut mine);
        done
    }
}

/// Another handle to the same list.
impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        List {
            state: Arc::clone(&self.state),
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
