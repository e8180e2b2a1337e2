//! Iterators written by hand.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, &[(STATIC, fixed), (CHAIN, chain)]));

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

struct Around<I>(I);

impl<I: Iterator<Item = u64>> Iterator for Around<I> {
    type Item = u64;

    #[inline(always)]
    fn next(&mut self) -> Option<u64> {
        self.0.next()
    }
}

fn fixed(count: u64) -> u64 {
    let numbers = Numbers { next: 0, count };
    fold_all(Around(Around(Around(Around(Around(numbers))))))
}

fn chain(count: u64) -> u64 {
    let innermost: Box<dyn Iterator<Item = u64>> = Box::new(Numbers { next: 0, count });
    let around = |inner, _| black_box(Box::new(Around(inner)) as Box<dyn Iterator<Item = u64>>);
    fold_all((0..5).fold(innermost, around))
}
