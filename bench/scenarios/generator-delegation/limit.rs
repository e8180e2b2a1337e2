//! State machines written by hand.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{Counter, Machine, Outer, fold_all, run};
use std::hint::black_box;
use std::iter::from_fn;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, &[(STATIC, fixed), (CHAIN, chain)]));

fn fixed(count: u64) -> u64 {
    let outer = Outer::new(Outer::new(Outer::new(Outer::new(Outer::new(
        Counter::new(count),
    )))));
    sum(outer)
}

fn chain(count: u64) -> u64 {
    let innermost: Box<dyn Machine> = Box::new(Counter::new(count));
    let around = |inner, _| black_box(Box::new(Outer::new(inner)) as Box<dyn Machine>);
    sum((0..5).fold(innermost, around))
}

fn sum(mut machine: impl Machine) -> u64 {
    fold_all(from_fn(|| machine.resume()))
}
