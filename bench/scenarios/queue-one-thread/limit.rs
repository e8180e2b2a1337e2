//! No queue: a bare `VecDeque`, which need not be safe to share.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::queue::{Flavour, Tally};
use std::collections::VecDeque;
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| {
    let capacity = match Flavour::of(orders.variant())? {
        Flavour::Bounded(capacity) => capacity,
        Flavour::Unbounded => 0,
    };
    orders.run(|items| work(VecDeque::with_capacity(capacity), items))
});

fn work(mut queue: VecDeque<u64>, items: u64) -> u64 {
    let mut sum = 0_u64;
    for item in 0..items {
        queue.push_back(black_box(item));
        // Otherwise the compiler sees that nothing was ever in it.
        let got = black_box(&mut queue).pop_front();
        sum = sum.wrapping_add(got.expect("it was just put"));
    }
    Tally { items, sum }.proof()
}
