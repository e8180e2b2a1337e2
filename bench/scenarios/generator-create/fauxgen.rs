//! fauxgen.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use std::hint::black_box;
use std::pin::{Pin, pin};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("fauxgen", |orders| run(orders, created, started, boxed));

#[fauxgen::generator(yield = u64)]
fn from(number: u64) {
    for number in number.. {
        r#yield!(number);
    }
}

fn created(number: u64) {
    let numbers = pin!(from(number));
    black_box(&numbers);
}

fn started(number: u64) -> u64 {
    let mut numbers = pin!(from(number));
    black_box(numbers.as_mut()).next().expect("it goes on")
}

fn boxed(number: u64) -> u64 {
    let numbers: Pin<Box<_>> = Box::pin(from(number));
    let mut numbers: Box<dyn Iterator<Item = u64>> = Box::new(numbers);
    black_box(&mut numbers).next().expect("it goes on")
}
