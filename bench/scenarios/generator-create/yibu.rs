//! yibu's generators.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use std::hint::black_box;
use std::pin::pin;
use yibu::generator::{Co, GeneratorState, generator};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| run(orders, created, started, boxed));

async fn from(mut co: Co<'_, u64>, number: u64) {
    for number in number.. {
        co.yield_(number).await;
    }
}

#[inline(always)]
fn yielded(state: GeneratorState<u64, ()>) -> u64 {
    match state {
        GeneratorState::Yielded(number) => number,
        GeneratorState::Complete(()) => panic!("it goes on"),
    }
}

fn created(number: u64) {
    let numbers = pin!(generator(async |co| from(co, number).await));
    black_box(&numbers);
}

fn started(number: u64) -> u64 {
    let mut numbers = pin!(generator(async |co| from(co, number).await));
    yielded(black_box(numbers.as_mut()).start())
}

fn boxed(number: u64) -> u64 {
    let numbers = generator(async move |co| from(co, number).await);
    yielded(black_box(numbers.boxed()).start())
}
