//! Where the queues that are driven by one thread at a time keep their items.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::heap::Heap;
use super::state::Store;

pub(super) enum Kind<T> {
    Fifo(VecDeque<T>),
    Lifo(Vec<T>),
    Priority(Heap<T>),
    /// Keeps none.
    Rendezvous,
}

/// Items in some order, up to a capacity, and their totals.
pub(super) struct Shelf<T> {
    pub(super) kind: Kind<T>,
    capacity: usize,
    /// The gets are what of these is not there any more.
    puts: u64,
    /// The most items that a get has found.
    peak: usize,
}

impl<T> Shelf<T> {
    pub(super) fn new(kind: Kind<T>, capacity: usize) -> Self {
        Self {
            kind,
            capacity,
            puts: 0,
            peak: 0,
        }
    }

    pub(super) fn fifo(capacity: usize) -> Self {
        Self::new(Kind::Fifo(VecDeque::new()), capacity)
    }

    pub(super) fn lifo(capacity: usize) -> Self {
        Self::new(Kind::Lifo(Vec::new()), capacity)
    }

    pub(super) fn priority(capacity: usize, compare: fn(&T, &T) -> Ordering) -> Self {
        Self::new(Kind::Priority(Heap::new(compare)), capacity)
    }

    pub(super) fn rendezvous() -> Self {
        Self::new(Kind::Rendezvous, 0)
    }

    /// Puts at the end of a fifo, if this is one and has room.
    #[inline(always)]
    pub(super) fn push(&mut self, item: T) -> Result<(), T> {
        if let Kind::Fifo(items) = &mut self.kind
            && items.len() < self.capacity
        {
            items.push_back(item);
            self.puts += 1;
            return Ok(());
        }
        Err(item)
    }

    /// Gets from the front of a fifo, if this is one and has an item.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<T> {
        let Kind::Fifo(items) = &mut self.kind else {
            return None;
        };
        if items.len() > self.peak {
            self.peak = items.len();
        }
        items.pop_front()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }
}

impl<T> Store<T> for Shelf<T> {
    #[inline]
    fn put(&mut self, item: T) -> Result<(), T> {
        if self.len() >= self.capacity {
            return Err(item);
        }
        self.puts += 1;
        match &mut self.kind {
            Kind::Fifo(items) => items.push_back(item),
            Kind::Lifo(items) => items.push(item),
            Kind::Priority(items) => items.push(item),
            Kind::Rendezvous => unreachable!("its capacity is zero"),
        }
        Ok(())
    }

    #[inline]
    fn get(&mut self) -> Option<T> {
        self.peak = self.peak.max(self.len());
        match &mut self.kind {
            Kind::Fifo(items) => items.pop_front(),
            Kind::Lifo(items) => items.pop(),
            Kind::Priority(items) => items.pop(),
            Kind::Rendezvous => None,
        }
    }

    fn get_many(&mut self, items: &mut Vec<T>, most: usize) {
        let most = most.min(self.len());
        items.reserve(most);
        items.extend((0..most).map_while(|_| self.get()));
    }

    fn give_back(&mut self, item: T, turn: u64) -> Result<(), T> {
        match &mut self.kind {
            Kind::Lifo(items) => items.push(item),
            Kind::Priority(items) => items.give_back(item, turn),
            Kind::Fifo(_) | Kind::Rendezvous => return Err(item),
        }
        Ok(())
    }

    fn hand_over(&mut self) -> bool {
        let keeps_none = self.len() == 0;
        if keeps_none {
            self.puts += 1;
        }
        keeps_none
    }

    fn close(&mut self) {}

    #[inline]
    fn len(&self) -> usize {
        match &self.kind {
            Kind::Fifo(items) => items.len(),
            Kind::Lifo(items) => items.len(),
            Kind::Priority(items) => items.len(),
            Kind::Rendezvous => 0,
        }
    }

    fn puts(&self) -> u64 {
        self.puts
    }

    fn gets(&self) -> u64 {
        self.puts - self.len() as u64
    }

    fn peak(&self) -> usize {
        self.peak.max(self.len())
    }
}
