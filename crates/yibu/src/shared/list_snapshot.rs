//! A list of one's own: a [`List`](super::List) as it was at one moment.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, Index, IndexMut, Range, RangeBounds};
use std::sync::Arc;
use std::sync::atomic::{Ordering::Acquire, fence};

use imbl::Vector;

/// A [`List`](super::List) as it was at one moment, and from then on the holder's own: nobody else changes it, and what the holder changes, nobody else sees.
///
/// Taking one and cloning one is O(1). It shares memory with the list; whoever of the two changes something first copies what it touches. It is
/// `Send` and `Sync` where the elements are. Snapshots compare as Python's lists do: element by element.
///
/// ```
/// let list = yibu::shared::List::from([1, 2, 3]);
/// let before = list.snapshot();
/// list.append(4);
/// assert_eq!(before, [1, 2, 3]);
/// assert_eq!(before[0], 1);
/// assert_eq!(before.iter().sum::<i32>(), 6);
/// ```
pub struct ListSnapshot<T> {
    /// Behind a pointer, since a small vector is cloned element by element.
    pub(super) items: Arc<Vector<T>>,
    /// Everything that shares memory with these items has a clone of this. After them, so that whoever has the only one has the items alone.
    pub(super) family: Arc<()>,
}

impl<T> ListSnapshot<T> {
    pub(super) fn new() -> Self {
        ListSnapshot {
            items: Arc::default(),
            family: Arc::new(()),
        }
    }

    /// Whether nobody else shares memory with it.
    #[inline]
    pub(super) fn is_alone(&self) -> bool {
        let is_alone = Arc::strong_count(&self.family) == 1;
        // So that all is seen that the others did before they went. (`Arc::get_mut` does the same, and costs as much as the lock.)
        fence(Acquire);
        is_alone
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The element at a position.
    pub fn get(&self, position: usize) -> Option<&T> {
        self.items.get(position)
    }

    /// The first element.
    pub fn first(&self) -> Option<&T> {
        self.items.front()
    }

    /// The last element.
    pub fn last(&self) -> Option<&T> {
        self.items.back()
    }

    /// The elements, from the first to the last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter()
    }

    /// The first position of an element that equals this one.
    pub fn index(&self, element: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.iter().position(|other| other == element)
    }

    /// Whether an element equals this one.
    pub fn contains(&self, element: &T) -> bool
    where
        T: PartialEq,
    {
        self.index(element).is_some()
    }

    /// The range as Python understands a slice: what is past the end is not there, and where the end lies before the start, there is nothing at the start.
    pub(super) fn clamp(&self, range: &impl RangeBounds<usize>) -> Range<usize> {
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => usize::MAX,
        };
        let start = start.min(self.len());
        start..end.clamp(start, self.len())
    }
}

impl<T: Clone> ListSnapshot<T> {
    /// The elements of a range, which ends where the list does: Python's `l[a:b]`. It copies no more than a few nodes.
    ///
    /// ```
    /// let list = yibu::shared::List::from(['a', 'b', 'c', 'd']).snapshot();
    /// assert_eq!(list.slice(1..3), ['b', 'c']);
    /// assert_eq!(list.slice(3..100), ['d']);
    /// ```
    pub fn slice(&self, range: impl RangeBounds<usize>) -> ListSnapshot<T> {
        let range = self.clamp(&range);
        let mut slice = self.clone();
        let items = slice.items_mut();
        items.truncate(range.end);
        *items = items.split_off(range.start);
        slice
    }

    /// Clones of the elements.
    pub fn to_vec(&self) -> Vec<T> {
        self.iter().cloned().collect()
    }
}

/// What changes only this one: for the closure of [`List::with_mut`](super::List::with_mut), above all. Each copies what it touches, if others share it.
impl<T: Clone> ListSnapshot<T> {
    #[inline]
    pub(super) fn items_mut(&mut self) -> &mut Vector<T> {
        Arc::make_mut(&mut self.items)
    }

