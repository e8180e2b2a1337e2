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
//!
//! Invariant **CHAIN**: `tail_ring` and `head_ring` point to rings that `_rings` owns, itself or by their `next`, and nothing is taken out of that chain before it is dropped whole.
//!
//! Unsafe here: following the two. Covered by the models in `models.rs` and the tests under AddressSanitizer.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::ring::{Got, Refused, Ring};
use crate::sync_shim::AtomicPtr;

/// The first ring has two to this slots, or as many as the capacity needs.
const FIRST_SIZE_LOG: u32 = if cfg!(loom) { 0 } else { 4 };

/// As good as no limit: differences of positions below it fit an `i64`.
const MOST: u64 = 1 << 60;

pub(super) struct Chain<T> {
    /// Where puts go.
    tail_ring: AtomicPtr<Ring<T>>,
    /// Where gets come from.
    head_ring: AtomicPtr<Ring<T>>,
    /// Only to own them.
    _rings: Arc<Ring<T>>,
}

fn pointer<T>(ring: &Arc<Ring<T>>) -> *mut Ring<T> {
    Arc::as_ptr(ring).cast_mut()
}

impl<T> Chain<T> {
    /// An empty chain for at most `capacity` items.
    pub(super) fn new(capacity: u64) -> Self {
        let capacity = capacity.min(MOST);
        let needed = u64::BITS - (capacity - 1).leading_zeros();
        let first = Arc::new(Ring::new(FIRST_SIZE_LOG.min(needed), capacity, 0, 0, 0));
        Self {
            tail_ring: AtomicPtr::new(pointer(&first)),
            head_ring: AtomicPtr::new(pointer(&first)),
            _rings: first,
        }
    }

    #[inline(always)]
    fn last(&self) -> &Ring<T> {
        // SAFETY: CHAIN.
        unsafe { &*self.tail_ring.load(Acquire) }
    }

    #[inline(always)]
    fn first(&self) -> &Ring<T> {
        // SAFETY: CHAIN.
        unsafe { &*self.head_ring.load(Acquire) }
    }

    /// Puts the item at the end.
    #[inline(always)]
    pub(super) fn put(&self, item: T) -> Result<(), Refused<T>> {
        match self.last().put_at_once(item) {
            Ok(()) => Ok(()),
            Err(item) => self.put_slowly(item),
        }
    }

    /// Puts the item, if one look finds room.
    #[inline(always)]
    pub(super) fn put_at_once(&self, item: T) -> Result<(), T> {
        self.last().put_at_once(item)
    }

    #[inline(never)]
    fn put_slowly(&self, mut item: T) -> Result<(), Refused<T>> {
        let mut ring = self.last();
        loop {
            match ring.put(item, || self.gets()) {
                Err(Refused::Closed(back)) => item = back,
                outcome => return outcome,
            }
            let last = self.last();
            if std::ptr::eq(last, ring) {
                return Err(Refused::Closed(item));
            }
            ring = last;
        }
    }

    /// Takes the first item.
    #[inline(always)]
    pub(super) fn get(&self) -> Option<T> {
        match self.first().get_at_once() {
            Some(item) => Some(item),
            None => self.get_slowly(),
        }
    }

    /// Takes the first item, if one look finds it.
    #[inline(always)]
    pub(super) fn get_at_once(&self) -> Option<T> {
        self.first().get_at_once()
    }

    #[inline(never)]
    fn get_slowly(&self) -> Option<T> {
        loop {
            let ring = self.first();
            match ring.get() {
                Got::Item(item) => return Some(item),
                Got::Nothing => return None,
                Got::Ended => self.advance(ring)?,
            }
        }
    }

    /// Takes up to `most` of the first items, and tells how many.
    pub(super) fn get_many(&self, items: &mut Vec<T>, most: usize) -> usize {
        let mut count = 0;
        while count < most {
            let ring = self.first();
            match ring.get_many(items, most - count) {
                Got::Item(more) => count += more,
                Got::Nothing => break,
                Got::Ended if self.advance(ring).is_none() => break,
                Got::Ended => {}
            }
        }
        count
    }

    /// Goes on from a ring that has ended, if there is another.
    #[cold]
    fn advance(&self, ring: &Ring<T>) -> Option<()> {
        let next = pointer(ring.next()?);
        let ring = std::ptr::from_ref(ring).cast_mut();
        // If it fails, another get has gone on.
        let _ = self.head_ring.compare_exchange(ring, next, AcqRel, Relaxed);
        Some(())
    }

    /// Appends a ring, for who found no slot. Only under the queue's lock, and not after [`close`](Self::close).
    #[cold]
    pub(super) fn grow(&self) {
        let next = self.last().grow(self.gets());
        self.tail_ring.store(pointer(next), Release);
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
        let mut ring = self.first();
        ring.touch_head();
        while let Some(next) = ring.next() {
            ring = next;
            ring.touch_head();
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

    /// Whether there was no item at some moment between call and return, as far as one look tells.
    pub(super) fn looks_empty(&self) -> bool {
        let gets = self.gets();
        self.puts() == gets
    }

    /// Whether a get would find an item, as far as one look tells.
    pub(super) fn looks_ready(&self) -> bool {
        let ring = self.first();
        ring.has_item() || ring.next().is_some()
    }

    /// Whether a put would find room, as far as one look tells.
    pub(super) fn looks_roomy(&self, capacity: u64) -> bool {
        let by_length = || self.puts().saturating_sub(self.gets()) < capacity;
        self.last().has_slot().unwrap_or_else(by_length)
    }
}
