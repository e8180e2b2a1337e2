//! A state machine written by hand.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, Counter, Machine, PLAIN, fold, run};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, &[(PLAIN, plain), (BOXED, boxed)]));

fn plain(count: u64) -> u64 {
    sum(Counter::new(count))
}

fn boxed(count: u64) -> u64 {
    sum(black_box(Box::new(Counter::new(count)) as Box<dyn Machine>))
}

fn sum(mut machine: impl Machine) -> u64 {
    let mut sum = 0;
    while let Some(number) = machine.resume() {
        sum = fold(sum, number);
    }
    sum
}
