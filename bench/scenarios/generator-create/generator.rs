//! generator, whose generators have stacks of their own.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use generator::{Generator, Gn, done};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("generator", |orders| run(orders, created, started, boxed));

fn from(number: u64) -> Generator<'static, (), u64> {
    Gn::new_scoped(move |mut scope| {
        for number in number.. {
            scope.yield_(number);
        }
        done!()
    })
}

fn created(number: u64) {
    black_box(&from(number));
}

fn started(number: u64) -> u64 {
    let mut numbers = from(number);
    black_box(&mut numbers).next().expect("it goes on")
}

fn boxed(number: u64) -> u64 {
    let numbers: Box<dyn Iterator<Item = u64>> = Box::new(from(number));
    black_box(numbers).next().expect("it goes on")
}
