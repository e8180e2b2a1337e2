//! genawaiter, on the stack.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use genawaiter::GeneratorState;
use genawaiter::stack::{Co, let_gen_using};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("genawaiter", |orders| {
    run(orders, created, started, |_| unreachable!())
});

async fn from(co: Co<'_, u64>, number: u64) {
    for number in number.. {
        co.yield_(number).await;
    }
}

fn created(number: u64) {
    let_gen_using!(numbers, |co| from(co, number));
    black_box(&numbers);
}

fn started(number: u64) -> u64 {
    let_gen_using!(numbers, |co| from(co, number));
    match black_box(numbers).resume() {
        GeneratorState::Yielded(number) => number,
        GeneratorState::Complete(()) => panic!("it goes on"),
    }
}
