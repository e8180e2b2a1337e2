//! A chain of rings, each larger than the one before: storage that grows to a capacity, or without end, and is only taken once it is needed.
//!
//! ```text
//!   ring 0 (closed, empty) -> ring 1 (closed; gets are here) -> ring 2 (puts are here) -> not there yet
//!                             head_ring                         tail_ring
//! ```
//!
//! A put that finds no slot asks for [`Chain::grow`], under the queue's lock: it closes the last ring and appends one twice as large. A get that finds its ring closed and
//! empty goes on to the next. Positions go on from ring to ring, so lengths and totals are differences of two counters. Rings that were left stay until
//! the queue is dropped, so no thread can be in a ring that is gone; together they are smaller than the newest.
#![forbid(unsafe_code)]

use std::sync::OnceLock;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::ring::{Got, Refused, Ring};
use crate::sync_shim::AtomicUsize;

/// The first ring has two to this slots, or as many as the capacity needs.
#[cfg(not(loom))]
const FIRST_SIZE_LOG: u32 = 4;
#[cfg(loom)]
const FIRST_SIZE_LOG: u32 = 0;
/// The last has at most two to this.
const LAST_SIZE_LOG: u32 = 48;

pub(super) struct Chain<T> {
    rings: Box<[OnceLock<Ring<T>>]>,
    /// Where puts go.
    tail_ring: AtomicUsize,
    /// Where gets come from.
    head_ring: AtomicUsize,
}

impl<T> Chain<T> {
    /// An empty chain for at most `capacity` items.
    pub(super) fn new(capacity: u64) -> Self {
        let capacity = capacity.min(1 << LAST_SIZE_LOG);
        let most = capacity.next_power_of_two().trailing_zeros();
        let first = FIRST_SIZE_LOG.min(most);
        let rings: Box<[_]> = (first..=most).map(|_| OnceLock::new()).collect();
        rings[0].get_or_init(|| Ring::new(first, capacity, 0, 0, 0));
        Self {
            rings,
            tail_ring: AtomicUsize::new(0),
            head_ring: AtomicUsize::new(0),
        }
    }

    #[inline(always)]
    fn ring(&self, index: usize) -> &Ring<T> {
        self.rings[index].get().expect("a ring that was reached is there")
    }

    fn last(&self) -> &Ring<T> {
        self.ring(self.tail_ring.load(Acquire))
    }

    fn first(&self) -> &Ring<T> {
        self.ring(self.head_ring.load(Acquire))
    }

    /// Puts the item at the end.
    #[inline]
    pub(super) fn put(&self, mut item: T) -> Result<(), Refused<T>> {
        let mut index = self.tail_ring.load(Acquire);
        loop {
            match self.ring(index).put(item, || self.gets()) {
                Err(Refused::Closed(back)) => item = back,
                outcome => return outcome,
            }
            let now = self.tail_ring.load(Acquire);
            if now == index {
                return Err(Refused::Closed(item));
            }
            index = now;
        }
    }

    /// Takes the first item.
    #[inline]
    pub(super) fn get(&self) -> Option<T> {
        loop {
            let index = self.head_ring.load(Acquire);
            match self.ring(index).get() {
                Got::Item(item) => return Some(item),
                Got::Nothing => return None,
                Got::Ended => self.advance(index)?,
            }
        }
    }

    /// Takes up to `most` of the first items, and tells how many.
    pub(super) fn get_many(&self, items: &mut Vec<T>, most: usize) -> usize {
        let mut count = 0;
        while count < most {
            let index = self.head_ring.load(Acquire);
            match self.ring(index).get_many(items, most - count) {
                Got::Item(more) => count += more,
                Got::Nothing => break,
                Got::Ended if self.advance(index).is_none() => break,
                Got::Ended => {}
            }
        }
        count
    }

    /// Goes on from a ring that has ended, if there is another.
    #[cold]
    fn advance(&self, index: usize) -> Option<()> {
        self.rings.get(index + 1)?.get()?;
        // If it fails, another get has gone on.
        let _ = self.head_ring.compare_exchange(index, index + 1, AcqRel, Relaxed);
        Some(())
    }

    /// Appends a ring, for who found no slot. Only under the queue's lock, and not after [`close`](Self::close).
    pub(super) fn grow(&self) {
        let index = self.tail_ring.load(Relaxed);
        let (last, next) = (self.ring(index), &self.rings[index + 1]);
        let start = last.close();
        next.get_or_init(|| {
            Ring::new(last.size_log() + 1, last.capacity(), start, self.gets(), last.peak())
        });
        self.tail_ring.store(index + 1, Release);
    }

    /// No put succeeds from now on. Only under the queue's lock.
    pub(super) fn close(&self) {
        self.last().close();
    }

    /// A read-modify-write of the counter of puts, under the queue's lock.
    pub(super) fn touch_tail(&self) {
        self.last().touch_tail();
    }

    /// A read-modify-write of each counter of gets, under the queue's lock.
    pub(super) fn touch_head(&self) {
        let (from, to) = (self.head_ring.load(Acquire), self.tail_ring.load(Relaxed));
        for index in from..=to {
            self.ring(index).touch_head();
        }
    }

    pub(super) fn puts(&self) -> u64 {
        self.last().puts()
    }

    pub(super) fn gets(&self) -> u64 {
        self.first().gets()
    }

    pub(super) fn peak(&self) -> u64 {
        self.last().peak()
    }

    /// How many items there are, at some moment between call and return.
    pub(super) fn len(&self) -> u64 {
        loop {
            let puts = self.puts();
            let gets = self.gets();
            if self.puts() == puts {
                return puts.saturating_sub(gets);
            }
        }
    }

    /// Whether a get would find an item, as far as one look tells.
    pub(super) fn looks_ready(&self) -> bool {
        let index = self.head_ring.load(Relaxed);
        index != self.tail_ring.load(Relaxed) || self.ring(index).has_item()
    }

    /// Whether a put would find room, as far as one look tells.
    pub(super) fn looks_roomy(&self, capacity: u64) -> bool {
        self.puts().saturating_sub(self.gets()) < capacity
    }
}
