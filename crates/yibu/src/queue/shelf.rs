//! Where the queues that are driven by one thread at a time keep their items.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::heap::Heap;
use super::state::Store;

/// Which item is next.
pub(super) enum Order<T> {
    Fifo,
    Lifo,
    /// It keeps the items.
    Priority(Heap<T>),
}

/// Items in some order, up to a capacity, and their totals. With a capacity of zero they go from hand to hand.
pub(super) struct Shelf<T> {
    items: VecDeque<T>,
    pub(super) order: Order<T>,
    capacity: usize,
    /// The gets are what of these is not there any more.
    puts: u64,
    /// The most items that a get has found.
    peak: usize,
}

impl<T> Shelf<T> {
    fn new(order: Order<T>, capacity: usize) -> Self {
        Self {
            items: VecDeque::new(),
            order,
            capacity,
            puts: 0,
            peak: 0,
        }
    }

    pub(super) fn fifo(capacity: usize) -> Self {
        Self::new(Order::Fifo, capacity)
    }

    pub(super) fn lifo(capacity: usize) -> Self {
        Self::new(Order::Lifo, capacity)
    }

    pub(super) fn priority(capacity: usize, compare: fn(&T, &T) -> Ordering) -> Self {
        Self::new(Order::Priority(Heap::new(compare)), capacity)
    }

    pub(super) fn rendezvous() -> Self {
        Self::fifo(0)
    }

    pub(super) fn is_fifo(&self) -> bool {
        matches!(self.order, Order::Fifo)
    }

    /// Puts at the end of a fifo, if there are fewer items than `limit`.
    #[inline(always)]
    pub(super) fn push(&mut self, item: T, limit: usize) -> Result<(), T> {
        if self.items.len() >= limit {
            return Err(item);
        }
        self.items.push_back(item);
        self.puts += 1;
        Ok(())
    }

    /// Gets from the front of a fifo.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.items.len() > self.peak {
            self.peak = self.items.len();
        }
        self.items.pop_front()
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
        match &mut self.order {
            Order::Fifo | Order::Lifo => self.items.push_back(item),
            Order::Priority(heap) => heap.push(item),
        }
        Ok(())
    }

    #[inline]
    fn get(&mut self) -> Option<T> {
        self.peak = self.peak.max(self.len());
        match &mut self.order {
            Order::Fifo => self.items.pop_front(),
            Order::Lifo => self.items.pop_back(),
            Order::Priority(heap) => heap.pop(),
        }
    }

    fn get_many(&mut self, items: &mut Vec<T>, most: usize) {
        let most = most.min(self.len());
        items.reserve(most);
        items.extend((0..most).map_while(|_| self.get()));
    }

    fn give_back(&mut self, item: T, turn: u64) -> Result<(), T> {
        match &mut self.order {
            Order::Fifo => return Err(item),
            Order::Lifo => self.items.push_back(item),
            Order::Priority(heap) => heap.give_back(item, turn),
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
        match &self.order {
            Order::Fifo | Order::Lifo => self.items.len(),
            Order::Priority(heap) => heap.len(),
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
