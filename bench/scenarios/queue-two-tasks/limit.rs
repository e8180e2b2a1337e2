//! No tasks: a `RefCell<VecDeque>`, into which as many items are put as there is room for, and then got.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::queue::{Flavour, ROOM, Tally};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| {
    let room = match Flavour::of(orders.variant())? {
        Flavour::Bounded(capacity) => capacity,
        Flavour::Unbounded => ROOM,
    };
    orders.run(|items| work(room, items))
});

fn work(room: usize, items: u64) -> u64 {
    let queue = RefCell::new(VecDeque::with_capacity(room));
    let (mut sum, mut next) = (0_u64, 0);
    while next < items {
        let end = items.min(next + room as u64);
        for item in next..end {
            black_box(&queue).borrow_mut().push_back(item);
        }
        for _ in next..end {
            let got = black_box(&queue).borrow_mut().pop_front();
            sum = sum.wrapping_add(got.expect("it was put"));
        }
        next = end;
    }
    Tally { items, sum }.proof()
}
