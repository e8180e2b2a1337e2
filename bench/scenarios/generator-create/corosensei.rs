//! corosensei, each with a new stack.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use corosensei::{Coroutine, Yielder};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("corosensei", |orders| run(orders, created, started, boxed));

fn from(number: u64) -> Coroutine<(), u64, ()> {
    Coroutine::new(move |yielder: &Yielder<(), u64>, ()| {
        for number in number.. {
            yielder.suspend(number);
        }
    })
}

fn created(number: u64) {
    black_box(&from(number));
}

fn started(number: u64) -> u64 {
    let mut numbers = from(number);
    let first = black_box(&mut numbers).resume(());
    first.as_yield().expect("it goes on")
}

fn boxed(number: u64) -> u64 {
    let mut numbers = from(number);
    let next: Box<dyn FnMut() -> Option<u64>> = Box::new(move || numbers.resume(()).as_yield());
    black_box(next)().expect("it goes on")
}
