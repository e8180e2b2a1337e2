//! A binary heap, smallest first, equal ones in the order in which they came.
//!
//! It differs from the standard library's in that a comparison that panics loses nothing: the panic is kept for later, every item stays, and only their order suffers.
#![forbid(unsafe_code)]

use std::any::Any;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(super) struct Heap<T> {
    entries: Vec<Entry<T>>,
    /// The order, from where it was known that there is one.
    compare: fn(&T, &T) -> Ordering,
    /// When the next item comes.
    next: i64,
    /// What a comparison panicked with.
    pub(super) panic: Option<Box<dyn Any + Send>>,
}

struct Entry<T> {
    item: T,
    came: i64,
}

impl<T> Heap<T> {
    pub(super) fn new(compare: fn(&T, &T) -> Ordering) -> Self {
        Self {
            entries: Vec::new(),
            compare,
            next: 0,
            panic: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, item: T) {
        let came = self.next;
        self.next += 1;
        self.insert(Entry { item, came });
    }

    /// As one that came before all that were put, and after those that were given back with a lower turn.
    pub(super) fn give_back(&mut self, item: T, turn: u64) {
        let came = i64::MIN + turn as i64;
        self.insert(Entry { item, came });
    }

    fn insert(&mut self, entry: Entry<T>) {
        self.entries.push(entry);
        self.caught(|heap| {
            let mut at = heap.entries.len() - 1;
            while at > 0 && heap.is_before(at, (at - 1) / 2) {
                heap.entries.swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        });
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let last = self.entries.len().checked_sub(1)?;
        self.entries.swap(0, last);
        let entry = self.entries.pop()?;
        self.caught(|heap| {
            let mut at = 0;
            loop {
                let mut least = at;
                for child in [2 * at + 1, 2 * at + 2] {
                    if child < heap.entries.len() && heap.is_before(child, least) {
                        least = child;
                    }
                }
                if least == at {
                    return;
                }
                heap.entries.swap(at, least);
                at = least;
            }
        });
        Some(entry.item)
    }

    fn is_before(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.entries[one], &self.entries[other]);
        let order = (self.compare)(&one.item, &other.item);
        order.then(one.came.cmp(&other.came)).is_lt()
    }

    fn caught(&mut self, f: impl FnOnce(&mut Self)) {
        // Between two swaps the entries are all there, whatever happens.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| f(self))) {
            self.panic = Some(payload);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Heap;

    #[test]
    fn smallest_first_and_equal_ones_in_order() {
        let mut heap = Heap::new(|a: &(u32, u32), b| a.0.cmp(&b.0));
        let mut x = 7_u32;
        let mut all = Vec::new();
        for came in 0..1000 {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            all.push((x >> 27, came));
            heap.push((x >> 27, came));
        }
        all.sort();
        let half: Vec<_> = (0..500).map(|_| heap.pop().unwrap()).collect();
        assert_eq!(half, all[..500]);
        // In any order.
        heap.give_back(half[499], 8);
        heap.give_back(half[498], 7);
        let rest: Vec<_> = std::iter::from_fn(|| heap.pop()).collect();
        assert_eq!(rest, all[498..]);
    }

    #[test]
    fn a_comparison_that_panics_loses_nothing() {
        let mut heap = Heap::new(|a: &u32, b| {
            assert!(*a != 13 && *b != 13, "unlucky");
            a.cmp(b)
        });
        (0..100).rev().for_each(|n| heap.push(n));
        assert!(heap.panic.take().is_some());
        let mut all: Vec<_> = std::iter::from_fn(|| heap.pop()).collect();
        all.sort();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }
}