    /// The element at a position, to change it.
    pub fn get_mut(&mut self, position: usize) -> Option<&mut T> {
        self.items_mut().get_mut(position)
    }

    /// Adds an element at the end.
    pub fn append(&mut self, element: T) {
        self.items_mut().push_back(element);
    }

    /// Puts an element in front of the one at this position; at the end, if there is none.
    pub fn insert(&mut self, position: usize, element: T) {
        let position = position.min(self.len());
        self.items_mut().insert(position, element);
    }

    /// Takes the last element out.
    pub fn pop(&mut self) -> Option<T> {
        self.items_mut().pop_back()
    }

    /// Takes the element at a position out, if there is one.
    pub fn pop_at(&mut self, position: usize) -> Option<T> {
        (position < self.len()).then(|| self.items_mut().remove(position))
    }

    /// Puts these elements in the place of a range, and returns what was there.
    pub fn splice(
        &mut self,
        range: impl RangeBounds<usize>,
        elements: impl IntoIterator<Item = T>,
    ) -> ListSnapshot<T> {
        let new: Vector<T> = elements.into_iter().collect();
        let range = self.clamp(&range);
        let mut before = Vector::clone(&self.items);
        let after = before.split_off(range.end);
        let old = before.split_off(range.start);
        before.append(new);
        before.append(after);
        self.items = Arc::new(before);
        ListSnapshot {
            items: Arc::new(old),
            family: Arc::clone(&self.family),
        }
    }

    /// Sorts the elements by a comparison; equal ones stay in their order.
    pub fn sort_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering) {
        let mut elements = self.to_vec();
        elements.sort_by(compare);
        self.items = Arc::new(elements.into_iter().collect());
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.items = Arc::new(self.iter().rev().cloned().collect());
    }

    /// Keeps the elements for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.items = Arc::new(self.iter().filter(|&e| keep(e)).cloned().collect());
    }

    /// Takes all elements out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl<T: Clone> Extend<T> for ListSnapshot<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        self.items_mut().extend(elements);
    }
}

impl<T: Clone> FromIterator<T> for ListSnapshot<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut list = Self::new();
        list.extend(elements);
        list
    }
}

/// A clone has the same elements and is O(1), without a clone of any of them.
impl<T> Clone for ListSnapshot<T> {
    fn clone(&self) -> Self {
        ListSnapshot {
            items: Arc::clone(&self.items),
            family: Arc::clone(&self.family),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for ListSnapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// `snapshot[position]`.
///
/// # Panics
///
/// If there is no such position: [`get`](ListSnapshot::get) asks.
impl<T> Index<usize> for ListSnapshot<T> {
    type Output = T;

    fn index(&self, position: usize) -> &T {
        self.get(position).expect("the position is in the list")
    }
}

/// `snapshot[position] = element`.
///
/// # Panics
///
/// If there is no such position: [`get_mut`](ListSnapshot::get_mut) asks.
impl<T: Clone> IndexMut<usize> for ListSnapshot<T> {
    fn index_mut(&mut self, position: usize) -> &mut T {
        self.get_mut(position).expect("the position is in the list")
    }
}

impl<T: PartialEq> PartialEq for ListSnapshot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for ListSnapshot<T> {}

impl<T: PartialEq> PartialEq<[T]> for ListSnapshot<T> {
    fn eq(&self, other: &[T]) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: PartialEq> PartialEq<Vec<T>> for ListSnapshot<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        self == other.as_slice()
    }
}

impl<T: PartialEq, const N: usize> PartialEq<[T; N]> for ListSnapshot<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self == other.as_slice()
    }
}

impl<T: PartialOrd> PartialOrd for ListSnapshot<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other.iter())
    }
}

impl<T: Ord> Ord for ListSnapshot<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

/// Clones of the elements.
impl<T: Clone> IntoIterator for ListSnapshot<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.to_vec().into_iter()
    }
}
