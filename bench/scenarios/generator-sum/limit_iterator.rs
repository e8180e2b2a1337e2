//! An iterator written by hand.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, &[(PLAIN, plain), (BOXED, boxed)]));

struct Numbers {
    next: u64,
    count: u64,
}

impl Iterator for Numbers {
    type Item = u64;

    #[inline(always)]
    fn next(&mut self) -> Option<u64> {
        if self.next == self.count {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }
}

fn plain(count: u64) -> u64 {
    fold_all(Numbers { next: 0, count })
}

fn boxed(count: u64) -> u64 {
    let numbers: Box<dyn Iterator<Item = u64>> = Box::new(Numbers { next: 0, count });
    fold_all(black_box(numbers))
}
