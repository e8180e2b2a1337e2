//! The limit: rtrb's ring, one putter and one getter, on which both spin without ever giving way.
#![forbid(unsafe_code)]

use super::{Get, Put, ROOM};
use rtrb::{Consumer, Producer, RingBuffer};
use std::hint::spin_loop;

/// A ring with so much room.
pub(crate) fn ring(capacity: usize) -> (Producer<u64>, Consumer<u64>) {
    RingBuffer::new(capacity)
}

/// The same ring as the limit of unbounded queues: an item handed over costs no less where room must be made for it besides.
pub(crate) fn unbounded() -> (Producer<u64>, Consumer<u64>) {
    ring(ROOM)
}

impl Put for Producer<u64> {
    fn put(&mut self, item: u64) {
        while self.push(item).is_err() {
            spin_loop();
        }
    }

    fn another(&self) -> Option<Self> {
        None
    }
}

impl Get for Consumer<u64> {
    fn get(&mut self) -> u64 {
        loop {
            match self.pop() {
                Ok(item) => return item,
                Err(_) => spin_loop(),
            }
        }
    }

    fn another(&self) -> Option<Self> {
        None
    }
}
